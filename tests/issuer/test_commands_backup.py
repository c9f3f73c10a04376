"""What backup and restore do on PostgreSQL, and on both databases alike; the drill is in tests/walks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.registry import NOW, Bench, Cluster

from lcert_issuer import dumps
from lcert_issuer.backup import BackupRefused, make_backup, restore_backup
from lcert_issuer.readmodel import all_numbers
from lcert_issuer.registry import journal
from lcert_issuer.registry.session import open_registry
from lcert_issuer.settings import Settings, read_settings


def _settings(url: str, home: Path) -> Settings:
    return read_settings({"LCERT_HOME": str(home), "LCERT_DATABASE_URL": url})


def _silent(_done: int, _total: int) -> None:
    pass


def test_a_backup_brings_back_the_registry_as_it_was(bench: Bench, empty_url: str, tmp_path: Path) -> None:
    number = bench.issue()
    head = bench.head()
    told: list[tuple[int, int]] = []
    made = make_backup(
        _settings(bench.url, tmp_path / "home"),
        tmp_path / "backup",
        with_keys=False,
        now=NOW,
        progress=lambda done, total: told.append((done, total)),
    )
    assert made.size == head.size
    bench.issue()  # not in the backup
    restored = restore_backup(
        _settings(empty_url, tmp_path / "other"), tmp_path / "backup", force=False, now=NOW
    )
    assert (restored.size, restored.mark, restored.is_older) == (head.size, None, False)
    registry = open_registry(empty_url)
    with registry.read() as session:
        assert journal.head(session) == head
        assert all_numbers(session) == [number]
    registry.close()
    if bench.registry.dialect == "sqlite":
        assert told[-1][0] == told[-1][1] > 0


def test_a_database_in_use_is_replaced_only_when_forced(bench: Bench, tmp_path: Path) -> None:
    bench.issue()
    settings = _settings(bench.url, tmp_path / "home")
    make_backup(settings, tmp_path / "backup", with_keys=False, now=NOW, progress=_silent)
    before = bench.head().size
    bench.issue()
    with pytest.raises(BackupRefused, match="--force"):
        restore_backup(settings, tmp_path / "backup", force=False, now=NOW)
    assert bench.head().size == before + 1
    bench.registry.close()
    restore_backup(settings, tmp_path / "backup", force=True, now=NOW)
    registry = open_registry(bench.url)
    with registry.read() as session:
        assert journal.head(session).size == before
    registry.close()


def test_kinds_of_database_are_not_mixed(bench: Bench, tmp_path: Path) -> None:
    make_backup(
        _settings(bench.url, tmp_path / "home"),
        tmp_path / "backup",
        with_keys=False,
        now=NOW,
        progress=_silent,
    )
    other = {"sqlite": "postgresql://nobody@/none", "postgresql": f"sqlite:///{tmp_path}/new/r.sqlite3"}
    with pytest.raises(BackupRefused, match="LCERT_DATABASE_URL"):
        restore_backup(
            _settings(other[bench.registry.dialect], tmp_path / "new"),
            tmp_path / "backup",
            force=False,
            now=NOW,
        )
    assert not (tmp_path / "new").exists()


def test_without_the_servers_programs_the_package_is_named(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps.shutil, "which", lambda _name: None)
    with cluster.bench("single-operator") as bench, pytest.raises(BackupRefused, match="postgresql-client"):
        make_backup(
            _settings(bench.url, tmp_path / "home"),
            tmp_path / "backup",
            with_keys=False,
            now=NOW,
            progress=_silent,
        )
    assert not (tmp_path / "backup").exists()


def test_a_password_is_on_no_command_line_and_in_no_message(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    run = dumps.subprocess.run

    def record(command: list[str], **options: object) -> object:
        seen.append(command)
        assert "hush" in options["env"].values()  # type: ignore[attr-defined]
        return run(["/bin/false"], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(dumps.subprocess, "run", record)
    with cluster.bench("single-operator") as bench:
        url = bench.url.replace("postgres@", "postgres:hush@")
        with pytest.raises(Exception, match="pg_dump failed") as refusal:
            make_backup(
                _settings(url, tmp_path / "home"),
                tmp_path / "backup",
                with_keys=False,
                now=NOW,
                progress=_silent,
            )
    assert "hush" not in str(refusal.value)
    assert all("hush" not in word for command in seen for word in command)

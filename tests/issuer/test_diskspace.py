"""What a disk lacks is told before SQLite and the folder fail; `make full-disk-test` fills real ones."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lcert_issuer import diskspace
from lcert_issuer.diskspace import LEAST, shortage
from lcert_issuer.refusals import RegistryUnavailable
from lcert_issuer.registry.session import open_registry


def disk(monkeypatch: pytest.MonkeyPatch, *, free: int, files: int = 1_000, spare: int = 10) -> list[str]:
    asked: list[str] = []

    def statvfs(path: Any) -> Any:
        asked.append(str(path))
        return SimpleNamespace(f_bavail=free // 512, f_frsize=512, f_files=files, f_favail=spare)

    monkeypatch.setattr(diskspace.os, "statvfs", statvfs)
    return asked


def test_with_space_for_a_change_nothing_is_lacking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disk(monkeypatch, free=LEAST)
    assert shortage(tmp_path) is None


def test_a_disk_with_less_than_a_change_needs_is_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk(monkeypatch, free=LEAST - 512)
    assert shortage(tmp_path) == f"the disk of {tmp_path} is full (4095 KiB are free): free some space there"


def test_a_disk_that_takes_no_more_files_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk(monkeypatch, free=LEAST, spare=0)
    assert shortage(tmp_path) == f"the disk of {tmp_path} takes no more files: remove some there"
    disk(monkeypatch, free=LEAST, files=0, spare=0)
    assert shortage(tmp_path) is None, "a file system that counts no files has room for them"


def test_what_is_not_there_yet_is_looked_for_where_it_would_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = disk(monkeypatch, free=0)
    assert str(tmp_path) in str(shortage(tmp_path / "home" / "registry.sqlite3"))
    assert asked == [str(tmp_path)]


def test_a_disk_that_cannot_be_looked_at_lacks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(_: Any) -> os.statvfs_result:
        raise OSError

    monkeypatch.setattr(diskspace.os, "statvfs", refuse)
    assert shortage(tmp_path) is None


def test_a_database_that_fails_on_a_full_disk_says_which_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "registry.sqlite3").mkdir()
    registry = open_registry(f"sqlite:///{tmp_path / 'registry.sqlite3'}")
    try:
        with pytest.raises(RegistryUnavailable) as told, registry.read():
            registry.engine.connect()
        assert "is full" not in str(told.value)
        disk(monkeypatch, free=0)
        with pytest.raises(RegistryUnavailable, match=r"is full.*then do it again"), registry.read():
            registry.engine.connect()
        assert "is full" in str(registry.shortage())
    finally:
        registry.close()

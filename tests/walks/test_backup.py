"""Backup and restore through the commands, and the drill: an old backup never takes a withdrawal back."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.forking import QuickHome
from tests.support.forms import form_file
from tests.support.published import Published

from lcert_verifier import Code


def _published(home: QuickHome) -> Published:
    return Published(folder=home.folder / "public", base_url=home.base_url)


def _number(home: QuickHome) -> str:
    return str(home.lcert("list", "--json").lines[0]["number"])


def _size(home: QuickHome) -> int:
    with sqlite3.connect(home.folder / "registry.sqlite3") as database:
        return int(database.execute("SELECT size FROM head").fetchone()[0])


def test_an_old_backup_publishes_nothing_and_revives_nobody(home: QuickHome, tmp_path: Path) -> None:
    number, token = _number(home), home.lcert("token", _number(home)).out.strip()
    before = home.done("backup", str(tmp_path / "backup"))
    home.done("withdraw", number, "--reason", "unlicensed-data")
    files = _published(home)
    assert files.code(token) is Code.REVOKED
    shown = files.state()

    restored = home.lcert("restore", str(tmp_path / "backup"), "--force", "--json")
    assert restored.code == 0, restored.err
    assert restored.object["older"] is True
    assert restored.object["published_size"] == before["size"] + 1
    assert "Restore a newer backup" in restored.err

    for command in (["publish"], ["publish", "--full"], ["worker", "--once"]):
        refused = home.lcert(*command)
        assert refused.code == 1, command
        assert "older than what others have seen" in refused.err
    for command in (["issue", str(form_file(tmp_path))], ["suspend", number, "--reason", "fee-unpaid"]):
        refused = home.lcert(*command)
        assert refused.code == 1, "numbers and indices of an old database are taken already"
        assert "older than what others have seen" in refused.err
    assert home.lcert("doctor").code == 1
    assert files.state() == shown
    assert files.code(token) is Code.REVOKED


def test_the_newest_backup_goes_on_where_the_issuer_was_lost(home: QuickHome, tmp_path: Path) -> None:
    number = _number(home)
    home.done("withdraw", number, "--reason", "unlicensed-data")
    token = home.lcert("token", number).out.strip()
    made = home.done("backup", str(tmp_path / "backup"), "--with-keys")
    assert made["keys"] == 4
    passphrase = (home.folder / "keys" / "passphrase").read_text()
    other = replace(home, folder=tmp_path / "elsewhere", more={"LCERT_KEY_PASSPHRASE": passphrase.strip()})
    assert other.done("restore", str(tmp_path / "backup"))["older"] is False
    other.done("publish", "--full")
    files = _published(other)
    assert files.code(token) is Code.REVOKED
    assert files.bytes(f"c/{number}.jwt") == _published(home).bytes(f"c/{number}.jwt")
    assert other.done("issue", str(form_file(tmp_path)))["number"].endswith("-0002")
    assert other.lcert("doctor").code == 0


def test_a_home_that_lost_its_database_only_gets_it_back(home: QuickHome, tmp_path: Path) -> None:
    home.done("backup", str(tmp_path / "backup"))
    mark = (home.folder / "highwater.json").read_bytes()
    for path in home.folder.glob("registry.sqlite3*"):
        path.unlink()
    assert "is missing, and this issuer has published" in home.lcert("list").err
    restored = home.done("restore", str(tmp_path / "backup"))
    assert restored["older"] is False
    assert restored["keys"] == 4
    assert (home.folder / "highwater.json").read_bytes() == mark
    home.done("publish")
    assert home.lcert("doctor").code == 0


def test_a_backup_is_one_moment_while_others_write(home: QuickHome, tmp_path: Path) -> None:
    number = _number(home)
    stop = threading.Event()
    written = 0

    def write() -> None:  # as another program would: a transaction each, as fast as it can
        nonlocal written
        with sqlite3.connect(home.folder / "registry.sqlite3", timeout=30) as database:
            while not stop.is_set():
                database.execute(
                    "INSERT INTO published_file(path, digest) VALUES (?, ?)",
                    (f"x/{number}/{written}", ""),
                )
                database.commit()
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = home.done("backup", str(tmp_path / "backup"))
    finally:
        stop.set()
        writer.join()
    assert written > 0
    with sqlite3.connect(tmp_path / "backup" / "registry.sqlite3") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT size FROM head").fetchone() == (made["size"],)


def test_a_backup_holds_no_passphrase_and_no_key_unless_asked(home: QuickHome, tmp_path: Path) -> None:
    home.done("backup", str(tmp_path / "plain"))
    home.done("backup", str(tmp_path / "whole"), "--with-keys")
    plain = {path.name for path in (tmp_path / "plain").rglob("*")}
    whole = [path for path in (tmp_path / "whole").rglob("*") if path.is_file()]
    assert plain == {"manifest.json", "registry.sqlite3"}
    assert len(whole) == 2 + 2 * 4
    secret = (home.folder / "keys" / "passphrase").read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in whole)
    assert all(path.stat().st_mode & 0o077 == 0 for path in whole)
    assert b"PRIVATE KEY" not in (tmp_path / "plain" / "registry.sqlite3").read_bytes()


def test_a_backup_without_keys_says_so_when_restored_alone(home: QuickHome, tmp_path: Path) -> None:
    home.done("backup", str(tmp_path / "backup"))
    alone = replace(home, folder=tmp_path / "alone")
    restored = alone.lcert("restore", str(tmp_path / "backup"))
    assert restored.code == 0
    assert restored.out.endswith("next    lcert publish --full, lcert doctor\n")
    assert f"put the key files into {alone.folder / 'keys'}" in restored.err
    assert alone.lcert("show", _number(home)).code == 0
    refused = alone.lcert("publish")
    assert refused.code == 1
    assert str(alone.folder / "keys") in refused.err


@pytest.fixture
def backup(home: QuickHome, tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    home.done("backup", str(folder), "--with-keys")
    return folder


def test_nothing_is_overwritten_by_a_backup(home: QuickHome, backup: Path, tmp_path: Path) -> None:
    made = {path: path.stat().st_mtime_ns for path in backup.rglob("*")}
    refused = home.lcert("backup", str(backup))
    assert (refused.code, refused.out) == (1, "")
    assert "is not empty" in refused.err
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "file", tmp_path / "file" / "below"):
        refused = home.lcert("backup", str(target))
        assert refused.code == 1
        assert str(target) in refused.err or str(tmp_path / "file") in refused.err
    assert made == {path: path.stat().st_mtime_ns for path in backup.rglob("*")}
    assert not list(tmp_path.glob("*making*"))
    (tmp_path / "empty").mkdir()
    assert home.lcert("backup", str(tmp_path / "empty")).code == 0


def test_a_database_that_is_there_is_replaced_only_when_forced(home: QuickHome, backup: Path) -> None:
    home.done("suspend", _number(home), "--reason", "fee-unpaid")
    size = _size(home)
    refused = home.lcert("restore", str(backup))
    assert refused.code == 1
    assert "--force" in refused.err
    assert _size(home) == size
    forced = home.done("restore", str(backup), "--force")
    with sqlite3.connect(forced["kept"]) as kept:
        assert kept.execute("SELECT size FROM head").fetchone() == (size,)
    assert _size(home) == size - 1


@pytest.mark.parametrize("damage", ["registry.sqlite3", "manifest.json", "keys", "nothing there", "format"])
def test_a_damaged_backup_is_refused_whole(
    home: QuickHome, backup: Path, tmp_path: Path, damage: str
) -> None:
    if damage == "nothing there":
        shutil.rmtree(backup)
    elif damage == "keys":
        next((backup / "keys").glob("*.pem")).write_text("another key")
    elif damage == "format":
        manifest = json.loads((backup / "manifest.json").read_text())
        (backup / "manifest.json").write_text(json.dumps({**manifest, "format": 2}))
    else:
        data = bytearray((backup / damage).read_bytes())
        data[len(data) // 2] ^= 1
        (backup / damage).write_bytes(bytes(data))
    alone = replace(home, folder=tmp_path / "alone")
    refused = alone.lcert("restore", str(backup))
    assert refused.code == 1
    assert "backup" in refused.err
    assert not alone.folder.exists()


def test_a_backup_of_another_issuer_is_not_mixed_in(home: QuickHome, backup: Path, tmp_path: Path) -> None:
    stranger = replace(home, folder=tmp_path / "stranger")
    stranger.lcert("init", "--name", "Other", "--base-url", "https://other.example")
    for options in ([], ["--force"]):
        refused = stranger.lcert("restore", str(backup), *options)
        assert refused.code == 1
        assert "https://other.example" in refused.err
    refused = replace(home, folder=tmp_path / "new").lcert(
        "restore", str(backup), more={"LCERT_BASE_URL": "https://other.example"}
    )
    assert refused.code == 1
    assert "LCERT_BASE_URL" in refused.err
    assert not (tmp_path / "new").exists()


def test_other_peoples_folders_are_not_taken_for_a_home(
    home: QuickHome, backup: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    refused = replace(home, folder=folder).lcert("restore", str(backup))
    assert refused.code == 1
    assert "letter.txt" in refused.err
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_keys_are_never_overwritten(home: QuickHome, backup: Path) -> None:
    key = next((home.folder / "keys").glob("issuer-*.pem"))
    key.write_text("a newer key of the same name")
    refused = home.lcert("restore", str(backup), "--force")
    assert refused.code == 1
    assert str(key) in refused.err
    assert key.read_text() == "a newer key of the same name"

"""The folder that is published: whole objects, durable, nothing outside of it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lcert_issuer.storage import StorageError, check_path, folder
from lcert_issuer.storage.folder import FolderStorage


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "public")


def test_what_is_put_is_there_and_can_be_replaced_and_removed(storage: FolderStorage) -> None:
    assert storage.get("c/LC-2026-0001.json") is None
    assert not storage.exists("c/LC-2026-0001.json")
    storage.put("c/LC-2026-0001.json", b"one")
    storage.put("c/LC-2026-0001.json", b"two")
    assert storage.get("c/LC-2026-0001.json") == b"two"
    assert storage.exists("c/LC-2026-0001.json")
    storage.delete("c/LC-2026-0001.json")
    storage.delete("c/LC-2026-0001.json")
    assert storage.get("c/LC-2026-0001.json") is None


def test_the_path_is_the_path_of_a_plain_file_for_any_web_server(storage: FolderStorage) -> None:
    storage.put(".well-known/did.json", b"{}")
    assert (storage.root / ".well-known" / "did.json").read_bytes() == b"{}"


def test_listing_gives_sorted_paths_below_a_prefix_and_nothing_of_its_own(storage: FolderStorage) -> None:
    with storage.exclusive():
        for path in ("log/tile/0/000.p/2", "log/tile/0/000.p/10", "log/checkpoint", "trust.json"):
            storage.put(path, b"x")
        assert list(storage.list()) == [
            "log/checkpoint",
            "log/tile/0/000.p/10",
            "log/tile/0/000.p/2",
            "trust.json",
        ]
        assert list(storage.list("log/tile/0/000.p/")) == ["log/tile/0/000.p/10", "log/tile/0/000.p/2"]
        assert list(storage.list("log/ch")) == ["log/checkpoint"]
        assert list(storage.list("nothing/")) == []


def test_a_folder_is_not_an_object(storage: FolderStorage) -> None:
    storage.put("c/LC-2026-0001/1.jwt", b"x")
    assert storage.get("c/LC-2026-0001") is None
    assert not storage.exists("c/LC-2026-0001")
    assert storage.get("c/LC-2026-0001/1.jwt/deeper") is None
    storage.delete("c/LC-2026-0001/1.jwt/deeper")
    with pytest.raises(StorageError):
        storage.put("c/LC-2026-0001", b"x")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "c/../../x",
        "c/..",
        "c//x",
        "c/",
        "./x",
        "c/.hidden",
        ".lock",
        ".staging/x",
        "c/.well-known",
        "c\\x",
        "c/x\0",
        "c/x\n",
        "c/é",
        "a b",
        "C:/x",
        "~root",
        "x" * 600,
    ],
)
def test_no_path_leads_out_of_the_folder_or_into_its_own_files(storage: FolderStorage, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        check_path(path)
    for act in (storage.get, storage.exists, storage.delete, lambda p: storage.put(p, b"x")):
        with pytest.raises(ValueError, match="not a path"):
            act(path)


def test_many_objects_at_once_are_all_there(storage: FolderStorage) -> None:
    storage.put_many((f"c/{n}.json", str(n).encode()) for n in range(2100))
    assert [storage.get(f"c/{n}.json") for n in (0, 1023, 1024, 2099)] == [b"0", b"1023", b"1024", b"2099"]
    assert list((storage.root / ".staging").iterdir()) == []


def test_many_objects_that_do_not_fit_leave_the_old_ones(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put_many((f"c/{n}.json", b"old") for n in range(100))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_sync_all", full)
    monkeypatch.setattr(folder, "_sync", full)
    with pytest.raises(StorageError, match="No space left"):
        storage.put_many((f"c/{n}.json", b"new") for n in range(100))
    assert {storage.get(path) for path in storage.list("c/")} == {b"old"}
    assert list((storage.root / ".staging").iterdir()) == []


def test_a_failed_write_leaves_the_old_bytes_and_nothing_else(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("trust.json", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        storage.put("trust.json", b"new")
    monkeypatch.undo()
    assert storage.get("trust.json") == b"old"
    assert list(storage.list()) == ["trust.json"]
    assert list((storage.root / ".staging").iterdir()) == []


def test_when_one_of_several_cannot_be_flushed_none_of_them_appears(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put_many((f"c/{n}.json", b"old") for n in range(5))
    flush, left = os.fsync, iter([True, True, True, False])

    def full_at_the_fourth(descriptor: int) -> None:
        if not next(left, True):
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", full_at_the_fourth)
    with pytest.raises(StorageError, match="No space left"):
        storage.put_many((f"c/{n}.json", b"new") for n in range(5))
    assert {storage.get(path) for path in storage.list("c/")} == {b"old"}
    assert list((storage.root / ".staging").iterdir()) == []


def test_every_file_is_flushed_before_any_appears_and_every_folder_after(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("log/one", b"")
    seen: list[str] = []
    flush, replace = os.fsync, Path.replace

    def flushing(descriptor: int) -> None:
        flush(descriptor)
        seen.append("file" if stat.S_ISREG(os.fstat(descriptor).st_mode) else "folder")

    def replacing(self: Path, target: Path) -> Path:
        seen.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "replace", replacing)
    storage.put_many([("c/one", b"1"), ("c/new/two", b"2"), ("log/three", b"3")])
    # The root, which has a new folder, c, which has one too, c/new and log.
    assert seen == ["file"] * 3 + ["name"] * 3 + ["folder"] * 4


def test_a_put_that_is_begun_waits_for_another_before_anything_appears_and_leaves_the_folders_to_its_end(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_QUICK", 0)
    storage.put("a", b"old")
    seen: list[str] = []
    flush, gate = os.fsync, threading.Event()

    def flushing(descriptor: int) -> None:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if not is_file:
            assert gate.wait(20)
        flush(descriptor)
        seen.append("file" if is_file else "folder")

    def before() -> None:
        seen.append("before")
        assert storage.get("a") == b"old"
        assert storage.get("b") is None

    monkeypatch.setattr(os, "fsync", flushing)
    durable = storage.begin([("a", b"new"), ("b", b"new")], before=before)
    assert (storage.get("a"), storage.get("b")) == (b"new", b"new"), "it can be read at once"
    assert sorted(seen) == ["before", "file", "file"]
    gate.set()
    durable()
    assert seen[3:] == ["folder"]


def test_nothing_appears_when_what_comes_before_it_fails(storage: FolderStorage) -> None:
    storage.put("a", b"old")

    def refuse() -> None:
        raise StorageError("no")

    with pytest.raises(StorageError, match="no"):
        storage.begin([("a", b"new")], before=refuse)
    assert storage.get("a") == b"old"
    assert list((storage.root / ".staging").iterdir()) == []


def test_a_folder_that_cannot_be_flushed_is_told_to_who_waits(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("a", b"old")
    flush = os.fsync

    def full_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(folder, "_QUICK", 0)
    monkeypatch.setattr(os, "fsync", full_for_folders)
    durable = storage.begin([("a", b"new")], before=lambda: None)
    with pytest.raises(StorageError, match="No space left"):
        durable()


def test_where_flushing_is_quick_no_thread_does_it(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by: list[threading.Thread] = []
    monkeypatch.setattr(os, "fsync", lambda _: by.append(threading.current_thread()))
    monkeypatch.setattr(folder, "_QUICK", 20)
    storage.put("a", b"1")
    by.clear()
    storage.put("a", b"2")
    assert set(by) == {threading.current_thread()}
    monkeypatch.setattr(folder, "_QUICK", 0)
    storage.put("a", b"3")
    by.clear()
    storage.put("a", b"4")
    assert threading.current_thread() not in by


def test_a_process_made_by_forking_has_threads_of_its_own(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_QUICK", 0)
    storage.put_many([("a", b"1"), ("b", b"2")])
    monkeypatch.setattr(os, "getpid", lambda: -1)
    parent = storage._waiters
    storage.put_many([("a", b"3"), ("b", b"4")])
    assert parent is not None
    assert storage._waiters is not None
    assert storage._waiters[1] is not parent[1]
    assert (storage.get("a"), storage.get("b")) == (b"3", b"4")


def test_a_storage_that_cannot_be_made_is_a_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = FolderStorage(tmp_path / "file" / "public")
    with pytest.raises(StorageError, match="cannot be locked"), storage.exclusive():
        pass
    with pytest.raises(StorageError, match="cannot be written"):
        storage.put("x", b"")
    assert storage.get("x") is None


HOLD = """
import sys, pathlib, time
from lcert_issuer.storage.folder import FolderStorage
storage = FolderStorage(pathlib.Path(sys.argv[1]))
with storage.exclusive():
    print("inside", flush=True)
    time.sleep(0.3)
    storage.put("who", b"child")
"""


def test_two_processes_never_publish_at_once(storage: FolderStorage) -> None:
    command = [sys.executable, "-c", HOLD, str(storage.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        with storage.exclusive():
            assert storage.get("who") == b"child"
        assert child.wait(20) == 0


def test_two_threads_never_publish_at_once(storage: FolderStorage) -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with FolderStorage(storage.root).exclusive():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_what_a_killed_writer_left_is_swept_by_the_next_publisher(storage: FolderStorage) -> None:
    storage.put("x", b"1")
    left = storage.root / ".staging" / "0123"
    left.write_bytes(b"half")
    with storage.exclusive():
        assert not left.exists()
    assert storage.get("x") == b"1"

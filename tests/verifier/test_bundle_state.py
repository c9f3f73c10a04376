"""The state beside a bundle: written whole or not at all, and nothing goes back behind it."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lcert_verifier.bundle_state import (
    BundleState,
    check_not_older,
    read_state,
    state_path,
    write_atomically,
    write_state,
)
from lcert_verifier.errors import RollbackError

SEEN = BundleState(issuer="did:web:certs.example", pin="pin", size=10, root=bytes(32), trust_version=3)


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    assert read_state(bundle) is None
    write_state(bundle, SEEN)
    assert read_state(bundle) == SEEN
    assert state_path(bundle).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "did:web:other.example"}, "was one of"),
        ({"trust_version": 2}, "trust statement is older"),
        ({"size": 9}, "9 entries, and 10"),
        ({"root": bytes(31) + b"\1"}, "contradicts"),
    ],
)
def test_what_goes_back_or_contradicts_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RollbackError, match=why):
        check_not_older(replace(SEEN, **changes), SEEN)


@pytest.mark.parametrize(
    "changes", [{}, {"trust_version": 4}, {"size": 11, "root": b"\1" * 32}, {"pin": "new"}]
)
def test_what_is_as_new_or_newer_is_taken(changes: dict[str, Any]) -> None:
    check_not_older(replace(SEEN, **changes), SEEN)


@pytest.mark.parametrize("removable", [True, False], ids=["cleaned up", "not even that"])
def test_a_full_disk_leaves_the_old_file_as_it_was(
    removable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_atomically(tmp_path / "x", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        if not removable:
            patch.setattr(Path, "unlink", fail)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == (1 if removable else 2)


def test_a_system_that_cannot_sync_a_folder_keeps_the_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise PermissionError(errno.EACCES, "a folder is no file here")

    monkeypatch.setattr(os, "open", _all_but_folders(fail))
    write_atomically(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def _all_but_folders(fail: Any) -> Any:
    real = os.open

    def open_(path: Any, flags: int, *more: Any, **named: Any) -> int:
        return int(fail() if Path(path).is_dir() else real(path, flags, *more, **named))

    return open_

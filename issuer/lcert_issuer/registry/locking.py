"""One writer at a time on an embedded database, by a lock on a file beside it.

SQLite before 3.51.3 can damage a database in WAL mode when two connections write or checkpoint at the same instant
(the WAL-reset bug, https://sqlite.org/wal.html). Everything that writes here holds this lock from before its
transaction begins until after its commit, with the checkpoint that a commit may bring; readers need no lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..refusals import RegistryUnavailable

__all__ = ["LOCK_SUFFIXES", "WriterLock", "has_wal_reset_bug"]

LOCK_SUFFIXES: Final = (".lock", ".queue")
_FIXED: Final = (3, 51, 3)
_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
"""Releases of older lines that have the correction too."""
_PAUSES: Final = (0.001, 0.002, 0.005, 0.01)


def has_wal_reset_bug(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite may damage a database that several connections write to at once in WAL mode."""
    patched = any(version[:2] == fixed[:2] and version >= fixed for fixed in _BACKPORTS)
    return version < _FIXED and not patched


class WriterLock:
    """The lock on `DATABASE.lock`. Threads and processes wait for each other; the system frees it when one dies.

    Who asks for it holds `DATABASE.queue` until it has it, so that one who writes again and again lets the one who
    waits go first.
    """

    def __init__(self, database: Path, *, seconds: float) -> None:
        """`seconds`: how long a writer waits before it gives up."""
        self.path, self.queue = (database.with_name(database.name + suffix) for suffix in LOCK_SUFFIXES)
        self._seconds = seconds

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Held in the block. RegistryUnavailable when it cannot be had. Not reentrant."""
        deadline = time.monotonic() + self._seconds
        with self._opened(self.path) as lock:
            with self._opened(self.queue) as queue:
                self._wait(queue, deadline)
                self._wait(lock, deadline)
            yield

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise RegistryUnavailable(
                f"the database cannot be written: {path} cannot be opened ({fault.strerror})"
            ) from fault
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _wait(self, descriptor: int, deadline: float) -> None:
        turn = 0
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RegistryUnavailable(
                        f"somebody else has been writing to the database for {self._seconds:.0f} seconds; try again"
                    ) from None
                time.sleep(_PAUSES[min(turn, len(_PAUSES) - 1)])
                turn += 1
            else:
                return

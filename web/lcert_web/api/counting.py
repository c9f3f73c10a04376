"""Where requests are counted: in the memory of a process, or in one file for all processes of a machine."""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

__all__ = ["Counter", "FileCounter", "MemoryCounter"]

_MOST_CLIENTS: Final = 50_000
_MAGIC: Final = b"lcertqt1"
_HEADER: Final = 32
_SLOT: Final = struct.Struct("<16sdQ")
"""Client, end of its window, requests in it."""
_WAYS: Final = 8
"""Clients a bucket holds; a further one takes the place of whose window ends first."""
_BUCKETS: Final = 8_192
_BUCKET: Final = _SLOT.size * _WAYS


class Counter(Protocol):
    """Counts requests in a window that begins with a client's first one. Safe to share between threads."""

    @property
    def salt(self) -> bytes:
        """What addresses are hashed with: the same for all that count together."""

    def take(self, client: bytes, seconds: int, now: float) -> tuple[int, float]:
        """Counts one request: how many the client made in its window, and when that ends. `client` has 16 bytes."""


@dataclass(slots=True)
class _Window:
    ends: float
    used: int


class MemoryCounter:
    """For one process."""

    def __init__(self) -> None:
        self.salt = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()

    def take(self, client: bytes, seconds: int, now: float) -> tuple[int, float]:
        with self._lock:
            window = self._windows.get(client)
            if window is None or window.ends <= now:
                window = self._windows[client] = _Window(now + seconds, 0)
                self._windows.move_to_end(client)
                while len(self._windows) > _MOST_CLIENTS:
                    self._windows.popitem(last=False)
            window.used += 1
            return window.used, window.ends


class FileCounter:
    """For all processes of a machine that open the same file: a table of fixed size (2 MiB), locked by bucket.

    Record locks end with the process that held them, so a killed one blocks nobody. Times are the system's monotonic
    clock, which all processes share; what a file says of before a restart of the machine is not believed. A file that
    can no longer be used counts in memory instead: a quota is a guard, and no reason not to answer.
    """

    def __init__(self, path: Path) -> None:
        """Makes the file if it is not there. Raises OSError, also for a file that is something else."""
        self._memory = MemoryCounter()
        self._threads = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _HEADER, 0)
            try:
                self.salt = self._prepare(path)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _HEADER, 0)
        except BaseException:
            os.close(self._file)
            raise

    def take(self, client: bytes, seconds: int, now: float) -> tuple[int, float]:
        try:
            with self._threads:  # record locks are the process's, not the thread's
                return self._take(client, seconds, now)
        except OSError:
            return self._memory.take(client, seconds, now)

    def close(self) -> None:
        os.close(self._file)

    def _take(self, client: bytes, seconds: int, now: float) -> tuple[int, float]:
        place = _HEADER + int.from_bytes(client[:4], "big") % _BUCKETS * _BUCKET
        fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET, place)
        try:
            bucket = os.pread(self._file, _BUCKET, place)
            if len(bucket) != _BUCKET:
                raise OSError("the file of quotas was cut short")
            slots = list(_SLOT.iter_unpack(bucket))
            chosen, used, ends = min(range(_WAYS), key=lambda at: slots[at][1]), 0, now + seconds
            for at, (name, until, count) in enumerate(slots):
                if name == client:
                    chosen = at
                    if now < until <= now + seconds:
                        used, ends = count, until
            used += 1
            os.pwrite(self._file, _SLOT.pack(client, ends, used), place + chosen * _SLOT.size)
            return used, ends
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET, place)

    def _prepare(self, path: Path) -> bytes:
        header = os.pread(self._file, _HEADER, 0)
        if not header:
            os.posix_fallocate(self._file, 0, _HEADER + _BUCKETS * _BUCKET)  # a full disk is found now
            header = _MAGIC + secrets.token_bytes(_HEADER - len(_MAGIC))
            os.pwrite(self._file, header, 0)
        if len(header) != _HEADER or not header.startswith(_MAGIC):
            raise OSError(f"{path} is no file of quotas")
        return header[len(_MAGIC) : len(_MAGIC) + 16]

"""A folder as storage: any web server can serve it as it lies."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import itertools
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from . import StorageError, check_path

__all__ = ["FolderStorage"]

_STAGING = ".staging"
_LOCK = ".lock"
_BATCH = 1024
_FEW = 64
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_AT_ONCE = 6
"""Threads that wait for the disk beside the caller: it flushes several in little more than the time of one."""
_QUICK = 50e-6
"""Seconds: where no flush takes longer, as in memory, threads would cost more than what they wait for."""
_LIBC = ctypes.CDLL(None, use_errno=True)


class FolderStorage:
    """Objects as files below `root`, which is made at the first write.

    Two names beginning with a dot are its own: the lock, and the folder where files are written before they are
    moved to their place. A file and a folder cannot have one name, so an object with others below it
    (`c/NUMBER` beside `c/NUMBER/1.jwt`) cannot exist; no published path needs that.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._root_name = str(self._root)
        self._waiters: tuple[int, ThreadPoolExecutor] | None = None
        self._starting = threading.Lock()
        self._quick = False

    @property
    def root(self) -> Path:
        return self._root

    def __repr__(self) -> str:
        return f"<FolderStorage {self._root}>"

    def get(self, path: str) -> bytes | None:
        name = f"{self._root_name}/{check_path(path)}"
        try:
            with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more
                return file.readall()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as fault:
            raise self._fault("read", fault) from fault

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        """(last change in nanoseconds, inode, size): another one whenever the object was put anew; None without one."""
        try:
            found = os.stat(f"{self._root_name}/{check_path(path)}")  # noqa: PTH116 - a Path costs more than the call
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            raise self._fault("read", fault) from fault
        return (found.st_mtime_ns, found.st_ino, found.st_size) if stat.S_ISREG(found.st_mode) else None

    def version(self, path: str) -> tuple[int, int, int] | None:
        return self.stamp(path)

    def exists(self, path: str) -> bool:
        return self._at(path).is_file()

    def put(self, path: str, data: bytes) -> None:
        self.put_many([(path, data)])

    def put_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        self.begin(objects, before=_nothing)()

    def begin(
        self, objects: Iterable[tuple[str, bytes]], *, before: Callable[[], None]
    ) -> Callable[[], None]:
        """Write beside, flush to disk, rename over, flush the folders: the old bytes or the new, never between.

        The bytes go to the disk while `before` waits, the folders while the caller does something else.
        """
        rest = iter(objects)
        while batch := [(self._at(path), data) for path, data in itertools.islice(rest, _BATCH)]:
            try:
                before = self._put_batch(batch, before)
            except StorageError:
                raise
            except OSError as fault:
                raise self._fault("written", fault) from fault
        return before

    def _put_batch(self, batch: list[tuple[Path, bytes]], before: Callable[[], None]) -> Callable[[], None]:
        """Small batches flush their files together and then their folders, large ones the file system.

        No name appears before the bytes of all are on the disk and `before` returned. Gives what waits for the names.
        """
        staging = self._root / _STAGING
        self._start(self._make_folder(staging))()
        staged = [staging / secrets.token_hex(12) for _ in batch]
        large = len(batch) > _FEW and hasattr(_LIBC, "syncfs")
        try:
            for temporary, (_, data) in zip(staged, batch, strict=True):
                with temporary.open("xb") as file:
                    file.write(data)
            if large:
                _sync_all(staging)
                before()
            else:
                flushing = self._start(staged)
                try:
                    before()
                finally:
                    # Also after a fault: nothing is removed that is being flushed. New bytes tell what a flush costs.
                    self._quick = flushing() < _QUICK
            folders: dict[Path, None] = {}
            for temporary, (target, _) in zip(staged, batch, strict=True):
                folders |= dict.fromkeys(self._make_folder(target.parent))
                temporary.replace(target)
                folders[target.parent] = None
        finally:
            for temporary in staged:
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)
        if large:
            _sync_all(staging)
            return _nothing
        named = self._start(list(folders))

        def until_named() -> None:
            try:
                named()
            except OSError as fault:
                raise self._fault("written", fault) from fault

        return until_named

    def _start(self, paths: Sequence[Path]) -> Callable[[], float]:
        """Begins to flush files or folders; where that is quick, it is done when this returns.

        All are on the disk when the function returned was called. It gives how many seconds the longest took, or
        raises the OSError of one that could not be.
        """
        if self._quick:
            longest = max(map(_sync, paths), default=0.0)
            return lambda: longest
        flushing = [self._threads().submit(_sync, path) for path in paths]

        def until_flushed() -> float:
            wait(flushing)
            return max((one.result() for one in flushing), default=0.0)

        return until_flushed

    def _threads(self) -> ThreadPoolExecutor:
        """Those of this process: a forked child has none of its parent's."""
        with self._starting:
            if self._waiters is None or self._waiters[0] != os.getpid():
                self._waiters = os.getpid(), ThreadPoolExecutor(_AT_ONCE, "lcert-flush")
            return self._waiters[1]

    def differing(self, objects: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
        return [(path, data) for path, data in objects if self.get(path) != data]

    def delete(self, path: str) -> None:
        target = self._at(path)
        try:
            target.unlink(missing_ok=True)
            if target.parent.is_dir():
                _sync(target.parent)
        except NotADirectoryError:
            return
        except OSError as fault:
            raise self._fault("written", fault) from fault

    def list(self, prefix: str = "") -> Iterator[str]:
        """Only the folder that the prefix names is walked."""
        folder, _, _ = prefix.rpartition("/")
        start = self._at(folder) if folder else self._root
        found = []
        for base, folders, files in os.walk(start):
            here = Path(base)
            if here == self._root:
                folders[:] = [name for name in folders if name != _STAGING]
                files = [name for name in files if name != _LOCK]
            found += [(here / name).relative_to(self._root).as_posix() for name in files]
        yield from sorted(path for path in found if path.startswith(prefix))

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """A lock on a file in the folder; the system lets go of it when the process ends, however it ends."""
        try:
            self._start(self._make_folder(self._root))()
            descriptor = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as fault:
            raise self._fault("locked", fault) from fault
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for left_behind in (self._root / _STAGING).glob("*"):
                with contextlib.suppress(OSError):  # by a writer that was killed: nobody else writes now
                    left_behind.unlink()
            yield
        finally:
            os.close(descriptor)

    def _at(self, path: str) -> Path:
        return Path(f"{self._root_name}/{check_path(path)}")

    def _make_folder(self, folder: Path) -> Sequence[Path]:
        """Make the folder and those above it. Gives those that hold a new one, and are to be flushed."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for made in reversed(missing):
            made.mkdir(exist_ok=True)
        return [made.parent for made in missing]

    def _fault(self, verb: str, fault: OSError) -> StorageError:
        said = f"the storage {self._root} cannot be {verb}: {fault.strerror or fault}"
        if fault.errno in _NO_SPACE:
            said += "; free some space on its disk, then `lcert publish`"
        return StorageError(said)


def _nothing() -> None:
    """What is waited for when nothing is."""


def _sync_all(folder: Path) -> None:
    """Flush the whole file system that `folder` is on (Linux; reports write errors since 5.8)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _LIBC.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def _sync(path: Path) -> float:
    """Flush one file or folder. A fault of writing that nobody was told of yet is told to who opens it anew.

    Gives how many seconds the flush took.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        start = time.perf_counter()
        os.fsync(descriptor)
        return time.perf_counter() - start
    finally:
        os.close(descriptor)

"""Where published byte strings live. The path of an object is its URL path without the leading slash."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Protocol

__all__ = ["Storage", "StorageError", "check_path"]

_SEGMENT = re.compile(r"[A-Za-z0-9.][A-Za-z0-9._+@%-]*")
_MAX_PATH = 512


class StorageError(OSError):
    """The storage could not be read or written. The message names it."""


class Storage(Protocol):
    """Whole objects by path: a `put` is there in full or not at all, also after a crash, and is then durable."""

    def get(self, path: str) -> bytes | None:
        """The object, or None when there is none. Raises ValueError for a path that `check_path` refuses."""

    def version(self, path: str) -> object | None:
        """Something that differs whenever the object was put anew, told without reading it; None without one."""

    def put(self, path: str, data: bytes) -> None:
        """Replace or create the object, durably, before this returns. Raises StorageError."""

    def put_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Like `put` for each, with less waiting. A few appear in order; of many a crash may leave any."""

    def begin(
        self, objects: Iterable[tuple[str, bytes]], *, before: Callable[[], None]
    ) -> Callable[[], None]:
        """Like `put_many`, but the objects are durable only when the function returned was called, which is due once.

        They can be read at once. `before` is called, once, when all else is ready and before the first of them
        appears: it may wait for what has to be durable by then. Without any object it is what is returned.
        """

    def differing(self, objects: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
        """Those of the objects, in order, that are not there already, byte for byte."""

    def exists(self, path: str) -> bool: ...

    def delete(self, path: str) -> None:
        """Remove the object; nothing happens when it is not there."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """Paths that begin with `prefix`, sorted."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Held by one publisher at a time, across processes; others wait. Not reentrant."""


@lru_cache(maxsize=16384)
def check_path(path: str) -> str:
    """The path itself if it is one: segments of plain characters, none of them hidden or climbing.

    Raises ValueError otherwise, so that no name out of a request or a record leads out of the storage.
    """
    segments = path.split("/")
    hidden = any(
        segment.startswith(".") and (n or segment != ".well-known") for n, segment in enumerate(segments)
    )
    if len(path) > _MAX_PATH or hidden or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise ValueError(f"not a path in a storage: {path[:80]!r}")
    return path

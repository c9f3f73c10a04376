"""Published documents as they were last read. A file that is still the same one is not read again, and what was made of
its bytes is used again; nothing that depends on time, keys or status is kept here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from .words import end_of_day, parse_moment

__all__ = ["Filed", "Files", "ReadableStorage", "Stamped"]

T = TypeVar("T")
_SETTLED: Final = 2_000_000_000
"""Nanoseconds: a file changed so recently may change again within one tick of the file system's clock."""


class ReadableStorage(Protocol):
    """What the site needs of a storage."""

    def get(self, path: str) -> bytes | None: ...

    def exists(self, path: str) -> bool: ...


class Stamped(Protocol):
    """A storage that can tell whether an object is still the same one without reading it."""

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        """(time of the last change in nanoseconds, identity, size); None when there is no such object."""


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    stamp: tuple[int, int, int] | None
    data: bytes
    value: T


class Files(Generic[T]):
    """Objects of one kind, and what `make` makes of their bytes. Safe to share between threads.

    `storage` raises what it raises; so does `make`, and then nothing is kept.
    """

    def __init__(self, storage: ReadableStorage, make: Callable[[bytes], T], *, most: int = 1024) -> None:
        self._storage = storage
        self._stamp: Callable[[str], tuple[int, int, int] | None] | None = getattr(storage, "stamp", None)
        self._make = make
        self._most = most
        self._lock = threading.Lock()
        self._read: dict[str, _Read[T]] = {}

    def get(self, path: str) -> T | None:
        """What the object at `path` says now; None when there is none."""
        known = self._read.get(path)
        stamp = None
        if self._stamp is not None:
            stamp = self._stamp(path)  # before the bytes: what is newer than its stamp is only read once more
            if stamp is None:
                return None
            if known is not None and known.stamp == stamp:
                return known.value
        data = self._storage.get(path)
        if data is None:
            return None
        value = known.value if known is not None and known.data == data else self._make(data)
        settled = stamp if stamp is not None and time.time_ns() - stamp[0] > _SETTLED else None
        with self._lock:
            self._read.pop(path, None)
            while len(self._read) >= self._most:
                del self._read[next(iter(self._read))]
            self._read[path] = _Read(settled, data, value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A certificate's public record, and its dates read."""

    record: Mapping[str, Any]
    replaced: tuple[tuple[int, datetime | None], ...]
    """Editions, and when each is replaced."""
    moments: tuple[datetime, ...]
    """When dates alone change the answer, in order."""
    derived: dict[object, Any] = field(default_factory=dict)
    """What others made of the record alone, by a name of theirs: few things, the same each time."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Filed:
        replaced: list[tuple[int, datetime | None]] = []
        moments: list[datetime | None] = []
        for edition in record.get("editions") or []:
            ends = parse_moment(edition.get("supersededFrom"))
            replaced.append((int(edition["edition"]), ends))
            moments += [parse_moment(edition.get("validFrom")), ends, end_of_day(edition.get("validThrough"))]
        return cls(
            record=record,
            replaced=tuple(replaced),
            moments=tuple(sorted(moment for moment in moments if moment is not None)),
        )

    def in_force(self, now: datetime) -> int:
        """The oldest edition that is not replaced at `now`; else what the record calls current.

        Derived from dates, so that a renewal takes over on its day even if nothing was published since.
        """
        standing = [number for number, ends in self.replaced if ends is None or ends > now]
        return min(standing) if standing else int(self.record.get("currentEdition") or 1)

    def is_past(self, now: datetime) -> bool:
        """Whether a date has come since the record was made, so that its state may be another one."""
        made = parse_moment(self.record.get("publishedAt"))
        return made is None or any(made < moment <= now for moment in self.moments)

    def next_change(self, now: datetime) -> datetime | None:
        return next((moment for moment in self.moments if moment > now), None)

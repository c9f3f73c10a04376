"""Authentic status lists, and what a source remembers of those it has shown."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..errors import EvidenceUnavailable
from ..vocabulary import LIST_ENTRIES, StatusValue
from . import bitstring

__all__ = ["MAX_AGE", "AnyList", "BitstringList", "ListMemory", "Remembered", "StatusList"]

MAX_AGE: Final = timedelta(hours=1)
"""How long ago a list may have been fetched online for a green answer."""
_MOST_REMEMBERED: Final = 64
_VALUES: Final = tuple(StatusValue)


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    uri: str
    issued_at: datetime
    expires_at: datetime
    size: int
    """Entries of the journal that the list was derived from."""
    root: bytes
    packed: bytes

    @property
    def entries(self) -> int:
        return LIST_ENTRIES

    def is_fresh(
        self, *, now: datetime, fetched_at: datetime, offline: bool, max_age: timedelta | None = None
    ) -> bool:
        """Whether a green answer may rest on it: not expired and, online, fetched within the hour.

        A caller's `max_age` takes the place of the hour, and offline of the bundle's seven days: shorter or longer.
        Online an expired list stays unfit, as a newer one can be had.
        """
        if max_age is not None:
            return now - fetched_at <= max_age and (offline or now <= self.expires_at)
        return now <= self.expires_at and (offline or now - fetched_at <= MAX_AGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList(_List):
    """An authentic token status list."""

    def value(self, index: int) -> StatusValue:
        """The status at `index`; IndexError outside of the list."""
        if not 0 <= index < LIST_ENTRIES:
            raise IndexError(f"index {index} is outside of a list of {LIST_ENTRIES} entries")
        return _VALUES[(self.packed[index >> 2] >> ((index & 3) << 1)) & 3]  # as `token.status_at` reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class BitstringList(_List):
    """An authentic bitstring list. Its `purpose` may still be another one than the credential asks for."""

    purpose: str

    def is_set(self, index: int) -> bool:
        """The bit at `index`; IndexError outside of the list."""
        return bool(bitstring.bit_at(self.packed, index))


AnyList = StatusList | BitstringList


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A list and how it was signed, so that a key that has been withdrawn since is noticed."""

    found: AnyList
    kid: str
    thumbprint: str
    for_bundle: bool


class ListMemory:
    """What one source has shown so far: decoded lists by their text, and the newest journal state of each list.

    Thread-safe. One memory belongs to one source: an offline bundle may rightly be older than what is online.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoded: OrderedDict[tuple[str, str], Remembered] = OrderedDict()
        self._newest: dict[str, tuple[int, bytes]] = {}

    def recall(self, text: str, uri: str) -> Remembered | None:
        return self._decoded.get((text, uri))

    def keep(self, text: str, entry: Remembered) -> None:
        with self._lock:
            self._decoded[text, entry.found.uri] = entry
            while len(self._decoded) > _MOST_REMEMBERED:
                self._decoded.popitem(last=False)

    def advance(self, found: AnyList) -> None:
        """Notes the list's journal state; EvidenceUnavailable if that is older than, or beside, one already seen."""
        if self._newest.get(found.uri) == (found.size, found.root):
            return
        with self._lock:
            size, root = self._newest.get(found.uri, (0, b""))
            if found.size < size:
                raise EvidenceUnavailable("the status list is older than one already seen")
            if found.size == size and root and found.root != root:
                raise EvidenceUnavailable("the status list contradicts one already seen")
            self._newest[found.uri] = (found.size, found.root)

"""The journal as a feed: entries from a position on, and waiting a while for the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lcert_issuer.registry import journal

from ..problems import Kind, Problem
from .cursors import decode_cursor, encode_cursor
from .reading import RegistryReader

__all__ = ["LONGEST_WAIT", "Feed", "Piece"]

LONGEST_WAIT: Final = 25
_WAITERS: Final = 4
"""Requests of a process that may wait at a time: the others of its threads keep answering."""
_FIRST_LOOK: Final = 0.05
_SLOWEST_LOOK: Final = 0.5
"""Seconds between two looks at the journal's head while waiting."""
_PRIVATE: Final = ("v", "payload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Entries in order, without gaps, and where to go on."""

    changes: list[dict[str, Any]]
    cursor: str
    more: bool
    waited_in_vain: bool = False
    """There was no room to wait: ask again a little later."""


class Feed:
    """Reads the journal. Positions are dense and assigned under a lock, so what is there has no gap before it."""

    def __init__(
        self,
        reader: RegistryReader,
        *,
        base_url: str,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reader = reader
        self._base_url = base_url
        self._monotonic = monotonic
        self._sleep = sleep
        self._room = threading.BoundedSemaphore(_WAITERS)

    def after(self, cursor: str | None, *, limit: int, wait: float) -> Piece:
        """Entries after a cursor (None: from the first), at most `limit`; waits up to `wait` seconds for one.

        Problem for a cursor that this journal did not give, as after its database was lost and restored.
        """
        start, mark = decode_cursor(cursor, int, str) if cursor else (0, "")
        piece = self._read(start, mark, limit)
        if piece.changes or wait <= 0:
            return piece
        if not self._room.acquire(blocking=False):
            return Piece(changes=[], cursor=piece.cursor, more=False, waited_in_vain=True)
        try:
            end, pause = self._monotonic() + min(wait, LONGEST_WAIT), _FIRST_LOOK
            while (left := end - self._monotonic()) > 0:
                self._sleep(min(pause, left))
                pause = min(2 * pause, _SLOWEST_LOOK)
                if self._size() > start:
                    return self._read(start, mark, limit)
            return piece
        finally:
            self._room.release()

    def _size(self) -> int:
        with self._reader.session() as session:
            return journal.head(session).size

    def _read(self, start: int, mark: str, limit: int) -> Piece:
        with self._reader.session() as session:
            first = max(0, start - 1)
            found = list(journal.entries(session, first, start + limit + 1))
        if start:
            if not found or found[0].position != start - 1 or _mark(found[0]) != mark:
                raise Problem(
                    Kind.INVALID_PARAMETER,
                    "cursor is not of this journal: begin again without one, and compare what you have.",
                )
            last, found = found[0], found[1:]
        taken = found[:limit]
        if taken:
            last = taken[-1]
        return Piece(
            changes=[self._change(entry) for entry in taken],
            cursor=encode_cursor(last.position + 1, _mark(last)) if start or taken else encode_cursor(0, ""),
            more=len(found) > limit,
        )

    def _change(self, entry: journal.Entry) -> dict[str, Any]:
        members = {k: v for k, v in journal.members_of(entry.data).items() if k not in _PRIVATE}
        url = {"url": f"{self._base_url}/c/{entry.number}"} if entry.number else {}
        return {"position": entry.position, **members, **url}


def _mark(entry: journal.Entry) -> str:
    """The beginning of the entry's leaf hash: a journal that was rewritten has another one there."""
    return entry.leaf.hex()[:12]

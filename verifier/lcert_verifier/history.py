"""The journal as history: every entry up to a signed tree head, so that nothing about a certificate can be left out.

A status list tells the present; the past needs all entries about a certificate, and no entry says how many others
there are. So a history is complete or it is none: all entry tiles up to a checkpoint are read and hashed, and must
give the checkpoint's root. Whole tiles never change and are read once.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from .errors import EvidenceUnavailable, Malformed
from .journal_events import Event, parse_event
from .merkle import EMPTY_ROOT, Frontier, leaf_hash, root_of
from .published import LOG_PREFIX
from .tiles import TILE_WIDTH, decode_entries, entries_path

__all__ = [
    "MAX_ENTRIES",
    "SHARD_ENTRIES",
    "History",
    "HistorySource",
    "history_paths",
    "load_history",
    "read_tile",
    "read_tiles_at_once",
    "shard_paths",
]

MAX_ENTRIES: Final = 1 << 20
"""A longer journal is not read; ask a service that keeps one."""
SHARD_ENTRIES: Final = 32 * TILE_WIDTH
"""Entries in a history shard: 8,192."""
_MOST_AVERAGE: Final = 4_096
_AT_ONCE: Final = 8

Read = Callable[[str], bytes]
"""`read(path)` for published paths; raises EvidenceUnavailable."""


@runtime_checkable
class HistorySource(Protocol):
    """A source of evidence that can tell the past as well. Others cannot, and are not asked."""

    def history(self, now: datetime, *, least: int = 0) -> History:
        """The history of at least `least` entries; raises EvidenceUnavailable when it cannot be had whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All entries of a journal of `size`, proven to give `root`. Immutable; safe to share between threads."""

    size: int
    root: bytes
    _tiles: tuple[bytes, ...]
    """Entry tiles, compressed; only the last may be partial."""
    _whole: tuple[bytes, ...]
    """Roots of the whole tiles."""
    _positions: Mapping[str, Sequence[int]]
    """By certificate number, ascending."""

    def about(self, number: str) -> tuple[Event, ...]:
        """Every event about a certificate, in order; Malformed when one of them cannot be read."""
        return tuple(parse_event(at, self.entry(at)) for at in self._positions.get(number, ()))

    def entry(self, position: int) -> bytes:
        """The bytes of one entry; IndexError outside of the journal."""
        if not 0 <= position < self.size:
            raise IndexError(position)
        tile, offset = divmod(position, TILE_WIDTH)
        return self._entries(tile)[offset]

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of the entries from `start` on."""
        for tile in range(max(start, 0) // TILE_WIDTH, len(self._tiles)):
            for offset, entry in enumerate(self._entries(tile)):
                if (position := tile * TILE_WIDTH + offset) >= start:
                    yield position, entry

    def last_recorded(self) -> datetime | None:
        """When the newest entry was recorded; None for an empty journal."""
        return parse_event(self.size - 1, self.entry(self.size - 1)).recorded_at if self.size else None

    def holds(self, size: int, root: bytes) -> bool:
        """Whether the journal once had this head."""
        if not 0 <= size <= self.size:
            return False
        if size == self.size:
            return root == self.root
        whole, rest = divmod(size, TILE_WIDTH)
        return root == _root(self._whole[:whole], self._entries(whole)[:rest] if rest else [])

    def _entries(self, tile: int) -> list[bytes]:
        width = min(TILE_WIDTH, self.size - tile * TILE_WIDTH)
        return decode_entries(zlib.decompress(self._tiles[tile]), width)


def _root(whole: Sequence[bytes], rest: Sequence[bytes]) -> bytes:
    """The root over whole tiles (their roots) and the entries of one more."""
    left = Frontier()
    for root in whole:
        left = left.append(root)
    right = Frontier()
    for entry in rest:
        right = right.append(leaf_hash(entry))
    size = len(whole) * TILE_WIDTH + len(rest)
    return Frontier(size=size, hashes=left.hashes + right.hashes).root if size else EMPTY_ROOT


def history_paths(size: int, *, since: int = 0) -> list[str]:
    """The published paths of the entry tiles of a journal of `size` that were not whole at `since`."""
    return [
        LOG_PREFIX + entries_path(tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
        for tile in range(since // TILE_WIDTH, -(-size // TILE_WIDTH))
    ]


def shard_paths(number: int) -> list[str]:
    """The published paths of the whole entry tiles in history shard `number`."""
    return history_paths((number + 1) * SHARD_ENTRIES, since=number * SHARD_ENTRIES)


def read_tiles_at_once(read: Read, paths: Sequence[str]) -> Iterator[bytes]:
    """What `read` gives for each path, in order, several at a time."""
    if len(paths) < 2:
        yield from map(read, paths)
        return
    with ThreadPoolExecutor(_AT_ONCE, "lcert-tiles") as pool:
        for start in range(0, len(paths), 8 * _AT_ONCE):
            yield from pool.map(read, paths[start : start + 8 * _AT_ONCE])


def load_history(read: Read, size: int, root: bytes, *, previous: History | None = None) -> History:
    """The history of the tree (`size`, `root`), which the caller knows to be authentic.

    Tiles that `previous` has whole are not read again. A partial tile may have grown since: the whole one, cut, serves
    as well. EvidenceUnavailable when a tile is missing, does not fit, or the journal was rewritten.
    """
    if size > MAX_ENTRIES:
        raise EvidenceUnavailable(f"the journal has more than {MAX_ENTRIES} entries")
    since = previous.size if previous is not None and previous.size <= size else 0
    kept = since // TILE_WIDTH
    tiles = list(previous._tiles[:kept]) if previous else []
    whole = list(previous._whole[:kept]) if previous else []
    rest: list[bytes] = []
    budget = _MOST_AVERAGE * (size - kept * TILE_WIDTH) + 1024 * 1024
    for data in read_tiles_at_once(lambda path: read_tile(read, path), history_paths(size, since=since)):
        width = min(TILE_WIDTH, size - len(tiles) * TILE_WIDTH)
        try:
            entries = _first_entries(data, width)
        except Malformed as error:
            raise EvidenceUnavailable(f"the journal cannot be read: {error}") from None
        budget -= sum(len(entry) for entry in entries)
        if budget < 0:
            raise EvidenceUnavailable("the journal's entries are too long")
        if width == TILE_WIDTH:
            whole.append(root_of(leaf_hash(entry) for entry in entries))
        else:
            rest = entries
        tiles.append(zlib.compress(b"".join(len(e).to_bytes(2, "big") + e for e in entries), 1))
    if _root(whole, rest) != root:
        raise EvidenceUnavailable("the journal's entries do not give the root of its checkpoint")
    positions: dict[str, Sequence[int]] = dict(previous._positions) if previous and since else {}
    found = History(size=size, root=root, _tiles=tuple(tiles), _whole=tuple(whole), _positions=positions)
    if previous is not None and since and not found.holds(previous.size, previous.root):
        raise EvidenceUnavailable("the journal does not extend the one already seen")
    for position, entry in found.entries(since):
        number = _number(entry)
        if number is not None:
            positions[number] = (*positions.get(number, ()), position)
    return found


def read_tile(read: Read, path: str) -> bytes:
    """A tile by its path; if it is not there, the whole one that has taken its place."""
    try:
        return read(path)
    except EvidenceUnavailable:
        whole, partial, _ = path.partition(".p/")
        if not partial:
            raise
        return read(whole)


def _first_entries(data: bytes, width: int) -> list[bytes]:
    """The first `width` entries of a tile that may be wider."""
    offset = 0
    for _ in range(width):
        offset += 2 + int.from_bytes(data[offset : offset + 2], "big")
    return decode_entries(data[:offset], width)


def _number(entry: bytes) -> str | None:
    """The certificate an entry is about. Entries are authentic here, so the quick reading will do for the index."""
    try:
        value = json.loads(entry)
    except ValueError:
        raise EvidenceUnavailable("the journal holds an entry that is not JSON") from None
    number = value.get("number") if isinstance(value, dict) else None
    return number if isinstance(number, str) else None

"""The journal as C2SP tlog-tiles: what to write when it has grown, and which partial tiles may go. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lcert_verifier.published import LOG_PREFIX
from lcert_verifier.tiles import TILE_HEIGHT, TILE_WIDTH, encode_entries, entries_path, tile_path, tiles_of

__all__ = ["Entries", "Hashes", "new_tiles", "stale_partials"]

Entries = Callable[[int, int], Sequence[bytes]]
"""`entries(start, stop)`: the journal's entries at these positions."""


Hashes = Callable[[int, int, int], Sequence[bytes]]
"""`hashes(level, start, stop)`: nodes of a tree level (0, 8, 16, ...) at these positions."""


def new_tiles(old_size: int, size: int, *, hashes: Hashes, entries: Entries) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every tile of a journal of `size` that was not whole, or not there, at `old_size`.

    Entry tiles come before the hash tiles. The paths are published paths (`log/tile/...`).
    """
    if size <= old_size:
        return
    for index in range(old_size // TILE_WIDTH, (size + TILE_WIDTH - 1) // TILE_WIDTH):
        start, stop = index * TILE_WIDTH, min(size, (index + 1) * TILE_WIDTH)
        yield LOG_PREFIX + entries_path(index, stop - start), encode_entries(entries(start, stop))
    for level, index, width in tiles_of(size, since=old_size):
        first = index * TILE_WIDTH
        row = hashes(level * TILE_HEIGHT, first, first + width)
        yield LOG_PREFIX + tile_path(level, index, width), b"".join(row)


def stale_partials(old_size: int, size: int) -> Iterator[tuple[str, str]]:
    """(folder, kept) for each tile that was partial at `old_size` and is whole now.

    Partial tiles below `folder` may be deleted but for `kept`, which readers of the older checkpoint still ask for.
    """
    level = 0
    while (count := old_size >> (TILE_HEIGHT * level)) > 0:
        index, width = divmod(count, TILE_WIDTH)
        if width and (size >> (TILE_HEIGHT * level)) >= (index + 1) * TILE_WIDTH:
            kept = LOG_PREFIX + tile_path(level, index, width)
            yield kept.rpartition("/")[0] + "/", kept
            if level == 0:
                kept = LOG_PREFIX + entries_path(index, width)
                yield kept.rpartition("/")[0] + "/", kept
        level += 1

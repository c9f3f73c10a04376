"""C2SP tlog-tiles: the paths of a log's tiles, what is in them, and a `node` that reads published ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .errors import Malformed
from .merkle import HASH_BYTES, Node, node_hash

__all__ = [
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "decode_entries",
    "encode_entries",
    "entries_path",
    "tile_path",
    "tiled_nodes",
    "tiles_of",
]

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
_MOST_ENTRY = 0xFFFF


def _index_path(index: int) -> str:
    if index < 0:
        raise ValueError("a tile index is not negative")
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def _partial(width: int) -> str:
    if not 1 <= width <= TILE_WIDTH:
        raise ValueError(f"a tile is 1 to {TILE_WIDTH} wide")
    return "" if width == TILE_WIDTH else f".p/{width}"


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`, below the log's prefix; `level` counts tiles, not tree levels."""
    return f"tile/{level}/{_index_path(index)}{_partial(width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/<N>[.p/<W>]`, below the log's prefix."""
    return f"tile/entries/{_index_path(index)}{_partial(width)}"


def tiles_of(size: int, *, since: int = 0) -> Iterator[tuple[int, int, int]]:
    """(level, index, width) of every hash tile of a tree of `size`, but those whole already at `since`."""
    level = 0
    while (count := size >> (TILE_HEIGHT * level)) > 0:
        first = (since >> (TILE_HEIGHT * level)) // TILE_WIDTH
        for index in range(first, (count + TILE_WIDTH - 1) // TILE_WIDTH):
            yield level, index, min(TILE_WIDTH, count - index * TILE_WIDTH)
        level += 1


def tiled_nodes(read: Callable[[str], bytes], size: int) -> Node:
    """A `node` that reads the tiles of a tree of `size` with `read(path)`; each tile is read once and kept.

    Nothing read is trusted: the proof made from it must verify. Malformed when a tile has another length than
    its path says; whatever `read` raises passes through.
    """
    tiles: dict[tuple[int, int], bytes] = {}

    def tile(level: int, index: int) -> bytes:
        if (level, index) not in tiles:
            count = size >> (TILE_HEIGHT * level)
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            path = tile_path(level, index, width)
            data = read(path)
            if len(data) != width * HASH_BYTES:
                raise Malformed(f"{path} is {len(data)} bytes instead of {width * HASH_BYTES}")
            tiles[level, index] = data
        return tiles[level, index]

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        data = tile(tile_level, first // TILE_WIDTH)
        offset = first % TILE_WIDTH
        row = [data[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(offset, offset + (1 << height))]
        if len(row[-1]) != HASH_BYTES:
            raise ValueError(f"node {level}/{index} is not in a tree of {size}")
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return node


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """An entry tile: each entry behind its length as a big-endian u16. ValueError above 65,535 bytes."""
    if any(len(entry) > _MOST_ENTRY for entry in entries):
        raise ValueError("a log entry is at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_entries(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of an entry tile; Malformed when it holds more, fewer or a broken one."""
    entries: list[bytes] = []
    offset = 0
    for _ in range(width):
        length = int.from_bytes(data[offset : offset + 2], "big")
        end = offset + 2 + length
        if offset + 2 > len(data) or end > len(data):
            raise Malformed("an entry tile is truncated")
        entries.append(data[offset + 2 : end])
        offset = end
    if offset != len(data):
        raise Malformed("data follows the last entry of a tile")
    return entries

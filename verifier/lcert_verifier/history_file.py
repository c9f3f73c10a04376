"""The history of a bundle that is too long to lie in it: a zip of entry tiles in a file beside the bundle.

Nothing signs this file, and nothing needs to: the tiles must give the root in the bundle's signed checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .bundle_file import MAX_BUNDLE_BYTES, read_files, write_bundle
from .bundle_state import write_atomically
from .errors import BundleError, EvidenceUnavailable
from .history import SHARD_ENTRIES, history_paths, load_history, read_tile, read_tiles_at_once, shard_paths
from .published import shard_path

__all__ = ["history_path", "read_history_file", "update_history_file"]

Read = Callable[[str], bytes]


def history_path(bundle: Path) -> Path:
    """`l.history.zip` beside `l.zip`."""
    return bundle.with_name(f"{bundle.stem}.history.zip")


def read_history_file(bundle: Path) -> Mapping[str, bytes]:
    """The tiles beside the bundle at `bundle`, by published path; none when there is no usable file."""
    try:
        with history_path(bundle).open("rb") as stream:
            return read_files(stream.read(MAX_BUNDLE_BYTES + 1))
    except (OSError, BundleError):
        return {}


def _with_shards(known: dict[str, bytes], size: int, read: Read) -> dict[str, bytes]:
    """`known` with the shards that it lacks; what an issuer does not offer as shard is read tile by tile."""
    for number in range(size // SHARD_ENTRIES):
        paths = shard_paths(number)
        if all(path in known for path in paths):
            continue
        try:
            tiles = read_files(read(shard_path(number)))
        except (EvidenceUnavailable, BundleError):
            return known
        known |= {path: tiles[path] for path in paths if path in tiles}
    return known


def update_history_file(bundle: Path, size: int, root: bytes, read: Read) -> int:
    """Brings the history file beside `bundle` to the journal (`size`, `root`), and says how many tiles were read.

    Only what is not whole in it yet is read with `read`: shards first, then tiles. EvidenceUnavailable when they cannot
    be had, or do not give `root`: the file then stays as it was.
    """
    kept = _with_shards(dict(read_history_file(bundle)), size, read)
    try:
        missing, tiles = _complete(kept, size, root, read)
    except EvidenceUnavailable:
        if not kept:
            raise
        missing, tiles = _complete({}, size, root, read)  # what was kept, or came as shard, was damaged
    write_atomically(history_path(bundle), write_bundle(tiles))
    return missing


def _complete(
    known: Mapping[str, bytes], size: int, root: bytes, read: Read
) -> tuple[int, Mapping[str, bytes]]:
    """How many tiles were read, and all of them, which give `root`."""
    wanted = history_paths(size)
    missing = [path for path in wanted if path not in known]
    tiles = {path: known[path] for path in wanted if path in known}
    tiles |= zip(missing, read_tiles_at_once(lambda path: read_tile(read, path), missing), strict=True)

    def tile(path: str) -> bytes:
        return tiles[path]

    load_history(tile, size, root)
    return len(missing), tiles

"""The history of a bundle that is too long to lie in it: a zip of entry tiles in a file beside the bundle.

Nothing signs this file, and nothing needs to: the tiles must give the root in the bundle's signed checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .bundle_file import MAX_BUNDLE_BYTES, read_files, write_bundle
from .bundle_state import write_atomically
from .errors import BundleError, EvidenceUnavailable
from .history import history_paths, load_history, read_tile, read_tiles_at_once

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


def update_history_file(bundle: Path, size: int, root: bytes, read: Read) -> int:
    """Brings the history file beside `bundle` to the journal (`size`, `root`), and says how many tiles were read.

    Only tiles that are not whole in it yet are read with `read`. EvidenceUnavailable when they cannot be had, or do
    not give `root`: the file then stays as it was.
    """
    known = read_history_file(bundle)
    wanted = history_paths(size)
    missing = [path for path in wanted if path not in known]
    tiles = {path: known[path] for path in wanted if path in known}
    tiles |= zip(missing, read_tiles_at_once(lambda path: read_tile(read, path), missing), strict=True)

    def tile(path: str) -> bytes:
        return tiles[path]

    try:
        load_history(tile, size, root)
    except EvidenceUnavailable:
        if len(missing) == len(wanted):
            raise
        history_path(bundle).unlink(missing_ok=True)  # what was kept is damaged: everything is read again
        return update_history_file(bundle, size, root, read)
    write_atomically(history_path(bundle), write_bundle(tiles))
    return len(missing)

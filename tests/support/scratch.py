"""Where tests keep their files: in memory when there is room, for half the time of files and databases is the disk's.

`TMPDIR` or `--basetemp` chooses another place. A run locks its folder; what a killed one left, the next one removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["make_scratch", "remove_scratch"]

_MEMORY = Path("/dev/shm")
_NEEDED = 3 * 2**30
_PREFIX = "lcert-scratch-"


def make_scratch() -> Path | None:
    """A new folder in memory that this process and its children use for temporary files, or None."""
    if "TMPDIR" in os.environ or not _MEMORY.is_dir():
        return None
    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        _remove_if_left(folder)
    if shutil.disk_usage(_MEMORY).free < _NEEDED:
        return None
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH)  # until the last of our processes ends
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    return folder


def remove_scratch(folder: Path) -> None:
    del os.environ["TMPDIR"]
    tempfile.tempdir = None
    shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(held)

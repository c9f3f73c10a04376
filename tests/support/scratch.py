"""Where tests keep their files: in memory when there is room, for half the time of files and databases is the disk's.

`TMPDIR` or `--basetemp` chooses another place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["make_scratch", "remove_scratch"]

_MEMORY = Path("/dev/shm")
_NEEDED = 3 * 2**30


def make_scratch() -> Path | None:
    """A new folder in memory that this process and its children use for temporary files, or None."""
    if "TMPDIR" in os.environ or not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _NEEDED:
        return None
    folder = Path(tempfile.mkdtemp(prefix="lcert-tests-", dir=_MEMORY))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    return folder


def remove_scratch(folder: Path) -> None:
    del os.environ["TMPDIR"]
    tempfile.tempdir = None
    shutil.rmtree(folder, ignore_errors=True)

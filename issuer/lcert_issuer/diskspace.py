"""Whether a disk is full, which the errors of those who write to it do not always say.

SQLite calls it `disk I/O error` where it cannot even begin, and reports it in words of its own elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["LEAST", "shortage"]

LEAST: Final = 4 * 1024 * 1024
"""Bytes without which a change cannot be relied on to be recorded and published."""


def shortage(path: Path) -> str | None:
    """In words what the disk that holds `path` lacks, space or room for more files; None when there is enough.

    A path that is not there yet is looked for where it would be made; one that cannot be looked at lacks nothing.
    """
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    free = found.f_bavail * found.f_frsize
    if free < LEAST:
        return f"the disk of {path} is full ({free // 1024} KiB are free): free some space there"
    if found.f_files and not found.f_favail:
        return f"the disk of {path} takes no more files: remove some there"
    return None

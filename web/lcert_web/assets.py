"""Our own scripts and styles by address: a digest for caches in the query, a hash for browsers that check."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["STATIC", "asset_url", "integrity_of"]

STATIC: Final = Path(__file__).parent / "static"


@cache
def integrity_of(path: str) -> str:
    """`sha384-...` of a file below `static`, for `integrity=` (Subresource Integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384((STATIC / path).read_bytes()).digest()).decode("ascii")


@cache
def asset_url(path: str) -> str:
    """Path of a file below `static` with its digest, as base.html links it: a new version is fetched at once."""
    return f"/static/{path}?v={hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]}"

"""Opaque cursors: where to go on, bound to what was being read, so that one cannot be used on something else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_decode, b64u_encode

from ..problems import Kind, Problem

__all__ = ["MAX_CURSOR", "decode_cursor", "digest_of", "encode_cursor"]

MAX_CURSOR = 200
"""Characters of the longest cursor that is read."""


def encode_cursor(*parts: int | str) -> str:
    return b64u_encode(json.dumps(parts, separators=(",", ":")).encode())


def decode_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """The parts of a cursor, of these types; integers are not negative. Problem for what none of ours is."""
    refusal = Problem(Kind.INVALID_PARAMETER, "cursor is one that this address gave.")
    if len(text) > MAX_CURSOR:
        raise refusal
    try:
        parts = json.loads(b64u_decode(text))
    except (Malformed, ValueError, RecursionError):
        raise refusal from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise refusal
    if any(isinstance(part, int) and not 0 <= part < 2**53 for part in parts):
        raise refusal
    return tuple(parts)


def digest_of(*parts: str) -> str:
    """A short digest of what a cursor is bound to."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]

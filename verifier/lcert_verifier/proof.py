"""That the journal held a token before a key was compromised, shown by a Merkle proof against the trust statement."""

from __future__ import annotations

from typing import Any, Final

from .errors import Malformed
from .jose import b64u_decode, parse_json
from .merkle import leaf_hash, verify_inclusion
from .trust import TrustedKey

__all__ = ["ISSUING_KINDS", "recorded_position"]

ISSUING_KINDS: Final = frozenset({"issued", "renewed", "rescoped", "corrected", "rekeyed", "appealed"})
"""Journal entries that issue an edition, and so list the digests of its tokens."""
_MAX_BYTES: Final = 262_144
_MAX_PATH: Final = 64


def recorded_position(data: bytes | None, digest: str, key: TrustedKey) -> int | None:
    """The journal position of the entry that issued the token `digest`; None unless it is proven.

    `data` is `{"position", "entry", "path"}`. The tree is the one that the root-signed statement fixed when it declared
    `key` compromised, so nobody with the stolen key can add to it.
    """
    if data is None or key.size is None or key.root is None:
        return None
    try:
        value = parse_json(data, max_bytes=_MAX_BYTES)
        return _proven(value, digest, key.size, key.root)
    except Malformed:
        return None


def _proven(value: Any, digest: str, size: int, root: bytes) -> int | None:
    if not isinstance(value, dict):
        return None
    position, entry, path = value.get("position"), value.get("entry"), value.get("path")
    if type(position) is not int or not isinstance(entry, str) or not isinstance(path, list):
        return None
    if len(path) > _MAX_PATH or not all(isinstance(item, str) for item in path):
        return None
    leaf = b64u_decode(entry)
    if not verify_inclusion(leaf_hash(leaf), position, size, [b64u_decode(item) for item in path], root):
        return None
    claims = parse_json(leaf, max_bytes=65_535)
    tokens = claims.get("tokens") if isinstance(claims, dict) else None
    if (
        not isinstance(tokens, dict)
        or claims.get("kind") not in ISSUING_KINDS
        or digest not in tokens.values()
    ):
        return None
    return position

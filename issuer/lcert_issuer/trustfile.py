"""What a publisher needs to know of a trust statement: its version, and which keys are usable in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import parse_general, parse_json

__all__ = ["TrustFile", "read_trust_file"]

_MAX_BYTES: Final = 2**21


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFile:
    data: bytes
    version: int
    usable: frozenset[str]
    """Key ids that are staged or active."""
    compromised: Mapping[str, int | None]
    """Key ids that are compromised, and since which journal position."""


def read_trust_file(data: bytes) -> TrustFile:
    """Reads the statement without checking its signatures: it is the issuer's own. Raises Malformed."""
    payload = parse_json(parse_general(data).payload, max_bytes=_MAX_BYTES)
    try:
        return TrustFile(
            data=data,
            version=int(payload["version"]),
            usable=frozenset(key["kid"] for key in payload["keys"] if key["state"] in ("staged", "active")),
            compromised={
                key["kid"]: key.get("since") for key in payload["keys"] if key["state"] == "compromised"
            },
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise Malformed("is not a trust statement") from fault

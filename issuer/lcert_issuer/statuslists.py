"""Status lists are computed from the registry and signed; nothing is ever edited in place. Pure.

Each list is published three times: as IETF Token Status List with two bits an entry, which decides, and as W3C
bitstrings for revocation (withdrawn, terminated, abandoned and superseded editions) and for suspension.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

from lcert_keys import Key, Signer
from lcert_verifier.jose import b64u_encode, sign_compact, split
from lcert_verifier.published import bitstring_path, token_list_path
from lcert_verifier.report import format_time
from lcert_verifier.status.bitstring import decode_list, encode_list, pack_bits
from lcert_verifier.status.token import BITS, decode_lst, encode_lst, pack_statuses
from lcert_verifier.vocabulary import (
    BITSTRING_LIST_CREDENTIAL,
    CONTEXT_PATH,
    CONTEXT_VC,
    LIST_ENTRIES,
    StatusValue,
)

__all__ = [
    "BUNDLE_LIFETIME",
    "FINAL_LIFETIME",
    "LIST_LIFETIME",
    "TTL_SECONDS",
    "ListMaker",
    "Stamp",
    "content_digest",
    "list_contents",
    "list_paths",
    "list_values",
    "read_stamp",
    "tally",
    "with_entries",
]

LIST_LIFETIME: Final = timedelta(hours=24)
BUNDLE_LIFETIME: Final = timedelta(days=7)
FINAL_LIFETIME: Final = timedelta(days=3653)
"""Of the last issue of a list whose every edition has expired: no verdict waits for a newer one, as `expired` comes
before status, and a decision about the past is in the journal. It is signed again when it changes or its key does."""
TTL_SECONDS: Final = 30

Purpose = Literal["revocation", "suspension"]
_BITS: Final[Mapping[Purpose, tuple[StatusValue, ...]]] = {
    "revocation": (StatusValue.INVALID, StatusValue.SUPERSEDED),
    "suspension": (StatusValue.SUSPENDED,),
}


_LOW: Final = int.from_bytes(b"\x55" * (LIST_ENTRIES * BITS // 8), "little")
"""The lower bit of every entry of a token list: set in INVALID and SUPERSEDED."""


def list_paths(number: int) -> tuple[str, ...]:
    """The published paths of list `number`: the token list, then the bitstrings."""
    return (token_list_path(number), *(bitstring_path(purpose, number) for purpose in _BITS))


def list_values(statuses: Iterable[tuple[int, StatusValue]]) -> bytes:
    """One byte an entry; VALID where nothing is said. ValueError for an index outside of the list, or twice."""
    values = bytearray(LIST_ENTRIES)
    seen: set[int] = set()
    for index, status in statuses:
        if not 0 <= index < LIST_ENTRIES or index in seen:
            raise ValueError(f"status index {index} is outside of the list, or in it twice")
        seen.add(index)
        values[index] = status.value
    return bytes(values)


@lru_cache(maxsize=4)
def list_contents(values: bytes) -> tuple[bytes, ...]:
    """The packed entries of each list, in the order of `list_paths`; they are compared first, then signed."""
    return (pack_statuses(values), *(_packed_bits(purpose, values) for purpose in _BITS))


def content_digest(contents: Sequence[bytes]) -> str:
    """Hex SHA-256 of the packed entries of a list's three forms, one behind the other."""
    return hashlib.sha256(b"".join(contents)).hexdigest()


def with_entries(contents: Sequence[bytes], changed: Mapping[int, StatusValue]) -> tuple[bytes, ...]:
    """The packed entries of each form with other values at some indices: what `list_contents` makes of all of them."""
    statuses, *bitstrings = (bytearray(packed) for packed in contents)
    for index, status in changed.items():
        if not 0 <= index < LIST_ENTRIES:
            raise ValueError(f"status index {index} is outside of the list")
        place, shift = divmod(index * BITS, 8)
        statuses[place] = statuses[place] & ~(3 << shift) | status.value << shift
        place, bit = index >> 3, 0x80 >> (index & 7)
        for bitstring, purpose in zip(bitstrings, _BITS, strict=True):
            bitstring[place] = bitstring[place] & ~bit | (bit if status in _BITS[purpose] else 0)
    return (bytes(statuses), *map(bytes, bitstrings))


def tally(contents: Sequence[bytes]) -> tuple[int, int, int] | None:
    """How many entries say INVALID, SUSPENDED and SUPERSEDED; None when a list's three forms disagree on how many."""
    statuses, revoked, suspended = (int.from_bytes(packed, "little") for packed in contents)
    low, high = statuses & _LOW, statuses >> 1 & _LOW
    superseded = (low & high).bit_count()
    counts = low.bit_count() - superseded, high.bit_count() - superseded, superseded
    agree = revoked.bit_count() == low.bit_count() and suspended.bit_count() == counts[1]
    return counts if agree else None


def _packed_bits(purpose: Purpose, values: bytes) -> bytes:
    return pack_bits(values.translate(bytes(value in _BITS[purpose] for value in range(256))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a published list says of itself. Two lists of one URL are ordered by (size, issued_at)."""

    kid: str
    size: int
    issued_at: datetime
    expires_at: datetime
    content: bytes
    """Packed entries."""

    def is_due(self, *, kid: str, now: datetime) -> bool:
        """Whether it must be signed again although nothing changed: half its time is over, or the key is another."""
        return self.kid != kid or now >= self.issued_at + (self.expires_at - self.issued_at) / 2

    @property
    def is_final(self) -> bool:
        return self.expires_at - self.issued_at > BUNDLE_LIFETIME


@lru_cache(maxsize=8)
def _lst(packed: bytes) -> str:
    return encode_lst(packed, runs=True)


@lru_cache(maxsize=16)
def _encoded_list(packed: bytes) -> str:
    """Most changes leave one of the two bitstrings as it was."""
    return encode_list(packed, runs=True)


def read_stamp(token: bytes | None) -> Stamp | None:
    """The stamp of a list this issuer published, None when there is none or it is damaged. Not verified."""
    if token is None:
        return None
    try:
        parsed = split(token.decode("ascii"))
        return Stamp(
            kid=parsed.header["kid"],
            size=int(parsed.payload["journal"]["size"]),
            issued_at=datetime.fromtimestamp(parsed.payload["iat"], UTC),
            expires_at=datetime.fromtimestamp(parsed.payload["exp"], UTC),
            content=(
                decode_lst(parsed.payload["status_list"]["lst"])
                if "status_list" in parsed.payload
                else decode_list(parsed.payload["credentialSubject"]["encodedList"])
            ),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):  # Malformed is a ValueError
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMaker:
    """Signs lists derived from one journal state with one status key."""

    issuer: str
    base_url: str
    size: int
    root: bytes
    key: Key
    signer: Signer
    for_bundle: bool = False
    """Lists for bundles live seven days and carry a marker, so that nobody can serve one as the live list."""
    final: bool = False
    """Lists of which every edition has expired live for ten years."""

    def make(self, number: int, values: bytes, *, issued_at: datetime) -> dict[str, bytes]:
        """Every list of `number`, by published path. `issued_at` is cut to whole seconds."""
        return self.make_packed(number, list_contents(values), issued_at=issued_at)

    def make_packed(self, number: int, contents: Sequence[bytes], *, issued_at: datetime) -> dict[str, bytes]:
        """Like `make`, of entries that are packed already, in the order of `list_paths`."""
        statuses, *bitstrings = contents
        return {
            token_list_path(number): self._token_list(number, statuses, issued_at),
            **{
                bitstring_path(purpose, number): self._bitstring(purpose, number, packed, issued_at)
                for purpose, packed in zip(_BITS, bitstrings, strict=True)
            },
        }

    def _token_list(self, number: int, packed: bytes, issued_at: datetime) -> bytes:
        uri = f"{self.base_url}/{token_list_path(number)}"
        claims = {
            "iss": self.issuer,
            "sub": uri,
            **self._times(issued_at),
            "ttl": TTL_SECONDS,
            "status_list": {"bits": BITS, "lst": _lst(packed)},
            **self._provenance(),
        }
        return self._sign({"typ": "statuslist+jwt"}, claims)

    def _bitstring(self, purpose: Purpose, number: int, packed: bytes, issued_at: datetime) -> bytes:
        uri = f"{self.base_url}/{bitstring_path(purpose, number)}"
        times = self._times(issued_at)
        claims = {
            "@context": [CONTEXT_VC, self.base_url + CONTEXT_PATH],
            "id": uri,
            "type": ["VerifiableCredential", BITSTRING_LIST_CREDENTIAL],
            "issuer": self.issuer,
            "validFrom": format_time(datetime.fromtimestamp(times["iat"], UTC)),
            "validUntil": format_time(datetime.fromtimestamp(times["exp"], UTC)),
            "credentialSubject": {
                "id": f"{uri}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": _encoded_list(packed),
                "ttl": TTL_SECONDS * 1000,  # milliseconds here, seconds in the token list
            },
            **times,
            **self._provenance(),
        }
        return self._sign({"typ": "vc+jwt", "cty": "vc"}, claims)

    @property
    def lifetime(self) -> timedelta:
        if self.for_bundle:
            return BUNDLE_LIFETIME
        return FINAL_LIFETIME if self.final else LIST_LIFETIME

    def _times(self, issued_at: datetime) -> dict[str, int]:
        issued = int(issued_at.timestamp())
        return {"iat": issued, "exp": issued + int(self.lifetime.total_seconds())}

    def _provenance(self) -> dict[str, Any]:
        marker = {"bundle": True} if self.for_bundle else {}
        return {"journal": {"size": self.size, "root": b64u_encode(self.root)}, **marker}

    def _sign(self, header: Mapping[str, str], claims: Mapping[str, Any]) -> bytes:
        full = {"alg": self.signer.alg.value, "kid": self.key.kid, **header}
        return sign_compact(full, claims, self.signer.sign).encode("ascii")

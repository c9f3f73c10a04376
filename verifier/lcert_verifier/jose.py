"""Strict reading of JWS: one token has one spelling, and hostile input raises Malformed before it costs anything.

RFC 7515 compact and general JSON serialisations, RFC 8725 rules. Reading proves nothing: only
`verify_signature` with a trusted key does, and the algorithm is the key's, never the header's. No library's decoder is
used, because they accept several spellings of one token (duplicate names, unpadded bits, oversized input).
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from .codec import decode64
from .errors import Malformed
from .jwk import PublicKey
from .strict_json import MAX_DEPTH, parse_json

if TYPE_CHECKING:
    from .spelling import Look, Plain

__all__ = [
    "MAX_DEPTH",
    "MAX_TOKEN",
    "General",
    "GeneralSignature",
    "Parsed",
    "b64u_decode",
    "b64u_encode",
    "parse_general",
    "parse_json",
    "sign_compact",
    "split",
    "verify_signature",
]

MAX_TOKEN: Final = 65_536
"""Bytes of a compact token."""
_MAX_HEADER: Final = 4_096
_MAX_SIGNATURES: Final = 16
_FORBIDDEN_HEADERS: Final = ("crit", "b64", "zip", "enc")

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_ENDINGS: Final = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}
"""Last characters of a group of two or three whose spare bits are zero."""


class _Signed(Protocol):
    @property
    def header(self) -> dict[str, Any]: ...
    @property
    def signing_input(self) -> bytes: ...
    @property
    def signature(self) -> bytes: ...


class Parsed(NamedTuple):
    """A compact JWS taken apart. Nothing in it is trusted yet."""

    header: dict[str, Any]
    payload: dict[str, Any]
    """Empty when `plain` says the same."""
    body: bytes
    """The payload's bytes."""
    signing_input: bytes
    signature: bytes
    plain: Plain | None = None
    """The payload as `look` recognised it."""

    @property
    def digest(self) -> str:
        """Hex SHA-256 of `header.payload`: what the journal lists. Not an identity, that is the credential id."""
        return hashlib.sha256(self.signing_input).hexdigest()

    @property
    def alg(self) -> str:
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        value = self.header.get("kid")
        return value if isinstance(value, str) else None

    @property
    def typ(self) -> str | None:
        value = self.header.get("typ")
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralSignature:
    header: dict[str, Any]
    """The protected header."""
    signing_input: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """A general JSON serialisation: one payload, several signatures."""

    payload: bytes
    signatures: tuple[GeneralSignature, ...]


def b64u_encode(data: bytes) -> str:
    """base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def b64u_decode(text: str) -> bytes:
    """The bytes of canonical, unpadded base64url; raises Malformed for every other spelling of them."""
    if not text.isascii():
        raise Malformed("is not base64url")
    return _canonical(text.encode("ascii"))


def _canonical(raw: bytes) -> bytes:
    # No bits left over at the end, and (in `decode64`) the alphabet and nothing else: every other spelling differs in
    # one of the two.
    tail = len(raw) % 4
    if tail == 1 or (tail and raw[-1] not in _ENDINGS[tail]):
        raise Malformed("is not canonical base64url")
    data = decode64(raw)
    if data is None:
        raise Malformed("is not canonical base64url")
    return data


def _header(segment: str) -> dict[str, Any]:
    return dict(_read_header(segment))


@lru_cache(maxsize=64)
def _read_header(segment: str) -> dict[str, Any]:
    """All members are read anew from the text; an issuer's tokens share a handful of headers."""
    if len(segment) > _MAX_HEADER:
        raise Malformed("the header is too long")
    try:
        header = parse_json(b64u_decode(segment), max_bytes=_MAX_HEADER)
    except Malformed as error:
        raise Malformed(f"the header {error}") from error
    if not isinstance(header, dict):
        raise Malformed("the header is not an object")
    for name in _FORBIDDEN_HEADERS:
        if name in header:
            raise Malformed(f"the header has {name}")
    if not isinstance(header.get("alg"), str):
        raise Malformed("the header names no algorithm")
    for name in ("kid", "typ", "cty"):
        if name in header and not isinstance(header[name], str):
            raise Malformed(f"the header's {name} is not a string")
    return header


def split(token: str, look: Look | None = None) -> Parsed:
    """Takes a compact JWS apart, strictly; raises Malformed.

    At most 64 KiB of ASCII in three canonical base64url segments, the first two strict JSON objects, without `crit`,
    `b64`, `zip` or `enc`. `alg` is not judged here: the key decides. `look` is shown header and payload, and may
    recognise a payload as strict JSON; then nobody parses it.
    """
    if not isinstance(token, str):
        raise Malformed("a token is a string")
    if len(token) > MAX_TOKEN:
        raise Malformed(f"the token is longer than {MAX_TOKEN} bytes")
    if not token.isascii():
        raise Malformed("the token holds characters that no token has")
    first, last = token.find("."), token.rfind(".")
    if first == last or token.find(".", first + 1) != last:
        raise Malformed(f"a token has three segments, this has {token.count('.') + 1}")
    header = _header(token[:first])
    octets = token.encode("ascii")
    try:
        body = _canonical(octets[first + 1 : last])
        plain = None if look is None else look(header, body)
        payload = {} if plain is not None else parse_json(body, max_bytes=MAX_TOKEN)
    except Malformed as error:
        raise Malformed(f"the payload {error}") from error
    if not isinstance(payload, dict):
        raise Malformed("the payload is not an object")
    try:
        signature = _canonical(octets[last + 1 :])
    except Malformed as error:
        raise Malformed(f"the signature {error}") from error
    return Parsed(header, payload, body, octets[:last], signature, plain)


def parse_general(data: bytes, *, max_bytes: int = 1_048_576) -> General:
    """Reads a general JSON serialisation (RFC 7515 section 7.2.1), strictly; raises Malformed."""
    value = parse_json(data, max_bytes=max_bytes)
    if not isinstance(value, dict) or not isinstance(value.get("payload"), str):
        raise Malformed("is not a general JWS")
    entries = value.get("signatures")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MAX_SIGNATURES:
        raise Malformed(f"a general JWS has between 1 and {_MAX_SIGNATURES} signatures")
    signatures = []
    for entry in entries:
        protected = entry.get("protected") if isinstance(entry, dict) else None
        signature = entry.get("signature") if isinstance(entry, dict) else None
        if not isinstance(protected, str) or not isinstance(signature, str):
            raise Malformed("a signature lacks its protected header or its value")
        signatures.append(
            GeneralSignature(
                header=_header(protected),
                signing_input=f"{protected}.{value['payload']}".encode("ascii", "replace"),
                signature=b64u_decode(signature),
            )
        )
    return General(payload=b64u_decode(value["payload"]), signatures=tuple(signatures))


def verify_signature(signed: _Signed, key: PublicKey) -> bool:
    """True if the header's `alg` is exactly the key's and the signature verifies."""
    return signed.header.get("alg") == key.alg.value and key.verify(signed.signing_input, signed.signature)


@lru_cache(maxsize=64)
def _header_segment(members: tuple[tuple[str, str], ...]) -> str:
    """An issuer signs with a handful of headers."""
    return b64u_encode(_ENCODE(dict(members)).encode("utf-8"))


def sign_compact(
    header: Mapping[str, Any], payload: bytes | Mapping[str, Any], sign: Callable[[bytes], bytes]
) -> str:
    """A compact JWS over `payload`; `sign` turns the signing input into raw signature octets (a Signer's `sign`)."""

    body = payload if isinstance(payload, bytes) else _ENCODE(payload).encode("utf-8")
    plain = all(type(value) is str for value in header.values())
    head = _header_segment(tuple(header.items())) if plain else b64u_encode(_ENCODE(header).encode("utf-8"))
    signing_input = f"{head}.{b64u_encode(body)}"
    return f"{signing_input}.{b64u_encode(sign(signing_input.encode('ascii')))}"

"""Strict reading of public JWKs (RFC 7517, RFC 7518 section 6, RFC 8037) and their RFC 7638 thumbprints.

Three kinds of key exist here: P-256 (ES256), P-384 (ES384) and Ed25519 (EdDSA). Everything else, and every key that
is private, weak, ambiguous or meant for something else, is refused when it is loaded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from . import codec
from .errors import Malformed
from .vocabulary import Algorithm

if TYPE_CHECKING:
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm

__all__ = ["KeyEntry", "PublicKey", "parse_jwk", "parse_jwks", "thumbprint_of"]

MAX_KEYS: Final = 1_000
_PRIVATE_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_B64U: Final = re.compile(r"[A-Za-z0-9_-]+")

_ED25519_P: Final = 2**255 - 19
_ED25519_D: Final = -121665 * pow(121666, -1, _ED25519_P) % _ED25519_P


class _Kind(NamedTuple):
    alg: Algorithm
    size: int
    """Bytes of one coordinate."""
    order: int
    """Order of the group, for the range of r and s; 0 where the primitive checks it (RFC 8032 section 5.1.7)."""


_KINDS: Final[Mapping[tuple[str, str], _Kind]] = {
    ("EC", "P-256"): _Kind(
        Algorithm.ES256,
        32,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ),
    ("EC", "P-384"): _Kind(
        Algorithm.ES384,
        48,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    ),
    ("OKP", "Ed25519"): _Kind(Algorithm.ED25519, 32, 0),
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that may verify. Two are equal when their thumbprints are."""

    thumbprint: str
    alg: Algorithm = field(compare=False)
    members: tuple[tuple[str, str], ...] = field(compare=False, repr=False)
    """The required JWK members (`crv`, `kty`, `x`, and `y`), in lexical order."""
    key: Any = field(compare=False, repr=False)
    """The `cryptography` key."""
    _kind: _Kind = field(compare=False, repr=False)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """True if `signature` (r || s, or Ed25519 octets) over `data` is this key's; never raises for a bad one."""
        alg, size, order = self._kind
        if len(signature) != 2 * size:
            return False
        if order:
            r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
            if not (0 < r < order and 0 < s < order):
                return False
            if codec.name == "fast":
                return _verify_ecdsa(self.key, alg, data, r, s)
        elif codec.name == "fast":
            return _verify_ed25519(self.key, data, signature)
        return primitive_of(alg).verify(data, self.key, signature)

    def raw(self) -> bytes:
        """The x coordinate, which for Ed25519 is the whole public key."""
        return base64.urlsafe_b64decode(dict(self.members)["x"] + "==")

    def to_json(self, kid: str | None = None) -> dict[str, str]:
        """The JWK with `alg` and `use`, and `kid` when one is given."""
        value = {"kty": "", **dict(self.members), "alg": self.alg.value, "use": "sig"}
        return value if kid is None else {"kid": kid, **value}


_ECDSA: Final = {Algorithm.ES256: ECDSA(SHA256()), Algorithm.ES384: ECDSA(SHA384())}


def _verify_ecdsa(key: Any, alg: Algorithm, data: bytes, r: int, s: int) -> bool:
    """By `cryptography` alone: without what PyJWT does again, and with a second answer for tests to compare."""
    try:
        key.verify(encode_dss_signature(r, s), data, _ECDSA[alg])
    except InvalidSignature:
        return False
    return True


def _verify_ed25519(key: Any, data: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


@cache
def primitive_of(alg: Algorithm) -> ECAlgorithm | OKPAlgorithm:
    """PyJWT's signature primitive, for the base install; loaded with the first signature, as it takes a while."""
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm

    if alg is Algorithm.ED25519:
        return OKPAlgorithm()
    return ECAlgorithm(ECAlgorithm.SHA256 if alg is Algorithm.ES256 else ECAlgorithm.SHA384)


class KeyEntry(NamedTuple):
    kid: str
    key: PublicKey


def thumbprint_of(members: Mapping[str, str]) -> str:
    """RFC 7638 SHA-256 thumbprint, base64url, of the required members."""
    text = "{" + ",".join(f'"{name}":"{members[name]}"' for name in sorted(members)) + "}"
    return (
        base64.urlsafe_b64encode(hashlib.sha256(text.encode("ascii")).digest()).rstrip(b"=").decode("ascii")
    )


def _coordinate(value: Any, size: int, name: str) -> bytes:
    if not isinstance(value, str) or not value.isascii() or not _B64U.fullmatch(value):
        raise Malformed(f"the key's {name} is not base64url")
    data = base64.urlsafe_b64decode(value + "==") if len(value) == (size * 8 + 5) // 6 else b""
    if len(data) != size or base64.urlsafe_b64encode(data).rstrip(b"=") != value.encode("ascii"):
        raise Malformed(f"the key's {name} is not {size} bytes in canonical base64url")
    return data


def _check_ed25519_point(data: bytes) -> None:
    """Refuses encodings that are not canonical, not on the curve, or of an order dividing 8 (RFC 8032 section 5.1.3).

    Under a small-order key one signature fits many messages, and OpenSSL loads such keys.
    """
    p, d = _ED25519_P, _ED25519_D
    encoded = int.from_bytes(data, "little")
    y, sign = encoded & (1 << 255) - 1, encoded >> 255
    if y >= p:
        raise Malformed("the key is not canonically encoded")
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(square, (p + 3) // 8, p)
    if x * x % p != square:
        x = x * pow(2, (p - 1) // 4, p) % p
    if x * x % p != square or (x == 0 and sign):
        raise Malformed("the key is not a point of the curve")
    for _ in range(3):  # 8P by affine doubling on -x^2 + y^2 = 1 + d x^2 y^2
        product = d * x * x * y * y % p
        x, y = 2 * x * y * pow(1 + product, -1, p) % p, (y * y + x * x) * pow(1 - product, -1, p) % p
    if (x, y) == (0, 1):
        raise Malformed("the key is a point of small order")


def parse_jwk(obj: Any) -> PublicKey:
    """The public key of a JWK; raises Malformed for anything that must not verify signatures."""
    if not isinstance(obj, dict):
        raise Malformed("a key is an object")
    if any(name in obj for name in _PRIVATE_MEMBERS):
        raise Malformed("the key has private members")
    kty, crv = obj.get("kty"), obj.get("crv")
    kind = _KINDS.get((kty, crv)) if isinstance(kty, str) and isinstance(crv, str) else None
    if kind is None:
        raise Malformed("the key is not P-256, P-384 or Ed25519")
    if "alg" in obj and obj["alg"] != kind.alg.value:
        raise Malformed(f"the key's alg is not {kind.alg.value}")
    if "use" in obj and obj["use"] != "sig":
        raise Malformed("the key is not for signatures")
    if "key_ops" in obj and obj["key_ops"] != ["verify"]:
        raise Malformed("the key's key_ops are not [verify]")
    x = _coordinate(obj.get("x"), kind.size, "x")
    members = {"crv": str(crv), "kty": str(kty), "x": str(obj["x"])}
    key: Any
    try:
        if kty == "EC":
            y = _coordinate(obj.get("y"), kind.size, "y")
            members["y"] = str(obj["y"])
            curve = SECP256R1() if crv == "P-256" else SECP384R1()
            key = EllipticCurvePublicNumbers(
                int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve
            ).public_key()
        else:
            if "y" in obj:
                raise Malformed("an Ed25519 key has no y")
            _check_ed25519_point(x)
            key = Ed25519PublicKey.from_public_bytes(x)
    except Malformed:
        raise
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed("the key is not a point of its curve") from error
    return PublicKey(thumbprint_of(members), kind.alg, tuple(sorted(members.items())), key, kind)


def parse_jwks(obj: Any) -> tuple[list[KeyEntry], list[str]]:
    """The usable keys of a JWK Set and what is wrong with the others; raises Malformed only if it is no set at all.

    A `kid` that appears twice names no key: all its keys are left out.
    """
    keys = obj.get("keys") if isinstance(obj, dict) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise Malformed(f"a key set has an array of at most {MAX_KEYS} keys")
    entries: list[KeyEntry] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for index, item in enumerate(keys):
        kid = item.get("kid") if isinstance(item, dict) else None
        if isinstance(kid, str):
            seen[kid] = seen.get(kid, 0) + 1
        try:
            key = parse_jwk(item)
            if not isinstance(kid, str) or not 0 < len(kid) <= 512:
                raise Malformed("the key has no kid")
        except Malformed as error:
            problems.append(f"keys[{index}]: {error}")
        else:
            entries.append(KeyEntry(kid, key))
    for kid in sorted(kid for kid, count in seen.items() if count > 1):
        problems.append(f"the kid {kid!r} appears {seen[kid]} times")
    return [entry for entry in entries if seen[entry.kid] == 1], problems

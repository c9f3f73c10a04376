"""Keys and signatures that are the same in every run: private scalars from names, ECDSA by RFC 6979.

They are public by construction, so nothing but the case corpus may ever trust them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lcert_verifier.jose import b64u_encode
from lcert_verifier.jwk import parse_jwk

__all__ = ["ORDER", "Key", "key"]

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256, for signatures out of range."""
_CURVES = {
    "ES256": ("P-256", ec.SECP256R1(), hashes.SHA256()),
    "ES384": ("P-384", ec.SECP384R1(), hashes.SHA384()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key of the corpus. `alg` is the JOSE name it signs under."""

    alg: str
    private: Any
    jwk: dict[str, str]
    """The public JWK with `alg` and `use`."""
    thumbprint: str
    raw: bytes
    """Ed25519: the public key; else empty."""

    def sign(self, data: bytes) -> bytes:
        """r || s, or the 64 octets of Ed25519."""
        if self.alg == "EdDSA":
            return bytes(self.private.sign(data))
        der = self.der(data)
        size = self.private.curve.key_size // 8
        r, s = decode_dss_signature(der)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def der(self, data: bytes) -> bytes:
        """The DER form, which JOSE does not take."""
        digest = _CURVES[self.alg][2]
        return bytes(self.private.sign(data, ec.ECDSA(digest, deterministic_signing=True)))


@cache
def key(name: str, alg: str = "ES256") -> Key:
    """The key of this name."""
    seed = hashlib.sha512(f"lcert case corpus {name} {alg}".encode()).digest()
    if alg == "EdDSA":
        private: Any = ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
        raw = private.public_key().public_bytes_raw()
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(raw), "alg": alg, "use": "sig"}
        return Key(alg=alg, private=private, jwk=jwk, thumbprint=parse_jwk(jwk).thumbprint, raw=raw)
    name_of_curve, curve, _ = _CURVES[alg]
    private = ec.derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, curve)
    numbers, size = private.public_key().public_numbers(), curve.key_size // 8
    x, y = (b64u_encode(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": name_of_curve, "x": x, "y": y, "alg": alg, "use": "sig"}
    return Key(alg=alg, private=private, jwk=jwk, thumbprint=parse_jwk(jwk).thumbprint, raw=b"")

"""What issuing code sees of a private key: something that signs, and the public key that checks it."""

from __future__ import annotations

from typing import Any, NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from lcert_verifier.jose import b64u_encode
from lcert_verifier.jwk import PublicKey, parse_jwk
from lcert_verifier.vocabulary import Algorithm

from .errors import KeyFileError

__all__ = ["LocalSigner", "PrivateKey", "Signer", "generate_private", "public_key_of"]

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey


class Signer(Protocol):
    """A key that signs. Back ends: a file, an HSM, a cloud service."""

    @property
    def thumbprint(self) -> str:
        """RFC 7638 thumbprint of the public key, base64url."""

    @property
    def alg(self) -> Algorithm: ...

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, data: bytes) -> bytes:
        """JOSE signature octets over `data`: raw r||s for ECDSA (RFC 7518 section 3.4), 64 octets for Ed25519."""

    def unlock(self) -> None:
        """Make ready what `sign` needs, so that a wrong passphrase or a missing device is known before it matters."""


class LocalSigner:
    """Signs with a private key in memory. It is not printed, copied or pickled with its key."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: PrivateKey) -> None:
        self._private = private
        self._public = public_key_of(private)

    @classmethod
    def generate(cls, alg: Algorithm = Algorithm.ES256) -> LocalSigner:
        """A signer with a fresh key that lives as long as the process."""
        return cls(generate_private(alg))

    @property
    def thumbprint(self) -> str:
        return self._public.thumbprint

    @property
    def alg(self) -> Algorithm:
        return self._public.alg

    @property
    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, data: bytes) -> bytes:
        return sign_with(self._private, data)

    def unlock(self) -> None:
        """Nothing to do: the key is in memory."""

    def __repr__(self) -> str:
        return f"<LocalSigner {self.alg.value} {self.thumbprint}>"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError("a signer is not pickled or copied: it holds a private key")


def generate_private(alg: Algorithm) -> PrivateKey:
    """A fresh private key for `alg`, from the operating system's randomness."""
    if alg is Algorithm.ED25519:
        return Ed25519PrivateKey.generate()
    return generate_private_key(SECP256R1() if alg is Algorithm.ES256 else SECP384R1())


def sign_with(private: PrivateKey, data: bytes) -> bytes:
    """JOSE signature octets over `data`."""
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(data)
    size = (private.curve.key_size + 7) // 8
    r, s = decode_dss_signature(private.sign(data, ECDSA(SHA256() if size == 32 else SHA384())))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def public_key_of(private: object) -> PublicKey:
    """The public half. Raises KeyFileError for a kind of key that no algorithm of ours uses."""
    jwk: dict[str, Any]
    if isinstance(private, Ed25519PrivateKey):
        jwk = {"kty": "OKP", "crv": "Ed25519", "alg": Algorithm.ED25519.value}
        jwk["x"] = b64u_encode(private.public_key().public_bytes_raw())
    elif isinstance(private, EllipticCurvePrivateKey) and private.curve.name in ("secp256r1", "secp384r1"):
        numbers, size = private.public_key().public_numbers(), private.curve.key_size // 8
        alg = Algorithm.ES256 if size == 32 else Algorithm.ES384
        jwk = {"kty": "EC", "crv": "P-256" if size == 32 else "P-384", "alg": alg.value}
        jwk["x"], jwk["y"] = (b64u_encode(value.to_bytes(size, "big")) for value in (numbers.x, numbers.y))
    else:
        raise KeyFileError("the key is of a kind that is not used here: P-256, P-384 and Ed25519 are")
    return parse_jwk(jwk)

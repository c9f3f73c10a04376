"""The private key that signs receipts, from a file or a setting: a private JWK, or an unencrypted PKCS#8 PEM.

It vouches for what this verifier answered and for nothing else, so it is no key of the issuer's.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .errors import Malformed
from .jose import b64u_decode, b64u_encode, parse_json
from .jwk import parse_jwk
from .receipt import ReceiptSigner

__all__ = ["create_receipt_key", "open_receipt_signer", "read_receipt_signer"]

_CURVES: Final[dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]]] = {
    "P-256": (ec.SECP256R1(), hashes.SHA256()),
    "P-384": (ec.SECP384R1(), hashes.SHA384()),
}
_MAX_BYTES: Final = 64 * 1024


def open_receipt_signer(setting: str) -> ReceiptSigner:
    """What `LCERT_RECEIPT_KEY` means: the path of a key file, or the JWK or PEM itself.

    Raises OSError when there is no file, Malformed for a key that cannot be used.
    """
    text = setting.strip()
    if text.startswith(("{", "-----BEGIN")):
        return read_receipt_signer(text.encode())
    with Path(text).open("rb") as stream:
        return read_receipt_signer(stream.read(_MAX_BYTES + 1))


def read_receipt_signer(data: bytes) -> ReceiptSigner:
    """The signer in a private JWK or PEM: P-256, P-384 or Ed25519. Malformed otherwise; the key is in no message."""
    try:
        if data.lstrip().startswith(b"-----BEGIN"):
            private: Any = load_pem_private_key(data, None)
        else:
            private = _from_jwk(parse_json(data.strip(), max_bytes=_MAX_BYTES))
    except Malformed:
        raise
    except (ValueError, TypeError, KeyError) as error:
        reason = "is encrypted" if "password" in str(error).lower() else "cannot be read"
        raise Malformed(f"the receipt key {reason}") from None
    return _signer(private)


def _from_jwk(jwk: Any) -> Any:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("d"), str):
        raise Malformed("the receipt key is not a private JWK")
    secret = b64u_decode(jwk["d"])
    public = parse_jwk(
        {name: value for name, value in jwk.items() if name not in ("d", "key_ops", "use", "ext")}
    )
    if jwk.get("kty") == "OKP":
        private: Any = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    else:
        curve, _ = _CURVES[str(jwk.get("crv"))]
        private = ec.derive_private_key(int.from_bytes(secret, "big"), curve)
    if _signer(private).public_key.thumbprint != public.thumbprint:
        raise Malformed("the receipt key's halves do not belong together")
    return private


def _signer(private: Any) -> ReceiptSigner:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        x = b64u_encode(private.public_key().public_bytes_raw())
        return ReceiptSigner(
            public_key=parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": x}), sign=private.sign
        )
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise Malformed("a receipt key is P-256, P-384 or Ed25519")
    name = {"secp256r1": "P-256", "secp384r1": "P-384"}.get(private.curve.name)
    if name is None:
        raise Malformed("a receipt key is P-256, P-384 or Ed25519")
    size, digest = private.curve.key_size // 8, _CURVES[name][1]
    numbers = private.public_key().public_numbers()
    members = {axis: b64u_encode(getattr(numbers, axis).to_bytes(size, "big")) for axis in ("x", "y")}

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return ReceiptSigner(public_key=parse_jwk({"kty": "EC", "crv": name, **members}), sign=sign)


def create_receipt_key(path: Path) -> ReceiptSigner:
    """Makes an ES256 key, as a private JWK in a new file that only its owner can read. OSError when there is one."""
    private = ec.generate_private_key(ec.SECP256R1())
    signer = _signer(private)
    secret = private.private_numbers().private_value.to_bytes(32, "big")
    jwk = {**signer.public_key.to_json(), "d": b64u_encode(secret)}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(json.dumps(jwk) + "\n")
    return signer

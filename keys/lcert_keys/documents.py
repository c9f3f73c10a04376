"""The documents that name the keys: the trust statement, and its projections for third parties. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from lcert_verifier.jose import b64u_encode
from lcert_verifier.jwk import parse_jwk
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from .errors import KeyStateError
from .keyring import Key, Keyring
from .signer import Signer

__all__ = [
    "TRUST_LIFETIME",
    "TRUST_TYP",
    "did_document",
    "jwks",
    "jwt_vc_issuer",
    "sign_trust",
    "trust_payload",
]

TRUST_TYP = "lc-trust+jws"
TRUST_LIFETIME = timedelta(days=400)

_DID_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1")


def trust_payload(
    *, version: int, issued_at: datetime, issuer: str, base_url: str, name: str, keys: Iterable[Key]
) -> dict[str, Any]:
    """The claims of `trust.json`: active roots, and every issuer, status and log key in whatever state.

    A compromised key stays in it for ever: what refuses its signatures is that this statement says so.
    """
    ring = Keyring(keys)
    roots = [_jwk(key) for key in ring.of(KeyPurpose.ROOT, KeyState.ACTIVE)]
    if not roots:
        raise KeyStateError("no root key is active, so nothing can sign the trust statement")
    return {
        "version": version,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + TRUST_LIFETIME).timestamp()),
        "issuer": issuer,
        "base_url": base_url,
        "name": name,
        "roots": roots,
        "keys": [_trust_entry(key) for key in ring if key.purpose is not KeyPurpose.ROOT],
    }


def sign_trust(payload: dict[str, Any], root_signers: Sequence[Signer]) -> bytes:
    """The statement as general JWS JSON (RFC 7515 section 7.2.1), one signature a root.

    The version that replaces a root is signed by the old and the new one. The header of a root that the statement
    does not list any more carries its `jwk`, for readers that hold no more of it than the thumbprint they pinned.
    """
    if not root_signers:
        raise ValueError("a trust statement needs a root signature")
    listed = {parse_jwk(jwk).thumbprint for jwk in payload.get("roots", ())}
    body = b64u_encode(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    signatures = []
    for signer in root_signers:
        header: dict[str, Any] = {"alg": signer.alg.value, "kid": signer.thumbprint, "typ": TRUST_TYP}
        if signer.thumbprint not in listed:
            header["jwk"] = signer.public_key.to_json()
        protected = b64u_encode(json.dumps(header, separators=(",", ":")).encode())
        signature = b64u_encode(signer.sign(f"{protected}.{body}".encode("ascii")))
        signatures.append({"protected": protected, "signature": signature})
    return json.dumps({"payload": body, "signatures": signatures}, separators=(",", ":")).encode()


def jwks(keys: Iterable[Key]) -> dict[str, Any]:
    """The JWK set for third parties (RFC 7517 section 5): staged, active, retired issuer and status keys."""
    return {"keys": [key.public_key.to_json(key.kid) for key in Keyring(keys).published()]}


def did_document(did: str, keys: Iterable[Key]) -> dict[str, Any]:
    """The did:web document: `JsonWebKey` methods, all of them in `assertionMethod` as strings."""
    shown = Keyring(keys).published()
    return {
        "@context": list(_DID_CONTEXTS),
        "id": did,
        "verificationMethod": [
            {"id": key.kid, "type": "JsonWebKey", "controller": did, "publicKeyJwk": _jwk(key)}
            for key in shown
        ],
        "assertionMethod": [key.kid for key in shown],
    }


def jwt_vc_issuer(base_url: str, jwk_set: dict[str, Any]) -> dict[str, Any]:
    """Issuer metadata of `/.well-known/jwt-vc-issuer`, with the keys in it, not behind another request."""
    return {"issuer": base_url, "jwks": jwk_set}


def _jwk(key: Key) -> dict[str, Any]:
    return dict(key.public_key.to_json())


def _trust_entry(key: Key) -> dict[str, Any]:
    times = ("promoted_at", "retired_at", "compromised_at")
    moments = {name: int(at.timestamp()) for name in times if (at := getattr(key, name)) is not None}
    entry: dict[str, Any] = {
        "kid": key.kid,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "jwk": _jwk(key),
        **moments,
    }
    if key.since is not None and key.size is not None and key.root is not None:
        entry |= {"since": key.since, "size": key.size, "root": b64u_encode(key.root)}
    return entry

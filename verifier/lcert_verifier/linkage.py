"""Domain linkage: proof that whoever controls an origin controls a DID, at `/.well-known/did-configuration.json`.

DIF Well Known DID Configuration, JSON Web Token proof format. The resource lists Domain Linkage Credentials; each is
signed by a key in `assertionMethod` of the DID that it names and names the origin it lies on. They speak of an origin
and nothing else: none of them is a certificate, and no verdict on one rests on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .errors import EvidenceUnavailable, Malformed
from .identity import base_url_of, did_of
from .jose import parse_json, sign_compact, split, verify_signature
from .jwk import PublicKey, parse_jwk
from .report import format_time

__all__ = [
    "CONFIGURATION_PATH",
    "DID_PATH",
    "LINKAGE_LIFETIME",
    "Link",
    "Linkage",
    "assertion_keys",
    "check_linkage",
    "did_configuration",
    "did_document",
    "make_linkage",
    "read_linkage",
    "resolver",
]

CONFIGURATION_PATH: Final = ".well-known/did-configuration.json"
DID_PATH: Final = ".well-known/did.json"
LINKAGE_LIFETIME: Final = timedelta(days=366)
_CONTEXT: Final = "https://identity.foundation/.well-known/did-configuration/v1"
_CONTEXTS: Final = ["https://www.w3.org/2018/credentials/v1", _CONTEXT]
_TYPES: Final = ["VerifiableCredential", "DomainLinkageCredential"]
_MAX_BYTES: Final = 262_144
_MOST_LINKS: Final = 16
_MAX_INSTANT: Final = 2**33
_LEEWAY: Final = timedelta(seconds=60)

Resolve = Callable[[str], Mapping[str, PublicKey]]
"""From a DID to the keys of its `assertionMethod` by `kid`; EvidenceUnavailable when it cannot be resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of the resource. `problem` says why it does not count; None when the DID and the origin are one's."""

    did: str | None
    expires_at: datetime | None = None
    problem: str | None = None
    unknown: bool = False
    """Whether it could not be judged, rather than found wrong."""

    def to_json(self) -> dict[str, Any]:
        return {
            "did": self.did,
            "linked": self.problem is None,
            "expires_at": format_time(self.expires_at),
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What an origin says of its DIDs."""

    origin: str
    links: tuple[Link, ...]

    @property
    def dids(self) -> tuple[str, ...]:
        """DIDs proven to be the origin's."""
        return tuple(link.did for link in self.links if link.problem is None and link.did is not None)

    def to_json(self) -> dict[str, Any]:
        return {
            "origin": self.origin,
            "dids": list(self.dids),
            "links": [link.to_json() for link in self.links],
        }


def make_linkage(
    origin: str, *, kid: str, alg: str, sign: Callable[[bytes], bytes], now: datetime, lifetime: timedelta
) -> str:
    """The Domain Linkage Credential of `origin` and its did:web, as JWT; `kid` is a method of the DID document.

    The header holds `alg` and `kid` alone, as the specification asks. Malformed when `origin` is none.
    """
    did = did_of(origin)
    issued_at = now.astimezone(UTC).replace(microsecond=0)
    expires_at = issued_at + lifetime
    credential = {
        "@context": _CONTEXTS,
        "issuer": did,
        "issuanceDate": format_time(issued_at),
        "expirationDate": format_time(expires_at),
        "type": _TYPES,
        "credentialSubject": {"id": did, "origin": origin},
    }
    claims = {
        "iss": did,
        "sub": did,
        "nbf": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "vc": credential,
    }
    return sign_compact({"alg": alg, "kid": kid}, claims, sign)


def did_configuration(*tokens: str) -> dict[str, Any]:
    """The resource that lists these credentials."""
    return {"@context": _CONTEXT, "linked_dids": list(tokens)}


def did_document(origin: str, key: PublicKey) -> dict[str, Any]:
    """A did:web document of `origin` with one key, for a holder that has none yet."""
    did = did_of(origin)
    method = f"{did}#{key.thumbprint}"
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": [
            {"id": method, "type": "JsonWebKey", "controller": did, "publicKeyJwk": dict(key.to_json())}
        ],
        "assertionMethod": [method],
        "service": [{"id": f"{did}#origin", "type": "LinkedDomains", "serviceEndpoint": origin}],
    }


def read_linkage(data: bytes, *, origin: str, resolve: Resolve, now: datetime) -> Linkage:
    """Every entry of the resource at `origin`, judged by itself. Malformed when the resource is none."""
    value = parse_json(data, max_bytes=_MAX_BYTES)
    if not isinstance(value, dict) or set(value) != {"@context", "linked_dids"}:
        raise Malformed("a DID configuration has @context and linked_dids, and nothing else")
    entries = value["linked_dids"]
    if value["@context"] not in (_CONTEXT, [_CONTEXT]) or not isinstance(entries, list):
        raise Malformed("is not a DID configuration")
    if len(entries) > _MOST_LINKS:
        raise Malformed(f"a DID configuration of more than {_MOST_LINKS} entries is not read")
    return Linkage(
        origin=origin,
        links=tuple(_judge(entry, origin=origin, resolve=resolve, now=now) for entry in entries),
    )


def _judge(entry: Any, *, origin: str, resolve: Resolve, now: datetime) -> Link:
    if not isinstance(entry, str):
        return Link(did=None, problem="only credentials in JWT format are judged", unknown=True)
    did = None
    try:
        did = str(split(entry).payload.get("iss"))
        return check_linkage(entry, origin=origin, resolve=resolve, now=now)
    except EvidenceUnavailable as error:
        return Link(did=did, problem=str(error), unknown=True)
    except Malformed as error:
        return Link(did=did, problem=str(error))


def check_linkage(token: str, *, origin: str, resolve: Resolve, now: datetime) -> Link:
    """The link that the credential proves. Raises Malformed with the reason when it proves none for `origin`."""
    parsed = split(token)
    if set(parsed.header) != {"alg", "kid"}:
        raise Malformed("the header has alg and kid, and nothing else")
    claims = parsed.payload
    if set(claims) != {"iss", "sub", "nbf", "exp", "vc"}:
        raise Malformed("the claims are iss, sub, nbf, exp and vc, and nothing else")
    did = claims["iss"]
    subject = _credential(claims["vc"], did)
    if claims["sub"] != did or subject.get("id") != did or not isinstance(did, str):
        raise Malformed("issuer and subject are not one DID")
    if subject.get("origin") != origin:
        raise Malformed(f"it is for another origin than {origin}")
    begins_at, expires_at = _instant(claims["nbf"]), _instant(claims["exp"])
    if (claims["vc"]["issuanceDate"], claims["vc"]["expirationDate"]) != tuple(
        format_time(moment) for moment in (begins_at, expires_at)
    ):
        raise Malformed("the credential's dates are not those of the token")
    if not begins_at - _LEEWAY <= now < expires_at:
        raise Malformed(f"it holds from {begins_at:%Y-%m-%d} to {expires_at:%Y-%m-%d}")
    key = resolve(did).get(str(parsed.kid))
    if key is None:
        raise Malformed("its key is not in the assertionMethod of the DID")
    if not verify_signature(parsed, key):
        raise Malformed("its signature is not the DID's")
    return Link(did=did, expires_at=expires_at)


def _credential(value: Any, did: Any) -> Mapping[str, Any]:
    """The credential's subject, once its form is the specification's."""
    needed = {"@context", "issuer", "issuanceDate", "expirationDate", "type", "credentialSubject"}
    if not isinstance(value, dict) or set(value) != needed:
        raise Malformed("vc is not a Domain Linkage Credential without id and proof")
    types, subject = value["type"], value["credentialSubject"]
    if value["@context"] != _CONTEXTS or not isinstance(types, list) or types[:1] != _TYPES[:1]:
        raise Malformed("vc is not a Domain Linkage Credential")
    if _TYPES[1] not in types or not isinstance(subject, dict) or value["issuer"] != did:
        raise Malformed("vc is not a Domain Linkage Credential of its issuer")
    return subject


def _instant(value: Any) -> datetime:
    if type(value) is not int or not 0 <= value <= _MAX_INSTANT:
        raise Malformed("a time is not in seconds")
    return datetime.fromtimestamp(value, UTC)


def assertion_keys(did: str, data: bytes) -> Mapping[str, PublicKey]:
    """Keys that the DID document in `data` lists for assertions, by `kid`. Malformed when it is not `did`'s."""
    document = parse_json(data, max_bytes=_MAX_BYTES)
    if not isinstance(document, dict) or document.get("id") != did:
        raise Malformed("the DID document is another's")
    methods, asserting = document.get("verificationMethod"), document.get("assertionMethod")
    if not isinstance(methods, list) or not isinstance(asserting, list):
        raise Malformed("the DID document lists no keys")
    keys = {}
    for method in methods:
        if isinstance(method, dict) and isinstance(name := method.get("id"), str) and name in asserting:
            try:
                keys[name] = parse_jwk(method.get("publicKeyJwk"))
            except Malformed:
                continue  # one bad key does not take the others down
    return keys


def resolver(
    origin: str, read: Callable[[str], bytes], trusted: Mapping[str, Callable[[str], bytes]]
) -> Resolve:
    """Resolves the did:web of `origin`, with `read`, and those of trusted origins; no other is asked."""
    readers = {**trusted, origin: read}

    def resolve(did: str) -> Mapping[str, PublicKey]:
        try:
            base_url = base_url_of(did)
        except Malformed as error:
            raise EvidenceUnavailable(f"only did:web is resolved: {error}") from None
        if base_url not in readers:
            raise EvidenceUnavailable(f"{base_url} is not asked: it is neither this origin nor trusted")
        return assertion_keys(did, readers[base_url](DID_PATH))

    return resolve

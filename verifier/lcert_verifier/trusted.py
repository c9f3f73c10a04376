"""The keys of an issuer as values, and trust without a statement: pinned keys, JWK sets, did:web documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from .errors import TrustError
from .identity import base_url_of
from .jwk import PublicKey, parse_jwk, parse_jwks
from .strict_json import parse_json
from .vocabulary import KeyPurpose, KeyState

__all__ = ["Trust", "TrustedKey"]

_MAX_BYTES: Final = 2_097_152
_MAX_METHODS: Final = 1_000
_BOTH: Final = frozenset({KeyPurpose.ISSUER, KeyPurpose.STATUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key, what it may sign and whether it still may."""

    kid: str
    key: PublicKey
    purposes: frozenset[KeyPurpose] = _BOTH
    state: KeyState = KeyState.ACTIVE
    promoted_at: datetime | None = None
    retired_at: datetime | None = None
    compromised_at: datetime | None = None
    since: int | None = None
    """Compromised: tokens proven in journal entries before this position stand."""
    size: int | None = None
    root: bytes | None = None
    """Journal size and root at the compromise; proofs are made against them."""

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The keys of one issuer."""

    issuer: str
    """The issuer's DID."""
    base_url: str
    name: str
    keys: Mapping[str, TrustedKey]
    """By `kid`."""
    version: int = 0
    """0 when there is no statement behind it."""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    roots: tuple[str, ...] = ()
    """Thumbprints of the roots that must sign the next statement."""
    root_keys: tuple[PublicKey, ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = ()
    """Keys that were left out, and why."""
    _content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _by_thumbprint: Mapping[str, TrustedKey] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))
        by_thumbprint = {entry.key.thumbprint: entry for entry in self.keys.values()}
        object.__setattr__(self, "_by_thumbprint", MappingProxyType(by_thumbprint))

    def find(self, kid: str) -> TrustedKey | None:
        """The key of exactly this `kid`; None if there is none, whatever the `kid` looks like."""
        return self.keys.get(kid)

    def find_thumbprint(self, thumbprint: str) -> TrustedKey | None:
        """The key of a bare RFC 7638 thumbprint, which is all that the compact securing carries."""
        return self._by_thumbprint.get(thumbprint)

    def keys_for(self, purpose: KeyPurpose) -> tuple[TrustedKey, ...]:
        return tuple(entry for entry in self.keys.values() if purpose in entry.purposes)

    @classmethod
    def pinned(
        cls,
        issuer: str,
        keys: Iterable[PublicKey | Mapping[str, Any]],
        *,
        purposes: frozenset[KeyPurpose] = _BOTH,
        name: str | None = None,
    ) -> Trust:
        """Trust in exactly these public keys (or JWKs) of `issuer`; raises TrustError when there are none."""
        found = [key if isinstance(key, PublicKey) else parse_jwk(dict(key)) for key in keys]
        entries = [TrustedKey(kid=f"{issuer}#{key.thumbprint}", key=key, purposes=purposes) for key in found]
        return cls._of(issuer, entries, (), name)

    @classmethod
    def from_jwks(
        cls,
        issuer: str,
        jwks: Mapping[str, Any] | bytes,
        *,
        purposes: frozenset[KeyPurpose] = _BOTH,
        name: str | None = None,
    ) -> Trust:
        """Trust in a JWK set (an object, or its bytes); unusable keys are left out, see `problems`."""
        value = parse_json(jwks, max_bytes=_MAX_BYTES) if isinstance(jwks, bytes) else dict(jwks)
        found, problems = parse_jwks(value)
        entries = [TrustedKey(kid=kid, key=key, purposes=purposes) for kid, key in found]
        return cls._of(issuer, entries, problems, name)

    @classmethod
    def from_did_document(
        cls,
        document: Mapping[str, Any] | bytes,
        *,
        issuer: str | None = None,
        purposes: frozenset[KeyPurpose] = _BOTH,
        name: str | None = None,
    ) -> Trust:
        """Trust in the assertion methods of a did:web document, which must be `issuer`'s when one is given."""
        value = parse_json(document, max_bytes=_MAX_BYTES) if isinstance(document, bytes) else document
        did = value.get("id") if isinstance(value, Mapping) else None
        if not isinstance(did, str) or (issuer is not None and did != issuer):
            raise TrustError("the DID document is another subject's")
        methods, listed = value.get("verificationMethod", []), value.get("assertionMethod", [])
        if (
            not isinstance(methods, list)
            or not isinstance(listed, list)
            or len(methods) + len(listed) > _MAX_METHODS
        ):
            raise TrustError("the DID document has no list of methods")
        methods = methods + [item for item in listed if isinstance(item, dict)]
        asserting = {_absolute(did, item.get("id") if isinstance(item, dict) else item) for item in listed}
        jwks = []
        for method in methods:
            if not isinstance(method, dict) or method.get("controller") != did:
                continue
            kid = _absolute(did, method.get("id"))
            if kid in asserting and method.get("type") in ("JsonWebKey", "JsonWebKey2020"):
                jwk = method.get("publicKeyJwk")
                jwks.append({**jwk, "kid": kid} if isinstance(jwk, dict) else jwk)
        found, problems = parse_jwks({"keys": jwks})
        entries = [TrustedKey(kid=kid, key=key, purposes=purposes) for kid, key in found]
        return cls._of(did, entries, problems, name)

    @classmethod
    def _of(cls, issuer: str, entries: list[TrustedKey], problems: Iterable[str], name: str | None) -> Trust:
        if not entries:
            raise TrustError(f"there is no usable key of {issuer}")
        return cls(
            issuer=issuer,
            base_url=base_url_of(issuer),
            name=name or issuer,
            keys={entry.kid: entry for entry in entries},
            problems=tuple(problems),
        )


def _absolute(did: str, reference: Any) -> str | None:
    if not isinstance(reference, str):
        return None
    return did + reference if reference.startswith("#") else reference

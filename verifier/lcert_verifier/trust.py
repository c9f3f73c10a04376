"""Which keys of which issuer may sign what.

The full form is the trust statement (`trust.json`): a general JWS that the issuer's root key signs, so that one
pinned thumbprint is enough. JWK sets and did:web documents carry less (no purposes, no compromise, no version) and are
trusted as whoever hands them over. Keys are found by issuer and `kid`, in memory, by exact comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .errors import Malformed, RollbackError, TrustError
from .identity import did_of
from .jose import General, GeneralSignature, b64u_decode, parse_general, parse_json, verify_signature
from .jwk import PublicKey, parse_jwk
from .trusted import Trust, TrustedKey
from .vocabulary import Algorithm, KeyPurpose, KeyState

__all__ = ["TRUST_TYP", "Trust", "TrustedKey", "read_trust"]

TRUST_TYP: Final = "lc-trust+jws"
MAX_LIFETIME: Final = timedelta(days=400)
LEEWAY: Final = timedelta(seconds=60)
_MAX_BYTES: Final = 2_097_152
_MAX_KEYS: Final = 1_000
_MAX_ROOTS: Final = 8
_MAX_INSTANT: Final = 2**33
_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def read_trust(data: bytes, *, pin: str | None, previous: Trust | None = None, now: datetime) -> Trust:
    """The trust in a signed statement; raises TrustError, or RollbackError for one older than `previous`.

    `pin` is the thumbprint of the root to hold on to; None trusts the statement's own roots (at first sight only).
    With `previous`, one of its roots must have signed too, which is how a root is replaced. `now` is aware UTC.
    """
    try:
        document = parse_general(data, max_bytes=_MAX_BYTES)
        payload = parse_json(document.payload, max_bytes=_MAX_BYTES)
        if not isinstance(payload, dict):
            raise Malformed("is not an object")
        trust = _statement(payload)
        signers = _signers(document, trust, previous)
    except Malformed as error:
        raise TrustError(f"the trust statement cannot be read: {error}") from error
    if not signers & set(trust.roots):
        raise TrustError("the trust statement is not signed by its own root")
    if pin is not None and pin not in signers:
        raise TrustError("the trust statement is not signed by the pinned root")
    if previous is not None:
        _check_successor(trust, previous, signers)
    assert trust.issued_at is not None
    assert trust.expires_at is not None
    if trust.issued_at > now + LEEWAY:
        raise TrustError("the trust statement comes from the future")
    if now >= trust.expires_at:
        raise TrustError(f"the trust statement expired on {trust.expires_at:%Y-%m-%d}")
    return trust


def _check_successor(trust: Trust, previous: Trust, signers: set[str]) -> None:
    if trust.issuer != previous.issuer:
        raise TrustError("the trust statement is another issuer's")
    if trust.version < previous.version:
        raise RollbackError(
            f"version {trust.version} of the trust statement is older than {previous.version}"
        )
    if previous.roots and not signers & set(previous.roots):
        raise TrustError("the trust statement is not signed by a root of the one before it")
    if trust.version == previous.version and previous._content and trust._content != previous._content:
        raise RollbackError(f"there are two different trust statements of version {trust.version}")


def _signers(document: General, trust: Trust, previous: Trust | None) -> set[str]:
    """Thumbprints of the roots whose signature verifies."""
    known = {key.thumbprint: key for key in (*trust.root_keys, *(previous.root_keys if previous else ()))}
    signers = set()
    for signature in document.signatures:
        key = known.get(str(signature.header.get("kid"))) or _carried(signature)
        if signature.header.get("typ") == TRUST_TYP and key and verify_signature(signature, key):
            signers.add(key.thumbprint)
    return signers


def _carried(signature: GeneralSignature) -> PublicKey | None:
    """A former root's key, carried by its signature for those who know its thumbprint only.

    It proves nothing by itself: `kid` is the thumbprint of the key, and the caller compares that with its pin.
    """
    try:
        key = parse_jwk(signature.header.get("jwk"))
    except Malformed:
        return None
    return key if key.thumbprint == signature.header.get("kid") else None


def _statement(payload: dict[str, Any]) -> Trust:
    issuer, base_url, name = (payload.get(member) for member in ("issuer", "base_url", "name"))
    if not isinstance(issuer, str) or not isinstance(base_url, str) or not isinstance(name, str):
        raise Malformed("it does not name the issuer")
    if did_of(base_url) != issuer:
        raise Malformed("its base URL is not the issuer's")
    issued_at, expires_at = _instant(payload, "iat"), _instant(payload, "exp")
    if issued_at is None or expires_at is None or not issued_at < expires_at <= issued_at + MAX_LIFETIME:
        raise Malformed(f"it is not limited to {MAX_LIFETIME.days} days")
    version, roots, entries = payload.get("version"), payload.get("roots"), payload.get("keys")
    if type(version) is not int or not 1 <= version < 2**53:
        raise Malformed("its version is not a number from 1")
    if not isinstance(roots, list) or not 1 <= len(roots) <= _MAX_ROOTS:
        raise Malformed("it has no roots")
    if not isinstance(entries, list) or len(entries) > _MAX_KEYS:
        raise Malformed("it has no keys")
    root_keys = tuple(parse_jwk(item) for item in roots)
    thumbprints = tuple(key.thumbprint for key in root_keys)
    keys: dict[str, TrustedKey] = {}
    problems: list[str] = []
    twice: set[str] = set()
    for index, item in enumerate(entries):
        try:
            entry = _entry(item, issuer)
            if entry.thumbprint in thumbprints:
                raise Malformed("the key is a root")
        except Malformed as error:
            problems.append(f"keys[{index}]: {error}")
            continue
        if entry.kid in keys:
            twice.add(entry.kid)
        keys[entry.kid] = entry
    for kid in twice:
        problems.append(f"{kid} appears twice")
        del keys[kid]
    return Trust(
        issuer=issuer,
        base_url=base_url,
        name=name,
        keys=keys,
        version=version,
        issued_at=issued_at,
        expires_at=expires_at,
        roots=thumbprints,
        root_keys=root_keys,
        problems=tuple(problems),
        _content={member: value for member, value in payload.items() if member not in ("iat", "exp")},
    )


def _entry(item: Any, issuer: str) -> TrustedKey:
    if not isinstance(item, dict):
        raise Malformed("a key is an object")
    key = parse_jwk(item.get("jwk"))
    if item.get("kid") != f"{issuer}#{key.thumbprint}":
        raise Malformed("its kid is not the issuer and the thumbprint")
    try:
        purpose, state = KeyPurpose(str(item.get("purpose"))), KeyState(str(item.get("state")))
    except ValueError as error:
        raise Malformed("its purpose or state is unknown") from error
    if purpose is KeyPurpose.ROOT or (purpose is KeyPurpose.LOG and key.alg is not Algorithm.ED25519):
        raise Malformed("its purpose does not fit the key")
    since, size, root = item.get("since"), item.get("size"), item.get("root")
    if (since, size, root) != (None, None, None):
        # Half an anchor would let unproven tokens stand: the key is then compromised from the start.
        numbers = type(since) is int and type(size) is int and 0 <= since <= size < 2**53
        digest = b64u_decode(root) if isinstance(root, str) and _FINGERPRINT.fullmatch(root) else b""
        if not numbers or len(digest) != 32 or state is not KeyState.COMPROMISED:
            since, size, digest = None, None, b""
        root = digest or None
    return TrustedKey(
        kid=str(item["kid"]),
        key=key,
        purposes=frozenset({purpose}),
        state=state,
        promoted_at=_instant(item, "promoted_at"),
        retired_at=_instant(item, "retired_at"),
        compromised_at=_instant(item, "compromised_at"),
        since=since,
        size=size,
        root=root,
    )


def _instant(item: Mapping[str, Any], name: str) -> datetime | None:
    value = item.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= _MAX_INSTANT:
        raise Malformed(f"{name} is not a time in seconds")
    return datetime.fromtimestamp(value, UTC)

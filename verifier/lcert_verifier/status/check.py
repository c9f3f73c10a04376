"""Whether a published status list is authentic. An authentic list may still be old: its reader judges that.

Everything wrong with a list is EvidenceUnavailable, because a list that cannot be believed says nothing about the
credential. A list is verified and inflated once for each version and then remembered by its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..errors import EvidenceUnavailable, Malformed
from ..jose import b64u_decode, split, verify_signature
from ..jwk import PublicKey
from ..vcdm import datetime_of
from ..vocabulary import BITSTRING_LIST_CREDENTIAL, CONTEXT_VC, KeyPurpose, KeyState
from . import bitstring, token
from .lists import MAX_AGE, BitstringList, ListMemory, Remembered, StatusList

if TYPE_CHECKING:
    from ..trust import Trust

__all__ = [
    "MAX_AGE",
    "BitstringList",
    "ListMemory",
    "StatusList",
    "UnknownListKey",
    "check_bitstring_token",
    "check_status_token",
]

LEEWAY: Final = timedelta(seconds=60)
_LATEST: Final = 2**33
_LIST_TYPES: Final = ("VerifiableCredential", BITSTRING_LIST_CREDENTIAL)
_SIGNING: Final = (KeyState.STAGED, KeyState.ACTIVE)

_L = TypeVar("_L", StatusList, BitstringList)


class UnknownListKey(EvidenceUnavailable):
    """The list is signed by a key that this trust does not have: newer trust may."""


def check_status_token(
    text: str, *, uri: str, trust: Trust, now: datetime, offline: bool, memory: ListMemory
) -> StatusList:
    """The list in a `statuslist+jwt` for `uri`; EvidenceUnavailable unless a status key of `trust` signed it."""
    return _check(text, "statuslist+jwt", _read_token, StatusList, uri, trust, now, offline, memory)


def check_bitstring_token(
    text: str, *, uri: str, trust: Trust, now: datetime, offline: bool, memory: ListMemory
) -> BitstringList:
    """The list in a bitstring status list credential (`vc+jwt`) with id `uri`; EvidenceUnavailable as above."""
    return _check(text, "vc+jwt", _read_bitstring, BitstringList, uri, trust, now, offline, memory)


def _check(
    text: str,
    typ: str,
    read: Callable[[Mapping[str, Any], str, Trust], _L],
    kind: type[_L],
    uri: str,
    trust: Trust,
    now: datetime,
    offline: bool,
    memory: ListMemory,
) -> _L:
    try:
        entry = memory.recall(text, uri)
        if entry is None or _signing_key(trust, entry.kid).thumbprint != entry.thumbprint:
            entry = _verify(text, typ, read, uri, trust)
            memory.keep(text, entry)
    except Malformed as error:
        raise EvidenceUnavailable(f"the status list is not authentic: {error}") from None
    found = entry.found
    if not isinstance(found, kind):
        raise EvidenceUnavailable("the status list is of another kind")
    if entry.for_bundle and not offline:
        raise EvidenceUnavailable("the status list was made for an offline bundle")
    if found.issued_at > now + LEEWAY:
        raise EvidenceUnavailable("the status list comes from the future")
    memory.advance(found)
    return found


def _verify(
    text: str, typ: str, read: Callable[[Mapping[str, Any], str, Trust], _L], uri: str, trust: Trust
) -> Remembered:
    parsed = split(text)
    if parsed.typ != typ:
        raise Malformed(f"its type is not {typ}")
    if typ == "vc+jwt" and parsed.header.get("cty", "vc") != "vc":
        raise Malformed("its cty is not vc")
    if parsed.kid is None:
        raise Malformed("it names no key")
    key = _signing_key(trust, parsed.kid)
    if not verify_signature(parsed, key):
        raise Malformed("its signature does not verify")
    for_bundle = parsed.payload.get("bundle", False)
    if not isinstance(for_bundle, bool):
        raise Malformed("its bundle marker is neither true nor false")
    found = read(parsed.payload, uri, trust)
    return Remembered(found=found, kid=parsed.kid, thumbprint=key.thumbprint, for_bundle=for_bundle)


def _signing_key(trust: Trust, kid: str) -> PublicKey:
    """The status key `kid`; a retired one signs no list any more, a compromised one never did."""
    entry = trust.find(kid)
    if entry is None:
        raise UnknownListKey("the status list is signed by an unknown key")
    if KeyPurpose.STATUS not in entry.purposes:
        raise Malformed("it is signed by a key that is not for status lists")
    if entry.state not in _SIGNING:
        raise Malformed(f"it is signed by a key that is {entry.state.value}")
    return entry.key


def _read_token(claims: Mapping[str, Any], uri: str, trust: Trust) -> StatusList:
    body = claims.get("status_list")
    if claims.get("iss") != trust.issuer:
        raise Malformed("it names another issuer")
    if claims.get("sub") != uri:
        raise Malformed("it is another list")
    if not isinstance(body, dict) or not isinstance(body.get("lst"), str):
        raise Malformed("it has no list")
    if type(body.get("bits")) is not int or body["bits"] != token.BITS:
        raise Malformed(f"its entries are not {token.BITS} bits")
    if "ttl" in claims and not (type(claims["ttl"]) is int and claims["ttl"] > 0):
        raise Malformed("its ttl is not a positive number of seconds")
    size, root = _journal(claims)
    return StatusList(
        uri=uri,
        issued_at=_instant(claims, "iat"),
        expires_at=_instant(claims, "exp"),
        size=size,
        root=root,
        packed=token.decode_lst(body["lst"]),
    )


def _read_bitstring(claims: Mapping[str, Any], uri: str, trust: Trust) -> BitstringList:
    issuer, subject, types = claims.get("issuer"), claims.get("credentialSubject"), claims.get("type")
    if (issuer.get("id") if isinstance(issuer, dict) else issuer) != trust.issuer:
        raise Malformed("it names another issuer")
    if claims.get("iss", trust.issuer) != trust.issuer:
        raise Malformed("it names two issuers")
    if claims.get("id") != uri:
        raise Malformed("it is another list")
    contexts = claims.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CONTEXT_VC] or "vc" in claims or "vp" in claims:
        raise Malformed("it is not a credential of the data model 2.0")
    if not isinstance(types, list) or not all(name in types for name in _LIST_TYPES):
        raise Malformed("it is not a status list credential")
    if not isinstance(subject, dict) or subject.get("type") != "BitstringStatusList":
        raise Malformed("it has no list")
    purpose, encoded = subject.get("statusPurpose"), subject.get("encodedList")
    if not isinstance(purpose, str) or not isinstance(encoded, str):
        raise Malformed("it has no purpose or no list")
    if "ttl" in subject and not (type(subject["ttl"]) is int and subject["ttl"] >= 0):
        raise Malformed("its ttl is not a number of milliseconds")
    issued_at, expires_at = _timestamp(claims, "validFrom"), _timestamp(claims, "validUntil")
    if "iat" in claims:
        issued_at = max(issued_at, _instant(claims, "iat"))
    if "exp" in claims:
        expires_at = min(expires_at, _instant(claims, "exp"))
    size, root = _journal(claims)
    return BitstringList(
        uri=uri,
        issued_at=issued_at,
        expires_at=expires_at,
        size=size,
        root=root,
        packed=bitstring.decode_list(encoded),
        purpose=purpose,
    )


def _journal(claims: Mapping[str, Any]) -> tuple[int, bytes]:
    journal = claims.get("journal")
    if not isinstance(journal, dict) or not isinstance(journal.get("root"), str):
        raise Malformed("it does not say which journal it was made from")
    size, root = journal.get("size"), b64u_decode(journal["root"])
    if type(size) is not int or not 0 <= size < 2**53 or len(root) != 32:
        raise Malformed("it does not say which journal it was made from")
    return size, root


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise Malformed(f"its {name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _timestamp(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    moment = datetime_of(value) if isinstance(value, str) else None
    try:
        if moment is not None:
            return moment.astimezone(UTC)
    except OverflowError:  # a moment that is before year 1 or after year 9999 in UTC
        pass
    raise Malformed(f"its {name} is not a time")

"""Changes of keys: each is journal entries, key rows and a new trust statement in one transaction.

The root signs the statement outside of it; two changes at once meet at the statement's version, and one is refused.
The statement that replaces the root is signed by the old and the new one, and so is each later one for as long as the
old key opens and is not compromised: a verifier that slept through the replacement still knows the issuer by its pin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lcert_keys import TRUST_LIFETIME, Key, Keyring, KeyStateError, Signer, sign_trust, trust_payload
from lcert_verifier.errors import LcertError
from lcert_verifier.trust import read_trust
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

from .failpoints import failpoint
from .office import Office, audit, load_keyring, row_of
from .once import Once, answered_key, keep_key
from .refusals import Conflict, NotAllowed
from .registry import journal
from .registry.events import Event, Kind, TreeHead
from .registry.models import EditionRow, TrustRow

__all__ = [
    "TRUST_RENEWAL",
    "affected_by",
    "compromise_key",
    "promote_key",
    "renew_trust",
    "replace_root",
    "retire_key",
    "stage_key",
    "trust_expires_at",
]

TRUST_RENEWAL: Final = timedelta(days=100)
"""A statement with less than this left, of 400 days, is signed again: time enough to find a root key kept apart."""

Change = Callable[[Keyring, TreeHead, datetime], Sequence[tuple[Kind, Key]]]
"""From the keys, the journal's head and the time to what happens to which key, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes keys, and whether into the past of a journal that was never published."""

    actor: str = "operator"
    recorded_at: datetime | None = None
    once: Once | None = None
    """Asked again with it, the change is not made again."""


def stage_key(office: Office, purpose: KeyPurpose, alg: Algorithm, act: Act) -> Key:
    """A new key, published so that verifiers know it before it signs; the same as before if `act` was asked before."""
    if purpose is KeyPurpose.ROOT:
        raise NotAllowed(
            "a root key is not staged like the others: it takes both roots to replace it", path="purpose"
        )

    def change(ring: Keyring, _head: TreeHead, at: datetime) -> Sequence[tuple[Kind, Key]]:
        return [(Kind.KEY_STAGED, _make(office, ring, purpose, alg, at))]

    return _change(office, "stage key", purpose.value, change, act)


def promote_key(office: Office, name: str, act: Act) -> Key:
    """A staged key that signs from now on; the one before stays active until it is retired."""

    def change(ring: Keyring, _head: TreeHead, at: datetime) -> Sequence[tuple[Kind, Key]]:
        return [(Kind.KEY_PROMOTED, ring.promote(name, at=at))]

    return _change(office, "promote key", name, change, act)


def retire_key(office: Office, name: str, act: Act) -> Key:
    """A key that signs no more; what it signed stays valid."""

    def change(ring: Keyring, _head: TreeHead, at: datetime) -> Sequence[tuple[Kind, Key]]:
        return [(Kind.KEY_RETIRED, ring.retire(name, at=at))]

    return _change(office, "retire key", name, change, act)


def compromise_key(office: Office, name: str, since: int | None, act: Act) -> Key:
    """A key nobody may trust, but for what is recorded before entry `since`.

    The last active key of a purpose is replaced in the same change, by a staged one or a new one: publishing goes on.
    """

    def change(ring: Keyring, head: TreeHead, at: datetime) -> Sequence[tuple[Kind, Key]]:
        size, root = (head.size, head.root) if since is not None else (None, None)
        key = ring.compromise(name, at=at, since=since, size=size, root=root)
        steps = [] if key.purpose is KeyPurpose.ROOT else _replacement(office, ring, ring.get(name), at)
        return [*steps, (Kind.KEY_COMPROMISED, key)]

    return _change(office, "compromise key", name, change, act)


def replace_root(office: Office, alg: Algorithm, act: Act) -> Key:
    """A new root key in the place of the active one, in a statement that both sign; gives the new one.

    The old one is retired. When it does not open, PassphraseError or KeyFileError, and nothing is changed.
    """

    def change(ring: Keyring, _head: TreeHead, at: datetime) -> Sequence[tuple[Kind, Key]]:
        old = ring.of(KeyPurpose.ROOT, KeyState.ACTIVE)
        new = _make(office, ring, KeyPurpose.ROOT, alg, at)
        promoted = ring.with_key(new).promote(new.kid, at=at)
        ring = ring.with_key(promoted)
        retired = []
        for key in old:
            retired.append((Kind.KEY_RETIRED, ring.retire(key.kid, at=at)))
            ring = ring.with_key(retired[-1][1])
        return [(Kind.KEY_STAGED, new), *retired, (Kind.KEY_PROMOTED, promoted)]

    return _change(office, "replace root", "root", change, act)


def renew_trust(office: Office, act: Act, *, early: bool = False) -> int | None:
    """Signs the statement again when it has less than TRUST_RENEWAL left, or at once if `early`; its new version.

    None when there is time. Raises PassphraseError or KeyFileError when the root key does not open.
    """
    with office.registry.read() as session:
        ring, version = load_keyring(session), _newest(session)
        expires_at = trust_expires_at(session)
    if not early and office.clock() < expires_at - TRUST_RENEWAL:
        return None
    _commit(office, ring, ring, version, "renew trust", str(version + 1), (), act)
    return version + 1


def trust_expires_at(session: Session) -> datetime:
    """When the newest trust statement ends."""
    signed_at = session.execute(select(TrustRow.signed_at).order_by(TrustRow.version.desc()).limit(1))
    return signed_at.scalar_one() + TRUST_LIFETIME


def affected_by(session: Session, kid: str, now: datetime) -> list[str]:
    """Certificates with an edition under this key that is in force or to come: they need re-keying. Sorted."""
    at = max(now, journal.head(session).recorded_at)
    query = (
        select(EditionRow.number)
        .where(
            EditionRow.kid == kid,
            EditionRow.withdrawn_at.is_(None),
            or_(EditionRow.superseded_from.is_(None), EditionRow.superseded_from > at),
            EditionRow.valid_through >= at.date(),
        )
        .distinct()
        .order_by(EditionRow.number)
    )
    return list(session.execute(query).scalars())


def _replacement(office: Office, ring: Keyring, key: Key, at: datetime) -> list[tuple[Kind, Key]]:
    if [other.kid for other in ring.of(key.purpose, KeyState.ACTIVE)] != [key.kid]:
        return []
    staged = ring.of(key.purpose, KeyState.STAGED)
    if staged:
        return [(Kind.KEY_PROMOTED, ring.promote(staged[-1].kid, at=at))]
    new = _make(office, ring, key.purpose, key.alg, at)
    return [(Kind.KEY_STAGED, new), (Kind.KEY_PROMOTED, ring.with_key(new).promote(new.kid, at=at))]


def _make(office: Office, ring: Keyring, purpose: KeyPurpose, alg: Algorithm, at: datetime) -> Key:
    if purpose is KeyPurpose.LOG and alg is not Algorithm.ED25519:
        raise NotAllowed("a log key is an Ed25519 key (EdDSA)", path="alg")
    signer, uri = office.make_key(purpose, alg)
    return ring.stage(
        did=office.identity.did, public_key=signer.public_key, purpose=purpose, signer_uri=uri, at=at
    )


def _change(office: Office, action: str, target: str, change: Change, act: Act) -> Key:
    with office.registry.read() as session:
        before, head, version = load_keyring(session), journal.head(session), _newest(session)
        made = answered_key(session, act.once) if act.once is not None else None
    if made is not None:
        return before.get(made)
    at = act.recorded_at or office.clock()
    for key in before.of(KeyPurpose.ROOT, KeyState.ACTIVE):
        office.signer(key).unlock()  # before a new key is made, which would be left behind
    try:
        steps = change(before, head, at)
    except KeyStateError as error:
        raise NotAllowed(str(error), code="key_state") from error
    after = before
    for _, key in steps:
        after = after.with_key(key)
    _commit(office, before, after, version, action, steps[-1][1].kid, steps, act)
    return steps[-1][1]


def _newest(session: Session) -> int:
    return session.execute(select(func.max(TrustRow.version))).scalar_one()


def _commit(
    office: Office,
    before: Keyring,
    after: Keyring,
    version: int,
    action: str,
    target: str,
    steps: Sequence[tuple[Kind, Key]],
    act: Act,
) -> None:
    """Signs the statement that follows `version`, and records it with the entries and keys of `steps`."""
    signed_at = office.clock()
    document = _statement(office, before, after, version + 1, signed_at)
    failpoint("keys.after_sign")

    def record() -> None:
        with office.registry.write() as session:
            if _newest(session) != version:
                raise Conflict("somebody else changed the keys meanwhile; look again")
            session.add(TrustRow(version=version + 1, document=document.decode(), signed_at=signed_at))
            session.flush()
            for _, key in steps:
                session.merge(row_of(key))
            session.flush()
            events = [_event(kind, key, act) for kind, key in steps]
            journal.append(session, events, recorded_at=act.recorded_at)
            if act.once is not None:
                keep_key(session, act.once, target, at=signed_at)
            audit(session, at=signed_at, actor=act.actor, action=action, target=target, outcome="done")
            failpoint("keys.after_append")

    try:
        office.registry.again(record)
    except IntegrityError as error:
        raise Conflict("somebody else changed the keys meanwhile; look again") from error
    failpoint("keys.after_commit")


def _statement(office: Office, before: Keyring, after: Keyring, version: int, at: datetime) -> bytes:
    """The signed statement, which everybody who pins a root of `before` or `after` has to accept."""
    active = [*before.of(KeyPurpose.ROOT, KeyState.ACTIVE), *after.of(KeyPurpose.ROOT, KeyState.ACTIVE)]
    needed = list({key.kid: key for key in active if _may_sign(after, key)}.values())
    payload = trust_payload(
        version=version,
        issued_at=at,
        issuer=office.identity.did,
        base_url=office.identity.base_url,
        name=office.identity.name,
        keys=after,
    )
    former = _former_roots(office, after, {key.kid for key in needed})
    document = sign_trust(payload, [*(office.signer(key) for key in needed), *former])
    for key in needed:
        read_trust(document, pin=key.thumbprint, now=at)
    return document


def _may_sign(ring: Keyring, key: Key) -> bool:
    return ring.get(key.kid).state is not KeyState.COMPROMISED


def _former_roots(office: Office, ring: Keyring, without: set[str]) -> list[Signer]:
    """Retired roots whose key still opens. One that was put away or lost is done without."""
    signers = []
    for key in ring.of(KeyPurpose.ROOT, KeyState.RETIRED):
        if key.kid in without:
            continue
        try:
            signer = office.signer(key)
            signer.unlock()
        except (LcertError, NotAllowed):
            continue
        signers.append(signer)
    return signers


def _event(kind: Kind, key: Key, act: Act) -> Event:
    payload: dict[str, Any] = {"actor": act.actor}
    return Event(
        kind=kind,
        kid=key.kid,
        purpose=key.purpose.value,
        since=key.since if kind is Kind.KEY_COMPROMISED else None,
        payload=payload,
    )

"""Changes of keys: each is journal entries, key rows and a new trust statement in one transaction.

The root signs the statement outside of it; two changes at once meet at the statement's version, and one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lcert_keys import Key, Keyring, KeyStateError, sign_trust, trust_payload
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

from .failpoints import failpoint
from .office import Office, audit, load_keyring, row_of
from .refusals import Conflict, NotAllowed
from .registry import journal
from .registry.events import Event, Kind, TreeHead
from .registry.models import EditionRow, TrustRow

__all__ = ["affected_by", "compromise_key", "promote_key", "retire_key", "stage_key"]

Change = Callable[[Keyring, TreeHead, datetime], Sequence[tuple[Kind, Key]]]
"""From the keys, the journal's head and the time to what happens to which key, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes keys, and whether into the past of a journal that was never published."""

    actor: str = "operator"
    recorded_at: datetime | None = None


def stage_key(office: Office, purpose: KeyPurpose, alg: Algorithm, act: Act) -> Key:
    """A new key, published so that verifiers know it before it signs."""
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
        ring, head = load_keyring(session), journal.head(session)
        version = session.execute(select(func.max(TrustRow.version))).scalar_one()
    at = act.recorded_at or office.clock()
    for key in ring.of(KeyPurpose.ROOT, KeyState.ACTIVE):
        office.signer(key).unlock()  # before a new key is made, which would be left behind
    try:
        steps = change(ring, head, at)
    except KeyStateError as error:
        raise NotAllowed(str(error), code="key_state") from error
    for _, key in steps:
        ring = ring.with_key(key)
    signed_at = office.clock()
    roots = [office.signer(key) for key in ring.of(KeyPurpose.ROOT, KeyState.ACTIVE)]
    identity = office.identity
    document = sign_trust(
        trust_payload(
            version=version + 1,
            issued_at=signed_at,
            issuer=identity.did,
            base_url=identity.base_url,
            name=identity.name,
            keys=ring,
        ),
        roots,
    ).decode()
    failpoint("keys.after_sign")
    kid = steps[-1][1].kid
    try:
        with office.registry.write() as session:
            newest = session.execute(select(func.max(TrustRow.version))).scalar_one()
            if newest != version:
                raise Conflict("somebody else changed the keys meanwhile; look again")
            session.add(TrustRow(version=version + 1, document=document, signed_at=signed_at))
            session.flush()
            for _, key in steps:
                session.merge(row_of(key))
            audit(session, at=signed_at, actor=act.actor, action=action, target=kid, outcome="done")
            session.flush()
            journal.append(
                session, [_event(kind, key, act) for kind, key in steps], recorded_at=act.recorded_at
            )
            failpoint("keys.after_append")
    except IntegrityError as error:
        raise Conflict("somebody else changed the keys meanwhile; look again") from error
    failpoint("keys.after_commit")
    return steps[-1][1]


def _event(kind: Kind, key: Key, act: Act) -> Event:
    payload: dict[str, Any] = {"actor": act.actor}
    return Event(
        kind=kind,
        kid=key.kid,
        purpose=key.purpose.value,
        since=key.since if kind is Kind.KEY_COMPROMISED else None,
        payload=payload,
    )

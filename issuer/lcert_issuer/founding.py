"""A new issuer: keys, trust statement, criteria, status list 1 and the first journal entries, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from lcert_keys import Keyring, sign_trust, trust_payload
from lcert_verifier.jose import b64u_encode
from lcert_verifier.vocabulary import Algorithm, KeyPurpose

from .office import POLICIES, SINGLE_OPERATOR, Identity, MakeKey, audit, row_of
from .refusals import Conflict, InvalidInput
from .registry import journal
from .registry.events import Event, Kind
from .registry.models import CriteriaRow, Setting, TrustRow
from .registry.schema import migrate
from .registry.session import Registry
from .registry.slots import open_list

__all__ = ["Criteria", "Founded", "found"]

_ALGORITHMS = {
    KeyPurpose.ROOT: Algorithm.ES256,
    KeyPurpose.ISSUER: Algorithm.ES256,
    KeyPurpose.STATUS: Algorithm.ES256,
    KeyPurpose.LOG: Algorithm.ED25519,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """One version of the programme's criteria; its text never changes."""

    version: str
    text: str
    in_force_from: date

    @property
    def digest(self) -> str:
        return f"sha256-{b64u_encode(hashlib.sha256(self.text.encode()).digest())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    did: str
    root_thumbprint: str
    """What verifiers pin."""


def found(
    registry: Registry,
    *,
    base_url: str,
    name: str,
    criteria: Criteria,
    make_key: MakeKey,
    clock: Callable[[], datetime],
    policy: str = SINGLE_OPERATOR,
    actor: str = "operator",
    recorded_at: datetime | None = None,
) -> Founded:
    """Makes the issuer in an empty database. Conflict when there is one already.

    `recorded_at` founds it in the past, for demo data and tests; the trust statement is signed at the real time.
    """
    if policy not in POLICIES:
        raise InvalidInput.at("policy", f"must be one of {', '.join(POLICIES)}")
    migrate(registry)
    with registry.read() as session:
        if session.execute(select(Setting.name).limit(1)).first() is not None:
            raise Conflict("there is an issuer in this database already", code="initialised")
    identity = Identity(base_url=base_url, name=name, policy=policy)
    signed_at = clock()
    at = recorded_at or signed_at
    ring = Keyring()
    events: list[Event] = []
    for purpose, alg in _ALGORITHMS.items():
        signer, uri = make_key(purpose, alg)
        if purpose is KeyPurpose.ROOT:
            root = signer
        staged = ring.stage(
            did=identity.did, public_key=signer.public_key, purpose=purpose, signer_uri=uri, at=at
        )
        ring = ring.with_key(staged)
        ring = ring.with_key(ring.promote(staged.kid, at=at))
        events += [
            Event(kind=kind, kid=staged.kid, purpose=purpose.value)
            for kind in (Kind.KEY_STAGED, Kind.KEY_PROMOTED)
        ]
    payload = trust_payload(
        version=1, issued_at=signed_at, issuer=identity.did, base_url=base_url, name=name, keys=ring
    )
    document = sign_trust(payload, [root]).decode()
    with registry.write() as session:
        journal.begin_journal(session, recorded_at=recorded_at)
        session.add_all(
            Setting(name=key, value=value)
            for key, value in (("base_url", base_url), ("name", name), ("policy", policy))
        )
        session.add(
            CriteriaRow(
                version=criteria.version,
                digest=criteria.digest,
                text=criteria.text,
                in_force_from=criteria.in_force_from,
            )
        )
        session.add_all(row_of(key) for key in ring)
        session.add(TrustRow(version=1, document=document, signed_at=signed_at))
        session.flush()
        open_list(session, 1, now=at)
        journal.append(session, events, recorded_at=recorded_at)
        audit(session, at=signed_at, actor=actor, action="found", target=identity.did, outcome="done")
    return Founded(did=identity.did, root_thumbprint=root.thumbprint)

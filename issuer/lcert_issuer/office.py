"""What every act of issuing needs at hand: the registry, the issuer's identity, its keys and the clock."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from lcert_keys import Key, Keyring, Signer
from lcert_verifier.identity import did_of
from lcert_verifier.jwk import PublicKey, parse_jwk
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

from .refusals import NotAllowed, RegistryUnavailable
from .registry.auditing import Note, note
from .registry.canonical import canonical_json
from .registry.models import CriteriaRow, KeyRow, Setting
from .registry.session import Registry, fetch

__all__ = [
    "FOUR_EYES",
    "POLICIES",
    "SINGLE_OPERATOR",
    "Identity",
    "MakeKey",
    "Office",
    "audit",
    "audit_all",
    "criteria_digests",
    "key_of",
    "load_identity",
    "load_keyring",
    "row_of",
]

FOUR_EYES = "four-eyes"
"""Two people decide: reviewer and decision-maker differ."""
SINGLE_OPERATOR = "single-operator"
"""One person may be both; the record says `same-person`."""
POLICIES = (FOUR_EYES, SINGLE_OPERATOR)

_KEYS: Final = select(*cast(Table, KeyRow.__table__).columns)
_CRITERIA: Final = select(CriteriaRow.version, CriteriaRow.digest)

MakeKey = Callable[[KeyPurpose, Algorithm], tuple[Signer, str]]
"""Makes a new key and keeps it safely; gives its signer and the URI that opens it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What `init` fixed."""

    base_url: str
    name: str
    policy: str

    @property
    def did(self) -> str:
        return did_of(self.base_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    registry: Registry
    identity: Identity
    clock: Callable[[], datetime]
    open_signer: Callable[[str], Signer]
    make_key: MakeKey
    _signers: dict[str, Signer] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def signer(self, key: Key) -> Signer:
        """The signer of a key, opened once. NotAllowed when what lies at its URI is another key."""
        with self._lock:
            signer = self._signers.get(key.kid)
            if signer is None:
                signer = self.open_signer(key.signer_uri)
                if signer.thumbprint != key.thumbprint:
                    raise NotAllowed(f"the key at {key.signer_uri} is not {key.kid}: restore the right file")
                self._signers[key.kid] = signer
            return signer


def load_identity(session: Session) -> Identity:
    """The issuer's settings. RegistryUnavailable before `init`."""
    found = {row.name: row.value for row in session.execute(select(Setting)).scalars()}
    try:
        return Identity(base_url=found["base_url"], name=found["name"], policy=found["policy"])
    except KeyError as error:
        raise RegistryUnavailable(
            "there is no issuer here yet: run `lcert init`", code="not_initialised"
        ) from error


def load_keyring(session: Session) -> Keyring:
    """Every key of the issuer, whatever its state."""
    session.flush()
    return Keyring(key_of(row) for row in fetch(session, _KEYS))


def key_of(row: KeyRow | Row[Any]) -> Key:
    """The key that a row tells of, be it an object or columns of the same names."""
    return Key(
        kid=row.kid,
        thumbprint=row.thumbprint,
        purpose=KeyPurpose(row.purpose),
        alg=Algorithm(row.alg),
        state=KeyState(row.state),
        public_key=_public_key(canonical_json(row.jwk)),
        signer_uri=row.signer_uri,
        staged_at=row.staged_at,
        promoted_at=row.promoted_at,
        retired_at=row.retired_at,
        compromised_at=row.compromised_at,
        since=row.compromised_since,
        size=row.compromised_size,
        root=row.compromised_root,
    )


@lru_cache(maxsize=256)
def _public_key(jwk: bytes) -> PublicKey:
    """Read once: an issuer keeps the same dozen, and each is looked at several times in every publication."""
    return parse_jwk(json.loads(jwk))


def row_of(key: Key) -> KeyRow:
    return KeyRow(
        kid=key.kid,
        thumbprint=key.thumbprint,
        purpose=key.purpose.value,
        alg=key.alg.value,
        state=key.state.value,
        jwk=key.public_key.to_json(),
        signer_uri=key.signer_uri,
        staged_at=key.staged_at,
        promoted_at=key.promoted_at,
        retired_at=key.retired_at,
        compromised_at=key.compromised_at,
        compromised_since=key.since,
        compromised_size=key.size,
        compromised_root=key.root,
    )


def criteria_digests(session: Session) -> dict[str, str]:
    """The digest of every version of the criteria, by version."""
    return {row.version: row.digest for row in fetch(session, _CRITERIA)}


def audit_all(session: Session, *, at: datetime, actor: str, done: Sequence[tuple[str, str]]) -> None:
    """Like `audit`, for many (action, target) that were done together."""
    note(
        session,
        [Note(at=at, actor=actor, action=action, target=target, outcome="done") for action, target in done],
    )


def audit(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    target: str | None,
    outcome: str,
    detail: str | None = None,
) -> None:
    """Notes who did what; a change and its note share one transaction, so that neither is without the other.

    Call it after the journal's `append`, so that everybody locks the two heads in one order.
    """
    note(
        session,
        [Note(at=at, actor=actor, action=action, target=target, outcome=outcome, detail=detail)],
    )

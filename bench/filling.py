"""Grows a registry fast: the rows that issuing in bulk writes, every token really signed.

The issuer's own code writes one certificate, which is read back as it lies in the tables and undone. Of these rows the
others are made: what a certificate has of its own is put in, the tokens are signed, the journal's leaves and the audit
log's chain computed, so that `doctor` is content with what comes out. What issuing does for safety is left out:
payloads are not judged, no signature is verified, no intent is committed before the signing, some thousand
certificates are one transaction, and SQLite does not wait for the disk.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session

from lcert_issuer.assembly import House
from lcert_issuer.certificate import Action
from lcert_issuer.intake import Draft
from lcert_issuer.lifecycle import Decision, apply_decision
from lcert_issuer.office import audit_all
from lcert_issuer.recording import lock_certificates
from lcert_issuer.registry import journal
from lcert_issuer.registry.events import Event, Kind
from lcert_issuer.registry.models import AuditHead, Head, JournalNode
from lcert_issuer.registry.session import add_rows, database_now
from lcert_issuer.registry.slots import Slot, draw
from lcert_keys import Signer
from lcert_verifier.jose import b64u_encode, sign_compact
from lcert_verifier.merkle import Frontier, leaf_hash
from lcert_verifier.tiles import TILE_HEIGHT

from .stencil import TABLES, Stencil, cut

__all__ = ["BATCH", "decide_many", "fill", "hurried"]

BATCH = 2_500
"""Certificates in one transaction."""
WORDS_OF_POSTGRESQL = (
    "CREATE INDEX IF NOT EXISTS edition_words ON edition USING gin "
    "(search_text gin_trgm_ops, modalities gin_trgm_ops, bases gin_trgm_ops)"
)
"""As the migration makes it."""
_HISTORY = ((Action.WITHDRAW, Kind.WITHDRAWN, "unspecified"), (Action.SUSPEND, Kind.SUSPENDED, "fee-unpaid"))


@contextmanager
def hurried(house: House) -> Iterator[None]:
    """SQLite neither waits for the disk nor reads it for what fits into memory; PostgreSQL indexes words at the end."""
    with _without_disk(house.registry.engine) if house.registry.dialect == "sqlite" else _words_later(house):
        yield


@contextmanager
def _without_disk(engine: Engine) -> Iterator[None]:
    def prepare(connection: Any, _entry: Any) -> None:
        for pragma in ("synchronous = OFF", "cache_size = -1500000", "wal_autocheckpoint = 100000"):
            connection.execute(f"PRAGMA {pragma}")

    engine.dispose()
    event.listen(engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(engine, "connect", prepare)
        engine.dispose()


@contextmanager
def _words_later(house: House) -> Iterator[None]:
    with house.registry.write() as session:
        session.execute(text("DROP INDEX IF EXISTS edition_words"))
    yield
    with house.registry.write() as session:
        session.execute(text(WORDS_OF_POSTGRESQL))
    with house.registry.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as its autovacuum does by itself, in time


def fill(house: House, model: Draft, first: int, count: int, signer: Signer) -> list[str]:
    """Issues `count` certificates like `model` in one transaction, the holders numbered from `first`; their numbers.

    Every hundredth is withdrawn and every two hundredth suspended in the same transaction.
    """
    with house.registry.write() as session:
        now = database_now(session)
        slots = draw(session, count, now=now)
        stencil = cut(session, house, model, now)
        head = session.execute(select(Head.size, Head.frontier, Head.recorded_at).with_for_update()).one()
        numbers = _issue(session, stencil, head, _own(stencil, slots, first), signer)
        for (action, kind, reason), some in zip(_HISTORY, (numbers[::100], numbers[50::200]), strict=True):
            decide_many(session, some, action, kind, reason=reason, at=now)
        return numbers


def decide_many(
    session: Session, numbers: Sequence[str], action: Action, kind: Kind, *, reason: str, at: datetime
) -> None:
    """One decision about each of these certificates of one edition, as `lifecycle.decide` records it."""
    if not numbers:
        return
    locked = lock_certificates(session, dict.fromkeys(numbers, 1))
    decision = Decision(action=action, reason=reason)
    payload = {"actor": decision.actor}
    places = journal.append(
        session, [Event(kind=kind, number=number, reason=reason, payload=payload) for number in numbers]
    )
    for number, place in zip(numbers, places, strict=True):
        row, editions = locked[number]
        apply_decision(row, editions, decision, kind, place.effective_at)
    done = [(action.value, number) for number in numbers]
    audit_all(session, at=at, actor=decision.actor, done=done)
    session.flush()


def _own(stencil: Stencil, slots: Sequence[Slot], first: int) -> Iterator[dict[str, Any]]:
    """What each certificate has of its own, by the names that the stencil's texts have in its place."""
    for n, slot in enumerate(slots):
        serial = stencil.first_serial + n
        yield {
            "serial": f"{serial:04d}",
            "holder": str(first + n),
            "list": str(slot.list_number),
            "index": str(slot.list_index),
            "certificate.serial": serial,
            "intent.serial": serial,
            "intent.list_number": slot.list_number,
            "edition.list_number": slot.list_number,
            "intent.list_index": slot.list_index,
            "edition.list_index": slot.list_index,
        }


def _issue(
    session: Session, stencil: Stencil, head: Any, certificates: Iterable[dict[str, Any]], signer: Signer
) -> list[str]:
    """Signs and records them, and moves the heads of journal and audit log on."""
    audit = session.execute(select(AuditHead.size, AuditHead.last_id, AuditHead.digest)).one()
    frontier, chain = Frontier.from_bytes(head.size, head.frontier), audit.digest
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    inner: list[dict[str, Any]] = []
    numbers: list[str] = []
    for n, own in enumerate(certificates):
        event_id, salt = secrets.token_hex(16), secrets.token_bytes(16)
        own |= {
            "event": event_id,
            "intent.id": secrets.token_hex(16),
            "payload.salt": salt,
            "journal.position": head.size + n,
            "outbox.position": head.size + n,
            "edition.issued_position": head.size + n,
            "audit.id": audit.last_id + n + 1,
        }
        own["intent.claims_digest"] = hashlib.sha256((stencil.announced % own).encode()).hexdigest()
        for securing, header, payload in stencil.payloads:
            token = sign_compact(header, (payload % own).encode(), signer.sign)
            own[f"token {securing}"] = token
            own[f"digest {securing}"] = hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()
        for name, its in stencil.texts:
            own[name] = its % own
        own["sealed"] = b64u_encode(hashlib.sha256(salt + own["payload.body"].encode()).digest())
        entry = (stencil.entry % own).encode()
        leaf = leaf_hash(entry)
        own["journal.entry"], own["journal.leaf_hash"] = entry, leaf
        frontier, completed = frontier.append_noting(leaf)
        inner += [
            {"level": level, "position": index, "hash": value}
            for level, index, value in completed
            if level and level % TILE_HEIGHT == 0
        ]
        own["before"] = chain
        chain = hashlib.sha256((stencil.link % own).encode()).hexdigest()
        own["audit.digest"] = chain
        numbers.append(own["certificate.number"])
        stencil.add_rows(own, rows)
    stencil.write(session, rows)
    add_rows(session, JournalNode, inner)
    session.execute(
        update(Head).values(
            size=frontier.size,
            root=frontier.root,
            frontier=frontier.to_bytes(),
            recorded_at=stencil.recorded_at,
        )
    )
    count = len(numbers)
    session.execute(
        update(AuditHead).values(size=audit.size + count, last_id=audit.last_id + count, digest=chain)
    )
    return numbers

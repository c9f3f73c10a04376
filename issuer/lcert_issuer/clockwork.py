"""What the clock moves: starts, ends and switches of editions, suspensions over their cap, leases that ran out.

States follow from dates without it; its entries are notices, so that feeds and records hear of them. Several workers
may run at once: rows being worked on are skipped, and a notice is unique by edition and kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from .certificate import SUSPENSION_CAP, Action, day_start, end_of
from .issuance import abandon_rows
from .lifecycle import Decision, decide
from .office import Office
from .refusals import Conflict, NotAllowed
from .registry import journal
from .registry.events import Event, Kind
from .registry.heartbeats import WORKER, note_round
from .registry.models import CertificateRow, EditionRow, Intent
from .registry.session import Registry, database_now

__all__ = ["CLOCK", "Moved", "beat", "notice_after", "run_once"]

CLOCK: Final = "clock"
"""The actor of what the clock does."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One thing the clock did."""

    kind: Kind
    number: str
    edition: int | None = None

    def __str__(self) -> str:
        return f"{self.number}{f'/{self.edition}' if self.edition else ''} {self.kind.value}"


class _HasOffice(Protocol):
    @property
    def office(self) -> Office: ...


def run_once(desk: _HasOffice, now: datetime, *, recorded_at: datetime | None = None) -> list[Moved]:
    """Does everything that is due at `now`, once, and says what it did. `recorded_at` as for the desk."""
    office = desk.office
    moved = _repeat(office, lambda session: _expired_leases(session, recorded_at))
    moved += _repeat(office, lambda session: _due_editions(session, now, recorded_at))
    return moved + _overdue_suspensions(office, now, recorded_at)


def beat(registry: Registry, now: datetime) -> None:
    """Notes that a round ended well, publication and all."""
    with registry.write() as session:
        note_round(session, WORKER, now)


def _repeat(office: Office, work: Callable[[Session], list[Moved]]) -> list[Moved]:
    moved: list[Moved] = []

    def once() -> list[Moved]:
        with office.registry.write() as session:
            return work(session)

    while True:
        some = office.registry.again(once)
        moved += some
        if len(some) < _BATCH:
            return moved


def _expired_leases(session: Session, recorded_at: datetime | None) -> list[Moved]:
    intents = (
        session.execute(
            select(Intent)
            .where(Intent.state == "open", Intent.lease_until <= database_now(session))
            .order_by(Intent.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )
    abandon_rows(session, intents, recorded_at=recorded_at)
    return [Moved(kind=Kind.ABANDONED, number=i.number, edition=i.edition) for i in intents]


def _due_editions(session: Session, now: datetime, recorded_at: datetime | None) -> list[Moved]:
    """The notices that are due; an edition that both began and ended meanwhile gets them one after the other."""
    rows = (
        session.execute(
            select(EditionRow)
            .where(EditionRow.next_notice_at <= now)
            .order_by(EditionRow.next_notice_at, EditionRow.number, EditionRow.edition)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )
    events: list[Event] = []
    for row in rows:
        assert row.next_notice_at is not None, "the query asks for them"
        kind = _notice(row)
        events.append(
            Event(
                kind=kind,
                number=row.number,
                edition=row.edition,
                credential=row.credential_id,
                effective_at=row.next_notice_at,
            )
        )
        row.next_notice_at = notice_after(row, kind)
    session.flush()
    journal.append(session, events, recorded_at=recorded_at)
    moved = zip(events, rows, strict=True)
    return [Moved(kind=event.kind, number=row.number, edition=row.edition) for event, row in moved]


def notice_after(row: EditionRow, kind: Kind) -> datetime | None:
    """When the clock has something to record of an edition after the notice `kind`."""
    return _end(row) if kind is Kind.ACTIVATED else None


def _notice(row: EditionRow) -> Kind:
    if row.next_notice_at == day_start(row.valid_from):
        return Kind.ACTIVATED
    return Kind.SUPERSEDED if row.next_notice_at == row.superseded_from else Kind.EXPIRED


def _end(row: EditionRow) -> datetime:
    end = end_of(row.valid_through)
    return end if row.superseded_from is None else min(end, row.superseded_from)


def _overdue_suspensions(office: Office, now: datetime, recorded_at: datetime | None) -> list[Moved]:
    """Withdraws what was suspended for 90 days: a decision of the programme's rules, effective when recorded."""
    with office.registry.read() as session:
        numbers = (
            session.execute(
                select(CertificateRow.number)
                .join(
                    EditionRow,
                    (EditionRow.number == CertificateRow.number)
                    & (EditionRow.edition == CertificateRow.latest_edition),
                )
                .where(
                    CertificateRow.standing == "suspended",
                    CertificateRow.since <= now - SUSPENSION_CAP,
                    EditionRow.valid_through >= now.date(),
                )
                .order_by(CertificateRow.number)
            )
            .scalars()
            .all()
        )
    moved: list[Moved] = []
    for number in numbers:
        decision = Decision(action=Action.WITHDRAW, reason="suspension-cap", actor=CLOCK)
        try:
            decide(office, number, decision, now=now, recorded_at=recorded_at, by_clock=True)
        except (Conflict, NotAllowed):
            continue  # somebody decided meanwhile; the next round looks again
        moved.append(Moved(kind=Kind.WITHDRAWN, number=number))
    return moved

"""What happened to the events of a watch, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lcert_verifier.report import format_time

from ..refusals import InvalidInput
from ..registry.watch_tables import DeliveryRow, OutboxPlace, OutboxRow, WatchRow
from .events import WatchedEvent, read_events
from .matching import WatchedCertificate, certificates_of
from .watches import find_row, wanted_by

__all__ = ["STATES", "Delivery", "Replayed", "list_deliveries", "list_newest", "replay"]

STATES: Final = ("pending", "delivered", "failed", "listed")
_AT_ONCE: Final = 2_000
"""Events looked at by one call of `replay`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event of a watch and what became of it. `next_at` only while it is pending."""

    event: WatchedEvent
    state: str
    attempts: int
    queued_at: datetime
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            **self.event.to_json(),
            "state": self.state,
            "attempts": self.attempts,
            "queued_at": format_time(self.queued_at),
            "next_at": format_time(self.next_at),
            "last_at": format_time(self.last_at),
            "last_status": self.last_status,
            "last_error": self.last_error,
            "delivered_at": format_time(self.delivered_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`through` is the id of the last event looked at; with `more`, go on after it."""

    queued: int
    through: str | None
    more: bool


def list_deliveries(
    session: Session,
    watch_id: str,
    *,
    base_url: str,
    after: int = 0,
    limit: int,
    state: str | None = None,
) -> list[Delivery]:
    """Events of a watch in order, beyond place `after` of the outbox."""
    query = (
        select(DeliveryRow)
        .where(DeliveryRow.watch_id == watch_id, DeliveryRow.sequence > after)
        .order_by(DeliveryRow.sequence)
        .limit(limit)
    )
    if state is not None:
        query = query.where(DeliveryRow.state == state)
    return _deliveries(session, session.execute(query).scalars().all(), base_url)


def list_newest(session: Session, watch_id: str, *, base_url: str, limit: int) -> list[Delivery]:
    """Events of a watch, newest first."""
    query = (
        select(DeliveryRow)
        .where(DeliveryRow.watch_id == watch_id)
        .order_by(DeliveryRow.sequence.desc())
        .limit(limit)
    )
    return _deliveries(session, session.execute(query).scalars().all(), base_url)


def replay(
    session: Session,
    watch_id: str,
    partner_id: str | None = None,
    *,
    since: datetime | None = None,
    after: str | None = None,
    base_url: str,
    now: datetime,
) -> Replayed:
    """Sends events again, under their old ids: those recorded since an instant, or after the event of an id.

    Events from before the watch are among them, if it wants them. InvalidInput for an event there is not.
    """
    row = find_row(session, watch_id, partner_id, lock=True)
    place = session.execute(select(OutboxPlace.sequence).with_for_update()).scalar_one()
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.sequence > _place_of(session, after),
            OutboxRow.sequence <= place,  # the rest comes by itself
            OutboxRow.number.is_not(None),
        )
        .order_by(OutboxRow.sequence)
        .limit(_AT_ONCE + 1)
    )
    if since is not None:
        query = query.where(OutboxRow.recorded_at >= since)
    if row.numbers:
        query = query.where(OutboxRow.number.in_(row.numbers))
    found = session.execute(query).scalars().all()
    looked_at = found[:_AT_ONCE]
    wanted = wanted_by(row)
    certificates: Mapping[str, WatchedCertificate] = {}
    if wanted.needs_contents:
        numbers = sorted({each.number for each in looked_at if each.number is not None})
        certificates = certificates_of(session, numbers, base_url=base_url, now=now)
    chosen = [
        each
        for each in looked_at
        if each.number is not None and wanted.fits(each.kind, each.number, certificates.get(each.number))
    ]
    _queue(session, row, chosen, now)
    return Replayed(
        queued=len(chosen),
        through=f"evt_{looked_at[-1].event_id}" if looked_at else None,
        more=len(found) > _AT_ONCE,
    )


def _place_of(session: Session, event: str | None) -> int:
    if event is None:
        return 0
    query = select(OutboxRow.sequence).where(OutboxRow.event_id == event.removeprefix("evt_"))
    place = session.execute(query).scalar_one_or_none()
    if place is None:
        raise InvalidInput.at("after", "is not the id of an event")
    return place


def _queue(session: Session, row: WatchRow, chosen: Sequence[OutboxRow], now: datetime) -> None:
    state = "listed" if row.url is None else "pending"
    fresh: dict[str, Any] = {
        "state": state,
        "attempts": 0,
        "queued_at": now,
        "next_at": now,
        "lease": None,
        "lease_until": None,
        "delivered_at": None,
    }
    for start in range(0, len(chosen), 500):
        part = {each.sequence: each.number for each in chosen[start : start + 500]}
        known = select(DeliveryRow.sequence).where(
            DeliveryRow.watch_id == row.id, DeliveryRow.sequence.in_(part)
        )
        there = set(session.execute(known).scalars())
        if there:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.watch_id == row.id, DeliveryRow.sequence.in_(there))
                .values(**fresh)
            )
        new = [
            {"watch_id": row.id, "sequence": sequence, "number": number, **fresh}
            for sequence, number in part.items()
            if sequence not in there
        ]
        if new:
            session.execute(insert(DeliveryRow), new)


def _deliveries(session: Session, rows: Sequence[DeliveryRow], base_url: str) -> list[Delivery]:
    events: dict[int, WatchedEvent] = {}
    for start in range(0, len(rows), 500):
        part = [row.sequence for row in rows[start : start + 500]]
        events |= read_events(session, part, base_url=base_url)
    return [
        Delivery(
            event=events[row.sequence],
            state=row.state,
            attempts=row.attempts,
            queued_at=row.queued_at,
            next_at=row.next_at if row.state == "pending" else None,
            last_at=row.last_at,
            last_status=row.last_status,
            last_error=row.last_error,
            delivered_at=row.delivered_at,
        )
        for row in rows
    ]

"""Hands events of the outbox to the watches that want them, in order, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from ..failpoints import failpoint
from ..registry.session import Registry
from ..registry.watch_tables import DeliveryRow, OutboxPlace, OutboxRow, PartnerRow, WatchRow
from .matching import Wanted, WatchedCertificate, certificates_of
from .watches import wanted_by

__all__ = ["fan_out"]

_BATCH: Final = 500
_LATEST: Final = timedelta(seconds=60)
"""An event that is not published by then is told all the same."""


def fan_out(registry: Registry, *, base_url: str, now: datetime, published: int | None = None) -> int:
    """Makes deliveries of what the outbox holds, and says how many. Safe to call from several workers at once.

    `published`: journal size up to which the site has been published. An event beyond it waits for up to 60 s, so
    that who hears of a change can look it up.
    """
    made = 0
    while True:
        with registry.read() as session:
            place = session.execute(select(OutboxPlace.sequence)).scalar_one()
            rows = _next_events(session, place, now, published)
            if not rows:
                return made
            deliveries = _match(session, rows, base_url, now)
        failpoint("watching.before_fan_out")
        done = _hand_out(registry, place, rows[-1].sequence, deliveries)
        made += done
        failpoint("watching.after_fan_out")


def _next_events(session: Session, place: int, now: datetime, published: int | None) -> list[OutboxRow]:
    query = select(OutboxRow).where(OutboxRow.sequence > place).order_by(OutboxRow.sequence).limit(_BATCH)
    rows: list[OutboxRow] = []
    for row in session.execute(query).scalars():
        waits = published is not None and row.position is not None and row.position >= published
        if waits and now - row.recorded_at < _LATEST:
            break
        rows.append(row)
    return rows


def _match(session: Session, rows: Sequence[OutboxRow], base_url: str, now: datetime) -> list[dict[str, Any]]:
    watches = (
        session.execute(
            select(WatchRow)
            .join(PartnerRow, PartnerRow.id == WatchRow.partner_id)
            .where(PartnerRow.revoked_at.is_(None))
        )
        .scalars()
        .all()
    )
    wanted = [(watch, wanted_by(watch)) for watch in watches]
    certificates = _certificates(session, rows, [each for _, each in wanted], base_url, now)
    return [
        {
            "watch_id": watch.id,
            "sequence": row.sequence,
            "number": row.number,
            "state": "listed" if watch.url is None else "pending",
            "attempts": 0,
            "queued_at": now,
            "next_at": now,
        }
        for row in rows
        if row.number is not None
        for watch, each in wanted
        if row.sequence > watch.after and each.fits(row.kind, row.number, certificates.get(row.number))
    ]


def _certificates(
    session: Session, rows: Sequence[OutboxRow], wanted: Sequence[Wanted], base_url: str, now: datetime
) -> Mapping[str, WatchedCertificate]:
    if not any(each.needs_contents for each in wanted):
        return {}
    numbers = sorted({row.number for row in rows if row.number is not None})
    return certificates_of(session, numbers, base_url=base_url, now=now)


def _hand_out(registry: Registry, place: int, until: int, deliveries: list[dict[str, Any]]) -> int:
    """Writes deliveries and moves on, unless another worker did: then nothing."""
    with registry.write() as session:
        moved = session.execute(
            update(OutboxPlace).where(OutboxPlace.sequence == place).values(sequence=until)
        )
        assert isinstance(moved, CursorResult)
        if moved.rowcount != 1:
            return 0
        ids = {delivery["watch_id"] for delivery in deliveries}
        there = set(
            session.execute(
                select(WatchRow.id).where(WatchRow.id.in_(ids)).with_for_update(read=True)
            ).scalars()
        )
        kept = [delivery for delivery in deliveries if delivery["watch_id"] in there]
        if kept:
            session.execute(insert(DeliveryRow), kept)
        return len(kept)

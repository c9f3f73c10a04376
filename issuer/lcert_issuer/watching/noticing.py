"""Tells of ends that come near: 30 and 7 days before, once each for an edition, unless a renewal follows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..certificate import day_start, end_of
from ..registry import outbox
from ..registry.models import CertificateRow, EditionRow
from ..registry.session import Registry, database_now
from ..registry.watch_tables import AnswerRow, OutboxRow

__all__ = ["notice_expiry"]

_BATCH = 500
_ANSWERS_KEPT = timedelta(days=1)


def notice_expiry(registry: Registry, now: datetime) -> int:
    """Writes what is due at `now` into the outbox and says how many; several at once write each once."""
    with registry.read() as session:
        due = bool(_due(session, now))
        old = session.execute(
            select(AnswerRow.key).where(AnswerRow.created_at < now - _ANSWERS_KEPT).limit(1)
        ).first()
    written = 0
    while due:
        with registry.write() as session:
            outbox.lock_order(session)  # what another worker wrote is seen after this
            some = _due(session, now)
            outbox.add_notices(session, some, now=database_now(session))
        written += len(some)
        due = len(some) == _BATCH
    if old:
        with registry.write() as session:
            session.execute(delete(AnswerRow).where(AnswerRow.created_at < now - _ANSWERS_KEPT))
    return written


def _due(session: Session, now: datetime) -> list[tuple[str, int, str, datetime]]:
    return [found for kind in outbox.EXPIRING for found in _of_kind(session, kind, now)][:_BATCH]


def _of_kind(session: Session, kind: str, now: datetime) -> Iterator[tuple[str, int, str, datetime]]:
    least, most = outbox.EXPIRING[kind]
    today = now.date()
    told = (
        select(OutboxRow.sequence)
        .where(
            OutboxRow.number == EditionRow.number,
            OutboxRow.edition == EditionRow.edition,
            OutboxRow.kind == kind,
        )
        .exists()
    )
    query = (
        select(EditionRow.number, EditionRow.edition, EditionRow.valid_from, EditionRow.valid_through)
        .join(
            CertificateRow,
            (CertificateRow.number == EditionRow.number)
            & (CertificateRow.latest_edition == EditionRow.edition),
        )
        .where(
            CertificateRow.standing.in_(("standing", "suspended")),
            EditionRow.valid_from <= today,
            EditionRow.valid_through.between(today + timedelta(days=least), today + timedelta(days=most)),
            ~told,
        )
        .order_by(EditionRow.valid_through, EditionRow.number)
        .limit(_BATCH)
    )
    for row in session.execute(query):
        reached = end_of(row.valid_through) - timedelta(days=most + 1)
        yield row.number, row.edition, kind, max(reached, day_start(row.valid_from))

"""What an event says: the same bytes at every attempt, made of what never changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_verifier.identity import certificate_url
from lcert_verifier.report import format_time

from ..registry import journal
from ..registry.models import EditionRow, JournalRow
from ..registry.outbox import EVENT_KINDS, PING
from ..registry.watch_tables import OutboxRow

__all__ = ["EVENT_TYPES", "WatchedEvent", "kind_of_type", "read_events", "type_of_kind"]

_PREFIX: Final = "certificate."
EVENT_TYPES: Final = tuple(f"{_PREFIX}{kind}" for kind in EVENT_KINDS)
"""What can be watched for, as events name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedEvent:
    """An event of the outbox. A test has no certificate."""

    sequence: int
    id: str
    """As `webhook-id`: the same for everybody and at every attempt."""
    type: str
    number: str | None
    edition: int | None
    url: str | None
    reason: str | None
    valid_through: date | None
    effective_at: datetime
    recorded_at: datetime
    position: int | None

    def data(self) -> dict[str, Any]:
        members = {
            "number": self.number,
            "edition": self.edition,
            "url": self.url,
            "reason": self.reason,
            "validThrough": self.valid_through.isoformat() if self.valid_through else None,
            "effectiveAt": format_time(self.effective_at),
            "recordedAt": format_time(self.recorded_at),
            "position": self.position,
        }
        return {name: value for name, value in members.items() if value is not None}

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "timestamp": format_time(self.recorded_at),
            "data": self.data(),
        }

    def body(self) -> bytes:
        """The webhook's body."""
        return json.dumps(self.to_json(), separators=(",", ":")).encode()


def type_of_kind(kind: str) -> str:
    return kind if kind == PING else f"{_PREFIX}{kind}"


def kind_of_type(name: str) -> str | None:
    """The kind of an event type; None when there is no such type."""
    kind = name.removeprefix(_PREFIX)
    return kind if name in EVENT_TYPES else None


def read_events(session: Session, sequences: Sequence[int], *, base_url: str) -> dict[int, WatchedEvent]:
    """Events by sequence; at most some hundreds at once."""
    query = (
        select(OutboxRow, JournalRow.entry, EditionRow.valid_through)
        .outerjoin(JournalRow, JournalRow.position == OutboxRow.position)
        .outerjoin(
            EditionRow,
            (EditionRow.number == OutboxRow.number) & (EditionRow.edition == OutboxRow.edition),
        )
        .where(OutboxRow.sequence.in_(sequences))
    )
    found = {}
    for row, entry, valid_through in session.execute(query):
        members = journal.members_of(entry) if entry is not None else {}
        found[row.sequence] = WatchedEvent(
            sequence=row.sequence,
            id=f"evt_{row.event_id}",
            type=type_of_kind(row.kind),
            number=row.number,
            edition=row.edition,
            url=certificate_url(base_url, row.number) if row.number else None,
            reason=members.get("reason"),
            valid_through=valid_through,
            effective_at=row.effective_at,
            recorded_at=row.recorded_at,
            position=row.position,
        )
    return found

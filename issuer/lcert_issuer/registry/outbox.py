"""The outbox: events that somebody may watch for, written in the transaction of the change that makes them.

A certificate's journal entries are events. Two kinds come beside them: an edition replaced by another entry
(`superseded`, where the journal has only that entry), and an end that comes near, which is no fact of the journal.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from .events import Kind, Recorded
from .models import Head
from .session import add_rows
from .watch_tables import OutboxRow

__all__ = [
    "EVENT_KINDS",
    "EXPIRING",
    "PING",
    "add_entries",
    "add_notices",
    "add_ping",
    "add_superseded",
    "key_of_notice",
    "lock_order",
]

EXPIRING: Final[Mapping[str, tuple[int, int]]] = {"expiring_30": (8, 30), "expiring_7": (0, 7)}
"""Kind -> days left, from and to."""
PING: Final = "ping"
EVENT_KINDS: Final = (
    *(kind.value for kind in Kind if kind is not Kind.ABANDONED and not kind.value.startswith("key_")),
    *EXPIRING,
)
"""What may be watched for."""

_OF_AN_ENTRY: Final = (
    "event_id",
    "notice_key",
    "kind",
    "number",
    "edition",
    "position",
    "effective_at",
    "recorded_at",
)


def add_entries(session: Session, entries: Iterable[Mapping[str, Any]]) -> None:
    """Journal entries, as `journal.append` writes them and under its lock."""
    rows = [
        {name: entry[name] for name in _OF_AN_ENTRY}
        for entry in entries
        if entry["number"] is not None and entry["kind"] in EVENT_KINDS
    ]
    add_rows(session, OutboxRow, rows)


def add_superseded(session: Session, replaced: Sequence[tuple[str, int, Recorded]]) -> None:
    """Number and edition of what an entry replaced at once. The transaction holds the journal's head already."""
    rows = [
        {
            "event_id": secrets.token_hex(16),
            "notice_key": key_of_notice(number, edition, Kind.SUPERSEDED.value),
            "kind": Kind.SUPERSEDED.value,
            "number": number,
            "edition": edition,
            "position": place.position,
            "effective_at": place.effective_at,
            "recorded_at": place.recorded_at,
        }
        for number, edition, place in replaced
    ]
    add_rows(session, OutboxRow, rows)


def add_notices(
    session: Session, notices: Sequence[tuple[str, int, str, datetime]], *, now: datetime
) -> None:
    """Number, edition, kind and instant of ends that come near. Call `lock_order` before looking which are new."""
    rows = [
        {
            "event_id": secrets.token_hex(16),
            "notice_key": key_of_notice(number, edition, kind),
            "kind": kind,
            "number": number,
            "edition": edition,
            "effective_at": since,
            "recorded_at": now,
        }
        for number, edition, kind, since in notices
    ]
    add_rows(session, OutboxRow, rows)


def add_ping(session: Session, now: datetime) -> OutboxRow:
    """A test event, for the one watch that its caller gives it to."""
    lock_order(session)
    row = OutboxRow(event_id=secrets.token_hex(16), kind=PING, effective_at=now, recorded_at=now)
    session.add(row)
    session.flush()
    return row


def lock_order(session: Session) -> None:
    """Takes the lock under which sequences are drawn: who draws one later commits later."""
    session.execute(select(Head.id).with_for_update())


def key_of_notice(number: str, edition: int, kind: str) -> str:
    return f"{number}/{edition}:{kind}"

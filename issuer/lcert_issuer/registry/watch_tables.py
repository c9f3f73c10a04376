"""Tables for those who watch: partners and their tokens, what they watch, the outbox of events, and deliveries.

The outbox grows in the transaction of each change. Everything else here is made from it, by whoever asks (`watching`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .models import Base

__all__ = [
    "AnswerRow",
    "ApiTokenRow",
    "DeliveryRow",
    "OutboxPlace",
    "OutboxRow",
    "PartnerRow",
    "WatchRow",
]

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER key counts by itself on SQLite
_PENDING = text("state = 'pending'")


class PartnerRow(Base):
    """Somebody who may watch. A revoked partner's tokens are refused and nothing is sent to it."""

    __tablename__ = "partner"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiTokenRow(Base):
    """A token's public beginning and the SHA-256 of the whole. The token itself is told once and kept nowhere."""

    __tablename__ = "api_token"
    prefix: Mapped[str] = mapped_column(String(16), primary_key=True)
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class WatchRow(Base):
    """What a partner wants to hear about, and where. Certificates by number, or by what they say."""

    __tablename__ = "watch"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    numbers: Mapped[list[str]] = mapped_column(JSON)
    """Empty: by `criteria`."""
    criteria: Mapped[dict[str, Any]]
    """Filter name -> value, all of which must fit; empty and no numbers: every certificate."""
    kinds: Mapped[list[str]] = mapped_column(JSON)
    url: Mapped[str | None] = mapped_column(Text)
    """None: events are only listed."""
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[datetime | None]
    """Until then deliveries are signed with both secrets."""
    created_at: Mapped[datetime]
    after: Mapped[int] = mapped_column(BigInteger)
    """Events beyond this place of the outbox are its own; earlier ones only by replay."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, of whatever event."""
    failing_since: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    """Nothing is sent before this: the receiver failed a moment ago."""
    disabled_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    """Why it was disabled."""


class OutboxRow(Base):
    """An event somebody may watch for. Sequences grow in the order of commits: they are drawn under the head's lock."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_number", "number", "sequence"),)
    sequence: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    """The same whatever the retries: that of the journal entry, where there is one of its own."""
    notice_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    """`number/edition:kind` of what follows from dates, so that it is told once whoever comes first."""
    kind: Mapped[str] = mapped_column(String(32))
    number: Mapped[str | None] = mapped_column(String(32))
    """None for a test, which belongs to no certificate."""
    edition: Mapped[int | None]
    position: Mapped[int | None] = mapped_column(BigInteger)
    """Of the journal entry that it comes from."""
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)


class OutboxPlace(Base):
    """Up to where events were handed to the watches. One row (id 1)."""

    __tablename__ = "outbox_place"
    __table_args__ = (CheckConstraint("id = 1", name="one_outbox_place"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)


class DeliveryRow(Base):
    """One event for one watch: to be sent, sent, given up, or only listed."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed', 'listed')", name="delivery_state"),
        CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="delivery_lease"),
        Index("delivery_due", "watch_id", "next_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index(
            "delivery_order",
            "watch_id",
            "number",
            "sequence",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )
    watch_id: Mapped[str] = mapped_column(ForeignKey("watch.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(ForeignKey("outbox.sequence"), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(32))
    """Who is sending it just now; a lease that ran out is somebody's who was killed."""
    lease_until: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What was answered to a request that named an Idempotency-Key, for a day."""

    __tablename__ = "api_answer"
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    """SHA-256 of method, address and body."""
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)

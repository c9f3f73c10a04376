"""Tables of the registry. Journal and token store are append-only: triggers refuse update and delete.

Instants are aware UTC, kept as microseconds since 1970 (`Instant`), so that both databases order and compare them
alike; calendar dates are dates. Everything in the journal is public; names of people and holders are only in
`payload`, `certificate` and `edition`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = [
    "ENDED",
    "Audit",
    "AuditHead",
    "Base",
    "CertificateRow",
    "CriteriaRow",
    "EditionRow",
    "Head",
    "Heartbeat",
    "Instant",
    "Intent",
    "JournalNode",
    "JournalRow",
    "KeyRow",
    "MisuseReport",
    "OnceRow",
    "PayloadRow",
    "PublishedFile",
    "Setting",
    "StatusListRow",
    "StatusSlot",
    "TokenRow",
    "TrustRow",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FREE = text("NOT taken")
_ABANDONED = text("state = 'abandoned'")
ENDED = text("(withdrawn_at IS NOT NULL OR superseded_from IS NOT NULL OR suspended_from IS NOT NULL)")
"""Editions whose status may be another than valid; queries that say exactly this are answered by `edition_ended`."""
_REPLACED = text("superseded_from IS NOT NULL")
_ERASED = text("erased_at IS NOT NULL")


class Instant(TypeDecorator[datetime]):
    """Aware UTC datetime <-> microseconds since 1970 in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=int(value))


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pk",
            "ix": "%(table_name)s_%(column_0_name)s",
            "uq": "%(table_name)s_%(column_0_name)s_unique",
            "fk": "%(table_name)s_%(column_0_name)s_fk",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        date: Date,
        dict[str, Any]: JSON,
        bytes: LargeBinary,
        str: String,
    }


class Setting(Base):
    """What `init` fixed: base_url, name, policy, ... One row a name."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Head(Base):
    """The journal's head, one row (id 1). Locked as the last step of every append."""

    __tablename__ = "head"
    __table_args__ = (CheckConstraint("id = 1", name="one_head"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes]
    frontier: Mapped[bytes]
    """Hashes of the perfect subtrees on the right edge, largest first, 32 bytes each."""
    recorded_at: Mapped[datetime]
    published: Mapped[bool] = mapped_column(default=False)
    """True once any publication was made: from then on `recorded_at` comes from the database clock only."""


class JournalRow(Base):
    __tablename__ = "journal"
    __table_args__ = (Index("journal_number", "number", "position"),)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Dense, from 0."""
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    notice_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    """`number/edition:kind` of a notice (what the clock moves), so that it is recorded once whoever comes first."""
    kind: Mapped[str] = mapped_column(String(32))
    number: Mapped[str | None] = mapped_column(String(32))
    edition: Mapped[int | None]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    entry: Mapped[bytes]
    """RFC 8785 JSON, the leaf of the Merkle tree."""
    leaf_hash: Mapped[bytes]


class JournalNode(Base):
    """Inner hashes of complete tiles (C2SP tlog-tiles), so that proofs and tiles never rehash the journal."""

    __tablename__ = "journal_node"
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Tree level of the node: 8, 16, ... (a whole tile of 256 nodes eight levels below)."""
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class PayloadRow(Base):
    """The private side of a journal entry; erasing `body` leaves the journal verifiable."""

    __tablename__ = "payload"
    __table_args__ = (Index("payload_erased", "erased_at", sqlite_where=_ERASED, postgresql_where=_ERASED),)
    event_id: Mapped[str] = mapped_column(ForeignKey("journal.event_id"), primary_key=True)
    salt: Mapped[bytes]
    body: Mapped[str | None] = mapped_column(Text)
    """RFC 8785 JSON; None once erased, or lost: when an entry was replayed from what is published."""
    erased_at: Mapped[datetime | None]
    """When it was erased; the salt went with it, so that nobody can try bodies against the entry's digest."""


class TokenRow(Base):
    __tablename__ = "token"
    __table_args__ = (UniqueConstraint("credential_id", "securing", name="one_token_per_securing"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hex SHA-256 of `header.payload`."""
    credential_id: Mapped[str] = mapped_column(String(512))
    securing: Mapped[str] = mapped_column(String(16))
    kid: Mapped[str] = mapped_column(String(512), index=True)
    token: Mapped[str] = mapped_column(Text)


class CertificateRow(Base):
    """The standing grant. `version` grows with every change (optimistic concurrency)."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint(
            "standing IN ('standing', 'suspended', 'withdrawn', 'terminated')", name="certificate_standing"
        ),
        UniqueConstraint("year", "serial", name="certificate_year_serial"),
        Index("certificate_standing_since", "standing", "since"),
        Index("certificate_standing_number", "standing", "year", "serial"),
    )
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    year: Mapped[int]
    serial: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    standing: Mapped[str] = mapped_column(String(16), default="standing")
    """What people decided; scheduled, active and expired follow from dates."""
    since: Mapped[datetime | None]
    """When the present standing took effect (suspended, withdrawn, terminated)."""
    reason: Mapped[str | None] = mapped_column(String(64))
    ab_initio: Mapped[bool] = mapped_column(default=False)
    first_granted_on: Mapped[date]
    latest_edition: Mapped[int] = mapped_column(default=0)
    """Highest committed edition."""


class EditionRow(Base):
    """One committed edition, with what the directory searches. `claims` is the canonical credential's payload."""

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("list_number", "list_index", name="edition_status_index"),
        Index("edition_holder", "holder_name"),
        Index("edition_validity", "valid_from", "valid_through"),
        Index("edition_ends", "valid_through"),
        Index("edition_position", "issued_position"),
        Index("edition_next_notice", "next_notice_at"),
        Index(
            "edition_ended",
            "list_number",
            "list_index",
            "withdrawn_at",
            "superseded_from",
            "suspended_from",
            sqlite_where=ENDED,
            postgresql_where=ENDED,
        ),
        Index(
            "edition_superseded",
            "superseded_from",
            "list_number",
            sqlite_where=_REPLACED,
            postgresql_where=_REPLACED,
        ),
    )
    number: Mapped[str] = mapped_column(ForeignKey("certificate.number"), primary_key=True)
    edition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    credential_id: Mapped[str] = mapped_column(String(512), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    """issued, renewed, rescoped, corrected, rekeyed or appealed."""
    list_number: Mapped[int]
    list_index: Mapped[int]
    kid: Mapped[str] = mapped_column(String(512), index=True)
    valid_from: Mapped[date]
    valid_through: Mapped[date]
    superseded_from: Mapped[datetime | None]
    """When the next edition takes over; None while there is none."""
    withdrawn_at: Mapped[datetime | None]
    """When this edition's status turned 1 for ever, also when a later edition revives the certificate on appeal."""
    suspended_from: Mapped[datetime | None]
    """Since when the certificate is suspended, while it is: a status list is derived from its own entries."""
    next_notice_at: Mapped[datetime | None]
    """When the clock next has something to record: it starts, is superseded by a renewal, or expires."""
    holder_name: Mapped[str] = mapped_column(String(400))
    domains: Mapped[str] = mapped_column(Text)
    """Space before, between and after the names, lower case; `modalities` and `bases` likewise."""
    search_text: Mapped[str] = mapped_column(Text)
    """Case-folded names, domains, products and identifiers for the directory's search."""
    level: Mapped[str] = mapped_column(String(16))
    modalities: Mapped[str] = mapped_column(String(128))
    bases: Mapped[str] = mapped_column(String(128))
    claims: Mapped[dict[str, Any]]
    issued_position: Mapped[int] = mapped_column(BigInteger)


class Intent(Base):
    """A reserved number, edition and status index while tokens are being signed outside the transaction."""

    __tablename__ = "intent"
    __table_args__ = (
        UniqueConstraint("number", "edition", name="intent_edition"),
        UniqueConstraint("list_number", "list_index", name="intent_status_index"),
        CheckConstraint("state IN ('open', 'committed', 'abandoned')", name="intent_state"),
        Index("intent_open", "state", "lease_until"),
        Index("intent_year_serial", "year", "serial"),
        Index("intent_abandoned", "list_number", sqlite_where=_ABANDONED, postgresql_where=_ABANDONED),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    year: Mapped[int]
    serial: Mapped[int]
    edition: Mapped[int]
    credential_id: Mapped[str] = mapped_column(String(512), unique=True)
    claims_digest: Mapped[str] = mapped_column(String(64))
    list_number: Mapped[int]
    list_index: Mapped[int]
    certificate_version: Mapped[int]
    """Version of the certificate row this edition was prepared against; 0 for a new certificate."""
    state: Mapped[str] = mapped_column(String(16), default="open")
    lease_until: Mapped[datetime]


class StatusListRow(Base):
    __tablename__ = "status_list"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime]


class StatusSlot(Base):
    """Pre-shuffled indices: `ordinal` is the order in which they are drawn. A taken slot is never given back."""

    __tablename__ = "status_slot"
    __table_args__ = (
        Index("status_slot_free", "list_number", "ordinal", sqlite_where=_FREE, postgresql_where=_FREE),
    )
    list_number: Mapped[int] = mapped_column(ForeignKey("status_list.number"), primary_key=True)
    list_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ordinal: Mapped[int]
    taken: Mapped[bool] = mapped_column(default=False)


class KeyRow(Base):
    __tablename__ = "key"
    __table_args__ = (
        CheckConstraint("purpose IN ('root', 'issuer', 'status', 'log')", name="key_purpose"),
        CheckConstraint("state IN ('staged', 'active', 'retired', 'compromised')", name="key_state"),
    )
    kid: Mapped[str] = mapped_column(String(512), primary_key=True)
    thumbprint: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    alg: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    jwk: Mapped[dict[str, Any]]
    signer_uri: Mapped[str] = mapped_column(Text)
    staged_at: Mapped[datetime]
    promoted_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]
    compromised_since: Mapped[int | None] = mapped_column(BigInteger)
    """Journal position N of `compromise KID --since N`: what is proven before N stands."""
    compromised_size: Mapped[int | None] = mapped_column(BigInteger)
    compromised_root: Mapped[bytes | None]
    """Tree head against which the proofs for `compromised_since` are made."""


class TrustRow(Base):
    """Every signed trust statement, newest version last."""

    __tablename__ = "trust"
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


class CriteriaRow(Base):
    __tablename__ = "criteria"
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """`sha256-` and the base64url SHA-256 of the text, as credentials quote it."""
    text: Mapped[str] = mapped_column(Text)
    in_force_from: Mapped[date]


class Audit(Base):
    """Refusals, operator commands and other events that are not public facts. Append-only, and chained by digests."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str | None] = mapped_column(String(512))
    outcome: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    """Hex SHA-256 of the digest before it and of this row (see `registry.auditing`)."""


class AuditHead(Base):
    """The end of the audit log's chain, one row (id 1). Locked after the journal's head when both are needed."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_audit_head"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))


class OnceRow(Base):
    """What a request with an idempotency key brought, written in the transaction of the change itself."""

    __tablename__ = "once"
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    """Hex SHA-256 of what was asked for."""
    answer: Mapped[list[Any]] = mapped_column(JSON)
    """[number, edition] of every edition it issued; [kid] of the key it staged."""
    at: Mapped[datetime]


class PublishedFile(Base):
    """Digest of every published file that nothing signed vouches for, so that `doctor` finds any changed byte."""

    __tablename__ = "published_file"
    path: Mapped[str] = mapped_column(String(512), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class Heartbeat(Base):
    """When a program that should always run last finished its round."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]


class MisuseReport(Base):
    """What somebody reported about the mark. Only resolving changes a row: it adds a note and erases the contact."""

    __tablename__ = "misuse_report"
    __table_args__ = (
        CheckConstraint("(resolved_at IS NULL) = (note IS NULL)", name="misuse_report_resolution"),
        CheckConstraint("resolved_at IS NULL OR contact IS NULL", name="misuse_report_contact_erased"),
        Index("misuse_report_received", "received_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random: it is told to the reporter as a reference."""
    received_at: Mapped[datetime]
    number: Mapped[str | None] = mapped_column(String(32))
    """The certificate whose page it came from; no foreign key, because a mark may name one that never was."""
    kind: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(String(400))
    language: Mapped[str] = mapped_column(String(16))
    resolved_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)

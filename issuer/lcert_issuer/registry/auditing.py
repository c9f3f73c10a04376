"""The audit log: who did what, and who was refused. One row a note, chained, so that a changed row shows.

A row's digest covers the digest of the row before it. `audit_head` keeps the end of the chain, so that rows cut off
the end are missed too. Whoever can rewrite every row and the head leaves no trace in the database; so each publication
keeps the end of the chain outside of it, beside the high-water mark (see `anchors`): rows up to there cannot change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from ..refusals import RegistryUnavailable
from .canonical import canonical_json
from .models import Audit, AuditHead
from .session import add_rows, fetch

__all__ = [
    "EMPTY_DIGEST",
    "LogEnd",
    "Note",
    "chain_faults",
    "extends",
    "log_end",
    "note",
    "recent",
    "row_digest",
]

EMPTY_DIGEST: Final = hashlib.sha256(b"").hexdigest()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = select(AuditHead.size, AuditHead.last_id, AuditHead.digest)
_HEAD: Final = _END.with_for_update()
_ROW: Final = select(Audit.digest).where(Audit.id == bindparam("of"))
_MOVE_HEAD: Final = update(cast(Table, AuditHead.__table__))
_LENGTHS: Final = {"actor": 128, "action": 64, "target": 512, "detail": 4_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody did (`done`) or wanted (`refused`). Too long texts are cut."""

    at: datetime
    actor: str
    action: str
    target: str | None
    outcome: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """Where the log ended at some time: after `size` rows, of which the last has this id and digest."""

    size: int
    last_id: int
    digest: str


def log_end(session: Session) -> LogEnd | None:
    """The end of the log as this transaction sees it; None when it is missing."""
    head = fetch(session, _END).one_or_none()
    return None if head is None else LogEnd(size=head.size, last_id=head.last_id, digest=head.digest)


def extends(session: Session, earlier: LogEnd) -> bool:
    """Whether the log goes on from where it ended `earlier`; of rows before that, the chain alone tells."""
    end = log_end(session)
    if end is None or end.size < earlier.size:
        return False
    if earlier.size == 0:
        return True
    kept: str | None = fetch(session, _ROW, {"of": earlier.last_id}).scalar_one_or_none()
    return kept == earlier.digest


def row_digest(before: str, *, at: int | datetime, **row: Any) -> str:
    """Hex SHA-256 of the digest `before` and a row's columns as RFC 8785 JSON; `at` in microseconds since 1970."""
    micros = (at - _EPOCH) // timedelta(microseconds=1) if isinstance(at, datetime) else at
    members = {name: value for name, value in row.items() if value is not None}
    return hashlib.sha256(canonical_json({"before": before, "at": str(micros), **members})).hexdigest()


def note(session: Session, notes: Sequence[Note]) -> None:
    """Appends to the log, in the transaction of what it tells. Call it after the journal's `append`."""
    if not notes:
        return
    session.flush()
    head = fetch(session, _HEAD).one_or_none()
    if head is None:
        raise RegistryUnavailable("the audit log has no end: run `lcert doctor`", code="audit_damaged")
    digest, rows = head.digest, []
    for number, item in enumerate(notes, start=head.last_id + 1):
        row = {
            "id": number,
            "actor": _cut("actor", item.actor),
            "action": _cut("action", item.action),
            "target": _cut("target", item.target),
            "outcome": item.outcome,
            "detail": _cut("detail", item.detail),
        }
        digest = row_digest(digest, at=item.at, **row)
        rows.append({**row, "at": item.at, "digest": digest})
    add_rows(session, Audit, rows)
    fetch(
        session,
        _MOVE_HEAD,
        {"size": head.size + len(rows), "last_id": head.last_id + len(rows), "digest": digest},
    )


def chain_faults(session: Session) -> Iterator[str]:
    """What is wrong with the log, in words; nothing when every row is as it was written and none is missing."""
    head = session.execute(select(AuditHead.size, AuditHead.last_id, AuditHead.digest)).one_or_none()
    if head is None:
        yield "the end of the audit log is missing"
        return
    digest, size, last_id = EMPTY_DIGEST, 0, 0
    columns = (Audit.id, Audit.at, Audit.actor, Audit.action, Audit.target, Audit.outcome, Audit.detail)
    query = select(*columns, Audit.digest.label("kept")).order_by(Audit.id)
    for row in session.execute(query.execution_options(yield_per=1000)):
        members = dict(row._mapping)
        kept = members.pop("kept")
        digest = row_digest(digest, **members)
        if digest != kept:
            yield f"row {row.id} of the audit log was changed, or one before it removed"
            return
        size, last_id = size + 1, row.id
    if (size, last_id, digest) != (head.size, head.last_id, head.digest):
        yield f"the audit log has {size} rows, but {head.size} were written: its end was changed"


def recent(
    session: Session, *, actor: str | None = None, target: str | None = None, limit: int | None = None
) -> list[Audit]:
    """The newest notes, oldest first; of one actor, or about one certificate and its editions, when told."""
    query = select(Audit).order_by(Audit.id.desc())
    if actor is not None:
        query = query.where(Audit.actor == actor)
    if target is not None:
        query = query.where((Audit.target == target) | Audit.target.startswith(f"{target}/", autoescape=True))
    if limit is not None:
        query = query.limit(limit)
    return list(session.execute(query).scalars())[::-1]


def _cut(column: str, text: str | None) -> str | None:
    return text[: _LENGTHS[column]] if text else None

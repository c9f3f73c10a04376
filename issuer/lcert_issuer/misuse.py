"""Reports of misuse that the public sends: filed, counted, listed, resolved. What was written is never changed.

They are no part of the journal: nothing about a certificate follows from a report until somebody decides.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .refusals import Conflict, InvalidInput, NotAllowed, NotFound
from .registry.models import MisuseReport

__all__ = [
    "KINDS",
    "MOST_IN_AN_HOUR",
    "Filed",
    "Tally",
    "file_report",
    "list_reports",
    "resolve_report",
    "tally_reports",
]

KINDS: Final = ("copied-badge", "not-covered", "altered", "no-certificate", "data", "other")
MOST_IN_AN_HOUR: Final = 60
"""From everybody together: what one person can read."""
_ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"
_LIMITS: Final = {"place": 500, "text": 4000, "contact": 200, "note": 2000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report as it was filed. `number` is the certificate it is about, if it names one."""

    id: str
    received_at: datetime
    number: str | None
    kind: str
    place: str
    text: str
    contact: str | None
    """How to ask the reporter; erased when the report is resolved."""
    language: str
    resolved_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    received: int
    resolved: int

    @property
    def open(self) -> int:
        return self.received - self.resolved


def file_report(
    session: Session,
    *,
    number: str | None,
    kind: str,
    place: str,
    text: str,
    contact: str | None = None,
    language: str = "en",
    now: datetime,
) -> str:
    """Files a report and gives its reference. NotAllowed when too many came within the hour; InvalidInput."""
    if kind not in KINDS:
        raise InvalidInput.at("kind", "is not a kind of report")
    for name, value in (("place", place), ("text", text), ("contact", contact or "")):
        if len(value) > _LIMITS[name] or "\0" in value or (name != "contact" and not value.strip()):
            raise InvalidInput.at(name, f"takes 1 to {_LIMITS[name]} characters")
    recent = select(func.count()).where(MisuseReport.received_at > now - timedelta(hours=1))
    if session.execute(recent).scalar_one() >= MOST_IN_AN_HOUR:
        raise NotAllowed("too many reports came within the hour", code="too_many")
    reference = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    session.add(
        MisuseReport(
            id=reference,
            received_at=now,
            number=number,
            kind=kind,
            place=place.strip(),
            text=text.strip(),
            contact=(contact or "").strip() or None,
            language=language,
        )
    )
    session.flush()
    return reference


def list_reports(session: Session, *, resolved: bool = False, limit: int = 1000) -> list[Filed]:
    """Open reports, oldest first; the resolved ones, newest first, when asked for."""
    query = select(MisuseReport).limit(limit)
    if resolved:
        query = query.where(MisuseReport.resolved_at.is_not(None)).order_by(MisuseReport.resolved_at.desc())
    else:
        query = query.where(MisuseReport.resolved_at.is_(None)).order_by(MisuseReport.received_at)
    return [_filed(row) for row in session.execute(query).scalars()]


def resolve_report(session: Session, reference: str, *, note: str, now: datetime) -> Filed:
    """Closes a report with a note on what was done, and erases the contact. NotFound, Conflict, InvalidInput."""
    if not note.strip() or len(note) > _LIMITS["note"]:
        raise InvalidInput.at("note", f"takes 1 to {_LIMITS['note']} characters")
    row = session.get(MisuseReport, reference, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no report {reference}; `lcert misuse list` shows the open ones")
    if row.resolved_at is not None:
        raise Conflict(f"report {reference} is closed already: {row.note}")
    row.resolved_at, row.note, row.contact = now, note.strip(), None
    session.flush()
    return _filed(row)


def tally_reports(session: Session) -> Tally:
    received, resolved = session.execute(
        select(func.count(), func.count(MisuseReport.resolved_at)).select_from(MisuseReport)
    ).one()
    return Tally(received=received, resolved=resolved)


def _filed(row: MisuseReport) -> Filed:
    return Filed(
        id=row.id,
        received_at=row.received_at,
        number=row.number,
        kind=row.kind,
        place=row.place,
        text=row.text,
        contact=row.contact,
        language=row.language,
        resolved_at=row.resolved_at,
        note=row.note,
    )

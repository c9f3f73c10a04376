"""Erasing what is private about a certificate: the journal's entries stay and verify, their private side is gone.

The salt goes with the body, so that nobody can try names against the digest in the entry. What is public (the signed
tokens, the record, the journal) is not touched: others hold copies, and it is what the certificate is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from .office import Office, audit
from .refusals import NotFound
from .registry.models import JournalRow, PayloadRow

__all__ = ["ERASING", "Erased", "erase_private"]

ERASING: Final = "erase"
"""The action by which the audit log knows an erasure: a payload is erased when a row of it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`entries`: how many had something to erase; 0 when it was done before."""

    number: str
    entries: int
    at: datetime


def erase_private(office: Office, number: str, *, actor: str, reason: str | None = None) -> Erased:
    """Erases the private side of every entry about a certificate. NotFound when the journal names no such number."""
    at = office.clock()

    def erase() -> Erased:
        with office.registry.write() as session:
            ids = list(
                session.execute(
                    select(JournalRow.event_id)
                    .where(JournalRow.number == number)
                    .order_by(JournalRow.position)
                ).scalars()
            )
            if not ids:
                raise NotFound(f"there is no certificate {number}")
            done = 0
            for event_id in ids:
                changed = session.execute(
                    update(PayloadRow)
                    .where(PayloadRow.event_id == event_id, PayloadRow.body.is_not(None))
                    .values(body=None, salt=b"", erased_at=at)
                    .execution_options(synchronize_session=False)
                )
                done += changed.rowcount  # type: ignore[attr-defined]
            audit(
                session,
                at=at,
                actor=actor,
                action=ERASING,
                target=number,
                outcome="done",
                detail=f"{done} entries" + (f": {reason}" if reason else ""),
            )
            return Erased(number=number, entries=done, at=at)

    return office.registry.again(erase)

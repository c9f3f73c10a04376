"""What a publication asks of the whole registry: finished status lists, and what editions say that are not in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from .registry import journal
from .registry.models import CertificateRow, EditionRow, Intent, StatusListRow, StatusSlot
from .registry.session import fetch

__all__ = ["finished_lists", "other_editions"]

_FREE: Final = select(StatusSlot.list_number).where(
    StatusSlot.list_number == StatusListRow.number, text("NOT taken")
)
_ISSUING: Final = select(Intent.list_number).where(Intent.state == "open")
_LASTING: Final = select(EditionRow.list_number).where(
    EditionRow.list_number == StatusListRow.number, EditionRow.valid_through >= bindparam("today")
)
_FINISHED: Final = select(StatusListRow.number).where(
    StatusListRow.number.in_(bindparam("numbers", expanding=True)),
    ~_FREE.exists(),
    StatusListRow.number.not_in(_ISSUING),
    ~_LASTING.exists(),
)


def other_editions(session: Session, now: datetime) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Number, edition and claims of every edition that is not in force at `now`, in order."""
    at = max(now, journal.head(session).recorded_at)
    query = (
        select(EditionRow.number, EditionRow.edition, EditionRow.superseded_from, EditionRow.claims)
        .join(CertificateRow, CertificateRow.number == EditionRow.number)
        .where(CertificateRow.latest_edition > 1)
        .order_by(EditionRow.number, EditionRow.edition)
    )
    in_force: dict[str, int] = {}
    for row in session.execute(query.execution_options(yield_per=400)):
        if row.superseded_from is None or row.superseded_from > at:
            in_force.setdefault(row.number, row.edition)
        if in_force.get(row.number) != row.edition:
            yield row.number, row.edition, row.claims


def finished_lists(session: Session, now: datetime, numbers: Sequence[int]) -> set[int]:
    """Those of the lists that no edition can be added to and whose every edition has expired at `now`."""
    return set(fetch(session, _FINISHED, {"numbers": list(numbers), "today": now.date()}).scalars())

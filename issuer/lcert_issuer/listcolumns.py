"""Status lists out of the registry, each from the index entries of its own: what other lists hold costs nothing.

`certificate.edition_status` is the rule; here it is put into SQL, and a test holds both equal. A full publication
derives every list by the rule itself (`readmodel.statuses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Text, case, cast, func, literal, select
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

from .registry import journal
from .registry.models import ENDED, EditionRow, Intent

__all__ = ["derive_list", "lists_of", "lists_superseded_between"]

_PIECE: Final = 400
"""Numbers in one statement: SQLite limits its variables."""


def derive_list(session: Session, number: int, now: datetime) -> bytes:
    """One byte an entry of list `number`. ValueError when an index is outside of the list, or has two editions."""
    at = max(now, journal.head(session).recorded_at)
    value = case(
        (EditionRow.withdrawn_at <= at, StatusValue.INVALID.value),
        (EditionRow.superseded_from <= at, StatusValue.SUPERSEDED.value),
        (EditionRow.suspended_from <= at, StatusValue.SUSPENDED.value),
        else_=StatusValue.VALID.value,
    )
    index = cast(EditionRow.list_index, Text)
    said = [
        func.aggregate_strings(case((value == literal(one.value), index)), ",")
        for one in (StatusValue.INVALID, StatusValue.SUPERSEDED, StatusValue.SUSPENDED)
    ]
    found = session.execute(select(*said).where(EditionRow.list_number == number, ENDED)).one()
    abandoned = select(func.aggregate_strings(cast(Intent.list_index, Text), ",")).where(
        Intent.list_number == number, Intent.state == "abandoned"
    )
    columns = (
        (StatusValue.INVALID, found[0]),
        (StatusValue.SUPERSEDED, found[1]),
        (StatusValue.SUSPENDED, found[2]),
        (StatusValue.INVALID, session.execute(abandoned).scalar_one()),
    )
    values, count = bytearray(LIST_ENTRIES), 0
    for status, text in columns:
        indices = [int(word) for word in text.split(",")] if text else []
        if indices and not 0 <= min(indices) <= max(indices) < LIST_ENTRIES:
            raise ValueError(f"status list {number} has an index outside of it")
        count += len(indices)
        value_of = status.value
        for position in indices:
            values[position] = value_of
    if LIST_ENTRIES - values.count(StatusValue.VALID.value) != count:
        raise ValueError(f"status list {number} has an index twice")
    return bytes(values)


def lists_of(session: Session, numbers: Sequence[str]) -> set[int]:
    """Lists with an index of these certificates, or of an issue of theirs that was abandoned."""
    found: set[int] = set()
    for start in range(0, len(numbers), _PIECE):
        some = numbers[start : start + _PIECE]
        for model in (EditionRow, Intent):
            query = select(model.list_number).where(model.number.in_(some)).distinct()
            found.update(session.execute(query).scalars())
    return found


def lists_superseded_between(session: Session, after: datetime, until: datetime) -> set[int]:
    """Lists that time alone has changed: one of their editions was superseded in (after, until]."""
    query = (
        select(EditionRow.list_number)
        .where(EditionRow.superseded_from > after, EditionRow.superseded_from <= until)
        .distinct()
    )
    return set(session.execute(query).scalars())

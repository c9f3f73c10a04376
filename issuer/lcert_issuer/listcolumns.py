"""Status lists out of the registry, each from the index entries of its own: what other lists hold costs nothing.

`certificate.edition_status` is the rule; here it is put into SQL, and a test holds both equal. A full publication
derives every list by the rule itself (`readmodel.statuses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

from .registry import journal
from .registry.models import ENDED, EditionRow, Instant, Intent
from .registry.session import fetch

__all__ = ["changed_entries", "count_ended", "derive_list", "lists_of", "lists_superseded_between"]

_PIECE: Final = 400
"""Numbers in one statement: SQLite limits its variables."""
_LIST: Final[BindParameter[Any]] = bindparam("of")
_AT: Final = bindparam("at", type_=Instant)
_AFTER: Final = bindparam("after", type_=Instant)
_UNTIL: Final = bindparam("until", type_=Instant)
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_VALUE: Final = case(
    (EditionRow.withdrawn_at <= _AT, StatusValue.INVALID.value),
    (EditionRow.superseded_from <= _AT, StatusValue.SUPERSEDED.value),
    (EditionRow.suspended_from <= _AT, StatusValue.SUSPENDED.value),
    else_=StatusValue.VALID.value,
)
_SAYS: Final[Sequence[ColumnElement[bool]]] = tuple(
    literal(one.value) == _VALUE
    for one in (StatusValue.INVALID, StatusValue.SUSPENDED, StatusValue.SUPERSEDED)
)
_INDEX: Final = cast(EditionRow.list_index, Text)
_SAID: Final[Any] = select(*(func.aggregate_strings(case((says, _INDEX)), ",") for says in _SAYS)).where(
    EditionRow.list_number == _LIST, ENDED
)
_COUNTS: Final[Any] = select(*(func.sum(case((says, 1), else_=0)) for says in _SAYS)).where(
    EditionRow.list_number == _LIST, ENDED
)
_ABANDONED: Final = select(func.aggregate_strings(cast(Intent.list_index, Text), ",")).where(
    Intent.list_number == _LIST, Intent.state == "abandoned"
)
_COUNT_ABANDONED: Final = select(func.count()).where(Intent.list_number == _LIST, Intent.state == "abandoned")
# By certificate and by time alone, not by list too: a planner may take the list, which has a hundred thousand.
_ABANDONED_OF: Final = select(Intent.list_number, Intent.list_index).where(
    Intent.number.in_(_NUMBERS), Intent.state == "abandoned"
)
_LISTS_OF: Final = tuple(
    select(model.list_number).where(model.number.in_(_NUMBERS)).distinct() for model in (EditionRow, Intent)
)
_MOVED: Final = (EditionRow.superseded_from > _AFTER, EditionRow.superseded_from <= _UNTIL)
_MOVED_LISTS: Final = select(EditionRow.list_number).where(*_MOVED).distinct()
_ENTRIES: Final[Any] = select(
    EditionRow.list_number,
    EditionRow.list_index,
    EditionRow.withdrawn_at,
    EditionRow.superseded_from,
    EditionRow.suspended_from,
)
_ENTRIES_OF: Final = _ENTRIES.where(EditionRow.number.in_(_NUMBERS))
_ENTRIES_MOVED: Final = _ENTRIES.where(*_MOVED)


def derive_list(session: Session, number: int, now: datetime) -> bytes:
    """One byte an entry of list `number`. ValueError when an index is outside of the list, or has two editions."""
    at = max(now, journal.head(session).recorded_at)
    found: Row[Any] = fetch(session, _SAID, {"of": number, "at": at}).one()
    columns = (
        *zip((StatusValue.INVALID, StatusValue.SUSPENDED, StatusValue.SUPERSEDED), found, strict=True),
        (StatusValue.INVALID, fetch(session, _ABANDONED, {"of": number}).scalar_one()),
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
        for query in _LISTS_OF:
            found.update(fetch(session, query, {"numbers": some}).scalars())
    return found


def lists_superseded_between(session: Session, after: datetime, until: datetime) -> set[int]:
    """Lists that time alone has changed: one of their editions was superseded in (after, until]."""
    return set(fetch(session, _MOVED_LISTS, {"after": after, "until": until}).scalars())


def changed_entries(
    session: Session, number: int, numbers: Sequence[str], *, after: datetime, at: datetime
) -> dict[int, StatusValue] | None:
    """What the entries of list `number` say at `at` that these certificates or the time since `after` changed.

    None for more certificates than are worth asking for one by one.
    """
    if len(numbers) > _PIECE:
        return None
    some = {"numbers": list(numbers)}
    rows = [
        *fetch(session, _ENTRIES_OF, some),
        *fetch(session, _ENTRIES_MOVED, {"after": after, "until": at}),
    ]
    changed = {row.list_index: _value(row, at) for row in rows if row.list_number == number}
    for row in fetch(session, _ABANDONED_OF, some):
        if row.list_number == number:
            changed[row.list_index] = StatusValue.INVALID
    return changed


def count_ended(session: Session, number: int, at: datetime) -> tuple[int, int, int]:
    """How many entries of list `number` are to say INVALID, SUSPENDED and SUPERSEDED at `at`."""
    invalid, suspended, superseded = list(fetch(session, _COUNTS, {"of": number, "at": at}).one())
    abandoned: int = fetch(session, _COUNT_ABANDONED, {"of": number}).scalar_one()
    return (invalid or 0) + abandoned, suspended or 0, superseded or 0


def _value(row: Row[Any], at: datetime) -> StatusValue:
    """As `_VALUE` says it in SQL."""
    for since, status in (
        (row.withdrawn_at, StatusValue.INVALID),
        (row.superseded_from, StatusValue.SUPERSEDED),
        (row.suspended_from, StatusValue.SUSPENDED),
    ):
        if since is not None and since <= at:
            return status
    return StatusValue.VALID

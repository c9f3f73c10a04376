"""Status lists out of the registry, each from the index entries of its own: what other lists hold costs nothing.

`certificate.edition_status` is the rule; here it is put into SQL, and a test holds both equal. A full publication
derives every list by the rule itself (`readmodel.statuses`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Row,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

from .registry import journal
from .registry.models import ENDED, EditionRow, Instant, Intent
from .registry.session import fetch

__all__ = ["Changes", "count_ended", "derive_list", "find_changes"]

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
_DIGIT: Final = 2 * LIST_ENTRIES
"""Three counts are one sum, of digits to this base: each entry is judged once, and no list has so many."""
_COUNTS: Final[Any] = select(
    func.sum(
        case(
            (EditionRow.withdrawn_at <= _AT, literal(1, BigInteger)),
            (EditionRow.superseded_from <= _AT, literal(_DIGIT, BigInteger)),
            (EditionRow.suspended_from <= _AT, literal(_DIGIT**2, BigInteger)),
            else_=literal(0, BigInteger),
        )
    ),
    select(func.count()).where(Intent.list_number == _LIST, Intent.state == "abandoned").scalar_subquery(),
).where(EditionRow.list_number == _LIST, ENDED)
_ABANDONED: Final = select(func.aggregate_strings(cast(Intent.list_index, Text), ",")).where(
    Intent.list_number == _LIST, Intent.state == "abandoned"
)
_ENTRIES: Final[Any] = (
    EditionRow.list_number,
    EditionRow.list_index,
    EditionRow.withdrawn_at,
    EditionRow.superseded_from,
    EditionRow.suspended_from,
)
_BY_NUMBER, _BY_TIME, _BY_ISSUE = range(3)
# By certificate and by time alone, not by list too: a planner may take the list, which has a hundred thousand.
_CHANGED: Final[Any] = union_all(
    select(*_ENTRIES, literal(_BY_NUMBER).label("by"), null().label("state")).where(
        EditionRow.number.in_(_NUMBERS)
    ),
    select(*_ENTRIES, literal(_BY_TIME), null()).where(
        EditionRow.superseded_from > _AFTER, EditionRow.superseded_from <= _UNTIL
    ),
    select(
        Intent.list_number, Intent.list_index, null(), null(), null(), literal(_BY_ISSUE), Intent.state
    ).where(Intent.number.in_(_NUMBERS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What some certificates say now, and what time alone has changed."""

    touched: frozenset[int]
    """Lists with an index of the certificates, or of an issue of theirs."""
    moved: frozenset[int]
    """Lists with an edition that was superseded in the time asked for."""
    entries: Mapping[int, Mapping[int, StatusValue]] | None
    """By list: index -> what it says. None for more certificates than are worth asking for one by one."""


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


def find_changes(session: Session, numbers: Sequence[str], *, after: datetime, at: datetime) -> Changes:
    """What these certificates, and the time in (after, at], changed: how it stands at `at`."""
    touched: set[int] = set()
    moved: set[int] = set()
    entries: dict[int, dict[int, StatusValue]] = {}
    few = len(numbers) <= _PIECE
    for start in range(0, max(len(numbers), 1), _PIECE):
        some = {"numbers": numbers[start : start + _PIECE], "after": at if start else after, "until": at}
        abandoned = []
        for row in fetch(session, _CHANGED, some):
            (moved if row.by == _BY_TIME else touched).add(row.list_number)
            if row.state == "abandoned":
                abandoned.append(row)
            elif row.by != _BY_ISSUE and few:
                entries.setdefault(row.list_number, {})[row.list_index] = _value(row, at)
        if few:
            for row in abandoned:
                entries.setdefault(row.list_number, {})[row.list_index] = StatusValue.INVALID
    return Changes(touched=frozenset(touched), moved=frozenset(moved), entries=entries if few else None)


def count_ended(session: Session, number: int, at: datetime) -> tuple[int, int, int]:
    """How many entries of list `number` are to say INVALID, SUSPENDED and SUPERSEDED at `at`."""
    counts, abandoned = list(fetch(session, _COUNTS, {"of": number, "at": at}).one())
    rest, invalid = divmod(int(counts or 0), _DIGIT)
    suspended, superseded = divmod(rest, _DIGIT)
    return invalid + abandoned, suspended, superseded


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

"""Status list indices, drawn once and never given back. A list's indices are shuffled when it opens.

Drawing is in shuffled order, oldest list first; when a list is three quarters drawn the next one opens, so that it is
published long before a certificate points into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import LIST_ENTRIES

from ..refusals import RegistryUnavailable
from .models import StatusListRow, StatusSlot

__all__ = ["OPEN_NEXT_AT", "Slot", "draw", "open_list"]

OPEN_NEXT_AT: Final = LIST_ENTRIES * 3 // 4
"""Ordinal from which on a drawn slot calls for the next list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    list_number: int
    list_index: int


def draw(session: Session, count: int, *, now: datetime) -> list[Slot]:
    """Takes `count` free indices. Other transactions skip those being taken, so nobody waits for anybody."""
    found = session.execute(
        select(StatusSlot.list_number, StatusSlot.list_index, StatusSlot.ordinal)
        .where(text("NOT taken"))
        .order_by(StatusSlot.list_number, StatusSlot.ordinal)
        .limit(count)
        .with_for_update(skip_locked=True)
    ).all()
    if len(found) < count:
        raise RegistryUnavailable(f"no {count} free status indices are left")
    if found:
        session.connection().execute(
            update(StatusSlot)
            .where(StatusSlot.list_number == bindparam("of"), StatusSlot.list_index == bindparam("at"))
            .values(taken=True),
            [{"of": row.list_number, "at": row.list_index} for row in found],
        )
    last = found[-1]
    if last.ordinal >= OPEN_NEXT_AT:
        newest = session.execute(select(func.max(StatusListRow.number))).scalar_one()
        if newest == last.list_number:
            open_list(session, newest + 1, now=now)
    return [Slot(list_number=row.list_number, list_index=row.list_index) for row in found]


def open_list(session: Session, number: int, *, now: datetime) -> bool:
    """Makes list `number` with all its indices shuffled; False if somebody else did first."""
    values = {"number": number, "opened_at": now}
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    inserted = (
        sqlite.insert(StatusListRow).values(values).on_conflict_do_nothing().returning(StatusListRow.number)
        if is_sqlite
        else postgresql.insert(StatusListRow)
        .values(values)
        .on_conflict_do_nothing()
        .returning(StatusListRow.number)
    )
    if session.execute(inserted).first() is None:
        return False
    indices = (
        "WITH RECURSIVE all_of(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM all_of WHERE i < :last) "
        "SELECT :number, i, ROW_NUMBER() OVER (ORDER BY random()) - 1, :taken FROM all_of"
        if is_sqlite
        else "SELECT :number, i, ROW_NUMBER() OVER (ORDER BY random()) - 1, :taken FROM generate_series(0, :last) AS i"
    )
    session.execute(
        text(f"INSERT INTO status_slot (list_number, list_index, ordinal, taken) {indices}"),
        {"number": number, "last": LIST_ENTRIES - 1, "taken": False},
    )
    return True

"""Status list indices, drawn once and never given back. A list's indices are shuffled when it opens.

Drawing is in shuffled order, oldest list first; when a list is three quarters drawn the next one opens, so that it is
published long before a certificate points into it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import LIST_ENTRIES

from ..refusals import RegistryUnavailable
from .models import Intent, StatusListRow, StatusSlot
from .session import fetch

__all__ = ["LOST", "OPEN_NEXT_AT", "Slot", "burn", "draw", "open_list"]

OPEN_NEXT_AT: Final = LIST_ENTRIES * 3 // 4
"""Ordinal from which on a drawn slot calls for the next list."""
LOST: Final = "lost/"
"""Begins the number of an intent that stands for an index whose issue is lost."""
_MAY_BE_LOST: Final = 1_000
"""Indices that issues of the lost time may have drawn beyond the last one that is known: one whole batch."""
_AT_ONCE: Final = 10_000
_FREE: Final = (
    select(StatusSlot.list_number, StatusSlot.list_index, StatusSlot.ordinal)
    .where(text("NOT taken"))
    .order_by(StatusSlot.list_number, StatusSlot.ordinal)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_TAKE: Final = (
    update(cast(Table, StatusSlot.__table__))
    .where(StatusSlot.list_number == bindparam("of"), StatusSlot.list_index == bindparam("at"))
    .values(taken=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    list_number: int
    list_index: int


def draw(session: Session, count: int, *, now: datetime) -> list[Slot]:
    """Takes `count` free indices. Other transactions skip those being taken, so nobody waits for anybody."""
    session.flush()
    found = fetch(session, _FREE, {"count": count}).all()
    if len(found) < count:
        raise RegistryUnavailable(f"no {count} free status indices are left")
    if found:
        session.connection().execute(
            _TAKE,
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


def burn(session: Session, lists: Iterable[int], *, now: datetime, whole: bool = False) -> int:
    """Makes every index of these lists INVALID for ever that a lost issue may have drawn; gives how many.

    For a database that was put back to an earlier time. Tokens that were signed in the lost time and never recorded
    are nowhere on record; but indices are drawn in the order of `ordinal`, so that theirs are known. `whole`: the lists
    themselves were opened in the lost time, so that their order is lost too, and every free index may be such a one.
    """
    burnt = 0
    for number in lists:
        last = session.execute(
            select(func.max(StatusSlot.ordinal)).where(StatusSlot.list_number == number, StatusSlot.taken)
        ).scalar()
        reach = LIST_ENTRIES if whole else (-1 if last is None else last) + _MAY_BE_LOST
        free = (
            StatusSlot.list_number == number,
            StatusSlot.ordinal <= reach,
            StatusSlot.taken.is_(False),
        )
        indices = list(session.execute(select(StatusSlot.list_index).where(*free)).scalars())
        if not indices:
            continue
        for first in range(0, len(indices), _AT_ONCE):
            session.execute(
                insert(Intent), [_lost(number, index, now) for index in indices[first : first + _AT_ONCE]]
            )
        session.execute(
            update(StatusSlot).where(*free).values(taken=True).execution_options(synchronize_session=False)
        )
        burnt += len(indices)
    return burnt


def _lost(number: int, index: int, now: datetime) -> dict[str, Any]:
    """The intent of an issue that may have been: which number it had is lost as well."""
    return {
        "id": secrets.token_hex(16),
        "number": f"{LOST}{number}/{index}",
        "year": 0,
        "serial": 0,
        "edition": 0,
        "credential_id": f"{LOST}{number}/{index}",
        "claims_digest": "",
        "list_number": number,
        "list_index": index,
        "certificate_version": 0,
        "state": "abandoned",
        "lease_until": now,
    }

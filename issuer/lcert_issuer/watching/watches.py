"""Watches: what a partner wants to hear about. Each is seen and changed by its own partner only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lcert_verifier.fields import text_problem
from lcert_verifier.vocabulary import NUMBER_PATTERN

from ..refusals import Conflict, InvalidInput, NotFound
from ..registry import outbox
from ..registry.models import CertificateRow
from ..registry.watch_tables import DeliveryRow, OutboxRow, PartnerRow, WatchRow
from .events import EVENT_TYPES, kind_of_type, type_of_kind
from .matching import Wanted, check_criteria
from .signing import new_secret

__all__ = [
    "MOST_NUMBERS",
    "MOST_WATCHES",
    "SECRETS_OVERLAP",
    "Watch",
    "Wish",
    "create_watch",
    "delete_watch",
    "enable_watch",
    "get_watch",
    "list_watches",
    "ping_watch",
    "rotate_secret",
    "wanted_by",
]

MOST_WATCHES: Final = 100
MOST_NUMBERS: Final = 1_000
SECRETS_OVERLAP: Final = timedelta(hours=24)
"""How long deliveries carry signatures of both secrets after a rotation."""
_NUMBER: Final = re.compile(NUMBER_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a partner asks for, checked; `url` was checked by whoever can resolve names."""

    name: str | None
    numbers: tuple[str, ...]
    criteria: Mapping[str, str]
    kinds: tuple[str, ...]
    url: str | None

    @classmethod
    def of(
        cls,
        *,
        name: str | None,
        numbers: Sequence[str],
        criteria: Mapping[str, Any],
        types: Sequence[str] | None,
        url: str | None,
    ) -> Wish:
        """Raises InvalidInput. No types means all."""
        if name is not None and (len(name) > 200 or text_problem(name)):
            raise InvalidInput.at("name", "takes a text of 1 to 200 characters")
        if len(numbers) > MOST_NUMBERS:
            raise InvalidInput.at(
                "certificates", f"takes at most {MOST_NUMBERS} numbers: use several watches"
            )
        chosen = tuple(dict.fromkeys(number.upper() for number in numbers))
        for number in chosen:
            if not _NUMBER.fullmatch(number):
                raise InvalidInput.at("certificates", "takes numbers such as LC-2026-0001")
        if chosen and criteria:
            raise InvalidInput.at("filter", "cannot stand beside certificates: make two watches")
        kinds = []
        for item in EVENT_TYPES if types is None else types:
            kind = kind_of_type(item)
            if kind is None:
                raise InvalidInput.at("events", f"takes some of: {', '.join(EVENT_TYPES)}")
            kinds.append(kind)
        if not kinds:
            raise InvalidInput.at("events", "is empty: leave it out to hear of everything")
        return cls(
            name=name,
            numbers=chosen,
            criteria=check_criteria(criteria),
            kinds=tuple(dict.fromkeys(kinds)),
            url=url,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A watch as its partner sees it; the secret apart. `types` empty never."""

    id: str
    partner: str
    name: str | None
    numbers: tuple[str, ...]
    criteria: Mapping[str, str]
    types: tuple[str, ...]
    url: str | None
    created_at: datetime
    failures: int
    failing_since: datetime | None
    disabled_at: datetime | None
    note: str | None


def create_watch(session: Session, partner_id: str, wish: Wish, *, now: datetime) -> tuple[Watch, str]:
    """A new watch, which hears of what happens from now on, and the secret its deliveries are signed with.

    InvalidInput when a number is no certificate's, for of it nobody would ever hear; Conflict when the partner has as
    many as it may.
    """
    partner = session.get(PartnerRow, partner_id, with_for_update=True)
    if partner is None:
        raise NotFound("there is no such partner")
    count = select(func.count()).select_from(WatchRow).where(WatchRow.partner_id == partner_id)
    if session.execute(count).scalar_one() >= MOST_WATCHES:
        raise Conflict(f"at most {MOST_WATCHES} watches: delete one, or put more into each")
    there = set(
        session.execute(
            select(CertificateRow.number).where(CertificateRow.number.in_(wish.numbers))
        ).scalars()
    )
    for number in wish.numbers:
        if number not in there:
            raise InvalidInput.at("certificates", f"names {number}, and there is no such certificate")
    row = WatchRow(
        id=secrets.token_hex(16),
        partner_id=partner_id,
        name=wish.name,
        numbers=list(wish.numbers),
        criteria=dict(wish.criteria),
        kinds=list(wish.kinds),
        url=wish.url,
        secret=new_secret(),
        created_at=now,
        after=session.execute(select(func.coalesce(func.max(OutboxRow.sequence), 0))).scalar_one(),
        failures=0,
    )
    session.add(row)
    session.flush()
    return _watch(row, partner.name), row.secret


def list_watches(session: Session, partner_id: str | None = None) -> list[Watch]:
    """A partner's watches, or everybody's, oldest first."""
    query = select(WatchRow, PartnerRow.name).join(PartnerRow, PartnerRow.id == WatchRow.partner_id)
    if partner_id is not None:
        query = query.where(WatchRow.partner_id == partner_id)
    rows = session.execute(query.order_by(WatchRow.created_at, WatchRow.id))
    return [_watch(row, name) for row, name in rows]


def get_watch(session: Session, watch_id: str, partner_id: str | None = None) -> Watch:
    """A watch; NotFound when there is none, or it is another partner's."""
    row = find_row(session, watch_id, partner_id)
    partner = session.get(PartnerRow, row.partner_id)
    assert partner is not None, "a watch belongs to a partner"
    return _watch(row, partner.name)


def delete_watch(session: Session, watch_id: str, partner_id: str | None = None) -> None:
    """Takes a watch away with its delivery log; what is being sent just now may still arrive."""
    session.delete(find_row(session, watch_id, partner_id, lock=True))


def rotate_secret(
    session: Session, watch_id: str, partner_id: str | None = None, *, now: datetime
) -> tuple[str, datetime]:
    """A new secret, and until when deliveries are signed with the old one too."""
    row = find_row(session, watch_id, partner_id, lock=True)
    row.previous_secret, row.previous_until = row.secret, now + SECRETS_OVERLAP
    row.secret = new_secret()
    session.flush()
    return row.secret, row.previous_until


def enable_watch(session: Session, watch_id: str, partner_id: str | None = None, *, now: datetime) -> Watch:
    """Sends again what a watch that was disabled, or is waiting after failures, still has to get."""
    row = find_row(session, watch_id, partner_id, lock=True)
    row.disabled_at = row.note = row.failing_since = row.not_before = None
    row.failures = 0
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.watch_id == row.id, DeliveryRow.state == "pending")
        .values(queued_at=now, next_at=now)
    )
    session.flush()
    return get_watch(session, watch_id, partner_id)


def ping_watch(session: Session, watch_id: str, partner_id: str | None = None, *, now: datetime) -> str:
    """Queues a test event and gives its id. Conflict where there is no address to send it to."""
    row = find_row(session, watch_id, partner_id)
    if row.url is None:
        raise Conflict("this watch has no url: its events are only listed")
    event = outbox.add_ping(session, now)
    session.add(
        DeliveryRow(
            watch_id=row.id,
            sequence=event.sequence,
            state="pending",
            attempts=0,
            queued_at=now,
            next_at=now,
        )
    )
    session.flush()
    return f"evt_{event.event_id}"


def find_row(
    session: Session, watch_id: str, partner_id: str | None = None, *, lock: bool = False
) -> WatchRow:
    row = session.get(WatchRow, watch_id, with_for_update=lock or None)
    if row is None or partner_id not in (None, row.partner_id):
        raise NotFound("there is no such watch")
    return row


def wanted_by(row: WatchRow) -> Wanted:
    return Wanted(numbers=frozenset(row.numbers), criteria=dict(row.criteria), kinds=frozenset(row.kinds))


def _watch(row: WatchRow, partner: str) -> Watch:
    return Watch(
        id=row.id,
        partner=partner,
        name=row.name,
        numbers=tuple(row.numbers),
        criteria=dict(row.criteria),
        types=tuple(type_of_kind(kind) for kind in row.kinds),
        url=row.url,
        created_at=row.created_at,
        failures=row.failures,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        note=row.note,
    )

"""The append-only journal: every public fact, in order, as the leaves of one Merkle tree.

An entry is RFC 8785 JSON and names no person and no holder; what is private about it is in `payload`, bound by a
salted digest. `append` is the last step of a transaction: it locks the head, so that positions are dense and times
never decrease.
"""

from __future__ import annotations

import enum
import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lcert_verifier.jose import b64u_encode
from lcert_verifier.merkle import EMPTY_ROOT, Frontier, Node, leaf_hash, node_hash
from lcert_verifier.tiles import TILE_HEIGHT

from ..refusals import ClockBehind, NotAllowed, RegistryUnavailable
from .canonical import canonical_json
from .models import Head, JournalNode, JournalRow, PayloadRow
from .session import database_now

__all__ = [
    "EDITION_KINDS",
    "MAX_CLOCK_LAG",
    "Entry",
    "Event",
    "Kind",
    "Recorded",
    "TreeHead",
    "append",
    "begin_journal",
    "entries",
    "format_instant",
    "head",
    "mark_published",
    "nodes",
]

MAX_CLOCK_LAG: Final = timedelta(seconds=60)
"""How far the clock may be behind the head before nothing is recorded any more."""
_MAX_ENTRY: Final = 65_535


class Kind(enum.StrEnum):
    """What an entry records."""

    ISSUED = "issued"
    RENEWED = "renewed"
    RESCOPED = "rescoped"
    CORRECTED = "corrected"
    REKEYED = "rekeyed"
    APPEALED = "appealed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    ACTIVATED = "activated"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"
    KEY_STAGED = "key_staged"
    KEY_PROMOTED = "key_promoted"
    KEY_RETIRED = "key_retired"
    KEY_COMPROMISED = "key_compromised"


EDITION_KINDS: Final = frozenset(
    {Kind.ISSUED, Kind.RENEWED, Kind.RESCOPED, Kind.CORRECTED, Kind.REKEYED, Kind.APPEALED}
)
"""Kinds that issue an edition: they list its tokens, and supersede every earlier edition from `effectiveAt` on."""
_NOTICES: Final = frozenset({Kind.ACTIVATED, Kind.EXPIRED, Kind.SUPERSEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about to be recorded. `payload` is its private side; `effective_at` None means when it is recorded."""

    kind: Kind
    number: str | None = None
    edition: int | None = None
    credential: str | None = None
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Hex digest of `header.payload`, by securing."""
    list_number: int | None = None
    list_index: int | None = None
    kid: str | None = None
    purpose: str | None = None
    since: int | None = None
    supersedes: str | None = None
    """Credential id of the edition before."""
    effective_at: datetime | None = None
    reason: str | None = None
    separation: str | None = None
    """`independent` or `same-person`, where two people ought to decide."""
    valid_from: date | None = None
    valid_through: date | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where and when an event was recorded."""

    position: int
    event_id: str
    recorded_at: datetime
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    size: int
    root: bytes
    recorded_at: datetime
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded fact. `data` is the leaf's bytes."""

    position: int
    kind: Kind
    number: str | None
    edition: int | None
    effective_at: datetime
    recorded_at: datetime
    data: bytes
    leaf: bytes


def format_instant(value: datetime) -> str:
    """RFC 3339 in UTC with `Z`: microseconds when there are any, none otherwise."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def begin_journal(session: Session, *, recorded_at: datetime | None = None) -> None:
    """The empty tree, as the first thing in a new registry. `recorded_at`: no entry may be older."""
    start = recorded_at or database_now(session)
    session.execute(
        insert(Head).values(id=1, size=0, root=EMPTY_ROOT, frontier=b"", recorded_at=start, published=False)
    )


def head(session: Session) -> TreeHead:
    """The tree as this transaction sees it. RegistryUnavailable before `init`."""
    found = session.execute(select(Head.size, Head.root, Head.recorded_at, Head.published)).one_or_none()
    if found is None:
        raise RegistryUnavailable("the registry has no journal yet: run `lcert init`", code="not_initialised")
    return TreeHead(
        size=found.size, root=found.root, recorded_at=found.recorded_at, published=found.published
    )


def mark_published(session: Session) -> None:
    """From now on times come from the database clock only. Called by the first publication, before it shows anything."""
    session.execute(update(Head).values(published=True))


def append(
    session: Session, events: Sequence[Event], *, recorded_at: datetime | None = None
) -> list[Recorded]:
    """Records events, in order, all at one time. Call it after every row lock the transaction needs.

    `recorded_at` loads the past into a journal that was never published (import, demo, tests): NotAllowed otherwise.
    ClockBehind when the database clock is more than 60 s behind the newest entry.
    """
    if not events:
        return []
    found = session.execute(
        select(Head.size, Head.frontier, Head.recorded_at, Head.published).with_for_update()
    ).one_or_none()
    if found is None:
        raise RegistryUnavailable("the registry has no journal yet: run `lcert init`", code="not_initialised")
    stamp = _stamp(session, found.recorded_at, published=found.published, wanted=recorded_at)
    frontier = Frontier.from_bytes(found.size, found.frontier)
    rows: list[dict[str, Any]] = []
    payloads: list[dict[str, Any]] = []
    inner: list[dict[str, Any]] = []
    recorded: list[Recorded] = []
    for position, event in enumerate(events, start=found.size):
        event_id, salt, body = secrets.token_hex(16), secrets.token_bytes(16), canonical_json(event.payload)
        effective = event.effective_at or stamp
        entry = canonical_json(
            _members(event, event_id, effective, stamp, hashlib.sha256(salt + body).digest())
        )
        if len(entry) > _MAX_ENTRY:
            raise ValueError(f"a journal entry is at most {_MAX_ENTRY} bytes")
        leaf = leaf_hash(entry)
        frontier, completed = frontier.append_noting(leaf)
        inner += [
            {"level": level, "position": index, "hash": value}
            for level, index, value in completed
            if level and level % TILE_HEIGHT == 0
        ]
        rows.append(
            {
                "position": position,
                "event_id": event_id,
                "notice_key": f"{event.number}/{event.edition}:{event.kind}"
                if event.kind in _NOTICES
                else None,
                "kind": event.kind.value,
                "number": event.number,
                "edition": event.edition,
                "effective_at": effective,
                "recorded_at": stamp,
                "entry": entry,
                "leaf_hash": leaf,
            }
        )
        payloads.append({"event_id": event_id, "salt": salt, "body": body.decode()})
        recorded.append(
            Recorded(position=position, event_id=event_id, recorded_at=stamp, effective_at=effective)
        )
    session.execute(insert(JournalRow), rows)
    session.execute(insert(PayloadRow), payloads)
    if inner:
        session.execute(insert(JournalNode), inner)
    session.execute(
        update(Head).values(
            size=frontier.size, root=frontier.root, frontier=frontier.to_bytes(), recorded_at=stamp
        )
    )
    return recorded


def entries(session: Session, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
    """Entries `start` to `stop` (not included; None: to the end), in order, read in pieces."""
    query = (
        select(
            JournalRow.position,
            JournalRow.kind,
            JournalRow.number,
            JournalRow.edition,
            JournalRow.effective_at,
            JournalRow.recorded_at,
            JournalRow.entry,
            JournalRow.leaf_hash,
        )
        .where(JournalRow.position >= start)
        .order_by(JournalRow.position)
        .execution_options(yield_per=1_000)
    )
    if stop is not None:
        query = query.where(JournalRow.position < stop)
    for row in session.execute(query):
        yield Entry(
            position=row.position,
            kind=Kind(row.kind),
            number=row.number,
            edition=row.edition,
            effective_at=row.effective_at,
            recorded_at=row.recorded_at,
            data=row.entry,
            leaf=row.leaf_hash,
        )


def nodes(session: Session) -> Node:
    """`node(level, index)` for proofs (lcert_verifier.merkle), from at most 128 stored hashes each."""
    kept: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if (level, index) not in kept:
            tile_level, height = divmod(level, TILE_HEIGHT)
            row = _stored(session, tile_level * TILE_HEIGHT, index << height, 1 << height)
            while len(row) > 1:
                row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
            kept[level, index] = row[0]
        return kept[level, index]

    return node


def _stored(session: Session, level: int, first: int, count: int) -> list[bytes]:
    if level:
        query = (
            select(JournalNode.hash)
            .where(JournalNode.level == level, JournalNode.position.between(first, first + count - 1))
            .order_by(JournalNode.position)
        )
    else:
        query = (
            select(JournalRow.leaf_hash)
            .where(JournalRow.position.between(first, first + count - 1))
            .order_by(JournalRow.position)
        )
    found = list(session.execute(query).scalars())
    if len(found) != count:
        raise ValueError(f"the journal has no complete node of {count} at level {level}, {first}")
    return found


def _stamp(session: Session, newest: datetime, *, published: bool, wanted: datetime | None) -> datetime:
    now = database_now(session)
    if wanted is not None:
        if published:
            raise NotAllowed(
                "this journal was published: times are the clock's, and the past cannot be loaded any more"
            )
        if not newest <= wanted <= now:
            raise NotAllowed(
                f"the time {format_instant(wanted)} is not between the newest entry "
                f"({format_instant(newest)}) and now: load the past in order"
            )
        return wanted
    if newest - now > MAX_CLOCK_LAG:
        raise ClockBehind(
            f"the clock says {format_instant(now)}, but the journal reaches {format_instant(newest)}: set the clock right"
        )
    return max(now, newest)


def _members(
    event: Event, event_id: str, effective: datetime, recorded: datetime, payload: bytes
) -> dict[str, Any]:
    members: dict[str, Any] = {
        "v": 1,
        "id": event_id,
        "kind": event.kind.value,
        "number": event.number,
        "edition": event.edition,
        "credential": event.credential,
        "tokens": dict(event.tokens) or None,
        "list": event.list_number,
        "index": event.list_index,
        "kid": event.kid,
        "purpose": event.purpose,
        "since": event.since,
        "supersedes": event.supersedes,
        "effectiveAt": format_instant(effective),
        "recordedAt": format_instant(recorded),
        "reason": event.reason,
        "separation": event.separation,
        "validFrom": event.valid_from.isoformat() if event.valid_from else None,
        "validThrough": event.valid_through.isoformat() if event.valid_through else None,
        "payload": f"sha256-{b64u_encode(payload)}",
    }
    return {name: value for name, value in members.items() if value is not None}

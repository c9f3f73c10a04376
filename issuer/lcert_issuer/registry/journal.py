"""The append-only journal: every public fact, in order, as the leaves of one Merkle tree.

An entry is RFC 8785 JSON and names no person and no holder; what is private about it is in `payload`, bound by a
salted digest. `append` is the last step of a transaction: it locks the head, so that positions are dense and times
never decrease.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from lcert_verifier.merkle import EMPTY_ROOT, Frontier, Node, leaf_hash, node_hash
from lcert_verifier.tiles import TILE_HEIGHT

from ..refusals import ClockBehind, NotAllowed, RegistryUnavailable
from . import outbox
from .canonical import canonical_json
from .events import (
    EDITION_KINDS,
    NOTICES,
    Entry,
    Event,
    Kind,
    Recorded,
    TreeHead,
    encode_entry,
    format_instant,
    members_of,
)
from .models import Head, JournalNode, JournalRow, PayloadRow
from .session import add_rows, database_now, fetch

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
    "entry_bytes",
    "format_instant",
    "head",
    "mark_published",
    "members_of",
    "nodes",
    "stored_hashes",
]

MAX_CLOCK_LAG: Final = timedelta(seconds=60)
"""How far the clock may be behind the head before nothing is recorded any more."""

_HEAD: Final = select(Head.size, Head.root, Head.recorded_at, Head.published)
_HEAD_TO_MOVE: Final = select(Head.size, Head.frontier, Head.recorded_at, Head.published).with_for_update()
_MOVE_HEAD: Final = update(cast(Table, Head.__table__))
_ENTRY_BYTES: Final = (
    select(JournalRow.entry)
    .where(JournalRow.position >= bindparam("start"), JournalRow.position < bindparam("stop"))
    .order_by(JournalRow.position)
)
_LEAVES: Final = (
    select(JournalRow.leaf_hash)
    .where(JournalRow.position.between(bindparam("first"), bindparam("last")))
    .order_by(JournalRow.position)
)
_NODES: Final = (
    select(JournalNode.hash)
    .where(
        JournalNode.level == bindparam("level"),
        JournalNode.position.between(bindparam("first"), bindparam("last")),
    )
    .order_by(JournalNode.position)
)


def begin_journal(session: Session, *, recorded_at: datetime | None = None) -> None:
    """The empty tree, as the first thing in a new registry. `recorded_at`: no entry may be older."""
    start = recorded_at or database_now(session)
    session.execute(
        insert(Head).values(id=1, size=0, root=EMPTY_ROOT, frontier=b"", recorded_at=start, published=False)
    )


def head(session: Session) -> TreeHead:
    """The tree as this transaction sees it. RegistryUnavailable before `init`."""
    found = fetch(session, _HEAD).one_or_none()
    if found is None:
        raise RegistryUnavailable("the registry has no journal yet: run `lcert init`", code="not_initialised")
    return TreeHead(
        size=found.size, root=found.root, recorded_at=found.recorded_at, published=found.published
    )


def mark_published(session: Session) -> None:
    """From now on times come from the database clock only. The first publication calls it before it shows anything."""
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
    session.flush()
    found = fetch(session, _HEAD_TO_MOVE).one_or_none()
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
        entry = encode_entry(
            event,
            event_id=event_id,
            effective_at=effective,
            recorded_at=stamp,
            payload=hashlib.sha256(salt + body).digest(),
        )
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
                if event.kind in NOTICES
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
    add_rows(session, JournalRow, rows)
    add_rows(session, PayloadRow, payloads)
    outbox.add_entries(session, rows)
    add_rows(session, JournalNode, inner)
    fetch(
        session,
        _MOVE_HEAD,
        {
            "size": frontier.size,
            "root": frontier.root,
            "frontier": frontier.to_bytes(),
            "recorded_at": stamp,
        },
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


def entry_bytes(session: Session, start: int, stop: int) -> list[bytes]:
    """The bytes of entries `start` to `stop` (not included), in order."""
    return list(fetch(session, _ENTRY_BYTES, {"start": start, "stop": stop}).scalars())


def nodes(session: Session) -> Node:
    """`node(level, index)` for proofs (lcert_verifier.merkle), from at most 128 stored hashes each."""
    kept: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if (level, index) not in kept:
            tile_level, height = divmod(level, TILE_HEIGHT)
            row = stored_hashes(session, tile_level * TILE_HEIGHT, index << height, 1 << height)
            while len(row) > 1:
                row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
            kept[level, index] = row[0]
        return kept[level, index]

    return node


def stored_hashes(session: Session, level: int, first: int, count: int) -> list[bytes]:
    """Nodes `first` and following of a tree level that is kept: 0 (leaves), 8, 16, ... ValueError beyond the tree."""
    span: dict[str, int] = {"first": first, "last": first + count - 1}
    found = list(
        (
            fetch(session, _NODES, {"level": level, **span}) if level else fetch(session, _LEAVES, span)
        ).scalars()
    )
    if len(found) != count:
        raise ValueError(f"the journal has no complete node of {count} at level {level}, {first}")
    return found


def _stamp(session: Session, newest: datetime, *, published: bool, wanted: datetime | None) -> datetime:
    now = database_now(session)
    if wanted is not None:
        if published:
            raise NotAllowed("this journal was published: the past cannot be loaded any more")
        if not newest <= wanted <= now:
            raise NotAllowed(
                f"the time {format_instant(wanted)} is not between the newest entry "
                f"({format_instant(newest)}) and now: load the past in order"
            )
        return wanted
    if newest - now > MAX_CLOCK_LAG:
        raise ClockBehind(
            f"the clock says {format_instant(now)}, but the journal reaches {format_instant(newest)}: "
            "set the clock right"
        )
    return max(now, newest)

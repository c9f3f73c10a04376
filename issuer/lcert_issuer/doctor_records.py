"""`lcert doctor` on what the database holds: journal, payloads, tokens and audit log, row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_verifier.jose import b64u_encode, split, verify_signature
from lcert_verifier.merkle import Frontier, leaf_hash
from lcert_verifier.tiles import TILE_HEIGHT

from .anchors import HighWaterMark, prove_extension
from .assembly import House
from .erasing import ERASING
from .findings import Finding, good, note, wrong
from .office import load_keyring
from .registry import journal
from .registry.auditing import chain_faults, extends
from .registry.events import EDITION_KINDS, NOTICES
from .registry.models import Audit, AuditHead, Head, JournalNode, JournalRow, PayloadRow, TokenRow

__all__ = ["examine_audit", "examine_journal", "examine_tokens"]


def examine_journal(house: House, now: datetime) -> Iterator[Finding]:
    """Every entry is hashed again, every row and payload is held against its entry."""
    frontier, last = Frontier.from_bytes(0, b""), None
    nodes: dict[tuple[int, int], bytes] = {}
    with house.registry.read() as session:
        kept = session.execute(select(Head.size, Head.root, Head.frontier, Head.recorded_at)).one()
        rows = session.execute(
            select(
                JournalRow.position,
                JournalRow.event_id,
                JournalRow.notice_key,
                JournalRow.kind,
                JournalRow.number,
                JournalRow.edition,
                JournalRow.effective_at,
                JournalRow.recorded_at,
                JournalRow.entry,
                JournalRow.leaf_hash,
            )
            .order_by(JournalRow.position)
            .execution_options(yield_per=1_000)
        )
        for row in rows:
            if row.position != frontier.size:
                yield wrong("journal", f"entry {frontier.size} is missing")
                return
            if leaf_hash(row.entry) != row.leaf_hash:
                yield wrong("journal", f"entry {row.position} was changed: its hash is another")
                return
            if last is not None and row.recorded_at < last:
                yield wrong("journal", f"entry {row.position} is older than the one before it")
            if _columns(row) != _members(row.entry):
                yield wrong("journal", f"the row of entry {row.position} does not say what the entry says")
            last = row.recorded_at
            frontier, completed = frontier.append_noting(row.leaf_hash)
            nodes |= {(lev, n): value for lev, n, value in completed if lev and lev % TILE_HEIGHT == 0}
        if (frontier.size, frontier.root, frontier.to_bytes()) != (kept.size, kept.root, kept.frontier):
            yield wrong(
                "journal",
                f"the head says {kept.size} entries, the entries give another tree of {frontier.size}",
            )
            return
        if last is not None and kept.recorded_at != last:
            yield wrong("journal", "the head's time is not that of the newest entry")
        stored = {
            (row.level, row.position): row.hash
            for row in session.execute(select(JournalNode.level, JournalNode.position, JournalNode.hash))
        }
        if stored != nodes:
            yield wrong("journal", "the stored inner hashes are not those of the entries")
            return
        yield good("journal", f"{kept.size} entries, root {b64u_encode(kept.root)}")
        yield from _payloads(session)
    mark = HighWaterMark(house.settings.high_water_file).read()
    if mark is None:
        yield note("high-water mark", "there is none yet; the first publication makes it")
    else:
        with house.registry.read() as session:
            prove_extension(journal.head(session), mark, journal.nodes(session))
        yield good("high-water mark", f"the journal extends the {mark.size} entries published before")


def _columns(row: Any) -> tuple[Any, ...]:
    """The columns that queries use, as the entry writes them."""
    return (
        row.event_id,
        row.notice_key,
        row.kind,
        row.number,
        row.edition,
        journal.format_instant(row.effective_at),
        journal.format_instant(row.recorded_at),
    )


def _members(entry: bytes) -> tuple[Any, ...]:
    members = journal.members_of(entry)
    number, edition, kind = members.get("number"), members.get("edition"), members["kind"]
    return (
        members["id"],
        f"{number}/{edition}:{kind}" if kind in NOTICES else None,
        kind,
        number,
        edition,
        members["effectiveAt"],
        members["recordedAt"],
    )


def _payloads(session: Session) -> Iterator[Finding]:
    erased = lost = 0
    bad: list[int] = []
    unnoted: list[int] = []
    of_erasing = select(Audit.target, Audit.at).where(Audit.action == ERASING, Audit.outcome == "done")
    noted = {(row.target, row.at) for row in session.execute(of_erasing)}
    query = select(
        JournalRow.position,
        JournalRow.number,
        JournalRow.entry,
        PayloadRow.salt,
        PayloadRow.body,
        PayloadRow.erased_at,
    ).join(PayloadRow, PayloadRow.event_id == JournalRow.event_id, isouter=True)
    for row in session.execute(query.execution_options(yield_per=1000)):
        if row.body is None:
            # what is gone took its salt with it; without a row at all somebody removed it
            if row.salt:
                bad.append(row.position)
            elif row.erased_at is not None:
                erased += 1
                if (row.number, row.erased_at) not in noted:
                    unnoted.append(row.position)
            elif row.salt is None:
                bad.append(row.position)
            else:
                lost += 1
            continue
        digest = hashlib.sha256(row.salt + row.body.encode()).digest()
        if (
            journal.members_of(row.entry).get("payload") != f"sha256-{b64u_encode(digest)}"
            or row.erased_at is not None
        ):
            bad.append(row.position)
    if bad:
        yield wrong(
            "payloads",
            f"{len(bad)} payloads are not those that the journal was written with, such as that of entry {bad[0]}",
        )
    if unnoted:
        yield wrong(
            "payloads",
            f"{len(unnoted)} payloads were erased when the audit log knows of no erasure, such as that of entry "
            f"{unnoted[0]}",
        )
    said = f"{erased} erased" + (f", {lost} lost in a restore and replayed without" if lost else "")
    yield note("payloads", said) if bad or unnoted or lost else good("payloads", said)


def examine_tokens(house: House, now: datetime) -> Iterator[Finding]:
    """Every token of the store is one that an entry lists, signed by its key, and every listed one is in the store."""
    with house.registry.read() as session:
        ring = load_keyring(session)
        listed: dict[str, tuple[str, str, str]] = {}
        for entry in journal.entries(session):
            if entry.kind in EDITION_KINDS:
                members = journal.members_of(entry.data)
                for securing, digest in members.get("tokens", {}).items():
                    listed[digest] = (members["credential"], securing, members["kid"])
        stored = set()
        rows = session.execute(
            select(
                TokenRow.digest, TokenRow.credential_id, TokenRow.securing, TokenRow.kid, TokenRow.token
            ).execution_options(yield_per=1000)
        )
        for row in rows:
            stored.add(row.digest)
            parsed, key = split(row.token), ring.find(row.kid)
            if parsed.digest != row.digest or key is None or not verify_signature(parsed, key.public_key):
                yield wrong("tokens", f"the token stored as {row.digest} is another")
            elif listed.get(row.digest, (row.credential_id, row.securing, row.kid)) != (
                row.credential_id,
                row.securing,
                row.kid,
            ):
                yield wrong("tokens", f"the row of the token {row.digest} does not say what the journal says")
    missing, never = listed.keys() - stored, stored - listed.keys()
    if missing:
        yield wrong("tokens", f"{len(missing)} tokens that were issued are missing from the store")
    if never:
        yield wrong("tokens", f"{len(never)} tokens in the store were never issued")
    if not missing and not never:
        yield good("tokens", f"{len(stored)} stored, each in the journal")


def examine_audit(house: House, now: datetime) -> Iterator[Finding]:
    """The chain of the audit log, row by row, and that it goes on from where it ended at the newest publication."""
    known = HighWaterMark(house.settings.high_water_file).log_end()
    with house.registry.read() as session:
        faults = list(chain_faults(session))
        if known is not None and not faults and not extends(session, known):
            faults = [
                f"it does not go on from the {known.size} rows that were there at the last publication: its rows were "
                "written anew or cut off. Compare it with a backup; until it is restored, no publication vouches for it"
            ]
        for fault in faults:
            yield wrong("audit log", fault)
        if not faults:
            size = session.execute(select(AuditHead.size)).scalar_one()
            yield good("audit log", f"{size} notes, none changed")

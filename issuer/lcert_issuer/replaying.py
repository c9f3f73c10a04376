"""Catches an older database up with what was published: the journal's tiles, the tokens, the trust statement.

A database restored from an old backup publishes nothing, because that would take withdrawals back. Replaying reads the
entries it lacks from the published log, proves that they and its own give the published root, and rebuilds every row
they stand for, in one transaction. What was never published cannot come back: the private side of those entries, the
audit log since, idempotency keys and reports of misuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from lcert_keys import Keyring, KeyStateError
from lcert_verifier.checkpoint import encode_checkpoint, open_note
from lcert_verifier.errors import Malformed
from lcert_verifier.merkle import Frontier, leaf_hash
from lcert_verifier.published import CHECKPOINT_PATH, LOG_PREFIX, TRUST_PATH, log_name
from lcert_verifier.tiles import TILE_HEIGHT, TILE_WIDTH, decode_entries, entries_path
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from .anchors import Anchor, HighWaterMark, PublishRefused, published_checkpoint
from .failpoints import failpoint
from .office import Identity, audit, load_keyring
from .refusals import Refused
from .registry import journal
from .registry.events import NOTICES
from .registry.models import Head, JournalNode, JournalRow, PayloadRow, TrustRow
from .registry.session import Registry
from .replayed_rows import FindKey, Rebuilding, ReplayedEntry
from .storage import Storage

__all__ = ["ReplayRefused", "Replayed", "replay"]

_PARTIALS: Final = ".p/"


class ReplayRefused(Refused):
    """What is published does not go on from this database, or is not whole. Nothing was changed."""

    code = "replay_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`first` to `size` are the entries that came back; none when the database was the newest already."""

    first: int
    size: int
    without_key: tuple[str, ...] = ()
    """Keys whose private half was not found: they cannot sign here."""

    @property
    def entries(self) -> int:
        return self.size - self.first


def replay(
    registry: Registry,
    storage: Storage,
    identity: Identity,
    *,
    mark: HighWaterMark,
    find_key: FindKey,
    now: datetime,
    actor: str,
) -> Replayed:
    """Appends every published entry that this database lacks, with all that follows from it, or changes nothing.

    `find_key` gives the signer URI of a key by its thumbprint. Raises ReplayRefused, TrustError, StorageError.
    """
    with storage.exclusive(), registry.write() as session:
        head = session.execute(select(Head).with_for_update()).scalar_one()
        ring = load_keyring(session)
        trust = _trust(storage, ring, now)
        target = _target(storage, identity, mark, ring, trust)
        if target is None or target.size <= head.size:
            return Replayed(first=head.size, size=head.size)
        first = head.size
        entries = _entries(storage, target, session, head)
        failpoint("replay.before_append")
        mark.forget_log()  # the audit log since is lost; that is noted below
        rebuilding = Rebuilding(
            session, storage=storage, identity=identity, ring=ring, trust=trust, find_key=find_key
        )
        try:
            for entry in _append(session, head, entries):
                rebuilding.apply(entry)
            rebuilding.finish(now)
        except (Malformed, KeyStateError, KeyError, ValueError) as fault:
            raise ReplayRefused(f"what is published is not what the journal says: {fault}") from fault
        _keep_trust(session, storage, trust, rebuilding.ring)
        audit(
            session,
            at=now,
            actor=actor,
            action="replay",
            target=None,
            outcome="done",
            detail=f"entries {first} to {target.size - 1}, from what is published",
        )
        failpoint("replay.after_append")
    failpoint("replay.after_commit")
    return Replayed(first=first, size=target.size, without_key=tuple(rebuilding.without_key))


def _trust(storage: Storage, ring: Keyring, now: datetime) -> Trust:
    """The published statement, signed by a root that this database knows."""
    data = storage.get(TRUST_PATH)
    if data is None:
        raise ReplayRefused("no trust statement is published: there is nothing to replay from")
    return read_trust(data, pin=ring.signing(KeyPurpose.ROOT).thumbprint, now=now)


def _target(
    storage: Storage, identity: Identity, mark: HighWaterMark, ring: Keyring, trust: Trust
) -> Anchor | None:
    """How far to go: to the high-water mark, or to the checkpoint where the home knows no better."""
    name = log_name(identity.base_url)
    note = storage.get(CHECKPOINT_PATH)
    checkpoint = None
    if note is not None:
        keys = {
            key.thumbprint: key.public_key
            for key in ring.of(KeyPurpose.LOG, KeyState.ACTIVE, KeyState.RETIRED)
        } | {
            key.thumbprint: key.key
            for key in trust.keys.values()
            if KeyPurpose.LOG in key.purposes and key.state is not KeyState.COMPROMISED
        }
        signed = open_note(note, name, [key.raw() for key in keys.values()])
        checkpoint = published_checkpoint(note, name)
        if checkpoint is None or signed != encode_checkpoint(name, checkpoint.size, checkpoint.root):
            raise ReplayRefused("the published checkpoint is damaged")
    known = mark.read()
    if known is not None and (checkpoint is None or known.size > checkpoint.size):
        return known
    return checkpoint


def _entries(storage: Storage, target: Anchor, session: Session, head: Head) -> list[bytes]:
    """The entries from the head on, proven: with this database's own they give the root of `target`."""
    start = head.size - head.size % TILE_WIDTH
    found: list[bytes] = []
    for index in range(start // TILE_WIDTH, (target.size + TILE_WIDTH - 1) // TILE_WIDTH):
        width = min(TILE_WIDTH, target.size - index * TILE_WIDTH)
        found += _tile(storage, index, width)[:width]
    own = [entry.data for entry in journal.entries(session, start, head.size)]
    frontier = Frontier.from_bytes(head.size, head.frontier)
    for data in found[head.size - start :]:
        frontier = frontier.append(leaf_hash(data))
    if found[: head.size - start] != own or frontier.root != target.root:
        raise PublishRefused(
            f"this database does not begin like the journal of {target.size} entries that was published "
            f"({target.where}): it is another journal, or one that went another way after a restore. "
            "Restore another backup"
        )
    return found[head.size - start :]


def _tile(storage: Storage, index: int, width: int) -> list[bytes]:
    """At least the first `width` entries of an entry tile, from the whole one or any partial one that has them."""
    whole = LOG_PREFIX + entries_path(index)
    partial = sorted(int(path.rpartition("/")[2]) for path in storage.list(whole + _PARTIALS))
    partial = sorted(int(path.rpartition("/")[2]) for path in storage.list(whole + _PARTIALS))
    widths = [TILE_WIDTH, width, *partial]
    for each in widths:
        if each >= width and (data := storage.get(LOG_PREFIX + entries_path(index, each))) is not None:
            return decode_entries(data, each)
    raise ReplayRefused(
        f"entries {index * TILE_WIDTH} to {index * TILE_WIDTH + width - 1} are not published whole: restore a newer "
        "backup. If there is none, and you are sure that nobody saw those entries, remove highwater.json"
    )


def _append(session: Session, head: Head, entries: list[bytes]) -> Iterator[ReplayedEntry]:
    """Journal rows, payload rows without a body, inner hashes and the head; each entry is given as its row is made."""
    frontier = Frontier.from_bytes(head.size, head.frontier)
    for position, data in enumerate(entries, start=head.size):
        entry = ReplayedEntry.read(position, data)
        leaf = leaf_hash(data)
        frontier, completed = frontier.append_noting(leaf)
        session.execute(
            insert(JournalRow).values(
                position=position,
                event_id=entry.event_id,
                notice_key=f"{entry.number}/{entry.edition}:{entry.kind}" if entry.kind in NOTICES else None,
                kind=entry.kind.value,
                number=entry.number,
                edition=entry.edition,
                effective_at=entry.effective_at,
                recorded_at=entry.recorded_at,
                entry=data,
                leaf_hash=leaf,
            )
        )
        session.execute(insert(PayloadRow).values(event_id=entry.event_id, salt=b"", body=None))
        for level, index, value in completed:
            if level and level % TILE_HEIGHT == 0:
                session.execute(insert(JournalNode).values(level=level, position=index, hash=value))
        yield entry
    session.execute(
        update(Head).values(
            size=frontier.size,
            root=frontier.root,
            frontier=frontier.to_bytes(),
            recorded_at=max(head.recorded_at, entry.recorded_at),
            published=True,
        )
    )


def _keep_trust(session: Session, storage: Storage, trust: Trust, ring: Keyring) -> None:
    """The published statement becomes the newest here, if it says what the replayed journal says of the keys."""
    told: Mapping[str, Any] = {kid: key.state for kid, key in trust.keys.items()}
    known = {key.kid: key.state for key in ring if key.purpose is not KeyPurpose.ROOT}
    if told != known:
        raise ReplayRefused(
            "the published trust statement is not that of the newest keys: its publication was cut short. Restore a "
            "newer backup"
        )
    newest = session.execute(select(func.max(TrustRow.version))).scalar_one()
    if trust.version > newest:
        document = storage.get(TRUST_PATH)
        assert document is not None, "it was read before"
        session.add(TrustRow(version=trust.version, document=document.decode(), signed_at=trust.issued_at))

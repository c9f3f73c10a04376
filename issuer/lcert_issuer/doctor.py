"""What `lcert doctor` examines: settings, database, journal, keys, publication. It reads only."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lcert_keys.open import open_signer
from lcert_keys.passphrase import PassphraseSource, passphrase_source
from lcert_verifier.checkpoint import encode_checkpoint, open_note
from lcert_verifier.errors import LcertError, Malformed
from lcert_verifier.jose import b64u_encode, parse_json, split
from lcert_verifier.merkle import Frontier, leaf_hash
from lcert_verifier.published import CHECKPOINT_PATH, TRUST_PATH, log_name
from lcert_verifier.trust import read_trust
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from . import readmodel
from .anchors import HighWaterMark, prove_extension, published_checkpoint
from .assembly import House, open_house
from .keychanges import TRUST_RENEWAL
from .refusals import Refused
from .registry import journal
from .registry.events import EDITION_KINDS
from .registry.models import JournalRow, PayloadRow, TokenRow
from .registry.schema import schema_drift
from .settings import Settings, SettingsError
from .statuslists import list_paths, read_stamp
from .storage import StorageError

__all__ = ["Finding", "examine"]

_TRUST_WARNING = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `wrong` needs somebody to act; `note` is worth knowing."""

    name: str
    level: Literal["good", "note", "wrong"]
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "level": self.level, "detail": self.detail}


def examine(settings: Settings, *, now: datetime) -> list[Finding]:
    """Everything that can be examined, in order; a fault in one part does not hide the others."""
    found = [Finding(name=name, level="good", detail=value) for name, value in settings.shown().items()]
    try:
        with open_house(settings, clock=lambda: now) as house:
            for name, part in (
                ("database", _database),
                ("journal", _journal),
                ("tokens", _tokens),
                ("keys", _keys),
                ("publication", _publication),
                ("status lists", _status_lists),
                ("trust statement", _trust),
            ):
                try:
                    found.extend(part(house, now))
                except (LcertError, Refused, StorageError, OSError, ValueError) as fault:
                    found.append(_wrong(name, str(fault)))
    except (Refused, SettingsError, LcertError, OSError) as fault:
        found.append(_wrong("issuer", str(fault)))
    return found


def _good(name: str, detail: str) -> Finding:
    return Finding(name=name, level="good", detail=detail)


def _note(name: str, detail: str) -> Finding:
    return Finding(name=name, level="note", detail=detail)


def _wrong(name: str, detail: str) -> Finding:
    return Finding(name=name, level="wrong", detail=detail)


def _database(house: House, now: datetime) -> Iterator[Finding]:
    drift = schema_drift(house.registry)
    if drift:
        yield _wrong("schema", f"the tables differ from this program's in {len(drift)} places")
    else:
        yield _good("schema", "the tables are this program's")
    with house.registry.read() as session:
        if house.registry.dialect == "sqlite":
            mode = session.execute(text("PRAGMA journal_mode")).scalar_one()
            broken = session.execute(text("PRAGMA quick_check(1)")).scalar_one()
            yield _good("database", f"SQLite {sqlite3.sqlite_version}, journal mode {mode}")
            if broken != "ok":
                yield _wrong("database", f"SQLite finds damage: {broken}")
        else:
            version, level, clock = session.execute(
                text("SELECT version(), current_setting('default_transaction_isolation'), clock_timestamp()")
            ).one()
            yield _good("database", f"{version.split(' on ')[0]}, default isolation {level}")
            if abs(clock - now) > timedelta(seconds=60):
                yield _wrong(
                    "database clock", f"it says {clock}, this machine says {now}: set the clocks right"
                )


def _journal(house: House, now: datetime) -> Iterator[Finding]:
    """Every entry is hashed again, every payload is held against its entry."""
    frontier, last = Frontier.from_bytes(0, b""), None
    with house.registry.read() as session:
        head = journal.head(session)
        for entry in journal.entries(session):
            if entry.position != frontier.size:
                yield _wrong("journal", f"entry {frontier.size} is missing")
                return
            if leaf_hash(entry.data) != entry.leaf:
                yield _wrong("journal", f"entry {entry.position} was changed: its hash is another")
                return
            if last is not None and entry.recorded_at < last:
                yield _wrong("journal", f"entry {entry.position} is older than the one before it")
            yield from _columns(entry)
            last = entry.recorded_at
            frontier = frontier.append(entry.leaf)
        if (frontier.size, frontier.root) != (head.size, head.root):
            yield _wrong(
                "journal",
                f"the head says {head.size} entries, the entries give another tree of {frontier.size}",
            )
            return
        yield _good("journal", f"{head.size} entries, root {b64u_encode(head.root)}")
        yield from _payloads(session)
    mark = HighWaterMark(house.settings.high_water_file).read()
    if mark is None:
        yield _note("high-water mark", "there is none yet; the first publication makes it")
    else:
        with house.registry.read() as session:
            prove_extension(journal.head(session), mark, journal.nodes(session))
        yield _good("high-water mark", f"the journal extends the {mark.size} entries published before")


def _columns(entry: journal.Entry) -> Iterator[Finding]:
    """The columns that queries use must say what the entry says."""
    members = journal.members_of(entry.data)
    said = (
        members["kind"],
        members.get("number"),
        members.get("edition"),
        members["effectiveAt"],
        members["recordedAt"],
    )
    kept = (
        entry.kind.value,
        entry.number,
        entry.edition,
        journal.format_instant(entry.effective_at),
        journal.format_instant(entry.recorded_at),
    )
    if said != kept:
        yield _wrong("journal", f"the row of entry {entry.position} does not say what the entry says")


def _payloads(session: Session) -> Iterator[Finding]:
    erased = bad = 0
    query = select(JournalRow.position, JournalRow.entry, PayloadRow.salt, PayloadRow.body).join(
        PayloadRow, PayloadRow.event_id == JournalRow.event_id, isouter=True
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        if row.body is None:
            erased += 1
            continue
        digest = hashlib.sha256(row.salt + row.body.encode()).digest()
        if journal.members_of(row.entry).get("payload") != f"sha256-{b64u_encode(digest)}":
            bad += 1
    if bad:
        yield _wrong("payloads", f"{bad} payloads are not those that the journal was written with")
    yield _good("payloads", f"{erased} erased") if not bad else _note("payloads", f"{erased} erased")


def _tokens(house: House, now: datetime) -> Iterator[Finding]:
    """Every token of the store is one that an entry lists, and every listed one is in the store."""
    with house.registry.read() as session:
        listed = {
            digest
            for entry in journal.entries(session)
            if entry.kind in EDITION_KINDS
            for digest in journal.members_of(entry.data).get("tokens", {}).values()
        }
        stored = set()
        for row in session.execute(select(TokenRow.digest, TokenRow.token).execution_options(yield_per=1000)):
            if split(row.token).digest != row.digest:
                yield _wrong("tokens", f"the token stored as {row.digest} is another")
            stored.add(row.digest)
    if listed - stored:
        yield _wrong("tokens", f"{len(listed - stored)} tokens that were issued are missing from the store")
    if stored - listed:
        yield _wrong("tokens", f"{len(stored - listed)} tokens in the store were never issued")
    if listed == stored:
        yield _good("tokens", f"{len(stored)} stored, each in the journal")


def _keys(house: House, now: datetime) -> Iterator[Finding]:
    passphrase = passphrase_source(house.settings.secrets, default_file=house.settings.passphrase_file)
    for key in house.keyring():
        name = f"{key.purpose.value} key"
        if key.state in (KeyState.RETIRED, KeyState.COMPROMISED):
            affected = house.desk.affected_by(key.kid) if key.state is KeyState.COMPROMISED else []
            if affected:
                yield _wrong(name, f"{key.kid} is compromised; re-key {', '.join(affected)}")
            continue
        yield from _key_file(house, key.signer_uri, key.thumbprint, name, passphrase)
    for purpose in KeyPurpose:
        if not house.keyring().of(purpose, KeyState.ACTIVE):
            yield _wrong(f"{purpose.value} key", "none is active")
    if house.settings.passphrase_file.exists() and not house.settings.passphrase_given:
        yield _note(
            "passphrase", f"it lies beside the keys, in {house.settings.passphrase_file}: move it elsewhere"
        )


def _key_file(
    house: House, uri: str, thumbprint: str, name: str, passphrase: PassphraseSource
) -> Iterator[Finding]:
    signer: Any = open_signer(uri, passphrase=passphrase, base=house.settings.home)
    if signer.thumbprint != thumbprint:
        yield _wrong(name, f"the file at {uri} is another key")
        return
    signer.unlock()
    mode = stat.S_IMODE(signer.path.stat().st_mode)
    if mode & 0o077:
        yield _wrong(name, f"{signer.path} can be read by others (mode {mode:o}): chmod 600")
    else:
        yield _good(name, f"{thumbprint} opens")


def _publication(house: House, now: datetime) -> Iterator[Finding]:
    note = house.storage.get(CHECKPOINT_PATH)
    if note is None:
        yield _wrong("publication", "nothing is published yet: run `lcert publish`")
        return
    name = log_name(house.base_url)
    log_keys = [
        key.public_key.raw() for key in house.keyring().of(KeyPurpose.LOG, KeyState.ACTIVE, KeyState.RETIRED)
    ]
    signed = open_note(note, name, log_keys)
    anchor = published_checkpoint(note, name)
    if anchor is None or signed != encode_checkpoint(name, anchor.size, anchor.root):
        raise Malformed("the published checkpoint is damaged: run `lcert publish --full`")
    with house.registry.read() as session:
        head = journal.head(session)
        prove_extension(head, anchor, journal.nodes(session))
        if anchor.size < head.size:
            yield _wrong(
                "publication", f"{head.size - anchor.size} entries are not published: run `lcert publish`"
            )
        else:
            yield _good("publication", f"all {anchor.size} entries, checkpoint signed by the log key")
        yield from _files(house, session)


def _files(house: House, session: Session) -> Iterator[Finding]:
    """Published tokens and records are those of the registry."""
    different = []
    for view in readmodel.load_certificates(session, readmodel.all_numbers(session), with_history=False):
        for edition in view.editions:
            for securing, suffix in (
                ("vc+jwt", "jwt"),
                ("openbadge", "openbadge.jwt"),
                ("compact", "compact.jwt"),
            ):
                path = f"c/{view.number}/{edition.edition}.{suffix}"
                if house.storage.get(path) != edition.tokens[securing].encode():
                    different.append(path)
        record = house.storage.get(f"c/{view.number}.json")
        if record is None or parse_json(record, max_bytes=2**22).get("state") is None:
            different.append(f"c/{view.number}.json")
    if different:
        shown = ", ".join(different[:3])
        yield _wrong(
            "published files", f"{len(different)} differ, such as {shown}: run `lcert publish --full`"
        )
    else:
        yield _good("published files", "every token is published as issued")


def _status_lists(house: House, now: datetime) -> Iterator[Finding]:
    with house.registry.read() as session:
        numbers = readmodel.list_numbers(session)
    for number in numbers:
        for path in list_paths(number):
            stamp = read_stamp(house.storage.get(path))
            if stamp is None:
                yield _wrong("status lists", f"{path} is missing or damaged: run `lcert publish --full`")
            elif now >= stamp.expires_at:
                yield _wrong(
                    "status lists", f"{path} has expired: is the worker running? `lcert worker --once`"
                )
            elif stamp.is_due(kid=stamp.kid, now=now):
                yield _wrong("status lists", f"{path} should have been signed again: is the worker running?")
    yield _good("status lists", f"{len(numbers)} published")


def _trust(house: House, now: datetime) -> Iterator[Finding]:
    data = house.storage.get(TRUST_PATH)
    if data is None:
        yield _wrong("trust statement", "it is not published: run `lcert publish`")
        return
    trust = read_trust(data, pin=house.root_thumbprint, now=now)
    left = trust.expires_at - now if trust.expires_at else None
    if left is not None and left < _TRUST_WARNING:
        yield _wrong("trust statement", f"it expires in {left.days} days: run `lcert keys renew-trust`")
    elif left is not None and left < TRUST_RENEWAL:
        yield _note("trust statement", f"it expires in {left.days} days: `lcert keys renew-trust` is due")
    else:
        yield _good("trust statement", f"version {trust.version}, root {house.root_thumbprint}")

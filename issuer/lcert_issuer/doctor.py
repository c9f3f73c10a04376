"""What `lcert doctor` examines: settings, database, journal, keys, publication, worker. It reads only."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from lcert_keys.errors import KeyFileMissingError
from lcert_keys.open import open_signer
from lcert_keys.passphrase import PassphraseSource, passphrase_source
from lcert_verifier.errors import LcertError
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from .assembly import House, open_house
from .diskspace import shortage
from .doctor_files import (
    examine_bundle,
    examine_files,
    examine_lists,
    examine_publication,
    examine_served,
    examine_trust,
)
from .doctor_records import examine_audit, examine_journal, examine_tokens
from .findings import Finding, good, note, wrong
from .places import open_storage, recall
from .refusals import Refused
from .registry import journal
from .registry.heartbeats import WORKER, last_round
from .registry.locking import has_wal_reset_bug
from .registry.schema import missing_guards, schema_drift
from .settings import Settings, SettingsError
from .storage import StorageError
from .storage.folder import FolderStorage

__all__ = ["Finding", "examine"]

_CLOCKS: Final = timedelta(seconds=60)
_WORKER_SILENCE: Final = timedelta(minutes=15)
_SYNCHRONOUS: Final = {0: "off", 1: "normal", 2: "full", 3: "extra"}


def examine(settings: Settings, *, now: datetime) -> list[Finding]:
    """Everything that can be examined, in order; a fault in one part does not hide the others."""
    shown = settings.shown()
    if settings.base_url is None and (known := recall(settings)) is not None:
        shown["LCERT_BASE_URL"] = f"(not set: init fixed {known.base_url})"
    found = [Finding(name=name, level="good", detail=value) for name, value in shown.items()]
    found.extend(_disks(settings))
    try:
        with open_house(settings, clock=lambda: now) as house:
            for name, part in (
                ("database", _database),
                ("journal", examine_journal),
                ("tokens", examine_tokens),
                ("audit log", examine_audit),
                ("keys", _keys),
                ("publication", examine_publication),
                ("published files", examine_files),
                ("status lists", examine_lists),
                ("trust statement", examine_trust),
                ("bundle", examine_bundle),
                ("worker", _worker),
            ):
                try:
                    found.extend(part(house, now))
                except (LcertError, Refused, StorageError, OSError, ValueError) as fault:
                    found.append(wrong(name, str(fault)))
    except (Refused, SettingsError, LcertError, OSError) as fault:
        found.append(wrong("issuer", str(fault)))
        found.extend(_without_database(settings, now))
    return found


def _disks(settings: Settings) -> Iterator[Finding]:
    """Room for more, of each disk that something is written to; looked at first, for it explains other faults."""
    folders = {settings.home, *((settings.database_file.parent,) if settings.database_file else ())}
    if settings.storage_url.startswith("file:"):
        with contextlib.suppress(SettingsError):  # said where the storage is examined
            storage = open_storage(settings.storage_url)
            folders |= {storage.root} if isinstance(storage, FolderStorage) else set()
    short = [said for folder in sorted(folders) if (said := shortage(folder)) is not None]
    for said in dict.fromkeys(short):
        yield wrong("disk", f"{said}; until then nothing new is recorded or published there")
    if not short:
        yield good("disk", "there is space")


def _without_database(settings: Settings, now: datetime) -> list[Finding]:
    """What is published is examined all the same, by the note of whoever published last."""
    known = recall(settings)
    if known is None:
        return []
    try:
        return list(examine_served(open_storage(settings.storage_url), known, now))
    except (LcertError, StorageError, SettingsError, OSError, ValueError) as fault:
        return [wrong("published files", str(fault))]


def _database(house: House, now: datetime) -> Iterator[Finding]:
    drift = schema_drift(house.registry)
    if drift:
        yield wrong("schema", f"the tables differ from this program's in {len(drift)} places")
    else:
        yield good("schema", "the tables are this program's")
    if gone := missing_guards(house.registry):
        yield wrong(
            "schema", f"{', '.join(gone)} may be changed and deleted: the triggers that refuse it are gone"
        )
    with house.registry.read() as session:
        examined = (
            _sqlite(house, session) if house.registry.dialect == "sqlite" else _postgresql(session, now)
        )
        yield from examined
        newest = journal.head(session).recorded_at
        if newest - now > _CLOCKS:
            yield wrong(
                "clock",
                f"this machine says {now:%Y-%m-%d %H:%M:%S}Z, but the newest journal entry is of "
                f"{newest:%Y-%m-%d %H:%M:%S}Z: set the clock right; nothing is recorded until then",
            )


def _sqlite(house: House, session: Session) -> Iterator[Finding]:
    mode = session.execute(text("PRAGMA journal_mode")).scalar_one()
    synchronous = session.execute(text("PRAGMA synchronous")).scalar_one()
    broken = session.execute(text("PRAGMA quick_check(1)")).scalar_one()
    safety = (
        "this version's WAL-reset bug is kept off by one writer lock"
        if has_wal_reset_bug()
        else "one writer lock"
    )
    lock = house.registry.writer_lock
    yield good(
        "database",
        f"SQLite {sqlite3.sqlite_version}, journal mode {mode}, synchronous {_SYNCHRONOUS.get(synchronous)}; "
        f"{safety} ({lock.path.name if lock else 'none'})",
    )
    if (mode, synchronous) not in (("wal", 2), ("wal", 3)):
        yield wrong(
            "database", "it would not survive a power cut: journal mode must be wal, synchronous full"
        )
    if broken != "ok":
        yield wrong("database", f"SQLite finds damage: {broken}")


def _postgresql(session: Session, now: datetime) -> Iterator[Finding]:
    version, default, ours, clock, fsync, commit, full_pages = session.execute(
        text(
            "SELECT version(), current_setting('default_transaction_isolation'), "
            "current_setting('transaction_isolation'), clock_timestamp(), current_setting('fsync'), "
            "current_setting('synchronous_commit'), current_setting('full_page_writes')"
        )
    ).one()
    yield good(
        "database",
        f"{version.split(' on ')[0]}; reads in {ours}, writes in read committed (server default {default}), "
        "conflicts are tried again",
    )
    if ours != "repeatable read":
        yield wrong(
            "database", f"reads are in {ours}, not in repeatable read: does a pooler change the session?"
        )
    if abs(clock - now) > _CLOCKS:
        yield wrong("database clock", f"it says {clock}, this machine says {now}: set the clocks right")
    risks = [
        name
        for name, value in (
            ("fsync", fsync),
            ("synchronous_commit", commit),
            ("full_page_writes", full_pages),
        )
        if value == "off"
    ]
    if risks:
        yield note("database", f"{', '.join(risks)} off: it may lose what was acknowledged in a power cut")


def _worker(house: House, now: datetime) -> Iterator[Finding]:
    """Whether somebody signs lists again before they expire."""
    with house.registry.read() as session:
        last = last_round(session, WORKER)
    if last is None:
        yield note(
            "worker", "none has run yet: `lcert worker`, or lists expire 24 hours after they are signed"
        )
    elif now - last > _WORKER_SILENCE:
        yield wrong("worker", f"its last round was at {last:%Y-%m-%d %H:%M:%S}Z: start `lcert worker`")
    else:
        yield good("worker", f"its last round was at {last:%Y-%m-%d %H:%M:%S}Z")


def _keys(house: House, now: datetime) -> Iterator[Finding]:
    passphrase = passphrase_source(house.settings.secrets, default_file=house.settings.passphrase_file)
    for key in house.keyring():
        name = f"{key.purpose.value} key"
        if key.state in (KeyState.RETIRED, KeyState.COMPROMISED):
            affected = house.desk.affected_by(key.kid) if key.state is KeyState.COMPROMISED else []
            if affected:
                yield wrong(name, f"{key.kid} is compromised; re-key {', '.join(affected)}")
            continue
        try:
            yield from _key_file(house, key.signer_uri, key.thumbprint, name, passphrase)
        except KeyFileMissingError as fault:
            if key.purpose is KeyPurpose.ROOT:  # it is kept apart between changes of keys
                yield note(
                    name, f"kept apart; bring it back to change keys or renew the trust statement ({fault})"
                )
            else:
                yield wrong(name, str(fault))
        except (LcertError, Refused, OSError, ValueError) as fault:
            yield wrong(name, str(fault))
    for purpose in KeyPurpose:
        if not house.keyring().of(purpose, KeyState.ACTIVE):
            yield wrong(f"{purpose.value} key", "none is active")
    if house.settings.passphrase_file.exists() and not house.settings.passphrase_given:
        yield note(
            "passphrase", f"it lies beside the keys, in {house.settings.passphrase_file}: move it elsewhere"
        )


def _key_file(
    house: House, uri: str, thumbprint: str, name: str, passphrase: PassphraseSource
) -> Iterator[Finding]:
    signer: Any = open_signer(uri, passphrase=passphrase, base=house.settings.home)
    if signer.thumbprint != thumbprint:
        yield wrong(name, f"the file at {uri} is another key")
        return
    signer.unlock()
    mode = stat.S_IMODE(signer.path.stat().st_mode)
    if mode & 0o077:
        yield wrong(name, f"{signer.path} can be read by others (mode {mode:o}): chmod 600")
    else:
        yield good(name, f"{thumbprint} opens")

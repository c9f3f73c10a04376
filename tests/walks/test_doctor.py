"""What `lcert doctor` finds when one thing was changed behind the issuer's back, and nothing when nothing was."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.support.forking import QuickHome

from lcert_issuer import doctor_files, doctor_records
from lcert_issuer.assembly import House, open_house
from lcert_issuer.doctor import examine
from lcert_issuer.findings import Finding
from lcert_issuer.settings import Settings, read_settings
from lcert_verifier.errors import LcertError
from lcert_verifier.evidence import utc_now

Part = Callable[[House, datetime], Iterator[Finding]]


@dataclass
class Patient:
    """An issuer, one change of which is undone when the block ends."""

    settings: Settings
    folder: Path
    now: datetime

    def ask(self, part: Part, *, later: timedelta = timedelta(0)) -> list[str]:
        """What `part` finds: `level: detail`."""
        with open_house(self.settings, clock=lambda: self.now + later) as house:
            try:
                return [f"{found.level}: {found.detail}" for found in part(house, self.now + later)]
            except LcertError as fault:
                return [f"wrong: {fault}"]

    @contextmanager
    def changed_rows(self, *statements: str) -> Iterator[None]:
        """As somebody who may write to the database would: without the triggers that refuse it."""
        path = self.folder / "registry.sqlite3"
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = path.read_bytes()
        with closing(sqlite3.connect(path)) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert database.execute(statement).rowcount, statement
            for _, sql in triggers:
                database.execute(sql)
            database.commit()
        try:
            yield
        finally:
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.write_bytes(before)

    @contextmanager
    def changed_file(self, path: str, body: bytes | None) -> Iterator[None]:
        file = self.folder / path
        before = file.read_bytes() if file.exists() else None
        if body is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        try:
            yield
        finally:
            if before is None:
                file.unlink()
            else:
                file.write_bytes(before)

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def the(self, pattern: str) -> str:
        """The newest file of this form, by its path below the home."""
        found = max(self.folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
        return found.relative_to(self.folder).as_posix()


@pytest.fixture(scope="module")
def patient(shared_home: QuickHome) -> Patient:
    shared_home.done("publish")
    return Patient(settings=read_settings(shared_home.env), folder=shared_home.folder, now=utc_now())


PARTS: list[Part] = [
    doctor_records.examine_journal,
    doctor_records.examine_tokens,
    doctor_records.examine_audit,
    doctor_files.examine_publication,
    doctor_files.examine_files,
    doctor_files.examine_lists,
    doctor_files.examine_trust,
    doctor_files.examine_bundle,
]


def test_nothing_is_wrong_when_nothing_was_changed(patient: Patient) -> None:
    found = [line for part in PARTS for line in patient.ask(part)]
    assert found
    assert all(line.startswith("good") for line in found), found


GONE = "body = NULL, salt = x'' "


@pytest.mark.parametrize(
    ("change", "part", "said"),
    [
        ("DELETE FROM journal WHERE position = 1", "journal", "wrong: entry 1 is missing"),
        (
            "UPDATE journal SET entry = CAST(entry || ' ' AS BLOB) WHERE position = 0",
            "journal",
            "its hash is another",
        ),
        (
            "UPDATE journal SET kind = 'withdrawn' WHERE position = 0",
            "journal",
            "does not say what the entry says",
        ),
        (
            "UPDATE journal SET recorded_at = recorded_at - 86400000000 WHERE position = 2",
            "journal",
            "entry 2 is older than the one before it",
        ),
        ("UPDATE head SET size = size - 1", "journal", "give another tree"),
        ("UPDATE head SET recorded_at = recorded_at - 86400000000", "journal", "the head's time"),
        (
            "INSERT INTO journal_node (level, position, hash) VALUES (8, 0, zeroblob(32))",
            "journal",
            "the stored inner hashes",
        ),
        ("DELETE FROM payload", "journal", "payloads are not those"),
        ("UPDATE payload SET body = '{}'", "journal", "payloads are not those"),
        ("UPDATE payload SET body = NULL", "journal", "payloads are not those"),
        (f"UPDATE payload SET {GONE}", "journal", "note: 0 erased"),
        (f"UPDATE payload SET {GONE}, erased_at = 1767225600000000", "journal", "knows of no erasure"),
        ("UPDATE token SET token = replace(token, 'a', 'b')", "tokens", "is another"),
        (
            "UPDATE token SET securing = 'other' WHERE securing = 'openbadge'",
            "tokens",
            "does not say what the journal says",
        ),
        ("DELETE FROM token WHERE securing = 'openbadge'", "tokens", "1 tokens that were issued are missing"),
        ("UPDATE token SET digest = upper(digest)", "tokens", "3 tokens in the store were never issued"),
        ("DELETE FROM audit WHERE id = 1", "audit", "wrong: "),
        ("UPDATE audit SET actor = 'nobody' WHERE id = 1", "audit", "row 1 of the audit log was changed"),
        ("DELETE FROM audit_head", "audit", "the end of the audit log is missing"),
        ("UPDATE edition SET withdrawn_at = 1767225600000000", "lists", "is not up to date"),
        (
            "UPDATE journal SET entry = CAST(entry || ' ' AS BLOB) WHERE position = 0",
            "publication",
            "differ, such as log/tile/",
        ),
        ("DELETE FROM published_file", "files", "note: their digests are not known yet"),
    ],
)
def test_a_changed_row_is_found(patient: Patient, change: str, part: str, said: str) -> None:
    (examined,) = [each for each in PARTS if each.__name__ == f"examine_{part}"]
    with patient.changed_rows(change):
        found = patient.ask(examined)
    assert any(said in line for line in found), found


def test_an_audit_log_that_was_cut_and_closed_again_is_found(patient: Patient) -> None:
    """Its chain is sound; but the last publication saw more of it."""
    newest = "(SELECT {} FROM audit ORDER BY id DESC LIMIT 1)"
    with patient.changed_rows(
        f"DELETE FROM audit WHERE id = {newest.format('id')}",
        f"UPDATE audit_head SET size = size - 1, last_id = {newest.format('id')}, digest = {newest.format('digest')}",
    ):
        (said,) = patient.ask(doctor_records.examine_audit)
    assert "wrong: it does not go on from the" in said
    assert patient.ask(doctor_records.examine_audit)[0].startswith("good")


def flipped(body: bytes) -> bytes:
    return body[:-9] + (b"A" if body[-9:-8] != b"A" else b"B") + body[-8:]


def test_a_changed_file_is_found(patient: Patient) -> None:
    files, token = doctor_files, patient.the("public/c/*/1.jwt")
    revocation, suspension = (f"public/status/bitstring/{each}/1" for each in ("revocation", "suspension"))
    bundle = patient.read("public/bundle.zip")
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name))
    tile = patient.the("public/log/tile/0/000.p/*")
    cases: list[tuple[str, bytes | None, Part, str]] = [
        ("public/log/checkpoint", None, files.examine_publication, "nothing is published yet"),
        ("public/log/checkpoint", b"junk", files.examine_publication, "wrong: "),
        (tile, bytes(32), files.examine_publication, "1 differ, such as log/tile/0/"),
        ("public/log/tile/0/007", b"", files.examine_publication, "1 differ, such as log/tile/0/007"),
        ("public/log/tile/0/000.p/1", b"", files.examine_publication, "1 differ"),
        ("public/log/tile/0/000.p/1", patient.read(tile)[:32], files.examine_publication, "good: "),
        ("public/log/tile/entries/000.p/1", b"", files.examine_publication, "1 differ"),
        (token, b"", files.examine_files, "1 differ"),
        ("public/trust.json", None, files.examine_files, "differ, such as"),
        ("public/strange.txt", b"", files.examine_files, "1 were not published by this issuer"),
        ("public/status/token/1", None, files.examine_lists, "is missing or damaged"),
        ("public/status/token/1", b"junk", files.examine_lists, "is missing or damaged"),
        (revocation, flipped(patient.read(revocation)), files.examine_lists, "is not signed by a status key"),
        (suspension, patient.read(revocation), files.examine_lists, "is another list"),
        ("public/trust.json", None, files.examine_trust, "it is not published"),
        ("public/trust.json", b"{}", files.examine_trust, "wrong: "),
        ("public/bundle.zip", None, files.examine_bundle, "it is not published"),
        ("public/bundle.zip", b"PK", files.examine_bundle, "run `lcert publish`"),
        ("public/bundle.zip", stored.getvalue(), files.examine_bundle, "not those that were published"),
        ("highwater.json", None, doctor_records.examine_journal, "note: there is none yet"),
    ]
    for path, body, part, said in cases:
        with patient.changed_file(path, body):
            found = patient.ask(part)
        assert any(said in line for line in found), (path, body, found)


@pytest.mark.parametrize(
    ("part", "days", "said"),
    [
        (doctor_files.examine_lists, 0.6, "should have been signed again"),
        (doctor_files.examine_lists, 1.1, "has expired"),
        (doctor_files.examine_bundle, 5, "it expires on"),
        (doctor_files.examine_bundle, 8, "it expires on"),
    ],
)
def test_what_time_alone_does_is_told(patient: Patient, part: Part, days: float, said: str) -> None:
    assert any(said in line for line in patient.ask(part, later=timedelta(days=days)))


@pytest.mark.parametrize(
    ("days", "said"),
    [(200, "good: version 1"), (350, "note: it expires in"), (380, "run `lcert keys"), (401, "wrong: ")],
)
def test_trust_is_due_long_before_it_expires(patient: Patient, days: int, said: str) -> None:
    assert any(said in line for line in patient.ask(doctor_files.examine_trust, later=timedelta(days=days)))


def test_tables_and_a_clock_that_are_not_right_are_told(patient: Patient) -> None:
    with patient.changed_rows("ALTER TABLE audit ADD COLUMN more TEXT"):
        found = "\n".join(
            item.detail for item in examine(patient.settings, now=patient.now - timedelta(hours=1))
        )
    assert "the tables differ from this program's" in found
    assert "set the clock right" in found


def test_keys_and_a_silent_worker_are_told(patient: Patient) -> None:
    keys = sorted((patient.folder / "keys").glob("*.pem"))
    keys[0].chmod(0o644)
    (lost,) = [key for key in keys if key.name.startswith("status")]
    away = lost.rename(lost.with_suffix(".away"))
    with patient.changed_rows("UPDATE key SET state = 'retired' WHERE purpose = 'log'"):
        found = [
            f"{item.level} {item.name}: {item.detail}" for item in examine(patient.settings, now=patient.now)
        ]
    keys[0].chmod(0o600)
    away.rename(lost)
    said = "\n".join(found)
    assert f"wrong status key: the key file {lost} is missing" in said
    assert "can be read by others (mode 644)" in said
    assert "wrong log key: none is active" in said
    assert lost.name in said
    assert "note worker: none has run yet" in said


def test_a_root_key_in_a_safe_is_as_it_should_be(patient: Patient) -> None:
    files = sorted((patient.folder / "keys").glob("root-*"))
    moved = [file.rename(patient.folder / file.name) for file in files]
    found = examine(patient.settings, now=patient.now)
    for place, file in zip(files, moved, strict=True):
        file.rename(place)
    assert {item.level for item in found} == {"good", "note"}
    (root,) = [item for item in found if item.name == "root key"]
    assert root.level == "note"
    assert "bring it back to change keys" in root.detail
    assert str(files[0]) in root.detail

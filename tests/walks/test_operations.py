"""What operators rely on when things go wrong: replay, answers given once, erasure, the audit log, full disks."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from scripts.tamper_test import KINDS, Victim
from tests.support.forking import KILLED, QuickHome
from tests.support.forms import form_file
from tests.support.published import Published

from lcert_verifier import Code
from lcert_verifier.jose import split


def _files(home: QuickHome) -> Published:
    return Published(folder=home.folder / "public", base_url=home.base_url)


def _number(home: QuickHome) -> str:
    return str(home.lcert("list", "--json").lines[0]["number"])


def _rows(home: QuickHome, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home.folder / "registry.sqlite3") as database:
        return database.execute(query).fetchall()


_SAME = (
    "SELECT position, event_id, notice_key, kind, number, edition, entry, leaf_hash FROM journal ORDER BY position",
    "SELECT digest, credential_id, securing, kid, token FROM token ORDER BY digest",
    "SELECT number, standing, since, reason, ab_initio, latest_edition, first_granted_on FROM certificate ORDER BY 1",
    "SELECT number, edition, kind, list_number, list_index, valid_from, valid_through, superseded_from, withdrawn_at, "
    "next_notice_at, holder_name, domains, search_text, claims, issued_position, suspended_from "
    "FROM edition ORDER BY 1, 2",
    "SELECT size, root, frontier, recorded_at FROM head",
    "SELECT kid, state, purpose, signer_uri FROM key ORDER BY kid",
    "SELECT max(version) FROM trust",
)
"""What a replayed registry must say, as the lost one did."""


def test_an_old_backup_catches_up_with_what_was_published(home: QuickHome, tmp_path: Path) -> None:
    number, form = _number(home), str(form_file(tmp_path))
    home.done("backup", str(tmp_path / "backup"))
    token = home.done("issue", form)["tokens"]["vc+jwt"]
    home.done("suspend", number, "--reason", "fee-unpaid")
    home.done("reinstate", number, "--reason", "remedied")
    home.done("rekey", number)
    home.done("withdraw", number, "--reason", "unlicensed-data", "--effective", "ab-initio")
    home.done("keys", "promote", home.done("keys", "stage")["kid"])
    lost = [_rows(home, query) for query in _SAME]

    replayed = home.done("restore", str(tmp_path / "backup"), "--force", "--replay")
    assert replayed["older"] is True
    assert replayed["replayed"] == 7
    assert [_rows(home, query) for query in _SAME] == lost
    assert _files(home).code(token) is Code.VALID
    assert _files(home).json(f"c/{number}.json")["state"] == "withdrawn"
    examined = home.lcert("doctor")
    assert examined.code == 0, examined.out
    assert "7 lost" in examined.out, "what cannot come back is said"
    assert home.done("issue", form)["number"].endswith("-0003")


def test_a_status_list_of_the_lost_time_pardons_nobody(home: QuickHome, tmp_path: Path) -> None:
    """Nobody knows any more in which order its indices were drawn: only those that the journal names are used."""
    form = str(form_file(tmp_path))
    home.done("backup", str(tmp_path / "backup"))
    with sqlite3.connect(home.folder / "registry.sqlite3") as database:
        database.execute("UPDATE status_slot SET taken = 1")
        database.execute("INSERT INTO status_list SELECT 2, opened_at FROM status_list")
        database.execute("INSERT INTO status_slot SELECT 2, list_index, ordinal, 0 FROM status_slot")
    known = home.done("issue", form)
    assert home.lcert("issue", form, more={"LCERT_FAILPOINT": "issue.after_commit"}).code == KILLED
    newest = "SELECT token FROM token WHERE securing = 'vc+jwt' ORDER BY credential_id DESC"
    lost = str(_rows(home, newest)[0][0])
    assert [_list_of(token) for token in (known["tokens"]["vc+jwt"], lost)] == [2, 2]

    assert home.done("restore", str(tmp_path / "backup"), "--force", "--replay")["replayed"] == 1
    again = home.done("issue", form)
    assert _list_of(again["tokens"]["vc+jwt"]) == 1, "what was not lost is used first"
    assert _rows(home, "SELECT number FROM status_list ORDER BY number") == [(1,), (2,), (3,)]
    assert _rows(home, "SELECT count(*) FROM status_slot WHERE list_number = 2 AND NOT taken") == [(0,)]
    codes = [
        _files(home).code(token) for token in (known["tokens"]["vc+jwt"], lost, again["tokens"]["vc+jwt"])
    ]
    assert codes == [Code.VALID, Code.REVOKED, Code.VALID]
    assert home.lcert("doctor").code == 0


def _list_of(token: str) -> int:
    return int(split(token).payload["status"]["status_list"]["uri"].rpartition("/")[2])


def test_a_request_asked_again_is_answered_again(home: QuickHome, tmp_path: Path) -> None:
    form, other = str(form_file(tmp_path)), str(form_file(tmp_path, "o.json", holder__legalName="Other"))
    first = home.done("issue", form, "--idempotency-key", "order-7")
    assert home.done("issue", form, "--idempotency-key", "order-7") == first
    refused = home.lcert("issue", other, "--idempotency-key", "order-7", "--json")
    assert refused.code == 1
    assert refused.object["error"]["code"] == "idempotency_conflict"
    assert home.done("issue", form, "--idempotency-key", "order-8")["number"] != first["number"]


def test_what_was_erased_is_gone_and_the_journal_still_verifies(home: QuickHome) -> None:
    number = _number(home)
    assert home.done("erase", number, "--actor", "dpo")["entries"] == 1
    query = "SELECT body, salt FROM payload JOIN journal USING (event_id) WHERE number IS NOT NULL"
    assert _rows(home, query) == [(None, b"")]
    assert "privateErasedAt" in _files(home).json(f"c/{number}.json")
    examined = home.lcert("doctor")
    assert examined.code == 0, examined.out
    assert "1 erased" in examined.out
    (noted,) = home.lcert("audit", "--actor", "dpo", "--json").lines
    assert (noted["action"], noted["target"]) == ("erase", number)
    _rows(home, "UPDATE payload SET erased_at = erased_at + 1 WHERE erased_at IS NOT NULL")
    assert "knows of no erasure" in home.lcert("doctor").out


def test_each_kind_of_tampering_is_found(home: QuickHome) -> None:
    home.done("publish")
    victim, seed = Victim(home.folder), random.randrange(10**6)
    print(f"seed {seed}")
    assert victim.wrong() == []
    for turn in range(6):
        rng = random.Random(f"{seed}-{turn}")
        with victim.tampered(KINDS[turn % 3], rng) as what:
            assert victim.wrong(), what
    assert victim.wrong() == []


@pytest.mark.parametrize("fault", ["storage", "key"])
def test_what_is_published_stays_readable_while_something_is_broken(
    home: QuickHome, tmp_path: Path, fault: str
) -> None:
    token, number = home.lcert("token", _number(home)).out.strip(), _number(home)
    form = str(form_file(tmp_path))
    if fault == "storage":  # a file where a folder must be made: no write can end there, not even root's
        staging = home.folder / "public" / ".staging"
        if staging.exists():
            staging.rmdir()
        staging.write_text("")
        changed = home.lcert("suspend", number, "--reason", "fee-unpaid", "--json")
        assert changed.code == 0
        assert changed.object["published"] is False
        assert "not published" in changed.err
        assert _files(home).code(token) is Code.VALID
        staging.unlink()
        home.done("publish")
        assert _files(home).code(token) is Code.SUSPENDED
        return
    for key in (home.folder / "keys").glob("issuer-*.pem"):
        key.rename(key.with_suffix(".away"))
    refused = home.lcert("issue", form)
    assert refused.code == 1
    assert "is missing" in refused.err
    assert _rows(home, "SELECT count(*) FROM intent WHERE state = 'open'") == [(0,)]
    examined = home.lcert("doctor")
    assert examined.code == 1
    assert "WRONG issuer key" in examined.out
    assert _files(home).code(token) is Code.VALID

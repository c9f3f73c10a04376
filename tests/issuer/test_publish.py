"""What is published, when, in which order, and what is refused: seen through the storage and the verifier."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.support.press import BASE_URL, CRITERIA, Press, press, press_template
from tests.support.registry import crash

from lcert_issuer import list_steps
from lcert_issuer.anchors import HighWaterMark
from lcert_issuer.publish import FAILPOINTS, Issuer, PublishRefused
from lcert_issuer.registry import journal
from lcert_issuer.registry.events import Kind
from lcert_issuer.registry.models import Head, StatusSlot
from lcert_issuer.registry.slots import open_list
from lcert_issuer.statuslists import FINAL_LIFETIME, LIST_LIFETIME, list_paths, read_stamp
from lcert_issuer.storage import StorageError
from lcert_keys import LocalSigner, PassphraseError
from lcert_verifier.checkpoint import open_note, parse_checkpoint
from lcert_verifier.jose import split
from lcert_verifier.linkage import CONFIGURATION_PATH, assertion_keys, read_linkage
from lcert_verifier.report import Code, Verdict
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, Securing

__all__ = ["press", "press_template"]

FIRST = [
    "contexts/l/v1",
    "criteria/L-2026.1",
    "log/tile/entries/000.p/4",
    "log/tile/0/000.p/4",
    ".well-known/jwks.json",
    ".well-known/did.json",
    ".well-known/jwt-vc-issuer",
    "trust.json",
    ".well-known/did-configuration.json",
    "status/token/1",
    "status/bitstring/revocation/1",
    "status/bitstring/suspension/1",
    "log/checkpoint",
]


def checkpoint_size(press: Press) -> int:
    raw = press.key(KeyPurpose.LOG).public_key.raw()
    return parse_checkpoint(open_note(press.read("log/checkpoint"), "certs.example/log", raw)).size


# the first publication


def test_the_first_publication_has_keys_list_one_and_the_journal(press: Press) -> None:
    done = press.publisher.publish()
    assert list(done.paths) == FIRST
    assert done.problems == ()
    assert checkpoint_size(press) == done.size == 4
    assert press.read("criteria/L-2026.1").decode() == CRITERIA
    assert "LCertification" in json.loads(press.read("contexts/l/v1"))["@context"]


def test_init_can_have_the_bundle_at_once(press: Press) -> None:
    done = press.publisher.publish(bundle=True)
    assert done.paths[-3:] == ("bundle.zip", f"bundles/{press.now.date()}.zip", "bundles/index.json")


def test_the_journal_is_marked_published_before_anything_leaves(press: Press) -> None:
    class Full(type(press.storage)):  # type: ignore[misc]
        def begin(self, objects: object, *, before: Callable[[], None]) -> None:
            before()
            with press.registry.read() as session:
                assert journal.head(session).published
            raise StorageError("no space")

    press.publisher = press.make_publisher(storage=Full(press.storage.root))
    with pytest.raises(StorageError):
        press.publisher.publish()


def test_nothing_appears_before_the_mark_is_raised(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.publisher.publish()
    before = press.everything()
    press.issue()
    there: list[object] = []
    advance = HighWaterMark.advance

    def slowly(*arguments: Any) -> None:
        time.sleep(0.3)
        there.append(press.everything())
        advance(*arguments)

    monkeypatch.setattr(HighWaterMark, "advance", slowly)
    press.publisher.publish()
    assert there == [before]


def test_a_mark_is_raised_before_another_may_publish_though_the_disk_is_full(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.issue()
    raised: list[str] = []

    def slowly(*_: Any) -> None:
        time.sleep(0.3)
        raised.append("mark")

    def full(*_: Any, **__: Any) -> None:
        raise StorageError("no space")

    monkeypatch.setattr(HighWaterMark, "advance", slowly)
    monkeypatch.setattr(type(press.storage), "begin", full)
    with pytest.raises(StorageError, match="no space"):
        press.publisher.publish()
    assert raised == ["mark"]


def test_every_step_is_durable_before_the_next_one_appears(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publisher.publish()
    number = press.issue()[0].number
    flush, replace, begin = os.fsync, Path.replace, type(press.storage).begin
    unflushed: set[Path] = set()
    steps: list[list[str]] = []

    def flushing(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        if name.is_dir():
            time.sleep(0.02)
        flush(descriptor)
        unflushed.discard(name)

    def replacing(self: Path, target: Path) -> Path:
        if press.storage.root in target.parents:
            unflushed.add(target.parent)
        return replace(self, target)

    def beginning(self: Any, objects: Any, *, before: Callable[[], None]) -> Callable[[], None]:
        steps.append([path for path, _ in objects])

        def checked() -> None:
            before()
            assert not unflushed, "what was shown before may be lost after this is seen"

        return begin(self, objects, before=checked)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "replace", replacing)
    monkeypatch.setattr(type(press.storage), "begin", beginning)
    press.publisher.publish()
    assert not unflushed
    shown = [
        f"c/{number}/1.jwt",
        "status/token/1",
        f"c/{number}.json",
        f"badge/{number}.svg",
        "log/checkpoint",
    ]
    assert all(path in paths for path, paths in zip(shown, steps, strict=True))


def test_without_a_trust_statement_nothing_is_published_or_marked(press: Press) -> None:
    with press.registry.write() as session:
        session.connection().exec_driver_sql("DELETE FROM trust")
    with pytest.raises(PublishRefused, match="lcert init"):
        press.publisher.publish()
    with press.registry.read() as session:
        assert not journal.head(session).published
    assert list(press.storage.list()) == []


# what changes and what stays


def test_an_issued_certificate_is_published_and_verifies_in_every_securing(press: Press) -> None:
    press.publisher.publish()
    issued = press.issue()[0]
    done = press.publisher.publish()
    number = issued.number
    assert {path for path in done.paths if number in path} == {
        f"c/{number}.json",
        f"c/{number}.jwt",
        f"c/{number}/1.jwt",
        f"c/{number}/1.openbadge.jwt",
        f"c/{number}/1.compact.jwt",
        f"badge/{number}.svg",
        f"badge/{number}/baked.svg",
    }
    assert press.read(f"c/{number}.jwt").decode() == issued.tokens[Securing.VC_JWT]
    for securing in Securing:
        assert press.judge(issued, securing).verdict is Verdict.ACCEPTED


def test_a_second_publication_without_a_change_writes_nothing(press: Press) -> None:
    press.issue(2)
    press.publisher.publish()
    before = press.everything()
    press.now += timedelta(minutes=5)
    assert press.publisher.publish().paths == ()
    assert press.everything() == before


def test_only_what_new_entries_touch_is_written(press: Press) -> None:
    first, second = press.issue(2)
    press.publisher.publish()
    press.rendered.clear()
    press.now += timedelta(minutes=1)
    press.decide(second.number, Kind.SUSPENDED, "suspended")
    done = press.publisher.publish()
    assert not [path for path in done.paths if first.number in path]
    assert press.rendered == [second.number]
    assert set(list_paths(1)) <= set(done.paths)
    assert press.judge(first).verdict is Verdict.ACCEPTED
    assert press.judge(second).code is Code.SUSPENDED


def test_deriving_everything_again_changes_no_immutable_byte(press: Press) -> None:
    press.issue(2)
    press.publisher.publish()
    before = press.everything()
    assert set(press.publisher.publish(full=True).paths) == set(list_paths(1))
    after = press.everything()
    assert {path for path in before if before[path] != after[path]} == set(list_paths(1))


def test_a_damaged_storage_is_repaired_by_deriving_everything(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish()
    good = press.everything()
    press.storage.delete(f"c/{issued.number}.json")
    press.storage.put(f"c/{issued.number}/1.jwt", b"damaged")
    press.storage.put("log/tile/0/000.p/5", b"damaged")
    press.publisher.publish(full=True)
    for path in (f"c/{issued.number}.json", f"c/{issued.number}/1.jwt", "log/tile/0/000.p/5"):
        assert press.read(path) == good[path]


def test_an_empty_storage_is_filled_again_even_without_asking(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish()
    shutil.rmtree(press.storage.root)
    press.publisher.publish()
    assert press.judge(issued).verdict is Verdict.ACCEPTED


def test_progress_is_told_by_certificate(press: Press) -> None:
    press.issue(3)
    told: list[tuple[int, int]] = []
    press.publisher.publish(progress=lambda done, total: told.append((done, total)))
    assert told == [(n, 9) for n in range(1, 10)], "each passes three times: tokens, record, badges"


def test_a_renewal_takes_the_number_over_on_its_day(press: Press) -> None:
    old = press.issue()[0]
    press.now += timedelta(days=340)
    new = press.succeed(
        old.number,
        Kind.RENEWED,
        valid_from=old.valid_through + timedelta(days=1),
        valid_through=old.valid_through + timedelta(days=365),
    )
    press.publisher.publish()
    assert press.read(f"c/{old.number}.jwt").decode() == old.tokens[Securing.VC_JWT]
    assert press.judge(old).verdict is Verdict.ACCEPTED
    assert press.judge(new).code is Code.NOT_YET_VALID
    press.now += timedelta(days=26)
    paths = press.publisher.publish().paths
    assert set(list_paths(1)) <= set(paths), "the list says so without any entry, because the day has come"
    assert press.judge(new).verdict is Verdict.ACCEPTED
    assert press.judge(old).code is Code.EXPIRED


def test_an_edition_that_replaces_another_supersedes_it_at_once(press: Press) -> None:
    old = press.issue()[0]
    press.publisher.publish()
    press.now += timedelta(days=1)
    new = press.succeed(old.number, Kind.CORRECTED, valid_through=old.valid_through)
    press.publisher.publish()
    report = press.judge(old)
    assert report.code is Code.SUPERSEDED
    assert report.current_edition is not None
    assert press.judge(new).verdict is Verdict.ACCEPTED
    record = json.loads(press.read(f"c/{old.number}.json"))
    assert [edition["status"] for edition in record["editions"]] == ["superseded", "valid"]
    assert press.read(f"c/{old.number}.jwt").decode() == new.tokens[Securing.VC_JWT]


def test_a_withdrawn_certificate_is_revoked_and_keeps_its_record(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish()
    press.now += timedelta(minutes=2)
    press.decide(issued.number, Kind.WITHDRAWN, "withdrawn", reason="unlicensed-data")
    press.publisher.publish()
    assert press.judge(issued).code is Code.REVOKED
    record = json.loads(press.read(f"c/{issued.number}.json"))
    assert (record["state"], record["reason"]) == ("withdrawn", "unlicensed-data")


# status lists over time


def test_lists_are_signed_again_at_half_their_time(press: Press) -> None:
    press.publisher.publish()
    press.now += timedelta(hours=11, minutes=59)
    assert press.publisher.publish().paths == ()
    press.now += timedelta(minutes=1)
    assert press.publisher.publish().paths == list_paths(1)


def test_all_lists_are_signed_again_when_the_status_key_is_another(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish()
    key = press.add_key(KeyPurpose.STATUS)
    done = press.publisher.publish()
    assert set(list_paths(1)) <= set(done.paths)
    for path in list_paths(1):
        stamp = read_stamp(press.read(path))
        assert stamp is not None
        assert stamp.kid == key.kid
    assert json.loads(press.read(".well-known/did.json"))["verificationMethod"][0]["id"] == key.kid
    assert press.judge(issued).verdict is Verdict.ACCEPTED


def test_the_size_and_time_of_a_list_never_go_back(press: Press) -> None:
    press.publisher.publish()
    seen = read_stamp(press.read("status/token/1"))
    assert seen is not None
    press.now -= timedelta(seconds=40)  # within what clocks may differ
    number = press.issue()[0].number
    press.decide(number, Kind.SUSPENDED, "suspended")
    press.publisher.publish()
    stamp = read_stamp(press.read("status/token/1"))
    assert stamp is not None
    assert stamp.size > seen.size
    assert stamp.issued_at >= seen.issued_at


def test_a_clock_that_went_back_is_refused(press: Press) -> None:
    press.publisher.publish()
    press.now -= timedelta(hours=2)
    with pytest.raises(PublishRefused, match="set the clock right"):
        press.publisher.publish()


def test_a_damaged_list_is_replaced(press: Press) -> None:
    press.publisher.publish()
    press.storage.put("status/bitstring/suspension/1", b"damaged")
    assert press.publisher.publish().paths == list_paths(1)


def test_of_many_lists_some_are_looked_at_each_time_and_all_in_turn(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_steps, "_A_ROUND", 1)
    with press.registry.write() as session:
        for number in (2, 3):
            open_list(session, number, now=press.now)
    press.publisher.publish(bundle=True)
    press.storage.put("status/token/2", b"damaged")
    written = []
    for _ in range(3):
        press.now += timedelta(seconds=5)
        written.append(press.publisher.publish().paths)
    assert sorted(written) == [(), (), list_paths(2)]


# keys


def test_a_key_that_readers_do_not_know_is_published_before_what_it_signed(press: Press) -> None:
    press.publisher.publish()
    press.add_key(KeyPurpose.STATUS)
    paths = press.publisher.publish().paths
    assert paths.index("trust.json") < paths.index("status/token/1")


def test_a_key_that_was_staged_before_signs_before_the_new_statement_is_there(press: Press) -> None:
    signer, uri = press.make_key(KeyPurpose.STATUS, Algorithm.ES256)
    staged = press.change_key(
        lambda ring: ring.stage(
            did="did:web:certs.example",
            public_key=signer.public_key,
            purpose=KeyPurpose.STATUS,
            signer_uri=uri,
            at=press.now,
        ),
        Kind.KEY_STAGED,
    )
    press.publisher.publish()
    press.change_key(lambda ring: ring.promote(staged.kid, at=press.now), Kind.KEY_PROMOTED)
    paths = press.publisher.publish().paths
    assert paths.index("trust.json") > paths.index("status/token/1")


def test_a_new_log_key_signs_the_checkpoint_again(press: Press) -> None:
    press.publisher.publish()
    press.add_key(KeyPurpose.LOG, Algorithm.ED25519)
    assert press.publisher.publish().paths[-1] == "log/checkpoint"
    assert checkpoint_size(press) == 6


def test_everything_under_a_compromised_key_is_refused_and_new_editions_are_not(press: Press) -> None:
    old = press.issue()[0]
    press.publisher.publish()
    press.compromise(press.key(KeyPurpose.ISSUER))
    press.add_key(KeyPurpose.ISSUER)
    new = press.succeed(old.number, Kind.REKEYED, valid_through=old.valid_through)
    press.publisher.publish()
    assert press.judge(old).code is Code.KEY_COMPROMISED
    assert press.judge(new).verdict is Verdict.ACCEPTED
    assert list(press.storage.list("log/proof/")) == []


def test_badges_of_certificates_under_a_compromised_key_are_drawn_again_after_the_key_is_known(
    press: Press,
) -> None:
    under = press.issue(2)
    press.publisher.publish()
    press.add_key(KeyPurpose.ISSUER)
    press.issue()
    press.publisher.publish()
    press.rendered.clear()
    first = next(key for key in press.all_keys() if key.kid == under[0].kid)
    press.compromise(first)
    press.on_render = lambda: press.judge(under[0]).code
    press.publisher.publish()
    assert press.rendered == [issued.number for issued in under]
    assert press.found[-2:] == [Code.KEY_COMPROMISED] * 2
    press.rendered.clear()
    press.append_notice()
    press.publisher.publish()
    assert press.rendered == []


def test_what_is_proven_before_the_compromise_stands(press: Press) -> None:
    stands = press.issue(2)
    with press.registry.read() as session:
        position = journal.head(session).size
    falls = press.issue()[0]
    press.publisher.publish()
    press.compromise(press.key(KeyPurpose.ISSUER), since=position)
    press.publisher.publish()
    assert len(list(press.storage.list("log/proof/"))) == 9, "three tokens of each of three editions"
    for issued in stands:
        for securing in Securing:
            assert press.judge(issued, securing).verdict is Verdict.ACCEPTED
    assert press.judge(falls).code is Code.KEY_COMPROMISED
    digest = split(stands[0].tokens[Securing.VC_JWT]).digest
    press.storage.delete(f"log/proof/{digest}")
    assert press.judge(stands[0]).code is Code.STATUS_HISTORY_UNAVAILABLE


def test_a_compromise_becomes_known_even_when_nothing_can_be_signed_any_more(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish(bundle=True)
    key = press.compromise(press.key(KeyPurpose.STATUS))
    done = press.publisher.publish(bundle=True)
    assert "trust.json" in done.paths
    assert "bundle.zip" not in done.paths
    assert any("status lists" in problem for problem in done.problems)
    assert any("lcert keys stage --purpose status" in problem for problem in done.problems)
    assert key.kid not in press.read(".well-known/did.json").decode()
    assert press.judge(issued).code is Code.STATUS_UNAVAILABLE
    press.add_key(KeyPurpose.STATUS)
    assert press.publisher.publish().problems == ()
    assert press.judge(issued).verdict is Verdict.ACCEPTED


def test_a_key_file_that_does_not_open_is_said_and_can_be_tried_again(press: Press) -> None:
    press.publisher.publish()
    issued = press.issue()[0]

    def locked(key: object) -> LocalSigner:
        raise PassphraseError("wrong")

    with pytest.raises(PassphraseError):
        press.make_publisher(issuer=Issuer(base_url=BASE_URL, open_signer=locked)).publish()
    press.publisher.publish()
    assert press.judge(issued).verdict is Verdict.ACCEPTED


# never going back


def test_an_old_backup_of_the_database_publishes_nothing(press: Press) -> None:
    press.issue()
    press.publisher.publish()
    press.registry.close()
    backup = press.home / "backup.sqlite3"
    shutil.copy(press.home / "registry.sqlite3", backup)
    issued = press.issue()[0]
    press.decide(issued.number, Kind.WITHDRAWN, "withdrawn")
    press.publisher.publish()
    before = press.everything()
    press.registry.close()
    for name in ("registry.sqlite3-wal", "registry.sqlite3-shm"):
        (press.home / name).unlink(missing_ok=True)
    shutil.copy(backup, press.home / "registry.sqlite3")
    for full in (False, True):
        with pytest.raises(PublishRefused, match="older than what others have seen"):
            press.publisher.publish(full=full)
    assert press.everything() == before
    shutil.rmtree(press.storage.root)
    with pytest.raises(PublishRefused, match=r"highwater\.json"):
        press.publisher.publish()
    (press.home / "highwater.json").unlink()
    for path, data in before.items():
        press.storage.put(path, data)
    with pytest.raises(PublishRefused, match="published checkpoint"):
        press.publisher.publish()


def test_a_journal_that_went_another_way_after_a_restore_publishes_nothing(press: Press) -> None:
    press.publisher.publish()
    press.registry.close()
    backup = press.home / "backup.sqlite3"
    shutil.copy(press.home / "registry.sqlite3", backup)
    press.issue()
    press.publisher.publish()
    press.registry.close()
    for name in ("registry.sqlite3-wal", "registry.sqlite3-shm"):
        (press.home / name).unlink(missing_ok=True)
    shutil.copy(backup, press.home / "registry.sqlite3")
    press.issue(3)
    with pytest.raises(PublishRefused, match="does not extend"):
        press.publisher.publish()


def test_a_head_that_does_not_fit_its_entries_publishes_nothing(press: Press) -> None:
    press.publisher.publish()
    press.issue()
    with press.registry.write() as session:
        session.execute(update(Head).values(root=bytes(32)))
    with pytest.raises(PublishRefused, match="does not extend"):
        press.publisher.publish()


def test_another_issuers_storage_is_refused(press: Press) -> None:
    press.publisher.publish()
    other = press.read("log/checkpoint").replace(b"certs.example/log\n", b"other.example/log\n", 1)
    press.storage.put("log/checkpoint", other)
    with pytest.raises(PublishRefused, match="LCERT_STORAGE_URL"):
        press.publisher.publish()


def test_a_newer_published_trust_statement_is_never_replaced_by_an_older_one(press: Press) -> None:
    press.add_key(KeyPurpose.STATUS)
    press.publisher.publish()
    with press.registry.write() as session:
        session.connection().exec_driver_sql("DELETE FROM trust WHERE version > 2")
    with pytest.raises(PublishRefused, match="trust statement 3 is published"):
        press.publisher.publish()


def test_a_damaged_high_water_mark_is_not_guessed_at(press: Press) -> None:
    press.publisher.publish()
    (press.home / "highwater.json").write_text("{")
    with pytest.raises(PublishRefused, match="damaged"):
        press.publisher.publish()


def test_the_mark_is_raised_before_anything_of_a_new_head_leaves(press: Press) -> None:
    press.publisher.publish()
    press.issue()
    (press.home / "highwater.json").unlink()
    (press.home / "highwater.json").mkdir()
    before = press.everything()
    with pytest.raises((PublishRefused, OSError)):
        press.publisher.publish()
    assert press.everything() == before


# tiles


def test_partial_tiles_are_removed_once_the_whole_one_is_there(press: Press) -> None:
    for _ in range(3):
        press.append_notice(60)
        press.publisher.publish()
    assert len(list(press.storage.list("log/tile/0/000.p/"))) == 3
    press.append_notice(100)
    press.publisher.publish()
    assert list(press.storage.list("log/tile/0/000.p/")) == ["log/tile/0/000.p/184"]
    assert list(press.storage.list("log/tile/entries/000.p/")) == ["log/tile/entries/000.p/184"]
    assert press.storage.exists("log/tile/0/000")


# several at once, and crashes


def test_publishers_that_meet_take_turns(press: Press) -> None:
    issued = press.issue(4)
    faults: list[BaseException] = []

    def work() -> None:
        try:
            press.make_publisher().publish()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert press.judge(issued[0]).verdict is Verdict.ACCEPTED
    assert press.publisher.publish().paths == ()


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_publisher_killed_at_any_step_leaves_the_old_or_the_new(failpoint: str, press: Press) -> None:
    withdrawn, other = press.issue(2)
    press.publisher.publish(bundle=True)
    press.now += timedelta(minutes=5)
    press.decide(withdrawn.number, Kind.WITHDRAWN, "withdrawn")
    press.issue()
    press.add_key(KeyPurpose.STATUS)

    def codes() -> tuple[Code, Code]:
        verifier = press.verifier()
        first, second = (verifier.verify(each.tokens[Securing.VC_JWT]) for each in (withdrawn, other))
        return first.code, second.code

    assert crash(lambda: press.publisher.publish(bundle=True), at=failpoint), "it was killed"
    lists_left = FAILPOINTS.index(failpoint) >= FAILPOINTS.index("publish.after_lists")
    assert codes() == (Code.REVOKED if lists_left else Code.VALID, Code.VALID)
    press.publisher.publish(bundle=True)
    assert codes() == (Code.REVOKED, Code.VALID)
    assert press.publisher.publish().paths == ()
    assert not press.publisher.bundle_due()


# domain linkage


def test_the_issuer_s_origin_and_did_are_proven_to_be_one_s(press: Press) -> None:
    """DIF DID configuration: signed by the issuer key, by the published DID document, and renewed in time."""
    press.publisher.publish()

    def linked() -> str:
        found = read_linkage(
            press.read(CONFIGURATION_PATH),
            origin="https://certs.example",
            resolve=lambda did: assertion_keys(did, press.read(".well-known/did.json")),
            now=press.now,
        )
        assert found.dids == ("did:web:certs.example",), found
        return split(json.loads(press.read(CONFIGURATION_PATH))["linked_dids"][0]).kid or ""

    first = press.read(CONFIGURATION_PATH)
    assert linked() == press.key(KeyPurpose.ISSUER).kid
    press.now += timedelta(days=182)
    press.publisher.publish()
    assert press.read(CONFIGURATION_PATH) == first
    press.now += timedelta(days=2)
    press.publisher.publish()
    assert press.read(CONFIGURATION_PATH) != first
    old = linked()
    press.compromise(press.key(KeyPurpose.ISSUER))
    press.add_key(KeyPurpose.ISSUER)
    press.publisher.publish()
    assert linked() != old


# the last issue of a list


def test_a_list_whose_editions_have_all_expired_is_issued_once_more_for_long(press: Press) -> None:
    (issued,) = press.issue()
    press.publisher.publish()
    paths = list_paths(1)

    def lifetimes() -> set[timedelta]:
        stamps = [read_stamp(press.read(path)) for path in paths]
        return {stamp.expires_at - stamp.issued_at for stamp in stamps if stamp}

    press.now = datetime(
        issued.valid_through.year, issued.valid_through.month, issued.valid_through.day, 12, tzinfo=UTC
    )
    press.publisher.publish()
    press.now += timedelta(days=1)
    press.publisher.publish()
    assert lifetimes() == {LIST_LIFETIME}, "indices are left, so new editions may come"
    with press.registry.write() as session:
        session.execute(update(StatusSlot).values(taken=True))
    press.publisher.publish()
    assert lifetimes() == {FINAL_LIFETIME}
    assert press.judge(issued).code is Code.EXPIRED
    final = [press.read(path) for path in paths]
    press.now += timedelta(days=400)
    press.publisher.publish()
    assert [press.read(path) for path in paths] == final, "nothing is signed again"
    press.decide(issued.number, kind=Kind.WITHDRAWN, standing="withdrawn", reason="unlicensed-data")
    press.publisher.publish()
    assert [press.read(path) for path in paths] != final, "a withdrawal from the start still gets into it"
    assert lifetimes() == {FINAL_LIFETIME}
    old = press.key(KeyPurpose.STATUS)
    press.add_key(KeyPurpose.STATUS)
    press.compromise(old)
    press.publisher.publish()
    stamp = read_stamp(press.read(paths[0]))
    assert stamp is not None
    assert stamp.kid != old.kid, "a fallen key's last word is said again by the new one"

"""The offline bundle as a partner opens it, and when a new one is made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.press import Press, press, press_template

from lcert_issuer import bundling
from lcert_issuer.bundling import BUNDLE_INTERVAL, bundle_stamp
from lcert_issuer.registry.events import Kind
from lcert_issuer.registry.journal import head
from lcert_verifier.bundle import read_bundle
from lcert_verifier.errors import BundleError
from lcert_verifier.lookup import Lookup
from lcert_verifier.report import Code, Verdict
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import KeyPurpose, Securing

__all__ = ["press", "press_template"]


def offline(press: Press) -> Verifier:
    return Verifier.from_bundle(press.read("bundle.zip"), clock=lambda: press.now)


def test_a_bundle_answers_without_the_issuer_for_seven_days(press: Press) -> None:
    good, bad = press.issue(2)
    press.decide(bad.number, Kind.WITHDRAWN, "withdrawn")
    press.publisher.publish(bundle=True)
    for securing in Securing:
        assert offline(press).verify(good.tokens[securing]).verdict is Verdict.ACCEPTED
    assert offline(press).verify(bad.tokens[Securing.COMPACT]).code is Code.REVOKED
    press.now += timedelta(days=6, hours=23)
    assert offline(press).verify(good.tokens[Securing.VC_JWT]).verdict is Verdict.ACCEPTED
    press.now += timedelta(hours=2)
    assert offline(press).verify(good.tokens[Securing.VC_JWT]).verdict is Verdict.INDETERMINATE
    assert offline(press).verify(bad.tokens[Securing.VC_JWT]).code is Code.REVOKED


def test_it_holds_every_record_and_proof_and_the_checkpoint(press: Press) -> None:
    issued = press.issue(2)
    with press.registry.read() as session:
        size = head(session).size
    press.compromise(press.key(KeyPurpose.ISSUER), since=size)
    press.add_key(KeyPurpose.ISSUER)
    done = press.publisher.publish(bundle=True)
    bundle = read_bundle(press.read("bundle.zip"), now=press.now)
    assert (bundle.size, bundle.root) == (done.size, done.root)
    assert bundle.files["records.jsonl"] == b"".join(press.read(f"c/{i.number}.json") for i in issued)
    assert bundle.files["proofs.jsonl"].count(b"\n") == 6
    assert bundle.files["checkpoint"] == press.read("log/checkpoint")
    for securing in Securing:
        assert offline(press).verify(issued[0].tokens[securing]).verdict is Verdict.ACCEPTED


def test_the_same_state_at_the_same_time_gives_the_same_files(press: Press) -> None:
    press.issue()
    press.publisher.publish(bundle=True)
    before = read_bundle(press.read("bundle.zip"), now=press.now)
    press.publisher.publish(bundle=True)
    after = read_bundle(press.read("bundle.zip"), now=press.now)
    assert before.files.keys() == after.files.keys()
    signed = {"manifest.jws", *(name for name in before.files if name.startswith("status/"))}
    assert all(before.files[name] == after.files[name] for name in before.files if name not in signed)


def test_it_is_due_when_there_is_none_or_it_is_damaged(press: Press) -> None:
    assert press.publisher.bundle_due()
    press.publisher.publish(bundle=True)
    assert not press.publisher.bundle_due()
    press.storage.put("bundle.zip", b"damaged")
    assert press.publisher.bundle_due()


@pytest.mark.parametrize("bound", ["_MOST_CONTENT", "MAX_BUNDLE_BYTES"])
def test_records_that_would_make_it_too_large_are_left_out_and_it_says_so(
    press: Press, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    (issued,) = press.issue()
    press.publisher.publish(bundle=True)
    assert Lookup.from_bundle(press.read("bundle.zip"), clock=lambda: press.now).get(issued.number)
    monkeypatch.setattr(
        bundling, bound, 3_000 if bound == "_MOST_CONTENT" else len(press.read("bundle.zip")) - 100
    )
    for sample in (1_000, 1):
        monkeypatch.setattr(bundling, "_SAMPLE", sample)
        press.publisher.publish(bundle=True)
        data = press.read("bundle.zip")
        verifier = Verifier.from_bundle(data, clock=lambda: press.now)
        assert verifier.verify(issued.tokens[Securing.VC_JWT]).code is Code.VALID
        with pytest.raises(BundleError, match="too many certificates"):
            Lookup.from_bundle(data, clock=lambda: press.now)


def test_it_is_read_once_and_not_each_time_somebody_asks(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publisher.publish(bundle=True)
    read: list[str] = []
    get = press.storage.get
    monkeypatch.setattr(press.storage, "get", lambda path: read.append(path) or get(path))
    for _ in range(3):
        press.now += BUNDLE_INTERVAL
        assert not press.publisher.bundle_due()
    assert read.count("bundle.zip") == 1


def test_it_is_due_some_minutes_after_a_change_and_daily_without(press: Press) -> None:
    press.publisher.publish(bundle=True)
    press.now += timedelta(seconds=1)
    press.issue()
    press.publisher.publish()
    assert not press.publisher.bundle_due(), "not with every change"
    press.now += BUNDLE_INTERVAL
    assert press.publisher.bundle_due()
    press.publisher.publish(bundle=True)
    press.now += timedelta(hours=23)
    press.publisher.publish()
    assert not press.publisher.bundle_due()
    press.now += timedelta(hours=1)
    assert press.publisher.bundle_due()


def test_it_is_due_after_a_change_of_keys(press: Press) -> None:
    press.publisher.publish(bundle=True)
    press.now += BUNDLE_INTERVAL
    press.add_key(KeyPurpose.STATUS)
    press.publisher.publish()
    assert press.publisher.bundle_due()


@pytest.mark.parametrize("data", [None, b"", b"PK", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle_has_no_stamp(data: bytes | None) -> None:
    assert bundle_stamp(data) is None

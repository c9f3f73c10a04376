"""What a person types finds the certificate however it is spelt, and changes are told without a bundle too."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer
from tests.support.records import event, record

from lcert_verifier.bundle import BundleSource
from lcert_verifier.lookup import Covers, Lookup

ISSUER = Issuer()
AT = datetime(2027, 1, 10, tzinfo=UTC)
DIGEST = "ab" * 32


def lookup(*records: dict[str, Any], at: datetime = AT) -> Lookup:
    return Lookup(records, clock=lambda: at)


IDS = [
    {"type": "hf", "value": "Maker/Model-3", "revision": "0123456789abcdef"},
    {"type": "hf", "value": "Maker/Other"},
    {"type": "hf", "value": "Maker/Tagged", "revision": "v1.0"},
    {"type": "sha256", "value": DIGEST},
    {"type": "url", "value": "https://maker.example/model/"},
]


@pytest.mark.parametrize(
    "asked",
    [
        {"number": " lc-2027-0001\n"},
        {"holder": "QUILLWATER  audio"},
        {"holder": "trading as"},
        {"lei": " 999900quillwater0155 "},
        {"registration": "gb-coh 99000001"},
        {"registration": "99 000 001"},
        {"hf": " MAKER/model-3 "},
        {"hf": ("Maker/Model-3", None)},
        {"hf": ("Maker/Model-3", "0123456")},
        {"hf": ("Maker/Model-3", "0123456789ABCDEF00")},
        {"hf": ("Maker/Other", "0123456")},
        {"hf": ("Maker/Tagged", "v1.0")},
        {"sha256": f" SHA256:{DIGEST.upper()} "},
        {"url": " https://maker.example/model#files "},
        {"url": "https://maker.example/model///"},
        {"domain": "a.b.quillwater.example"},
        {"covers": " prompt  ASSISTANT "},
        {"covers": ("Quillwater Compose", None), "state": "active"},
    ],
)
def test_it_is_found_however_it_is_spelt(asked: dict[str, Any]) -> None:
    one = record(scope__covered__0__ids=IDS, holder__tradingNames=["One", "Trading As"])
    other = record(
        "LC-2027-0002",
        holder__legalName="Other Ltd",
        holder__tradingNames=[],
        holder__lei="999900OTHER00000000X",
        holder__registration={"scheme": "GB-COH", "id": "99000002"},
        holder__domains__0__name="other.example",
        scope__covered__0__name="Other",
        scope__covered__0__ids=[],
        scope__notCovered=[],
    )
    other["state"] = "withdrawn"
    both = lookup(other, one)
    assert [entry.number for entry in both.find(**asked)] == ["LC-2027-0001"]
    assert [entry.number for entry in both.find(**asked, at=AT)] == ["LC-2027-0001"]


@pytest.mark.parametrize(
    "asked",
    [
        {"hf": ("Maker/Model-3", "012345")},
        {"hf": ("Maker/Model-3", "1234567")},
        {"hf": ("Maker/Tagged", "v1")},
        {"hf": ("Maker/Model", "0123456789abcdef")},
        {"holder": "Quillwater Audio Limited"},
        {"holder": "None"},
        {"url": "https://maker.example"},
        {"url": "https://maker.example/modelX"},
        {"domain": "example"},
    ],
)
def test_what_is_near_is_not_it(asked: dict[str, Any]) -> None:
    assert lookup(record(scope__covered__0__ids=IDS)).find(**asked) == []


def test_a_certificate_is_had_by_its_number_in_any_case() -> None:
    some = lookup(record())
    assert len(some) == 1
    for number in ("LC-2027-0001", " lc-2027-0001 "):
        for found in (some.get(number), some.get(number, at=AT), some.get(number, known_at=AT)):
            assert found is not None
            assert (found.number, found.edition, found.state) == ("LC-2027-0001", 1, "active")
        assert some.get(number, known_at=AT - timedelta(days=10)) is None
    assert some.get("LC-2027-0002") is None
    assert some.get("LC-2027-0002", at=AT) is None


def test_what_is_asked_of_another_day_is_answered_of_that_day() -> None:
    some = lookup(record("LC-2027-0001", event(4, "suspended", "2027-01-05")) | {"state": "suspended"})
    for days, state in ((-20, "scheduled"), (-9, "active"), (-5, "suspended"), (0, "suspended")):
        then = AT + timedelta(days=days)
        (found,) = some.find(at=then, holder="quillwater")
        assert found.state == state, days
        one = some.get("LC-2027-0001", at=then)
        assert one is not None
        assert one.state == state
        assert [entry.state for entry in some.find(known_at=then)] == ([] if days == -20 else [state])
        assert [entry.state for entry in some.find(at=then, state="active")] == ["active"] * (days == -9)
    with pytest.raises(ValueError, match="'gone' is not one of scheduled, active"):
        some.find(state="gone")


def test_an_edition_whose_words_are_not_at_hand_covers_nobody_knows_what() -> None:
    told = record("LC-2027-0001", event(4, "renewed", "2028-01-01") | {"edition": 2})
    told["editions"][0]["supersededFrom"] = "2028-01-01T00:00:00Z"
    told["editions"].append({"edition": 2, "validFrom": "2028-01-01", "validThrough": "2028-12-31"})
    for now, edition, answer in ((AT, 1, Covers.YES), (AT.replace(year=2028), 2, Covers.UNKNOWN)):
        for found in (lookup(told, at=now).get("LC-2027-0001"), lookup(told).get("LC-2027-0001", at=now)):
            assert found is not None
            assert (found.edition, found.state, found.is_current) == (edition, "active", edition == 1)
            assert found.covers("Quillwater Compose", "3.1").answer is answer


def test_records_of_odd_forms_are_passed_over_and_hide_no_other() -> None:
    odd = {
        "number": "LC-2027-0002",
        "holder": {"domains": ["x", {}], "tradingNames": "x"},
        "scope": {"covered": ["x", {"ids": "x"}], "notCovered": "x"},
        "history": [7, {}],
    }
    some = lookup(odd, {"number": "LC-2027-0003", "holder": [], "scope": "x"}, record())
    assert [entry.number for entry in some.find()] == ["LC-2027-0001"]
    assert [entry.number for entry in some.find(holder="quillwater")] == ["LC-2027-0001"]
    assert some.get("LC-2027-0002") is None


def test_a_bundle_with_its_history_tells_every_change() -> None:
    times = {"effectiveAt": "2026-11-01T00:00:00Z", "recordedAt": "2026-11-01T00:00:00Z"}
    body = {"v": 1, "kind": "suspended", "number": "LC-2026-0001", **times}
    issuer = Issuer(entries=[json.dumps(body).encode() for _ in range(4)])
    tiles = {path: data for path, data in issuer.tiles().items() if "/entries/" in path}
    whole = Lookup.from_bundle(issuer.bundle({**issuer.bundle_files(), **tiles}), clock=lambda: NOW)
    assert whole.gapless
    for since, told in ((-1, [0, 1, 2, 3]), (0, [0, 1, 2, 3]), (1, [1, 2, 3]), (4, [])):
        assert [change.position for change in whole.changes(since)] == told
    without = Lookup.from_bundle(issuer.bundle(), clock=lambda: NOW)
    assert without.gapless is False
    assert list(without.changes()) == []


def test_coverage_is_told_only_when_it_was_asked_for() -> None:
    some = lookup(record())
    (plain,) = some.find(state="active")
    assert plain.coverage is None
    (asked,) = some.find(covers=("Quillwater Compose", "4"))
    assert asked.coverage is not None
    assert asked.coverage.answer is Covers.NO


def test_changes_without_a_bundle_are_those_of_the_records_in_order() -> None:
    some = lookup(
        record("LC-2027-0001", {"position": "x"}, event(9, "suspended", "2027-02-01")),
        record("LC-2027-0002", event(5, "withdrawn", "2027-01-20")),
        {"number": "LC-2027-0003", "history": "none"},
    )
    assert [change.position for change in some.changes()] == [3, 3, 5, 9]
    assert [(change.position, change.number) for change in some.changes(5)] == [
        (5, "LC-2027-0002"),
        (9, "LC-2027-0001"),
    ]
    assert list(some.changes(some.size)) == []
    assert (some.size, some.gapless, some.issuer, some.expired) == (10, False, None, False)
    assert lookup().size == 0


def test_a_bundle_tells_its_issuer_its_size_and_its_age() -> None:
    data, times = ISSUER.bundle(), [NOW]
    by_bytes = Lookup.from_bundle(data, clock=lambda: times[0])
    opened = BundleSource(data, clock=lambda: NOW)
    for some in (by_bytes, Lookup.from_bundle(opened, clock=lambda: times[0])):
        times[0] = NOW
        assert some.issuer == (ISSUER.did, opened.bundle.trust.name)
        assert lookup().issuer is None
        assert some.size == ISSUER.head()[0]
        times[0] = opened.bundle.expires_at
        assert not some.expired
        times[0] += timedelta(microseconds=1)
        assert some.expired


def test_a_renewal_that_took_over_since_is_read_from_the_bundle() -> None:
    told = record("LC-2027-0001", event(4, "renewed", "2027-01-02") | {"edition": 2})
    told["editions"][0]["supersededFrom"] = "2028-01-01T00:00:00Z"
    told["editions"].append({"edition": 2, "validFrom": "2028-01-01", "validThrough": "2028-12-31"})
    told["history"][-1]["effectiveAt"] = "2028-01-01T00:00:00Z"
    later = record("LC-2027-0001", scope__covered__0__name="Quillwater Next")
    words = {name: later[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")}
    files = {
        "records.jsonl": json.dumps(told).encode() + b"\n",
        "editions.jsonl": json.dumps({"id": "LC-2027-0001/2", "currentEdition": 2, **words}).encode() + b"\n",
    }
    day = timedelta(days=1)
    issuer = Issuer(now=datetime(2027, 12, 30, tzinfo=UTC))
    data = issuer.bundle({**issuer.bundle_files(), **files})
    for at, name, edition in (
        (issuer.now, "Quillwater Compose", 1),
        (issuer.now + 3 * day, "Quillwater Next", 2),
    ):
        then = Lookup.from_bundle(data, clock=partial(datetime.fromtimestamp, at.timestamp(), UTC))
        before = Lookup.from_bundle(data, clock=lambda: issuer.now)
        for found in (then.get("LC-2027-0001"), before.get("LC-2027-0001", at=at)):
            assert found is not None
            assert (found.edition, found.is_current) == (edition, True)
            assert found.covers(name).answer is Covers.YES


def test_one_model_of_another_revision_hides_no_other_certificate() -> None:
    other = [{"type": "hf", "value": "Maker/Model-3", "revision": "fedcba9876543210"}]
    some = lookup(
        record("LC-2027-0001", scope__covered__0__ids=other),
        record("LC-2027-0002", scope__covered__0__ids=IDS),
    )
    assert [each.number for each in some.find(hf=("Maker/Model-3", "0123456"))] == ["LC-2027-0002"]

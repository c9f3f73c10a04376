"""Reports, receipts and badges in words: what is not known is not told, and nothing steers a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.edges import NOW, Issuer
from tests.support.evidence import MemorySource, make_world
from tests.support.records import record

from lcert_verifier.bundle import read_bundle
from lcert_verifier.bundle_update import BundleFacts
from lcert_verifier.linkage import Link, Linkage
from lcert_verifier.lookup import Lookup
from lcert_verifier.page import Mention, PageReport
from lcert_verifier.receipt import Receipt
from lcert_verifier.report import CHECKS, Code, Verdict
from lcert_verifier.requirements import Answer, Requirement
from lcert_verifier.vocabulary import Securing
from lcert_verifier.wording import (
    describe_answer,
    describe_bundle,
    describe_found,
    describe_linkage,
    describe_page,
    describe_receipt,
    describe_report,
    plain,
)

WORLD = make_world()


def test_a_refusal_without_evidence_tells_no_times() -> None:
    text = describe_report("token x", WORLD.verifier().verify("x"))
    assert text.startswith("REJECTED (malformed)  token x\n")
    assert text.splitlines()[2:] == ["  Because a token has three segments, this has 1"]
    assert "As of" not in text
    assert "edition" not in text


def test_trust_that_is_missing_says_why_in_a_second_line() -> None:
    report = WORLD.verifier().verify("x")
    unavailable = replace(report, verdict=Verdict.INDETERMINATE, code=Code.TRUST_UNAVAILABLE)
    assert describe_report("t", unavailable).splitlines()[2].startswith("  Because ")


def test_the_edition_in_force_is_named_and_cannot_steer_a_terminal() -> None:
    report = replace(
        WORLD.verifier().verify(WORLD.token()), sentence="x", current_edition="https://c.example/\x1b[2J"
    )
    assert r"  Edition in force: https://c.example/\x1b[2J" in describe_report("t", report).splitlines()


@pytest.mark.parametrize("kind", list(Securing))
def test_whom_a_certificate_is_for_is_told_in_every_form(kind: Securing) -> None:
    report = WORLD.verifier().verify(WORLD.token(kind))
    assert (
        describe_report("t", report)
        .splitlines()[2]
        .startswith(
            f"  {WORLD.number} edition {WORLD.edition}, Quillwater Audio Ltd, quillwater.example, through "
        )
    )
    every = describe_report("t", report, verbose=True).splitlines()
    assert "    signature  ok" in every
    assert [line.rstrip() for line in every] == every
    assert not any("signature" in line for line in describe_report("t", report).splitlines())


def test_a_receipt_of_what_was_no_token_names_no_digest() -> None:
    receipt = Receipt(
        verifier="v\u202e", issued_at=NOW, kid="k", input_sha256="00", token_digest=None,
        verdict=Verdict.REJECTED, code=Code.MALFORMED, sentence="No.", at=None, known_at=None, domain=None,
        credential=None, as_of={},
    )  # fmt: skip
    text = describe_receipt(receipt)
    assert "token digest" not in text
    assert text.splitlines()[:2] == ["GENUINE  rejected (malformed)", "  No."]
    assert r"judged by v\u202e on 2026-" in text
    assert "  token digest 11" in describe_receipt(replace(receipt, token_digest="11"))


def test_everything_invisible_is_spelt() -> None:
    assert plain("a\nb\u200bc\u202ed é") == r"a\nb\u200bc\u202ed é"


AT = datetime(2027, 1, 10, tzinfo=UTC)


def test_a_certificate_is_told_in_a_few_lines() -> None:
    lookup = Lookup([record()], clock=lambda: AT)
    (found,) = lookup.find(covers=("Quillwater Compose", "4"))
    assert describe_found(found).splitlines() == [
        "LC-2027-0001  active",
        "  Quillwater Audio Ltd (quillwater.example)",
        "  Quillwater Compose 3.x (text-to-music)",
        "  edition 1, 2027-01-01 to 2027-12-31",
        "  covered: no, covered is only Quillwater Compose >=3.0,<4",
        "  not covered: Prompt assistant",
        "  data: explicit-license, 80-90 %",
        "  data: owned, 10-20 %",
        "  https://certs.example/c/LC-2027-0001",
    ]
    (plainly,) = lookup.find()
    assert "covered: no" not in describe_found(plainly)
    for since, reason in ((None, "fee-unpaid"), ("2027-01-05T00:00:00Z", None)):
        told = describe_found(replace(plainly, since=since, reason=reason))
        assert told.startswith("LC-2027-0001  active\n")
    odd = record(dataBasis=[{"basis": "open-license", "licenses": ["MIT", "CC0-1.0"]}]) | {
        "state": "suspended",
        "since": "2027-01-05T00:00:00Z",
        "reason": "fee-unpaid",
        "certificate": {"criteria": "L-2026.1", "assessedOn": "2026-12-20"},
    }
    lines = describe_found(Lookup([odd], clock=lambda: AT).find()[0]).splitlines()
    assert lines[0] == "LC-2027-0001  suspended, fee-unpaid"
    assert lines[-3:] == [
        "  data: open-license, MIT, CC0-1.0",
        "  criteria L-2026.1, assessed on 2026-12-20",
        "  https://certs.example/c/LC-2027-0001",
    ]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "0 min"),
        (timedelta(minutes=119, seconds=59), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=7), "7 days"),
    ],
)
def test_a_bundle_is_told_with_its_age(age: timedelta, words: str) -> None:
    issuer = Issuer()
    bundle = read_bundle(issuer.bundle(), now=NOW)
    facts = BundleFacts(bundle=bundle, pin="PIN", age=age, expired=False)
    lines = [
        f"{bundle.trust.name}  {issuer.did}",
        "  root key      PIN",
        f"  made          2026-11-20T12:00:00Z, {words} ago",
        "  expires       2026-11-27T12:00:00Z",
        f"  journal       {bundle.size} entries",
        f"  certificates  {facts.certificates}",
        "  trust version 1",
    ]
    assert describe_bundle(facts, "show").splitlines() == lines
    assert describe_bundle(facts, "update").splitlines() == [*lines, "Nothing newer is published."]
    newer = describe_bundle(replace(facts, changed=True), "update").splitlines()
    assert newer == [*lines, "Updated."]
    fetched = describe_bundle(replace(facts, expired=True, has_history=True), "fetch").splitlines()
    assert fetched[3].endswith(" (EXPIRED: update it)")
    assert fetched[4].endswith(", held whole: the past can be asked about")
    assert fetched[7].startswith("The root key is pinned now. Compare its thumbprint")


def test_a_page_is_told_badge_by_badge_and_in_sum() -> None:
    good, bad = WORLD.verifier().verify(WORLD.token()), WORLD.verifier().verify("x")
    url = "https://certs.example/c/LC-2026-0001"
    page = PageReport(
        host="shop.example",
        badges=(
            (Mention(kind="link", line=3, url=url), good),
            (Mention(kind="baked", line=4, token="x", image="https://shop.example/\u202ex.png"), bad),
            (Mention(kind="baked", line=5, token="x"), bad),
        ),
        problems=("only 3 badges were looked at",),
        linkage=Linkage(origin="https://shop.example", links=()),
    )
    assert describe_page(page).splitlines() == [
        f"ACCEPTED (valid)  line 3, link: {url}",
        f"  {good.sentence}",
        r"REJECTED (malformed)  line 4, baked: https://shop.example/\u202ex.png",
        f"  {bad.sentence}",
        "REJECTED (malformed)  line 5, baked: in the page itself",
        f"  {bad.sentence}",
        "  only 3 badges were looked at",
        "domain: https://shop.example names no DID",
        "1 of 3 badges are genuine for shop.example",
    ]
    assert describe_page(PageReport(host="shop.example", badges=())) == "no badge was found on the page"
    alone = describe_page(PageReport(host=None, badges=page.badges[:1]))
    assert (
        alone.splitlines()[-1]
        == "1 of 1 badges are genuine; whose page it is was not asked: --host HOST does"
    )


def test_each_did_of_an_origin_is_told_with_what_is_wrong() -> None:
    links = (
        Link(did="did:web:a.example", expires_at=NOW),
        Link(did="did:web:b.example", problem="its signature is not the DID's"),
        Link(did=None, problem="not\x07judged", unknown=True),
    )
    assert describe_linkage(Linkage(origin="https://a.example", links=links)).splitlines() == [
        "LINKED  did:web:a.example, until 2026-11-20T12:00:00Z",
        "NOT LINKED  did:web:b.example: its signature is not the DID's",
        r"UNKNOWN  an entry: not\x07judged",
    ]


def test_an_answer_is_told_with_its_certificate_and_warning() -> None:
    requirement = Requirement(title="T", wanted={})
    (found,) = Lookup([record()], clock=lambda: AT).find()
    met = Answer(requirement=requirement, verdict=Verdict.ACCEPTED, detail="d", found=found, warning="soon")
    assert describe_answer(met) == "ok  T  LC-2027-0001: d\n  warning: soon"
    for verdict, mark in ((Verdict.REJECTED, "NOT MET"), (Verdict.INDETERMINATE, "UNKNOWN")):
        answer = Answer(requirement=requirement, verdict=verdict, detail="d")
        assert describe_answer(answer) == f"{mark}  T: d"


def test_every_check_is_told_when_asked_for() -> None:
    lines = describe_report("x", WORLD.verifier().verify("x"), verbose=True).splitlines()
    assert lines[2].startswith("    form       FAILED    ")
    assert lines[3:] == [f"    {name:<10} -" for name in CHECKS[1:]]
    unsure = WORLD.verifier(MemorySource(WORLD)).verify(WORLD.token())
    lines = describe_report("x", unsure, verbose=True).splitlines()
    assert lines[1].startswith("  Unknown: ")
    assert f"    {CHECKS[0]:<10} ok" in lines
    assert any(line.startswith("    status     unknown   ") for line in lines)
    accepted = describe_report("x", WORLD.verifier().verify(WORLD.token())).splitlines()
    assert accepted[3].startswith("  As of: keys 2026-11-23T12:00:00Z, status ")
    assert ", journal 2026-11-23T12:00:00Z" in accepted[3]

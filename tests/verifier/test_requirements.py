"""What `lcert.toml` may ask for, and when it is met."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.evidence import make_world
from tests.support.records import event, record

from lcert_verifier.entries import Found
from lcert_verifier.errors import ClaimError, Malformed
from lcert_verifier.lookup import Lookup
from lcert_verifier.report import Report, Verdict
from lcert_verifier.requirements import Answer, Requirement, check_requirement, parse_requirements
from lcert_verifier.vocabulary import KeyState

AT = datetime(2027, 1, 10, tzinfo=UTC)
WORLD = make_world()
VALID = WORLD.verifier().verify(WORLD.token())


def parsed(text: str) -> Requirement:
    (only,) = parse_requirements(f"[[require]]\n{text}".encode()).require
    return only


@pytest.mark.parametrize(
    ("text", "title", "wanted"),
    [
        ('number = "LC-2027-0001"', "LC-2027-0001", {"number": "LC-2027-0001"}),
        ('hf = "a/b"', "a/b", {"hf": "a/b"}),
        ('hf = "a/b"\nrevision = "4f1c2d9"', "a/b 4f1c2d9", {"hf": ("a/b", "4f1c2d9")}),
        ('covers = "X"\nversion = "3"\nhf = "a/b"', "X 3", {"hf": "a/b", "covers": ("X", "3")}),
        ('hf = "a/b"\nholder = "H"', "a/b", {"holder": "H", "hf": "a/b"}),
        ('lei = "L"\nregistration = "R"', "L", {"lei": "L", "registration": "R"}),
        ('url = "https://a.example"\ntitle = "T"', "T", {"url": "https://a.example"}),
        ('domain = "a.example"', "a.example", {"domain": "a.example"}),
        (f'sha256 = "{"ab" * 32}"', "ab" * 32, {"sha256": "ab" * 32}),
    ],
)
def test_a_requirement_is_named_by_what_it_asks_for(text: str, title: str, wanted: dict[str, Any]) -> None:
    found = parsed(text)
    assert (found.title, found.wanted) == (title, wanted)
    assert (found.bases, found.warn_days) == (frozenset(), 30)


def test_grounds_and_days_are_read() -> None:
    found = parsed('number = "x"\nbases = ["owned", "open-license"]\nwarn_days = 0')
    assert (found.bases, found.warn_days) == ({"owned", "open-license"}, 0)
    assert parsed('number = "x"\nwarn_days = 366').warn_days == 366
    whole = parse_requirements(b'trust = ["l.zip", "https://a.example"]\n[[require]]\nnumber = "x"')
    assert whole.trust == ("l.zip", "https://a.example")
    assert parse_requirements(b'[[require]]\nnumber = "x"').trust == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "is not TOML"),
        ("\udcff", "is not TOML"),
        ("", "require: is missing"),
        ("other = 1\n[[require]]\nnumber = 'x'", "other: is not a member"),
        ("trust = [1]\n[[require]]\nnumber = 'x'", "trust: must be a list of bundle files and origins"),
        ("[[require]]\nnumber = 'x'\nnumer = 'x'", r"require\[0\].numer: is not a member"),
        ("trust = 'x'\n[[require]]\nnumber = 'x'", "trust: "),
        (f"trust = {['x'] * 21}\n[[require]]\nnumber = 'x'", "trust: "),
        ("[[require]]\ntitle = 'x'", r"require\[0\]: must say which certificate"),
        ("[[require]]\nhf = 'x'\nversion = '1'", r"require\[0\].version: needs covers"),
        ("[[require]]\ncovers = 'x'\nrevision = '1'", r"require\[0\].revision: needs hf"),
        ("[[require]]\nnumber = 'x'\nwarn_days = 367", r"require\[0\].warn_days: "),
        ("[[require]]\nnumber = 'x'\nwarn_days = -1", r"require\[0\].warn_days: "),
        ("[[require]]\nnumber = 'x'\nbases = ['fair-use']", r"require\[0\].bases\[0\]: must be one of"),
        (f"[[require]]\nnumber = '{'x' * 2_049}'", r"require\[0\].number: "),
        ("[[require]]\nnumber = 'x'\n" * 1_001, "require: "),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises((Malformed, ClaimError), match=f"^{problem}"):
        parse_requirements(text.encode("utf-8", "surrogateescape"))


def test_bounds_are_met_exactly() -> None:
    assert len(parse_requirements(b"[[require]]\nnumber = 'x'\n" * 1_000).require) == 1_000
    assert len(parse_requirements(f"trust = {['x'] * 20}\n[[require]]\nnumber = 'x'".encode()).trust) == 20
    assert parsed(f"number = '{'x' * 2_048}'").wanted["number"] == "x" * 2_048


def answer(text: str, report: Report | None = None, *records: dict[str, Any]) -> Answer:
    asked: list[str] = []

    def judge(found: Found) -> Report | None:
        asked.append(found.number)
        return report

    lookups = [Lookup([each], clock=lambda: AT) for each in records or (record(),)]
    return check_requirement(parsed(text), lookups, judge, now=AT)


COVERS = 'covers = "Quillwater Compose"'
MET = "Quillwater Compose >=3.0,<4, through 2027-12-31"


@pytest.mark.parametrize(
    ("text", "verdict", "detail"),
    [
        (COVERS, Verdict.ACCEPTED, MET),
        (f'{COVERS}\nversion = "3.1"', Verdict.ACCEPTED, MET),
        (f'{COVERS}\nversion = "4"', Verdict.REJECTED, "covered is only Quillwater Compose >=3.0,<4"),
        (
            f'{COVERS}\nversion = "beta"',
            Verdict.INDETERMINATE,
            "whether beta is in '>=3.0,<4' cannot be told",
        ),
        (
            'number = "LC-2027-0001"',
            Verdict.ACCEPTED,
            "Quillwater Compose 3.x (text-to-music), through 2027-12-31",
        ),
        ('number = "LC-2027-0002"', Verdict.REJECTED, "no certificate is known for this"),
        (f'{COVERS}\nbases = ["owned", "explicit-license"]', Verdict.ACCEPTED, MET),
        (
            f'{COVERS}\nbases = ["owned"]',
            Verdict.REJECTED,
            "its data stands on explicit-license too",
        ),
        (
            f'{COVERS}\nbases = ["open-license"]',
            Verdict.REJECTED,
            "its data stands on explicit-license, owned too",
        ),
    ],
)
def test_a_requirement_is_met_or_says_why_not(text: str, verdict: Verdict, detail: str) -> None:
    for report in (None, VALID):
        found = answer(text, report)
        assert (found.verdict, found.detail, found.warning) == (verdict, detail, None)
        told = found.to_json()
        known = found.found is not None
        assert told == {
            "requirement": found.requirement.title,
            "verdict": verdict.value,
            "detail": detail,
            "certificate": "LC-2027-0001" if known else None,
            "valid_through": "2027-12-31" if known else None,
            "warning": None,
        }
        assert known is ("0002" not in text)


def test_what_the_token_says_comes_before_the_record() -> None:
    report = WORLD.verifier().verify("x")
    found = answer(COVERS, report)
    assert (found.verdict, found.detail) == (Verdict.REJECTED, report.sentence)


def test_grounds_of_an_edition_that_is_not_at_hand_are_not_told_from_another() -> None:
    renewed = event(4, "renewed", "2027-01-05") | {"edition": 2}
    newer = record("LC-2027-0001", renewed)
    newer["editions"][0]["supersededFrom"] = "2027-01-05T00:00:00Z"
    newer["editions"].append({"edition": 2, "validFrom": "2027-01-05", "validThrough": "2027-12-31"})
    for bases in ('["owned"]', '["owned", "explicit-license"]'):
        found = answer(f'number = "LC-2027-0001"\nbases = {bases}', None, newer)
        assert found.verdict is Verdict.INDETERMINATE
        assert found.detail == "what edition 2 says is not at hand"


def test_a_token_of_an_edition_that_the_record_does_not_have_decides_nothing() -> None:
    newer = make_world(edition=2)
    found = answer(COVERS, newer.verifier().verify(newer.token()))
    assert found.verdict is Verdict.INDETERMINATE
    assert found.detail == "edition 2 is in force, and what it says is not in the bundle yet"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"state": "suspended", "reason": "fee-unpaid"}, "the certificate is suspended, fee-unpaid"),
        ({"state": "withdrawn"}, "the certificate is withdrawn"),
    ],
)
def test_only_a_certificate_in_force_meets_a_requirement(changes: dict[str, Any], detail: str) -> None:
    found = answer(COVERS, None, record() | changes)
    assert (found.verdict, found.detail) == (Verdict.REJECTED, detail)


FALLEN, SOUND = "fallen", "sound"
ISSUED, RENEWED = event(3, "issued", "2027-01-01"), event(9, "renewed", "2027-01-05") | {"edition": 2}


@pytest.mark.parametrize(
    ("since", "kids", "history", "stands"),
    [
        (None, [FALLEN], [ISSUED], False),
        (3, [FALLEN], [ISSUED], False),
        (4, [FALLEN], [ISSUED], True),
        (4, [FALLEN], [], False),
        (4, [FALLEN], [event(2, "suspended", "2027-01-01")], False),
        (3, [FALLEN], [event(2, "suspended", "2027-01-01"), ISSUED], False),
        (None, [SOUND], [ISSUED], True),
        (None, ["unheard of"], [ISSUED], True),
        (None, [FALLEN, SOUND], [ISSUED, RENEWED], True),
        (None, [SOUND, FALLEN], [ISSUED, RENEWED], False),
        (5, [FALLEN, FALLEN], [ISSUED, RENEWED], False),
        (10, [FALLEN, FALLEN], [ISSUED, RENEWED], True),
    ],
)
def test_where_no_token_is_at_hand_the_record_tells_whether_its_key_fell(
    since: int | None, kids: list[str], history: list[dict[str, Any]], stands: bool
) -> None:
    told = record() | {"history": history, "currentEdition": len(kids)}
    days = {"validFrom": "2027-01-01", "validThrough": "2027-12-31"}
    told["editions"] = [{"edition": n, "kid": kid} | days for n, kid in enumerate(kids, 1)]
    if len(kids) > 1:
        told["editions"][0]["supersededFrom"] = "2027-01-05T00:00:00Z"
    keys = {
        FALLEN: SimpleNamespace(state=KeyState.COMPROMISED, since=since),
        SOUND: SimpleNamespace(state=KeyState.ACTIVE, since=None),
    }
    trust = SimpleNamespace(find=keys.get, issuer="did:web:x.example", name="X")
    lookup = Lookup(
        [told], source=cast(Any, SimpleNamespace(bundle=SimpleNamespace(trust=trust))), clock=lambda: AT
    )
    asked = parsed('number = "LC-2027-0001"')
    found = check_requirement(asked, [lookup], lambda _found: None, now=AT)
    if stands:
        assert found.verdict is Verdict.ACCEPTED
    else:
        assert (found.verdict, found.detail) == (
            Verdict.REJECTED,
            "the key that signed it was declared compromised",
        )
    seen = check_requirement(asked, [lookup], lambda _found: VALID, now=AT)
    assert seen.detail != "the key that signed it was declared compromised", "its token was judged"


@pytest.mark.parametrize(
    ("days", "warning"), [(355, "it ends in 355 days"), (354, None), (366, "it ends in 355 days")]
)
def test_an_end_that_is_near_is_warned_of(days: int, warning: str | None) -> None:
    found = answer(f"{COVERS}\nwarn_days = {days}")
    assert (found.verdict, found.warning) == (Verdict.ACCEPTED, warning)


def test_one_certificate_that_meets_it_is_enough() -> None:
    gone = record("LC-2027-0002") | {"state": "withdrawn"}
    unclear = record("LC-2027-0003", scope__covered__0__versions="latest")
    text = f'{COVERS}\nversion = "3.1"'
    for records, verdict, number in (
        ((gone, unclear, record()), Verdict.ACCEPTED, "LC-2027-0001"),
        ((gone, unclear), Verdict.INDETERMINATE, "LC-2027-0003"),
        ((gone,), Verdict.REJECTED, "LC-2027-0002"),
    ):
        found = answer(text, None, *records)
        assert found.found is not None
        assert (found.verdict, found.found.number) == (verdict, number)

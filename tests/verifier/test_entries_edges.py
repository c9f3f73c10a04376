"""Edges of a certificate as its record tells it: the instant at which the state is another, and what is covered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.support.forms import form

from lcert_verifier.entries import Covers, Found, coverage, fold, in_force, read_entry
from lcert_verifier.errors import LcertError
from lcert_verifier.parts import Covered, NotCovered, Scope

FIRST = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
FORM = form(FIRST.date())
EDITION = {
    "edition": 1,
    "validFrom": "2027-01-01",
    "validThrough": "2027-01-31",
    "tokens": {"vc+jwt": "t1"},
    "list": 3,
    "index": 7,
}
RECORD: dict[str, Any] = {
    "number": "LC-2027-0001",
    "url": "u" * 2_048,
    "state": "active",
    "since": "s",
    "reason": "r",
    "currentEdition": 1,
    "editions": [EDITION],
    "certificate": {"criteria": "c", "assessedOn": "a"},
    **{name: FORM[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")},
}


def found(at: datetime = FIRST, **changes: Any) -> Found:
    told = {name: value for name, value in {**RECORD, **changes}.items() if value is not ...}
    return read_entry(told, at)


def test_a_record_is_read_as_it_is() -> None:
    entry = found()
    assert (entry.number, entry.url, entry.since, entry.reason) == ("LC-2027-0001", "u" * 2_048, "s", "r")
    assert (entry.edition, entry.token_url, entry.status, entry.is_current) == (1, "t1", (3, 7), True)
    assert (entry.valid_from, entry.valid_through) == (date(2027, 1, 1), date(2027, 1, 31))
    assert (entry.criteria, entry.assessed_on) == ("c", "a")
    assert entry.holder.legal_name == "Quillwater Audio Ltd"
    assert (len(entry.data_basis), len(entry.evidence), entry.decision.decider) == (2, 2, "dm-01")
    assert entry.to_json() == {**RECORD, "state": "active", "currentEdition": 1}


@pytest.mark.parametrize(
    "changes",
    [{"url": "u" * 2_049}, {"number": 1}, {"url": ...}, {"since": 1}, {"reason": ""}, {"holder": ...}],
)
def test_a_record_of_another_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LcertError):
        found(**changes)


@pytest.mark.parametrize(
    ("edition", "token", "status"),
    [
        ({"tokens": None}, None, (3, 7)),
        ({"tokens": {}}, None, (3, 7)),
        ({"list": "3"}, "t1", None),
        ({"index": None}, "t1", None),
    ],
)
def test_what_an_edition_does_not_say_is_not_made_up(
    edition: dict[str, Any], token: Any, status: Any
) -> None:
    entry = found(editions=[{**EDITION, **edition}], certificate=[], since=..., reason=...)
    assert (entry.token_url, entry.status, entry.criteria, entry.assessed_on) == (token, status, None, None)
    assert (entry.since, entry.reason) == (None, None)


@pytest.mark.parametrize(
    ("published", "at", "state"),
    [
        ("active", FIRST - TICK, "scheduled"),
        ("suspended", FIRST - TICK, "scheduled"),
        ("active", FIRST, "active"),
        ("suspended", FIRST, "suspended"),
        ("active", FIRST + 31 * DAY - TICK, "active"),
        ("active", FIRST + 31 * DAY, "expired"),
        ("suspended", FIRST + 31 * DAY, "expired"),
        ("withdrawn", FIRST + 99 * DAY, "withdrawn"),
        ("terminated", FIRST - TICK, "terminated"),
        ("expired", FIRST, "active"),
    ],
)
def test_the_state_follows_from_decisions_and_dates(published: str, at: datetime, state: str) -> None:
    assert found(at, state=published).state == state


def test_the_oldest_edition_that_none_has_superseded_is_in_force() -> None:
    first = {"edition": 1, "supersededFrom": "2027-02-01T00:00:00Z"}
    second, third = {"edition": 2}, {"edition": 3}
    moment = FIRST + 31 * DAY
    assert in_force([third, second, first], moment - TICK) is first
    assert in_force([third, second, first], moment) is second
    with pytest.raises(LcertError, match="no edition is in force at 2027-02-01T00:00:00Z"):
        in_force([first], moment)
    entry = found(moment, editions=[{**EDITION, **first}, {**EDITION, "edition": 2}])
    assert (entry.edition, entry.is_current) == (2, False)
    assert entry.to_json()["currentEdition"] == 2
    told = entry.covers("Quillwater Compose", "3.1")
    assert (told.answer, told.detail) == (Covers.UNKNOWN, "what edition 2 says is not at hand")


def item(name: str, versions: str | None) -> Covered:
    return Covered(kind="model", name=name, versions=versions)


SCOPE = Scope(
    statement="s",
    covered=(item("A", ">=1,<2"), item("A", ">=3"), item("B", None), item("C", "latest"), item("C", "2.x")),
    not_covered=(NotCovered(name="D", reason="why"), NotCovered(name="E")),
)


@pytest.mark.parametrize(
    ("name", "version", "answer", "detail"),
    [
        ("a", "1.5", Covers.YES, "A >=1,<2"),
        ("A", "3", Covers.YES, "A >=3"),
        ("A", "2", Covers.NO, "covered is only A >=1,<2; A >=3"),
        ("A", None, Covers.YES, "A >=1,<2"),
        ("A", "newest", Covers.UNKNOWN, "whether newest is in '>=3' cannot be told"),
        ("B", "7", Covers.YES, "B"),
        ("C", "2.1", Covers.YES, "C 2.x"),
        ("C", "3", Covers.UNKNOWN, "whether 3 is in 'latest' cannot be told"),
        ("d", None, Covers.NO, "D is expressly not covered (why)"),
        ("E", "1", Covers.NO, "E is expressly not covered"),
        ("F", None, Covers.NO, "the scope does not name it"),
    ],
)
def test_a_scope_covers_a_name_and_version(
    name: str, version: str | None, answer: Covers, detail: str
) -> None:
    told = coverage(SCOPE, name, version)
    assert (told.answer, told.detail) == (answer, detail)


def test_names_are_compared_without_regard_to_case_width_and_spacing() -> None:
    assert fold("  Ｑuill\u00a0 WATER ﬁ ß ") == "quill water fi ss"
    entry = found().with_coverage("quillwater  compose", "3.1")
    assert entry.coverage == found().covers("Quillwater Compose", "3.1")
    assert entry.to_json()["coverage"] == {"answer": "yes", "detail": "Quillwater Compose >=3.0,<4"}

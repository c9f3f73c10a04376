"""The directory: what is found, in which state, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.registry import Bench

from lcert_issuer import directory
from lcert_issuer.certificate import CertificateState, end_of
from lcert_issuer.directory import Page, count_states, search
from lcert_issuer.readmodel import all_numbers, load_certificates
from lcert_issuer.refusals import InvalidInput
from lcert_issuer.registry import words
from lcert_issuer.registry.models import EditionRow
from lcert_issuer.registry.words import numbers_with
from lcert_web.finding import COUNTED

LAST = date(2027, 11, 19)


def find(bench: Bench, **filters: Any) -> Page:
    with bench.registry.read() as session:
        return search(session, now=bench.clock(), **filters)


def numbers(bench: Bench, **filters: Any) -> list[str]:
    return [row.number for row in find(bench, **filters).rows]


@pytest.fixture(scope="module")
def towns(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Bench]]:
    """The town on a database, made when it is first asked for; nothing changes it."""
    made: dict[str, Bench] = {}
    with ExitStack() as stack:

        def town_on(dialect: str) -> Bench:
            if dialect not in made:
                templates = request.getfixturevalue("sqlite_templates" if dialect == "sqlite" else "cluster")
                made[dialect] = build(stack.enter_context(templates.bench("single-operator")))
            return made[dialect]

        yield town_on


@pytest.fixture
def town(towns: Callable[[str], Bench], dialect: str) -> Iterator[Bench]:
    """For reading. A test may move its clock, which is then set back."""
    bench = towns(dialect)
    now, head = bench.clock(), bench.head()
    yield bench
    bench.clock.now = now
    assert bench.head() == head, "the town is shared"


def build(bench: Bench) -> Bench:
    """One certificate in every state, and one renewed, numbered in this order."""
    company = {"scope__level": "company", "scope__notCovered": []}
    bench.issue(holder__legalName="Zander 100% GmbH", scope__statement="Everything_Zander", **company)
    bench.issue(holder__legalName="Ärla & Co", validFrom="2026-12-01")
    bench.desk.suspend(bench.issue(holder__legalName="Brook"), reason="fee-unpaid")
    bench.desk.withdraw(bench.issue(holder__legalName="Crane"), reason="unlicensed-data")
    bench.desk.terminate(bench.issue(holder__legalName="Dove"), reason="holder-request")
    bench.issue(
        holder__legalName="Egret",
        assessment__assessedOn="2024-03-01",
        assessment__grantedOn="2024-03-26",
        validFrom="2024-04-01",
        validThrough="2025-03-31",
    )
    renewed = bench.issue(holder__legalName="Finch")
    bench.desk.renew(renewed, through=LAST + timedelta(days=100))
    bench.desk.rescope(
        bench.issue(holder__legalName="Grouse"),
        bench.draft(holder__legalName="Grouse", scope__statement="Smaller"),
    )
    return bench


STATES = {
    "LC-2026-0001": "active",
    "LC-2026-0002": "scheduled",
    "LC-2026-0003": "suspended",
    "LC-2026-0004": "withdrawn",
    "LC-2026-0005": "terminated",
    "LC-2024-0001": "expired",
    "LC-2026-0006": "active",
    "LC-2026-0007": "active",
}


def test_every_certificate_is_listed_once_in_its_state(town: Bench) -> None:
    page = find(town)
    assert {row.number: row.state.value for row in page.rows} == STATES
    assert (page.total, page.pages) == (8, 1)


def test_states_are_those_of_the_life_cycle_on_any_day(town: Bench) -> None:
    for day in (0, 10, 11, 12, 363, 364, 365, 464, 465, 1000):
        town.clock.to(date(2026, 11, 20) + timedelta(days=day), hour=0)
        with town.registry.read() as session:
            wanted = {
                view.number: (view.state(town.clock()), view.in_force(town.clock()).edition)
                for view in load_certificates(session, all_numbers(session))
            }
        assert {row.number: (row.state, row.edition) for row in find(town).rows} == wanted


@pytest.mark.parametrize("state", CertificateState)
def test_a_state_can_be_asked_for(town: Bench, state: CertificateState) -> None:
    assert set(numbers(town, state=state.value)) == {n for n, its in STATES.items() if its == state.value}


def test_states_are_counted(town: Bench) -> None:
    with town.registry.read() as session:
        counts = count_states(session, now=town.clock())
    assert {state.value: count for state, count in counts.items()} == {
        "scheduled": 1,
        "active": 3,
        "suspended": 1,
        "withdrawn": 1,
        "terminated": 1,
        "expired": 1,
    }


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("zander", ["LC-2026-0001"]),
        ("ÄRLA co", ["LC-2026-0002"]),
        ("lc-2024-0001", ["LC-2024-0001"]),
        ("100%", ["LC-2026-0001"]),
        ("everything_zander", ["LC-2026-0001"]),
        ("g_ouse", []),
        ("compose finch", ["LC-2026-0006"]),
        ("smaller", ["LC-2026-0007"]),
        ("grouse text-to-music", []),
        ("nobody", []),
        ("'; DROP TABLE certificate; --", []),
        ("\0", None),
        ("", None),
    ],
)
def test_words_are_found_as_they_are(town: Bench, q: str, found: list[str] | None) -> None:
    assert numbers(town, q=q, sort="number") == (found if found is not None else numbers(town, sort="number"))


@pytest.mark.parametrize(
    "q", ["quillwater.example", "999900QUILLWATER0155", "quillwater/compose-3", "99000001"]
)
def test_domains_and_identifiers_are_found(town: Bench, q: str) -> None:
    assert find(town, q=q).total == 8


def test_filters_are_whole_words(town: Bench) -> None:
    assert find(town, modality="music").total == 8
    assert find(town, modality="text").total == 0
    assert find(town, basis="owned").total == 8
    assert find(town, basis="open-license").total == 0
    assert numbers(town, basis="owned", state="active", q="finch") == ["LC-2026-0006"]


@pytest.mark.parametrize(
    "filters", [{"state": "green"}, {"modality": "smell"}, {"basis": "fair-use"}, {"sort": "x"}]
)
def test_an_unknown_filter_is_named(bench: Bench, filters: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(filters))):
        find(bench, **filters)


def test_pages_follow_each_other(town: Bench) -> None:
    whole = numbers(town, sort="number")
    pieces = [numbers(town, sort="number", page=page, limit=3) for page in (1, 2, 3, 4)]
    assert [n for piece in pieces for n in piece] == whole
    assert [len(piece) for piece in pieces] == [3, 3, 2, 0]
    assert find(town, limit=3).pages == 3
    for wrong in ({"page": 0}, {"limit": 0}, {"limit": 1001}, {"page": 10**7}):
        with pytest.raises(InvalidInput):
            find(town, **wrong)


def test_counting_stops_and_pages_go_on(town: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "COUNTED", 4)
    assert (find(town, limit=3).total, find(town, limit=3).is_counted) == (4, False)
    assert [find(town, limit=3, page=page).total for page in (2, 3)] == [7, 8]
    assert (find(town, q="zander").total, find(town, q="zander").is_counted) == (1, True)


def test_searching_is_the_same_without_the_index_of_words(
    town: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("quillwater", "ärla", "100%", "mp", "zzz", "compose finch")
    found = [numbers(town, q=q) for q in asked]
    by_modality = [find(town, modality=of).total for of in ("music", "text")]
    monkeypatch.setattr(directory, "numbers_with", lambda _session, _words, **_filters: None)
    assert [numbers(town, q=q) for q in asked] == found
    assert [find(town, modality=of).total for of in ("music", "text")] == by_modality


@pytest.mark.parametrize("most", [1, 3, 8])
def test_searching_is_the_same_when_the_index_names_only_the_newest(
    town: Bench, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    asked = [
        {"q": "quillwater", "sort": sort, "limit": limit, "page": page}
        for sort in ("newest", "number", "holder")
        for limit in (1, 3, 50)
        for page in (1, 2)
    ]
    asked += [
        {"q": "quillwater", "state": "withdrawn"},
        {"modality": "music", "state": "active"},
        {"q": "zzz"},
    ]
    found = [find(town, **of) for of in asked]
    monkeypatch.setattr(words, "MOST", most)
    assert [find(town, **of) for of in asked] == found


def test_searching_is_the_same_when_everyday_letters_are_not_asked_for(
    town: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_FEW", 0)
    asked = 0
    with town.registry.read() as session:
        texts = dict(session.execute(select(EditionRow.number, EditionRow.search_text)).all())
    parts = {
        line[i : i + n] for text in texts.values() for line in text.split() for n in (5, 9) for i in (0, 3)
    }
    parts |= {f"{a}{b}" for a, b in zip(sorted(parts), sorted(parts)[1:], strict=False)}
    for sample, everyday in ((2, 0), (3, 1), (48, 0), (48, 20)):
        monkeypatch.setattr(words, "_SAMPLE", sample)
        monkeypatch.setattr(words, "_EVERYDAY", everyday)
        for part in sorted(part for part in parts if len(part) >= 3)[::4]:
            expected = sorted(number for number, text in texts.items() if part in text)
            with town.registry.read() as session:
                asked += bool(words._everyday(session, [part]))
                named = numbers_with(session, [part])
            assert named is not None
            assert set(expected) <= set(named.numbers), part
            assert sorted(row.number for row in find(town, q=part, limit=50).rows) == expected, part
    assert asked > 10, "some were looked up by fewer letters"


@pytest.mark.parametrize("sort", ["newest", "number"])
def test_a_search_reads_no_text_that_the_index_rules_out(bench: Bench, sort: str) -> None:
    with bench.registry.read() as session:
        for word in ("quillwater", '"); DROP'.casefold(), "100%"):
            named = numbers_with(session, [word])
            assert named is not None
            assert (named.numbers, named.is_all) == ((), True)
        assert numbers_with(session, ["xy"]) is None, "two letters are in no index"
    number = bench.issue(holder__legalName='A "quoted" name')
    assert numbers(bench, q='"quoted"', sort=sort) == [number]


def test_the_site_counts_as_far_as_the_registry() -> None:
    assert directory.COUNTED == COUNTED


def test_orders_are_those_that_are_asked_for(town: Bench) -> None:
    assert numbers(town, sort="number")[0] == "LC-2024-0001"
    assert numbers(town, sort="newest")[0] == "LC-2026-0007"
    assert numbers(town, sort="expires")[0] == "LC-2024-0001"
    assert numbers(town, sort="granted")[-1] == "LC-2024-0001"
    names = [row.holder_name for row in find(town, sort="holder", limit=100).rows]
    assert [name for name in names if name.isascii()] == [
        "Brook",
        "Crane",
        "Dove",
        "Egret",
        "Finch",
        "Grouse",
        "Zander 100% GmbH",
    ]


def test_a_row_shows_the_edition_in_force(town: Bench) -> None:
    (row,) = find(town, q="finch").rows
    assert (row.edition, row.valid_through, row.country, row.separation) == (1, LAST, "GB", "independent")
    town.clock.now = end_of(LAST)
    (row,) = find(town, q="finch").rows
    assert (row.edition, row.valid_through) == (2, LAST + timedelta(days=100))

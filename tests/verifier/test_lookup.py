"""Finding certificates offline, by whatever a partner has in hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from tests.support.chronicle import Chronicle, keep_chronicle

from lcert_issuer import steps
from lcert_verifier.bundle import BundleSource
from lcert_verifier.lookup import Covers, Lookup


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chronicle, bytes]]:
    """A programme, and its bundle as it is before a test adds to it."""
    with keep_chronicle(tmp_path_factory.mktemp("lookup")) as kept:
        kept.to("2027-01-04")
        bench, desk = kept.bench, kept.bench.desk
        for name in ("Nightjar Voiceworks Inc", "Ostrobeat Oy"):
            slug = name.split()[0].lower()
            bench.issue(
                holder__legalName=name,
                holder__tradingNames=[],
                holder__registration={"scheme": "FI-YTJ", "id": f"99000-{len(slug)}"},
                holder__domains__0__name=f"{slug}.example",
                scope__covered__0__name=f"{slug.title()} One",
                scope__covered__0__ids=[{"type": "sha256", "value": f"{len(slug):064x}"}],
            )
        number = bench.issue()
        bench.issue(validFrom="2027-02-01", validThrough="2027-12-31")
        kept.to("2027-01-20")
        desk.suspend("LC-2026-0001", reason="fee-unpaid")
        desk.withdraw("LC-2026-0002", reason="unlicensed-data")
        kept.publish()
        assert number == "LC-2026-0003"
        yield kept, kept.read("bundle.zip")


@pytest.fixture
def chronicle(told: tuple[Chronicle, bytes]) -> Chronicle:
    return told[0]


@pytest.fixture
def lookup(told: tuple[Chronicle, bytes]) -> Lookup:
    return Lookup.from_bundle(told[1], clock=lambda: told[0].now)


ALL = ["LC-2026-0001", "LC-2026-0002", "LC-2026-0003", "LC-2026-0004"]
NIGHTJAR, OSTROBEAT, QUILLWATER, LATER = ALL


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ALL),
        ({"number": "lc-2026-0003"}, [QUILLWATER]),
        ({"number": "LC-2026-9999"}, []),
        ({"holder": "NIGHTJAR"}, [NIGHTJAR]),
        ({"holder": "quillwater audio"}, [QUILLWATER, LATER]),
        ({"holder": "beat"}, [OSTROBEAT]),
        ({"domain": "nightjar.example"}, [NIGHTJAR]),
        ({"domain": "Shop.Nightjar.example:8443"}, [NIGHTJAR]),
        ({"domain": "evilnightjar.example"}, []),
        ({"domain": "example"}, []),
        ({"domain": "https://nightjar.example/"}, []),
        ({"lei": "999900quillwater0155"}, ALL),
        ({"registration": "99000-8"}, [NIGHTJAR]),
        ({"registration": "FI-YTJ 99000-9"}, [OSTROBEAT]),
        ({"registration": "SE-YTJ 99000-9"}, []),
        ({"hf": "Quillwater/compose-3"}, [QUILLWATER, LATER]),
        ({"hf": ("quillwater/compose-3", "4f1c2d9")}, [QUILLWATER, LATER]),
        ({"hf": ("quillwater/compose-3", "4f1c2d9e0b12345678901234567890abcdef0123")}, [QUILLWATER, LATER]),
        ({"hf": ("quillwater/compose-3", "4f1c")}, []),
        ({"hf": ("quillwater/compose-3", "main")}, []),
        ({"sha256": f"{8:064X}"}, [NIGHTJAR]),
        ({"url": "https://quillwater.example/compose/#top"}, [QUILLWATER, LATER]),
        ({"covers": "quillwater  COMPOSE"}, [QUILLWATER, LATER]),
        ({"covers": ("Ostrobeat One", "3.2")}, [OSTROBEAT]),
        ({"covers": "Prompt assistant"}, ALL),
        ({"state": "active"}, [QUILLWATER]),
        ({"state": "suspended"}, [NIGHTJAR]),
        ({"state": "withdrawn"}, [OSTROBEAT]),
        ({"state": "scheduled"}, [LATER]),
        ({"holder": "quillwater", "state": "active", "covers": ("Quillwater Compose", "3.1")}, [QUILLWATER]),
        ({"domain": "nightjar.example", "holder": "quillwater"}, []),
    ],
)
def test_certificates_are_found_by_what_is_asked(
    lookup: Lookup, asked: dict[str, object], found: list[str]
) -> None:
    assert [entry.number for entry in lookup.find(**asked)] == found  # type: ignore[arg-type]


def test_a_state_there_is_not_is_the_callers_mistake(lookup: Lookup) -> None:
    with pytest.raises(ValueError, match="'valid' is not one of"):
        lookup.find(state="valid")


@pytest.mark.parametrize(
    ("name", "version", "answer", "detail"),
    [
        ("Quillwater Compose", "3.1", Covers.YES, "Quillwater Compose >=3.0,<4"),
        ("Quillwater Compose", None, Covers.YES, "Quillwater Compose >=3.0,<4"),
        ("Quillwater Compose", "4.0", Covers.NO, "covered is only Quillwater Compose >=3.0,<4"),
        ("Quillwater Compose", "beta", Covers.UNKNOWN, "whether beta is in '>=3.0,<4' cannot be told"),
        ("prompt assistant", "1", Covers.NO, "Prompt assistant is expressly not covered (third-party-model)"),
        ("Something else", None, Covers.NO, "the scope does not name it"),
    ],
)
def test_a_scope_says_which_versions_it_covers(
    lookup: Lookup, name: str, version: str | None, answer: Covers, detail: str
) -> None:
    found = lookup.get(QUILLWATER)
    assert found is not None
    coverage = found.covers(name, version)
    assert (coverage.answer, coverage.detail) == (answer, detail)


def test_an_entry_answers_what_engineers_ask(lookup: Lookup) -> None:
    found = lookup.get(NIGHTJAR)
    assert found is not None
    assert (found.state, found.reason) == ("suspended", "fee-unpaid")
    assert [gap.name for gap in found.scope.not_covered] == ["Prompt assistant"]
    assert (found.data_basis[0].basis, found.data_basis[0].share) == ("explicit-license", "80-90")
    assert (found.criteria, found.assessed_on) == ("L-2026.1", "2026-12-24")
    assert found.to_json()["state"] == "suspended"
    assert found.status is not None
    assert found.token_url == "https://certs.example/c/LC-2026-0001/1.jwt"


def test_states_follow_the_dates_up_to_the_instant_asked(lookup: Lookup, chronicle: Chronicle) -> None:
    later = lookup.get(LATER, at=chronicle.now + timedelta(days=40))
    assert later is not None
    assert later.state == "active"
    assert [e.number for e in lookup.find(state="expired", at=chronicle.now + timedelta(days=800))] == [
        NIGHTJAR,
        QUILLWATER,
        LATER,
    ]


def test_a_renewal_that_took_over_since_is_known_from_the_bundle_and_else_unknown(
    chronicle: Chronicle,
) -> None:
    number = chronicle.bench.issue()
    chronicle.bench.desk.renew(number, through=date(2029, 1, 1))
    chronicle.publish()
    much_later = chronicle.now + timedelta(days=400)
    data = chronicle.read("bundle.zip")
    times = [much_later, chronicle.now]
    lookup = Lookup.from_bundle(data, clock=lambda: times[-1])
    times.pop()  # opened today, asked later
    found = lookup.get(number)
    assert found is not None
    assert found == lookup.get(number, at=much_later)
    assert (found.edition, found.is_current, found.state) == (2, True, "active")
    assert found.covers("Quillwater Compose", "3.1").answer is Covers.YES

    records = list(BundleSource(data, clock=lambda: chronicle.now).records())
    found = Lookup(records, clock=lambda: much_later).get(number)
    assert found is not None
    assert (found.edition, found.is_current) == (2, False)
    assert found.covers("Quillwater Compose", "3.1").answer is Covers.UNKNOWN


def test_changes_come_in_order_without_gaps(lookup: Lookup) -> None:
    changes = list(lookup.changes())
    assert lookup.gapless
    assert [change.position for change in changes] == list(range(lookup.size))
    decided = [change for change in lookup.changes(changes[-2].position) if change.number]
    assert [(change.number, change.kind) for change in decided] == [
        (NIGHTJAR, "suspended"),
        (OSTROBEAT, "withdrawn"),
    ]
    assert list(lookup.changes(lookup.size)) == []


def test_without_history_changes_are_those_of_the_records(chronicle: Chronicle) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "MOST_HISTORY", 0)
        chronicle.publish()
    data = chronicle.read("bundle.zip")
    chronicle.publish()
    lookup = Lookup.from_bundle(BundleSource(data, clock=lambda: chronicle.now), clock=lambda: chronicle.now)
    assert not lookup.gapless
    kinds = [(change.number, change.kind) for change in lookup.changes()]
    assert (NIGHTJAR, "suspended") in kinds
    assert all(number for number, _ in kinds)


def test_records_of_another_form_are_passed_over() -> None:
    odd = [{"number": "LC-2026-0001"}, {"number": "LC-2026-0002", "editions": [], "state": "active"}]
    lookup = Lookup(odd)
    assert lookup.find() == []
    assert lookup.get("LC-2026-0001") is None
    assert (list(lookup.changes()), lookup.size) == ([], 0)

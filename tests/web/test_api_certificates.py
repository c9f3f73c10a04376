"""The list of certificates: found by what they say, as of any time, page by page, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.registry import BASE_URL, Bench
from tests.support.shelf import MemoryStorage

from lcert_issuer.readmodel import all_numbers, load_certificates
from lcert_issuer.records import encode_record, public_record
from lcert_verifier.lookup import Lookup
from lcert_web.public import create_public_app

SECOND: dict[str, Any] = {
    "holder__legalName": "Söhne & Tïmbre Ébène GmbH",
    "holder__tradingNames": [],
    "holder__country": "DE",
    "holder__lei": "529900T8BM49AURSDO55",
    "holder__registration": {"scheme": "DE-HRB", "id": "HRB 77-001"},
    "holder__domains__0__name": "ebene.example",
    "scope__modalities": ["image"],
    "scope__notCovered": [],
    "scope__covered__0__modality": "image",
    "scope__covered__0__name": "Ébène Painter",
    "scope__covered__0__versions": "2.x",
    "scope__covered__0__ids": [{"type": "sha256", "value": "ab" * 32}],
    "dataBasis": [{"basis": "owned", "share": "100", "measure": "items"}],
}


class House:
    """A bench with a site that reads it; `publish` files the public records as they stand."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.storage = MemoryStorage()
        app = create_public_app(
            storage=self.storage,
            base_url=BASE_URL,
            issuer_name="L",
            registry=bench.registry,
            clock=bench.clock,
        )
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, status: int = 200) -> Any:
        reply = self.client.get(path, base_url=BASE_URL)
        assert reply.status_code == status, reply.text
        return reply.get_json()

    def found(self, query: str) -> list[str]:
        return [item["number"] for item in self.get(f"/v1/certificates?{query}")["certificates"]]

    def records(self) -> Iterator[dict[str, Any]]:
        with self.bench.registry.read() as session:
            views = list(load_certificates(session, all_numbers(session)))
        for view in views:
            for edition in view.editions:
                path = f"c/{view.number}/{edition.edition}.jwt"
                self.storage.files[path] = edition.tokens["vc+jwt"].encode()
            yield public_record(view, base_url=BASE_URL, head=self.bench.head(), now=self.bench.clock())

    def publish(self) -> None:
        for record in self.records():
            self.storage.files[f"c/{record['number']}.json"] = encode_record(record)


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


@pytest.fixture
def pair(house: House) -> tuple[str, str]:
    return house.bench.issue(), house.bench.issue(**SECOND)


FINDS = [
    ("", "12"),
    ("holder=quillWATER", "1"),
    ("holder=ÉBÈNE", "2"),
    ("holder=e\u0301be\u0300ne", "2"),
    ("holder=nobody", ""),
    ("domain=quillwater.example", "1"),
    ("domain=www.ebene.example:443", "2"),
    ("domain=example", ""),
    ("domain=%00", ""),
    ("lei=529900t8bm49aursdo55", "2"),
    ("registration=99000001", "1"),
    ("registration=GB-COH 99000001", "1"),
    ("registration=DEHRBHRB77001", "2"),
    ("hf=Quillwater/Compose-3", "1"),
    ("hf=quillwater/compose-3@4f1c2d9", "1"),
    ("hf=quillwater/compose-3@4f1c2d9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1"),
    ("hf=quillwater/compose-3@bbbbbbb", ""),
    ("sha256=" + "AB" * 32, "2"),
    ("url=https://quillwater.example/compose/", "1"),
    ("url=https://quillwater.example/other", ""),
    ("modality=image", "2"),
    ("modality=voice", ""),
    ("basis=owned", "12"),
    ("basis=explicit-license", "1"),
    ("state=active", "12"),
    ("state=suspended", ""),
    ("state=active&modality=music&basis=owned&holder=water", "1"),
    ("covers=prompt assistant", "1"),
]


def test_a_certificate_is_found_by_what_it_says(house: House, pair: tuple[str, str]) -> None:
    for query, expected in FINDS:
        assert house.found(query) == [pair[int(place) - 1] for place in expected], query


def test_whether_that_version_is_in_scope_is_said(house: House, pair: tuple[str, str]) -> None:
    def answer(covers: str) -> tuple[str, str]:
        (found,) = house.get(f"/v1/certificates?covers={covers}")["certificates"]
        return found["number"], found["coverage"]["answer"]

    assert answer("quillwater compose@3.1") == (pair[0], "yes")
    assert answer("Quillwater Compose@4.0") == (pair[0], "no")
    assert answer("Quillwater Compose@latest") == (pair[0], "unknown")
    assert answer("Prompt assistant") == (pair[0], "no")
    assert answer("ébène painter@2.7") == (pair[1], "yes")
    house.publish()
    assert (
        house.get(f"/v1/certificates/{pair[0]}?covers=Quillwater Compose@3.1")["coverage"]["answer"] == "yes"
    )


def test_the_list_and_the_search_in_a_bundle_agree(house: House, pair: tuple[str, str]) -> None:
    house.bench.desk.suspend(pair[0], reason="fee-unpaid")
    records = list(house.records())
    lookup = Lookup(records, clock=house.bench.clock)
    for state, name in itertools.product((None, "active", "suspended"), ("water", "ébène", "x")):
        query = f"holder={name}" + (f"&state={state}" if state else "")
        assert house.found(query) == [found.number for found in lookup.find(holder=name, state=state)]


def test_a_past_day_is_answered_by_what_was_known_then_or_is_known_now(house: House) -> None:
    bench = house.bench
    number = bench.issue()
    issued = bench.clock()
    bench.clock.move(days=30)
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.clock.move(days=5)
    bench.desk.reinstate(number, reason="remedied")
    bench.clock.move(days=5)
    bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
    house.publish()

    def day(days: float) -> str:
        return f"{issued + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"

    table = [
        ("", "withdrawn"),
        (f"at={day(10)}", "withdrawn"),
        (f"at={day(10)}&known_at={day(11)}", "active"),
        (f"at={day(32)}&known_at={day(33)}", "suspended"),
        (f"at={day(32)}&known_at={day(31)}", "suspended"),
        (f"at={day(32)}&known_at={day(29)}", "active"),
        (f"at={day(38)}&known_at={day(39)}", "active"),
        (f"at={day(-5)}&known_at={day(1)}", "scheduled"),
        (f"at={day(500)}&known_at={day(1)}", "expired"),
    ]
    for query, state in table:
        (listed,) = house.get(f"/v1/certificates?{query}")["certificates"]
        single = house.get(f"/v1/certificates/{number}?{query}")
        assert (listed["state"], single["state"]) == (state, state), query
        assert (state == "withdrawn") == single.get("abInitio", False)
        assert house.found(f"{query}&state={state}".lstrip("&")) == [number]
    assert house.get(f"/v1/certificates?known_at={day(-1)}")["certificates"] == []
    assert house.get(f"/v1/certificates/{number}?known_at={day(-1)}", 404)["type"].endswith(
        "no-such-certificate"
    )
    then = house.get(f"/v1/certificates/{number}?known_at={day(31)}")
    assert [event["kind"] for event in then["history"]] == ["issued", "suspended"]
    assert then["knownAt"] == day(31)


def test_a_past_edition_speaks_with_its_own_words(house: House) -> None:
    bench = house.bench
    number = bench.issue()
    issued = bench.clock()
    bench.clock.move(days=20)
    through = (issued + timedelta(days=364)).date().isoformat()
    bench.desk.rescope(
        number, bench.draft(scope__statement="Quillwater Compose 3.2 only", validThrough=through)
    )
    house.publish()
    past = f"at={issued + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    for body in (
        house.get(f"/v1/certificates/{number}?{past}"),
        house.get(f"/v1/certificates?{past}")["certificates"][0],
    ):
        assert body["currentEdition"] == 1
        assert body["scope"]["statement"] == "Quillwater Compose 3.x (text-to-music)"
        assert body["certificate"]["edition"] == 1
    assert [e["status"] for e in house.get(f"/v1/certificates/{number}?{past}")["editions"]] == [
        "valid",
        "valid",
    ]
    now = house.get(f"/v1/certificates/{number}")
    assert now["scope"]["statement"] == "Quillwater Compose 3.2 only"
    assert [e["status"] for e in now["editions"]] == ["superseded", "valid"]


def test_pages_follow_each_other_without_gap_or_repetition(house: House) -> None:
    numbers = [house.bench.issue(**(SECOND if n % 3 else {})) for n in range(7)]
    for query, expected in (("", numbers), ("basis=explicit-license&", numbers[::3])):
        seen: list[str] = []
        address = f"/v1/certificates?{query}limit=2"
        while address:
            reply = house.client.get(address, base_url=BASE_URL)
            body = reply.get_json()
            assert len(body["certificates"]) <= 2
            seen += [item["number"] for item in body["certificates"]]
            link = reply.headers.get("Link", "")
            assert ('rel="next"' in link) == (body["next"] is not None)
            address = link.partition(">")[0].removeprefix(f"<{BASE_URL}")
        assert seen == expected


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_question_that_is_none_is_refused(house: House, pair: tuple[str, str]) -> None:
    cursor = house.get("/v1/certificates?limit=1")["next"]
    for query in (
        "state=live",
        "modality=smell",
        "basis=found",
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "cursor=WzEsMiwiYSJd",
        f"cursor={cursor}&holder=x",
        "hodler=x",
        "state=active&state=expired",
        "at=yesterday",
        "known_at=2026-13-01",
        f"holder={'x' * 301}",
    ):
        problem = house.get(f"/v1/certificates?{query}", 400)
        assert problem["type"] == "urn:lcert:problem:invalid-parameter"
    assert house.get("/v1/certificates/nonsense", 404)["type"].endswith("no-such-certificate")
    assert house.get("/v1/certificates/LC-2026-9999", 404)["type"].endswith("no-such-certificate")


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_without_its_register_the_list_says_so_and_records_go_on(house: House, pair: tuple[str, str]) -> None:
    house.publish()
    app = create_public_app(
        storage=house.storage, base_url=BASE_URL, issuer_name="L", clock=house.bench.clock
    )
    client = app.test_client()
    reply = client.get("/v1/certificates", base_url=BASE_URL)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "30")
    assert client.get(f"/v1/certificates/{pair[0].lower()}", base_url=BASE_URL).status_code == 200


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_answers_have_etags_gzip_and_may_be_read_from_any_page(house: House, pair: tuple[str, str]) -> None:
    reply = house.client.get("/v1/certificates", base_url=BASE_URL, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    again = house.client.get(
        "/v1/certificates",
        base_url=BASE_URL,
        headers={"Accept-Encoding": "gzip", "If-None-Match": reply.headers["ETag"]},
    )
    assert again.status_code == 304

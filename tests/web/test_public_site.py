"""Published documents, the directory, plain pages and probes of the public site."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from tests.support.shelf import NUMBERS, Published, publish

from lcert_web.finding import Change, Hit, NotSearchable, Query
from lcert_web.public import create_public_app


class Registry:
    """Finds in the published records; `gone` is a database that does not answer."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.gone = False
        self.asked: list[Query] = []

    def __call__(self, query: Query, limit: int, now: datetime) -> tuple[Sequence[Hit], int]:
        if self.gone:
            raise NotSearchable("gone")
        self.asked.append(query)
        hits = []
        for number in NUMBERS.values():
            record = json.loads(self.published.storage.files[f"c/{number}.json"])
            if query.q.lower() in record["holder"]["legalName"].lower():
                facts = record["certificate"]
                hit = Hit(
                    number=number,
                    holder=record["holder"]["legalName"],
                    statement=record["scope"]["statement"],
                    domains=tuple(domain["name"] for domain in record["holder"]["domains"]),
                    valid_from=facts["validFrom"],
                    valid_through=facts["validThrough"],
                )
                hits.append(hit)
        return hits[(query.page - 1) * limit :][:limit], 60 if query.q == "" else len(hits)


CHANGE = Change(
    position=8,
    number=NUMBERS["suspended"],
    kind="suspended",
    edition=None,
    reason="fee-unpaid",
    effective_at=datetime(2026, 11, 22, tzinfo=UTC),
    recorded_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
)


@pytest.fixture
def published() -> Published:
    return publish()


@pytest.fixture
def registry(published: Published) -> Registry:
    return Registry(published)


@pytest.fixture
def client(published: Published, registry: Registry) -> FlaskClient:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
        contact="https://certs.example/contact",
        find=registry,
        changes=lambda limit: [CHANGE],
    )
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "media_type", "lifetime"),
    [
        ("/trust.json", "application/json", "max-age=30"),
        ("/.well-known/jwks.json", "application/json", "max-age=30"),
        ("/.well-known/did.json", "application/json", "max-age=30"),
        ("/.well-known/did-configuration.json", "application/json", "max-age=30"),
        ("/.well-known/jwt-vc-issuer", "application/json", "max-age=30"),
        ("/status/token/1", "application/statuslist+jwt", "max-age=30"),
        ("/status/bitstring/revocation/1", "application/vc+jwt", "max-age=30"),
        ("/status/bitstring/suspension/1", "application/vc+jwt", "max-age=30"),
        ("/log/checkpoint", "text/plain", "max-age=5"),
        ("/log/tile/0/000.p/10", "application/octet-stream", "immutable"),
        ("/log/tile/entries/000.p/10", "application/octet-stream", "immutable"),
        (f"/log/proof/{'ab' * 32}", "application/json", "max-age=30"),
        ("/bundle.zip", "application/zip", "max-age=30"),
        ("/contexts/l/v1", "application/ld+json", "immutable"),
    ],
)
def test_documents_come_byte_for_byte_with_type_tag_and_lifetime(
    published: Published, client: FlaskClient, path: str, media_type: str, lifetime: str
) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.data == published.storage.files[path.removeprefix("/")]
    assert reply.mimetype == media_type
    assert lifetime in reply.headers["Cache-Control"]
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(path, headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304
    assert client.head(path).headers["ETag"] == reply.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/status/token/0",
        "/status/token/2",
        "/status/token/-1",
        "/status/token/01x",
        "/status/token/99999999999999999999",
        "/status/bitstring/other/1",
        "/log/tile/../../trust.json",
        "/log/tile/0/001",
        "/log/proof/zz",
        "/log/.lock",
        "/contexts/l/v2",
        "/criteria/L-2099.1",
        "/.well-known/other",
        "/%2e%2e/etc/passwd",
        "/static/../public.py",
    ],
)
def test_nothing_else_can_be_had(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_lists_of_the_past_are_not_implemented(client: FlaskClient) -> None:
    assert client.get("/status/token/1?time=1700000000").status_code == 501


def test_all_lists_are_named(client: FlaskClient) -> None:
    assert client.get("/status/token").get_json() == {
        "status_lists": ["https://certs.example/status/token/1"]
    }


@pytest.mark.parametrize("path", ["/", "/directory"])
def test_the_directory_lists_every_state_with_word_and_shape(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    for word in ("Active", "Suspended", "Withdrawn", "Ended at", "Expired", "Starts on 3 Dec 2026"):
        assert word in html
    assert html.count('class="disc"') == len(NUMBERS)
    assert "<script" not in html
    assert "page 1 of 2" in html
    assert 'rel="next" href="/directory?page=2"' in html


def test_a_list_is_never_greener_than_the_page(published: Published, client: FlaskClient) -> None:
    for path in [p for p in published.storage.files if p.startswith("status/")]:
        del published.storage.files[path]
    html = client.get("/directory").text
    assert "tone-active" not in html
    assert "Status unknown" in html


def test_a_search_finds_and_shows_what_was_asked_as_text(client: FlaskClient) -> None:
    html = client.get("/directory", query_string={"q": "suspended"}).text
    assert "1 certificate for" in html
    assert "LC-2026-0002" in html
    nothing = client.get("/directory", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "<script>" not in nothing
    assert "is not certified" in nothing


def test_filters_reach_the_registry(client: FlaskClient, registry: Registry) -> None:
    client.get("/directory?state=active&modality=music&basis=owned&sort=holder&page=2")
    assert registry.asked[-1] == Query(state="active", modality="music", basis="owned", sort="holder", page=2)


@pytest.mark.parametrize(
    "query",
    ["state=green", "modality=smell", "basis=fair-use", "sort=random", "page=0", "page=x", "q=" + "a" * 201],
)
def test_what_is_not_on_offer_is_refused(client: FlaskClient, query: str) -> None:
    reply = client.get(f"/directory.json?{query}")
    assert reply.status_code == 400
    assert reply.get_json(force=True)["type"] == "urn:lcert:problem:invalid-parameter"


@pytest.mark.parametrize(
    "typed", ["LC\u20132026\u20130001", "lc20260001", " LC 2026\u20110001", "LC-2026-0001"]
)
def test_a_number_is_found_as_telephones_write_it(
    client: FlaskClient, registry: Registry, typed: str
) -> None:
    client.get("/directory", query_string={"q": typed})
    assert registry.asked[-1].q == "LC-2026-0001"
    client.get("/directory", query_string={"q": f"{typed}x"})
    assert registry.asked[-1].q == f"{typed}x".strip()


def test_without_its_database_the_directory_says_so_and_the_rest_goes_on(
    client: FlaskClient, registry: Registry
) -> None:
    registry.gone = True
    reply = client.get("/directory?q=lc-2026-0001")
    assert reply.status_code == 503
    assert "cannot be searched at the moment" in reply.text
    assert 'href="/c/LC-2026-0001"' in reply.text
    assert client.get("/directory.json").status_code == 503
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/c/LC-2026-0001").status_code == 200
    assert client.get("/badge/LC-2026-0001.svg").status_code == 200
    assert client.get("/trust.json").status_code == 200


def test_the_directory_as_json_csv_and_feed(client: FlaskClient) -> None:
    body = client.get("/directory.json").get_json()
    states = {entry["number"]: entry["state"] for entry in body["certificates"]}
    assert states[NUMBERS["active"]] == "active"
    assert states[NUMBERS["withdrawn"]] == "withdrawn"
    assert 'rel="next"' in client.get("/directory.json").headers["Link"]
    rows = list(csv.DictReader(io.StringIO(client.get("/directory.csv").text)))
    assert [row["number"] for row in rows] == list(NUMBERS.values())
    feed = ET.fromstring(client.get("/directory.atom").text)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(NUMBERS)


def test_a_cell_cannot_be_a_formula(published: Published, client: FlaskClient) -> None:
    number = NUMBERS["active"]
    record = json.loads(published.storage.files[f"c/{number}.json"])
    record["holder"]["legalName"] = '=HYPERLINK("http://evil.example")'
    published.storage.files[f"c/{number}.json"] = json.dumps(record).encode()
    rows = list(csv.DictReader(io.StringIO(client.get("/directory.csv").text)))
    assert rows[0]["holder"].startswith("'=")


@pytest.mark.parametrize("path", ["/about", "/check", "/privacy", "/terms/badge", "/criteria/L-2026.1"])
def test_plain_pages(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.mimetype == "text/html"
    assert reply.text.count("<h1") == 1
    assert "<script" not in reply.text
    assert " style=" not in reply.text


def test_the_criteria_come_byte_for_byte_to_those_who_check_their_digest(
    published: Published, client: FlaskClient
) -> None:
    plain = published.storage.files["criteria/L-2026.1"]
    assert client.get("/criteria/L-2026.1.md").data == plain
    assert client.get("/criteria/L-2026.1", headers={"Accept": "text/markdown"}).data == plain


def test_how_to_check_names_the_root_that_is_trusted(published: Published, client: FlaskClient) -> None:
    assert published.world.root.thumbprint in client.get("/check").text


def test_links_inside_the_site_lead_somewhere(client: FlaskClient) -> None:
    import re

    seen: set[str] = set()
    queue = ["/", "/c/LC-2026-0001", "/about", "/check", "/privacy", "/terms/badge"]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        if "lang=" in path:
            continue
        reply = client.get(path)
        reply.close()
        assert reply.status_code == 200, path
        if reply.mimetype == "text/html" and len(seen) < 60:
            page = re.sub(r"<textarea.*?</textarea>", "", reply.text, flags=re.S)
            found = re.findall(r'(?:href|src)="(/[^"#]*)"', page)
            queue += [link.replace("&amp;", "&") for link in found]
    assert len(seen) > 30


def test_a_pinned_root_that_is_not_the_published_one_is_not_believed(published: Published) -> None:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="x",
        clock=published.world.clock,
        pin="A" * 43,
    )
    assert "Status unknown" in app.test_client().get("/c/LC-2026-0001").text
    assert app.test_client().get("/readyz").status_code == 503


def test_metrics_count_by_route_and_never_by_address(client: FlaskClient) -> None:
    client.get("/c/LC-2026-0001")
    text = client.get("/metrics").text
    assert "lcert_http_requests_total" in text
    assert "LC-2026-0001" not in text
    assert "lcert_badges_total{" in text or "lcert_badges" in text


@pytest.mark.parametrize("host", ["evil.example", "certs.example.evil.example"])
def test_a_foreign_host_header_poisons_nothing(client: FlaskClient, host: str) -> None:
    reply = client.get("/c/LC-2026-0001", headers={"Host": host})
    assert reply.status_code == 421
    assert "evil" not in reply.text


def test_a_database_that_hangs_is_not_asked_by_every_thread(published: Published) -> None:
    import threading

    from lcert_web.finding import Directory
    from lcert_web.shelf import Shelf

    begun, leave = threading.Semaphore(0), threading.Event()

    def hang(query: Query, limit: int, now: datetime) -> tuple[Sequence[Hit], int]:
        begun.release()
        leave.wait(20)
        raise NotSearchable("gone")

    shelf = Shelf(published.storage, base_url=published.base_url, pin=None, clock=published.world.clock)
    time = [100.0]
    directory = Directory(shelf, hang, monotonic=lambda: time[0])
    threads = [threading.Thread(target=directory.unready) for _ in range(3)]
    for thread in threads:
        thread.start()
        assert begun.acquire(timeout=10)
    with pytest.raises(NotSearchable, match="too many"):
        directory.find(Query())
    leave.set()
    for thread in threads:
        thread.join()
    with pytest.raises(NotSearchable, match="a moment ago"):
        directory.find(Query())
    time[0] += 3
    with pytest.raises(NotSearchable, match="gone"):
        directory.find(Query())

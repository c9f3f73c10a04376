"""Watching through the interface: only with a token, only one's own, only public addresses, and each request once."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from tests.support.registry import BASE_URL, Bench
from tests.support.shelf import MemoryStorage
from tests.support.watching import Inbox, a_partner, post_room
from werkzeug.test import TestResponse

from lcert_issuer.watching.partners import revoke
from lcert_issuer.watching.sending import Destinations
from lcert_verifier.fetch import Fetcher
from lcert_web.public import create_public_app

HOSTS = {
    "hooks.partner.example": ["1.1.1.1"],
    "inside.example": ["1.1.1.1", "10.0.0.7"],
    "v6.example": ["::1"],
}

URLS = [
    "http://hooks.partner.example/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8000/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://inside.example/",  # one of its addresses is private
    "https://v6.example/",
    "https://nowhere.example/",
    "https://user:pass@hooks.partner.example/",
    "https://hooks.partner.example/#part",
    "ftp://hooks.partner.example/",
    "file:///etc/passwd",
    "not a url",
    "",
]
"""Addresses that no webhook is sent to."""


def resolve(host: str, _port: int) -> list[str]:
    if host not in HOSTS and not host[:1].isdigit() and ":" not in host:
        raise OSError("no such name")
    return HOSTS.get(host, [host])


class Partner:
    """A client with a token."""

    def __init__(self, bench: Bench, name: str = "Label & Co", *, loopback: bool = False) -> None:
        self.id, self.token = a_partner(bench, name)
        destinations = Destinations(fetcher=Fetcher(resolve=resolve), loopback=loopback)
        app = create_public_app(
            storage=MemoryStorage(),
            base_url=BASE_URL,
            issuer_name="L",
            registry=bench.registry,
            clock=bench.clock,
            check_url=destinations.refusal,
        )
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def ask(self, method: str, path: str = "", *, json: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            f"/v1/watches{path}",
            method=method,
            json=json,
            headers={**self.headers, **named},
            base_url=BASE_URL,
        )

    def watch(self, **body: Any) -> dict[str, Any]:
        reply = self.ask("POST", json={"url": "https://hooks.partner.example/l", **body})
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.get_json()
        return made


@pytest.fixture
def partner(bench: Bench) -> Partner:
    return Partner(bench)


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def problem(reply: TestResponse) -> tuple[int, str]:
    assert reply.mimetype == "application/problem+json", reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    return reply.status_code, reply.get_json()["type"].removeprefix("urn:lcert:problem:")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_watch_is_made_shown_listed_and_taken_away(bench: Bench) -> None:
    partner = Partner(bench)
    reply = partner.ask(
        "POST",
        json={
            "name": "all of Quillwater",
            "filter": {"holder": "Quillwater"},
            "events": ["certificate.suspended", "certificate.expiring_30"],
            "url": "https://hooks.partner.example/l",
        },
    )
    assert reply.status_code == 201
    made = reply.get_json()
    assert reply.headers["Location"] == f"{BASE_URL}/v1/watches/{made['id']}"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert made["secret"].startswith("whsec_")
    shown = partner.ask("GET", f"/{made['id']}").get_json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert partner.ask("GET").get_json() == {"watches": [shown]}
    rotated = partner.ask("POST", f"/{made['id']}/secret").get_json()
    assert rotated["secret"] != made["secret"]
    assert partner.ask("DELETE", f"/{made['id']}").status_code == 204
    assert problem(partner.ask("GET", f"/{made['id']}")) == (404, "no-such-watch")
    assert partner.ask("GET").get_json() == {"watches": []}


def test_without_a_good_token_nothing_is_told(bench: Bench, partner: Partner) -> None:
    watch = partner.watch()["id"]
    paths = [
        ("GET", ""),
        ("POST", ""),
        ("GET", f"/{watch}"),
        ("DELETE", f"/{watch}"),
        ("POST", f"/{watch}/ping"),
        ("POST", f"/{watch}/secret"),
        ("GET", f"/{watch}/events"),
        ("GET", f"/{watch}/events.csv"),
        ("GET", f"/{watch}/events.atom"),
    ]
    for given in ("", "Bearer", "Bearer x", f"Bearer {partner.token}x", f"Digest {partner.token}", "Basic !"):
        for method, path in paths:
            reply = partner.ask(method, path, Authorization=given)
            assert problem(reply) == (401, "unauthorized"), (given, path)
            assert "Bearer" in reply.headers["WWW-Authenticate"]
            assert partner.token not in reply.text
    basic = base64.b64encode(f"feed:{partner.token}".encode()).decode()
    assert partner.ask("GET", f"/{watch}/events.atom", Authorization=f"Basic {basic}").status_code == 200
    with bench.registry.write() as session:
        revoke(session, "Label & Co", now=bench.clock())
    assert problem(partner.ask("GET")) == (401, "unauthorized")


def test_what_belongs_to_another_partner_is_not_there(bench: Bench, partner: Partner) -> None:
    watch = partner.watch()["id"]
    other = Partner(bench, "Somebody Else")
    for method, path in (
        ("GET", f"/{watch}"),
        ("DELETE", f"/{watch}"),
        ("POST", f"/{watch}/secret"),
        ("POST", f"/{watch}/ping"),
        ("POST", f"/{watch}/enable"),
        ("GET", f"/{watch}/events"),
    ):
        assert problem(other.ask(method, path)) == (404, "no-such-watch"), path
    again = other.ask("POST", f"/{watch}/replay", json={"since": "2026-01-01"})
    assert problem(again) == (404, "no-such-watch")
    assert other.ask("GET").get_json() == {"watches": []}
    assert partner.ask("GET", f"/{watch}").status_code == 200


def test_only_public_addresses_by_https_may_be_named(partner: Partner) -> None:
    for url in URLS:
        reply = partner.ask("POST", json={"url": url})
        assert problem(reply) == (400, "invalid-parameter"), url
        assert reply.get_json()["detail"].startswith("url "), url
    assert partner.ask("GET").get_json() == {"watches": []}


def test_this_machine_may_be_named_only_where_it_is_allowed(bench: Bench) -> None:
    partner = Partner(bench, loopback=True)
    assert partner.ask("POST", json={"url": "http://127.0.0.1:8000/"}).status_code == 201
    assert problem(partner.ask("POST", json={"url": "http://10.0.0.1/"})) == (400, "invalid-parameter")
    assert problem(partner.ask("POST", json={"url": "http://inside.example/"})) == (400, "invalid-parameter")


def test_a_wrong_wish_is_refused(partner: Partner) -> None:
    for body in (
        [],
        "x",
        {"surprise": 1},
        {"certificates": "LC-2026-0001"},
        {"certificates": [7]},
        {"certificates": ["LC-1"]},
        {"certificates": ["LC-2098-0001"]},
        {"filter": []},
        {"filter": {"state": "active"}},
        {"filter": {"holder": "x"}, "certificates": ["LC-2026-0001"]},
        {"events": None},
        {"events": ["suspended"]},
        {"url": 7},
        {"name": 7},
    ):
        assert problem(partner.ask("POST", json=body)) == (400, "invalid-parameter"), body


def test_a_body_that_is_no_json_is_refused(partner: Partner) -> None:
    for data, kind, expected in (
        (b"{", "application/json", (400, "invalid-json")),
        (b'{"name": "a", "name": "b"}', "application/json", (400, "invalid-json")),
        (b"{}", "text/plain", (415, "unsupported-media-type")),
        (b"{" + b" " * 70_000 + b"}", "application/json", (413, "too-large")),
    ):
        reply = partner.client.post(
            "/v1/watches", data=data, content_type=kind, headers=partner.headers, base_url=BASE_URL
        )
        assert problem(reply) == expected


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_repeated_request_is_done_once(bench: Bench) -> None:
    partner = Partner(bench)
    body = {"url": "https://hooks.partner.example/l"}
    first = partner.ask("POST", json=body, Idempotency_Key="key-1")
    again = partner.ask("POST", json=body, Idempotency_Key="key-1")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert again.headers["Location"] == first.headers["Location"]
    assert len(partner.ask("GET").get_json()["watches"]) == 1
    other = partner.ask("POST", json={}, Idempotency_Key="key-1")
    assert problem(other) == (409, "conflict")
    watch = first.get_json()["id"]
    secrets = {
        partner.ask("POST", f"/{watch}/secret", Idempotency_Key="key-2").get_json()["secret"] for _ in "123"
    }
    assert len(secrets) == 1
    stranger = Partner(bench, "Somebody Else")
    assert stranger.ask("POST", json=body, Idempotency_Key="key-1").get_json()["id"] != watch
    for key in ("", "a b", "x" * 256):
        reply = partner.ask("POST", json=body, Idempotency_Key=key)
        assert problem(reply) == (400, "invalid-parameter")
    assert partner.ask("POST", json={"events": []}, Idempotency_Key="key-3").status_code == 400
    assert partner.ask("POST", json={}, Idempotency_Key="key-3").status_code == 201, "a refusal is not kept"


def test_events_are_listed_logged_and_sent_again(bench: Bench, partner: Partner) -> None:
    number = bench.issue()
    watch = partner.watch(certificates=[number.lower()])["id"]
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.reinstate(number, reason="remedied")
    ping = partner.ask("POST", f"/{watch}/ping").get_json()["id"]
    inbox = Inbox()
    with contextlib.closing(post_room(bench, inbox)) as room:
        room.once()
        events = f"/{watch}/events"
        page = partner.ask("GET", f"{events}?limit=2").get_json()
        assert page["more"]
        rest = partner.ask("GET", f"{events}?limit=2&cursor={page['cursor']}").get_json()
        assert not rest["more"]
        found = page["events"] + rest["events"]
        assert [(e["type"], e["state"], e["attempts"], e["last_status"]) for e in found] == [
            ("certificate.suspended", "delivered", 1, 204),
            ("certificate.reinstated", "delivered", 1, 204),
            ("ping", "delivered", 1, 204),
        ]
        assert found[2]["id"] == ping
        assert {post.id for post in inbox.posts} == {event["id"] for event in found}
        assert partner.ask("GET", f"{events}?cursor={rest['cursor']}").get_json()["events"] == []
        assert partner.ask("GET", f"{events}?state=pending").get_json()["events"] == []
        again = partner.ask("POST", f"/{watch}/replay", json={"after": found[0]["id"]}).get_json()
        assert (again["queued"], again["more"]) == (1, False)
        room.once()
    assert [post.short[0] for post in inbox.posts[-1:]] == ["reinstated"]
    for wrong in (
        {},
        {"since": "x"},
        {"after": "x"},
        {"after": "evt_0"},
        {"after": 7},
        {"since": "2026-01-01", "x": 1},
    ):
        assert problem(partner.ask("POST", f"/{watch}/replay", json=wrong)) == (400, "invalid-parameter")
    for wrong in ("cursor=x", "limit=0", "limit=1001", "state=odd", "x=1"):
        assert problem(partner.ask("GET", f"{events}?{wrong}")) == (400, "invalid-parameter")
    other = partner.watch()["id"]
    cursor = rest["cursor"]
    assert problem(partner.ask("GET", f"/{other}/events?cursor={cursor}")) == (400, "invalid-parameter")


def test_events_come_as_table_and_feed_without_any_webhook(bench: Bench, partner: Partner) -> None:
    number = bench.issue()
    watch = partner.watch(certificates=[number], url=None)["id"]
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.reinstate(number, reason="remedied")
    inbox = Inbox()
    with contextlib.closing(post_room(bench, inbox)) as room:
        room.once()
    assert inbox.posts == []
    table = partner.ask("GET", f"/{watch}/events.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [(row["type"], row["number"], row["state"]) for row in rows] == [
        ("certificate.suspended", number, "listed"),
        ("certificate.reinstated", number, "listed"),
    ]
    feed = ElementTree.fromstring(partner.ask("GET", f"/{watch}/events.atom").data)
    names = {"a": "http://www.w3.org/2005/Atom"}
    titles = [entry.findtext("a:title", "", names) for entry in feed.findall("a:entry", names)]
    assert [title.split(": ")[:2] for title in titles] == [[number, "Reinstated"], [number, "Suspended"]]
    assert problem(partner.ask("POST", f"/{watch}/ping")) == (409, "conflict")


def test_answers_are_what_the_document_says(bench: Bench, partner: Partner) -> None:
    number = bench.issue()
    watch = partner.watch(certificates=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    with contextlib.closing(post_room(bench, Inbox())) as room:
        room.once()
    document = partner.client.get("/openapi.json", base_url=BASE_URL).get_json()
    assert document["paths"]["/v1/watches"]["post"]["security"] == [{"bearer": []}, {"basic": []}]

    def check(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(value)

    check("Watch", watch)
    check("WatchedEvents", partner.ask("GET", f"/{watch['id']}/events").get_json())


def test_a_lost_register_is_a_problem_that_passes() -> None:
    app = create_public_app(storage=MemoryStorage(), base_url=BASE_URL, issuer_name="L")
    reply = app.test_client().get("/v1/watches", headers={"Authorization": "Bearer x"}, base_url=BASE_URL)
    assert problem(reply) == (503, "unavailable")

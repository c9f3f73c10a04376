"""Reports of misuse: a plain form that anyone can send and nobody can abuse; and where a visitor came from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.judged_pages import MemoryReports, public_app
from tests.support.shelf import NUMBERS, Published, publish

from lcert_issuer import misuse
from lcert_web import reporting
from lcert_web.reporting import Limiter

NUMBER = NUMBERS["active"]
FORM = {
    "kind": "copied-badge",
    "place": "https://grimsbybeats.example/",
    "text": "They show the badge.\r\nIt is not theirs.",
}


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture
def reports() -> MemoryReports:
    return MemoryReports()


@pytest.fixture
def client(published: Published, reports: MemoryReports) -> FlaskClient:
    return public_app(published, reports=reports).test_client()


def send(client: FlaskClient, path: str = f"/c/{NUMBER}/report", **changes: Any) -> Any:
    headers = changes.pop("headers", {})
    address = changes.pop("address", "127.0.0.1")
    return client.post(
        path, data={**FORM, **changes}, headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )


@pytest.mark.parametrize("path", [f"/c/{NUMBER}/report", f"/C/{NUMBER.lower()}/report", "/report"])
def test_a_report_is_filed_and_gets_a_reference(
    client: FlaskClient, reports: MemoryReports, path: str
) -> None:
    form = client.get(path)
    assert form.status_code == 200
    assert "<script" not in form.text
    reply = send(client, path, contact=" me@example.org ")
    assert reply.status_code == 201
    assert "ref1" in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    (given, number, language), *more = reports.filed
    assert not more
    assert (given.place, given.contact, language) == ("https://grimsbybeats.example/", "me@example.org", "en")
    assert given.text == "They show the badge.\nIt is not theirs."
    assert number == (None if path == "/report" else NUMBER)


@pytest.mark.parametrize("missing", ["place", "text"])
def test_what_is_missing_is_said_and_what_was_written_stays(
    client: FlaskClient, reports: MemoryReports, missing: str
) -> None:
    reply = send(client, **{missing: "  "})
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text
    kept = "They show the badge." if missing == "place" else "grimsbybeats.example"
    assert kept in reply.text
    assert reports.filed == []


def test_a_trap_that_only_programs_see_swallows_their_reports(
    client: FlaskClient, reports: MemoryReports
) -> None:
    assert send(client, website="https://spam.example").status_code == 200
    assert reports.filed == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "https://certs.example"}, 201),
        ({"Origin": "https://certs.example", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://certs.example.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_other_sites_cannot_send_a_report_with_a_visitor_s_hands(
    client: FlaskClient, reports: MemoryReports, headers: dict[str, str], status: int
) -> None:
    assert send(client, headers=headers).status_code == status
    assert len(reports.filed) == (status == 201)


def test_one_network_may_send_ten_an_hour(client: FlaskClient, reports: MemoryReports) -> None:
    for last in range(10):
        assert send(client, address=f"9.9.9.{last}").status_code == 201
    reply = send(client, address="9.9.9.200")
    assert reply.status_code == 429
    assert reply.headers["Retry-After"] == "3600"
    assert "They show the badge." in reply.text
    assert send(client, address="8.8.8.8").status_code == 201
    assert send(client, address="10.0.0.1").status_code == 201
    assert len(reports.filed) == 12


def test_the_limit_forgets_after_an_hour_and_never_grows_without_end() -> None:
    now = [0.0]
    limiter = Limiter(monotonic=lambda: now[0])
    assert [limiter.admits("2001:db8::1") for _ in range(11)] == [True] * 11  # documentation: private
    assert [limiter.admits("2a00:1450:1::1") for _ in range(11)] == [True] * 10 + [False]
    now[0] = 3601.0
    assert limiter.admits("2a00:1450:1::2")
    for n in range(12_000):
        limiter.admits(f"{11 + n // 65536}.{n // 256 % 256}.{n % 256}.1")
    assert len(limiter._seen) <= 10_000
    assert limiter.admits(None)
    assert limiter.admits("not an address")


def test_a_report_that_cannot_be_stored_says_so_and_names_the_contact(
    client: FlaskClient, reports: MemoryReports
) -> None:
    reports.gone = True
    reply = send(client)
    assert reply.status_code == 503
    assert "could not be stored" in reply.text
    assert "mailto:report@certs.example" in reply.text
    assert "They show the badge." in reply.text
    page = client.get("/complaints")
    assert page.status_code == 200
    assert "cannot be read" in page.text


def test_a_site_without_a_registry_says_so_too(published: Published) -> None:
    client = public_app(published, reports=None, contact=None).test_client()
    reply = send(client)
    assert reply.status_code == 503
    assert "try again later" in reply.text


def test_reports_are_counted_in_public(client: FlaskClient) -> None:
    send(client)
    assert re.search(r"Reports received</dt><dd[^>]*>1<", client.get("/complaints").text)


@pytest.mark.parametrize("path", ["/c/LC-1999-0001/report", "/c/nonsense/report"])
def test_there_is_no_form_for_a_certificate_that_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert send(client, path).status_code == 404


def test_too_large_a_report_is_refused(client: FlaskClient, reports: MemoryReports) -> None:
    assert send(client, text="x" * 70_000).status_code == 413
    assert send(client, text="x" * 5_000).status_code == 201
    assert len(reports.filed[0][0].text) == 4_000


def test_what_is_written_comes_back_as_text(client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    reply = send(client, place=evil, text="", contact=evil, kind=evil)
    assert "<script" not in reply.text
    assert "&lt;script&gt;" in reply.text


def test_the_form_offers_what_the_registry_takes() -> None:
    assert tuple(reporting.KINDS) == misuse.KINDS


@pytest.mark.parametrize(
    ("query", "referer", "said"),
    [
        ("", None, "Came here from a badge on another site?"),
        ("", "https://active.example/", "You came from <bdi>active.example</bdi>. The certificate licenses"),
        ("", "https://shop.active.example/", "<bdi>shop.active.example</bdi>. The certificate licenses"),
        ("", "https://notactive.example/", "<bdi>notactive.example</bdi>. The certificate does not license"),
        (
            "?from=grimsby.example",
            "https://active.example/",
            "<bdi>grimsby.example</bdi>. The certificate does",
        ),
        ("?from=https://active.example/page", None, "<bdi>active.example</bdi>. The certificate licenses"),
        ("", "https://certs.example/directory", "Came here from a badge on another site?"),
        ("", "https://verify.certs.example/", "Came here from a badge on another site?"),
        ("", "https://192.0.2.1/", "Came here from a badge on another site?"),
        ("", "android-app://com.example/", "Came here from a badge on another site?"),
        ("?from=%22%3E%3Cscript%3E", "::::", "Came here from a badge on another site?"),
        ("", "https://" + "a" * 3000, "Came here from a badge on another site?"),
    ],
)
def test_the_page_says_whether_the_site_somebody_came_from_is_licensed(
    client: FlaskClient, query: str, referer: str | None, said: str
) -> None:
    reply = client.get(f"/c/{NUMBER}{query}", headers={"Referer": referer} if referer else {})
    assert said in reply.text
    assert "Referer" in reply.headers["Vary"]
    known = "You came from" in reply.text
    assert reply.headers["Cache-Control"].startswith("private" if known else "public")

"""A certificate's page shows the verifier's answer, whatever the record says; the same under every form and case."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.shelf import HOSTILE, NUMBERS, Published, publish

from lcert_issuer.badge.qr import shown_pixels
from lcert_verifier.vocabulary import Securing
from lcert_web.public import create_public_app


@pytest.fixture
def published() -> Published:
    return publish()


@pytest.fixture
def client(published: Published) -> FlaskClient:
    return make_client(published)


def make_client(published: Published, **options: Any) -> FlaskClient:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
        **{"contact": "report@certs.example", **options},
    )
    return app.test_client()


def verdict(html: str) -> tuple[str, str]:
    """(tone, word) of the verdict block, which must come first in the page."""
    match = re.search(r'<main[^>]*>\s*<section class="verdict tone-(\w+)".*?<h1[^>]*>(.*?)</h1>', html, re.S)
    assert match is not None, "the verdict block is not the first thing on the page"
    return match[1], " ".join(re.sub(r"<[^>]+>", " ", match[2]).split())


@pytest.mark.parametrize(
    ("state", "tone", "word"),
    [
        ("active", "active", "Active"),
        ("suspended", "suspended", "Suspended since 22 Nov 2026"),
        ("withdrawn", "withdrawn", "Withdrawn since 22 Nov 2026"),
        ("terminated", "off", "Ended at the holder’s request since 22 Nov 2026"),
        ("expired", "off", "Expired"),
        ("scheduled", "off", "Starts on 3 Dec 2026"),
        ("replaced", "active", "Active"),
    ],
)
def test_each_state_has_its_word_and_tone(client: FlaskClient, state: str, tone: str, word: str) -> None:
    reply = client.get(f"/c/{NUMBERS[state]}")
    assert reply.status_code == 200
    assert verdict(reply.text) == (tone, word)
    assert f"<bdi>{state}.example</bdi>" in reply.text
    assert reply.text.count("tone-active") == (1 if tone == "active" else 0)


def test_the_record_alone_never_makes_a_page_green(published: Published, client: FlaskClient) -> None:
    number = NUMBERS["suspended"]
    record = json.loads(published.storage.files[f"c/{number}.json"])
    record["state"] = "active"
    del record["since"], record["reason"]
    published.storage.files[f"c/{number}.json"] = json.dumps(record).encode()
    assert verdict(client.get(f"/c/{number}").text) == ("suspended", "Suspended")


def test_facts_come_from_the_signed_credential_not_from_the_record(
    published: Published, client: FlaskClient
) -> None:
    number = NUMBERS["active"]
    record = json.loads(published.storage.files[f"c/{number}.json"])
    record["holder"]["legalName"] = "Impostor Ltd"
    record["holder"]["domains"][0]["name"] = "impostor.example"
    published.storage.files[f"c/{number}.json"] = json.dumps(record).encode()
    html = client.get(f"/c/{number}").text
    assert "Active Audio Ltd" in html
    assert "<bdi>active.example</bdi>" in html
    assert "<dd><bdi>Impostor Ltd" not in html


@pytest.mark.parametrize("fault", ["no lists", "stale lists", "no trust", "forged list"])
def test_what_cannot_be_checked_is_unknown_and_not_stored(published: Published, fault: str) -> None:
    world, files = published.world, published.storage.files
    if fault == "no lists":
        for path in [p for p in files if p.startswith("status/")]:
            del files[path]
    elif fault == "stale lists":
        world.now += timedelta(days=2)
    elif fault == "no trust":
        del files["trust.json"]
    else:
        published.republish_lists(sub="https://certs.example/status/token/2")
    reply = make_client(published).get(f"/c/{NUMBERS['active']}")
    assert reply.status_code == 200
    assert verdict(reply.text) == ("off", "Status unknown")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "tone-active" not in reply.text


def test_a_key_declared_compromised_ends_the_green(published: Published, client: FlaskClient) -> None:
    world = published.world
    compromised = world.entry(
        world.issuing, "issuer", "compromised", compromised_at=int(world.now.timestamp())
    )
    keys = [compromised, world.entry(world.status, "status"), world.entry(world.log, "log")]
    published.republish_trust(keys=keys, version=2)
    world.now += timedelta(seconds=5)
    assert verdict(client.get(f"/c/{NUMBERS['active']}").text) == ("withdrawn", "Not valid")


def test_a_withdrawal_shows_on_the_very_next_look(published: Published, client: FlaskClient) -> None:
    assert verdict(client.get(f"/c/{NUMBERS['active']}").text)[0] == "active"
    published.world.now += timedelta(seconds=5)
    published.set_status("active", 1)
    assert verdict(client.get(f"/c/{NUMBERS['active']}").text) == ("withdrawn", "Withdrawn")


@pytest.mark.parametrize("path", ["/c/lc-2026-0001", "/C/LC-2026-0001", "/C/Lc-2026-0001", "/c/LC-2026-0001"])
def test_any_case_is_served_without_a_redirect(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert "LC-2026-0001: Active" in reply.text


@pytest.mark.parametrize(
    "path",
    [
        "/c/LC-2026-9999",
        "/c/LC-2026-0001/9",
        "/c/LC-2026-0001/0",
        "/c/LC-2026-0001/x",
        "/c/..%2Ftrust.json",
        "/c/LC-2026-0001.jwt/1",
        "/c/%00",
        "/c/LC-2026-٠٠٠١",
        "/c/LC-2026-0001%0d%0aX:y",
        "/c/" + "A" * 500,
    ],
)
def test_what_is_not_published_is_a_404_in_the_form_asked_for(client: FlaskClient, path: str) -> None:
    as_problem = client.get(path, headers={"Accept": "application/json"})
    assert as_problem.status_code == 404
    assert as_problem.mimetype == "application/problem+json"
    as_page = client.get(path, headers={"Accept": "text/html"})
    assert as_page.status_code == 404
    assert as_page.mimetype == "text/html"
    assert "tone-active" not in as_page.text


def test_an_older_edition_has_its_own_page_and_names_the_newer_one(client: FlaskClient) -> None:
    html = client.get(f"/c/{NUMBERS['replaced']}/1").text
    assert verdict(html) == ("off", "Replaced by edition 2")
    assert f'href="/c/{NUMBERS["replaced"]}">See the edition now in force</a>' in html


@pytest.mark.parametrize("suffix", [".jwt", ""])
def test_the_token_is_served_byte_for_byte(published: Published, client: FlaskClient, suffix: str) -> None:
    headers = {} if suffix else {"Accept": "application/vc+jwt"}
    reply = client.get(f"/c/{NUMBERS['replaced']}{suffix}", headers=headers)
    assert reply.mimetype == "application/vc+jwt"
    assert reply.data == published.token("replaced", edition=2).encode()
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("part", "media_type"),
    [
        ("1.jwt", "application/vc+jwt"),
        ("1.openbadge.jwt", "application/jwt"),
        ("1.compact.jwt", "application/jwt"),
    ],
)
def test_each_securing_of_an_edition_is_served(
    published: Published, client: FlaskClient, part: str, media_type: str
) -> None:
    reply = client.get(f"/c/{NUMBERS['active']}/{part}")
    assert reply.mimetype == media_type
    assert reply.data == published.storage.files[f"c/{NUMBERS['active']}/{part}"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/ld+json", "application/ld+json"),
        ("text/html;q=0.5, application/vc+jwt", "application/vc+jwt"),
        ("image/png", "text/html"),
    ],
)
def test_the_form_follows_the_accept_header(client: FlaskClient, accept: str, media_type: str) -> None:
    reply = client.get(f"/c/{NUMBERS['active']}", headers={"Accept": accept})
    assert reply.status_code == 200
    assert reply.mimetype == media_type
    assert "Accept" in reply.headers["Vary"]


def test_the_record_is_the_same_under_both_addresses(client: FlaskClient) -> None:
    one = client.get(f"/c/{NUMBERS['active']}.json")
    two = client.get(f"/v1/certificates/{NUMBERS['active'].lower()}")
    assert one.data == two.data
    assert one.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/v1/certificates/LC-2026-9999").status_code == 404


@pytest.mark.parametrize(
    ("state", "status"), [("active", "Active"), ("suspended", "Inactive"), ("scheduled", "Inactive")]
)
def test_schema_org_is_active_only_while_it_verifies(client: FlaskClient, state: str, status: str) -> None:
    body = client.get(f"/c/{NUMBERS[state]}.jsonld").get_json(force=True)
    assert body["@type"] == "Certification"
    assert body["certificationStatus"] == f"https://schema.org/Certification{status}"
    assert body["certificationIdentification"] == NUMBERS[state]


def test_a_page_is_never_kept_past_the_date_that_changes_it(published: Published) -> None:
    world = published.world
    world.now = world.now.replace(hour=23, minute=59, second=50)
    published.republish_lists()
    record = json.loads(published.storage.files[f"c/{NUMBERS['active']}.json"])
    record["editions"][0]["validThrough"] = world.now.date().isoformat()
    published.storage.files[f"c/{NUMBERS['active']}.json"] = json.dumps(record).encode()
    reply = make_client(published).get(f"/c/{NUMBERS['active']}")
    assert reply.headers["Cache-Control"] == "public, max-age=10, s-maxage=10"


def test_hostile_names_are_text_everywhere(client: FlaskClient) -> None:
    number = NUMBERS["hostile"]
    html = client.get(f"/c/{number}").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(" in html
    assert "{{7*7}}" in html
    assert "49" not in re.sub(r"[0-9a-f]{6,}", "", html).split("<h1", 1)[1].split("</h1>", 1)[0]
    assert " style=" not in html
    assert set(re.findall(r"<script[^>]*>", html)) <= {'<script type="application/ld+json">'}
    assert client.get(f"/c/{number}.jsonld").get_json(force=True)["about"][1]["name"] == HOSTILE


def test_every_check_of_the_report_is_told_and_the_key_that_signed(
    published: Published, client: FlaskClient
) -> None:
    html = client.get(f"/c/{NUMBERS['suspended']}").text
    assert html.count('<li class="check ') == 10
    assert "the status list says suspended" in html
    world = published.world
    assert f"{world.issuer}#{world.issuing.thumbprint}" in html
    assert 'href="/c/LC-2026-0002/report"' in html


def test_a_page_asks_nothing_of_third_parties_and_sets_nothing(client: FlaskClient) -> None:
    reply = client.get(f"/c/{NUMBERS['active']}")
    assert "Set-Cookie" not in reply.headers
    loaded = re.findall(
        r'(?:src|srcset|href)="(https?://[^"]+)"',
        re.sub(r"<textarea.*?</textarea>", "", reply.text, flags=re.S),
    )
    assert all(url.startswith("https://certs.example/") for url in loaded)


def test_a_storage_that_is_gone_is_a_503_not_a_verdict(published: Published, client: FlaskClient) -> None:
    published.storage.broken = True
    reply = client.get(f"/c/{NUMBERS['active']}")
    assert reply.status_code == 503
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Withdrawn" not in reply.text


def test_the_codes_of_a_page_have_whole_pixels(client: FlaskClient, published: Published) -> None:
    html = client.get(f"/c/{NUMBERS['active']}").text
    token = published.token("active", Securing.COMPACT)
    sides = [int(side) for side in re.findall(r'qr\.svg" width="(\d+)" height="\1"', html)]
    assert sides == list(shown_pixels(published.base_url, NUMBERS["active"], token))


def test_a_token_that_no_code_holds_takes_nothing_else_down(
    client: FlaskClient, published: Published
) -> None:
    number = NUMBERS["active"]
    published.storage.files[f"c/{number}/1.compact.jwt"] = b"a" * 3_000 + b".b.c"
    assert client.get(f"/c/{number}").status_code == 200
    for path in ("offline-qr.svg", "offline-qr.png", "print.pdf"):
        assert client.get(f"/badge/{number}/{path}").status_code == 404, path
    assert client.get(f"/badge/{number}/qr.svg").status_code == 200

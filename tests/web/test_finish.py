"""What the eye found: no link leads nowhere, a verdict says what is wrong, and pages bring their fonts along."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.support.judged_pages import find_in
from tests.support.shelf import NUMBERS, Published, publish

from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_web.public import create_public_app
from lcert_web.speaking import SIX_LANGUAGES
from lcert_web.verifier import create_verifier_app

BRAND = Path(__file__).parents[2] / "web/lcert_web/static/brand"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


def public(published: Published) -> FlaskClient:
    return create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L",
        clock=published.world.clock,
        find=find_in(published),
    ).test_client()


@pytest.fixture
def verifier(published: Published) -> FlaskClient:
    clock = published.world.clock
    source = PublishedSource(published.storage.files.__getitem__, base_url=published.base_url, clock=clock)
    return create_verifier_app(
        verifier_factory=lambda: Verifier([source], clock=clock), clock=clock, speech=SIX_LANGUAGES
    ).test_client()


def test_a_missing_page_of_the_verifier_links_to_nothing_it_does_not_have(verifier: FlaskClient) -> None:
    reply = verifier.get("/nothing-here", headers=HTML)
    assert reply.status_code == 404
    links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', reply.text))
    here = {link for link in links if link.startswith("/nothing-here")}
    assert len(here) == len(SIX_LANGUAGES.languages)
    for link in links - here:
        assert verifier.get(link).status_code == 200, link


@pytest.mark.parametrize(
    ("token", "domain", "word"),
    [
        ("hello", "", "Not a certificate"),
        ("active", "elsewhere.example", "Not for this site"),
        ("forged", "", "Not genuine"),
    ],
)
def test_the_verdict_says_what_is_wrong(
    published: Published, verifier: FlaskClient, token: str, domain: str, word: str
) -> None:
    given = token if token == "hello" else published.token("active")
    if token == "forged":
        given = f"{given[:-8]}AAAAAAAA"
    html = verifier.post("/", data={"token": given, "domain": domain}, headers=HTML).text
    assert re.search(rf"<h1[^>]*>\s*{word}\s*</h1>", html)
    assert "tone-active" not in html
    if domain:
        assert "What it covers" in html  # the certificate stands, only not here


def test_the_certificate_page_says_of_a_wrong_signature_that_nothing_is_verified() -> None:
    published = publish()
    path = f"c/{NUMBERS['active']}/1.jwt"
    published.storage.files[path] = published.storage.files[path][:-8] + b"AAAAAAAA"
    html = public(published).get(f"/c/{NUMBERS['active']}").text
    assert "Not genuine" in html
    assert "It is not verified." in html
    assert "tone-active" not in html


def test_a_search_without_result_is_one_sentence_and_no_empty_list(published: Published) -> None:
    client = public(published)
    assert "Nothing found for “<bdi>zebra</bdi>”." in client.get("/directory?q=zebra").text
    for code in SIX_LANGUAGES.languages:
        assert '<ul class="listing">' not in client.get(f"/directory?q=zebra&lang={code}").text


def test_every_font_is_there_and_devices_use_their_own_first() -> None:
    sheet = (BRAND / "fonts.css").read_text(encoding="utf-8")
    files = re.findall(r'url\("([^"]+)"\)', sheet)
    assert len(files) == 8
    for name in files:
        assert (BRAND / name).read_bytes()[:4] == b"wOF2"
    for family in ("L Japanese", "L Arabic"):
        rules = [rule for rule in sheet.split("@font-face") if f'"{family}"' in rule]
        assert len(rules) == 2
        assert all("local(" in rule.partition("url(")[0] for rule in rules)


def test_the_kit_of_a_certificate_whose_status_is_unknown_calls_it_neither_valid_nor_invalid() -> None:
    published = publish()
    client = public(published)
    published.world.now += timedelta(days=2)
    html = client.get(f"/embed/{NUMBERS['active']}").text
    assert "could not be found out just now" in html
    assert "not valid now" not in html

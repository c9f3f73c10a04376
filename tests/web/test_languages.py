"""Pages speak the visitor's language: by address, by header, else English; nothing is remembered."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from tests.support.judged_pages import LANGUAGES, public_app
from tests.support.shelf import NUMBERS, Published, publish

from lcert_web.language import ENGLISH
from lcert_web.speaking import SIX_LANGUAGES
from lcert_web.verifier import create_verifier_app

WORDS = {"en": "Active", "de": "Aktiv", "fr": "Actif", "es": "Vigente", "ja": "有効", "ar": "سارية"}
CERTIFICATE = f"/c/{NUMBERS['active']}"


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture(scope="module")
def client(published: Published) -> FlaskClient:
    return public_app(published).test_client()


def heading(html: str) -> str:
    match = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.S)
    assert match is not None
    return re.sub(r"<[^>]+>", "", match[1]).strip()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_address_names_the_language(client: FlaskClient, code: str) -> None:
    reply = client.get(f"{CERTIFICATE}?lang={code}", headers={"Accept-Language": "fr"})
    assert heading(reply.text) == WORDS[code]
    direction = "rtl" if code == "ar" else "ltr"
    assert f'<html lang="{code}" dir="{direction}">' in reply.text
    assert reply.headers["Content-Language"] == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de-AT, en;q=0.5", "de"),
        ("pt, ja;q=0.3", "ja"),
        ("pt", "en"),
        ("", "en"),
        ("ar-EG;q=0.9, en;q=0.1", "ar"),
        ("de;q=0, fr;q=0.2", "fr"),
        ("\xff;;;q=9", "en"),
    ],
)
def test_then_the_browser_s_wish_counts(client: FlaskClient, header: str, code: str) -> None:
    reply = client.get(CERTIFICATE, headers={"Accept-Language": header})
    assert heading(reply.text) == WORDS[code]
    assert {"accept", "accept-language"} <= {
        name.strip().lower() for name in reply.headers["Vary"].split(",")
    }


@pytest.mark.parametrize("asked", ["xx", "de" * 40, "../../etc", "%00", "en%0d%0aX:y", ""])
def test_a_language_that_is_not_one_is_passed_over(client: FlaskClient, asked: str) -> None:
    reply = client.get(f"{CERTIFICATE}?lang={asked}", headers={"Accept-Language": "es"})
    assert heading(reply.text) == WORDS["es"]
    assert 'href="/about"' in reply.text


def test_links_keep_the_language_that_was_asked_for(client: FlaskClient) -> None:
    html = client.get("/directory?q=active&lang=ja").text
    assert 'href="/about?lang=ja"' in html
    assert f'href="{CERTIFICATE}?lang=ja"' in html
    assert '<input type="hidden" name="lang" value="ja">' in html
    assert 'href="/directory?q=active&amp;lang=de"' in html


def test_dates_and_countries_are_as_usual_in_the_language(client: FlaskClient) -> None:
    page = {code: client.get(f"{CERTIFICATE}?lang={code}").text for code in LANGUAGES}
    assert "United Kingdom" in page["en"]
    assert "Vereinigtes Königreich" in page["de"]
    assert "イギリス" in page["ja"]
    assert "المملكة المتحدة" in page["ar"]
    assert re.search(r"20[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日", page["ja"])


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("state", list(NUMBERS))
def test_no_page_leaves_english_behind(client: FlaskClient, state: str, code: str) -> None:
    """Nothing that has a translation stands in English; facts of the holder and technical detail stay."""
    if code == "en":
        return
    html = client.get(f"/c/{NUMBERS[state]}?lang={code}").text
    html = re.sub(r"<head>.*?</head>|<bdi>.*?</bdi>|<code>.*?</code>", "", html, flags=re.S)
    for words in (
        "Where the training",
        "Holder<",
        "Dates and",
        "History",
        "Report misuse",
        "Valid:",
        "Reason:",
    ):
        assert words not in html


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_that_is_not_there_says_so_in_the_language(client: FlaskClient, code: str) -> None:
    reply = client.get(f"/c/LC-1999-0001?lang={code}", headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert heading(reply.text) == SIX_LANGUAGES.texts(code).gettext("No certificate has this number")
    problem = client.get(f"/c/LC-1999-0001?lang={code}", headers={"Accept": "application/json"})
    assert problem.get_json()["title"] == "No certificate has this number"


def test_a_refusal_is_worded_for_people_and_for_programs(client: FlaskClient) -> None:
    page = client.get("/directory?page=0&lang=de", headers={"Accept": "text/html"})
    assert "page ist eine Zahl von 1 bis 10000." in page.text
    program = client.get("/directory.json?page=0&lang=de", headers={"Accept": "application/json"})
    assert program.get_json()["detail"] == "page is a number from 1 to 10000."


def test_the_verifier_speaks_the_languages_it_is_given(published: Published) -> None:
    alone = create_verifier_app(trust="https://certs.example", clock=published.world.clock)
    assert '<html lang="en"' in alone.test_client().get("/?lang=de").text
    app = create_verifier_app(
        trust="https://certs.example", clock=published.world.clock, speech=SIX_LANGUAGES
    )
    html = app.test_client().get("/?lang=de").text
    assert heading(html) == "Ein Siegel oder Token prüfen"
    assert 'action="/?lang=de"' in html


def test_the_language_of_an_app_alone_says_the_same_as_the_catalogues() -> None:
    """Without catalogues English looks the same: dates, times, lists."""
    from datetime import UTC, date, datetime

    alone, whole = ENGLISH.texts("en"), SIX_LANGUAGES.texts("en")
    for day in (date(2027, 9, 2), datetime(2027, 11, 19, 23, 5, tzinfo=UTC)):
        assert alone.short_date(day) == whole.short_date(day)
    moment = datetime(2027, 5, 9, 9, 30, tzinfo=UTC)
    assert alone.time(moment) == whole.time(moment)
    for items in ([], ["a"], ["a", "b"], ["a", "b", "c"]):
        assert alone.list(items) == whole.list(items)

"""A holder's name may be anything: it is text in page, badge, alt text, JSON-LD, feed and table, and never more."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from tests.support import shelf
from tests.support.judged_pages import public_app

NUMBER = shelf.NUMBERS["hostile"]
NAMES = {
    "markup": '<img src=x onerror=alert(1)> & <b>"bold"</b>',
    "end of script": "</script><script>alert(1)</script><!--",
    "template": "{{7*7}} {% raw %} ${7*7} %(name)s %s",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "bidi override": "evil\u202eelpmaxe.doog\u2066\u2067\u200f\u202a",
    "control characters": "a\x07b\x1b[31mc\x7fd\x85e",
    "line ends": "one\r\nSet-Cookie: a=b\u2028two\u2029three",
    "long": "W" * 300,
    "marks": "Z" + "\u0334\u0335\u0336" * 60,
    "every script": "Ωmega Борис 日本語 한국어 العربية עברית हिन्दी ไทย 👩‍🎤 𝔘𝔫𝔦",
    "formula": "=cmd|' /C calc'!A0",
}
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


class Page(HTMLParser):
    """Elements, attributes that run something, and the texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.running: list[str] = []
        self.plain: list[str] = []
        self._title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._title = tag == "title"
        if tag == "script":
            self.scripts.append(found)
        self.running += [f"{tag} {name}" for name in found if name.startswith("on") or name == "style"]
        self.plain += [found.get("alt") or "", found.get("content") or ""]
        if tag == "b" or found.get("src") == "x":
            self.running.append(tag)

    def handle_data(self, data: str) -> None:
        if self._title:
            self.plain.append(data)


@pytest.fixture(params=list(NAMES), ids=list(NAMES))
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, FlaskClient]:
    name = NAMES[str(request.param)]
    monkeypatch.setattr(shelf, "HOSTILE", name)
    return name, public_app(shelf.publish()).test_client()


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_it_is_text_on_every_page(named: tuple[str, FlaskClient], lang: str) -> None:
    _, client = named
    for path in (f"/c/{NUMBER}", f"/c/{NUMBER}/report", "/directory"):
        reply = client.get(f"{path}?lang={lang}")
        assert reply.status_code == 200
        page = Page()
        page.feed(reply.text)
        assert page.running == []
        assert {script.get("type") for script in page.scripts} <= {"application/ld+json"}
        assert "Set-Cookie" not in reply.headers
        for text in page.plain:
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
            assert not re.search("[\u202a-\u202e]", text), "an override outside of an isolated element"
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', reply.text, re.S):
            json.loads(block)


def test_it_is_text_in_badge_json_feed_and_table(named: tuple[str, FlaskClient]) -> None:
    name, client = named
    picture = ET.fromstring(client.get(f"/badge/{NUMBER}.svg").data)
    words = " ".join(picture.itertext())
    assert not TURNING.search(words.replace("\u2068", "").replace("\u2069", ""))
    assert {element.tag.rpartition("}")[2] for element in picture.iter()}.isdisjoint({"script", "image", "a"})
    assert client.get(f"/badge/{NUMBER}.png").data.startswith(b"\x89PNG")
    assert json.loads(client.get(f"/c/{NUMBER}.jsonld").text)["@type"] == "Certification"
    listed = json.loads(client.get("/directory.json").text)["certificates"]
    assert name in [entry["holder"] for entry in listed]
    ET.fromstring(client.get("/directory.atom").data)
    rows = list(csv.DictReader(io.StringIO(client.get("/directory.csv").get_data(as_text=True), newline="")))
    assert len(rows) == len(shelf.NUMBERS)
    assert not any(row["holder"].startswith("=") for row in rows)

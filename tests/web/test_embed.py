"""The embed kit without a browser: every form in its order, what it says of itself, and the page inside the frame."""

from __future__ import annotations

import io
import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from PIL import Image
from tests.support.shelf import HOSTILE, NUMBERS, Published, publish

from lcert_web.public import create_public_app

KIT = f"/embed/{NUMBERS['active']}"
FORMS = ["html", "markdown", "element", "frame", "link", "jsonld", "model-card", "print"]


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture
def client(published: Published) -> FlaskClient:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
    )
    return app.test_client()


def snippets(html: str) -> dict[str, list[str]]:
    """Every snippet of a kit's page, as a person copies it."""
    found: dict[str, list[str]] = {}
    for name, text in re.findall(
        r'<textarea[^>]*id="([a-z-]+)-[0-9]+"[^>]*>(.*?)</textarea>', html, re.DOTALL
    ):
        found.setdefault(name, []).append(unescape(text))
    return found


def test_every_form_is_offered_in_order_and_says_whether_it_is_live(client: FlaskClient) -> None:
    html = client.get(KIT).text
    offers = re.findall(r'<section class="offer" id="([a-z-]+)".*?</section>', html, re.DOTALL)
    assert offers == FORMS
    chips = re.findall(r'<span class="chip[^"]*">([^<]+)</span>', html)
    assert chips == ["Live", "Live", "Live", "Live", "A copy", "A copy", "Live", "A copy"]
    assert "A downloaded badge is a copy" in html


def test_the_choice_is_in_every_snippet(client: FlaskClient) -> None:
    found = snippets(client.get(f"{KIT}?size=l&theme=dark&badge=fr").text)
    assert 'width="480" height="144"' in found["html"][0]
    for name in ("html", "element", "frame"):
        assert "size=l" in found[name][0], name
        assert "theme=dark" in found[name][0], name
        assert "lang=fr" in found[name][0], name
    assert "lang=fr" in found["markdown"][0]


@pytest.mark.parametrize(
    "query", ["size=huge", "theme=pink", "badge=xx", "size=<script>&theme='&badge=%22%3E"]
)
def test_what_is_not_offered_gives_the_default(client: FlaskClient, query: str) -> None:
    assert snippets(client.get(f"{KIT}?{query}").text) == snippets(client.get(KIT).text)


def test_the_script_of_the_element_is_held_to_its_hash(client: FlaskClient) -> None:
    element = snippets(client.get(KIT).text)["element"][0]
    script = re.search(
        r'<script type="module" src="([^"]+)" integrity="(sha384-[^"]+)" crossorigin="anonymous">', element
    )
    assert script is not None
    assert script[1] == "https://certs.example/static/element/l-cert-badge-1.js"
    assert "<img" in element.partition("</l-cert-badge>")[0]


def test_the_kit_runs_one_script_of_its_own_and_stores_nothing(client: FlaskClient) -> None:
    reply = client.get(KIT)
    policy = reply.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    own = re.sub(r"<textarea.*?</textarea>", "", reply.text, flags=re.DOTALL)
    assert own.count("<script") == 1
    assert "Set-Cookie" not in reply.headers


def test_the_data_of_a_product_carries_the_certificate(client: FlaskClient) -> None:
    bodies = [
        json.loads(re.sub(r"</?script[^>]*>", "", text)) for text in snippets(client.get(KIT).text)["jsonld"]
    ]
    assert {body["@type"] for body in bodies} == {"Organization", "Product", "Service"}
    assert {body["hasCertification"]["certificationStatus"] for body in bodies} == {
        "https://schema.org/CertificationActive"
    }


def test_a_certificate_that_does_not_stand_says_so_first(client: FlaskClient) -> None:
    html = client.get(f"/embed/{NUMBERS['withdrawn']}").text
    assert html.index("is not valid now: Withdrawn") < html.index('id="html"')
    assert "CertificationActive" not in html


def test_hostile_names_cannot_leave_their_snippet(client: FlaskClient) -> None:
    html = client.get(f"/embed/{NUMBERS['hostile']}").text
    assert "<script>alert" not in html
    data = snippets(html)["jsonld"]
    assert all(text.count("<") == 2 for text in data)
    names = {json.loads(re.sub(r"</?script[^>]*>", "", text)).get("name") for text in data}
    assert HOSTILE in names


@pytest.mark.parametrize("name", ["LC-2026-9999", "nonsense", "LC-2026-0001.svg"])
def test_an_unknown_number_has_no_kit(client: FlaskClient, name: str) -> None:
    assert client.get(f"/embed/{name}").status_code == 404


def test_the_number_may_come_in_any_case(client: FlaskClient) -> None:
    assert client.get(KIT.lower()).status_code == 200


def test_any_page_may_frame_the_frame_and_nothing_in_it_runs(client: FlaskClient) -> None:
    reply = client.get(f"{KIT}/frame?theme=both&size=s")
    policy = reply.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in reply.headers
    assert "<script" not in reply.text
    assert 'target="_blank" rel="noopener"' in reply.text
    assert "prefers-color-scheme: dark" in reply.text


@pytest.mark.parametrize("path", ["/", "/v", KIT, f"/c/{NUMBERS['active']}", "/about"])
def test_nothing_else_may_be_framed(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_frame_of_an_unknown_number_still_shows_a_picture(client: FlaskClient) -> None:
    reply = client.get("/embed/nonsense/frame")
    assert reply.status_code == 404
    assert reply.headers["Cache-Control"] == "no-store"
    assert "/badge/LC-0000-0000.svg" in reply.text
    assert "nonsense" not in reply.text


def test_every_download_is_there(client: FlaskClient) -> None:
    html = client.get(f"{KIT}?badge=ja").text
    links = [unescape(href) for href in re.findall(r'<a href="([^"]+)" download', html)]
    assert len(links) == 12
    kinds = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
    for link in links:
        reply = client.get(link)
        assert reply.status_code == 200, link
        assert reply.mimetype == kinds[re.sub(r"\?.*", "", link)[-3:]], link
    printed = Image.open(io.BytesIO(client.get(f"/badge/{NUMBERS['active']}/print.png?lang=ja").data))
    assert [round(dpi) for dpi in printed.info["dpi"]] == [300, 300]


def test_the_card_follows_the_state(published: Published) -> None:
    own = publish()
    client = create_public_app(
        storage=own.storage, base_url=own.base_url, issuer_name="Office", clock=own.world.clock
    ).test_client()
    path = f"/card/{NUMBERS['active']}.png"
    first = client.get(path)
    assert first.mimetype == "image/png"
    assert first.headers["Cache-Control"] == "public, max-age=300, s-maxage=300"
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    own.world.now = own.world.now.replace(second=5)
    own.set_status("active", 2)
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert client.get("/card/LC-2026-9999.png").status_code == 404

"""oEmbed: found from the certificate's page, fits the room asked for, and answers for this site's certificates only."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import micawber
import pytest
from flask.testing import FlaskClient
from tests.support.shelf import NUMBERS, Published, publish

from lcert_web.public import create_public_app

ACTIVE = f"https://certs.example/c/{NUMBERS['active']}"
MEMBERS = {
    *("version", "type", "title", "provider_name", "provider_url", "cache_age", "html", "width", "height"),
    *("thumbnail_url", "thumbnail_width", "thumbnail_height"),
}


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


def ask(client: FlaskClient, url: str = ACTIVE, **more: Any) -> dict[str, Any]:
    reply = client.get("/oembed", query_string={"url": url, **more})
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.get_json()
    return body


def test_the_answer_is_a_rich_frame_of_the_badge(client: FlaskClient) -> None:
    body = ask(client)
    assert body.keys() == MEMBERS
    assert (body["version"], body["type"], body["width"], body["height"]) == ("1.0", "rich", 320, 96)
    assert (body["provider_name"], body["provider_url"]) == (
        "L Certification Office",
        "https://certs.example",
    )
    assert body["cache_age"] == 300
    assert f'src="https://certs.example/embed/{NUMBERS["active"]}/frame"' in body["html"]
    picture = client.get(urlsplit(body["thumbnail_url"])._replace(scheme="", netloc="").geturl())
    assert picture.mimetype == "image/png"


@pytest.mark.parametrize(
    ("room", "size"),
    [
        ({"maxwidth": 400}, (320, 96)),
        ({"maxwidth": 2000}, (320, 96)),
        ({"maxwidth": 500, "maxheight": 200}, (480, 144)),
        ({"maxwidth": 319}, (200, 60)),
        ({"maxheight": 60}, (200, 60)),
        ({"maxwidth": 100}, (100, 30)),
        ({"maxwidth": 500, "maxheight": 30}, (100, 30)),
        ({"maxwidth": 1, "maxheight": 1}, (1, 1)),
    ],
)
def test_it_fits_the_room_asked_for(client: FlaskClient, room: dict[str, int], size: tuple[int, int]) -> None:
    body = ask(client, **room)
    assert (body["width"], body["height"]) == size
    assert f'width="{size[0]}" height="{size[1]}"' in body["html"]
    thumbnails = {name for name in body if name.startswith("thumbnail_")}
    assert len(thumbnails) in (0, 3)
    assert body.get("thumbnail_width", 0) <= room.get("maxwidth", 9999)


@pytest.mark.parametrize(
    "url",
    [
        f"https://certs.example/C/{NUMBERS['active']}",
        f"HTTPS://CERTS.EXAMPLE/C/{NUMBERS['active']}",
        f"https://certs.example/c/{NUMBERS['active'].lower()}",
        f"{ACTIVE}/1",
        f"{ACTIVE}?utm=x#top",
        f"http://certs.example/c/{NUMBERS['active']}",
    ],
)
def test_every_spelling_of_the_address_is_known(client: FlaskClient, url: str) -> None:
    assert NUMBERS["active"] in ask(client, url)["title"]


@pytest.mark.parametrize(
    "url",
    [
        "https://certs.example/c/LC-2026-9999",
        "https://certs.example/about",
        "https://certs.example.evil.example/c/LC-2026-0001",
        "https://certs.example@evil.example/c/LC-2026-0001",
        "https://evil.example/c/LC-2026-0001",
        "javascript:alert(1)//certs.example/c/LC-2026-0001",
        "https://certs.example:8443/c/LC-2026-0001",
        "https://[::1/c/LC-2026-0001",
        "https://certs.example/c/LC-2026-0001/../x",
    ],
)
def test_other_addresses_are_not_found(client: FlaskClient, url: str) -> None:
    assert client.get("/oembed", query_string={"url": url}).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"url": ""}, 400),
        ({"url": ACTIVE, "format": "xml"}, 501),
        ({"url": ACTIVE, "format": "yaml"}, 501),
        ({"url": ACTIVE, "maxwidth": "wide"}, 400),
        ({"url": ACTIVE, "maxwidth": "-1"}, 400),
        ({"url": ACTIVE, "maxheight": "0"}, 400),
    ],
)
def test_what_cannot_be_answered_is_said(client: FlaskClient, query: dict[str, str], status: int) -> None:
    assert client.get("/oembed", query_string=query).status_code == status


def test_a_hostile_name_stays_inside_the_title(client: FlaskClient) -> None:
    body = ask(client, f"https://certs.example/c/{NUMBERS['hostile']}")
    assert "<script" not in body["html"]
    assert len(re.findall(r"<[a-z]", body["html"])) == 1


def test_an_uncertain_answer_is_not_kept() -> None:
    published = publish()
    del published.storage.files["status/token/1"]
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="Office",
        clock=published.world.clock,
    )
    reply = app.test_client().get("/oembed", query_string={"url": ACTIVE})
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.get_json()["cache_age"] == 0


class _Through(micawber.Provider):  # type: ignore[misc]  # the package has no types
    """micawber's own provider, reading through the app instead of a network."""

    client: FlaskClient

    def fetch(self, url: str) -> Any:
        parts = urlsplit(url)
        return self.client.get(f"{parts.path}?{parts.query}").text


def test_another_program_resolves_a_pasted_address(client: FlaskClient) -> None:
    page = client.get(f"/c/{NUMBERS['active']}").text
    link = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert link is not None
    endpoint = unescape(link[1])
    assert endpoint.startswith("https://certs.example/oembed?url=")
    provider = _Through(endpoint.partition("?")[0])
    provider.client = client
    registry = micawber.ProviderRegistry()
    registry.register(r"https?://certs\.example/[cC]/\S+", provider)
    assert registry.request(ACTIVE, maxwidth=250)["width"] == 200
    shown = micawber.parse_text(f"See\n{ACTIVE}\nfor more.", registry)
    assert "<iframe" in shown

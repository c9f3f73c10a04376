"""Live badges follow the verifier; their caches end in five minutes and at every date; embedding needs nothing."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from tests.support.shelf import NUMBERS, Published, publish

from lcert_verifier.badges import extract_token
from lcert_verifier.vocabulary import Securing
from lcert_web.public import create_public_app


@pytest.fixture
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


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("active", "L Certified"),
        ("suspended", "suspended"),
        ("withdrawn", "withdrawn"),
        ("terminated", "ended"),
        ("expired", "expired"),
        ("scheduled", "not started"),
        ("replaced", "L Certified"),
    ],
)
def test_each_state_has_its_badge(client: FlaskClient, state: str, words: str) -> None:
    reply = client.get(f"/badge/{NUMBERS[state]}.svg")
    assert reply.status_code == 200
    assert reply.mimetype == "image/svg+xml"
    assert words in reply.text
    assert reply.headers["Cache-Control"] == "public, max-age=300, s-maxage=300"


def test_a_badge_may_be_embedded_anywhere_and_runs_nothing(client: FlaskClient) -> None:
    for kind in ("svg", "png"):
        headers = client.get(f"/badge/{NUMBERS['active']}.{kind}").headers
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", ["LC-2026-9999", "nonsense", "lc-", "..", "LC-2026-0001.svg"])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_an_unknown_number_gives_a_picture_that_says_so_and_is_not_kept(
    client: FlaskClient, name: str, kind: str
) -> None:
    reply = client.get(f"/badge/{name}.{kind}")
    assert reply.status_code == 404
    assert reply.headers["Cache-Control"] == "no-store"
    if name != "..":
        assert reply.mimetype == {"svg": "image/svg+xml", "png": "image/png"}[kind]


def test_a_fault_gives_an_unknown_picture_that_is_not_kept(published: Published, client: FlaskClient) -> None:
    published.storage.broken = True
    reply = client.get(f"/badge/{NUMBERS['active']}.svg")
    assert reply.status_code == 503
    assert reply.mimetype == "image/svg+xml"
    assert "unknown" in reply.text
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_stale_publication_gives_an_unknown_badge(published: Published, client: FlaskClient) -> None:
    published.world.now += timedelta(days=2)
    reply = client.get(f"/badge/{NUMBERS['active']}.svg")
    assert "status unknown" in reply.text
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_etag_changes_with_state_theme_and_size_and_with_nothing_else(
    published: Published, client: FlaskClient
) -> None:
    path = f"/badge/{NUMBERS['active']}.svg"
    tags = [
        client.get(path + query).headers["ETag"] for query in ("", "?theme=dark", "?size=s", "?size=l", "")
    ]
    assert len(set(tags)) == 4
    assert tags[0] == tags[-1]
    assert client.get(path, headers={"If-None-Match": tags[0]}).status_code == 304
    published.world.now += timedelta(seconds=5)
    published.set_status("active", 2)
    changed = client.get(path, headers={"If-None-Match": tags[0]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tags[0]


def test_a_badge_speaks_the_language_of_its_address_else_the_visitors(client: FlaskClient) -> None:
    path, german = f"/badge/{NUMBERS['active']}.svg", {"Accept-Language": "de-AT,en;q=0.5"}
    asked = client.get(f"{path}?lang=fr", headers=german)
    assert 'lang="fr"' in asked.text
    assert "Accept-Language" not in asked.headers.get("Vary", "")
    followed = client.get(path, headers=german)
    assert 'lang="de"' in followed.text
    assert "Accept-Language" in followed.headers["Vary"]
    assert client.get(path).data == client.get(f"{path}?lang=en").data


def test_a_badge_is_not_kept_past_the_end_of_its_certificate(
    published: Published, client: FlaskClient
) -> None:
    record = json.loads(published.storage.files[f"c/{NUMBERS['active']}.json"])
    record["editions"][0]["validThrough"] = published.world.now.date().isoformat()
    published.storage.files[f"c/{NUMBERS['active']}.json"] = json.dumps(record).encode()
    published.world.now = published.world.now.replace(hour=23, minute=58, second=0)
    published.republish_lists()
    reply = client.get(f"/badge/{NUMBERS['active']}.svg")
    assert reply.headers["Cache-Control"] == "public, max-age=120, s-maxage=120"


def test_sizes_and_scales(client: FlaskClient) -> None:
    def size(query: str) -> tuple[int, int]:
        return Image.open(io.BytesIO(client.get(f"/badge/{NUMBERS['active']}.png{query}").data)).size

    assert size("?size=m") == (320, 96)
    assert size("?size=m&scale=2") == (640, 192)
    assert size("?size=s") == (200, 60)
    assert size("?size=l") == (480, 144)
    assert size("?size=huge&scale=999&theme=<script>") == (320, 96)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_baked_badge_holds_the_stored_open_badge(
    published: Published, client: FlaskClient, kind: str
) -> None:
    reply = client.get(f"/badge/{NUMBERS['active'].lower()}/baked.{kind}")
    assert reply.status_code == 200
    assert extract_token(reply.data) == published.token("active", Securing.OPENBADGE)
    assert client.get(f"/badge/LC-2026-9999/baked.{kind}").status_code == 404


@pytest.mark.parametrize(
    ("which", "expected"), [("qr", "HTTPS://CERTS.EXAMPLE/C/LC-2026-0001"), ("offline-qr", None)]
)
def test_codes_can_be_read(
    published: Published, client: FlaskClient, which: str, expected: str | None
) -> None:
    reply = client.get(f"/badge/{NUMBERS['active']}/{which}.png")
    picture = Image.open(io.BytesIO(reply.data)).convert("L")
    (found,) = zxingcpp.read_barcodes(picture)
    token = published.token("active", Securing.COMPACT)
    assert found.text == (expected or f"https://certs.example/v#{token}")
    assert client.get(f"/badge/{NUMBERS['active']}/{which}.svg").mimetype == "image/svg+xml"


def test_shields_gets_only_what_it_knows(client: FlaskClient) -> None:
    body = client.get(f"/badge/{NUMBERS['active']}/shields.json").get_json()
    assert body == {
        "schemaVersion": 1,
        "label": "L Certification",
        "message": "certified",
        "color": "0b6e4f",
        "isError": False,
        "cacheSeconds": 300,
    }
    unknown = client.get("/badge/LC-2026-9999/shields.json")
    assert unknown.get_json()["message"] == "status unknown"
    assert unknown.headers["Cache-Control"] == "no-store"


def test_hostile_names_are_text_in_the_picture(client: FlaskClient) -> None:
    svg = client.get(f"/badge/{NUMBERS['hostile']}.svg").text
    assert "<script" not in svg
    assert "onload" not in svg

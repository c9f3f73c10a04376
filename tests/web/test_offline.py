"""The page behind offline codes as it is served: keys with it, nothing of others in it, and a worker for it alone."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from tests.support.shelf import Published, publish

from lcert_verifier.trust import read_trust
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


def data(client: FlaskClient, query: str = "") -> dict[str, object]:
    html = client.get(f"/v{query}").text
    (block,) = re.findall(
        r'<script type="application/json" id="offline-data">(.*?)</script>', html, re.DOTALL
    )
    assert "<" not in block
    body: dict[str, object] = json.loads(block)
    return body


def test_the_page_brings_the_trust_statement_and_its_root(published: Published, client: FlaskClient) -> None:
    body = data(client)
    assert body["issuer"] == published.base_url
    assert body["pin"] == published.world.root.thumbprint
    trust = read_trust(str(body["trust"]).encode(), pin=str(body["pin"]), now=published.world.now)
    assert trust.base_url == published.base_url


def test_only_our_own_script_runs_and_it_may_ask_only_us(client: FlaskClient) -> None:
    reply = client.get("/v")
    policy = reply.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'", "worker-src 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    scripts = re.findall(r"<script(?! type=\"application/json\")[^>]*>", reply.text)
    assert len(scripts) == 1
    assert 'integrity="sha384-' in scripts[0]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', reply.text)


def test_the_worker_is_for_this_page_and_keeps_only_what_is_there(client: FlaskClient) -> None:
    reply = client.get("/v/worker.js")
    assert reply.mimetype == "text/javascript"
    assert reply.headers["Service-Worker-Allowed"] == "/v"
    assert reply.headers["Cache-Control"] == "no-cache"
    kept = re.search(r"const KEPT = (\[.*\]);", reply.text)
    assert kept is not None
    page = client.get("/v").text
    for path in json.loads(kept[1]):
        with client.get(path) as reply:
            assert reply.status_code == 200, path
        assert path in page or path.endswith(".woff2"), path


def test_without_published_keys_the_page_still_opens(published: Published, client: FlaskClient) -> None:
    del published.storage.files["trust.json"]
    body = data(client)
    assert body["trust"] is None
    assert body["pin"] is None


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_answer_has_words_in_the_pages_language(client: FlaskClient, language: str) -> None:
    body = data(client, f"?lang={language}")
    words = body["words"]
    assert isinstance(words, dict)
    for answer in words["answers"].values():
        assert answer["word"]
        assert answer["sentence"]

"""What the verifier answers in front of Flask is what Flask answers: bytes, headers, counters and log line."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from flask import Flask
from tests.support.shelf import Published, publish
from werkzeug.test import Client

from lcert_verifier.verify import Verifier
from lcert_web.api.limits import Quota
from lcert_web.metrics import REQUESTS, VERIFICATIONS
from lcert_web.speaking import SIX_LANGUAGES
from lcert_web.verifier import create_verifier_app

PUBLISHED = publish()
TOKEN = PUBLISHED.token("active")
JSON = {"Content-Type": "application/json", "X-Request-ID": "abc-12345678"}
PLAIN: dict[str, dict[str, Any]] = {
    "accepted": {"token": TOKEN},
    "rejected": {"token": PUBLISHED.token("withdrawn")},
    "no token": {"token": "x"},
    "empty": {"token": ""},
    "lone surrogate": {"token": "\ud800"},
    "a time": {"token": TOKEN, "at": "2026-11-20T10:00:00Z", "known_at": None},
    "its domain": {"token": TOKEN, "domain": "active.example"},
    "another domain": {"token": TOKEN, "domain": "elsewhere.example"},
}
OTHER: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "an address": ("/v1/verify", b'{"url": "https://certs.example/c/LC-2026-0001"}', {}),
    "both": ("/v1/verify", b'{"token": "x", "url": "y"}', {}),
    "neither": ("/v1/verify", b"{}", {}),
    "a receipt": ("/v1/verify", b'{"token": "x", "receipt": true}', {}),
    "a number": ("/v1/verify", b'{"token": 7}', {}),
    "a bad time": ("/v1/verify", b'{"token": "x", "at": "soon"}', {}),
    "a bad domain": ("/v1/verify", json.dumps({"token": "x", "domain": "d" * 300}).encode(), {}),
    "a name twice": ("/v1/verify", b'{"token": "x", "token": "y"}', {}),
    "NaN": ("/v1/verify", b'{"token": "x", "z": NaN}', {}),
    "no JSON": ("/v1/verify", b"token", {}),
    "no object": ("/v1/verify", b'["x"]', {}),
    "not UTF-8": ("/v1/verify", b'{"token": "\xff"}', {}),
    "something else besides": ("/v1/verify", b'{"token": "x", "more": 1}', {}),
    "a query": ("/v1/verify?domain=x.example", b'{"token": "x"}', {}),
    "an unknown query": ("/v1/verify?y=1", b'{"token": "x"}', {}),
    "a media type with a parameter": (
        "/v1/verify",
        b'{"token": "x"}',
        {"Content-Type": "application/json; charset=utf-8"},
    ),
    "another media type": ("/v1/verify", b'{"token": "x"}', {"Content-Type": "text/plain"}),
    "a huge token": ("/v1/verify", json.dumps({"token": "x" * 300_000}).encode(), {}),
    "the VC-API": ("/credentials/verify", b'{"verifiableCredential": "x"}', {}),
}


def make_app(quota: Quota | None = None) -> Flask:
    world = PUBLISHED.world
    return create_verifier_app(
        verifier_factory=lambda: Verifier([world.source], clock=world.clock),
        clock=world.clock,
        speech=SIX_LANGUAGES,
        quota=quota,
    )


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app(Quota(requests=10_000, seconds=86_000, loopback=10_000))


@pytest.fixture
def published() -> Published:
    return PUBLISHED


def _counts() -> dict[str, float]:
    return {
        str((sample.name, sorted(sample.labels.items()))): sample.value
        for counter in (REQUESTS, VERIFICATIONS)
        for metric in counter.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


def _told(wsgi: Any, path: str, body: bytes, headers: dict[str, str], caplog: Any) -> dict[str, Any]:
    before = _counts()
    caplog.clear()
    caplog.set_level(logging.INFO, logger="lcert.access")
    reply = Client(wsgi).post(
        path, data=body, headers={**JSON, **headers}, environ_overrides={"REMOTE_ADDR": "198.51.100.7"}
    )
    names = ("app", "method", "path", "status", "bytes", "from", "request_id", "code", "msg", "levelname")
    lines = [
        {name: value for name, value in vars(record).items() if name in names}
        for record in caplog.records
        if record.name == "lcert.access"
    ]
    counted = {name: value - before.get(name, 0) for name, value in _counts().items()}
    rate = reply.headers.pop("RateLimit").split(";")
    assert rate[0] == '"default"'
    return {
        "status": reply.status,
        "headers": sorted(reply.headers),
        "body": reply.data,
        "lines": lines,
        "counted": {name: value for name, value in counted.items() if value},
        "left": int(rate[1].removeprefix("r=")),
    }


@pytest.mark.parametrize("case", PLAIN)
def test_a_plain_question_is_answered_as_flask_does_without_asking_it(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    express: Any = app.wsgi_app
    body = json.dumps(PLAIN[case]).encode()
    by_flask = _told(express.behind, "/v1/verify", body, {}, caplog)
    monkeypatch.setattr(express, "behind", None)
    found = _told(express, "/v1/verify", body, {}, caplog)
    assert found.pop("left") == by_flask.pop("left") - 1
    assert found == by_flask
    assert found["status"] == "200 OK"
    assert len(found["lines"]) == 1
    assert found["lines"][0]["code"] == json.loads(found["body"])["code"]


@pytest.mark.parametrize("case", OTHER)
def test_every_other_request_goes_to_flask(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    express: Any = app.wsgi_app
    path, body, headers = OTHER[case]
    by_flask = _told(express.behind, path, body, headers, caplog)
    calls = []
    behind = express.behind
    monkeypatch.setattr(express, "behind", lambda *args: calls.append(1) or behind(*args))
    found = _told(express, path, body, headers, caplog)
    assert found.pop("left") == by_flask.pop("left") - 1
    assert found == by_flask
    assert calls == [1]


def test_a_body_that_is_cut_off_is_refused() -> None:
    reply = Client(make_app().wsgi_app).post(
        "/v1/verify", data=b'{"token": "x"}', headers=JSON, environ_overrides={"CONTENT_LENGTH": "400"}
    )
    assert reply.status_code == 400


def test_the_quota_is_one_for_both() -> None:
    client = Client(make_app(Quota(requests=3, seconds=60, loopback=3)).wsgi_app)
    body = json.dumps({"token": "x"})
    replies = [client.post("/v1/verify", data=body, headers=JSON) for _ in range(2)]
    replies.append(client.post("/v1/verify", data=b"no JSON", headers=JSON))
    replies += [client.post("/v1/verify", data=body, headers=JSON) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200, 400, 429, 429]
    assert [reply.headers["RateLimit"].split(";")[1] for reply in replies] == [
        "r=2",
        "r=1",
        "r=0",
        "r=0",
        "r=0",
    ]
    assert all(reply.headers["RateLimit-Policy"] == '"default";q=3;w=60' for reply in replies)

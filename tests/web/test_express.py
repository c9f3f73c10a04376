"""What is answered in front of Flask is what Flask answers: bytes, headers, counters and log line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from tests.support.shelf import NUMBERS, Published, publish
from werkzeug.test import Client

from lcert_web.metrics import BADGES, REQUESTS
from lcert_web.public import create_public_app

MOMENTARY = {"Date", "X-Request-ID"}
PLAIN: dict[str, tuple[str, dict[str, str]]] = {
    "as it is": ("/badge/{number}.svg", {}),
    "a PNG": ("/badge/{number}.png", {}),
    "lower case": ("/badge/{number_lower}.svg", {}),
    "every variant": ("/badge/{number}.svg?theme=dark&size=l&lang=ar&scale=2", {}),
    "the first of two values": ("/badge/{number}.svg?theme=dark&theme=light&size=", {}),
    "unknown values": ("/badge/{number}.png?theme=pink&size=xxl&lang=tlh&scale=9&x=1&&=", {}),
    "another language": ("/badge/{number}.svg", {"Accept-Language": "fr-CH, de;q=0.8"}),
    "another language and gzip": (
        "/badge/{number}.png",
        {"Accept-Language": "ja", "Accept-Encoding": "gzip"},
    ),
    "a language that is named": ("/badge/{number}.svg?lang=es", {"Accept-Language": "fr"}),
    "a language that is named empty": ("/badge/{number}.svg?lang=", {"Accept-Language": "fr"}),
    "odd languages": ("/badge/{number}.svg", {"Accept-Language": ";;q=,de;q=x," + "y" * 300}),
    "gzip": ("/badge/{number}.svg", {"Accept-Encoding": "gzip, deflate, br"}),
    "gzip refused": ("/badge/{number}.svg", {"Accept-Encoding": "br, gzip;q=0"}),
    "gzip of a PNG": ("/badge/{number}.png", {"Accept-Encoding": "gzip"}),
    "odd encodings": ("/badge/{number}.svg", {"Accept-Encoding": ";;q=,gzip;q=x"}),
    "a request id": ("/badge/{number}.svg", {"X-Request-ID": "abc-12345678"}),
    "a bad request id": ("/badge/{number}.svg", {"X-Request-ID": "no\tgood name"}),
    "forwarding headers": (
        "/badge/{number}.svg",
        {"X-Forwarded-Host": "evil.example", "Accept": "text/html"},
    ),
}
OTHER: dict[str, tuple[str, str, dict[str, str]]] = {
    "HEAD": ("HEAD", "/badge/{number}.svg", {}),
    "POST": ("POST", "/badge/{number}.svg", {}),
    "OPTIONS": ("OPTIONS", "/badge/{number}.svg", {}),
    "another host": ("GET", "/badge/{number}.svg", {"Host": "evil.example"}),
    "an odd host": ("GET", "/badge/{number}.svg", {"Host": "a b"}),
    "a condition": ("GET", "/badge/{number}.svg", {"If-None-Match": "*"}),
    "another condition": ("GET", "/badge/{number}.svg", {"If-Match": '"x"'}),
    "a range": ("GET", "/badge/{number}.svg", {"Range": "bytes=0-9"}),
    "an escaped query": ("GET", "/badge/{number}.svg?theme=d%61rk", {}),
    "a long query": ("GET", "/badge/{number}.svg?x=" + "y" * 5000, {}),
    "no such certificate": ("GET", "/badge/LC-2026-9999.svg", {}),
    "no number": ("GET", "/badge/whatever.svg", {}),
    "no picture": ("GET", "/badge/{number}.gif", {}),
}


@pytest.fixture(scope="module", params=["https://certs.example", "http://127.0.0.1:8080"])
def published(request: pytest.FixtureRequest) -> Published:
    return publish(base_url=request.param)


@pytest.fixture(scope="module")
def app(published: Published) -> Flask:
    return create_public_app(
        storage=published.storage, base_url=published.base_url, issuer_name="L", clock=published.world.clock
    )


class Behind:
    """Counts what reaches Flask."""

    def __init__(self, app: Any) -> None:
        self.app, self.calls = app, 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.calls += 1
        return self.app(environ, start_response)


@pytest.fixture
def behind(app: Flask) -> Iterator[Behind]:
    express: Any = app.wsgi_app
    express.behind = counting = Behind(express.behind)
    yield counting
    express.behind = counting.app


def _metrics() -> dict[str, float]:
    found = {}
    for counter in (REQUESTS, BADGES):
        for metric in counter.collect():
            for sample in metric.samples:
                if not sample.name.endswith("_created"):
                    found[str((sample.name, sorted(sample.labels.items())))] = sample.value
    return found


def _told(
    wsgi: Any, method: str, path: str, headers: dict[str, str], published: Published, caplog: Any
) -> tuple[Any, ...]:
    before = _metrics()
    caplog.clear()
    host = published.base_url.split("//")[1]
    scheme = published.base_url.split(":")[0]
    reply = Client(wsgi).open(
        path, method=method, headers={"Host": host, **headers}, base_url=f"{scheme}://{host}",
        environ_overrides={"REMOTE_ADDR": "198.51.100.7"},
    )  # fmt: skip
    kept = "X-Request-ID" if headers.get("X-Request-ID") == reply.headers["X-Request-ID"] else None
    lines = [
        {
            k: v
            for k, v in vars(record).items()
            if k in {"app", "method", "path", "status", "bytes", "from", "msg", "levelname"}
        }
        for record in caplog.records
        if record.name == "lcert.access"
    ]
    counted = {name: value - before.get(name, 0) for name, value in _metrics().items()}
    return (
        reply.status,
        sorted((k, v) for k, v in reply.headers.items() if k not in MOMENTARY or k == kept),
        "Date" in reply.headers,
        reply.data,
        lines,
        {name: value for name, value in counted.items() if value},
    )


@pytest.mark.parametrize(
    ("case", "state"), [*((case, "active") for case in PLAIN), *(("as it is", state) for state in NUMBERS)]
)
def test_a_plain_badge_is_what_flask_answers_without_asking_it(
    app: Flask, behind: Behind, published: Published, caplog: pytest.LogCaptureFixture, case: str, state: str
) -> None:
    number = NUMBERS[state]
    path, headers = PLAIN[case]
    path = path.format(number=number, number_lower=number.lower())
    caplog.set_level(logging.INFO, logger="lcert.access")
    _told(behind.app, "GET", path, headers, published, caplog)  # drawn once, so that both find it in memory
    by_flask = _told(behind.app, "GET", path, headers, published, caplog)
    assert _told(app.wsgi_app, "GET", path, headers, published, caplog) == by_flask
    assert behind.calls == 0
    assert by_flask[0] == "200 OK"
    assert len(by_flask[4]) == 1


@pytest.mark.parametrize("case", OTHER)
def test_everything_else_goes_to_flask(
    app: Flask, behind: Behind, published: Published, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    method, path, headers = OTHER[case]
    path = path.format(number=NUMBERS["active"])
    caplog.set_level(logging.INFO, logger="lcert.access")
    headers = {"X-Request-ID": "abc-12345678", **headers}
    _told(behind.app, method, path, headers, published, caplog)
    by_flask = _told(behind.app, method, path, headers, published, caplog)
    found = _told(app.wsgi_app, method, path, headers, published, caplog)
    assert found[:2] == by_flask[:2]
    assert found[3:] == by_flask[3:]
    assert behind.calls == 1


def test_a_storage_that_is_gone_gives_flasks_answer(
    app: Flask, behind: Behind, published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/badge/{NUMBERS['active']}.svg"
    published.storage.broken = True
    try:
        _told(behind.app, "GET", path, {}, published, caplog)
        by_flask = _told(behind.app, "GET", path, {}, published, caplog)
        assert _told(app.wsgi_app, "GET", path, {}, published, caplog) == by_flask
        assert by_flask[0].startswith("503")
    finally:
        published.storage.broken = False


def test_what_is_published_next_is_seen(app: Flask, published: Published, behind: Behind) -> None:
    """Files that did not change are remembered; no verdict is."""
    client = Client(app.wsgi_app)
    path, base = f"/badge/{NUMBERS['active']}.svg", published.base_url
    assert b"Certified" in client.get(path, base_url=base).data
    now = published.world.now
    try:
        published.world.now = now + timedelta(seconds=5)
        published.set_status("active", 1)
        assert b"Withdrawn" in client.get(path, base_url=base).data
        published.set_status("active", 0)
        published.world.now = now + timedelta(days=2)  # the lists have expired: nobody may say what holds
        reply = client.get(path, base_url=base)
        assert b"Status unknown" in reply.data
        assert reply.headers["Cache-Control"] == "no-store"
        record = published.storage.files.pop(f"c/{NUMBERS['active']}.json")
        assert client.get(path, base_url=base).status_code == 404
        published.storage.files[f"c/{NUMBERS['active']}.json"] = record
    finally:
        published.world.now = now
        published.set_status("active", 0)
    assert behind.calls == 1

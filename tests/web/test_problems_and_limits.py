"""Refusals are problem details with stable types; limits hold; nothing given comes back unescaped."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from lcert_web.caching import install_caching
from lcert_web.logging import install_access_log
from lcert_web.problems import Kind, Problem, install_problems
from lcert_web.security import host_of_origin, install_security


def make_app(hosts: list[str] | None = None, *, https: bool = False) -> Flask:
    app = Flask("lcert_web.test")
    install_access_log(app)
    install_security(app, hosts=hosts, https=https, max_body=100)
    install_caching(app)
    install_problems(app)

    @app.get("/text")
    def text() -> str:
        return "word " * 1000

    @app.get("/refused")
    def refused() -> str:
        raise Problem(Kind.UNAVAILABLE, "Not now.", retry_after=7)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret is hunter2")

    @app.post("/sink")
    def sink() -> str:
        from flask import request

        return str(len(request.get_data()))

    return app


def test_a_problem_has_a_stable_type_a_title_and_no_cache() -> None:
    reply = make_app().test_client().get("/refused")
    assert reply.status_code == 503
    assert reply.mimetype == "application/problem+json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Retry-After"] == "7"
    body = json.loads(reply.data)
    assert body["type"] == "urn:lcert:problem:unavailable"
    assert body["status"] == 503
    assert body["detail"] == "Not now."
    assert body["instance"] == f"urn:lcert:request:{reply.headers['X-Request-ID']}"


def test_names_of_problems_never_change() -> None:
    assert {kind.slug: kind.status for kind in Kind} == {
        "bad-request": 400,
        "invalid-json": 400,
        "invalid-parameter": 400,
        "unauthorized": 401,
        "forbidden": 403,
        "not-found": 404,
        "no-such-certificate": 404,
        "no-such-watch": 404,
        "method-not-allowed": 405,
        "not-acceptable": 406,
        "conflict": 409,
        "too-large": 413,
        "unsupported-media-type": 415,
        "misdirected": 421,
        "too-many-requests": 429,
        "headers-too-large": 431,
        "internal": 500,
        "not-implemented": 501,
        "unavailable": 503,
    }


def test_a_fault_is_logged_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    reply = make_app().test_client().get("/broken")
    assert reply.status_code == 500
    assert b"hunter2" not in reply.data
    assert any(record.exc_info for record in caplog.records if record.name == "lcert.fault")


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/nothing", "GET", 404), ("/text", "POST", 405), ("/sink", "GET", 405)]
)
def test_the_framework_s_own_refusals_are_problems_too(path: str, method: str, status: int) -> None:
    reply = make_app().test_client().open(path, method=method)
    assert reply.status_code == status
    assert reply.mimetype == "application/problem+json"
    if status == 405:
        assert reply.headers["Allow"]


def test_a_body_over_the_limit_is_413() -> None:
    client = make_app().test_client()
    assert client.post("/sink", data=b"x" * 100).status_code == 200
    reply = client.post("/sink", data=b"x" * 101)
    assert reply.status_code == 413
    assert json.loads(reply.data)["type"] == "urn:lcert:problem:too-large"


def test_an_endless_address_is_refused() -> None:
    assert make_app().test_client().get("/text?" + "a" * 5000).status_code == 431


@pytest.mark.parametrize(
    "host", ["certs.example", "CERTS.EXAMPLE", "127.0.0.1:9", "localhost:8080", "[::1]:80", "127.3.2.1"]
)
def test_the_own_host_and_loopback_are_answered(host: str) -> None:
    assert make_app(["certs.example"]).test_client().get("/text", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "certs.example.evil.example", "certs.example:81", "10.0.0.1", "a@certs.example", ""],
)
def test_other_hosts_are_misdirected(host: str) -> None:
    reply = make_app(["certs.example"]).test_client().get("/text", headers={"Host": host})
    assert reply.status_code in (400, 421)


def test_forwarded_hosts_are_ignored() -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "Host": "certs.example"}
    reply = make_app(["certs.example"]).test_client().get("/text", headers=headers)
    assert reply.status_code == 200
    assert "evil" not in str(reply.headers)


def test_probes_are_answered_for_any_host() -> None:
    app = make_app(["certs.example"])
    app.add_url_rule("/healthz", "healthz", lambda: "ok")
    assert app.test_client().get("/healthz", headers={"Host": "10.1.2.3:8080"}).status_code == 200


def test_every_answer_carries_the_safety_headers() -> None:
    for path in ("/text", "/nothing", "/broken"):
        headers = make_app(https=True).test_client().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"] or path != "/text"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_request_id_is_kept_if_harmless_and_else_made() -> None:
    client = make_app().test_client()
    assert client.get("/text", headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    for odd in ("a", "x" * 65, "a b c d e f g h", '"><script>alert(1)</script>'):
        made = client.get("/text", headers={"X-Request-ID": odd}).headers["X-Request-ID"]
        assert made != odd
        assert made.isalnum()


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://Certs.Example", "certs.example"),
        ("https://certs.example:443", "certs.example"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ],
)
def test_the_host_of_an_origin_has_no_default_port(origin: str, host: str) -> None:
    assert host_of_origin(origin) == host

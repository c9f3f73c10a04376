"""Every address of both apps, as the apps list them: headers, methods, hosts, sizes, and nothing given comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from tests.support.shelf import NUMBERS, publish
from tests.support.system import ROOT
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lcert_web.public import create_public_app
from lcert_web.verifier import create_verifier_app

SAMPLES = {
    "filename": "app.css",
    "name": NUMBERS["active"],
    "letter": "c",
    "_letter": "c",
    "number": "1",
    "tile": "tile/0/000.p/1",
    "digest": "0" * 64,
    "day": "2026-11-20",
    "part": "1.jwt",
    "version": "L-2026.1",
    "kind": "svg",
    "which": "qr",
    "purpose": "revocation",
    "watch": "w_0000000000000000000000",
}
"""A value for each variable part of an address."""
EMBEDDED = {"/embed/<name>/frame"}
"""What may stand in somebody else's frame."""
PROBES = {"/healthz", "/readyz", "/metrics"}
MARK = "zq9<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
DETAILS = re.compile(
    rf"werkzeug|gunicorn|flask|jinja|python/|traceback|sqlalchemy|site-packages|lcert_web|{re.escape(str(ROOT))}",
    re.I,
)


@dataclass(frozen=True)
class Route:
    app: str
    rule: str
    methods: frozenset[str]

    @property
    def path(self) -> str:
        def sample(match: re.Match[str]) -> str:
            name = match[2]
            found = SAMPLES[name] if not (name == "name" and match[1] and "any(" in match[1]) else None
            return found or re.search(r"'([^']+)'", match[1])[1]  # type: ignore[index]

        return re.sub(r"<(?:([^<>]*):)?([A-Za-z_]+)>", sample, self.rule)


def _apps() -> dict[str, Flask]:
    published = publish()
    public = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
    )
    return {"public": public, "verifier": create_verifier_app(trust=())}


APPS = _apps()


def _routes() -> Iterator[Route]:
    seen: dict[tuple[str, str], set[str]] = {}
    for name, app in APPS.items():
        rule: Rule
        for rule in app.url_map.iter_rules():
            seen.setdefault((name, rule.rule), set()).update(rule.methods or ())
    for (name, text), methods in seen.items():
        yield Route(name, text, frozenset(methods))


ROUTES = list(_routes())
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.app} {route.rule}")


def ask(route: Route, method: str | None = None, **options: Any) -> TestResponse:
    """One request to the route's host, or to any that is given."""
    headers = {"Host": "certs.example", **options.pop("headers", {})}
    chosen = method or ("GET" if "GET" in route.methods else "POST")
    return (
        APPS[route.app]
        .test_client()
        .open(options.pop("path", route.path), method=chosen, headers=headers, **options)
    )


def test_both_apps_are_looked_at_whole() -> None:
    assert {route.app for route in ROUTES} == set(APPS)
    assert len(ROUTES) >= 50


@every_route
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_has_the_safety_headers(route: Route, accept: str) -> None:
    reply = ask(route, headers={"Accept": accept})
    headers = reply.headers
    assert reply.status_code < 500 or reply.status_code in (501, 503), reply.text[:300]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("strict-origin-when-cross-origin", "no-referrer", "same-origin")
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] in ("same-origin", "cross-origin")
    assert headers["Cache-Control"] or reply.status_code == 405
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", headers["X-Request-ID"])
    assert not {"Server", "X-Powered-By", "Set-Cookie"} & set(headers.keys())
    if reply.mimetype == "text/html":
        assert "unsafe-inline" not in policy.replace("style-src 'unsafe-inline'", "")
        framed = route.rule in EMBEDDED and reply.status_code == 200
        assert ("frame-ancestors *" in policy) == framed
        assert headers.get("X-Frame-Options") == (None if framed else "DENY")


@every_route
def test_other_methods_are_refused(route: Route) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - route.methods:
        reply = ask(route, method)
        assert reply.status_code in (404, 405), method
        assert reply.status_code == 404 or reply.headers["Allow"]


@every_route
def test_other_hosts_are_not_answered(route: Route) -> None:
    reply = ask(route, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    if route.app == "public" and route.rule not in PROBES:
        assert reply.status_code == 421
    assert "evil.example" not in str(reply.headers) + reply.get_data(as_text=True)


@every_route
def test_nothing_that_was_given_comes_back_as_it_is(route: Route) -> None:
    given = [
        ask(
            route,
            query_string=dict.fromkeys(("q", "state", "sort", "lang", "cursor", "at", "url", "theme"), MARK),
        ),
        ask(
            route,
            headers={"Accept": f"text/html, {MARK}", "Accept-Language": MARK, "Referer": f"https://a/{MARK}"},
        ),
        ask(route, headers={"X-Request-ID": MARK, "Origin": "https://zq9.example", "Accept": "text/html"}),
        ask(route, path=f"{route.path}{MARK}", headers={"Accept": "text/html"}),
    ]
    if "POST" in route.methods:
        given += [
            ask(
                route,
                "POST",
                data={"token": MARK, "text": MARK, "url": MARK},
                headers={"Accept": "text/html"},
            ),
            ask(route, "POST", data=MARK, headers={"Content-Type": MARK.replace('"', "")}),
            ask(route, "POST", json={"token": MARK, "url": MARK, "tokens": [MARK], MARK: MARK}),
        ]
    for reply in given:
        assert reply.status_code < 500 or reply.status_code in (501, 503)
        assert "zq9" not in str(reply.headers)
        if reply.mimetype in ("text/html", "image/svg+xml", "application/xml", "application/atom+xml"):
            assert "<script>alert(1)" not in reply.get_data(as_text=True)
            assert "<img src=x" not in reply.get_data(as_text=True)


@every_route
def test_a_refusal_tells_nothing_of_the_server(route: Route) -> None:
    for reply in (
        ask(route, path=route.path + "%00%ff/../..//"),
        ask(route, "DELETE"),
        ask(route, "POST", data=b"\xff\xfe{", headers={"Content-Type": "application/json"}),
        ask(route, "POST", data=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"}),
    ):
        if reply.status_code >= 400:
            assert not DETAILS.search(reply.get_data(as_text=True)), reply.text[:500]


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if "POST" in route.methods],
    ids=lambda route: f"{route.app} {route.rule}",
)
def test_every_body_has_a_limit(route: Route) -> None:
    limit = (
        65 * 1024 if route.app == "public" else 65 * 1024 * 1024 if "batch" in route.rule else 8 * 1024 * 1024
    )
    form = "application/x-www-form-urlencoded"
    kind = form if route.rule.endswith(("report", "/")) else "application/json"
    told = {"CONTENT_LENGTH": str(limit + 1), "CONTENT_TYPE": kind}
    # Where a token is asked for, a request without one ends before anything is read (with one: test_api_watches).
    refused = (413, 401) if route.rule.startswith("/v1/watches") else (413,)
    assert ask(route, "POST", environ_overrides=told).status_code in refused


@every_route
def test_an_endless_address_is_refused(route: Route) -> None:
    assert ask(route, query_string="a" * 5000).status_code == 431


@every_route
def test_https_is_insisted_on_where_it_is_used(route: Route) -> None:
    if route.app == "public":
        assert ask(route).headers["Strict-Transport-Security"].startswith("max-age=")

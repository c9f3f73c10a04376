"""Headers and limits that every answer and request gets: CSP, CORS, host allow-list, request ids, sizes."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Collection
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from .language import N_
from .problems import Kind, Problem

__all__ = [
    "ANY_ORIGIN",
    "CSP_DOCUMENT",
    "CSP_PAGE",
    "allow_any_origin",
    "answers_for",
    "document_headers",
    "host_of_origin",
    "install_security",
    "request_id",
]

CSP_PAGE: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
CSP_DOCUMENT: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none'"
"""For images and data, should one be opened as a document: nothing in it runs or loads."""

_PERMISSIONS: Final = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), interest-cohort=()"
)
ANY_ORIGIN: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Link, X-Request-ID"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?")
_MAX_ADDRESS: Final = 4096
_OPEN_TO_PROBES: Final = ("/healthz", "/readyz", "/metrics")


def host_of_origin(origin: str) -> str:
    """`host[:port]` of an origin, lower case, without the scheme's default port."""
    parts = urlsplit(origin)
    return _canonical_host(parts.netloc.lower(), parts.scheme)


def install_security(app: Flask, *, hosts: Collection[str] | None, https: bool, max_body: int) -> None:
    """Adds the checks and headers to `app`.

    hosts: `host[:port]` values to answer for beside loopback; None answers for any (an API behind many names).
    https: sends Strict-Transport-Security. max_body: bytes of a request's body, unless a route sets its own limit.
    Forwarding headers are never read: every absolute link comes from the configured base URL.
    """
    allowed = None if hosts is None else frozenset(host.lower() for host in hosts)
    app.config["MAX_CONTENT_LENGTH"] = max_body
    document = document_headers(https=https)
    framed = (
        ("Content-Security-Policy", CSP_PAGE),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        *_every(https),
    )
    page = (*framed, ("X-Frame-Options", "DENY"))

    @app.before_request
    def _admit() -> None:
        g.request_id = request_id(request.headers.get("X-Request-ID"))
        if len(request.path) + len(request.query_string) >= _MAX_ADDRESS:
            raise Problem(
                Kind.HEADERS_TOO_LARGE,
                N_("The address is longer than %(most)s characters."),
                most=_MAX_ADDRESS,
            )
        if (
            allowed is not None
            and request.path not in _OPEN_TO_PROBES
            and not answers_for(request.headers.get("Host", ""), request.scheme, allowed)
        ):
            raise Problem(Kind.MISDIRECTED)
        if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
            # Read as it is, each line of a compressed batch would be a token, and refused.
            raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.")

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        given = {name.lower() for name in headers.keys()}  # noqa: SIM118 - iterating gives pairs
        if response.mimetype == "text/html":
            wanted = page if "frame-ancestors *" not in headers.get("Content-Security-Policy", "") else framed
        else:
            wanted = document
        for name, value in wanted:
            if name.lower() not in given:
                headers.add(name, value)
        headers["X-Request-ID"] = g.get("request_id", "-")
        return response


def request_id(given: str | None) -> str:
    """What the client called its request, if that is a decent name, else a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)


def document_headers(*, https: bool) -> tuple[tuple[str, str], ...]:
    """What an answer that is no page gets, unless it says otherwise itself."""
    return (("Content-Security-Policy", CSP_DOCUMENT), *_every(https))


def _every(https: bool) -> tuple[tuple[str, str], ...]:
    return (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", _PERMISSIONS),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        *((("Strict-Transport-Security", "max-age=31536000"),) if https else ()),
    )


def allow_any_origin(response: Response) -> Response:
    """Lets any page read or embed this answer. It depends on no cookie and carries nothing private."""
    for name, value in ANY_ORIGIN:
        response.headers[name] = value
    return response


@lru_cache(maxsize=256)
def answers_for(given: str, scheme: str, allowed: frozenset[str]) -> bool:
    """Whether a Host header names one of the `host[:port]` in `allowed`, or this machine itself."""
    match = _HOST.fullmatch(given)
    if match is None:
        return False
    return (
        _canonical_host(given.lower(), scheme) in allowed
        or given.lower() in allowed
        or _is_loopback(match[1])
    )


def _canonical_host(host: str, scheme: str) -> str:
    default = ":443" if scheme == "https" else ":80"
    return host.removesuffix(default)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

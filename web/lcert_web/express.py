"""Live badges answered in front of Flask, whose own work is several times that of drawing one.

Only the plain case is taken: a GET for the badge of a published certificate, without conditions, from a host that we
answer for. Everything else goes on to Flask, whose answers to the plain case are the same to the byte, with the same
headers, counters and log line (`tests/web/test_express.py` holds the two together).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.http import http_date
from werkzeug.utils import get_content_type

from .caching import NO_STORE, lifetime, likes_gzip, packed, worth_packing
from .logging import log_access
from .metrics import count_request
from .routes.badges import MEDIA, Picture, Variant, badge_face, badge_lifetime, draw_badge, variant_of
from .security import ANY_ORIGIN, answers_for, document_headers, request_id
from .shelf import Shelf, parse_number

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Express", "install_express"]

_BADGE: Final = re.compile(r"/badge/([A-Za-z0-9-]{1,40})\.(svg|png)")
_QUERY: Final = re.compile(r"[A-Za-z0-9=&_-]{0,200}")
_CONDITIONS: Final = (
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_RANGE", "HTTP_IF_RANGE"),
)
_ROUTE: Final = "/badge/<name>.<any('svg', 'png'):kind>"


class Express:
    """A WSGI application before another one. `hosts` are `host[:port]` values, as for `install_security`."""

    def __init__(
        self, behind: WSGIApplication, shelf: Shelf, *, app: str, hosts: frozenset[str], https: bool
    ) -> None:
        self.behind = behind
        self._shelf = shelf
        self._app = app
        self._hosts = hosts
        ours = {name for name, _ in ANY_ORIGIN}
        self._always = [
            *ANY_ORIGIN,
            *((name, value) for name, value in document_headers(https=https) if name not in ours),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _BADGE.fullmatch(environ["PATH_INFO"])
        if asked is not None and environ["REQUEST_METHOD"] == "GET" and self._plain(environ):
            started = time.perf_counter()
            try:
                answer = self._answer(environ, asked[1], asked[2])
            except Exception:  # Flask meets the same again, and answers and logs it
                answer = None
            if answer is not None:
                headers, body = answer
                name = request_id(environ.get("HTTP_X_REQUEST_ID"))
                headers.append(("X-Request-ID", name))
                log_access(
                    app=self._app,
                    method="GET",
                    path=environ["PATH_INFO"],
                    status=200,
                    size=body.__len__,
                    started=started,
                    address=environ.get("REMOTE_ADDR"),
                    request_id=name,
                )
                count_request(self._app, _ROUTE, "GET", 200, started)
                start_response("200 OK", headers)
                return (body,)
        return self.behind(environ, start_response)

    def _plain(self, environ: WSGIEnvironment) -> bool:
        return (
            not any(name in environ for name in _CONDITIONS)
            and not environ.get("SCRIPT_NAME")
            and _QUERY.fullmatch(environ.get("QUERY_STRING", "")) is not None
            and answers_for(environ.get("HTTP_HOST", ""), environ["wsgi.url_scheme"], self._hosts)
        )

    def _answer(
        self, environ: WSGIEnvironment, name: str, kind: str
    ) -> tuple[list[tuple[str, str]], bytes] | None:
        number = parse_number(name)
        judged = self._shelf.judge(number) if number else None
        if judged is None:
            return None
        now = self._shelf.clock()
        face = badge_face(judged, now)
        seconds = badge_lifetime(face, judged, now)
        variant, named = _variant(environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_LANGUAGE"))
        return self._headers(environ, draw_badge(face, variant, kind), MEDIA[kind], seconds, named)

    def _headers(
        self, environ: WSGIEnvironment, picture: Picture, media: str, seconds: int | None, named: bool
    ) -> tuple[list[tuple[str, str]], bytes]:
        body, tag = picture.data, picture.tag
        headers = [("Content-Type", get_content_type(media, "utf-8")), *self._always]
        varies = [] if named else ["Accept-Language"]
        if worth_packing(media, len(body)):
            varies.append("Accept-Encoding")
            if likes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
                body, tag = packed(body), f"{tag}-gz"
                headers.append(("Content-Encoding", "gzip"))
        if varies:
            headers.append(("Vary", ", ".join(varies)))
        if seconds is None:
            headers.append(("Cache-Control", NO_STORE))
        else:
            headers += (
                ("Cache-Control", lifetime(seconds)),
                ("ETag", f'"{tag}"'),
                ("Date", _date(int(time.time()))),
            )
        headers.append(("Content-Length", str(len(body))))
        return headers, body


@lru_cache(maxsize=1024)
def _variant(query: str, accept_language: str | None) -> tuple[Variant, bool]:
    """The variant, and whether the address names a language. The first value of each name counts, as Flask has it."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    asked: dict[str, str] = {}
    for name, _, value in pairs:
        asked.setdefault(name, value)
    return variant_of(asked, accept_language), "lang" in asked


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return http_date(second)


def install_express(app: Flask, shelf: Shelf, *, hosts: list[str], https: bool) -> None:
    """Puts the express before `app`."""
    name = app.name.rsplit(".", 1)[-1]
    allowed = frozenset(host.lower() for host in hosts)
    inner: Any = app.wsgi_app
    app.wsgi_app = Express(inner, shelf, app=name, hosts=allowed, https=https)  # type: ignore[method-assign]

"""Live badges in front of Flask: a GET for the badge of a published certificate, from a host that we answer for."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flask import Flask
from werkzeug.http import http_date
from werkzeug.utils import get_content_type

from .caching import NO_STORE, lifetime, likes_gzip, packed, worth_packing
from .express import CONDITIONS, Answer, Express
from .routes.badges import MEDIA, Variant, badge_face, badge_lifetime, draw_badge, variant_of
from .security import answers_for
from .shelf import Shelf, parse_number

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["BadgeExpress"]

_BADGE: Final = re.compile(r"/badge/([A-Za-z0-9-]{1,40})\.(svg|png)")
_QUERY: Final = re.compile(r"[A-Za-z0-9=&_-]{0,200}")


class BadgeExpress(Express):
    """`hosts` are `host[:port]` values, as for `install_security`."""

    method = "GET"
    route = "/badge/<name>.<any('svg', 'png'):kind>"

    def __init__(self, app: Flask, shelf: Shelf, *, hosts: list[str], https: bool) -> None:
        super().__init__(app, https=https)
        self._shelf = shelf
        self._hosts = frozenset(host.lower() for host in hosts)

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        asked = _BADGE.fullmatch(environ["PATH_INFO"])
        if asked is None or not self._plain(environ):
            return None
        number, kind = parse_number(asked[1]), asked[2]
        judged = self._shelf.judge(number) if number else None
        if judged is None:
            return None
        now = self._shelf.clock()
        face = badge_face(judged, now)
        seconds = badge_lifetime(face, judged, now)
        variant, named = _variant(environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_LANGUAGE"))
        picture = draw_badge(face, variant, kind)
        body, tag, media = picture.data, picture.tag, MEDIA[kind]
        headers = [("Content-Type", get_content_type(media, "utf-8"))]
        varies = [] if named else ["Accept-Language"]
        if worth_packing(media, len(body)):
            varies.append("Accept-Encoding")
            if likes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
                body, tag = packed(body, tag), f"{tag}-gz"
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
        return Answer(headers, body)

    def _plain(self, environ: WSGIEnvironment) -> bool:
        return (
            not any(name in environ for name in CONDITIONS)
            and _QUERY.fullmatch(environ.get("QUERY_STRING", "")) is not None
            and answers_for(environ.get("HTTP_HOST", ""), environ["wsgi.url_scheme"], self._hosts)
        )


@lru_cache(maxsize=1024)
def _variant(query: str, accept_language: str | None) -> tuple[Variant, bool]:
    """The variant, and whether the address names a language. The first value of each name counts, as Flask has it."""
    asked: dict[str, str] = {}
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            asked.setdefault(name, value)
    return variant_of(asked, accept_language), "lang" in asked


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return http_date(second)

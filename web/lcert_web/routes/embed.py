"""The embed kit of a certificate, the page inside its frame, and the element's script."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from lcert_issuer.badge.artwork import pixel_size
from lcert_issuer.badge.face import BadgeState, Face, alt_text
from lcert_issuer.language import LANGUAGES

from ..assets import STATIC, asset_url, integrity_of
from ..caching import IMMUTABLE, NO_STORE, cache_for, seconds_until
from ..embedding import SIZES, THEMES, choice_from, downloads, offers
from ..pages import Site
from ..problems import Kind, Problem
from ..security import CSP_PAGE, allow_any_origin
from ..shelf import Judged, Shelf, parse_number
from ..verdicts import Shown
from .badges import badge_face

__all__ = ["embed_routes"]

_FRESH: Final = 30
_NOBODY: Final = "LC-0000-0000"
"""Stands in for what is no number: its picture says that the status is unknown."""
_ELEMENT: Final = re.compile(r"l-cert-(?:badge|verifier)-[0-9]+\.js")
_FRAME_STYLE: Final = (
    "html,body{margin:0;background:transparent}a{display:block}img{display:block;width:100%;height:auto}"
    "a:focus-visible{outline:3px solid #1b4b91;outline-offset:-3px;border-radius:14px}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_FRAME_STYLE.encode()).digest()).decode()
_CSP_KIT: Final = f"{CSP_PAGE}; script-src 'self'"
_CSP_FRAME: Final = (
    f"default-src 'none'; img-src 'self'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)


def embed_routes(shelf: Shelf, site: Site) -> Blueprint:
    routes = Blueprint("embed", __name__)

    @routes.get("/embed/<name>")
    def kit(name: str) -> Response:
        judged = _judged(shelf, name)
        if judged is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        choice = choice_from(request.args, "badge")
        face = badge_face(judged, shelf.clock())
        html = render_template(
            "embed.html",
            number=judged.number,
            view=judged.view,
            choice=choice,
            sizes={size: (label, pixel_size(face, size=size)) for size, label in SIZES.items()},
            themes=THEMES,
            badge_languages=LANGUAGES,
            offers=offers(face, judged, site, choice),
            badge_alt=alt_text(face, choice.lang),
            base_url=shelf.base_url,
            downloads=downloads(judged.number, choice.lang),
            kit_style=asset_url("embed/kit.css"),
            script=asset_url("embed/kit.js"),
            integrity=integrity_of("embed/kit.js"),
        )
        response = Response(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _CSP_KIT
        return _timed(response, shelf, judged, _FRESH)

    @routes.get("/embed/<name>/frame")
    def frame(name: str) -> Response:
        """The image in a link and nothing else, for any page to frame. An unknown number gets its picture too."""
        judged = _judged(shelf, name)
        choice = choice_from(request.args, "lang")
        if judged is None:
            face = Face(state=BadgeState.UNKNOWN, number=parse_number(name) or _NOBODY)
        else:
            face = badge_face(judged, shelf.clock())
        html = render_template(
            "embed_frame.html",
            number=face.number,
            choice=choice,
            size=pixel_size(face, size=choice.size),
            badge_alt=alt_text(face, choice.lang),
            badge_language=LANGUAGES[choice.lang],
            base_url=shelf.base_url,
            style=Markup(_FRAME_STYLE),  # noqa: S704 - a constant, named by its hash in the policy
        )
        response = Response(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _CSP_FRAME
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if judged is None:
            response.status_code = 404
            response.headers["Cache-Control"] = NO_STORE
            return response
        return _timed(response, shelf, judged, _FRESH)

    @routes.get("/static/element/<name>")
    def element(name: str) -> Response:
        """A script under its number: the same bytes for ever, for any page, so that its hash may be written down."""
        path = STATIC / "element" / name
        if not _ELEMENT.fullmatch(name) or not path.is_file():
            raise Problem(Kind.NOT_FOUND)
        response = Response(path.read_bytes(), content_type="text/javascript; charset=utf-8")
        response.headers["Cache-Control"] = IMMUTABLE
        return allow_any_origin(response)

    return routes


def _judged(shelf: Shelf, name: str) -> Judged | None:
    number = parse_number(name)
    return shelf.judge(number) if number else None


def _timed(response: Response, shelf: Shelf, judged: Judged, longest: int) -> Response:
    if judged.view.shown is Shown.UNKNOWN:
        response.headers["Cache-Control"] = NO_STORE
        return response
    return cache_for(response, seconds_until(judged.changes_at, shelf.clock(), longest))

"""What is printed from a certificate: the dated sheet as PDF, and the label with the live code in it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

from flask import Blueprint, Response, request

from lcert_issuer.badge.artwork import render_svg
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.printing import print_page, render_print_png
from lcert_issuer.badge.qr import live_code, offline_code
from lcert_issuer.language import choose
from lcert_verifier.vocabulary import Securing

from ..caching import NO_STORE, cache_for, seconds_until
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Judged, Shelf, parse_number
from .badges import badge_face

__all__ = ["print_routes"]

_LONGEST: Final = 300


def print_routes(shelf: Shelf) -> Blueprint:
    routes = Blueprint("printing", __name__)

    @routes.get("/badge/<name>/print.pdf")
    def sheet(name: str) -> Response:
        """One page with everything, dated to the minute it was drawn in."""
        judged, face, lang = _asked(name)
        token = shelf.token(judged.number, judged.edition, Securing.COMPACT)
        if token is None:
            raise Problem(Kind.NOT_FOUND)
        minute = shelf.clock().replace(second=0, microsecond=0)
        try:
            data = _sheet(face, shelf.base_url, token.decode("ascii"), minute, lang)
        except ValueError as error:  # no code holds its token
            raise Problem(Kind.NOT_FOUND) from error
        response = _kept(Response(data, mimetype="application/pdf"), face, judged)
        response.headers["Content-Disposition"] = f'inline; filename="{judged.number}.pdf"'
        return response

    @routes.get("/badge/<name>/print.png")
    def picture(name: str) -> Response:
        """The badge alone at 300 dpi, for whoever cannot place a vector."""
        judged, face, lang = _asked(name)
        return _kept(Response(_picture(face, lang), mimetype="image/png"), face, judged)

    @routes.get("/badge/<name>/label.<any('svg', 'png'):kind>")
    def label(name: str, kind: str) -> Response:
        judged, face, lang = _asked(name)
        data = _label(face, shelf.base_url, lang, kind)
        return _kept(Response(data, mimetype="image/svg+xml" if kind == "svg" else "image/png"), face, judged)

    def _asked(name: str) -> tuple[Judged, Face, str]:
        number = parse_number(name)
        judged = shelf.judge(number) if number else None
        if judged is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        return judged, badge_face(judged, shelf.clock()), choose(request.args.get("lang")).code

    def _kept(response: Response, face: Face, judged: Judged) -> Response:
        allow_any_origin(response)
        if face.state is BadgeState.UNKNOWN:
            response.headers["Cache-Control"] = NO_STORE
            return response
        return cache_for(response, seconds_until(judged.changes_at, shelf.clock(), _LONGEST))

    return routes


@lru_cache(maxsize=64)
def _sheet(face: Face, base_url: str, token: str, as_of: datetime, lang: str) -> bytes:
    live, offline = live_code(base_url, face.number), offline_code(base_url, token)
    return print_page(face, live=live, offline=offline, as_of=as_of, lang=lang)


@lru_cache(maxsize=64)
def _picture(face: Face, lang: str) -> bytes:
    return render_print_png(face, lang=lang)


@lru_cache(maxsize=64)
def _label(face: Face, base_url: str, lang: str, kind: str) -> bytes:
    code = live_code(base_url, face.number)
    if kind == "svg":
        return render_svg(face, kind="label", code=code, lang=lang)
    return render_print_png(face, kind="label", code=code, lang=lang)

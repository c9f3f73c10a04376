"""Live badges, drawn from the published record and the verifier's Report; codes and baked badges beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final, cast

from flask import Blueprint, Response, request
from prometheus_client import Counter

from lcert_issuer.badge.artwork import Size, Theme, render_svg
from lcert_issuer.badge.bake import bake_png, bake_svg
from lcert_issuer.badge.face import BadgeState, Face, badge_state, face_of, state_word
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.qr import Code, live_code, offline_code, render_qr_png, render_qr_svg
from lcert_issuer.language import choose
from lcert_verifier.vocabulary import Securing

from ..bounded import Bounded
from ..caching import NO_STORE, cache_for, seconds_until, tag_of
from ..metrics import BADGES
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Judged, Shelf, parse_number

__all__ = [
    "MEDIA",
    "Picture",
    "Variant",
    "badge_face",
    "badge_lifetime",
    "badge_routes",
    "draw_badge",
    "variant_of",
]

_LONGEST: Final = 300
"""Seconds for which a badge may be kept; less when a date comes sooner."""
MEDIA: Final = {"svg": "image/svg+xml", "png": "image/png"}
_THEMES: Final = ("light", "dark")
_SIZES: Final = ("s", "m", "l")
_SCALES: Final = ("1", "2")
_SHIELDS_COLOURS: Final = {
    BadgeState.ACTIVE: "0b6e4f",
    BadgeState.SUSPENDED: "8a5a00",
    BadgeState.WITHDRAWN: "9b1c1c",
}


def badge_face(judged: Judged, now: datetime) -> Face:
    """What the badge of a judged certificate says."""
    state = badge_state(judged.record, judged.report)
    if state is BadgeState.UNKNOWN:
        return face_of(judged.told, judged.report, now)
    key = state, judged.edition, judged.in_force
    known: Face | None = judged.filed.derived.get(key)
    if known is None:
        known = judged.filed.derived[key] = face_of(judged.told, judged.report, now)
    return known


def badge_routes(shelf: Shelf) -> Blueprint:
    routes = Blueprint("badges", __name__)

    @routes.get("/badge/<name>.<any('svg', 'png'):kind>")
    def live(name: str, kind: str) -> Response:
        variant = variant_of(request.args, request.headers.get("Accept-Language"))
        now = shelf.clock()
        number = parse_number(name)
        try:
            judged = shelf.judge(number) if number else None
        except Problem as problem:
            return _uncached(_draw(_unknown(number, now), variant, kind), kind, problem.kind.status)
        if number is None or judged is None:
            return _uncached(_draw(_unknown(number, now), variant, kind), kind, 404)
        face = badge_face(judged, now)
        response = _kept(_image(_draw(face, variant, kind), kind), face, judged, now)
        if "lang" not in request.args:
            response.vary.add("Accept-Language")
        return response

    @routes.get("/badge/<name>/baked.<any('svg', 'png'):kind>")
    def baked(name: str, kind: str) -> Response:
        """The badge with the Open Badge inside. The picture speaks of today, the credential of its edition."""
        judged = _judged(shelf, name)
        token = shelf.token(judged.number, judged.edition, Securing.OPENBADGE)
        if token is None:
            raise Problem(Kind.NOT_FOUND)
        now = shelf.clock()
        face = badge_face(judged, now)
        picture = _draw(face, Variant(scale=2), kind)
        data = (bake_svg if kind == "svg" else bake_png)(picture, token.decode("ascii"))
        response = _kept(_image(data, kind), face, judged, now)
        response.headers["Content-Disposition"] = f'inline; filename="{judged.number}.{kind}"'
        return response

    @routes.get("/badge/<name>/<any('qr', 'offline-qr'):which>.<any('svg', 'png'):kind>")
    def code(name: str, which: str, kind: str) -> Response:
        judged = _judged(shelf, name)
        if which == "qr":
            drawn = live_code(shelf.base_url, judged.number)
        else:
            token = shelf.token(judged.number, judged.edition, Securing.COMPACT)
            if token is None:
                raise Problem(Kind.NOT_FOUND)
            try:
                drawn = offline_code(shelf.base_url, token.decode("ascii"))
            except ValueError as error:  # issued when nobody asked whether a code holds it
                raise Problem(Kind.NOT_FOUND) from error
        response = _image(_draw_code(drawn, kind), kind)
        return cache_for(response, seconds_until(judged.changes_at, shelf.clock(), _LONGEST))

    @routes.get("/badge/<name>/shields.json")
    def shields(name: str) -> Response:
        """The endpoint format of shields.io, and only the members it knows."""
        now = shelf.clock()
        number = parse_number(name)
        judged = shelf.judge(number) if number else None
        face = badge_face(judged, now) if judged else _unknown(number, now)
        active = face.state is BadgeState.ACTIVE
        body = {
            "schemaVersion": 1,
            "label": "L Certification",
            "message": "certified" if active else state_word(face).lower(),
            "color": _SHIELDS_COLOURS.get(face.state, "4a5568"),
            "isError": judged is None,
            "cacheSeconds": _LONGEST,
        }
        response = Response(json.dumps(body), mimetype="application/json")
        return allow_any_origin(_kept(response, face, judged, now))

    return routes


def _judged(shelf: Shelf, name: str) -> Judged:
    number = parse_number(name)
    judged = shelf.judge(number) if number else None
    if judged is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    theme: Theme = "light"
    size: Size = "m"
    scale: int = 1
    lang: str = "en"


def variant_of(asked: Mapping[str, str], accept_language: str | None) -> Variant:
    """How a badge is asked for; anything unknown gives the default, because a picture must come.

    An address that names no language gets the visitor's: such an answer varies by `Accept-Language`.
    """
    theme = asked.get("theme", "light")
    size = asked.get("size", "m")
    scale = asked.get("scale", "1")
    return Variant(
        theme=cast("Theme", theme if theme in _THEMES else "light"),
        size=cast("Size", size if size in _SIZES else "m"),
        scale=int(scale) if scale in _SCALES else 1,
        lang=choose(asked.get("lang"), accept_language).code,
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn badge and the strong tag of its bytes."""

    data: bytes
    tag: str


_PICTURES: Final[Bounded[Picture]] = Bounded(8 * 2**20, lambda picture: len(picture.data))
"""Some seven hundred badges, those that were asked for last."""


def draw_badge(face: Face, variant: Variant, kind: str) -> Picture:
    """The badge as SVG or PNG, drawn or from memory; counted."""
    key = (face, variant, kind)
    known = _PICTURES.get(key)
    _counter(face.state, "no" if known else "yes").inc()
    return known or _PICTURES.put(key, _drawn(face, variant, kind))


@cache
def _counter(state: BadgeState, drawn: str) -> Counter:
    return BADGES.labels(state.value, drawn)


def _drawn(face: Face, variant: Variant, kind: str) -> Picture:
    theme, size, lang = variant.theme, variant.size, variant.lang
    if kind == "svg":
        data = render_svg(face, theme=theme, size=size, lang=lang)
    else:
        data = render_png(face, theme=theme, size=size, scale=variant.scale, lang=lang)
    return Picture(data, tag_of(data))


def _draw(face: Face, variant: Variant, kind: str) -> bytes:
    return draw_badge(face, variant, kind).data


@lru_cache(maxsize=256)
def _draw_code(code: Code, kind: str) -> bytes:
    return render_qr_svg(code) if kind == "svg" else render_qr_png(code)


def _kept(response: Response, face: Face, judged: Judged | None, now: datetime) -> Response:
    seconds = None if judged is None else badge_lifetime(face, judged, now)
    if seconds is None:
        response.headers["Cache-Control"] = NO_STORE
        return response
    return cache_for(response, seconds)


def badge_lifetime(face: Face, judged: Judged, now: datetime) -> int | None:
    """Seconds: five minutes at most, never past a date that changes it. None, not at all, while it is unknown."""
    if face.state is BadgeState.UNKNOWN:
        return None
    return seconds_until(judged.changes_at, now, _LONGEST)


def _unknown(number: str | None, now: datetime) -> Face:
    return Face(state=BadgeState.UNKNOWN, number=number or "", since=now.astimezone(UTC).date())


def _image(data: bytes, kind: str) -> Response:
    return allow_any_origin(Response(data, mimetype=MEDIA[kind]))


def _uncached(data: bytes, kind: str, status: int) -> Response:
    response = _image(data, kind)
    response.status_code = status
    response.headers["Cache-Control"] = NO_STORE
    return response

"""A certificate under its number: page, token, record, schema.org, and each edition of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from lcert_issuer.badge.artwork import pixel_size
from lcert_issuer.badge.face import alt_text
from lcert_issuer.badge.qr import shown_pixels
from lcert_verifier.vocabulary import Securing

from ..arriving import came_from
from ..caching import NO_STORE, cache_for, seconds_until
from ..language import spoken_language
from ..pages import Facts, Site, facts_of, signing_key
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Judged, Shelf, edition_in_force, parse_number
from ..structured import certification_jsonld
from ..verdicts import Shown
from ..words import end_of_day, parse_moment
from .badges import badge_face

__all__ = ["certificate_routes"]

_NAME: Final = re.compile(r"([A-Za-z0-9-]{1,32})(\.jwt|\.json|\.jsonld)?", re.I)
_EDITION: Final = re.compile(r"([1-9][0-9]{0,5})(\.jwt|\.openbadge\.jwt|\.compact\.jwt)?", re.I)
_TOKENS: Final = {
    ".jwt": (Securing.VC_JWT, "application/vc+jwt"),
    ".openbadge.jwt": (Securing.OPENBADGE, "application/jwt"),
    ".compact.jwt": (Securing.COMPACT, "application/jwt"),
}
_FORMS: Final = {
    "text/html": "",
    "application/vc+jwt": ".jwt",
    "application/json": ".json",
    "application/ld+json": ".jsonld",
}
_FRESH: Final = 30


def certificate_routes(shelf: Shelf, site: Site) -> Blueprint:
    routes = Blueprint("certificates", __name__)

    @routes.get("/<any('c', 'C'):letter>/<name>")
    def certificate(letter: str, name: str) -> Response:
        number, suffix = _parse(name)
        if not suffix:
            suffix = _FORMS[
                request.accept_mimetypes.best_match(list(_FORMS), default="text/html") or "text/html"
            ]
            response = _answer(shelf, site, number, suffix)
            response.vary.add("Accept")
            return response
        return _answer(shelf, site, number, suffix)

    @routes.get("/<any('c', 'C'):letter>/<name>/<part>")
    def edition(letter: str, name: str, part: str) -> Response:
        number, suffix = _parse(name)
        match = _EDITION.fullmatch(part)
        if suffix or match is None:
            raise Problem(Kind.NOT_FOUND)
        which = int(match[1])
        kind = (match[2] or "").lower()
        negotiated = not kind
        if (
            negotiated
            and request.accept_mimetypes.best_match(["text/html", "application/vc+jwt"])
            == "application/vc+jwt"
        ):
            kind = ".jwt"
        response = (
            _token(shelf, number, which, kind) if kind else _page(shelf, site, _judged(shelf, number, which))
        )
        if negotiated:
            response.vary.add("Accept")
        return response

    return routes


def _answer(shelf: Shelf, site: Site, number: str, suffix: str) -> Response:
    if suffix == ".json":
        return _record(shelf, number)
    if suffix == ".jwt":
        record = shelf.record(number)
        if record is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        return _token(shelf, number, edition_in_force(record, shelf.clock()), ".jwt", fresh=True)
    judged = _judged(shelf, number)
    if suffix == ".jsonld":
        body = json.dumps(certification_jsonld(judged, site), ensure_ascii=False)
        response = Response(body, content_type="application/ld+json")
        return allow_any_origin(_timed(response, shelf, judged))
    return _page(shelf, site, judged)


def _page(shelf: Shelf, site: Site, judged: Judged) -> Response:
    now = shelf.clock()
    address = f"{shelf.base_url}/c/{judged.number}"
    is_current = judged.edition == judged.in_force
    shown = (
        judged if is_current else _judged(shelf, judged.number)
    )  # the badge's picture is of the edition in force
    face = badge_face(shown, now)
    html = render_template(
        "certificate.html",
        number=judged.number,
        edition=judged.edition,
        newer_edition=None if is_current or judged.in_force < judged.edition else judged.in_force,
        view=judged.view,
        report=judged.report,
        key=signing_key(judged.token),
        record=judged.record,
        editions=[_edition_now(edition, now) for edition in judged.record.get("editions") or []],
        facts=(facts := _facts(judged)),
        came_from=(origin := came_from(request, facts.domains, [shelf.base_url, site.verifier_url])),
        base_url=shelf.base_url,
        page_url=address if is_current else f"{address}/{judged.edition}",
        token_path=f"/c/{judged.number}/{judged.edition}.jwt",
        badge_alt=alt_text(face, spoken_language().code),
        badge_size=pixel_size(face),
        code_pixels=shown_pixels(shelf.base_url, judged.number, _compact(shelf, shown)),
        now=now,
    )
    response = _timed(Response(html, content_type="text/html; charset=utf-8"), shelf, judged)
    response.vary.add("Referer")
    if origin is not None and response.headers["Cache-Control"] != NO_STORE:
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _edition_now(edition: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """An edition of the record with its status as of `now`, which dates change, and the day it is so from."""
    told = {**edition, "since": None, "ended": False}
    first, last = parse_moment(edition.get("validFrom")), end_of_day(edition.get("validThrough"))
    replaced = parse_moment(edition.get("supersededFrom"))
    if edition.get("status") == "invalid":
        return told
    if replaced is not None and replaced <= now:
        return {**told, "status": "superseded", "since": replaced}
    if last is not None and last <= now:
        return {**told, "ended": True}
    return {**told, "since": first} if first is not None and now < first else told


def _compact(shelf: Shelf, judged: Judged) -> str:
    """What the offline code holds; empty while it is not published, and then there is no code to be seen either."""
    return (shelf.token(judged.number, judged.edition, Securing.COMPACT) or b"").decode("ascii", "replace")


def _facts(judged: Judged) -> Facts:
    """From the signed credential where it verified: the record is not signed and only stands in."""
    if judged.report.credential is not None:
        return facts_of(judged.report.credential.to_json(), verified=True)
    editions_differ = judged.edition != judged.record.get("currentEdition")
    record: dict[str, Any] = dict(judged.record)
    if editions_differ:
        entry: dict[str, Any] = next(
            (e for e in record.get("editions") or [] if e.get("edition") == judged.edition), {}
        )
        record["certificate"] = {k: entry[k] for k in ("edition", "validFrom", "validThrough") if k in entry}
    return facts_of(record, verified=False)


def _timed(response: Response, shelf: Shelf, judged: Judged) -> Response:
    """Kept for half a minute, never past a date that changes the answer, and not at all while it is unknown."""
    if judged.view.shown is Shown.UNKNOWN:
        response.headers["Cache-Control"] = NO_STORE
        return response
    return cache_for(response, seconds_until(judged.changes_at, shelf.clock(), _FRESH))


def _token(shelf: Shelf, number: str, edition: int, suffix: str, *, fresh: bool = False) -> Response:
    securing, media_type = _TOKENS[suffix]
    data = shelf.token(number, edition, securing)
    if data is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    response = Response(data, content_type=media_type)
    return allow_any_origin(cache_for(response, _FRESH if fresh else 3600))


def _record(shelf: Shelf, number: str) -> Response:
    data = shelf.get(f"c/{number}.json")
    if data is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    return allow_any_origin(cache_for(Response(data, content_type="application/json"), _FRESH))


def _judged(shelf: Shelf, number: str, edition: int | None = None) -> Judged:
    judged = shelf.judge(number, edition)
    if judged is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    return judged


def _parse(name: str) -> tuple[str, str]:
    match = _NAME.fullmatch(name)
    number = parse_number(match[1]) if match else None
    if match is None or number is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    return number, (match[2] or "").lower()

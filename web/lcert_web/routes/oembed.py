"""oEmbed 1.0: what an editor shows when the address of a certificate is pasted into it."""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, request

from lcert_issuer.badge.artwork import pixel_size
from lcert_issuer.badge.embeds import frame_snippet
from lcert_issuer.badge.face import state_phrase

from ..caching import NO_STORE, cache_for, seconds_until
from ..embedding import fitted
from ..pages import Site
from ..problems import Kind, Problem
from ..security import allow_any_origin, host_of_origin
from ..shelf import Shelf, parse_number
from ..verdicts import Shown
from .badges import badge_face

__all__ = ["oembed_routes", "oembed_url"]

_LONGEST: Final = 300
_SIDE: Final = re.compile(r"[1-9][0-9]{0,4}")
_PAGE: Final = re.compile(r"/[cC]/([A-Za-z0-9-]{1,32})(?:/[1-9][0-9]{0,5})?/?")


def oembed_url(base_url: str, number: str) -> str:
    """Where the page of a certificate says that its oEmbed answer is."""
    return f"{base_url}/oembed?url={quote(f'{base_url}/c/{number}', safe='')}&format=json"


def oembed_routes(shelf: Shelf, site: Site) -> Blueprint:
    routes = Blueprint("oembed", __name__)

    @routes.get("/oembed")
    def oembed() -> Response:
        number = _number(request.args.get("url"), shelf.base_url)
        if request.args.get("format", "json") != "json":
            raise Problem(Kind.NOT_IMPLEMENTED, "Only format=json is offered.")
        most_width, most_height = _side("maxwidth"), _side("maxheight")
        judged = shelf.judge(number) if number else None
        if judged is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        now = shelf.clock()
        face = badge_face(judged, now)
        size, width, height = fitted(face, most_width=most_width, most_height=most_height)
        seconds = seconds_until(judged.changes_at, now, _LONGEST)
        unknown = judged.view.shown is Shown.UNKNOWN
        body = {
            "version": "1.0",
            "type": "rich",
            "title": f"{state_phrase(face)}: {face.covered or judged.number}, L Certification {judged.number}",
            "provider_name": site.name,
            "provider_url": shelf.base_url,
            "cache_age": 0 if unknown else seconds,
            "html": frame_snippet(face, shelf.base_url, size=size, width=width, height=height),
            "width": width,
            "height": height,
        }
        if (width, height) == pixel_size(face, size=size):
            body |= {
                "thumbnail_url": f"{shelf.base_url}/badge/{judged.number}.png?size={size}&lang=en",
                "thumbnail_width": width,
                "thumbnail_height": height,
            }
        response = allow_any_origin(
            Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
        )
        if unknown:
            response.headers["Cache-Control"] = NO_STORE
            return response
        return cache_for(response, seconds)

    return routes


def _number(url: str | None, base_url: str) -> str | None:
    """The certificate that an address of this site is about; None for any other address."""
    if not url:
        raise Problem(Kind.INVALID_PARAMETER, "url is the address of a certificate's page.")
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host_of_origin(origin) != host_of_origin(base_url):
        return None
    match = _PAGE.fullmatch(parts.path)
    return parse_number(match[1]) if match else None


def _side(name: str) -> int | None:
    given = request.args.get(name)
    if given is None or given == "":
        return None
    if not _SIDE.fullmatch(given):
        raise Problem(Kind.INVALID_PARAMETER, f"{name} is a whole number of pixels.")
    return int(given)

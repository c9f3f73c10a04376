"""What a shared link to a certificate shows: its card, and the words and data in the page's head."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from flask import Blueprint, Response, request
from markupsafe import Markup

from lcert_issuer.badge.card import render_card
from lcert_issuer.badge.cleaning import clean
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.schema_org import certification, script_element
from lcert_issuer.language import choose

from ..caching import NO_STORE, cache_for, seconds_until
from ..language import spoken_language
from ..pages import Site
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Shelf, parse_number
from ..verdicts import Shown, VerdictView
from .badges import badge_face
from .oembed import oembed_url

__all__ = ["sharing_routes"]

_LONGEST: Final = 300
_SUMMARY: Final = 200


def sharing_routes(shelf: Shelf, site: Site) -> Blueprint:
    routes = Blueprint("sharing", __name__)

    @routes.get("/card/<name>.png")
    def card(name: str) -> Response:
        """The picture of a shared link, drawn from the present status and kept as briefly as a badge."""
        number = parse_number(name)
        judged = shelf.judge(number) if number else None
        if judged is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        now = shelf.clock()
        face = badge_face(judged, now)
        lang = choose(request.args.get("lang")).code
        response = allow_any_origin(Response(_drawn(face, lang), mimetype="image/png"))
        if face.state is BadgeState.UNKNOWN:
            response.headers["Cache-Control"] = NO_STORE
            return response
        return cache_for(response, seconds_until(judged.changes_at, now, _LONGEST))

    @routes.app_context_processor
    def _share() -> dict[str, Any]:
        def share(record: Mapping[str, Any], view: VerdictView) -> dict[str, Any]:
            number, scope = str(record.get("number", "")), record.get("scope") or {}
            statement = clean(str(scope.get("statement", "")))
            spoken = spoken_language()
            query = f"?lang={spoken.code}" if spoken.code != "en" else ""
            data = certification(
                record,
                active=view.shown is Shown.ACTIVE,
                base_url=shelf.base_url,
                issuer_name=site.name,
            )
            return {
                "title": f"{view.word}: {statement or number}",
                "description": clean(view.sentence)[:_SUMMARY],
                "card": f"{shelf.base_url}/card/{number}.png{query}",
                "oembed": oembed_url(shelf.base_url, number),
                "structured": Markup(script_element(data)),  # noqa: S704 - JSON, escaped for a script element
            }

        return {"share": share}

    return routes


@lru_cache(maxsize=256)
def _drawn(face: Face, lang: str) -> bytes:
    return render_card(face, lang=lang)

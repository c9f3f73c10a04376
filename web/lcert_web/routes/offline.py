"""The page behind an offline code, `/v#TOKEN`: it checks in the browser, with a network or without.

The token is in the fragment, which no browser sends. The page carries the trust statement and is kept by a service
worker, so that whoever opened it once can check codes where there is no network.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from ..assets import STATIC, asset_url, integrity_of
from ..caching import cache_for
from ..language import spoken_language
from ..offline_words import page_words
from ..pages import Site
from ..security import CSP_PAGE
from ..shelf import Shelf

__all__ = ["offline_routes"]

_FRESH: Final = 30
_SCRIPT: Final = "offline/offline.js"
_STYLE: Final = "offline/offline.css"
_CSP: Final = f"{CSP_PAGE}; script-src 'self'; connect-src 'self'; worker-src 'self'"
_FONTS: Final = ("brand/inter-latin-400.woff2", "brand/inter-latin-700.woff2")


def offline_routes(shelf: Shelf, site: Site) -> Blueprint:
    routes = Blueprint("offline", __name__)

    @routes.get("/v")
    def page() -> Response:
        statement = shelf.get("trust.json")
        spoken = spoken_language()
        data = {
            "issuer": shelf.base_url,
            "programme": site.programme,
            "pin": shelf.pin(),
            "trust": statement.decode("utf-8", errors="replace") if statement else None,
            "words": page_words(spoken.gettext),
            "dates": "en-GB" if spoken.code == "en" else spoken.code,
        }
        html = render_template(
            "offline.html",
            base_url=shelf.base_url,
            data=_script_data(data),
            script=asset_url(_SCRIPT),
            integrity=integrity_of(_SCRIPT),
            page_style=asset_url(_STYLE),
        )
        response = Response(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Referrer-Policy"] = "no-referrer"
        return cache_for(response, _FRESH)

    @routes.get("/v/worker.js")
    def worker() -> Response:
        """The service worker, with the addresses of what it keeps. A change of any of them makes a new one."""
        kept = [
            asset_url(_SCRIPT),
            asset_url(_STYLE),
            asset_url("site.css"),
            asset_url("brand/fonts.css"),
            asset_url("brand/favicon.svg"),
            *(f"/static/{font}" for font in _FONTS),
        ]
        text = (STATIC / "offline" / "worker.js").read_text(encoding="utf-8")
        version = hashlib.sha256((text + "".join(kept)).encode()).hexdigest()[:12]
        text = text.replace("__VERSION__", json.dumps(version)).replace("__KEPT__", json.dumps(kept))
        response = Response(text, content_type="text/javascript; charset=utf-8")
        response.headers["Service-Worker-Allowed"] = "/v"
        response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return routes


def _script_data(data: object) -> Markup:
    """JSON for a `<script>` that is not run: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - every character that HTML gives a meaning is escaped

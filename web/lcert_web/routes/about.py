"""Pages of plain words: what the mark means, how to check it, complaints, imprint, privacy, badge terms, criteria."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from flask import Blueprint, Response, render_template, request

from ..caching import cache_for
from ..logging import log_fault
from ..markdown import render_markdown
from ..problems import Kind, Problem
from ..reporting import NotStored, Reports
from ..security import allow_any_origin
from ..shelf import Shelf
from ..verdicts import Shown

__all__ = ["about_routes"]

_CRITERIA: Final = re.compile(r"L-[0-9]{4}\.[0-9]{1,2}")
_KEPT: Final = 300


def about_routes(shelf: Shelf, reports: Reports | None = None) -> Blueprint:
    routes = Blueprint("about", __name__)

    def page(template: str, **values: object) -> Response:
        html = render_template(template, base_url=shelf.base_url, **values)
        return cache_for(Response(html, content_type="text/html; charset=utf-8"), _KEPT)

    @routes.get("/about")
    def about() -> Response:
        return page("about.html", legend=[shown for shown in Shown if shown is not Shown.INVALID])

    @routes.get("/check")
    def check() -> Response:
        return page("check.html", pin=shelf.pin())

    @routes.get("/privacy")
    def privacy() -> Response:
        return page("privacy.html")

    @routes.get("/imprint")
    def imprint() -> Response:
        return page("imprint.html")

    @routes.get("/complaints")
    def complaints() -> Response:
        """How to complain, and how many did. The count is left out when it cannot be had."""
        try:
            tally = reports.tally() if reports is not None else None
        except NotStored as error:
            log_fault(error, "reports")
            tally = None
        response = page("complaints.html", tally=tally)
        return cache_for(response, 30) if tally is None else response

    @routes.get("/terms/badge")
    def badge_terms() -> Response:
        return page("terms.html")

    @routes.get("/criteria/<version>")
    def criteria(version: str) -> Response:
        """The text as a page for browsers; byte for byte, as its digest is taken, for everyone else."""
        name, plain = (version[:-3], True) if version.endswith(".md") else (version, False)
        data = shelf.get(f"criteria/{name}") if _CRITERIA.fullmatch(name) else None
        if data is None:
            raise Problem(Kind.NOT_FOUND)
        if not plain:
            best = request.accept_mimetypes.best_match(
                ["text/html", "text/markdown", "text/plain"], default="text/html"
            )
            plain = best != "text/html"
        if plain:
            response = allow_any_origin(
                cache_for(Response(data, content_type="text/markdown; charset=utf-8"), _KEPT)
            )
        else:
            text = render_markdown(data.decode("utf-8", errors="replace"))
            response = page("criteria.html", version=name, text=text, digest=hashlib.sha256(data).hexdigest())
        if not version.endswith(".md"):
            response.vary.add("Accept")
        return response

    return routes

"""The directory: search and list of certificates in every state, as a page, JSON, CSV and a feed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from ..caching import NO_STORE, cache_for
from ..feeds import changes_feed, directory_feed
from ..finding import COUNTED, PER_PAGE, Changes, Directory, NotSearchable, Query, Row
from ..language import N_
from ..logging import log_fault
from ..pages import Site
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import parse_number
from ..words import BASES, MODALITIES, SORTS, STATES

__all__ = ["directory_routes"]

_LONGEST_QUERY: Final = 200
_LAST_PAGE: Final = 10_000
_FRESH: Final = 15
_NEWEST: Final = 100
_TYPED_NUMBER: Final = re.compile(
    r"LC[ \u2010-\u2015-]?([0-9]{4})[ \u2010-\u2015-]?([0-9]{4,9})", re.IGNORECASE
)
"""A number as telephones write it: with their dashes, or with none."""
_UNREADABLE: Final = N_("The changes cannot be read at the moment.")


def directory_routes(directory: Directory, site: Site, changes: Changes | None = None) -> Blueprint:
    routes = Blueprint("directory", __name__)
    base_url = directory.shelf.base_url

    @routes.get("/")
    @routes.get("/directory")
    def page() -> Response:
        query = _query()
        frame = {"query": query, "sorts": SORTS, "base_url": base_url, "suffix": query.link(1)}
        try:
            rows, total = directory.find(query)
        except NotSearchable as error:
            log_fault(error, "directory")
            html = render_template(
                "directory.html", unavailable=True, direct_number=parse_number(query.q.strip()), **frame
            )
            response = Response(html, status=503, content_type="text/html; charset=utf-8")
            response.headers["Cache-Control"] = NO_STORE
            response.headers["Retry-After"] = "30"
            return response
        pages = max(1, -(-total // PER_PAGE))
        html = render_template(
            "directory.html",
            rows=rows,
            total=total,
            counted=_counted(total),
            page=query.page,
            pages=pages if total <= COUNTED else f"{pages}+",
            has_pages=pages > 1,
            previous_link=f"/directory{query.link(query.page - 1)}" if query.page > 1 else None,
            next_link=f"/directory{query.link(query.page + 1)}" if query.page < pages else None,
            **frame,
        )
        return cache_for(Response(html, content_type="text/html; charset=utf-8"), _FRESH)

    @routes.get("/directory.json")
    def as_json() -> Response:
        query = _query()
        rows, total = _found(directory, query)
        body = {
            "total": total,
            "totalIsExact": total <= COUNTED,
            "page": query.page,
            "perPage": PER_PAGE,
            "certificates": [_as_mapping(row, base_url) for row in rows],
        }
        response = Response(json.dumps(body, ensure_ascii=False), content_type="application/json")
        _name_next(response, query, total, f"{base_url}/directory.json")
        return allow_any_origin(cache_for(response, _FRESH))

    @routes.get("/directory.csv")
    def as_csv() -> Response:
        query = _query()
        rows, total = _found(directory, query)
        response = Response(
            _csv([_as_mapping(row, base_url) for row in rows]), content_type="text/csv; charset=utf-8"
        )
        _name_next(response, query, total, f"{base_url}/directory.csv")
        response.headers["Content-Disposition"] = 'attachment; filename="certificates.csv"'
        return allow_any_origin(cache_for(response, _FRESH))

    @routes.get("/directory.atom")
    def as_atom() -> Response:
        query = _query()
        rows, total = _found(directory, query)
        feed = directory_feed(rows, base_url=base_url, suffix=query.link(query.page), name=site.name)
        response = Response(feed, content_type="application/atom+xml; charset=utf-8")
        _name_next(response, query, total, f"{base_url}/directory.atom")
        response.vary.add("Accept-Language")
        return allow_any_origin(cache_for(response, _FRESH))

    @routes.get("/v1/changes.atom")
    def all_changes() -> Response:
        """The newest hundred entries of the journal about certificates."""
        try:
            if changes is None:
                raise NotSearchable("this site has no registry")
            found = changes(_NEWEST)
        except NotSearchable as error:
            log_fault(error, "changes")
            raise Problem(Kind.UNAVAILABLE, _UNREADABLE, retry_after=30) from error
        feed = changes_feed(found, directory.shelf, name=site.name)
        response = Response(feed, content_type="application/atom+xml; charset=utf-8")
        response.vary.add("Accept-Language")
        return allow_any_origin(cache_for(response, _FRESH))

    return routes


def _counted(total: int) -> str:
    return str(total) if total <= COUNTED else f"{COUNTED:,}+"


def _name_next(response: Response, query: Query, total: int, address: str) -> None:
    """Where a program finds the next page of the same query (RFC 8288)."""
    if query.page * PER_PAGE < total:
        response.headers["Link"] = f'<{address}{query.link(query.page + 1)}>; rel="next"'


def _found(directory: Directory, query: Query) -> tuple[list[Row], int]:
    try:
        return directory.find(query)
    except NotSearchable as error:
        log_fault(error, "directory")
        raise Problem(
            Kind.UNAVAILABLE, N_("The directory cannot be searched at the moment."), retry_after=30
        ) from error


def _query() -> Query:
    """The search asked for. A value that is not on offer is refused, so that no program mistakes all for some."""

    def choice(name: str, offered: Mapping[str, object], default: str = "") -> str:
        value = request.args.get(name, "") or default
        if value != default and value not in offered:
            raise Problem(
                Kind.INVALID_PARAMETER,
                N_("%(name)s takes one of: %(offered)s."),
                name=name,
                offered=", ".join(offered),
            )
        return value

    page = request.args.get("page", "1") or "1"
    if not (page.isascii() and page.isdigit() and len(page) <= 5 and 1 <= int(page) <= _LAST_PAGE):
        raise Problem(Kind.INVALID_PARAMETER, N_("page is a number from 1 to %(last)s."), last=_LAST_PAGE)
    q = " ".join(request.args.get("q", "").replace("\0", " ").split())
    if number := _TYPED_NUMBER.fullmatch(q):
        q = f"LC-{number[1]}-{number[2]}"
    if len(q) > _LONGEST_QUERY:
        raise Problem(Kind.INVALID_PARAMETER, N_("q has at most %(most)s characters."), most=_LONGEST_QUERY)
    return Query(
        q=q,
        state=choice("state", STATES),
        modality=choice("modality", MODALITIES),
        basis=choice("basis", BASES),
        sort=choice("sort", SORTS, "newest"),
        page=int(page),
    )


def _as_mapping(row: Row, base_url: str) -> dict[str, Any]:
    return {
        "number": row.number,
        "url": f"{base_url}/c/{row.number}",
        "state": row.view.shown.slug,
        "code": row.view.code,
        "holder": row.holder,
        "statement": row.statement,
        "domains": list(row.domains),
        "validFrom": row.valid_from,
        "validThrough": row.valid_through,
        "separation": "same-person" if row.same_person else "independent",
    }


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [
        "number",
        "url",
        "state",
        "code",
        "holder",
        "statement",
        "domains",
        "validFrom",
        "validThrough",
        "separation",
    ]
    writer.writerow(names)
    for row in rows:
        cells = [" ".join(row[name]) if isinstance(row[name], list) else str(row[name]) for name in names]
        writer.writerow(
            [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
        )
    return out.getvalue()

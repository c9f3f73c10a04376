"""The form to report misuse of the mark: plain HTML, no script, no session."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from ..caching import NO_STORE
from ..language import N_, spoken_language
from ..logging import log_fault
from ..pages import Site
from ..problems import Kind, Problem
from ..reporting import (
    KINDS,
    Given,
    Limiter,
    NotStored,
    Reports,
    TooMany,
    is_from_here,
    read_report,
)
from ..shelf import Shelf, parse_number

__all__ = ["report_routes"]

_MANY = N_("Many reports came in a short time. Please try again in an hour.")
_ELSEWHERE = N_("Send the report from this site’s own form.")


def report_routes(
    shelf: Shelf, site: Site, reports: Reports | None, limiter: Limiter | None = None
) -> Blueprint:
    """`/report` and `/c/NUMBER/report`. Without `reports` the form says that nothing can be stored."""
    routes = Blueprint("reports", __name__)
    limiter = limiter or Limiter()

    def page(number: str | None, status: int = 200, **values: object) -> Response:
        record = shelf.record(number) if number else None
        holder = (record or {}).get("holder") or {}
        html = render_template(
            "report.html",
            **{"given": Given(), "faults": [], "unstored": False, "reference": None, **values},
            number=number,
            holder=holder.get("legalName"),
            domains=[str(domain.get("name", "")) for domain in holder.get("domains") or []],
            kinds=KINDS,
            action=f"/c/{number}/report" if number else "/report",
            site=site,
        )
        response = Response(html, status=status, content_type="text/html; charset=utf-8")
        response.headers["Cache-Control"] = NO_STORE
        return response

    def number_of(name: str | None) -> str | None:
        if name is None:
            return None
        number = parse_number(name)
        if number is None or shelf.record(number) is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        return number

    @routes.get("/report", defaults={"name": None})
    @routes.get("/<any('c', 'C'):_letter>/<name>/report")
    def form(name: str | None, _letter: str = "c") -> Response:
        given, _ = read_report({"place": request.args.get("place", ""), "kind": "copied-badge"})
        return page(number_of(name), given=given)

    @routes.post("/report", defaults={"name": None})
    @routes.post("/<any('c', 'C'):_letter>/<name>/report")
    def send(name: str | None, _letter: str = "c") -> Response:
        _ = spoken_language().gettext
        number = number_of(name)
        if not is_from_here(request, shelf.base_url):
            raise Problem(Kind.FORBIDDEN, _ELSEWHERE)
        given, faults = read_report(request.form)
        if request.form.get("website"):  # only programs fill in what nobody sees; they need not know
            return page(number, reference="-")
        if faults:
            return page(number, 400, given=given, faults=[_(fault) for fault in faults])
        if not limiter.admits(request.remote_addr):
            return _later(page(number, 429, given=given, faults=[_(_MANY)]))
        try:
            if reports is None:
                raise NotStored("this site has no registry")
            reference = reports.file(given, number, spoken_language().code, shelf.clock())
        except TooMany:
            return _later(page(number, 429, given=given, faults=[_(_MANY)]))
        except NotStored as error:
            log_fault(error, "report")
            return page(number, 503, given=given, unstored=True)
        return page(number, 201, reference=reference)

    return routes


def _later(response: Response) -> Response:
    response.headers["Retry-After"] = "3600"
    return response

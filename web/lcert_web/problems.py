"""The only table from refusals to HTTP: RFC 9457 problem details with stable type URIs."""

from __future__ import annotations

import enum
import json
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from .language import N_, spoken_language
from .logging import log_fault

__all__ = ["PROBLEM_MEDIA_TYPE", "Kind", "Problem", "install_problems", "problem_response", "wants_html"]

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_NAMESPACE: Final = "urn:lcert:problem:"


class Kind(enum.Enum):
    """A kind of refusal: the last part of its type URI, HTTP status and title. Names never change."""

    BAD_REQUEST = ("bad-request", 400, N_("The request could not be read"))
    INVALID_JSON = ("invalid-json", 400, N_("The body is not the JSON that was announced"))
    INVALID_PARAMETER = ("invalid-parameter", 400, N_("A parameter is missing or has a wrong value"))
    UNAUTHORIZED = ("unauthorized", 401, N_("This needs a valid token"))
    FORBIDDEN = ("forbidden", 403, N_("This may not be done from there"))
    NOT_FOUND = ("not-found", 404, N_("Nothing is published at this address"))
    NO_SUCH_CERTIFICATE = ("no-such-certificate", 404, N_("No certificate has this number"))
    NO_SUCH_WATCH = ("no-such-watch", 404, N_("There is no such watch"))
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, N_("This address does not take this method"))
    NOT_ACCEPTABLE = ("not-acceptable", 406, N_("None of the media types asked for is offered"))
    CONFLICT = ("conflict", 409, N_("This contradicts what is there already"))
    TOO_LARGE = ("too-large", 413, N_("The body is larger than this address accepts"))
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        N_("The body has a media type that is not read here"),
    )
    MISDIRECTED = ("misdirected", 421, N_("This server does not answer for that host"))
    TOO_MANY = ("too-many-requests", 429, N_("Too many requests; try again later"))
    HEADERS_TOO_LARGE = ("headers-too-large", 431, N_("The headers or the address are too large"))
    INTERNAL = ("internal", 500, N_("Something went wrong on this server"))
    NOT_IMPLEMENTED = ("not-implemented", 501, N_("This server does not offer that"))
    UNAVAILABLE = ("unavailable", 503, N_("What this answer needs cannot be reached at the moment"))

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title

    @property
    def uri(self) -> str:
        return _NAMESPACE + self.slug


_BY_STATUS: Final = {
    400: Kind.BAD_REQUEST,
    401: Kind.UNAUTHORIZED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD_NOT_ALLOWED,
    406: Kind.NOT_ACCEPTABLE,
    409: Kind.CONFLICT,
    413: Kind.TOO_LARGE,
    415: Kind.UNSUPPORTED_MEDIA_TYPE,
    421: Kind.MISDIRECTED,
    429: Kind.TOO_MANY,
    431: Kind.HEADERS_TOO_LARGE,
    501: Kind.NOT_IMPLEMENTED,
    503: Kind.UNAVAILABLE,
}


class Problem(Exception):  # noqa: N818 - a refusal is an answer
    """A refusal to send as problem details. `detail` is for people and never repeats input unescaped.

    A detail that a person may meet on a page is a message, with its `values`; programs are told in English.
    """

    def __init__(
        self, kind: Kind, detail: str = "", *, retry_after: int | None = None, **values: object
    ) -> None:
        self.kind = kind
        self.message = detail
        self.values = values
        self.retry_after = retry_after
        super().__init__(self.detail or kind.title)

    @property
    def detail(self) -> str:
        return self.message % self.values if self.values else self.message

    def spoken(self) -> str:
        """The detail in the language of the answer."""
        return spoken_language().gettext(self.message, **self.values) if self.message else ""


def problem_response(problem: Problem) -> Response:
    """The problem as application/problem+json; never cached, because most problems pass."""
    kind = problem.kind
    body: dict[str, object] = {"type": kind.uri, "title": kind.title, "status": kind.status}
    if problem.detail:
        body["detail"] = problem.detail
    request_id = g.get("request_id")
    if request_id:
        body["instance"] = f"urn:lcert:request:{request_id}"
    response = Response(json.dumps(body), status=kind.status, mimetype=PROBLEM_MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def wants_html() -> bool:
    """True for a browser's page load: HTML named by the client and liked no less than JSON."""
    accept = request.accept_mimetypes
    return (
        "text/html" in request.headers.get("Accept", "") and accept["text/html"] >= accept["application/json"]
    )


def install_problems(app: Flask) -> None:
    """Makes every refusal and fault of `app` a problem, or a page where a browser asked for one.

    The page is `error.html`; it gets `kind` and `detail`. A fault is logged with its request id and never shown.
    """

    def answer(problem: Problem) -> Response:
        if wants_html() and request.method in ("GET", "HEAD", "POST"):
            from flask import render_template

            page = Response(
                render_template("error.html", kind=problem.kind, detail=problem.spoken()),
                status=problem.kind.status,
            )
            page.headers["Cache-Control"] = "no-store"
            if problem.retry_after is not None:
                page.headers["Retry-After"] = str(problem.retry_after)
            return page
        return problem_response(problem)

    @app.errorhandler(Problem)
    def _problem(error: Problem) -> Response:
        return answer(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None and error.code is not None and error.code < 400:
            return Response(
                status=error.code, headers={"Location": error.response.headers.get("Location", "/")}
            )
        status = error.code or 500
        kind = _BY_STATUS.get(status, Kind.INTERNAL if status >= 500 else Kind.BAD_REQUEST)
        response = answer(Problem(kind))
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = getattr(error, "valid_methods", None)
            if allowed:
                response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.errorhandler(Exception)
    def _fault(error: Exception) -> Response:
        log_fault(error)
        return answer(Problem(Kind.INTERNAL))

"""The verifier's page: paste a token or upload a badge; a plain form that works without script; nothing is kept."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from flask import Blueprint, Response, render_template, request

from lcert_verifier.badges import extract_token
from lcert_verifier.errors import Malformed
from lcert_verifier.links import is_link
from lcert_verifier.report import Report

from ..asking import Question
from ..caching import NO_STORE, cache_for
from ..language import spoken_language
from ..metrics import VERIFICATIONS
from ..pages import facts_of, signing_key
from ..problems import Problem
from ..security import CSP_PAGE
from ..trusting import Judge
from ..verdicts import verdict_view

__all__ = ["checking_routes"]

_CSP: Final = f"{CSP_PAGE}; script-src 'self'"
"""One small script of ours lets a file be dropped on the page; without it the form does the same."""


def checking_routes(judge: Judge) -> Blueprint:
    routes = Blueprint("checking", __name__)

    def page(status: int = 200, **values: object) -> Response:
        html = render_template("verify.html", origins=list(judge.readers())[:1], **values)
        response = Response(html, status=status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _CSP
        if request.method == "POST" or status != 200:
            response.headers["Cache-Control"] = NO_STORE
            return response
        return cache_for(response, 300)

    @routes.get("/")
    def form() -> Response:
        return page()

    @routes.post("/")
    def check() -> Response:
        typed = request.form.get("domain", "").strip()
        domain = _domain(typed) or typed[:253]
        question = Question(domain=domain or None)
        upload = request.files.get("badge")
        data = upload.read() if upload is not None and upload.filename else b""
        pasted = request.form.get("token", "").strip()
        if bool(data) == bool(pasted):
            _ = spoken_language().gettext
            fault = (
                _("Upload a picture or paste a token, not both.")
                if data
                else _("Upload a picture or paste a token first.")
            )
            return page(400, fault=fault, domain_asked=domain)
        try:
            report, token = _ask(judge, data, pasted, question)
        except Problem as problem:
            fault = problem.spoken() or spoken_language().gettext(problem.kind.title)
            return page(problem.kind.status, fault=fault, domain_asked=domain)
        VERIFICATIONS.labels("verifier", report.verdict.value, report.code.value).inc()
        credential = report.credential
        url = credential.url if credential else None
        return page(
            view=verdict_view(report, host=domain or None),
            report=report,
            key=signing_key(token) if token else None,
            facts=facts_of(credential.to_json(), verified=True) if credential else None,
            number=credential.number if credential else None,
            edition=credential.edition if credential else None,
            certificate_url=url
            if url and url.startswith(tuple(f"{origin}/" for origin in judge.readers()))
            else None,
            domain_asked=domain,
        )

    return routes


def _ask(judge: Judge, data: bytes, pasted: str, question: Question) -> tuple[Report, str | None]:
    """The Report, and the token it is about where we hold it."""
    if data:
        token = _token_file(data)
        if token is not None:
            return judge.verify(token, question), token
        with suppress(Malformed):
            token = extract_token(data)
        return judge.verify_badge(data, question), token
    if is_link(pasted):
        return judge.verify_url(pasted, question), None
    token = "".join(pasted.split())
    return judge.verify(token, question), token


def _token_file(data: bytes) -> str | None:
    """The token of an uploaded .jwt file; None for a picture."""
    head = data[:3]
    if head != b"eyJ" or len(data) > 128 * 1024:
        return None
    return data.decode("ascii", errors="replace").strip()


def _domain(text: str) -> str:
    """The host in what a person types: a bare name or a whole address."""
    host = text.lower()
    for prefix in ("https://", "http://"):
        host = host.removeprefix(prefix)
    return host.split("/", 1)[0][:253]

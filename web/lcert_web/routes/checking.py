"""The verifier's page: paste a token or upload a badge; a plain form, no script, nothing kept."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from lcert_verifier.links import is_link
from lcert_verifier.report import Report

from ..asking import Question
from ..caching import NO_STORE, cache_for
from ..metrics import VERIFICATIONS
from ..pages import facts_of
from ..problems import Problem
from ..trusting import Judge
from ..verdicts import verdict_view

__all__ = ["checking_routes"]


def checking_routes(judge: Judge) -> Blueprint:
    routes = Blueprint("checking", __name__)

    def page(status: int = 200, **values: object) -> Response:
        html = render_template("verify.html", origins=list(judge.readers())[:1], **values)
        response = Response(html, status=status, content_type="text/html; charset=utf-8")
        if request.method == "POST" or status != 200:
            response.headers["Cache-Control"] = NO_STORE
            return response
        return cache_for(response, 300)

    @routes.get("/")
    def form() -> Response:
        return page()

    @routes.post("/")
    def check() -> Response:
        domain = _domain(request.form.get("domain", ""))
        question = Question(domain=domain or None)
        upload = request.files.get("badge")
        data = upload.read() if upload is not None and upload.filename else b""
        pasted = request.form.get("token", "").strip()
        if bool(data) == bool(pasted):
            fault = (
                "Upload a picture or paste a token, not both."
                if data
                else "Upload a picture or paste a token first."
            )
            return page(400, fault=fault, domain_asked=domain)
        try:
            report = _ask(judge, data, pasted, question)
        except Problem as problem:
            return page(problem.kind.status, fault=problem.detail or problem.kind.title, domain_asked=domain)
        VERIFICATIONS.labels("verifier", report.verdict.value, report.code.value).inc()
        credential = report.credential
        url = credential.url if credential else None
        return page(
            view=verdict_view(report),
            report=report,
            facts=facts_of(credential.to_json(), verified=True) if credential else None,
            number=credential.number if credential else None,
            edition=credential.edition if credential else None,
            certificate_url=url
            if url and url.startswith(tuple(f"{origin}/" for origin in judge.readers()))
            else None,
            domain_asked=domain,
        )

    return routes


def _ask(judge: Judge, data: bytes, pasted: str, question: Question) -> Report:
    if data:
        text = _token_file(data)
        return judge.verify(text, question) if text else judge.verify_badge(data, question)
    if is_link(pasted):
        return judge.verify_url(pasted, question)
    return judge.verify("".join(pasted.split()), question)


def _token_file(data: bytes) -> str | None:
    """The token of an uploaded .jwt file; None for a picture."""
    head = data[:3]
    if head != b"eyJ" or len(data) > 128 * 1024:
        return None
    return data.decode("ascii", errors="replace").strip()


def _domain(text: str) -> str:
    """The host in what a person types: a bare name or a whole address."""
    host = text.strip().lower()
    for prefix in ("https://", "http://"):
        host = host.removeprefix(prefix)
    return host.split("/", 1)[0][:253]

"""The verifier's programming interface: one token, many, and the VC-API form. Every string is a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, g, request

from lcert_verifier.report import Report, Verdict

from ..api.asked import only
from ..api.batches import MAX_BATCH, NDJSON, answer_lines, as_array, as_lines, wants_lines
from ..api.operations import describe
from ..api.receipts import Receipts, wants_receipt
from ..api.verifying import BATCH, VC_API, VERIFY
from ..asking import Question, question_from, read_json
from ..caching import NO_STORE
from ..metrics import VERIFICATIONS
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..trusting import Judge

__all__ = ["verification_routes"]

_ENVELOPE: Final = "data:application/vc+jwt,"


def verification_routes(judge: Judge, receipts: Receipts) -> Blueprint:
    routes = Blueprint("verification", __name__)

    def answer(report: Report, judged: str | bytes, question: Question, receipt: bool) -> dict[str, Any]:
        VERIFICATIONS.labels("verifier", report.verdict.value, report.code.value).inc()
        signed = {"receipt": receipts.sign(report, judged, question)} if receipt else {}
        return {**report.to_json(), **signed}

    def asked(values: Mapping[str, Any]) -> tuple[Question, bool]:
        """The question, and whether a receipt is wanted: the body's members, else the query's."""
        question_from(request.args), wants_receipt(request.args)  # refused too where the body's count
        given = {**request.args, **{name: value for name, value in values.items() if value is not None}}
        receipt = wants_receipt(given)
        if receipt:
            receipts.require()
        return question_from(given), receipt

    @routes.post("/v1/verify", provide_automatic_options=False)
    @describe(VERIFY)
    def verify() -> Response:
        only(VERIFY)
        if request.mimetype == "multipart/form-data":
            image = _uploaded()
            question, receipt = asked(request.form)
            report = judge.verify_badge(image, question)
            g.verdict_code = report.code.value
            return _answer(answer(report, image, question, receipt))
        body = _json_object(request.get_data())
        question, receipt = asked(body)
        if ("token" in body) == ("url" in body):
            raise Problem(Kind.INVALID_PARAMETER, "Give exactly one of token and url, or upload a badge.")
        member = "token" if "token" in body else "url"
        if not isinstance(body[member], str):
            raise Problem(Kind.INVALID_PARAMETER, f"{member} is a string.")
        if member == "token":
            report, judged = judge.verify(body["token"], question), body["token"]
        else:
            report, judged = judge.judge_url(body["url"], question)
        g.verdict_code = report.code.value
        return _answer(answer(report, judged, question, receipt))

    @routes.post("/v1/verify/batch", provide_automatic_options=False)
    @describe(BATCH)
    def batch() -> Response:
        only(BATCH)
        request.max_content_length = MAX_BATCH
        if request.mimetype in NDJSON:
            usual, receipt = asked({})
            return answer_lines(lambda t, q: answer(judge.verify(t, q), t, q, receipt), usual)
        body = _json_object(request.get_data(cache=False), "application/json or application/x-ndjson")
        tokens = body.get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise Problem(Kind.INVALID_PARAMETER, "tokens is a list of strings.")
        question, receipt = asked(body)
        reports = (answer(judge.verify(token, question), token, question, receipt) for token in tokens)
        return as_lines(reports) if wants_lines("application/json") else as_array(reports)

    @routes.post("/credentials/verify", provide_automatic_options=False)
    @describe(VC_API)
    def vc_api() -> Response:
        only(VC_API)
        body = _json_object(request.get_data())
        token = _enveloped(body.get("verifiableCredential"))
        question, receipt = asked({name: body.get(name) for name in ("at", "known_at", "domain", "receipt")})
        report = judge.verify(token, question)
        verified = report.verdict is Verdict.ACCEPTED
        told = answer(report, token, question, receipt)
        return _answer({"verified": verified, "report": told}, 200 if verified else 400)

    @routes.route("/v1/verify", methods=["OPTIONS"])
    @routes.route("/v1/verify/batch", methods=["OPTIONS"])
    @routes.route("/credentials/verify", methods=["OPTIONS"])
    def preflight() -> Response:
        response = allow_any_origin(Response(status=204))
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Accept, X-Request-ID"
        response.headers["Access-Control-Max-Age"] = "86400"
        return response

    return routes


def _uploaded() -> bytes:
    files = request.files.getlist("badge")
    if len(files) != 1:
        raise Problem(Kind.INVALID_PARAMETER, "Upload one file in the form field badge.")
    image: bytes = files[0].read()
    return image


def _json_object(data: bytes, read: str = "application/json") -> dict[str, Any]:
    if request.mimetype not in ("application/json", "") and not request.mimetype.endswith("+json"):
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, f"Send {read}.")
    body = read_json(data)
    if not isinstance(body, dict):
        raise Problem(Kind.INVALID_JSON, "The body is a JSON object.")
    return body


def _enveloped(value: object) -> str:
    """The token in an EnvelopedVerifiableCredential (VCDM 2.0 section 4.13), or the token itself."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        kinds = value.get("type")
        named = kinds if isinstance(kinds, list) else [kinds]
        if "EnvelopedVerifiableCredential" in named and value["id"].startswith(_ENVELOPE):
            return str(value["id"][len(_ENVELOPE) :])
    raise Problem(
        Kind.INVALID_PARAMETER,
        "verifiableCredential is an EnvelopedVerifiableCredential of application/vc+jwt.",
    )


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(json.dumps(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = NO_STORE
    return allow_any_origin(response)

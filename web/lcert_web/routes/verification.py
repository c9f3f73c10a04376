"""The verifier's programming interface: one token, many, and the VC-API form. Every string is a token."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from flask import Blueprint, Response, g, request

from lcert_verifier.report import Report, Verdict

from ..asking import Question, question_from, read_json
from ..caching import NO_STORE
from ..metrics import VERIFICATIONS
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..trusting import Judge

__all__ = ["verification_routes"]

_MAX_BATCH: Final = 64 * 1024 * 1024
_MAX_LINE: Final = 1024 * 1024
_NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_ENVELOPE: Final = "data:application/vc+jwt,"


def verification_routes(judge: Judge) -> Blueprint:
    routes = Blueprint("verification", __name__)

    @routes.post("/v1/verify", provide_automatic_options=False)
    def verify() -> Response:
        if request.mimetype == "multipart/form-data":
            report = _uploaded(judge)
        else:
            body = _json_object(request.get_data())
            question = question_from(body)
            if ("token" in body) == ("url" in body):
                raise Problem(Kind.INVALID_PARAMETER, "Give exactly one of token and url, or upload a badge.")
            member = "token" if "token" in body else "url"
            if not isinstance(body[member], str):
                raise Problem(Kind.INVALID_PARAMETER, f"{member} is a string.")
            ask = judge.verify if member == "token" else judge.verify_url
            report = ask(body[member], question)
        _count(report)
        return _answer(report.to_json())

    @routes.post("/v1/verify/batch", provide_automatic_options=False)
    def batch() -> Response:
        request.max_content_length = _MAX_BATCH
        if request.mimetype in _NDJSON:
            return _stream_lines(judge, question_from(request.args))
        body = _json_object(request.get_data(cache=False))
        tokens = body.get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise Problem(Kind.INVALID_PARAMETER, "tokens is a list of strings.")
        question = question_from(body)
        reports = (_counted(judge.verify(token, question)) for token in tokens)
        if request.accept_mimetypes.best_match(["application/json", *_NDJSON]) in _NDJSON:
            return _streamed((_line(report) for report in reports), _NDJSON[0])
        return _streamed(_array(reports), "application/json")

    @routes.post("/credentials/verify", provide_automatic_options=False)
    def vc_api() -> Response:
        body = _json_object(request.get_data())
        token = _enveloped(body.get("verifiableCredential"))
        report = _counted(judge.verify(token, Question()))
        verified = report.verdict is Verdict.ACCEPTED
        return _answer({"verified": verified, "report": report.to_json()}, 200 if verified else 400)

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


def _uploaded(judge: Judge) -> Report:
    files = request.files.getlist("badge")
    if len(files) != 1:
        raise Problem(Kind.INVALID_PARAMETER, "Upload one file in the form field badge.")
    return judge.verify_badge(files[0].read(), question_from(request.form))


def _json_object(data: bytes) -> dict[str, Any]:
    if request.mimetype not in ("application/json", "") and not request.mimetype.endswith("+json"):
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
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


def _spooled() -> IO[bytes]:
    """The whole body on disk before the first answer: a client that only writes until it is done cannot block us."""
    spool = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - closed with the answer
    try:
        while block := request.stream.read(64 * 1024):
            spool.write(block)
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return spool


def _stream_lines(judge: Judge, usual: Question) -> Response:
    spool = _spooled()
    reports = _reports(judge, spool, usual)
    if request.accept_mimetypes.best_match([*_NDJSON, "application/json"]) == "application/json":
        response = _streamed(_array(reports), "application/json")
    else:
        response = _streamed((_line(report) for report in reports), _NDJSON[0])
    response.call_on_close(spool.close)  # also when the client went away before the first line
    return response


def _reports(judge: Judge, spool: IO[bytes], usual: Question) -> Iterator[Report]:
    """One Report a line that is not empty. A line is a token, a JSON string, or an object with `token`."""
    with spool:
        for line in _lines(spool):
            text = line.removesuffix(b"\n").removesuffix(b"\r")
            if text:
                token, question = _line_question(text, usual)
                yield _counted(judge.verify(token, question))


def _lines(spool: IO[bytes]) -> Iterator[bytes]:
    """Lines, clipped where they are far too long to hold a token."""
    while line := spool.readline(_MAX_LINE):
        clipped = line
        while not line.endswith(b"\n") and (line := spool.readline(_MAX_LINE)):
            pass
        yield clipped


def _line_question(text: bytes, usual: Question) -> tuple[str, Question]:
    if text[:1] in (b'"', b"{"):
        try:
            value = read_json(text)
            if isinstance(value, str):
                return value, usual
            if isinstance(value, dict) and isinstance(value.get("token"), str):
                own = any(value.get(name) is not None for name in ("at", "known_at", "domain"))
                return value["token"], question_from(value) if own else usual
        except Problem:
            pass  # not what it looked like: the line itself is the token, and malformed
    return text.decode("utf-8", errors="replace"), usual


def _array(reports: Iterable[Report]) -> Iterator[bytes]:
    yield b'{"reports": ['
    between = b""
    for report in reports:
        yield between + json.dumps(report.to_json()).encode()
        between = b",\n"
    yield b"]}\n"


def _line(report: Report) -> bytes:
    return json.dumps(report.to_json()).encode() + b"\n"


def _streamed(chunks: Iterator[bytes], media_type: str) -> Response:
    response = Response(_blocks(chunks), mimetype=media_type)
    response.headers["Cache-Control"] = NO_STORE
    return allow_any_origin(response)


def _blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Gathers small pieces, so that a batch is not sent one report a packet."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        if len(gathered) >= 32 * 1024:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(json.dumps(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = NO_STORE
    return allow_any_origin(response)


def _counted(report: Report) -> Report:
    VERIFICATIONS.labels("verifier", report.verdict.value, report.code.value).inc()
    return report


def _count(report: Report) -> None:
    _counted(report)
    g.verdict_code = report.code.value

"""Answers to many tokens: reports as lines or as one array, made while the tokens still arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from flask import Response, request

from ..asking import Question, question_from, read_json
from ..caching import NO_STORE
from ..problems import Kind, Problem
from ..security import allow_any_origin
from .intake import Broken, Intake, TooMuch, arriving

__all__ = ["MAX_BATCH", "NDJSON", "answer_lines", "as_array", "as_lines", "wants_lines"]

MAX_BATCH: Final = 64 * 1024 * 1024
NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_MAX_LINE: Final = 1024 * 1024
_PIECE: Final = 32 * 1024

Judging = Callable[[str, Question], dict[str, Any]]
"""The Report on one token, as it is sent."""


def wants_lines(usual: str) -> bool:
    """Whether the client would rather have lines; `usual` is what it gets when it does not say."""
    offered = [usual, *(kind for kind in ("application/json", *NDJSON) if kind != usual)]
    return request.accept_mimetypes.best_match(offered, default=usual) in NDJSON


def answer_lines(judge: Judging, usual: Question) -> Response:
    """Answers a body of lines. Each is a token, a JSON string, or an object with `token`; `usual` is asked of each."""
    if request.content_length is not None and request.content_length > MAX_BATCH:
        raise Problem(Kind.TOO_LARGE)
    intake = Intake(
        arriving(request.environ, request.stream),
        limit=MAX_BATCH,
        longest_line=_MAX_LINE,
        connection=request.environ.get("gunicorn.socket"),
    )
    reports = _reports(intake, judge, usual)
    response = as_lines(reports) if wants_lines(NDJSON[0]) else as_array(reports)
    response.call_on_close(intake.close)  # also when the client went away before the first line
    return response


def as_lines(reports: Iterable[dict[str, Any] | None]) -> Response:
    return _streamed(_pieces(_ended(_lines(reports))), NDJSON[0])


def as_array(reports: Iterable[dict[str, Any] | None]) -> Response:
    return _streamed(_pieces(_array(reports)), "application/json")


def _reports(intake: Intake, judge: Judging, usual: Question) -> Iterator[dict[str, Any] | None]:
    """One Report a line that is not empty; None before each wait for the next."""
    try:
        for line in intake.lines():
            if line is None:
                yield None
            elif text := line.removesuffix(b"\n").removesuffix(b"\r"):
                yield judge(*_question(text, usual))
    finally:
        intake.close()


def _question(text: bytes, usual: Question) -> tuple[str, Question]:
    if text[:1] in (b'"', b"{"):
        try:
            value = read_json(text)
            if isinstance(value, str):
                return value, usual
            if isinstance(value, dict) and isinstance(value.get("token"), str):
                return value["token"], usual.but(question_from(value))
        except Problem:
            pass  # not what it looked like: the line itself is the token, and malformed
    return text.decode("utf-8", errors="replace"), usual


def _lines(reports: Iterable[dict[str, Any] | None]) -> Iterator[bytes | None]:
    for report in reports:
        yield None if report is None else json.dumps(report).encode() + b"\n"


def _ended(lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """What is wrong with the body itself is said by a last line that is a problem: the status was sent long ago."""
    try:
        yield from lines
        return
    except TooMuch:
        kind = Kind.TOO_LARGE
    except Broken:
        kind = Kind.BAD_REQUEST
    yield json.dumps({"type": kind.uri, "title": kind.title, "status": kind.status}).encode() + b"\n"


def _array(reports: Iterable[dict[str, Any] | None]) -> Iterator[bytes | None]:
    yield b'{"reports": ['
    between = b""
    for report in reports:
        if report is not None:
            yield between + json.dumps(report).encode()
            between = b",\n"
    yield b"]}\n"


def _pieces(chunks: Iterator[bytes | None]) -> Iterator[bytes]:
    """Gathers small pieces, so that a batch is not sent one report a packet; before a wait, sends what there is."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk or b""
        if len(gathered) >= _PIECE or (chunk is None and gathered):
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _streamed(chunks: Iterator[bytes], media_type: str) -> Response:
    response = Response(chunks, mimetype=media_type)
    response.headers["Cache-Control"] = NO_STORE
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the first reports back
    return allow_any_origin(response)

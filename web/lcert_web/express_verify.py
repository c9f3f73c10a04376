"""`POST /v1/verify` in front of Flask: a JSON body that holds a token, and perhaps a time and a domain."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING, Final

from flask import Flask
from prometheus_client import Counter

from .api.limits import limiter_of
from .asking import question_from, read_json
from .caching import NO_STORE
from .express import Answer, Express
from .metrics import VERIFICATIONS
from .trusting import Judge

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["VerifyExpress"]

_LONGEST: Final = 256 * 1024
_MEMBERS: Final = frozenset({"token", "at", "known_at", "domain"})
_TYPE: Final = "application/json"


class VerifyExpress(Express):
    method = "POST"
    route = "/v1/verify"

    def __init__(self, app: Flask, judge: Judge) -> None:
        super().__init__(app, https=False)
        self._judge = judge
        self._limiter = limiter_of(app)

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        length = environ.get("CONTENT_LENGTH", "")
        if (
            environ["PATH_INFO"] != self.route
            or environ.get("CONTENT_TYPE") != _TYPE
            or environ.get("QUERY_STRING")
            or "HTTP_TRANSFER_ENCODING" in environ
            or "HTTP_CONTENT_ENCODING" in environ
            or not (length.isascii() and length.isdigit() and int(length) <= _LONGEST)
        ):
            return None
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)  # for Flask, should it come to that
        body = read_json(data)
        if len(data) != int(length) or not isinstance(body, dict) or not body.keys() <= _MEMBERS:
            return None
        token = body.get("token")
        if not isinstance(token, str):
            return None
        question = question_from(body)
        headers = [("Content-Type", _TYPE), ("Cache-Control", NO_STORE)]
        if self._limiter is not None:
            told = self._limiter.take(environ.get("REMOTE_ADDR"))
            if told[1] < 0:
                return None  # refused there, and counted twice: it is too many already
            headers += self._limiter.headers(told)
        report = self._judge.verify(token, question)
        _counter(report.verdict.value, report.code.value).inc()
        return Answer(headers, json.dumps(report.to_json()).encode(), report.code.value)


@cache
def _counter(verdict: str, code: str) -> Counter:
    return VERIFICATIONS.labels("verifier", verdict, code)

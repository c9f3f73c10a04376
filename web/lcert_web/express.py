"""Answers given in front of Flask, whose own work on a request is several times that of the answer.

Only plain requests are taken; everything else, and every refusal and fault, goes on to Flask. What Flask answers to a
plain request is the same to the byte, with the same headers, counters and log line: `tests/web/test_express.py` and
`test_express_verify.py` hold the two together, and the values come from the same functions.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from .logging import log_access
from .metrics import count_request
from .security import ANY_ORIGIN, document_headers, request_id

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["CONDITIONS", "Answer", "Express"]

CONDITIONS: Final = (
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_RANGE", "HTTP_IF_RANGE"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its headers beside those that every answer to any origin has, and its body. `code` is for the log."""

    headers: list[tuple[str, str]]
    body: bytes
    code: str | None = None


class Express(ABC):
    """A WSGI application before the app's own. A subclass knows the requests of one method and route."""

    method: str
    route: str

    def __init__(self, app: Flask, *, https: bool) -> None:
        self.behind: WSGIApplication = app.wsgi_app
        self._name = app.name.rsplit(".", 1)[-1]
        ours = {name for name, _ in ANY_ORIGIN}
        self._always = [
            *ANY_ORIGIN,
            *((name, value) for name, value in document_headers(https=https) if name not in ours),
        ]

    @classmethod
    def install(cls, app: Flask, *args: Any, **kwargs: Any) -> None:
        """Puts the express before `app`."""
        app.wsgi_app = cls(app, *args, **kwargs)  # type: ignore[method-assign]

    @abstractmethod
    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        """The answer to a plain request; None, or any exception, leaves it to Flask. The method has been looked at."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == self.method and not environ.get("SCRIPT_NAME"):
            started = time.perf_counter()
            try:
                answer = self.answer(environ)
            except Exception:  # Flask meets the same again, and answers and logs it
                answer = None
            if answer is not None:
                return self._send(answer, environ, start_response, started)
        return self.behind(environ, start_response)

    def _send(
        self, answer: Answer, environ: WSGIEnvironment, start_response: StartResponse, started: float
    ) -> Iterable[bytes]:
        name = request_id(environ.get("HTTP_X_REQUEST_ID"))
        body = answer.body
        log_access(
            app=self._name,
            method=self.method,
            path=environ["PATH_INFO"],
            status=200,
            size=body.__len__,
            started=started,
            address=environ.get("REMOTE_ADDR"),
            request_id=name,
            code=answer.code,
        )
        count_request(self._name, self.route, self.method, 200, started)
        start_response(
            "200 OK",
            [
                *answer.headers,
                *self._always,
                ("Content-Length", str(len(body))),
                ("X-Request-ID", name),
            ],
        )
        return (body,)

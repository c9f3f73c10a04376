"""Flask without what our apps never use (coroutines as views, sessions), and with a bound on bodies that holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, cast

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from flask.wrappers import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

__all__ = ["LeanFlask"]

_NONE = NullSession()
"""Refuses to be written to, so that one serves all."""


class _NoSessions(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> NullSession:
        return _NONE


class _Whole(LimitedStream):
    """A body of unknown length. Werkzeug's own gives what fits into the limit, and does not say that there is more."""

    def readall(self) -> bytes:
        data = super().readall()
        if self.is_exhausted and self._stream.read(1):
            raise RequestEntityTooLarge
        return data


class _Request(Request):
    @cached_property
    def stream(self) -> IO[bytes]:
        most, found = self.max_content_length, super().stream
        if self.content_length is None and most is not None and isinstance(found, LimitedStream):
            return cast(IO[bytes], _Whole(self.environ["wsgi.input"], most, is_max=True))
        return found


class LeanFlask(Flask):
    request_class = _Request
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask asks at each call of each hook and view whether it is a coroutine."""
        return func

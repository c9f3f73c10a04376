"""Flask without what our apps never use: coroutines as views, and sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from flask.wrappers import Request

__all__ = ["LeanFlask"]

_NONE = NullSession()
"""Refuses to be written to, so that one serves all."""


class _NoSessions(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> NullSession:
        return _NONE


class LeanFlask(Flask):
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask asks at each call of each hook and view whether it is a coroutine."""
        return func

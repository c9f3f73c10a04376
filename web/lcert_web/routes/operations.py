"""Health for those who run the apps: alive, and ready to answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flask import Flask, Response

__all__ = ["install_operations"]

ReadyCheck = Callable[[], str | None]
"""None when well, else one short sentence on what is missing."""


def install_operations(app: Flask, checks: Mapping[str, ReadyCheck]) -> None:
    """Serves `/healthz` (this process answers) and `/readyz` (503 while any check has something to say)."""

    @app.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"}, 200)

    @app.get("/readyz")
    def readyz() -> Response:
        found = {name: check() for name, check in checks.items()}
        ready = all(answer is None for answer in found.values())
        body = {"ready": ready, "checks": {name: answer or "ok" for name, answer in found.items()}}
        return _json(body, 200 if ready else 503)


def _json(body: object, status: int) -> Response:
    response = Response(json.dumps(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

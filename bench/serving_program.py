"""A server to be measured: `python -m bench.serving_program constant|verifier PORT WORKERS THREADS [BUNDLE NOW]`.

LCERT_BENCH_SWITCH: seconds of the interpreter's switch interval, when they are not to be those of `lcert serve`.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime

from flask import Flask, Response

from lcert_web import serving
from lcert_web.speaking import SIX_LANGUAGES
from lcert_web.verifier import create_verifier_app


def constant() -> Flask:
    app, answer = Flask("constant"), b"x" * 4_000

    @app.route("/v1/verify", methods=["GET", "POST"])
    def answered() -> Response:
        return Response(answer, mimetype="application/json")

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def verifier(bundle: str, now: datetime) -> Flask:
    return create_verifier_app(trust=[bundle], clock=lambda: now, speech=SIX_LANGUAGES)


def main(which: str, port: str, workers: str, threads: str, bundle: str = "", now: str = "") -> None:
    if "LCERT_BENCH_SWITCH" in os.environ:
        serving.SWITCH_SECONDS = float(os.environ["LCERT_BENCH_SWITCH"])  # type: ignore[misc]
    factory = constant if which == "constant" else lambda: verifier(bundle, datetime.fromisoformat(now))
    serving.serve(factory, host="127.0.0.1", port=int(port), workers=int(workers), threads=int(threads))


if __name__ == "__main__":
    main(*sys.argv[1:])

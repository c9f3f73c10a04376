"""Counters and timings for Prometheus; several worker processes are summed when PROMETHEUS_MULTIPROC_DIR is set."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["BADGES", "VERIFICATIONS", "count_request", "install_metrics", "render_metrics"]

_REGISTRY: Final = CollectorRegistry()
REQUESTS: Final = Counter(
    "lcert_http_requests", "Requests answered.", ["app", "route", "method", "status"], registry=_REGISTRY
)
SECONDS: Final = Histogram(
    "lcert_http_request_seconds",
    "Time from reading a request to its answer.",
    ["app", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=_REGISTRY,
)
VERIFICATIONS: Final = Counter(
    "lcert_verifications",
    "Reports given, by verdict and code.",
    ["app", "verdict", "code"],
    registry=_REGISTRY,
)
BADGES: Final = Counter(
    "lcert_badges", "Live badges drawn or sent from memory.", ["state", "drawn"], registry=_REGISTRY
)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def render_metrics() -> tuple[bytes, str]:
    """The text format and its media type."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
        return generate_latest(gathered), CONTENT_TYPE_LATEST
    return generate_latest(_REGISTRY), CONTENT_TYPE_LATEST


def count_request(app: str, route: str, method: str, status: int, started: float | None) -> None:
    """Counts one answered request; `started` is of `perf_counter`, None when that is not known."""
    _requests(app, route, method if method in _METHODS else "other", status).inc()
    if started is not None:
        _seconds(app, route).observe(time.perf_counter() - started)


@lru_cache(maxsize=4096)
def _requests(app: str, route: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(app, route, method, str(status))


@lru_cache(maxsize=1024)
def _seconds(app: str, route: str) -> Histogram:
    return SECONDS.labels(app, route)


def install_metrics(app: Flask, gauges: Callable[[], str] | None = None) -> None:
    """Counts and times every request by route pattern, never by address, and serves `/metrics`."""
    name = app.name.rsplit(".", 1)[-1]

    @app.before_request
    def _start() -> None:
        g.metrics_started = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(none)"
        count_request(name, route, request.method, response.status_code, g.get("metrics_started"))
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        body, media_type = render_metrics()
        if gauges is not None:
            body += gauges().encode()
        return Response(body, content_type=media_type, headers={"Cache-Control": "no-store"})

"""JSON log lines on standard error, one object a line: no token, no query string, no full address of a visitor."""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, Response, g, request

__all__ = [
    "JsonFormatter",
    "configure_logging",
    "install_access_log",
    "log_access",
    "log_fault",
    "masked_address",
    "masked_path",
]

_ACCESS: Final = logging.getLogger("lcert.access")
_FAULTS: Final = logging.getLogger("lcert.fault")
_TOKENISH: Final = re.compile(r"eyJ[A-Za-z0-9_.%-]{20,}")
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[1-9]?[0-9]|10[0-9])(?:\.(?!\Z)|\Z)){4}")
_PATH_LIMIT: Final = 160
_ENCODER: Final = json.JSONEncoder(default=str)
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_RESERVED: Final = frozenset(vars(logging.makeLogRecord({})))


class JsonFormatter(logging.Formatter):
    """One JSON object a line; members given as `extra` are added, control characters arrive escaped."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _RESERVED and not k.startswith("_")})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))[-8000:]
        return _ENCODER.encode(line)


def configure_logging(level: int = logging.INFO) -> None:
    """Sends the `lcert` loggers to standard error as JSON. Called once by the process that serves."""
    # what our lines do not say need not be found out for each
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    root = logging.getLogger("lcert")
    for handler in list(root.handlers):
        root.removeHandler(handler)
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonFormatter())
    root.addHandler(stream)
    root.setLevel(level)
    root.propagate = False


def masked_address(address: str | None) -> str:
    """The visitor's network, not the visitor: /24 of IPv4, /48 of IPv6."""
    if address is not None and _IPV4.fullmatch(address):
        return f"{address[: address.rindex('.')]}.0/24"
    try:
        ip = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return "-"
    prefix = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network((ip, prefix), strict=False))


def masked_path(path: str) -> str:
    """The path without what looks like a token, and not longer than 160 characters."""
    return _TOKENISH.sub("[token]", path)[:_PATH_LIMIT]


def log_access(
    *,
    app: str,
    method: str,
    path: str,
    status: int,
    size: Callable[[], int | None],
    started: float | None,
    address: str | None,
    request_id: str | None,
    code: str | None = None,
) -> None:
    """Logs one answered request. Probes and metrics are logged at debug level. `started` is of `perf_counter`."""
    level = logging.DEBUG if path in _QUIET else logging.INFO
    if not _ACCESS.isEnabledFor(level):
        return
    fields: dict[str, Any] = {
        "app": app,
        "method": method[:16],
        "path": masked_path(path),
        "status": status,
        "bytes": size(),
        "ms": round((time.perf_counter() - started) * 1000, 2) if started else None,
        "from": masked_address(address),
        "request_id": request_id,
    }
    if code:
        fields["code"] = code
    # made here: the logger would first look through the stack for the line that calls it
    record = logging.LogRecord(_ACCESS.name, level, __file__, 0, "request", (), None)
    vars(record).update(fields)
    _ACCESS.handle(record)


def install_access_log(app: Flask) -> None:
    """Logs each answered request once, whatever it came to."""
    name = app.name.rsplit(".", 1)[-1]

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        def size() -> int | None:
            # counting what is still being made would make all of it first
            return response.content_length if response.is_streamed else response.calculate_content_length()

        log_access(
            app=name,
            method=request.method,
            path=request.path,
            status=response.status_code,
            size=size,
            started=g.get("started"),
            address=request.remote_addr,
            request_id=g.get("request_id"),
            code=g.get("verdict_code"),
        )
        return response


def log_fault(error: BaseException, what: str = "unhandled") -> None:
    """Logs a fault of ours with its trace and the request's id."""
    extra = {"request_id": g.get("request_id"), "path": masked_path(request.path)} if request else {}
    _FAULTS.error(what, exc_info=error, extra=extra)

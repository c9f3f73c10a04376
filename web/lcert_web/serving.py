"""Serves a WSGI application with gunicorn inside this process: threads, clean stop on SIGTERM, JSON logs."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client import values

from .logging import JsonFormatter, configure_logging
from .patience import PatientWorker

__all__ = ["SWITCH_SECONDS", "AddressInUse", "Ready", "serve"]

_GRACE_SECONDS: Final = 10
SWITCH_SECONDS: Final = 0.0005
"""After which a thread that computes lets another one go on, in a server's process. OpenSSL lets go of the interpreter
while it verifies, and with Python's own 5 ms waits that long to go on beside any busy thread; docs/performance.md."""


Ready = Callable[[str], None]
"""`ready(url)` is told where a server listens."""


class AddressInUse(OSError):  # noqa: N818 - says what is the matter
    """The address cannot be bound: another program holds it, or it is not this machine's."""


def serve(
    app_factory: Callable[[], Flask],
    *,
    host: str,
    port: int,
    workers: int = 1,
    threads: int = 4,
    ready: Ready | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests finish for at most 10 seconds.

    The factory runs in each worker after the fork, so that no database connection or lock is shared. With more than
    one worker the metrics of all are summed through a temporary folder. Raises AddressInUse before anything starts.
    `ready` is called once it listens.
    """
    _check_address(host, port)
    if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="lcert-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        owner = os.getpid()
        atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == owner else None)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        # the client library looks at the variable when it is imported, which may have been before
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
    configure_logging()
    _Server(app_factory, host, port, workers, threads, ready).run()


def _check_address(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error


class _JsonLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own messages in our format; requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(JsonFormatter())
        self.error_log.addHandler(stream)
        self.error_log.setLevel(logging.WARNING)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        return None


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(
        self,
        factory: Callable[[], Flask],
        host: str,
        port: int,
        workers: int,
        threads: int,
        ready: Ready | None,
    ) -> None:
        self._factory = factory
        self._ready = ready
        address = f"[{host}]" if ":" in host else host
        self._options: dict[str, Any] = {
            "bind": [f"{address}:{port}"],
            "workers": workers,
            "threads": threads,
            "worker_class": PatientWorker,
            "logger_class": _JsonLogger,
            "loglevel": "warning",
            "timeout": 60,
            "graceful_timeout": _GRACE_SECONDS,
            "keepalive": 5,
            "limit_request_line": 8190,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "forwarded_allow_ips": "",  # nothing that a client says about itself is believed
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "control_socket_disable": True,
            "proc_name": "lcert",
        }
        if os.path.isdir("/dev/shm"):  # noqa: PTH112, S108 - the heartbeat file must not wait for a disk
            self._options["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("child_exit", _forget_worker)
        if (ready := self._ready) is not None:
            url = f"http://{self._options['bind'][0]}"
            self.cfg.set("when_ready", lambda server: ready(url))

    def load(self) -> Flask:
        sys.setswitchinterval(SWITCH_SECONDS)
        return self._factory()


def _forget_worker(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

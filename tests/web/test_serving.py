"""The server inside the process: quick to start, JSON on standard error, running requests finish after SIGTERM."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.support.programs import free_port

from lcert_web.serving import AddressInUse, serve

PROGRAM = """
import sys, time
from flask import Flask
from lcert_web.logging import install_access_log
from lcert_web.metrics import install_metrics
from lcert_web.serving import serve

def factory():
    app = Flask("lcert_web.test")
    install_metrics(app)
    install_access_log(app)
    app.add_url_rule("/", "root", lambda: "ok")
    app.add_url_rule("/slow", "slow", lambda: time.sleep(1.5) or "done")
    return app

serve(factory, host="127.0.0.1", port=int(sys.argv[1]), workers=int(sys.argv[2]), threads=4,
      ready=lambda url: print(url, flush=True))
"""


@contextmanager
def running(workers: int = 1) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """(process, port, seconds until the first answer)"""
    port = free_port()
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        while True:
            try:
                assert get(port, "/") == (200, b"ok")
                break
            except OSError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() - started < 30
                time.sleep(0.02)
        yield process, port, time.monotonic() - started
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def test_it_starts_within_seconds_and_stops_when_told() -> None:
    with running() as (process, port, seconds):
        assert seconds < 10
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=15)
        assert process.returncode == 0
        assert out.decode() == f"http://127.0.0.1:{port}\n", "whoever waits is told that it listens, once"
        lines = [json.loads(line) for line in err.splitlines()]
        assert any(line["logger"] == "lcert.access" and line["path"] == "/" for line in lines)


def test_a_running_request_is_answered_before_the_end() -> None:
    with running() as (process, port, _):
        found: list[tuple[int, bytes]] = []
        asking = threading.Thread(target=lambda: found.append(get(port, "/slow")))
        asking.start()
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        asking.join(15)
        process.communicate(timeout=15)
        assert found == [(200, b"done")]
        assert process.returncode == 0


def test_the_metrics_of_all_workers_are_summed() -> None:
    with running(workers=2) as (process, port, _):
        for _ in range(20):
            get(port, "/")
        status, text = get(port, "/metrics")
        assert status == 200
        counted = [
            float(line.rsplit(b" ", 1)[1])
            for line in text.splitlines()
            if line.startswith(b"lcert_http_requests_total{") and b'route="/"' in line
        ]
        assert sum(counted) >= 21
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)


def test_a_taken_port_is_said_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=f"127.0.0.1:{port}"):
            serve(lambda: pytest.fail("never made"), host="127.0.0.1", port=port)


def test_headers_without_end_are_refused() -> None:
    with running() as (_, port, _seconds):
        for request in (
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(200)) + b"\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
                raw.sendall(request)
                assert raw.recv(64).startswith(b"HTTP/1.1 4")
        assert get(port, "/") == (200, b"ok")

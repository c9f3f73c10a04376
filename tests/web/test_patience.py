"""A client that takes its time holds a thread for a while, and then no longer: the others are answered."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from tests.support.programs import free_port

PROGRAM = """
import sys, time
from flask import request
from lcert_web import patience
from lcert_web.lean import LeanFlask
from lcert_web.serving import serve

patience.HEADER_SECONDS, patience.BODY_SECONDS, patience.BATCH_SECONDS, patience.QUIET_SECONDS = 1.0, 1.0, 60.0, 1.5

def batch():
    if request.args:
        request.max_content_length = int(request.args["most"])
        return request.get_data()
    return str(len(request.get_data()))

def factory():
    app = LeanFlask("lcert_web.test")
    app.add_url_rule("/", "root", lambda: "ok")
    app.add_url_rule("/slow", "slow", lambda: time.sleep(3) or "done")
    app.add_url_rule("/sink", "sink", lambda: str(len(request.get_data())), methods=["POST"])
    app.add_url_rule("/v1/verify/batch", "batch", batch, methods=["POST"])
    return app

serve(factory, host="127.0.0.1", port=int(sys.argv[1]), threads=2)
"""


SMALL = "/v1/verify/batch?most=4"
"""Where at most four bytes are read, and a busy machine has time to send more."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with two threads that waits for a second instead of ten or sixty."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                get(port)
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def get(port: int, path: str = "/") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        reply = connection.getresponse()
        assert reply.status == 200
        return reply.read()


def drip(port: int, begin: bytes, *, piece: bytes, seconds: float) -> float:
    """Sends `begin`, then `piece` five times a second; the seconds until the server hung up, at most `seconds`."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as raw:
        raw.sendall(begin)
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            try:
                if raw.recv(1) == b"":
                    break
                break  # an answer is an end too
            except TimeoutError:
                pass
            except OSError:
                break
            with contextlib.suppress(OSError):
                raw.sendall(piece)
        return time.monotonic() - begun


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"G", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X: a\r\n"),
        (b"POST /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", b"a"),
        (b"POST /sink HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["one byte", "a header without end", "headers without end", "a body that drips", "chunks that drip"],
)
def test_a_request_that_never_ends_is_ended(port: int, begin: bytes, piece: bytes) -> None:
    assert drip(port, begin, piece=piece, seconds=25) < 20


def test_slow_clients_in_all_threads_do_not_keep_others_out(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: a")
        assert get(port) == b"ok"


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_who_sends_too_much_before_it_reads_comes_to_the_answer(
    port: int, framing: str, connection: str
) -> None:
    """Python's own client is one of those: it writes the whole body, and only then looks."""
    body = b"a" * (20 * 1024 * 1024)
    sent = iter([body[: 1024 * 1024]] * 20) if framing == "chunked" else body
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(client):
        client.request(
            "POST",
            SMALL,
            body=sent,
            headers={"Connection": connection},
            encode_chunked=framing == "chunked",
        )
        reply = client.getresponse()
        assert reply.status == 413
        reply.read()
        client.request("GET", "/")  # on the same connection, or a new one where the client closed it
        assert client.getresponse().read() == b"ok"


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(0, 200), (3, 200), (4, 200), (5, 413), (100_000, 413)])
def test_a_body_is_read_whole_or_refused_and_never_cut_short(
    port: int, framing: str, size: int, status: int
) -> None:
    body = b"a" * size
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(client):
        client.request("POST", SMALL, body=iter([body]) if framing == "chunked" and size else body)
        reply = client.getresponse()
        assert reply.status == status
        assert reply.read() == body or status == 413


def test_a_body_that_nobody_reads_is_not_taken_for_ever(port: int) -> None:
    begin = b"POST " + SMALL.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(begin)
        begun, sent = time.monotonic(), 0
        with contextlib.suppress(OSError):
            while sent < 512 * 1024 * 1024:
                sent += raw.send(b"a" * 65536)
        assert sent < 256 * 1024 * 1024
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(begin)
        begun = time.monotonic()
        while raw.recv(65536):
            pass
        assert time.monotonic() - begun < 30, "who sends no more of it is let go"


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
@pytest.mark.parametrize("rest", [b"zq9\r\n", b"0\r\nbad trailer\r\n\r\n", b"1\r\nabc"])
def test_what_is_wrong_with_a_body_that_nobody_reads_brings_no_second_answer(
    port: int, connection: bytes, rest: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + connection)
        raw.sendall(b"\r\nTransfer-Encoding: chunked\r\n\r\n" + rest)
        with contextlib.closing(raw.makefile("rb")) as answers:
            assert answers.read().count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("request_bytes", "seconds"),
    [(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 6), (b"zq9 zq9 zq9\r\n\r\n", 12)],
    ids=["answered", "refused"],
)
def test_who_does_not_hang_up_does_not_hold_the_main_loop(
    port: int, request_bytes: bytes, seconds: float
) -> None:
    """There each of these would take two seconds, in which nobody else is let in; in threads they wait together."""
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            raw.sendall(request_bytes)
        time.sleep(1)
        begun = time.monotonic()
        assert get(port) == b"ok"
        assert time.monotonic() - begun < seconds


def test_an_answer_that_takes_long_is_not_cut_short(port: int) -> None:
    assert get(port, "/slow") == b"done"


def test_a_batch_may_arrive_slowly(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1/verify/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            time.sleep(0.4)
            raw.sendall(b"a")
        assert b"200 OK" in raw.recv(200)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"<script>zq9</script> / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /<zq9> HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nzq9 : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n zq9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zq9\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: zq9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /" + b"zq9" * 4000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"zq9" * 4000 + b"\r\n\r\n", 431),
    ],
)
def test_an_answer_names_no_server_and_repeats_nothing(port: int, request_bytes: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(request_bytes)
        reply = http.client.HTTPResponse(raw)
        reply.begin()
        body = reply.read()
    assert reply.status == status
    told = (str(reply.headers) + body.decode()).lower()
    assert "zq9" not in told
    assert not any(word in told for word in ("gunicorn", "python", "werkzeug", "flask", "traceback"))
    if status != 200:
        assert reply.headers["Content-Type"] == "application/problem+json"

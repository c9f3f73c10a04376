"""Webhooks over real connections: within bounds, to checked addresses only, and through every kind of failure."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.hooking import receive_under_fire
from tests.support.programs import free_port
from tests.support.registry import Bench
from tests.support.watching import a_partner, a_watch, watch_of

from lcert_issuer.registry import journal
from lcert_issuer.watching.log import list_deliveries
from lcert_issuer.watching.sending import Destinations, WebhookSender
from lcert_verifier.fetch import Fetcher

EVENTS = int(os.environ.get("LCERT_TEST_EVENTS", "30"))
"""Recorded while receiver and workers are killed; 1000 for the whole thing."""
SEED = int(os.environ.get("LCERT_TEST_SEED", "7"))
HEADERS = {"webhook-id": "evt_1"}

Behaviour = Callable[[socket.socket], object]


@contextlib.contextmanager
def receiver(behave: Behaviour) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads one request a connection and then does as it likes: its address, and what it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                request = b""
                while not request.endswith(b"}"):
                    request += connection.recv(4096)
                got.append(request)
                behave(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook?x=1", got
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def says(text: bytes) -> Behaviour:
    return lambda connection: connection.sendall(text)


def drips(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" * 10:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def sender(*, deadline: float = 5.0, loopback: bool = True, fetcher: Fetcher | None = None) -> WebhookSender:
    return WebhookSender(Destinations(fetcher=fetcher or Fetcher(), loopback=loopback), deadline=deadline)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx", 200, None),
        (b"HTTP/1.1 500 Oops\r\n\r\n", 500, "answered 500"),
        (b"HTTP/1.1 404 No\r\n\r\n", 404, "answered 404"),
        (b"HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1/\r\n\r\n", 307, "not followed"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", 410, "answered 410"),
        (b"", None, "RemoteDisconnected"),
        (b"HTTP/1.1 2", None, "BadStatusLine"),
        (b"SMTP ready\r\n", None, "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000, None, ""),
    ],
    ids=str,
)
def test_any_answer_is_an_outcome(answer: bytes, status: int | None, error: str | None) -> None:
    with receiver(says(answer[:2_000_000])) as (url, got):
        outcome = sender().post(url, b'{"a":1}', HEADERS)
    assert outcome.status == status
    assert (outcome.error is None) == (error is None)
    assert error is None or error in (outcome.error or "")
    assert len(got) == 1
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert b"webhook-id: evt_1" in head


@pytest.mark.parametrize("behave", [lambda peer: peer.recv(1), drips], ids=["hangs", "drips"])
def test_a_slow_receiver_is_left_at_the_deadline(behave: Behaviour) -> None:
    with receiver(behave) as (url, _):
        started = time.monotonic()
        outcome = sender(deadline=0.4).post(url, b"{}", HEADERS)
        assert time.monotonic() - started < 4
    assert outcome.error == "no answer within 0.4 seconds"


def test_a_receiver_may_say_when_to_come_back() -> None:
    with receiver(says(b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n")) as (url, _):
        assert sender().post(url, b"{}", HEADERS).wait_seconds == 120
    with receiver(says(b"HTTP/1.1 503 Busy\r\nRetry-After: 99999999\r\n\r\n")) as (url, _):
        assert sender().post(url, b"{}", HEADERS).wait_seconds == 12 * 3600


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "169.254.169.254", "::1", "64:ff9b::a00:1"])
def test_a_name_that_leads_inside_by_now_is_not_connected_to(address: str) -> None:
    def connect(*_: object) -> socket.socket:
        raise AssertionError("connected")

    fetcher = Fetcher(resolve=lambda *_: ["1.1.1.1", address], connect=connect)
    for loopback in (False, True):
        outcome = sender(fetcher=fetcher, loopback=loopback).post("https://hooks.example/", b"{}", HEADERS)
        assert "may not be reached" in (outcome.error or "")


def test_this_machine_is_reached_only_where_it_is_allowed() -> None:
    with receiver(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as (url, got):
        assert sender(loopback=False).post(url, b"{}", HEADERS).error == "the address is not https"
        secure = url.replace("http:", "https:")
        assert "may not be reached" in (sender(loopback=False).post(secure, b"{}", HEADERS).error or "")
    assert got == []


def test_nobody_listening_is_an_outcome() -> None:
    outcome = sender().post(f"http://127.0.0.1:{free_port()}/", b"{}", HEADERS)
    assert outcome.status is None
    assert outcome.error


def test_every_event_arrives_through_a_receiver_that_fails_hangs_redirects_closes_and_is_killed(
    bench: Bench, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    partner, _ = a_partner(bench)
    port = free_port()
    watch, secret = a_watch(bench, partner, url=f"http://127.0.0.1:{port}/hook")
    first = bench.head().size
    received, chaos = receive_under_fire(
        bench.url, tmp_path, port=port, secret=secret, events=EVENTS, seed=SEED, seconds=150 + EVENTS / 2
    )
    expected: dict[str, list[int]] = {}
    for entry in bench.ask(lambda s: list(journal.entries(s, first))):
        expected.setdefault(entry.number or "", []).append(entry.position)
    assert sum(map(len, expected.values())) == EVENTS // 2 * 2
    assert received.first_positions() == expected, "each arrives, and in order for each certificate"
    assert {path for *_, path in received.arrivals} == {"/hook"}, "no redirect was followed"
    assert len(received.arrivals) > EVENTS, "some came twice, and their id tells"
    assert chaos.workers >= 3
    assert chaos.receivers >= 3
    assert watch_of(bench, watch).disabled_at is None
    log = bench.ask(lambda s: list_deliveries(s, watch, base_url="https://certs.example", limit=EVENTS))
    assert len(log) == EVENTS // 2 * 2
    assert max(each.attempts for each in log) > 1

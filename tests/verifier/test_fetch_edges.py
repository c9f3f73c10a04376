"""Edges of one fetch, over a pair of sockets: what is sent, what is taken, and how each refusal is worded."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher, connect_tcp, resolve_system
from lcert_verifier.published import NotPublished
from lcert_verifier.urls import parse_url

URL = "http://127.0.0.1:8080/a?b"
OK = "HTTP/1.1 200 OK\r\n"


class Line:
    """A resolver, a connector and a clock; the other end of the line has said `answer` before it is asked."""

    def __init__(self, answer: bytes, addresses: Sequence[str] = ("127.0.0.1",), tick: float = 0.0) -> None:
        self.answer, self.addresses, self.tick = answer, addresses, tick
        self.now = 0.0
        self.asked: list[tuple[str, int]] = []
        self.connected: list[tuple[str, int, float]] = []
        self.ends: list[socket.socket] = []

    def resolve(self, name: str, port: int) -> Sequence[str]:
        self.asked.append((name, port))
        return self.addresses

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port, seconds))
        if self.answer == b"":
            raise ConnectionRefusedError("no one there")
        ours, theirs = socket.socketpair()
        theirs.sendall(self.answer)
        theirs.shutdown(socket.SHUT_WR)
        self.ends += [ours, theirs]
        return ours

    def clock(self) -> float:
        self.now += self.tick
        return self.now

    def fetcher(self, **options: Any) -> Fetcher:
        return Fetcher(resolve=self.resolve, connect=self.connect, clock=self.clock, **options)

    def sent(self) -> str:
        return self.ends[1].recv(65_536).decode()

    def hang_up(self) -> None:
        for end in self.ends:
            end.close()


def get(answer: str, body: bytes = b"", limit: int = 4, **options: Any) -> Any:
    line = Line(answer.encode() + b"\r\n" + body)
    try:
        return line.fetcher().get(URL, limit=limit, loopback=True, **options)
    finally:
        line.hang_up()


@pytest.mark.parametrize(("accept", "told"), [(None, "*/*"), ("text/plain", "text/plain, */*;q=0.1")])
def test_what_is_asked(accept: str | None, told: str) -> None:
    line = Line(f"{OK}Content-Type: A/B ; c=D\r\nX-Y: z\r\n\r\nbody".encode())
    response = line.fetcher(deadline=7).get(URL, limit=4, accept=accept, loopback=True)
    assert line.sent() == (
        f"GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: {told}\r\n"
        "Accept-Encoding: identity\r\nUser-Agent: lcert-verifier\r\nConnection: close\r\n\r\n"
    )
    assert (response.body, response.content_type) == (b"body", "a/b")
    assert response.headers == {"content-type": "A/B ; c=D", "x-y": "z"}
    assert (line.asked, line.connected) == ([("127.0.0.1", 8080)], [("127.0.0.1", 8080, 7)])
    assert line.ends[0].fileno() == -1
    line.hang_up()


@pytest.mark.parametrize(
    ("answer", "body", "words"),
    [
        (f"{OK}Content-Length: 4\r\n", b"body", None),
        (OK, b"body", None),
        (f"{OK}Content-Encoding: Identity \r\n", b"body", None),
        (OK, b"body!", "the answer is too long"),
        (f"{OK}Content-Length: 5\r\n", b"body!", "the answer is too long"),
        (f"{OK}Content-Length: 4\r\n", b"bod", "the answer is truncated|IncompleteRead"),
        (f"{OK}Content-Length: 0\r\n", b"", "the answer is truncated"),
        (OK, b"", "the answer is truncated"),
        (f"{OK}Content-Encoding: gzip\r\n", b"body", "the answer is compressed, which was not asked for"),
        ("HTTP/1.1 299 X\r\n", b"", "answered 299$"),
        ("HTTP/1.1 300 X\r\n", b"", r"answered 300 \(redirects are not followed\)"),
        ("HTTP/1.1 399 X\r\n", b"", r"answered 399 \(redirects are not followed\)"),
        ("HTTP/1.1 400 X\r\n", b"", "answered 400$"),
        ("HTTP/1.1 201 X\r\n", b"body", "answered 201$"),
    ],
)
def test_what_is_taken(answer: str, body: bytes, words: str | None) -> None:
    if words is None:
        assert get(answer, body).body == b"body"
        return
    with pytest.raises(EvidenceUnavailable, match=words) as caught:
        get(answer, body)
    assert str(caught.value).startswith("http://127.0.0.1:8080")
    assert not isinstance(caught.value, NotPublished)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_told_apart(status: int) -> None:
    with pytest.raises(NotPublished, match=r"^http://127.0.0.1:8080/a\?b is not published$"):
        get(f"HTTP/1.1 {status} X\r\n")


def test_a_body_larger_than_a_block_is_taken_whole() -> None:
    body = bytes(range(256)) * 560
    assert get(OK, body, limit=len(body)).body == body
    with pytest.raises(EvidenceUnavailable, match="too long"):
        get(OK, body, limit=len(body) - 1)


def test_what_has_no_type_is_of_none() -> None:
    assert get(OK, b"body").content_type == ""


def test_a_resolver_that_says_nothing_is_left_alone() -> None:
    release = threading.Event()

    def resolve(name: str, port: int) -> Sequence[str]:
        release.wait(5)
        return []

    with pytest.raises(TimeoutError):
        Fetcher(resolve=resolve, deadline=0.02).addresses("a.example", 443)
    release.set()


def test_what_comes_beside_the_body_is_bounded() -> None:
    line = Line(b"HTTP/1.1 100 Continue\r\n\r\n" * 6_000)
    with pytest.raises(EvidenceUnavailable, match="too long"):
        line.fetcher().get(URL, limit=4, loopback=True)
    line.hang_up()


@pytest.mark.parametrize(
    ("addresses", "loopback", "words"),
    [
        ((), True, "the name has no address"),
        (("8.8.8.8",), True, "an address that may not be reached"),
        (("127.0.0.1", "8.8.8.8"), True, "an address that may not be reached"),
        (("127.0.0.1",), False, "is not https"),
    ],
)
def test_an_address_is_judged_before_it_is_reached(
    addresses: Sequence[str], loopback: bool, words: str
) -> None:
    line = Line(b"x", addresses)
    with pytest.raises(EvidenceUnavailable, match=words):
        line.fetcher().get(URL, limit=4, loopback=loopback)
    assert line.connected == []


def test_each_of_four_addresses_is_tried_and_the_last_fault_told() -> None:
    line = Line(b"", [f"127.0.0.{number}" for number in range(1, 9)])
    with pytest.raises(EvidenceUnavailable, match=r"^http://127.0.0.1:8080 cannot be reached: no one there$"):
        line.fetcher().get(URL, limit=4, loopback=True)
    assert [address for address, _, _ in line.connected] == [f"127.0.0.{number}" for number in range(1, 5)]


def test_brackets_are_no_part_of_a_name() -> None:
    line = Line(f"{OK}\r\nbody".encode(), ["::1"])
    assert line.fetcher().get("http://[::1]:1/", limit=4, loopback=True).body == b"body"
    assert line.asked == [("::1", 1)]
    line.hang_up()


def test_the_deadline_is_one_for_everything() -> None:
    line = Line(f"{OK}\r\nbody".encode(), tick=1.0)
    with pytest.raises(EvidenceUnavailable, match=r"^http://127.0.0.1:8080/a\?b: took too long$"):
        line.fetcher(deadline=100).get(URL, limit=4, deadline=3, loopback=True)
    line.hang_up()
    line = Line(b"x", tick=1.0)
    with pytest.raises(EvidenceUnavailable, match="took too long"):
        line.fetcher().get(URL, limit=4, deadline=1, loopback=True)
    assert (line.asked, line.connected) == ([("127.0.0.1", 8080)], [])


def test_a_connection_is_for_others_too() -> None:
    line = Line(b"abc")
    target = parse_url("http://127.0.0.1:8080/")
    with line.fetcher().open(target, loopback=True, deadline=5, most=2) as stream:
        assert stream.read(3) == b"abc"
        assert line.ends[0].gettimeout() == 5
    line.hang_up()
    assert Line(b"", ["1.1.1.1"]).fetcher().addresses("a.example", 443) == ["1.1.1.1"]


@pytest.mark.parametrize("error", [OSError("x"), UnicodeError("x"), RuntimeError("x")])
def test_a_resolver_s_fault_is_told(error: Exception) -> None:
    def resolve(name: str, port: int) -> Sequence[str]:
        raise error

    kind, words = (RuntimeError, "x") if isinstance(error, RuntimeError) else (EvidenceUnavailable, "resolve")
    with pytest.raises(kind, match=words):
        Fetcher(resolve=resolve).addresses("a.example", 443)


def test_a_handshake_that_fails_closes_the_connection() -> None:
    line = Line(b"no handshake", ["8.8.8.8"])
    with pytest.raises(EvidenceUnavailable, match=r"^https://a.example cannot be reached: ") as caught:
        line.fetcher(tls=ssl.create_default_context()).get("https://a.example/x", limit=4)
    assert len(str(caught.value)) <= 300
    assert line.ends[0].fileno() == -1
    assert line.connected == [("8.8.8.8", 443, 10.0)]
    line.hang_up()


@pytest.mark.parametrize("url", ["x", "https://a b/", "https://user@a.example/"])
def test_what_is_no_url_is_not_asked_for(url: str) -> None:
    line = Line(b"x")
    with pytest.raises(EvidenceUnavailable, match="is not a plain"):
        line.fetcher().get(url, limit=4)
    assert line.asked == []


@pytest.mark.parametrize(
    ("path", "kind", "taken"),
    [
        ("trust.json", "application/json", True),
        ("trust.json", "text/html", False),
        ("log/tile/0/000", "text/html", True),
        ("log/proof/" + "0" * 64, "text/html", True),
        ("c/a.svg", "text/html", True),
    ],
)
def test_a_reader_insists_where_it_matters(path: str, kind: str, taken: bool) -> None:
    line = Line(f"{OK}Content-Type: {kind}\r\n\r\nbody".encode())
    read = line.fetcher().reader("http://127.0.0.1:8080/")
    if taken:
        assert read(path) == b"body"
    else:
        with pytest.raises(EvidenceUnavailable, match="came as 'text/html', not 'application/json'"):
            read(path)
    assert f"GET /{path} HTTP/1.1\r\n" in line.sent()
    line.hang_up()
    with pytest.raises(EvidenceUnavailable, match=f"^'{'!' * 100}' is not a published path$"):
        read("!" * 101)


def test_the_system_resolves_and_connects() -> None:
    assert resolve_system("127.0.0.1", 80) == ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with connect_tcp("127.0.0.1", port, 5.0) as found:
            assert (found.getpeername(), found.gettimeout()) == (("127.0.0.1", port), 5.0)


def test_a_name_is_resolved_in_a_thread_that_keeps_nobody_waiting() -> None:
    seen: list[tuple[str, bool]] = []

    def resolve(name: str, port: int) -> Sequence[str]:
        thread = threading.current_thread()
        seen.append((thread.name, thread.daemon))
        time.sleep(0.01)
        return ["1.1.1.1"]

    assert Fetcher(resolve=resolve, deadline=0.9, clock=lambda: 0.0).addresses("a", 1) == ["1.1.1.1"]
    assert seen == [("lcert-resolve", True)]

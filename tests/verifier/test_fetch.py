"""Fetching: where it may go, how long it may take, how much it may bring."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lcert_verifier.addresses import is_loopback_address, is_loopback_host, is_public_address, normal_host
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher, normal_origin, origin_of, parse_url
from lcert_verifier.published import NotPublished

Behaviour = Callable[[socket.socket, bytes], None]


class Server:
    """A loopback server that answers every connection with one behaviour, and keeps the requests it got."""

    def __init__(
        self, behave: Behaviour, tls: ssl.SSLContext | None = None, *, greeting: bool = False
    ) -> None:
        self._behave = behave
        self._greeting = greeting
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._serve)

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(lambda connection=connection: self._answer(connection))

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                request = b""
                while not self._greeting and b"\r\n\r\n" not in request and (block := stream.recv(4096)):
                    request += block
                self.requests.append(request)
                self._behave(stream, request)
                if self._tls:
                    stream.close()
            except OSError:
                return

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(behave, tls)
    try:
        yield server
    finally:
        server.close()


def answer(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    headers: str = "Content-Type: application/json\r\n",
    length: int | None = None,
) -> Behaviour:
    declared = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {declared}\r\n\r\n".encode()
    return lambda stream, _: stream.sendall(head + body)


def raw(*pieces: bytes, pause: float = 0) -> Behaviour:
    def behave(stream: socket.socket, _: bytes) -> None:
        for piece in pieces:
            stream.sendall(piece)
            time.sleep(pause)

    return behave


def get(server: Server, *, limit: int = 1000, deadline: float = 5, path: str = "/x") -> bytes:
    return Fetcher().get(server.origin + path, limit=limit, deadline=deadline, loopback=True).body


def test_a_document_is_fetched_with_plain_headers() -> None:
    with serving(
        answer(b"hello", headers="Content-Type: Text/Plain; charset=utf-8\r\nX-One: 1\r\n")
    ) as server:
        response = Fetcher().get(server.origin + "/a?b=c", limit=5, accept="text/plain", loopback=True)
    assert response.body == b"hello"
    assert response.content_type == "text/plain"
    assert response.headers["x-one"] == "1"
    head = server.requests[0].decode()
    assert head.startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert "Accept: text/plain, */*;q=0.1\r\n" in head
    assert head.count("Host:") == head.count("Accept-Encoding:") == 1


def test_a_chunked_document_is_fetched() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(raw(head, b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n")) as server:
        assert get(server) == b"abcde"


def test_a_document_without_length_ends_with_the_connection() -> None:
    for head in (b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK\r\nConnection: close"):
        with serving(raw(head + b"\r\n\r\nabc", b"def", pause=0.02)) as server:
            assert get(server) == b"abcdef"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "behave",
    [
        answer(b"x" * 1001),
        answer(b"x", length=10**12),
        raw(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1001),
        raw(CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"),
        raw(CHUNKED + b"fffffffffffff\r\n" + b"x" * 5000),
        raw(CHUNKED + b"1\r\nx\r\n" * 1001 + b"0\r\n\r\n"),
        raw(CHUNKED + b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000),
        raw(*[b"x" * 65_536] * 20),
    ],
)
def test_an_answer_over_the_limit_is_refused(behave: Behaviour) -> None:
    with serving(behave) as server, pytest.raises(EvidenceUnavailable):
        get(server)


def test_an_answer_of_exactly_the_limit_is_taken() -> None:
    with serving(answer(b"x" * 1000)) as server:
        assert len(get(server)) == 1000


@pytest.mark.parametrize(
    "behave",
    [
        answer(b"abc", length=10),
        raw(CHUNKED + b"3\r\nabc\r\n"),
        raw(CHUNKED + b"9\r\nabc\r\n"),
        raw(CHUNKED + b"zz\r\nabc\r\n"),
        raw(b""),
        raw(b"HTTP/1.1 200"),
        raw(b"HTTP/1.1 abc OK\r\n\r\n"),
        raw(b"SSH-2.0-x\r\n"),
        raw(b"\x15\x03\x01\x00\x02\x02\x16"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"),
    ],
)
def test_a_broken_answer_is_refused(behave: Behaviour) -> None:
    with serving(behave) as server, pytest.raises(EvidenceUnavailable):
        get(server)


@pytest.mark.parametrize(
    "status",
    [
        "201 Created",
        "204 No Content",
        "206 Partial Content",
        "304 Not Modified",
        "400 Bad",
        "401 No",
        "403 No",
        "429 Slow",
        "500 Oops",
        "502 Bad",
        "503 Busy",
    ],
)
def test_only_200_is_an_answer(status: str) -> None:
    with serving(answer(b"", status=status)) as server, pytest.raises(EvidenceUnavailable, match=status[:3]):
        get(server)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_absence_is_told_apart(status: str) -> None:
    with serving(answer(status=status)) as server, pytest.raises(NotPublished):
        get(server)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(status: str) -> None:
    with serving(answer()) as other:
        behave = answer(status=status, headers=f"Location: {other.origin}/y\r\n")
        with serving(behave) as server, pytest.raises(EvidenceUnavailable, match="redirects"):
            get(server)
    assert len(server.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-gzip", "identity, gzip"])
def test_a_compressed_answer_is_refused(encoding: str) -> None:
    with (
        serving(answer(headers=f"Content-Encoding: {encoding}\r\n")) as server,
        pytest.raises(EvidenceUnavailable, match="compressed"),
    ):
        get(server)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1"],
        [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 20],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", *[b"x"] * 20],
        [CHUNKED, *[b"1\r\nx\r\n"] * 20],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 20,
    ],
)
def test_a_dripping_server_runs_into_the_deadline(pieces: list[bytes]) -> None:
    with serving(raw(*pieces, pause=0.1)) as server:
        begun = time.monotonic()
        with pytest.raises(EvidenceUnavailable, match="too long"):
            get(server, deadline=0.4)
        assert time.monotonic() - begun < 1.5


def test_a_silent_server_runs_into_the_deadline() -> None:
    with serving(raw(b"", pause=1)) as server:
        begun = time.monotonic()
        with pytest.raises(EvidenceUnavailable, match="too long"):
            get(server, deadline=0.3)
        assert time.monotonic() - begun < 1


def test_a_silent_resolver_runs_into_the_deadline() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        release.wait(5)
        return ["93.184.216.34"]

    begun = time.monotonic()
    with pytest.raises(EvidenceUnavailable, match="too long"):
        Fetcher(resolve=resolve, deadline=0.2).get("https://certs.example/", limit=10)
    assert time.monotonic() - begun < 1
    release.set()


def test_a_closed_port_is_unreachable() -> None:
    with serving(answer()) as server:
        pass
    with pytest.raises(EvidenceUnavailable, match="cannot be reached"):
        get(server)


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError("no")]
)
def test_a_name_that_does_not_resolve_is_unreachable(error: Exception) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(EvidenceUnavailable, match="does not resolve"):
        Fetcher(resolve=resolve).get("https://certs.example/", limit=10)


def test_a_fault_of_the_resolver_itself_is_not_taken_for_a_missing_name() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        Fetcher(resolve=resolve).get("https://certs.example/", limit=10)


def test_nothing_is_asked_or_read_once_the_time_is_up() -> None:
    now = 0.0
    with serving(answer()) as server:
        fetcher, target = Fetcher(clock=lambda: now), parse_url(server.origin + "/x")
        with pytest.raises(TimeoutError):
            fetcher.open(target, loopback=True, deadline=0, most=10)
        with fetcher.open(target, loopback=True, deadline=5, most=10) as stream:
            stream.sendall(b"GET /x HTTP/1.1\r\n\r\n")
            now = 5.0
            with pytest.raises(TimeoutError):
                stream.read(1)


class Wired:
    """A resolver and a connector that lead any public address to a loopback server, and note what was asked."""

    def __init__(self, *addresses: str, port: int = 0) -> None:
        self.addresses = addresses
        self.port = port
        self.resolved: list[str] = []
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        return list(self.addresses)

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append(address)
        if not self.port:
            raise ConnectionRefusedError("refused")
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def fetcher(self, tls: ssl.SSLContext | None = None) -> Fetcher:
        return Fetcher(resolve=self.resolve, connect=self.connect, tls=tls, deadline=5)


BLOCKED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:a00:1",
    "2a00:1450::1%lo",
    "",
    "localhost",
    "8.8.8",
    "08.8.8.8",
    "0x08.8.8.8",
    "134744072",
    "8.8.8.8 ",
    "[2a00:1450::1]",
    "8.8.8.8/32",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "198.17.0.1",
    "223.255.255.255",
    "2a00:1450:4001:82f::200e",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2400:cb00::1",
]


@pytest.mark.parametrize("address", BLOCKED)
def test_an_address_that_is_not_plainly_public_is_never_connected_to(address: str) -> None:
    assert not is_public_address(address)
    for addresses in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        wired = Wired(*addresses)
        with pytest.raises(EvidenceUnavailable, match="may not be reached"):
            wired.fetcher().get("https://certs.example/", limit=10)
        assert wired.connected == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to_as_checked(address: str) -> None:
    assert is_public_address(address)
    wired = Wired(address)
    with pytest.raises(EvidenceUnavailable, match="cannot be reached"):
        wired.fetcher().get("https://certs.example/", limit=10)
    assert (wired.resolved, wired.connected) == (["certs.example"], [address])


def test_a_name_without_addresses_is_unreachable() -> None:
    with pytest.raises(EvidenceUnavailable, match="no address"):
        Wired().fetcher().get("https://certs.example/", limit=10)


def test_the_next_address_is_tried_and_no_more_than_four() -> None:
    wired = Wired(*[f"8.8.8.{number}" for number in range(1, 9)])
    with pytest.raises(EvidenceUnavailable):
        wired.fetcher().get("https://certs.example/", limit=10)
    assert wired.connected == ["8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4"]


REFUSED_URLS = [
    "",
    "certs.example",
    "//certs.example/",
    "ftp://certs.example/",
    "file:///etc/passwd",
    "gopher://certs.example/",
    "https:/certs.example",
    "https://",
    "https:///x",
    "https://user@certs.example/",
    "https://user:pw@certs.example/",
    "https://certs.example@127.0.0.1/",
    "https://certs.example:0/",
    "https://certs.example:65536/",
    "https://certs.example:/",
    "https://certs.example:44a/",
    "https://certs.example:-1/",
    "https://certs.example/#x",
    "https://certs.example/a b",
    "https://certs.example/a\r\nHost: x",
    "https://certs.example/a\tb",
    "https://certs.example\\@x/",
    "https://certs.example/\x00",
    "https://certs.example/é",
    "https://cérts.example/",
    "https://certs.example./",
    "https://.certs.example/",
    "https://certs..example/",
    "https://-certs.example/",
    "https://certs-.example/",
    "https://127.1/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://127.0.0.256/",
    "https://1.2.3.4.5/",
    "https://certs.0x7f/",
    "https://certs.1/",
    "https://[::1/",
    "https://[::g]/",
    "https://[fe80::1%25eth0]/",
    "https://[::1]x/",
    "https://certs.example?x",
    "javascript:alert(1)",
    "data:text/plain,x",
    " https://certs.example/",
    "https://certs.example/ ",
    "https://%63erts.example/",
    "https://certs.example/" + "x" * 3000,
    "https://" + "a" * 64 + ".example/",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_is_not_plain_is_refused_unresolved(url: str) -> None:
    with pytest.raises(ValueError, match=r"plain|port"):
        parse_url(url)
    wired = Wired("8.8.8.8")
    with pytest.raises(EvidenceUnavailable):
        wired.fetcher().get(url, limit=10)
    assert wired.resolved == []


@pytest.mark.parametrize(
    "url", ["http://certs.example/", "http://8.8.8.8/", "http://127.0.0.1/", "http://localhost:8080/"]
)
def test_http_is_refused_unless_the_caller_names_loopback(url: str) -> None:
    wired = Wired("8.8.8.8")
    with pytest.raises(EvidenceUnavailable, match="not https"):
        wired.fetcher().get(url, limit=10)
    assert wired.resolved == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "0.0.0.0", "::1%lo"]
)
def test_a_loopback_origin_leads_to_loopback_only(address: str) -> None:
    wired = Wired(address)
    with pytest.raises(EvidenceUnavailable, match="may not be reached"):
        wired.fetcher().reader("http://localhost:8080")("trust.json")
    assert wired.connected == []


def test_a_name_is_resolved_once_for_one_fetch() -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    wired = Wired()
    wired.resolve = lambda host, port: next(answers)  # type: ignore[method-assign]
    with pytest.raises(EvidenceUnavailable, match="cannot be reached"):
        wired.fetcher().get("https://certs.example/", limit=10)
    assert wired.connected == ["8.8.8.8"]


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(b"proxied")) as proxy, serving(answer(b"direct")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        assert get(server) == b"direct"
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://certs.example", "https://certs.example"),
        ("https://certs.example/", "https://certs.example"),
        ("HTTPS://CERTS.EXAMPLE:443", "https://certs.example"),
        ("https://certs.example:8443/", "https://certs.example:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://LOCALHOST:80/", "http://localhost"),
        ("http://[0:0::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_has_one_spelling(text: str, origin: str) -> None:
    assert normal_origin(text) == origin
    assert origin_of(origin + "/C/LC-2026-0001?x=y") == origin


@pytest.mark.parametrize(
    "text",
    [
        "http://certs.example",
        "https://certs.example/x",
        "https://certs.example/?x",
        "certs.example",
        "http://10.0.0.1",
        "http://127.0.0.1.example",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"plain|origin|https"):
        normal_origin(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_loopback_is_known_by_name(host: str) -> None:
    assert is_loopback_host(host)
    assert normal_host(host) == host


@pytest.mark.parametrize("host", ["localhost.example", "[::ffff:127.0.0.1]", "0.0.0.0", "example", "[::]"])
def test_what_only_looks_like_loopback_is_not(host: str) -> None:
    assert not is_loopback_host(host)
    assert not is_loopback_address("::ffff:127.0.0.1")


def test_a_reader_reads_published_paths_of_its_origin_only() -> None:
    with serving(answer(b'{"a":1}')) as server:
        read = Fetcher().reader(server.origin + "/")
        assert read("trust.json") == b'{"a":1}'
        for path in (
            "/trust.json",
            "",
            "../x",
            "a/../b",
            "a//b",
            "a?b",
            "a#b",
            "a b",
            "https://x/",
            "a\\b",
            ".",
            "c/%2e",
        ):
            with pytest.raises(EvidenceUnavailable, match="published path"):
                read(path)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("path", "kind", "taken"),
    [
        ("status/token/1", "application/statuslist+jwt", True),
        ("status/token/1", "application/statuslist+jwt; charset=utf-8", True),
        ("status/token/1", "text/html", False),
        ("status/token/1", "application/octet-stream", False),
        ("status/token/1", "application/jwt", False),
        ("status/bitstring/revocation/1", "application/vc+jwt", True),
        ("status/bitstring/revocation/1", "application/statuslist+jwt", False),
        ("trust.json", "application/json", True),
        ("trust.json", "text/html", False),
        ("c/LC-2026-0001.jwt", "application/vc+jwt", True),
        ("c/LC-2026-0001.jwt", "text/html", False),
        ("bundle.zip", "application/zip", True),
        ("log/checkpoint", "application/octet-stream", True),
        ("log/tile/0/000.p/5", "text/plain", True),
    ],
)
def test_a_reader_insists_on_the_media_type_where_it_matters(path: str, kind: str, taken: bool) -> None:
    with serving(answer(b"x", headers=f"Content-Type: {kind}\r\n")) as server:
        read = Fetcher().reader(server.origin)
        if taken:
            assert read(path) == b"x"
        else:
            with pytest.raises(EvidenceUnavailable, match="came as"):
                read(path)


def test_a_reader_bounds_each_document() -> None:
    with (
        serving(answer(b"x" * 70_000, headers="Content-Type: application/statuslist+jwt\r\n")) as server,
        pytest.raises(EvidenceUnavailable, match="too long"),
    ):
        Fetcher().reader(server.origin)("status/token/1")


@pytest.mark.parametrize("origin", ["http://certs.example", "https://certs.example/x", "x"])
def test_there_is_no_reader_for_what_is_no_origin(origin: str) -> None:
    with pytest.raises(ValueError, match=r"plain|origin|https"):
        Fetcher().reader(origin)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for certs.example and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "certs.example")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("certs.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(("host", "reached"), [("certs.example", True), ("other.example", False)])
def test_tls_is_checked_for_the_name_and_not_the_address(certificate: Path, host: str, reached: bool) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=str(certificate))
    with serving(answer(b"secret"), server_side) as server:
        wired = Wired("8.8.8.8", port=server.port)
        if reached:
            assert wired.fetcher(client_side).get(f"https://{host}/", limit=10).body == b"secret"
            assert f"Host: {host}\r\n".encode() in server.requests[0]
        else:
            with pytest.raises(EvidenceUnavailable, match="cannot be reached"):
                wired.fetcher(client_side).get(f"https://{host}/", limit=10)
            assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    with (
        serving(answer(), server_side) as server,
        pytest.raises(EvidenceUnavailable, match="cannot be reached"),
    ):
        Wired("8.8.8.8", port=server.port).fetcher().get("https://certs.example/", limit=10)
    assert server.requests == []


def test_a_server_that_drips_its_handshake_runs_into_the_deadline() -> None:
    def behave(connection: socket.socket, _: bytes) -> None:
        for _ in range(20):
            connection.sendall(b"\x16")
            time.sleep(0.1)

    server = Server(behave, greeting=True)
    try:
        wired = Wired("8.8.8.8", port=server.port)
        begun = time.monotonic()
        with pytest.raises(EvidenceUnavailable):
            wired.fetcher().get("https://certs.example/", limit=10, deadline=0.4)
        assert time.monotonic() - begun < 1.5
    finally:
        server.close()

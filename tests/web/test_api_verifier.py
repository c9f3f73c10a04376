"""The verifier's interface: times, receipts, quotas, and batches that are answered while they still arrive."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.evidence import SoftKey
from tests.support.programs import free_port
from tests.support.shelf import Published, publish

from lcert_verifier.receipt import ReceiptSigner, check_receipt, read_keys
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Algorithm, Securing
from lcert_web.api.intake import Broken, Intake, TooMuch
from lcert_web.api.limits import Limiter, Quota, parse_quota
from lcert_web.public import create_public_app
from lcert_web.verifier import create_verifier_app

ROOT = Path(__file__).resolve().parents[2]
LINES = {"Content-Type": "application/x-ndjson"}
SERVER = """
import sys
from lcert_web.serving import serve
from lcert_web.verifier import create_verifier_app
serve(lambda: create_verifier_app(trust=()), host="127.0.0.1", port=int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


def client_of(published: Published, **options: Any) -> FlaskClient:
    world = published.world
    app = create_verifier_app(
        verifier_factory=lambda: Verifier([world.source], clock=world.clock), clock=world.clock, **options
    )
    return app.test_client()


@pytest.fixture
def signing(published: Published) -> FlaskClient:
    key = SoftKey(Algorithm.ES256)
    signer = ReceiptSigner(public_key=key.public_key, sign=key.sign)
    return client_of(published, receipt_signer=signer, receipt_issuer="https://verify.example")


# receipts


def test_a_receipt_says_what_was_answered_and_is_checked_with_the_published_key(
    published: Published, signing: FlaskClient
) -> None:
    keys = read_keys(signing.get("/.well-known/jwks.json").data)
    token = published.token("suspended")
    asked = [
        signing.post("/v1/verify", json={"token": token, "receipt": True}),
        signing.post("/v1/verify?receipt=true", json={"token": token}),
        signing.post(
            "/v1/verify/batch?receipt=true", data=token, headers={**LINES, "Accept": "application/x-ndjson"}
        ),
    ]
    for reply in asked:
        report = json.loads(reply.data)
        receipt = check_receipt(report["receipt"], keys)
        assert (receipt.verifier, receipt.code.value) == ("https://verify.example", report["code"])
        assert receipt.code.value == "suspended"
        assert receipt.is_about(token)
    batch = signing.post("/v1/verify/batch", json={"tokens": [token, "x"], "receipt": True}).get_json()
    assert [check_receipt(r["receipt"], keys).code.value for r in batch["reports"]] == [
        "suspended",
        "malformed",
    ]
    image = b"no image"
    form = {"badge": (io.BytesIO(image), "badge.png"), "receipt": "true"}
    badge = signing.post("/v1/verify", data=form).get_json()
    assert check_receipt(badge["receipt"], keys).input_sha256 == hashlib.sha256(image).hexdigest()
    alias = signing.post(
        "/credentials/verify", json={"verifiableCredential": token, "receipt": True, "domain": "a.example"}
    )
    assert check_receipt(alias.get_json()["report"]["receipt"], keys).domain == "a.example"
    assert "receipt" not in signing.post("/v1/verify", json={"token": token}).get_json()


def test_without_a_key_there_is_no_receipt_and_an_empty_set(published: Published) -> None:
    client = client_of(published)
    assert client.get("/.well-known/jwks.json").get_json() == {"keys": []}
    for path, body in (
        ("/v1/verify", {"token": "x", "receipt": True}),
        ("/v1/verify?receipt=true", {"token": "x"}),
        ("/v1/verify/batch", {"tokens": ["x"], "receipt": True}),
    ):
        reply = client.post(path, json=body)
        assert (reply.status_code, reply.get_json()["type"]) == (400, "urn:lcert:problem:invalid-parameter")
    assert client.post("/v1/verify", json={"token": "x", "receipt": "maybe"}).status_code == 400


# times


def test_times_may_stand_in_the_query_or_the_body(published: Published) -> None:
    client = client_of(published)
    token = published.token("active")
    for reply in (
        client.post("/v1/verify?at=2026-01-01", json={"token": token}),
        client.post("/v1/verify", json={"token": token, "at": "2026-01-01"}),
        client.post("/v1/verify?at=2029-01-01", json={"token": token, "at": "2026-01-01"}),
        client.post("/v1/verify/batch?at=2026-01-01&known_at=2026-01-02", data=token, headers=LINES),
    ):
        report = json.loads(reply.data)
        assert (report["code"], report["at"]) == ("not_yet_valid", "2026-01-01T00:00:00Z")
    assert client.post("/v1/verify?when=2026", json={"token": token}).status_code == 400


# quotas


def test_a_client_that_asks_too_much_is_told_when_to_come_back(published: Published) -> None:
    client = client_of(published, quota=Quota(requests=3, seconds=60, loopback=1000))

    def ask(address: str) -> Any:
        return client.post("/v1/verify", json={"token": "x"}, environ_base={"REMOTE_ADDR": address})

    told = [ask("192.0.2.1") for _ in range(4)]
    assert [reply.status_code for reply in told] == [200, 200, 200, 429]
    assert [reply.headers["RateLimit"][: len('"default";r=0')] for reply in told] == [
        '"default";r=2',
        '"default";r=1',
        '"default";r=0',
        '"default";r=0',
    ]
    assert told[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert told[3].get_json()["type"] == "urn:lcert:problem:too-many-requests"
    assert 1 <= int(told[3].headers["Retry-After"]) <= 60
    assert ask("192.0.2.2").status_code == 200
    assert [ask(f"2001:db8::{n}").status_code for n in range(4)] == [200, 200, 200, 429]
    assert ask("127.0.0.1").headers["RateLimit-Policy"] == '"default";q=1000;w=60'


def test_published_files_pages_and_badges_are_never_limited(published: Published) -> None:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L",
        clock=published.world.clock,
        quota=Quota(requests=1, seconds=60, loopback=1),
    )
    client = app.test_client()
    for path in ("/trust.json", "/status/token/1", "/badge/LC-2026-0001.svg", "/c/LC-2026-0001", "/healthz"):
        for _ in range(3):
            reply = client.get(path, base_url=published.base_url)
            assert reply.status_code == 200
            assert "RateLimit" not in reply.headers
    replies = [client.get("/v1/certificates/LC-2026-0001", base_url=published.base_url) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]


def test_a_window_ends_and_few_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    limiter = Limiter(Quota(requests=1, seconds=10, loopback=1), clock=lambda: now[0])
    assert [limiter.take("192.0.2.1")[1] for _ in range(2)] == [0, -1]
    now[0] = 10.0
    assert limiter.take("192.0.2.1") == (1, 0, 10)
    assert limiter.take(None) == (1, 0, 10)
    monkeypatch.setattr("lcert_web.api.counting._MOST_CLIENTS", 100)
    for n in range(300):
        limiter.take(f"192.0.3.{n}")
    assert len(limiter._counter._windows) == 100


def test_a_quota_is_read_from_its_setting() -> None:
    assert parse_quota("10/60") == Quota(requests=10, seconds=60, loopback=10)
    assert parse_quota("off") is None
    for text in ("", "10", "10/0", "0/10", "-1/10", "10/60/2", "1e3/60", "1/99999999"):
        with pytest.raises(ValueError, match="REQUESTS/SECONDS"):
            parse_quota(text)


# batches


def intake(pieces: Iterator[bytes], **options: Any) -> Intake:
    return Intake(lambda: next(pieces, b""), **{"limit": 1000, "longest_line": 10, **options})


def test_lines_are_put_together_clipped_and_bounded() -> None:
    lines = intake(iter([b"a", b"b\nc\r\n\n", b"x" * 25, b"y\nlast"]))
    assert [line for line in lines.lines() if line is not None] == [
        b"ab\n",
        b"c\r\n",
        b"\n",
        b"x" * 10,
        b"last",
    ]
    lines.close()
    long = intake(iter([b"one\n", b"z" * 1000]))
    with pytest.raises(TooMuch):
        list(long.lines())
    long.close()


def test_what_reading_raises_reaches_whoever_takes() -> None:
    def read() -> bytes:
        raise ConnectionError("gone")

    broken = Intake(read, limit=10, longest_line=10)
    with pytest.raises(Broken, match="gone"):
        list(broken.lines())
    broken.close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A verifier behind its real server, whom nobody trusts: every token is judged, none accepted."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_the_first_report_comes_before_the_last_token_was_sent(server: tuple[int, Any], framing: str) -> None:
    port, _ = server
    tokens = [b"token-%d\n" % n for n in range(50)]
    size = sum(map(len, tokens))
    frame: Callable[[bytes], bytes] = chunk if framing == "chunked" else bytes
    header = "Transfer-Encoding: chunked" if framing == "chunked" else f"Content-Length: {size}"
    head = (
        f"POST /v1/verify/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n{header}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode() + frame(tokens[0]))
        reply = http.client.HTTPResponse(connection, method="POST")
        reply.begin()
        assert json.loads(reply.readline())["code"] == "malformed"
        for token in tokens[1:]:
            connection.sendall(frame(token))
            assert json.loads(reply.readline())["verdict"] == "rejected"
        if framing == "chunked":
            connection.sendall(b"0\r\n\r\n")
        assert reply.read() == b""
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")  # the connection is still in step
        again = http.client.HTTPResponse(connection, method="GET")
        again.begin()
        assert (again.status, again.read()) == (200, b'{"status": "ok"}')


def test_five_thousand_tokens_take_no_more_memory_than_few_also_from_a_client_that_only_writes_first(
    server: tuple[int, subprocess.Popen[bytes]], published: Published
) -> None:
    port, process = server
    token = published.token("active", Securing.VC_JWT).encode() + b"\n"

    def ask(count: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("POST", "/v1/verify/batch", body=token * count, headers=LINES)
        reply = connection.getresponse()
        lines = sum(1 for _ in iter(reply.readline, b""))
        connection.close()
        return lines

    assert ask(500) == 500
    before = _peak(process.pid)
    assert ask(5_000) == 5_000
    assert _peak(process.pid) - before < 12 * 1024, "KiB more than for a tenth of it"


def test_a_client_that_goes_away_leaves_no_thread_behind(server: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, process = server
    for _ in range(12):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(
                b"POST /v1/verify/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                b"Content-Length: 1000000\r\n\r\ntoken\n"
            )
            connection.recv(10)
    deadline = time.monotonic() + 20
    while _count(process.pid) > 14:  # of the server's own there are ten
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_body_that_grows_too_long_ends_with_a_problem(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lcert_web.api.batches.MAX_BATCH", 100)
    client = client_of(published)
    stream = io.BytesIO(b"token\n" * 50)
    reply = client.post(
        "/v1/verify/batch",
        input_stream=stream,
        headers=LINES,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    last = json.loads(reply.data.splitlines()[-1])
    assert last == {
        "type": "urn:lcert:problem:too-large",
        "title": "The body is larger than this address accepts",
        "status": 413,
    }
    assert client.post("/v1/verify/batch", data=b"x" * 101, headers=LINES).status_code == 413


def _peak(pid: int) -> int:
    """KiB that the server's processes held at most, workers too."""
    return sum(_status(each, "VmHWM") for each in (pid, *_children(pid)))


def _count(pid: int) -> int:
    return sum(_status(each, "Threads") for each in _children(pid))


def _status(pid: int, name: str) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith(f"{name}:")).split()[1])


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

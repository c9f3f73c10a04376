"""Whatever may not be reached is not connected to, however it is written or resolved: a log of sockets says so.

The connector is the real one. An audit hook keeps every connection and name lookup that this process begins.
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tests.verifier.test_fetch import BLOCKED, REFUSED_URLS

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher
from lcert_verifier.verify import Verifier

_LOGS: list[list[tuple[str, Any]]] = []
_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def _log(event: str, args: tuple[Any, ...]) -> None:
    if _LOGS and event in _EVENTS:
        _LOGS[-1].append((event, args[1] if event in ("socket.connect", "socket.sendto") else args[0]))


sys.addaudithook(_log)  # it stays for the life of the process, and keeps nothing while no test asks


@pytest.fixture
def log() -> Iterator[list[tuple[str, Any]]]:
    """What sockets did during a test."""
    kept: list[tuple[str, Any]] = []
    _LOGS.append(kept)
    yield kept
    _LOGS.remove(kept)


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A listener on loopback that nobody may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def test_the_log_sees_a_connection(log: list[tuple[str, Any]], trap: socket.socket) -> None:
    port = trap.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        pass
    assert ("socket.connect", ("127.0.0.1", port)) in log


def _resolving(*answers: Sequence[str]) -> Any:
    """A resolver that says something else each time, and the last for ever."""
    rest = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda host, port: list(next(rest))


LITERALS = [
    "https://{}/".format(f"[{address}]" if ":" in address else address)
    for address in BLOCKED
    if address and "%" not in address and "/" not in address and "[" not in address and " " not in address
]
FORMS = [
    *REFUSED_URLS,
    *LITERALS,
    "http://127.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "HTTP://LOCALHOST/",
    "https://localhost/",
    "https://localhost.localdomain/",
    "https://127.0.0.1.nip.example/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://certs.example:22/",
    "https://certs.example%00.evil.example/",
    "https://certs.example\u3002evil.example/",
    "https://ⓒerts.example/",
    "https://certs.example%2f@evil.example/",
    "dict://certs.example:11211/",
    "ldap://certs.example/",
    "unix:///var/run/docker.sock",
    "jar:https://certs.example/!/",
    "\thttps://certs.example/",
    "https:\\\\certs.example\\",
    "https://certs.example:443:443/",
    "https://[v1.x]/",
]


def test_there_are_enough_forms() -> None:
    assert len(set(FORMS)) >= 60


@pytest.mark.parametrize("url", dict.fromkeys(FORMS))
def test_nothing_is_connected_to_and_no_name_is_asked_of_the_system(
    url: str, log: list[tuple[str, Any]], trap: socket.socket
) -> None:
    at_trap = url.replace("127.0.0.1/", f"127.0.0.1:{trap.getsockname()[1]}/")
    for form, inner in itertools.product({url, at_trap}, ("127.0.0.1", "::1", "169.254.169.254")):
        with pytest.raises(EvidenceUnavailable):
            Fetcher(resolve=_resolving([inner]), deadline=2).get(form, limit=100)
    assert log == []
    with pytest.raises(BlockingIOError):
        trap.accept()


@pytest.mark.parametrize(
    "answers",
    [
        (["8.8.8.8", "127.0.0.1"],),
        (["127.0.0.1", "8.8.8.8"],),
        (["2606:4700:4700::1111", "::ffff:7f00:1"],),
        (["8.8.8.8"], ["127.0.0.1"]),
        (["2606:4700:4700::1111"], ["::1"]),
    ],
    ids=["second address", "first address", "mapped beside a public one", "rebinds", "rebinds to IPv6"],
)
def test_a_name_that_rebinds_leads_nowhere_inside(
    answers: tuple[list[str], ...], log: list[tuple[str, Any]]
) -> None:
    reached: list[str] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError("refused")

    fetcher = Fetcher(resolve=_resolving(*answers), connect=connect, deadline=2)
    with pytest.raises(EvidenceUnavailable):
        fetcher.get("https://certs.example/trust.json", limit=100)
    assert reached == (answers[0] if len(answers) > 1 else [])
    assert log == []
    if len(answers) > 1:  # what the name says the second time is checked again, not remembered
        with pytest.raises(EvidenceUnavailable, match="may not be reached"):
            fetcher.get("https://certs.example/trust.json", limit=100)
        assert reached == answers[0]


def test_a_verifier_of_an_origin_that_rebinds_is_unsure_and_connects_to_nothing(
    log: list[tuple[str, Any]],
) -> None:
    fetcher = Fetcher(resolve=_resolving(["10.0.0.1"]), deadline=2)
    verifier = Verifier.online("https://certs.example", fetcher=fetcher)
    from tests.cases.book.issuer import Issuer

    report = verifier.verify(Issuer().token())
    assert report.code.value == "trust_unavailable"
    assert log == []

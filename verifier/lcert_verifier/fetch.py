"""The only network code of this package: one bounded GET, to an address that was checked before connecting to it.

No redirects, no proxies, no compression, no cookies. https only, but for a loopback origin that the caller names
through `Fetcher.reader`. Name resolution, connecting, TLS, headers and body share one deadline, and a server that
drips bytes runs into it. Every fault is EvidenceUnavailable.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from . import published
from .addresses import is_loopback_address, is_loopback_host, is_public_address
from .errors import EvidenceUnavailable
from .published import NotPublished
from .urls import Target, is_loopback_url, normal_origin, origin_of, parse_url
from .wire import Stream, Wire

__all__ = [
    "Connector",
    "Fetcher",
    "Resolver",
    "Response",
    "Target",
    "is_loopback_url",
    "normal_origin",
    "origin_of",
    "parse_url",
]

Resolver = Callable[[str, int], Sequence[str]]
"""`resolve(host, port)` gives literal addresses; raises OSError."""
Connector = Callable[[str, int, float], socket.socket]
"""`connect(address, port, seconds)` gives a connected TCP socket; raises OSError."""

_DEADLINE: Final = 10.0
_USER_AGENT: Final = "lcert-verifier"
_OVERHEAD: Final = 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A 200 answer, whole. `content_type` is lower case without parameters; header names are lower case."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]


def resolve_system(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect_tcp(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


class Fetcher:
    """Fetches within bounds. Safe to share between threads: it keeps no connection and no state.

    `deadline` is the seconds a whole fetch may take. `resolve`, `connect`, `tls` and `clock` are replaced in tests.
    """

    def __init__(
        self,
        *,
        deadline: float = _DEADLINE,
        resolve: Resolver = resolve_system,
        connect: Connector = connect_tcp,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._connect = connect
        self._tls = tls
        self._clock = clock

    def reader(self, origin: str) -> Callable[[str], bytes]:
        """`read(path)` for the published paths of one origin, which is trusted as named: loopback is allowed if it is.

        ValueError when `origin` is not one. `read` raises NotPublished for 404, EvidenceUnavailable for the rest; the
        media type must be the one the path is published with.
        """
        base = normal_origin(origin)
        loopback = is_loopback_host(parse_url(base).host)

        def read(path: str) -> bytes:
            if not published.is_published_path(path):
                raise EvidenceUnavailable(f"{path[:100]!r} is not a published path")
            kind = published.media_type(path)
            response = self.get(
                f"{base}/{path}", limit=published.most_bytes(path), accept=kind, loopback=loopback
            )
            if (
                kind in _MATTERS
                and not path.startswith(published.LOG_PREFIX)
                and response.content_type != kind
            ):
                raise EvidenceUnavailable(
                    f"{base}/{path} came as {response.content_type[:60]!r}, not {kind!r}"
                )
            return response.body

        return read

    def get(
        self,
        url: str,
        *,
        limit: int,
        deadline: float | None = None,
        accept: str | None = None,
        loopback: bool = False,
    ) -> Response:
        """GET `url`: at most `limit` bytes of body in `deadline` seconds. `loopback` turns the address rule around."""
        try:
            target = parse_url(url)
        except ValueError as error:
            raise EvidenceUnavailable(str(error)) from None
        if target.scheme != "https" and not loopback:
            raise EvidenceUnavailable(f"{target.origin} is not https")
        end = self._clock() + (self._deadline if deadline is None else deadline)
        try:
            stream = self._open(target, loopback, end, limit)
            with stream:
                return _exchange(stream, target, limit, accept)
        except NotPublished:
            raise
        except EvidenceUnavailable as error:
            raise EvidenceUnavailable(f"{target.origin}{target.path}: {error}") from None
        except TimeoutError:
            raise EvidenceUnavailable(f"{target.origin}{target.path}: took too long") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise EvidenceUnavailable(f"{target.origin} cannot be reached: {reason}"[:300]) from None

    def open(self, target: Target, *, loopback: bool, deadline: float, most: int) -> Stream:
        """A connection to a checked address, for others that speak HTTP within these bounds.

        `most` bytes of answer, headers apart. Raises EvidenceUnavailable, OSError, TimeoutError.
        """
        return self._open(target, loopback, self._clock() + deadline, most)

    def addresses(self, name: str, port: int) -> list[str]:
        """What a host name leads to. Raises EvidenceUnavailable when it does not resolve, or TimeoutError."""
        return self._addresses(name, port, self._clock() + self._deadline)

    def _open(self, target: Target, loopback: bool, end: float, limit: int) -> Stream:
        allowed = is_loopback_address if loopback else is_public_address
        name = target.host.removeprefix("[").removesuffix("]")
        addresses = self._addresses(name, target.port, end)
        if not addresses:
            raise EvidenceUnavailable("the name has no address")
        if not all(allowed(address) for address in addresses):
            raise EvidenceUnavailable("the name leads to an address that may not be reached")
        failure: OSError = TimeoutError()
        for address in addresses[:4]:
            try:
                raw = self._connect(address, target.port, self._left(end))
                return Stream(self._secured(raw, target, name, end), end, self._clock, 2 * limit + _OVERHEAD)
            except OSError as error:
                failure = error
        raise failure

    def _secured(self, raw: socket.socket, target: Target, name: str, end: float) -> socket.socket:
        if target.scheme != "https":
            return raw
        try:
            raw.settimeout(self._left(end))
            context = self._tls or ssl.create_default_context()
            return context.wrap_socket(raw, server_hostname=name)
        except BaseException:
            raw.close()
            raise

    def _addresses(self, name: str, port: int, end: float) -> list[str]:
        """What the resolver says, within the deadline: it blocks without one, so it runs in a thread we can leave."""
        answer: list[Sequence[str] | Exception] = []

        def ask() -> None:
            try:
                answer.append(self._resolve(name, port))
            except Exception as error:  # carried over to the asking thread
                answer.append(error)

        thread = threading.Thread(target=ask, daemon=True, name="lcert-resolve")
        thread.start()
        thread.join(self._left(end))
        if not answer:
            raise TimeoutError
        found = answer[0]
        if isinstance(found, Exception):
            if isinstance(found, (OSError, UnicodeError)):
                raise EvidenceUnavailable("the name does not resolve")
            raise found
        return list(found)

    def _left(self, end: float) -> float:
        left = end - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


_MATTERS: Final = frozenset(
    {"application/statuslist+jwt", "application/vc+jwt", "application/json", "application/zip"}
)
"""Media types that a reader insists on; the rest is served by anything as anything."""


def _exchange(stream: Stream, target: Target, limit: int, accept: str | None) -> Response:
    connection = http.client.HTTPConnection(target.host)
    connection.sock = cast(Any, Wire(stream))
    connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", target.origin.partition("://")[2])
    connection.putheader("Accept", f"{accept}, */*;q=0.1" if accept else "*/*")
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("User-Agent", _USER_AGENT)
    connection.putheader("Connection", "close")
    connection.endheaders()
    answer = connection.getresponse()
    if answer.status in (404, 410):
        raise NotPublished(f"{target.origin}{target.path} is not published")
    if answer.status != 200:
        redirect = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
        raise EvidenceUnavailable(f"answered {answer.status}{redirect}")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise EvidenceUnavailable("the answer is compressed, which was not asked for")
    if answer.length is not None and answer.length > limit:
        raise EvidenceUnavailable("the answer is too long")
    body = bytearray()
    while block := answer.read(min(64 * 1024, limit + 1 - len(body))):
        body += block
        if len(body) > limit:
            raise EvidenceUnavailable("the answer is too long")
    if answer.length or not body:  # nothing that is published is empty
        raise EvidenceUnavailable("the answer is truncated")
    return Response(
        body=bytes(body),
        content_type=answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        headers={name.lower(): value for name, value in answer.headers.items()},
    )

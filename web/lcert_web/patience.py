"""What gunicorn's threads lack: patience that ends, and silence about themselves and about what they were sent.

Left alone they wait for ever for the rest of a request, and there are few of them; they name the server, and answer and
log a request that cannot be read with pieces of it.

Headers, and then the body, must be there within a time however steadily they drip; and neither reading nor writing may
stand still for long. A connection that is too slow is closed without an answer.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import Any, Final

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import errors, wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from .problems import PROBLEM_MEDIA_TYPE, Kind

__all__ = ["PatientWorker"]

HEADER_SECONDS: Final = 10.0
BODY_SECONDS: Final = 60.0
BATCH_SECONDS: Final = 300.0
"""For batches, which are answered line by line while they arrive."""
QUIET_SECONDS: Final = 30.0
"""How long one read or write may wait."""
VAIN_BYTES: Final = 128 * 1024 * 1024
VAIN_SECONDS: Final = 2.0
"""What is taken of a body that nobody reads, twice the largest that is read: so much, and no longer pause in it."""
_MOMENT_SECONDS: Final = 0.001
"""What a client has to hang up first when all that it asked was read and answered."""
_POLITE_SECONDS: Final = 0.0002
"""How long a process with an open connection leaves a new one to the others, for each that it has."""
_MOST_POLITE: Final = 5
_BATCH: Final = "/v1/verify/batch"
_BLOCK: Final = 64 * 1024


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Threads, as `gthread` has them; the main loop, which wakes every second, ends connections that are too slow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: dict[Any, tuple[float, Any]] = {}
        """Connection -> when it must be done, and the request whose body is read, None while headers are."""

    def init_process(self) -> None:
        wsgi.SERVER = "lcert"  # the name in every answer's Server header
        super().init_process()

    def accept(self, listener: Any) -> None:
        # A proxy's connections stay open: whoever of several processes has fewer of them is to get the next one.
        if self.cfg.workers > 1:
            time.sleep(min(self.nr_conns, _MOST_POLITE) * _POLITE_SECONDS)
        super().accept(listener)

    def handle(self, conn: Any) -> Any:
        self._reading[conn] = time.monotonic() + HEADER_SECONDS, None
        try:
            goes_on = super().handle(conn)
        finally:
            self._reading.pop(conn, None)
        if (
            not goes_on
        ):  # in the main loop, which is gunicorn's way, who does not hang up would keep all others out
            util.close_graceful(conn.sock, timeout=VAIN_SECONDS)
        return goes_on

    def finish_request(self, conn: Any, fs: Any) -> None:
        if conn.sock.fileno() < 0:  # closed by its thread; gunicorn would count it as gone twice
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def handle_request(self, req: Any, conn: Any) -> Any:
        seconds = BATCH_SECONDS if req.path == _BATCH else BODY_SECONDS
        self._reading[conn] = time.monotonic() + seconds, req
        conn.sock.settimeout(QUIET_SECONDS)
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Takes off the connection what was not read of a body, so that whoever still sends it comes to the answer.

        Closed at once, the connection would break under a client that writes before it reads: RFC 9112 section 9.6.
        """
        taken = _take_rest(conn)
        goes_on = taken and bool(super()._keepalive_after(conn, keepalive))
        if taken and not goes_on:
            util.close_graceful(conn.sock, timeout=_MOMENT_SECONDS)
        return goes_on

    def murder_keepalived(self, force: bool = False) -> None:
        super().murder_keepalived(force)
        now = time.monotonic()
        for conn, (end, req) in list(self._reading.items()):
            if now >= end and not (req is not None and _is_read(req.body)):
                with contextlib.suppress(OSError):  # it has just gone by itself
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers a request that could not be read, or a fault, with a problem that repeats nothing of it."""
        kind = _kind_of(exc)
        if kind is Kind.INTERNAL:
            self.log.exception("fault while a request was handled")
        body = json.dumps({"type": kind.uri, "title": kind.title, "status": kind.status})
        head = (
            f"HTTP/1.1 {kind.status} {kind.slug}\r\nConnection: close\r\nContent-Type: {PROBLEM_MEDIA_TYPE}\r\n"
            f"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            client.sendall(f"{head}{body}".encode())


def _kind_of(exc: BaseException) -> Kind:
    if isinstance(exc, (errors.LimitRequestHeaders, errors.LimitRequestLine)):
        return Kind.HEADERS_TOO_LARGE
    if isinstance(exc, errors.UnsupportedTransferCoding):
        return Kind.NOT_IMPLEMENTED
    ours = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)
    return (
        Kind.BAD_REQUEST
        if isinstance(exc, errors.ParseException) and not isinstance(exc, ours)
        else Kind.INTERNAL
    )


def _take_rest(conn: Any) -> bool:
    """Whether the connection is at the end of its request now. A body is taken in vain up to a size and a pause."""
    body, left = conn.parser.mesg.body, VAIN_BYTES
    if _is_read(body):
        return True
    conn.sock.settimeout(VAIN_SECONDS)
    with contextlib.suppress(
        OSError, errors.ParseException
    ):  # it is answered: what is wrong with the rest is not told
        while left > 0:
            if not (taken := body.read(_BLOCK)):
                return True
            left -= len(taken)
    return False


def _is_read(body: Any) -> bool:
    """Whether a request's body has been taken off the connection; what takes long then is the answer."""
    reader = body.reader
    if hasattr(reader, "length"):
        return bool(reader.length <= 0)
    return getattr(reader, "parser", None) is None

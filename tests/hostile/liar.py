"""An issuer on a loopback port that publishes what it should, until it is told to lie."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.cases.book.issuer import NOW, Issuer

from lcert_verifier.fetch import Fetcher
from lcert_verifier.published import media_type

__all__ = ["DEADLINE", "Behaviour", "Impatient", "Liar", "reply"]

DEADLINE = 0.4
"""Seconds that a fetch may take where the server misbehaves."""

Behaviour = Callable[[socket.socket], None]
"""What to do with a connection instead of answering the request that came over it."""


def reply(
    body: bytes = b"", *, status: str = "200 OK", kind: str = "application/statuslist+jwt", **headers: str
) -> Behaviour:
    """A whole answer; header names are written with underscores."""
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return lambda connection: connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)


class Liar:
    """`site` is served by path, `lies` come first. `now` is the verifier's clock as well as the issuer's."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.now = NOW
        self.issuer = Issuer(base_url=self.origin)
        self.lies: dict[str, Behaviour] = {}
        self.site: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._closing = threading.Event()
        self.publish()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def clock(self) -> datetime:
        return self.now

    def later(self, passed: timedelta) -> None:
        self.now += passed

    def publish(self, issuer: Issuer | None = None, **files: bytes) -> None:
        """Publishes everything anew; `files` by path, with `__` for a slash, differ."""
        issuer = issuer or self.issuer
        self.site = {
            **issuer.site(),
            **issuer.tiles(),
            "log/checkpoint": issuer.checkpoint(),
            "bundle.zip": issuer.bundle(),
            **{f"c/{each.number}.jwt": issuer.token(name).encode() for name, each in issuer.issued.items()},
        }
        self.site |= {path.replace("__", "/"): data for path, data in files.items()}

    def set_status(self, state: str, value: int) -> None:
        """The issuer decides on a certificate: one more journal entry, new lists."""
        from dataclasses import replace

        self.issuer.issued[state] = replace(self.issuer.issued[state], status=value)
        self.issuer.entries.append(
            json.dumps({"v": 1, "kind": "decided", "n": len(self.issuer.entries)}).encode()
        )
        self.publish()

    def statement(self, **changes: Any) -> dict[str, Any]:
        return {**self.issuer.statement(), **changes}

    def lie(self, path: str, data: bytes | Behaviour) -> None:
        if isinstance(data, bytes):
            self.site[path] = data
        else:
            self.lies[path] = data

    def forge(self, files: Mapping[str, bytes]) -> None:
        self.site.update(files)

    # ---- serving

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def drip(self, head: bytes, piece: bytes = b"x", every: float = 0.02) -> Behaviour:
        """Sends `head`, and then a little for ever, or as long as anybody listens."""

        def behave(connection: socket.socket) -> None:
            connection.sendall(head)
            while not self._closing.is_set():
                connection.sendall(piece)
                if every:
                    time.sleep(every)

        return behave

    def hang(self, connection: socket.socket) -> None:
        """Reads, and never answers."""
        connection.settimeout(10)
        while connection.recv(1024):
            pass

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request and len(request) < 65_536:
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            path = request.split(b" ", 2)[1].decode("latin-1").lstrip("/")
            self.asked.append(path)
            self._answer(path)(connection)

    def _answer(self, path: str) -> Behaviour:
        if path in self.lies:
            return self.lies[path]
        if path not in self.site:
            return reply(b"no such page", status="404 Not Found", kind="text/plain")
        return reply(self.site[path], kind=media_type(path))


class Impatient(Fetcher):
    """Waits the short deadline only where the liar misbehaves, so that a busy machine fails no honest fetch."""

    def __init__(self, liar: Liar) -> None:
        super().__init__()
        self._liar = liar
        self._short = Fetcher(deadline=DEADLINE)

    def reader(self, origin: str) -> Callable[[str], bytes]:
        honest, short = super().reader(origin), self._short.reader(origin)
        return lambda path: (short if path in self._liar.lies else honest)(path)

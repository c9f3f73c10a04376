"""Programs for webhooks over real connections: a receiver that misbehaves, workers, and writers; killed at random."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.following import Program, fork

__all__ = ["Chaos", "Received", "receive_under_fire"]

_RECEIVER = """
import http.server, json, os, random, sqlite3, sys, time
from standardwebhooks import Webhook

port, path, secret, seed = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
chance = random.Random(seed)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fate = chance.random()
        if fate < 0.12:
            return self.answer(chance.choice([400, 404, 500, 503]))
        if fate < 0.17:
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{port}/elsewhere")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if fate < 0.22:
            return None  # closes without an answer
        if fate < 0.25:
            return time.sleep(2)  # hangs, longer than the sender waits
        self.keep(body)
        if fate < 0.32:
            return None  # took it, and closes before it says so
        if fate < 0.35:
            return self.wfile.write(b"HTTP/1.1 2")
        if fate < 0.37:
            return time.sleep(2)
        self.answer(204)

    def keep(self, body):
        Webhook(secret).verify(body, dict(self.headers))  # raises, and the test finds what is missing
        event = json.loads(body)
        assert event["id"] == self.headers["webhook-id"]
        with sqlite3.connect(path, timeout=10) as book:
            book.execute(
                "INSERT INTO arrival (id, number, position, path) VALUES (?, ?, ?, ?)",
                (event["id"], event["data"]["number"], event["data"]["position"], self.path),
            )

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
_WORKER = """
import sys, threading
from datetime import UTC, datetime
from lcert_issuer.registry.session import open_registry
from lcert_issuer.watching.delivering import Retrying
from lcert_issuer.watching.postroom import PostRoom
from lcert_issuer.watching.sending import Destinations, WebhookSender
from lcert_verifier.fetch import Fetcher

PostRoom(
    open_registry(sys.argv[1]),
    WebhookSender(Destinations(fetcher=Fetcher(), loopback=True), deadline=0.5),
    base_url="https://certs.example",
    clock=lambda: datetime.now(UTC),
    retrying=Retrying(first=0.02, factor=1.5, most=0.2, lease=2.0),
).run(threading.Event(), lambda text: print(text, file=sys.stderr))
"""
_WRITER = """
import sys
from lcert_issuer.registry import journal
from lcert_issuer.registry.session import open_registry

registry = open_registry(sys.argv[1])
kinds = journal.Kind.SUSPENDED, journal.Kind.REINSTATED
for n in range(int(sys.argv[3])):
    number = f"LC-2026-{1000 * int(sys.argv[2]) + n % 3:04}"
    with registry.write() as session:
        journal.append(session, [journal.Event(kind=kinds[n // 3 % 2], number=number, edition=1)])
registry.close()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What the receiver kept, in order: id, number, position, path."""

    arrivals: list[tuple[str, str, int, str]]

    def first_positions(self) -> dict[str, list[int]]:
        """Journal positions by certificate, in the order in which their events first came."""
        seen: set[str] = set()
        found: dict[str, list[int]] = {}
        for event, number, position, _ in self.arrivals:
            if event not in seen:
                seen.add(event)
                found.setdefault(number, []).append(position)
        return found


@dataclass
class Chaos:
    """How often something was killed."""

    workers: int = 0
    receivers: int = 0
    programs: list[Program] = field(default_factory=list)


def receive_under_fire(
    url: str, folder: Path, *, port: int, secret: str, events: int, seed: int, seconds: float
) -> tuple[Received, Chaos]:
    """Two workers send what two writers record, `events` together, while workers and receiver are killed at random.

    Ends when every event came, at least three of each were killed, or with an assertion after `seconds`.
    """
    book = folder / "receiver.sqlite3"
    with contextlib.closing(sqlite3.connect(book)) as made:
        made.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE arrival "
            "(row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, number TEXT, position INTEGER, path TEXT)"
        )
    chance, chaos, deadline = random.Random(seed), Chaos(), time.monotonic() + seconds

    def receiver() -> Program:
        return fork(_RECEIVER, str(port), str(book), secret, str(chance.randrange(2**32)))

    def worker() -> Program:
        return fork(_WORKER, url)

    writers = [fork(_WRITER, url, str(n), str(events // 2)) for n in (1, 2)]
    workers, hook = [worker(), worker()], receiver()
    try:
        step, reached = max(1, min(events // 8, 25)), 0
        while True:
            came = len({event for event, *_ in _arrivals(book)})
            if came >= events // 2 * 2 and min(chaos.workers, chaos.receivers) >= 3:
                break
            assert time.monotonic() < deadline, f"{came} of {events} came\n{workers[0].said()}{hook.said()}"
            if came < min(reached, events // 2 * 2):
                time.sleep(0.005)
                continue
            reached = came + chance.randint(1, 2 * step)
            time.sleep(chance.uniform(0, 0.05))
            if chaos.workers <= chaos.receivers:
                chosen = chaos.workers % 2
                workers[chosen].close()
                workers[chosen] = worker()
                chaos.workers += 1
            else:
                hook.close()
                time.sleep(chance.uniform(0, 0.2))
                hook = receiver()
                chaos.receivers += 1
        for writer in writers:
            assert writer.finish(60) == 0, writer.said()
    finally:
        for program in (*writers, *workers, hook):
            program.close()
    return Received(arrivals=_arrivals(book)), chaos


def _arrivals(book: Path) -> list[tuple[str, str, int, str]]:
    with contextlib.closing(sqlite3.connect(book, timeout=10)) as opened:
        return opened.execute("SELECT id, number, position, path FROM arrival ORDER BY row").fetchall()

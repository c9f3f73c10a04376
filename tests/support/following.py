"""Programs for following the journal over HTTP: a server, writers, and a consumer that may be killed at any moment."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.programs import free_port

__all__ = [
    "Program",
    "consume_killed",
    "fork",
    "read_consumed",
    "serving_changes",
    "start",
    "write_from_four",
]

_SERVER = """
import sys
from tests.support.shelf import MemoryStorage
from lcert_issuer.registry.session import open_registry
from lcert_web.public import create_public_app
from lcert_web.serving import serve

def factory():
    return create_public_app(
        storage=MemoryStorage(), base_url="https://certs.example", issuer_name="L",
        registry=open_registry(sys.argv[1]),
    )

serve(factory, host="127.0.0.1", port=int(sys.argv[2]))
"""
_WRITERS = """
import os, sys
from lcert_issuer.registry import journal
from lcert_issuer.registry.session import open_registry

def write(writer):
    registry = open_registry(sys.argv[1])
    for n in range(int(sys.argv[2])):
        with registry.write() as session:
            number = f"LC-2026-{1000 * writer + n:04}"
            journal.append(session, [journal.Event(kind=journal.Kind.SUSPENDED, number=number, reason="fee-unpaid")])
    registry.close()

children = []
for writer in range(1, 5):  # forked after the imports, before anything is opened
    child = os.fork()
    if child == 0:
        write(writer)
        sys.exit(0)
    children.append(child)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children))
"""
_CONSUMER = """
import http.client, json, sqlite3, sys

port, path = int(sys.argv[1]), sys.argv[2]
book = sqlite3.connect(path, isolation_level=None, timeout=10)
book.execute("PRAGMA synchronous = OFF")
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
while True:
    (cursor,) = book.execute("SELECT cursor FROM place").fetchone()
    connection.request("GET", f"/v1/changes?wait=5&limit=7&cursor={cursor}")
    reply = connection.getresponse()
    body = json.loads(reply.read())
    assert reply.status == 200, body
    book.execute("BEGIN IMMEDIATE")
    book.executemany(
        "INSERT INTO seen (position, number) VALUES (?, ?)",
        [(change["position"], change.get("number")) for change in body["changes"]],
    )
    book.execute("UPDATE place SET cursor = ?", (body["cursor"],))
    book.execute("COMMIT")
"""


@contextlib.contextmanager
def serving_changes(url: str) -> Iterator[int]:
    """The port of a public site that reads the registry at `url`."""
    port = free_port()
    with contextlib.closing(start("-c", _SERVER, url, str(port))) as server:
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                connection.close()
                break
            except OSError:
                assert server.process.poll() is None, server.said()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield port


def write_from_four(url: str, changes: int) -> list[Program]:
    """A program whose four processes record `changes` entries between them."""
    return [fork(_WRITERS, url, str(changes // 4))]


def consume_killed(port: int, book: Path, expected: int, *, seed: int, seconds: float) -> int:
    """Runs the consumer, killed at random and started again, until `expected` changes are in; says how often."""
    with contextlib.closing(sqlite3.connect(book)) as made:
        made.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE place (cursor TEXT); INSERT INTO place VALUES ('');"
            "CREATE TABLE seen (row INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER, number TEXT)"
        )
    chance = random.Random(seed)
    deadline = time.monotonic() + seconds
    killed = 0
    while (seen := len(read_consumed(book))) < expected:
        with contextlib.closing(start("-I", "-c", _CONSUMER, str(port), str(book))) as consumer:
            spared = seen + chance.randint(1, max(2, expected // 6))
            while len(read_consumed(book)) < min(spared, expected):
                assert consumer.process.poll() is None, consumer.said()
                assert time.monotonic() < deadline, f"only {len(read_consumed(book))} of {expected} came"
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.02))
            killed += 1
    return killed


def read_consumed(book: Path) -> list[int]:
    """Positions in the order in which they were processed."""
    with contextlib.closing(sqlite3.connect(book)) as opened:
        return [position for (position,) in opened.execute("SELECT position FROM seen ORDER BY row")]


@dataclass(slots=True)
class Forked:
    """A child of this process, with what is used here of `subprocess.Popen`."""

    pid: int
    code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if done else None
        return self.code

    def wait(self, seconds: float = 60) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a forked program", seconds)
            time.sleep(0.002)
        return code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program. Its errors go to a file: a pipe that nobody reads would stop a server that logs."""

    process: subprocess.Popen[bytes] | Forked
    errors: IO[bytes]

    def finish(self, seconds: float) -> int:
        """Its exit status, once it has ended by itself; what it said is kept until `close`."""
        return self.process.wait(seconds)

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()[-4000:].decode(errors="replace")

    def close(self) -> None:
        """Killed, wherever it is."""
        self.process.kill()
        self.process.wait()
        self.errors.close()


def start(*args: str) -> Program:
    """Python with these arguments, in the repository."""
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the program
    process = subprocess.Popen(
        [sys.executable, *args],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
    return Program(process=process, errors=errors)


def fork(text: str, *args: str) -> Program:
    """The Python program `text` with these arguments, in a fork: what this process has imported is there at once."""
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the program
    child = os.fork()
    if child:
        return Program(process=Forked(child), errors=errors)
    code = 1
    try:
        os.dup2(errors.fileno(), 2)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", write_through=True)
        sys.argv = ["-c", *args]
        exec(compile(text, "<program>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)

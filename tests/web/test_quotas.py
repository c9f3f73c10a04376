"""Quotas are one for all processes of a server, whoever of them answers and whoever is killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.programs import Home, fetch, free_port, serving

from lcert_web.api.counting import FileCounter, MemoryCounter
from lcert_web.api.limits import Limiter, Quota

SERVER = """
import os, sys, time
from pathlib import Path
from flask import Flask
from lcert_web.api.limits import Quota, install_limits
from lcert_web.problems import install_problems
from lcert_web.serving import serve

def factory():
    app = Flask("lcert_web.test")
    install_problems(app)
    quota = Quota(requests=20, seconds=60, loopback=20, store=Path(sys.argv[2]))
    install_limits(app, quota, ("/v1/",))
    app.add_url_rule("/v1/who", "who", lambda: time.sleep(0.02) or {"pid": os.getpid()})
    app.add_url_rule("/healthz", "healthz", lambda: "ok")
    return app

serve(factory, host="127.0.0.1", port=int(sys.argv[1]), workers=2, threads=1)
"""
TAKER = """
import sys, time
from pathlib import Path
from lcert_web.api.counting import FileCounter
counter = FileCounter(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    counter.take(b"c" * 16, 600, time.monotonic())
"""
HOLDER = """
import fcntl, os, sys, time
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def two_processes(store: Path) -> Iterator[int]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), str(store)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    if fetch(f"http://127.0.0.1:{port}/healthz").status == 200:
                        break
                except OSError:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def ask(port: int) -> tuple[int, int | None, int]:
    """Status, process that answered, and what remains."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/v1/who")
        reply = connection.getresponse()
        body = json.loads(reply.read())
        assert reply.headers["RateLimit-Policy"] == '"default";q=20;w=60'
        left = int(reply.headers["RateLimit"].split(";")[1].removeprefix("r="))
        assert (reply.status == 429) == ("Retry-After" in reply.headers)
        return reply.status, body.get("pid"), left
    finally:
        connection.close()


def test_two_processes_give_one_quota_between_them(tmp_path: Path) -> None:
    with two_processes(tmp_path / "quotas") as port, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(port), range(50)))
    good = [answer for answer in answers if answer[0] == 200]
    assert len(good) == 20
    assert {status for status, *_ in answers} == {200, 429}
    assert len({pid for _, pid, _ in good}) == 2, "both answered"
    assert sorted(left for *_, left in good) == list(range(20)), "each was told what remained"


def test_processes_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    store = tmp_path / "quotas"
    takers = [subprocess.Popen([sys.executable, "-c", TAKER, str(store), "400"]) for _ in range(3)]
    assert [taker.wait(60) for taker in takers] == [0, 0, 0]
    counter = FileCounter(store)
    assert counter.take(b"c" * 16, 600, time.monotonic())[0] == 1201
    counter.close()


def test_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    store = tmp_path / "quotas"
    counter = FileCounter(store)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(store)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    started = time.monotonic()
    assert counter.take(b"a" * 16, 60, 1.0)[0] == 1
    assert time.monotonic() - started < 5
    counter.close()


def test_a_window_ends_and_one_from_before_a_restart_is_not_believed(tmp_path: Path) -> None:
    counter = FileCounter(tmp_path / "quotas")
    client = b"b" * 16
    assert [counter.take(client, 60, 1000.0 + n)[0] for n in (0, 1, 59)] == [1, 2, 3]
    assert counter.take(client, 60, 1060.0) == (1, 1120.0)
    assert counter.take(client, 60, 5.0) == (1, 65.0), "the clock began anew"
    counter.close()


def test_many_clients_have_room_and_the_newest_win(tmp_path: Path) -> None:
    counter = FileCounter(tmp_path / "quotas")
    clients = [n.to_bytes(4, "big") + b"x" * 12 for n in range(2_000)]
    assert {counter.take(client, 60, 1.0)[0] for client in clients} == {1}
    assert {counter.take(client, 60, 2.0)[0] for client in clients} == {2}
    crowd = [b"\0" * 4 + n.to_bytes(12, "big") for n in range(20)]
    assert {counter.take(client, 60, 3.0 + n)[0] for n, client in enumerate(crowd)} == {1}
    assert counter.take(crowd[-1], 60, 30.0)[0] == 2
    counter.close()


def test_a_file_that_is_something_else_is_refused_and_one_cut_short_counts_in_memory(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"something else entirely, and long enough for a header")
    with pytest.raises(OSError, match="no file of quotas"):
        FileCounter(other)
    assert other.read_bytes().startswith(b"something else")
    store = tmp_path / "quotas"
    counter = FileCounter(store)
    os.truncate(store, 40)
    client = b"\xff" * 16
    assert [counter.take(client, 60, 1.0)[0] for _ in range(3)] == [1, 2, 3]
    counter.close()


@pytest.mark.parametrize("shared", [False, True])
def test_addresses_are_kept_as_salted_hashes(tmp_path: Path, shared: bool) -> None:
    store = tmp_path / "quotas"
    counter = FileCounter(store) if shared else MemoryCounter()
    limiter = Limiter(Quota(requests=2, seconds=60, loopback=9), counter=counter)
    assert [limiter.take("203.0.113.9")[1] for _ in range(3)] == [1, 0, -1]
    assert limiter.take("2001:db8::1")[1] == 1
    assert limiter.take("2001:db8::2")[1] == 0, "a network of IPv6 is one client"
    if isinstance(counter, FileCounter):
        again = Limiter(limiter.quota, counter=FileCounter(store))
        assert again.take("203.0.113.9")[1] == -2
        assert bytes([203, 0, 113, 9]) not in store.read_bytes()
        counter.close()


def test_a_served_verifier_with_two_processes_keeps_to_one_quota(tmp_path: Path) -> None:
    home = Home(
        folder=tmp_path / "var",
        more={"LCERT_WORKERS": "2", "LCERT_RATE_LIMIT": "15/60", "LCERT_TRUST": str(tmp_path / "none.zip")},
    )
    question = {"body": b'{"token": "x"}', "headers": {"Content-Type": "application/json"}}
    with serving(["serve", "verifier"], env=home.env, ready=[f"{home.verifier_url}/healthz"]):
        statuses = [
            fetch(f"{home.verifier_url}/v1/verify", method="POST", **question).status  # type: ignore[arg-type]
            for _ in range(40)
        ]
    assert statuses == [200] * 15 + [429] * 25
    (tmp_path / "other").write_bytes(b"something else entirely, and long enough for a header")
    refused = home.lcert("serve", "verifier", more={"LCERT_RATE_LIMIT_STORE": str(tmp_path / "other")})
    assert refused.code == 1
    assert "LCERT_RATE_LIMIT_STORE" in refused.err

"""The verifier as a service: what a request costs its processor, and how many it answers beside Node."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from ..harness import Row, Skipped, Timed
from ..samples import sample

__all__ = ["NAMES", "PROCESSORS", "Server", "prepare", "rows"]

NAMES = ("verify-endpoint-cpu", "verify-endpoint-rate")
ROOT = Path(__file__).parents[2]
REQUESTS = 400
PROCESSORS = len(os.sched_getaffinity(0))
SECONDS = 1
WRK = """
local bodies, at = {}, 0
for line in io.lines("%s") do bodies[#bodies + 1] = line end
math.randomseed(os.time())
at = math.random(#bodies)
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
request = function() at = at %% #bodies + 1; return wrk.format(nil, nil, nil, bodies[at]) end
"""


def rows(stack: ExitStack) -> list[Row | Skipped]:
    folder, given = prepare(stack)
    bodies = (folder / "bodies").read_text().split("\n")
    one, constant = Server(stack, "verifier", "1", "1", *given), Server(stack, "constant", "1", "1")
    turns = cycle(bodies)  # more than a verifier remembers
    return [
        Row(
            name="verify-endpoint-cpu",
            what="POST /v1/verify of a token not seen before: processor time of the server for a request",
            target=2.2,
            ours=Timed(lambda: one.cpu(turns)),
            limit=Timed(lambda: constant.cpu(turns)),
            limit_is="a constant answer of Flask by the same server",
            note="gunicorn with one process and one thread; all checks, quota, counters and log line included.",
        ),
        _rate(stack, folder, given),
    ]


def prepare(stack: ExitStack) -> tuple[Path, list[str]]:
    """A folder with `bodies` and a `wrk.lua` that posts them, and the arguments of a verifier that knows them."""
    found = sample()
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lcert-bench-")))
    bundle = folder / "bundle.zip"
    bundle.write_bytes(found.bundle)
    (folder / "bodies").write_text("\n".join(json.dumps({"token": token}) for token in found.tokens))
    (folder / "wrk.lua").write_text(WRK % (folder / "bodies"))
    return folder, [str(bundle), found.world.now.isoformat()]


def _rate(stack: ExitStack, folder: Path, given: list[str]) -> Row | Skipped:
    what = "requests a second of POST /v1/verify, a process a processor"
    if shutil.which("wrk") is None or shutil.which("node") is None:
        return Skipped(name="verify-endpoint-rate", what=what, why="needs wrk and node")
    key = json.dumps(sample().world.issuing.public_key.to_json())
    try:
        node = Server(stack, "node", key)
    except OSError as error:
        return Skipped(name="verify-endpoint-rate", what=what, why=f"Node's server did not start: {error}")
    ours = Server(stack, "verifier", str(PROCESSORS), "4", *given)
    return Row(
        name="verify-endpoint-rate",
        what=what,
        target=0.75,
        ours=Timed(lambda: ours.wall(folder / "wrk.lua")),
        limit=Timed(lambda: node.wall(folder / "wrk.lua")),
        limit_is="Node's http and jose, one process, signature only",
        clock="wall",
        at_least=True,
        note="wrk with 16 connections on the same processors.",
    )


class Server:
    """A server in a process of its own, which the stack ends."""

    def __init__(self, stack: ExitStack, which: str, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if which == "node":
            program = ["node", str(ROOT / "bench" / "node" / "verify_server.mjs"), str(self.port), *arguments]
        else:
            program = [sys.executable, "-m", "bench.serving_program", which, str(self.port), *arguments]
        self.process = subprocess.Popen(program, cwd=ROOT, stderr=subprocess.DEVNULL)
        stack.callback(self._end)
        self._await()

    def _end(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def _await(self) -> None:
        for _ in range(300):
            if self.process.poll() is not None:
                raise OSError("it ended")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            else:
                connection.close()
                return
        raise OSError("it does not answer")

    def cpu(self, bodies: Iterator[str]) -> float:
        """Processor seconds of a request, over some on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        before = self._spent()
        for _ in range(REQUESTS):
            connection.request("POST", "/v1/verify", next(bodies), headers)
            reply = connection.getresponse()
            assert reply.status == 200, reply.status
            reply.read()
        spent = self._spent() - before
        connection.close()
        return spent / REQUESTS

    def _spent(self) -> float:
        """Seconds on a processor of the server's workers, to the nanosecond (Linux)."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(
            int(task.read_text().split()[0]) / 1e9
            for pid in pids
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )

    def wall(self, script: Path) -> float:
        """Seconds of a request when many are asked at once."""
        done = subprocess.run(
            [
                "wrk",
                "-t1",
                "-c16",
                f"-d{SECONDS}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{self.port}/v1/verify",
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        assert found is not None, done.stdout
        assert "Non-2xx" not in done.stdout, done.stdout
        return 1 / float(found[1])


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]

"""The installed programs, run as users run them: `lcert`, `lcert-verify`, and servers on free loopback ports."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Home", "Reply", "Result", "fetch", "free_port", "run", "serving", "wait_until"]

_BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as `--json` gives it: one object a physical line."""
        return [json.loads(line) for line in self.out.splitlines() if line]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.lines
        return only


def run(
    program: str,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = b"",
    timeout: float = 90,
) -> Result:
    """Run an installed program with only the given `LCERT_*` settings; nothing of the caller's leaks in."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [str(_BIN / program), *args],
        env=_environment(env),
        input=data,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Result(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LCERT_")}
    return {**kept, **(extra or {})}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An issuer's home folder with ports of its own."""

    folder: Path
    public_port: int = field(default_factory=free_port)
    verifier_port: int = field(default_factory=free_port)
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.public_port}"

    @property
    def verifier_url(self) -> str:
        return f"http://127.0.0.1:{self.verifier_port}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "LCERT_HOME": str(self.folder),
            "LCERT_PUBLIC_PORT": str(self.public_port),
            "LCERT_VERIFIER_PORT": str(self.verifier_port),
            **self.more,
        }

    def lcert(self, *args: str, more: Mapping[str, str] | None = None, stdin: str = "") -> Result:
        return run("lcert", *args, env={**self.env, **(more or {})}, stdin=stdin)

    def init(self, name: str = "Test Programme") -> Result:
        result = self.lcert("init", "--name", name, "--base-url", self.base_url)
        assert result.code == 0, result.err
        return result

    def verify(self, *args: str, trust: str | None = None, stdin: str | bytes = b"") -> Result:
        return run("lcert-verify", *args, "--trust", trust or self.base_url, stdin=stdin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def fetch(
    url: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """One HTTP request without redirects, cookies or proxies. Header names in the reply are lower case."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    with contextlib.closing(connection):
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target or "/", body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Reply(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=answer.read(),
        )


def wait_until(condition: Any, *, seconds: float, what: str, every: float = 0.1) -> float:
    """Call `condition` until it is true; returns the seconds it took, fails naming `what` after `seconds`."""
    start = time.monotonic()
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)


@contextlib.contextmanager
def serving(
    args: Sequence[str], *, env: Mapping[str, str], ready: Sequence[str], seconds: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """`lcert ARGS` until the block ends, entered once every URL of `ready` answers 200."""
    with subprocess.Popen(
        [str(_BIN / "lcert"), *args],
        env=_environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        drained: list[bytes] = []
        assert process.stderr is not None
        reader = threading.Thread(target=lambda: drained.extend(process.stderr or ()), daemon=True)
        reader.start()
        try:
            for url in ready:
                try:
                    wait_until(
                        lambda url=url: process.poll() is not None or fetch(url).status == 200,
                        seconds=seconds,
                        what=f"{url} answers",
                    )
                except AssertionError as fault:
                    raise AssertionError(f"{fault}\n{b''.join(drained)[-4000:].decode()}") from fault
                assert process.poll() is None, b"".join(drained)[-4000:].decode()
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            reader.join(5)

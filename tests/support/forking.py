"""`lcert` and `lcert-verify` as processes of their own that start at once: forks of one interpreter that waits.

What runs is the programs' own entry point, with its own environment, standard streams and exit code, and it can be
killed like any process; only the imports are done beforehand. New key files cost little to open here.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import gc
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support.forms import form_file
from tests.support.programs import Home, Result
from tests.support.statements import compile_statements_once
from tests.support.system import ROOT

__all__ = ["KILLED", "QuickHome", "Starter", "start_quickly", "wait_for_orders"]

KILLED = -signal.SIGKILL
"""Exit code of a process that `kill -9` ended."""
_SECONDS = 60


class Starter:
    """Starts programs, one at a time."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def run(
        self,
        program: str,
        *args: str,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes = b"",
        cwd: Path | None = None,
        kill_after: float | None = None,
    ) -> Result:
        """Like `programs.run`. Exit code -9 when it was killed; `kill_after` so many seconds it is."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = self._folder / "out", self._folder / "err"
        order = {
            "program": program,
            "args": args,
            "env": dict(env or {}),
            "stdin": base64.b64encode(data).decode(),
            "cwd": str(cwd) if cwd else None,
            "out": str(out),
            "err": str(err),
            "seconds": _SECONDS if kill_after is None else kill_after,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the waiting interpreter ended; its standard error says why"
        return Result(code=int(answer), out=out.read_bytes().decode(), err=err.read_bytes().decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickHome(Home):
    """A home whose commands start at once."""

    starter: Starter

    def lcert(self, *args: str, more: Mapping[str, str] | None = None, stdin: str = "") -> Result:
        return self.starter.run("lcert", *args, env={**self.env, **(more or {})}, stdin=stdin)

    def verify(self, *args: str, trust: str | None = None, stdin: str | bytes = b"") -> Result:
        return self.starter.run("lcert-verify", *args, "--trust", trust or self.base_url, stdin=stdin)

    def done(self, *args: str) -> dict[str, Any]:
        """What `lcert ARGS --json` says, after it did what was asked and published it."""
        result = self.lcert(*args, "--json")
        assert result.code == 0, f"lcert {' '.join(args)}: {result.err}"
        assert result.object.get("published", True) is True, result.object
        return result.object


@contextlib.contextmanager
def start_quickly(module: str = "tests.support.forking") -> Iterator[Starter]:
    """A starter until the block ends. `module` is run as the interpreter that waits."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LCERT_")}
    with tempfile.TemporaryDirectory(prefix="lcert-starter-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        )
        with process:
            yield Starter(process, Path(folder))
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it ended by itself, and a test has said so
                process.stdin.close()


def wait_for_orders(orders: IO[bytes], answers: IO[bytes]) -> None:
    compile_statements_once()
    mains = _mains()
    gc.freeze()  # a fork copies what it touches, and the collector touches everything
    for line in orders:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order, mains[order["program"]])
        deadline = time.monotonic() + order["seconds"]
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.002)
        answers.write(b"%d\n" % os.waitstatus_to_exitcode(status))
        answers.flush()


def _mains() -> dict[str, Any]:
    """The programs' entry points, with all that their commands import and compile."""
    import lcert_issuer.assembly
    import lcert_issuer.backup
    import lcert_issuer.clockwork
    import lcert_issuer.demo.story
    import lcert_issuer.doctor
    import lcert_web.cli
    import lcert_web.programs  # noqa: F401 - warms the interpreter, as all of these
    from lcert_keys import Cost, create_key_file
    from lcert_verifier.command import main as verify
    from lcert_web.command import main as lcert

    lcert_issuer.assembly.create_key_file = functools.partial(  # type: ignore[attr-defined]
        create_key_file, cost=Cost(n=2)
    )
    _rehearse(lcert)
    return {"lcert": lcert, "lcert-verify": verify}


def _rehearse(lcert: Callable[[], None]) -> None:
    """What happens most often, once, on a home that nobody keeps: mappings, statements, fonts and late imports."""
    with tempfile.TemporaryDirectory(prefix="lcert-rehearsal-") as name:
        os.environ["LCERT_HOME"] = f"{name}/var"
        _rehearsed(lcert, "init", "--name", "Rehearsal", "--base-url", "https://rehearsal.example")
        number = json.loads(_rehearsed(lcert, "issue", str(form_file(Path(name))), "--json"))["number"]
        _rehearsed(lcert, "suspend", number, "--reason", "fee-unpaid")
        _rehearsed(lcert, "show", number)
        _rehearsed(lcert, "worker", "--once")
        _rehearsed(lcert, "doctor")
        del os.environ["LCERT_HOME"]


def _rehearsed(lcert: Callable[[], None], *args: str) -> str:
    """What the command said."""
    sys.argv = ["lcert", *args]
    said = io.StringIO()
    code: object = None
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            lcert()
        except SystemExit as end:
            code = end.code
    assert not code, f"rehearsing lcert {' '.join(args)}: {said.getvalue()}"
    return said.getvalue()


def _become(order: Mapping[str, Any], main: Any) -> None:
    """Never returns: this process is the program from here on."""
    code = 70
    try:
        os.environ.update(order["env"])
        if order["cwd"]:
            os.chdir(order["cwd"])
        with tempfile.TemporaryFile() as stdin:
            stdin.write(base64.b64decode(order["stdin"]))
            stdin.seek(0)
            os.dup2(stdin.fileno(), 0)
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, number)
            os.close(file)
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", write_through=True)
        sys.argv = [order["program"], *order["args"]]
        try:
            code = main() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    wait_for_orders(sys.stdin.buffer, sys.stdout.buffer)

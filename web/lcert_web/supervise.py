"""Several programs as one: starts each as a child process, passes on signals, and ends all when one ends."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

__all__ = ["supervise"]

_GRACE = 10.0
"""Seconds that children get between SIGTERM and SIGKILL."""


def supervise(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> int:
    """Run `commands` (name -> argv) until SIGINT or SIGTERM, or until one ends by itself.

    Returns 0 when told to stop, 1 when a child ended unasked: whatever restarts services sees it then, and the
    others do not go on half alive.
    """
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, argv in commands.items():
            # a session of its own, so that Ctrl-C reaches the children once, through us
            children[name] = subprocess.Popen(argv, env=dict(environment), start_new_session=True)  # noqa: S603 - our own argv
        while not stopping:
            ended = next(
                ((name, child) for name, child in children.items() if child.poll() is not None), None
            )
            if ended is not None:
                sys.stderr.write(
                    f"lcert: {ended[0]} ended with code {ended[1].returncode}; stopping the rest\n"
                )
                return 1
            time.sleep(0.2)
        return 0
    finally:
        _end(list(children.values()))
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    deadline = time.monotonic() + _GRACE
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

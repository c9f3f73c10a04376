"""`lcert serve`: several servers that end together, with whoever started them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from lcert_web import supervise as supervising
from lcert_web.supervise import supervise

ENDS: Sequence[str] = ["/bin/sh", "-c", "exit 3"]
STAYS: Sequence[str] = ["/bin/sh", "-c", "exec sleep 60"]
DEAF: Sequence[str] = ["/bin/sh", "-c", "trap '' TERM; echo up > $READY; while :; do sleep 0.05; done"]


def ask(commands: Mapping[str, Sequence[str]], **environment: str) -> int:
    return supervise(commands, {**os.environ, **environment})


def test_when_one_ends_the_rest_is_stopped(capfd: pytest.CaptureFixture[str]) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    began = time.monotonic()
    assert ask({"public": STAYS, "verifier": ENDS}) == 1
    assert capfd.readouterr().err == "lcert: verifier ended with code 3; stopping the rest\n"
    assert time.monotonic() - began < 30, "the other was not waited for"
    assert signal.getsignal(signal.SIGTERM) is handler


def stop_once(number: signal.Signals, ready: Callable[[], bool] = lambda: True) -> None:
    """Sends the signal when `supervise` listens for it, and not before: it would end the tests."""
    before = signal.getsignal(number)

    def stop() -> None:
        while signal.getsignal(number) is before or not ready():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=stop, daemon=True).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_stops_it_stops_all(number: signal.Signals) -> None:
    stop_once(number)
    assert ask({"public": STAYS, "verifier": STAYS}) == 0


def test_one_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervising, "_GRACE", 0.1)
    ready = tmp_path / "ready"
    stop_once(signal.SIGTERM, ready.exists)
    assert ask({"public": DEAF}, READY=str(ready)) == 0


def test_a_command_that_is_not_there_leaves_nothing_running() -> None:
    with pytest.raises(FileNotFoundError):
        ask({"public": STAYS, "verifier": [sys.executable + "-missing"]})

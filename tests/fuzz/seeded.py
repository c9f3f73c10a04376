"""Seed after seed through every target, within bounds of time and memory, with counts that outlive the process."""

from __future__ import annotations

import json
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tests.fuzz.targets import SEEDED

__all__ = ["GOALS", "GROUPS", "TooSlow", "limit_memory", "load", "repeat", "seeded", "totals"]

GROUPS: dict[str, tuple[str, ...]] = {
    "mutated tokens": ("token_mutated",),
    "re-signed tokens": ("token_resigned", "token_payload", "token_header"),
    "mutated images": ("picture_mutated", "picture_judged"),
    "bundles": ("bundle_mutated",),
    "status lists": ("list_stream", "list_token"),
    "trust and keys": ("trust_mutated", "trust_resigned", "jwk"),
    "everything else": ("json_mutated", "note", "proof", "link", "http"),
}
GOALS = {
    "mutated tokens": 5_000_000,
    "re-signed tokens": 500_000,
    "mutated images": 500_000,
    "bundles": 50_000,
    "status lists": 200_000,
    "trust and keys": 150_000,
    "everything else": 250_000,
}
"""What half an hour must reach; time is shared out in this proportion."""

SECONDS_AN_INPUT = 2.0
_MEMORY = 1024 * 1024 * 1024
_SLICE = 0.2
_SAVE = 10.0
_MOST_CRASHES = 20


class TooSlow(BaseException):
    """An input took longer than it may. No `except Exception` on the way catches it."""


def limit_memory(more: int = _MEMORY) -> None:
    """Lets this process grow by `more` bytes; beyond that an input ends in MemoryError."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


@contextmanager
def _alarmed() -> Iterator[None]:
    def ring(_: int, __: FrameType | None) -> NoReturn:
        raise TooSlow(f"more than {SECONDS_AN_INPUT:g} s of processor time")

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _one(name: str, seed: str) -> str:
    """The word of a target for one seed; TooSlow when it takes too long."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS_AN_INPUT)
    try:
        return SEEDED[name](f"{name} {seed}".encode())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def repeat(name: str, seed: str) -> str:
    """Tries one seed again, as a crash names it."""
    with _alarmed():
        return _one(name, seed)


def seeded(seconds: float, folder: Path, *, worker: int = 0) -> dict[str, Any]:
    """Tries seeds for `seconds`, going on where this worker ended; what is behind its goal comes first."""
    state_file = folder / f"state-{worker}.json"
    state = _read(state_file)
    tried = dict.fromkeys(SEEDED, 0)
    crashes: list[str] = []
    end = time.monotonic() + seconds
    piece, saved = min(_SLICE, seconds / len(SEEDED)), time.monotonic()
    with _alarmed():
        while time.monotonic() < end and len(crashes) < _MOST_CRASHES:
            name = min(SEEDED, key=lambda each: tried[each] / _share(each))
            begun, until = time.process_time(), min(end, time.monotonic() + piece)
            mine = state[name]
            while time.monotonic() < until or not tried[name]:
                seed = f"{worker}.{mine['next']}"
                mine["next"] += 1
                tried[name] += 1
                before = time.thread_time()
                try:
                    word = _one(name, seed)
                except (Exception, TooSlow) as error:
                    crashes.append(_keep(folder, name, seed, error))
                    word = "broke a promise"
                mine["slowest"] = max(mine["slowest"], time.thread_time() - before)
                mine["counts"][word] = mine["counts"].get(word, 0) + 1
            mine["seconds"] += time.process_time() - begun
            if time.monotonic() - saved > _SAVE:
                _save(state_file, state)
                saved = time.monotonic()
    _save(state_file, state)
    return {"tried": tried, "crashes": crashes}


def _save(state_file: Path, state: dict[str, dict[str, Any]]) -> None:
    state_file.parent.mkdir(parents=True, exist_ok=True)
    new = state_file.with_suffix(".new")
    new.write_text(json.dumps(state, indent=1, sort_keys=True))
    new.replace(state_file)


def _share(name: str) -> float:
    group = next(group for group, names in GROUPS.items() if name in names)
    return GOALS[group] / len(GROUPS[group])


def _read(state_file: Path) -> dict[str, dict[str, Any]]:
    state: dict[str, dict[str, Any]] = json.loads(state_file.read_text()) if state_file.exists() else {}
    for name in SEEDED:
        state.setdefault(name, {"next": 0, "counts": {}, "seconds": 0.0, "slowest": 0.0})
    return state


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """What all workers have done so far, by target."""
    found = _read(folder / "none")
    for path in sorted(folder.glob("state-*.json")):
        for name, mine in _read(path).items():
            each = found.setdefault(name, {"next": 0, "counts": {}, "seconds": 0.0, "slowest": 0.0})
            each["next"] += mine["next"]
            each["seconds"] += mine["seconds"]
            each["slowest"] = max(each["slowest"], mine["slowest"])
            for word, count in mine["counts"].items():
                each["counts"][word] = each["counts"].get(word, 0) + count
    return found


def totals(state: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Inputs tried, by group."""
    return {group: sum(state[name]["next"] for name in names) for group, names in GROUPS.items()}


def _keep(folder: Path, name: str, seed: str, error: BaseException) -> str:
    crash = folder / "crashes" / f"{name}-{seed}.txt"
    crash.parent.mkdir(parents=True, exist_ok=True)
    crash.write_text(f"{name} {seed}\n\n{traceback.format_exc()}")
    said = str(error).partition("\n")[0][:200]
    return f"{name} {seed}: {type(error).__name__}: {said}"

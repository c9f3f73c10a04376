"""Rows and how they are measured: interleaved rounds, medians of ratios, garbage of the preparation out of the way.

In each round the limit, ours and the peers take turns, in an order that changes; a ratio is formed inside the round, so
that what disturbs a shared machine for a second disturbs both sides of it. The figure of a row is the median ratio.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal, Protocol

__all__ = ["ROUNDS", "Measured", "Module", "Row", "Skipped", "Timed", "Work", "measure"]

ROUNDS = 11
LEAST_ROUNDS = 9
BATCH = 0.03
"""Seconds that the calls of one batch take at least, when a single one does not."""
_LONG = 1.0
"""Seconds after which a batch is not tried longer."""
_TURNS = 8
_GROWTH = 200
"""Times as many calls as in the batch before, at most: an empty clock tick foretells nothing."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Work that times itself, because it runs elsewhere or only part of it counts: seconds of one call."""

    seconds: Callable[[], float]


Work = Callable[[], object] | Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Without `limit` the row is a plain figure: `ours` is Timed and `target` is seconds.
    """

    name: str
    """Short and lasting, e.g. `verify-es256`; `make bench ARGS=verify` runs the rows that begin so."""
    what: str
    target: float | None
    """The most that ours/limit may be (the least with `at_least`); None for a row that has none."""
    ours: Work
    limit: Work | None = None
    limit_is: str = ""
    """What the limit does, in a few words."""
    peers: Mapping[str, Work] = field(default_factory=dict)
    ours_count: int = 1
    """Things done by one call of ours; ratios and times are by thing."""
    limit_count: int = 1
    peer_count: int = 1
    clock: Literal["cpu", "wall"] = "cpu"
    """`cpu` for what only computes in this process; `wall` as soon as a disk or another process takes part."""
    at_least: bool = False
    """The target is a rate that should be high: limit time / our time, at least `target`."""
    rounds: int = ROUNDS
    batch: float = BATCH
    note: str | Callable[[], str] = ""
    """Said below the table; a function is called after the measurement."""
    before: Callable[[], object] = lambda: None
    """Called once before the rounds, e.g. to choose between variants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that cannot be measured here, and why."""

    name: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came out, in seconds by thing and as ratios to the limit."""

    name: str
    what: str
    target: float | None
    at_least: bool
    limit_is: str
    limit: float | None
    ours: float
    ratio: float
    """Ours to the limit, median of the rounds; seconds when there is no limit."""
    low: float
    high: float
    """Quartiles of the ratio."""
    peers: Mapping[str, float]
    """Peer -> its ratio to the limit (seconds when there is none)."""
    note: str = ""

    @property
    def passed(self) -> bool | None:
        if self.target is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


class Module(Protocol):
    def rows(self, stack: ExitStack) -> Iterable[Row | Skipped]: ...


def measure(row: Row) -> Measured:
    """Runs a row's rounds."""
    row.before()
    clock = time.process_time if row.clock == "cpu" else time.perf_counter
    works: dict[str, tuple[Work, int]] = {"ours": (row.ours, row.ours_count)}
    if row.limit is not None:
        works["limit"] = (row.limit, row.limit_count)
    works |= {f"peer {name}": (work, row.peer_count) for name, work in row.peers.items()}
    calls = {name: _calls(work, row.batch, clock) for name, (work, _) in works.items()}
    seen: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    gc.collect()
    gc.freeze()  # what was prepared is not searched again; the garbage that the work itself makes still is
    try:
        for _ in range(max(row.rounds, LEAST_ROUNDS)):
            for name in names:
                work, count = works[name]
                gc.collect()
                seen[name].append(_batch(work, calls[name], clock) / count)
            names.append(names.pop(0))
    finally:
        gc.unfreeze()
    base = seen.get("limit", [1.0] * len(seen["ours"]))
    ratios = {
        name: [unit / one if row.at_least else one / unit for one, unit in zip(times, base, strict=True)]
        for name, times in seen.items()
    }
    low, middle, high = statistics.quantiles(ratios["ours"], n=4)
    return Measured(
        name=row.name,
        what=row.what,
        target=row.target,
        at_least=row.at_least,
        limit_is=row.limit_is,
        limit=statistics.median(seen["limit"]) if row.limit is not None else None,
        ours=statistics.median(seen["ours"]),
        ratio=middle,
        low=low,
        high=high,
        peers={name[5:]: statistics.median(of) for name, of in ratios.items() if name.startswith("peer ")},
        note=row.note if isinstance(row.note, str) else row.note(),
    )


def _calls(work: Work, batch: float, clock: Callable[[], float]) -> int:
    """How often work is called in a batch, once a batch takes what the one before it foretold.

    The first calls may be cold, load modules or make what is kept: they warm up and decide nothing.
    """
    if isinstance(work, Timed):
        return 1
    calls = 1
    for turn in range(_TURNS):
        spent = _batch(work, calls, clock) * calls
        if spent > _LONG:
            return calls
        wanted = max(1, round(calls * batch / max(spent, 1e-7)))
        if turn and calls / 2 <= wanted <= calls * 2:
            return wanted
        calls = min(wanted, calls * _GROWTH)
    return calls


def _batch(work: Work, calls: int, clock: Callable[[], float]) -> float:
    """Seconds of one call."""
    if isinstance(work, Timed):
        return work.seconds()
    span = range(calls)
    start = clock()
    for _ in span:
        work()
    return (clock() - start) / calls

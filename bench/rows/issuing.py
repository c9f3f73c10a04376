"""What issuing costs beside its three signatures."""

from __future__ import annotations

import itertools
import statistics
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from lcert_issuer.assembly import House

from ..harness import Row, Skipped, Timed
from ..programmes import MEMORY, a_house, drafts, issuing_signer, postgresql, spent

NAMES = ("issue-bulk-sqlite", "issue-bulk-postgresql", "issue-one-p99")
_BATCH = 1_000


def rows(stack: ExitStack) -> list[Row | Skipped]:
    return [*_bulk(stack), _one(stack)]


def _bulk(stack: ExitStack) -> list[Row | Skipped]:
    found: list[Row | Skipped] = []
    for name, url in (("sqlite", None), ("postgresql", stack.enter_context(postgresql()))):
        what = f"issue in bulk, per certificate, {name}: three securings, rules, journal, registry, index"
        if name == "postgresql" and url is None:
            found.append(Skipped(name="issue-bulk-postgresql", what=what, why="PostgreSQL is not installed"))
            continue
        house = stack.enter_context(a_house(url, within=MEMORY))
        house.desk.issue_many(drafts(20))
        signer = issuing_signer(house)
        found.append(
            Row(
                name=f"issue-bulk-{name}",
                what=what,
                target=5,
                ours=_issues(house),
                ours_count=_BATCH,
                limit=lambda sign=signer.sign: [sign(bytes(2_300)) for _ in range(3)],
                limit_is="three raw signatures",
                clock="cpu" if name == "sqlite" else "wall",
                rounds=9,
                note=f"{_BATCH} a transaction, in memory. Each signature is verified before it may leave, which "
                "costs 2.6 times what it cost to make.",
            )
        )
    return found


def _issues(house: House) -> Timed:
    counter = itertools.count()

    def seconds() -> float:
        some = drafts(_BATCH, next(counter) * _BATCH)
        times: list[float] = []
        with spent(times, cpu=house.registry.dialect == "sqlite"):
            house.desk.issue_many(some)
        return times[0]

    return Timed(seconds)


def _one(stack: ExitStack) -> Row:
    """Each round issues some; the figure is the 99th percentile of all so far."""
    house = stack.enter_context(a_house())
    numbers = [item.number for item in house.desk.issue_many(drafts(50))]
    house.publisher.publish()
    stack.enter_context(_readers(house, numbers))
    seen: list[float] = []
    counter = itertools.count(1_000)

    def seconds() -> float:
        for draft in drafts(12, next(counter) * 12):
            with spent(seen):
                house.desk.issue(draft)
                house.publisher.publish()
        return statistics.quantiles(seen, n=100)[98]

    return Row(
        name="issue-one-p99",
        what="issue one, acknowledged and published with its badges, beside 8 readers: 99th percentile",
        target=0.050,
        ours=Timed(seconds),
        clock="wall",
        rounds=9,
        note="On this disk, every step flushed.",
    )


@contextmanager
def _readers(house: House, numbers: list[str]) -> Iterator[None]:
    """Eight who look up certificates, in the registry and in what is published."""
    done = threading.Event()

    def read(number: str) -> None:
        while not done.wait(0.02):
            house.record(number)
            house.storage.get(f"c/{number}.json")

    threads = [threading.Thread(target=read, args=(numbers[i],), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()

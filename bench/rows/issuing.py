"""What issuing costs beside its three signatures."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from lcert_issuer.assembly import House
from lcert_issuer.intake import Content, Draft

from ..harness import Row, Skipped, Timed
from ..programmes import MEMORY, a_house, drafts, issuing_signer, postgresql, spent

NAMES = ("issue-bulk-sqlite", "issue-bulk-postgresql", "issue-one-p99")
_BATCH = 1_000
_READERS = 8


def rows(stack: ExitStack) -> Iterator[Row | Skipped]:
    yield _bulk(stack, "sqlite", None)
    url = stack.enter_context(postgresql())
    if url is None:
        yield Skipped(
            name="issue-bulk-postgresql", what=_what("postgresql"), why="PostgreSQL is not installed"
        )
    else:
        yield _bulk(stack, "postgresql", url)
    yield _one(stack)


def _what(name: str) -> str:
    return f"issue in bulk, per certificate, {name}: three securings, rules, journal, registry, index"


def _bulk(stack: ExitStack, name: str, url: str | None) -> Row:
    house = stack.enter_context(a_house(url, within=MEMORY))
    house.desk.issue_many(drafts(20))
    sign = issuing_signer(house).sign
    return Row(
        name=f"issue-bulk-{name}",
        what=_what(name),
        target=5,
        ours=_issues(house),
        ours_count=_BATCH,
        limit=lambda: [sign(bytes(2_300)) for _ in range(3)],
        limit_is="three raw signatures",
        clock="cpu" if url is None else "wall",
        rounds=9,
        note=f"{_BATCH} a transaction, in memory. Each signature is verified before it may leave, which "
        "costs 2.6 times what it cost to make.",
    )


def _issues(house: House) -> Timed:
    counter = itertools.count()
    model = drafts(1)[0]

    def seconds() -> float:
        some = list(_drafts_like(model, next(counter) * _BATCH, _BATCH))
        times: list[float] = []
        with spent(times, cpu=house.registry.dialect == "sqlite"):
            house.desk.issue_many(some)
        return times[0]

    return Timed(seconds)


def _drafts_like(model: Draft, first: int, count: int) -> Iterator[Draft]:
    """Drafts like `model`, each with a holder, a domain and a name of what it covers of its own."""
    for content in _varied(model.content, first, count):
        yield replace(model, content=content)


def _varied(content: Content, first: int, count: int) -> Iterator[Content]:
    """Contents like one, numbered from `first`."""
    domain, covered = content.holder.domains[0], content.scope.covered[0]
    for n in range(first, first + count):
        holder = replace(
            content.holder,
            legal_name=f"Holder {n} Ltd",
            domains=(replace(domain, name=f"holder-{n}.example"),),
        )
        scope = replace(content.scope, covered=(replace(covered, name=f"Compose {n}"),))
        yield replace(content, holder=holder, scope=scope)


def _one(stack: ExitStack) -> Row:
    """Each round issues some; the figure is the 99th percentile of all so far."""
    house = stack.enter_context(a_house())
    numbers = [item.number for item in house.desk.issue_many(drafts(50))]
    house.publisher.publish()
    stack.enter_context(_readers(house, numbers[:_READERS]))
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
        note="On this disk, every step flushed. The readers are threads of a process of their own, as those of the "
        "public site are.",
    )


@contextmanager
def _readers(house: House, numbers: list[str]) -> Iterator[None]:
    """Eight who look up certificates, in the registry and in what is published, fifty times a second each at most."""
    program = [sys.executable, "-W", "ignore", "-m", "bench.reading", str(house.settings.home), *numbers]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != b"reading\n":
            raise OSError("the readers did not start")
        yield
    finally:
        process.terminate()
        process.wait(20)

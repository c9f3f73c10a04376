"""Many clients at one registry: 64 on PostgreSQL, 8 on SQLite, each with connections of its own, for a while.

Each issues, suspends, reinstates and withdraws at random, often the same certificates. What was acknowledged must be in
the journal exactly once, what was refused must say why (a conflict, or the life cycle), and no number or index may be
given out twice. CONCURRENCY_SECONDS (60). Figures go to standard output as JSON; the exit code is 1 when one is wrong.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.registry import Bench, SQLiteTemplates, start_cluster  # noqa: E402 - the path comes first

from lcert_issuer.refusals import Refused  # noqa: E402
from lcert_issuer.registry.auditing import chain_faults  # noqa: E402

__all__ = ["CLIENTS", "main", "rush"]

CLIENTS: Final = {"sqlite": 8, "postgresql": 64}
_FORESEEN: Final = frozenset({"conflict", "not_allowed", "lease_expired"})
_KINDS: Final = {"suspend": "suspended", "reinstate": "reinstated", "withdraw": "withdrawn"}
_REASONS: Final = {"suspend": "criteria-not-met", "reinstate": "remedied", "withdraw": "unlicensed-data"}


def rush(
    bench: Bench, clients: int, *, seed: int, seconds: float = 600, tries: int | None = None
) -> dict[str, Any]:
    """Lets the clients loose for so long, or for so many tries each; `broken` of the answer is what must not happen."""
    numbers = [bench.issue() for _ in range(4)]
    acknowledged: list[tuple[str, str]] = [(number, "issued") for number in numbers]
    refused: Counter[str] = Counter()
    broken: list[str] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        rng, desk = random.Random(f"{seed}-{number}"), bench.reopened()
        try:
            for _ in itertools.count() if tries is None else range(tries):
                if time.monotonic() > end:
                    break
                verb = rng.choice(("issue", "suspend", "suspend", "reinstate", "withdraw"))
                chosen = rng.choice(numbers[-8:])
                try:
                    if verb == "issue":
                        chosen = desk.issue(bench.draft()).number
                        numbers.append(chosen)
                        acknowledged.append((chosen, "issued"))
                    else:
                        getattr(desk, verb)(chosen, reason=_REASONS[verb])
                        acknowledged.append((chosen, _KINDS[verb]))
                except Refused as refusal:
                    refused[refusal.code] += 1
        except Exception as fault:  # what is no refusal is what this looks for
            broken.append(f"client {number}: {type(fault).__name__}: {fault}")
        finally:
            desk.registry.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = [entry for entry in bench.entries() if entry.number is not None]
    recorded = Counter(
        (str(entry.number), entry.kind.value) for entry in entries if entry.kind.value != "abandoned"
    )
    if recorded != Counter(acknowledged):
        broken.append(f"acknowledged and recorded differ: {recorded - Counter(acknowledged)}")
    if [entry.position for entry in bench.entries()] != list(range(bench.head().size)):
        broken.append("positions are not dense")
    issued = [entry for entry in entries if entry.kind.value == "issued"]
    if len({entry.number for entry in issued}) != len(issued):
        broken.append("a number was given out twice")
    places = [(m["list"], m["index"]) for m in (json.loads(e.data) for e in entries) if "index" in m]
    if len(set(places)) != len(places):
        broken.append("an index was given out twice")
    if unforeseen := {code: count for code, count in refused.items() if code not in _FORESEEN}:
        broken.append(f"refused for other reasons: {unforeseen}")
    with bench.registry.read() as session:
        broken += chain_faults(session)
    return {
        "clients": clients,
        "acknowledged": len(acknowledged),
        "refused": dict(refused),
        "broken": broken,
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("CONCURRENCY_SECONDS") or 60))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args(arguments)
    results = []
    with tempfile.TemporaryDirectory(prefix="lcert-rush-") as folder, start_cluster() as cluster:
        for dialect, source in (("sqlite", SQLiteTemplates(Path(folder))), ("postgresql", cluster)):
            with source.bench("single-operator") as bench:  # type: ignore[attr-defined]
                found = rush(bench, CLIENTS[dialect], seconds=options.seconds, seed=options.seed)
            results.append({"database": dialect, "seed": options.seed, **found})
            print(json.dumps(results[-1]), flush=True)
    return 1 if any(result["broken"] for result in results) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

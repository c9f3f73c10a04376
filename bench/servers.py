"""`python -m bench.servers`: requests a second of the verifier by processes, threads and switch interval (needs wrk).

Every setting takes its turn in each of some rounds, with a fresh server; the median counts.
"""

from __future__ import annotations

import os
import statistics
import sys
from contextlib import ExitStack

from .rows.serving import PROCESSORS, Server, prepare

ROUNDS = 5


def main(rounds: int) -> None:
    cores = PROCESSORS
    settings = [
        (workers, threads, switch)
        for workers, threads in (
            (1, 1),
            (1, 2),
            (1, 4),
            (1, 8),
            (cores, 1),
            (cores, 2),
            (cores, 4),
            (cores, 8),
            (2 * cores, 1),
        )
        for switch in ((0.005, 0.0005, 0.0001) if threads > 1 else (0.005,))
    ]
    seen: dict[tuple[int, int, float], list[float]] = {setting: [] for setting in settings}
    with ExitStack() as outer:
        folder, given = prepare(outer)
        for _ in range(rounds):
            for setting in settings:
                workers, threads, switch = setting
                os.environ["LCERT_BENCH_SWITCH"] = str(switch)
                with ExitStack() as stack:
                    server = Server(stack, "verifier", str(workers), str(threads), *given)
                    seen[setting].append(1 / server.wall(folder / "wrk.lua"))
    print("| processes | threads | switch interval | requests a second (lowest-highest) |\n|---|---|---|---|")
    for (workers, threads, switch), rates in seen.items():
        print(
            f"| {workers} | {threads} | {switch * 1000:g} ms | "
            f"{statistics.median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f}) |"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)

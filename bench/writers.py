"""`python -m bench.writers [SECONDS]`: one and four writer processes on PostgreSQL, in turns, and what they wait for.

Each issues certificates one at a time for so long. Every 20 ms the server is asked what its working connections wait
for; what waits for nothing works. The server of the tests flushes nothing, so disks are not in this.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack

from sqlalchemy import create_engine, text

from lcert_issuer.assembly import open_house
from lcert_issuer.settings import read_settings

from .programmes import a_house, drafts, now, postgresql

WRITERS = (1, 4)
TURNS = 3
_WAITS = text(
    "SELECT coalesce(wait_event_type || ':' || wait_event, 'works') FROM pg_stat_activity "
    "WHERE state IN ('active', 'idle in transaction') AND pid <> pg_backend_pid() AND datname = current_database()"
)


def main(seconds: float) -> int:
    with ExitStack() as stack:
        url = stack.enter_context(postgresql())
        if url is None:
            print("PostgreSQL is not installed", file=sys.stderr)
            return 1
        house = stack.enter_context(a_house(url))
        rates: dict[int, list[float]] = {count: [] for count in WRITERS}
        waits: dict[int, Counter[str]] = {count: Counter() for count in WRITERS}
        busy: dict[int, list[float]] = {count: [] for count in WRITERS}
        for _ in range(TURNS):
            for count in WRITERS:
                issued, used = _turn(url, str(house.settings.home), count, seconds, waits[count])
                rates[count].append(issued / seconds)
                busy[count].append(used / seconds)
                print(f"{count} writers: {issued / seconds:.0f} a second", file=sys.stderr, flush=True)
    for count in WRITERS:
        total = sum(waits[count].values()) or 1
        said = ", ".join(f"{name} {100 * n / total:.0f} %" for name, n in waits[count].most_common(5))
        print(
            f"| {count} | {sorted(rates[count])[TURNS // 2]:.0f} ({min(rates[count]):.0f}-{max(rates[count]):.0f}) "
            f"| {sorted(busy[count])[TURNS // 2]:.2f} | {said} |"
        )
    print("load:", *(f"{load:.1f}" for load in os.getloadavg()))
    return 0


def _turn(url: str, home: str, count: int, seconds: float, waits: Counter[str]) -> tuple[int, float]:
    """Certificates issued by `count` processes, and the processor seconds of those processes."""
    program = [sys.executable, "-W", "ignore", "-m", "bench.writers", "child", home, url, str(seconds)]
    children = [
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        with engine.connect() as connection:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                waits.update(connection.execute(_WAITS).scalars())
                time.sleep(0.02)
        told = [json.loads(child.communicate(timeout=120)[0]) for child in children]
    finally:
        engine.dispose()
        for child in children:
            child.kill()
            child.wait()
    return sum(one["issued"] for one in told), sum(one["processor"] for one in told)


def child(home: str, url: str, seconds: float) -> None:
    environment = {"LCERT_HOME": home, "LCERT_DATABASE_URL": url, "LCERT_KEY_PASSPHRASE": "bench"}
    with open_house(read_settings(environment), clock=now) as house:
        turns = itertools.cycle(drafts(50, os.getpid() * 100))
        house.desk.issue(next(turns))  # opens the key
        print("ready", flush=True)
        sys.stdin.readline()
        before, issued, end = _processor(), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            house.desk.issue(next(turns))
            issued += 1
        print(json.dumps({"issued": issued, "processor": _processor() - before}), flush=True)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        raise SystemExit(main(float(sys.argv[1]) if sys.argv[1:] else 5))

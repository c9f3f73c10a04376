"""Verifies and fetches badges for LOAD_SECONDS (default 60) while certificates are withdrawn; prints what it found.

Generator and servers run on this machine. LOAD_CLIENTS threads (default 4) ask the served verifier about tokens and the
public site for badges, pages and records, LOAD_RATE requests a second at most (default 100); every LOAD_EVERY seconds
(default 5) a certificate is withdrawn at the desk, and its status list fetched until it says so.

The time begins when everything was asked for once and the worker has built a bundle. Exit code 1 if an answer was not
what it must be, if the servers' memory grew by more than 5 % between the second tenth of the time and the last, or if a
withdrawal took more than 5 s to the published bytes at the 99th percentile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.forms import form  # noqa: E402 - the path comes first
from tests.support.memory import resident_of_tree  # noqa: E402
from tests.support.programs import Home, serving, wait_until  # noqa: E402

from lcert_issuer.assembly import House, open_house  # noqa: E402
from lcert_issuer.bundling import BUNDLE_INTERVAL  # noqa: E402
from lcert_issuer.settings import read_settings  # noqa: E402
from lcert_verifier.jose import split  # noqa: E402
from lcert_verifier.published import BUNDLE_PATH  # noqa: E402
from lcert_verifier.status.token import decode_lst, status_at  # noqa: E402

_PATHS = ("/badge/{}.svg", "/badge/{}.png", "/badge/{}/baked.svg", "/c/{}", "/c/{}.jwt", "/c/{}.json")
_SOUND = {"valid", "revoked"}


@dataclass
class Fleet:
    """The certificates of a run: tokens by number, and which have been withdrawn since when (monotonic)."""

    tokens: dict[str, str]
    places: dict[str, int]
    withdrawn: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    """Number -> seconds from the decision to the published bytes."""


@dataclass
class Tally:
    lock: threading.Lock = field(default_factory=threading.Lock)
    kinds: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note(self, kind: str, seconds: float, error: str | None) -> None:
        with self.lock:
            self.kinds[kind] += 1
            self.milliseconds.append(seconds * 1000)
            if error is not None:
                self.errors.append(f"{kind}: {error}"[:300])


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    connection.request(method, path, body=data, headers={"Content-Type": "application/json"} if data else {})
    reply = connection.getresponse()
    return reply.status, reply.read()


def traffic(home: Home, fleet: Fleet, tally: Tally, stop: threading.Event, seed: int, pause: float) -> None:
    """One client: four requests in ten go to the verifier, the others to the site."""
    rng = random.Random(seed)
    site = http.client.HTTPConnection("127.0.0.1", home.public_port, timeout=60)
    verifier = http.client.HTTPConnection("127.0.0.1", home.verifier_port, timeout=60)
    numbers = sorted(fleet.tokens)
    while not stop.is_set():
        number, begun, error = rng.choice(numbers), time.monotonic(), None
        kind = "verify" if rng.random() < 0.4 else rng.choice(_PATHS)
        try:
            if kind == "verify":
                status, data = ask(verifier, "POST", "/v1/verify", {"token": fleet.tokens[number]})
                error = _judge(number, begun, status, data, fleet)
            else:
                status, data = ask(site, "GET", kind.format(number))
                error = None if status == 200 and data else f"{status}"
        except (OSError, http.client.HTTPException) as fault:
            error = f"{type(fault).__name__}: {fault}"
            site.close()
            verifier.close()
        tally.note(kind, time.monotonic() - begun, error)
        stop.wait(pause)
    site.close()
    verifier.close()


def warm(home: Home, fleet: Fleet, tally: Tally) -> None:
    """Asks everything once: what is remembered of each certificate is no growth later."""
    site = http.client.HTTPConnection("127.0.0.1", home.public_port, timeout=60)
    verifier = http.client.HTTPConnection("127.0.0.1", home.verifier_port, timeout=60)
    for number, token in fleet.tokens.items():
        for path in _PATHS:
            begun = time.monotonic()
            status, _ = ask(site, "GET", path.format(number))
            tally.note(path, time.monotonic() - begun, None if status == 200 else f"{status}")
        begun = time.monotonic()
        status, data = ask(verifier, "POST", "/v1/verify", {"token": token})
        tally.note("verify", time.monotonic() - begun, _judge(number, begun, status, data, fleet))
    site.close()
    verifier.close()


def warm_worker(house: House, home: Home, fleet: Fleet, number: str) -> None:
    """Withdraws one, and waits until the worker has built the bundle that says so: what that takes it keeps."""
    before = house.storage.version(BUNDLE_PATH)
    withdraw(house, home, fleet, number)
    wait_until(
        lambda: house.storage.version(BUNDLE_PATH) != before,
        seconds=2 * BUNDLE_INTERVAL.total_seconds() + 120,
        what="the worker builds a bundle",
        every=1,
    )


def _judge(number: str, begun: float, status: int, data: bytes, fleet: Fleet) -> str | None:
    """What is wrong with an answer: revoked too early, or valid more than 60 s after the withdrawal."""
    code = json.loads(data).get("code") if status == 200 else f"HTTP {status}"
    since = fleet.withdrawn.get(number)
    if code not in _SOUND:
        return f"{number}: {code}"
    if code == "revoked" and since is None:
        return f"{number}: revoked, and nobody withdrew it"
    if code == "valid" and since is not None and begun - since > 60:
        return f"{number}: valid {begun - since:.0f} s after its withdrawal"
    return None


def withdraw(house: House, home: Home, fleet: Fleet, number: str) -> None:
    """Withdraws and publishes, and waits until the list that the site serves says so."""
    begun = time.monotonic()
    fleet.withdrawn[number] = begun
    house.desk.withdraw(number, reason="unlicensed-data")
    house.publisher.publish()
    reader = http.client.HTTPConnection("127.0.0.1", home.public_port, timeout=60)
    while True:
        _, data = ask(reader, "GET", "/status/token/1")
        packed = decode_lst(split(data.decode()).payload["status_list"]["lst"])
        if status_at(packed, fleet.places[number]) == 1:
            break
        if time.monotonic() - begun > 60:
            break
        time.sleep(0.05)
    reader.close()
    fleet.seen[number] = time.monotonic() - begun


@contextmanager
def _house(home: Home) -> Iterator[House]:
    with open_house(read_settings(home.env), clock=lambda: datetime.now(UTC)) as house:
        yield house


def issue(house: House, count: int) -> Fleet:
    drafts = [
        house.read_form(
            form(holder__legalName=f"Holder {number} Ltd", holder__domains__0__name=f"h{number}.example")
        )
        for number in range(count)
    ]
    numbers = [item.number for item in house.desk.issue_many(drafts)]
    house.publisher.publish(bundle=True)
    tokens = {number: house.token(number, securing="vc+jwt") for number in numbers}
    places = {
        number: split(token).payload["status"]["status_list"]["idx"] for number, token in tokens.items()
    }
    return Fleet(tokens, places)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def run(seconds: float, *, clients: int, rate: float, every: float, folder: Path) -> dict[str, Any]:
    """Founds an issuer below `folder`, serves it, loads it, and tells what happened."""
    home = Home(folder=folder / "var", more={"LCERT_RATE_LIMIT": "off"})
    home.init("Load")
    tally, stop, memory = Tally(), threading.Event(), list[float]()
    with _house(home) as house:
        fleet = issue(house, int(seconds / every) + 21)
        ready = [f"{home.base_url}/readyz", f"{home.verifier_url}/readyz"]
        with serving(["serve", "all"], env=home.env, ready=ready) as server:
            threads = [
                threading.Thread(target=traffic, args=(home, fleet, tally, stop, seed, clients / rate))
                for seed in range(clients)
            ]
            for thread in threads:
                thread.start()
            try:
                waiting = iter(sorted(fleet.tokens)[20:])
                warm(home, fleet, tally)
                warm_worker(house, home, fleet, next(waiting))
                begun, last = time.monotonic(), 0.0
                while time.monotonic() - begun < seconds:
                    if number := next(waiting, None):
                        withdraw(house, home, fleet, number)
                    memory.append(resident_of_tree(server.pid))
                    last += every
                    time.sleep(max(0.0, begun + last - time.monotonic()))
            finally:
                stop.set()
                for thread in threads:
                    thread.join(90)
    return _told(seconds, tally, fleet, memory)


def _told(seconds: float, tally: Tally, fleet: Fleet, memory: list[float]) -> dict[str, Any]:
    """Memory is compared between the median of the second tenth and that of the last."""
    tenth = max(1, len(memory) // 10)
    course = [percentile(memory[at : at + tenth], 0.5) for at in range(0, len(memory), tenth)]
    first, end = course[min(1, len(course) - 1)], course[-1]
    waits = list(fleet.seen.values())
    return {
        "seconds": seconds,
        "requests": sum(tally.kinds.values()),
        "kinds": dict(tally.kinds),
        "errors": len(tally.errors),
        "first_errors": tally.errors[:10],
        "answer_ms": {
            name: round(percentile(tally.milliseconds, p), 1) for name, p in (("p50", 0.5), ("p99", 0.99))
        },
        "withdrawals": len(waits),
        "published_after_s": {
            name: round(percentile(waits, p), 2) for name, p in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))
        },
        "memory_mib": {
            "begin": round(first, 1),
            "end": round(end, 1),
            "course": [round(each) for each in course],
        },
        "memory_growth_percent": round(100 * (end - first) / first, 1) if first else 0.0,
    }


def broken(result: dict[str, Any]) -> list[str]:
    """What of the promises does not hold."""
    found = []
    if result["errors"]:
        found.append(f"{result['errors']} errors")
    if result["memory_growth_percent"] > 5:
        found.append(f"memory grew by {result['memory_growth_percent']} %")
    if result["published_after_s"]["p99"] > 5 or not result["withdrawals"]:
        found.append(f"withdrawals published after {result['published_after_s']}")
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("seconds", 60.0), ("clients", 4), ("rate", 100.0), ("every", 5.0)):
        given = os.environ.get(f"LOAD_{name.upper()}")
        parser.add_argument(f"--{name}", type=type(default), default=type(default)(given or default))
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lcert-load-") as folder:
        result = run(
            options.seconds,
            clients=options.clients,
            rate=options.rate,
            every=options.every,
            folder=Path(folder),
        )
    print(json.dumps(result, indent=1))
    for each in broken(result):
        print(f"not as promised: {each}", file=sys.stderr)
    return 1 if broken(result) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""How the issuer grows: one registry on each database, measured at each size on its way (`make bench-growth`).

`make bench-growth ARGS='1000 10000 100000'`: sizes, small ones unless told. Certificates are issued in bulk as
`lcert issue --csv` does, every fiftieth is withdrawn, every hundredth suspended. Badges are left out: each costs the
same whatever the size. A registry on SQLite is kept in build/growth and goes on from there; figures are kept in
build/growth/figures.json, and table and plot are written to docs/performance.md and docs/images.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import func, select

from lcert_issuer.assembly import House, found_house, open_house
from lcert_issuer.directory import search
from lcert_issuer.office import load_keyring
from lcert_issuer.publish import Issuer, Publisher
from lcert_issuer.readmodel import find_token
from lcert_issuer.registry import journal
from lcert_issuer.registry.models import CertificateRow
from lcert_issuer.settings import Settings, read_settings
from lcert_verifier.published import NotPublished
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier

from .growth_page import write_page
from .programmes import drafts, now, postgresql

__all__ = ["main"]

FOLDER = Path("build") / "growth"
SIZES = (1_000, 10_000)
ROUNDS = 9


def main(arguments: list[str]) -> int:
    sizes = sorted(int(word) for word in arguments) or list(SIZES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = _known()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql())
        for name, database in (("sqlite", None), ("postgresql", url)):
            if name == "postgresql" and url is None:
                print("PostgreSQL is not installed: left out", file=sys.stderr)
                continue
            settings = _settings(name, database)
            for size in sizes:
                with _house(settings) as house:
                    grow(house, size)
                    figures.setdefault(name, {})[str(size)] = measure(house, settings)
                _keep(figures)
                print(name, size, json.dumps(figures[name][str(size)]), flush=True)
    write_page(figures)
    return 0


def _settings(name: str, database: str | None) -> Settings:
    home = FOLDER.absolute() / name
    if database:  # its database is new each time
        home = home.with_name(f"{name}-{time.monotonic_ns()}")
    environment = {"LCERT_HOME": str(home), "LCERT_KEY_PASSPHRASE": "bench"}
    return read_settings({**environment, **({"LCERT_DATABASE_URL": database} if database else {})})


@contextmanager
def _house(settings: Settings) -> Iterator[House]:
    if not settings.keys_folder.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        found_house(settings, name="Bench", base_url="http://127.0.0.1:8080", clock=now)
    with open_house(settings, clock=now) as house:
        yield house


def grow(house: House, size: int) -> None:
    """Issues up to `size` certificates, with history."""
    with house.registry.read() as session:
        there = session.execute(select(func.count()).select_from(CertificateRow)).scalar_one()
    while there < size:
        start = time.perf_counter()
        issued = house.desk.issue_many(drafts(min(1_000, size - there), there))
        for item in issued[::50]:
            house.desk.withdraw(item.number, reason="unspecified")
        for item in issued[25::100]:
            house.desk.suspend(item.number, reason="fee-unpaid")
        there += len(issued)
        rate = len(issued) / (time.perf_counter() - start)
        print(f"\r{there:>9,} of {size:,}, {rate:,.0f} a second ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def measure(house: House, settings: Settings) -> dict[str, float]:
    """Seconds by kind of work, and bytes."""
    publisher = Publisher(
        registry=house.registry,
        storage=house.storage,
        load_keyring=load_keyring,
        issuer=Issuer(base_url=house.base_url, open_signer=house.desk.office.signer),
        high_water=settings.high_water_file,
        clock=now,
    )
    publisher.publish()
    figures: dict[str, float] = {}
    drawn = iter(drafts(2 * ROUNDS + 2, 90_000_000))
    numbers: list[str] = []
    figures["issue"] = _typical(lambda: numbers.append(house.desk.issue(next(drawn)).number))
    publisher.publish()
    some = iter(numbers)
    figures["publish after a change"] = _typical(
        lambda: publisher.publish(), before=lambda: house.desk.suspend(next(some), reason="fee-unpaid")
    )
    again = iter(numbers)
    figures["withdraw"] = _typical(lambda: house.desk.withdraw(next(again), reason="unspecified"))
    publisher.publish()
    figures["verify by number"] = _typical(_verify(house, numbers[0]))
    figures["directory, filtered"] = _typical(
        lambda: _read(house, lambda s: search(s, now=now(), q="holder-77", state="active"))
    )
    figures["page of changes"] = _typical(lambda: _read(house, lambda s: list(journal.entries(s, 100, 200))))
    figures["publish everything"] = _once(lambda: publisher.publish(full=True))
    figures["bundle build"] = _once(lambda: publisher.publish(bundle=True))
    bundle = house.storage.get("bundle.zip") or b""
    figures["bundle bytes"] = len(bundle)
    figures["bundle check"] = _once(lambda: Verifier.from_bundle(bundle, clock=now))
    figures["start-up"] = _typical(lambda: _start(settings))
    figures["memory bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return figures


def _verify(house: House, number: str) -> Callable[[], object]:
    def read(path: str) -> bytes:
        data = house.storage.get(path)
        if data is None:
            raise NotPublished(path)
        return data

    source = PublishedSource(read, base_url=house.base_url, clock=now, list_ttl=0, trust_ttl=0)
    verifier = Verifier([source], clock=now)

    def verify() -> object:
        token = _read(house, lambda session: find_token(session, number, 1, "vc+jwt"))
        return verifier.verify(str(token))

    return verify


def _start(settings: Settings) -> None:
    with open_house(settings, clock=now) as house:
        assert house.desk


def _read(house: House, query: Callable[..., object]) -> object:
    with house.registry.read() as session:
        return query(session)


def _typical(work: Callable[[], object], *, before: Callable[[], object] | None = None) -> float:
    """Median wall seconds of some rounds."""
    times = []
    for _ in range(ROUNDS):
        if before is not None:
            before()
        times.append(_once(work))
    return statistics.median(times)


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _known() -> dict[str, dict[str, dict[str, float]]]:
    try:
        known: dict[str, dict[str, dict[str, float]]] = json.loads((FOLDER / "figures.json").read_text())
    except (OSError, ValueError):
        return {}
    return known


def _keep(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

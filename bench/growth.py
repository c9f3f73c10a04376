"""How the issuer grows: one registry on each database, measured at each size on its way (`make bench-growth`).

`make bench-growth ARGS='1000 100000 sqlite'`: sizes, small ones unless told, and databases, both unless told; with
`fill`, nothing is measured. The size is reached by `filling`: every hundredth certificate is withdrawn and every two
hundredth suspended. Badges are left out: each costs the same whatever the size. Both registries lie in build/growth
(LCERT_GROWTH_FOLDER) and go on from there; figures are kept in bench/growth.json, and table and plot are written to
docs/performance.md and docs/images.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import psycopg
from sqlalchemy import func, select, text
from tests.support.registry import start_cluster

from lcert_issuer import readmodel
from lcert_issuer.assembly import House, open_house
from lcert_issuer.directory import search
from lcert_issuer.new_home import found_house
from lcert_issuer.publish import Publisher
from lcert_issuer.readmodel import find_token
from lcert_issuer.registry import journal
from lcert_issuer.registry.models import CertificateRow
from lcert_issuer.registry.schema import migrate
from lcert_issuer.registry.session import open_registry
from lcert_issuer.settings import Settings, read_settings
from lcert_verifier.published import NotPublished
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier

from .filling import BATCH, fill, hurried
from .growth_page import write_page
from .growth_start import publisher_of
from .programmes import drafts, issuing_signer, now

__all__ = ["ask_directory", "catch_up", "grow", "main", "measure", "measure_whole"]

FOLDER = Path(os.environ.get("LCERT_GROWTH_FOLDER", "build/growth"))
FIGURES = Path(__file__).with_name("growth.json")
DATABASES = ("sqlite", "postgresql")
SIZES = (1_000, 10_000)
ROUNDS = 11
_SERVER = {
    "autovacuum": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "512MB",
    "default_toast_compression": "lz4",
}
"""Of PostgreSQL, which as in the tests flushes nothing."""
_QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "no filter": {},
    "a name and a state": {"q": "holder-77", "state": "active"},
    "one in a hundred": {"q": "77.example"},
    "a domain": {"q": "holder-777.example"},
    "a state and a rare use": {"state": "withdrawn", "modality": "text"},
}
_ROOM = 12 * 2**30
"""Bytes that stay free on the disk, or growing ends."""
_PUBLISHED = 40_000
"""Bytes on the disk of what is published of a certificate: every file takes whole blocks."""

Figures = dict[str, dict[str, dict[str, float]]]


def main(arguments: list[str]) -> int:
    sizes = sorted(int(word) for word in arguments if word.isdigit()) or list(SIZES)
    wanted = [word for word in arguments if word in DATABASES] or DATABASES
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        with _database(name) as settings:
            for size in sizes:
                with _house(settings) as house:
                    rate = grow(house, size)
                    if "fill" in arguments:
                        continue
                    found = {"certificates a second, filling": rate} if rate else {}
                    for part in (measure, measure_whole):
                        found |= part(house, settings)
                        print(name, size, json.dumps(found), flush=True)
                        _keep(name, size, found)
    write_page(_known())
    return 0


@contextmanager
def _database(name: str) -> Iterator[Settings]:
    """The settings of an issuer on this database, whose files lie in FOLDER and stay there."""
    home = FOLDER.absolute() / name
    environment = {"LCERT_HOME": str(home), "LCERT_KEY_PASSPHRASE": "bench"}
    if name == "sqlite":
        yield read_settings(environment)
        return
    with start_cluster(home.with_name("cluster"), **_SERVER) as cluster:
        with suppress(psycopg.errors.DuplicateDatabase):
            cluster.run("CREATE DATABASE growth TEMPLATE template0")
        yield read_settings({**environment, "LCERT_DATABASE_URL": cluster.url("growth")})


@contextmanager
def _house(settings: Settings) -> Iterator[House]:
    if not settings.keys_folder.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        found_house(settings, name="Bench", base_url="http://127.0.0.1:8080", clock=now)
    registry = open_registry(settings.database_url)
    migrate(registry)
    registry.close()
    with open_house(settings, clock=now) as house:
        yield house


def grow(house: House, size: int) -> float:
    """Fills up to `size` certificates, with history; certificates a second, 0 when all were there."""
    with house.registry.read() as session:
        there = session.execute(select(func.count()).select_from(CertificateRow)).scalar_one()
    first, start = there, time.perf_counter()
    model = drafts(1)[0]
    with hurried(house):
        signer = issuing_signer(house)
        while there < size:
            if shutil.disk_usage(FOLDER).free < _ROOM:
                raise OSError(f"the disk is nearly full at {there:,} certificates")
            there += len(fill(house, model, there, min(BATCH, size - there), signer))
            rate = (there - first) / (time.perf_counter() - start)
            print(f"\r{there:>9,} of {size:,}, {rate:,.0f} a second ", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return (there - first) / (time.perf_counter() - start) if there > first else 0


def measure(house: House, settings: Settings) -> dict[str, float]:
    """Seconds by kind of work, and bytes."""
    publisher = publisher_of(house)
    figures: dict[str, float] = {}
    with house.registry.read() as session:
        size = journal.head(session).size
    catch_up(publisher)
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
    figures["publish, nothing new"] = _typical(lambda: publisher.publish())
    figures["verify by number"] = _typical(_verify(house, numbers[0]))
    figures |= ask_directory(house)
    figures["page of changes"] = _typical(
        lambda: _read(house, lambda s: list(journal.entries(s, size // 2, size // 2 + 100)))
    )
    several = [_apart(settings) for _ in range(3)]
    figures["start-up"] = statistics.median(seconds for seconds, _ in several)
    figures["memory bytes"] = max(size for _, size in several)
    figures["database bytes"] = _database_bytes(house)
    return figures


def measure_whole(house: House, settings: Settings) -> dict[str, float]:
    """The same of publishing everything, as far as the disk has room for it, and of the bundle."""
    figures: dict[str, float] = {}
    with house.registry.read() as session:
        certificates = session.execute(select(func.count()).select_from(CertificateRow)).scalar_one()
    if shutil.disk_usage(FOLDER).free > certificates * _PUBLISHED:
        figures["publish everything"], figures["memory, publishing everything, bytes"] = _apart(
            settings, "full"
        )
    else:
        print("there is no room on the disk to publish everything", file=sys.stderr)
    figures["bundle build"], figures["memory, building the bundle, bytes"] = _apart(settings, "bundle")
    bundle = house.storage.get("bundle.zip") or b""
    figures["bundle bytes"] = len(bundle)
    figures["bundle check"] = _typical(lambda: Verifier.from_bundle(bundle, clock=now), rounds=3)
    return figures


def ask_directory(house: House) -> dict[str, float]:
    """Seconds by question."""
    return {
        f"directory, {name}": _typical(
            lambda asked=asked: _read(house, lambda session: search(session, now=now(), **asked))  # type: ignore[misc]
        )
        for name, asked in _QUESTIONS.items()
    }


def catch_up(publisher: Publisher, *, first: int = 1_000) -> None:
    """Publishes lists, tiles and checkpoint after filling, and of the certificates only the first."""
    changed = readmodel.changed_numbers
    with mock.patch.object(
        readmodel, "changed_numbers", lambda session, since: changed(session, since)[:first]
    ):
        publisher.publish()


def _database_bytes(house: House) -> float:
    if house.registry.dialect == "sqlite":
        return Path(house.registry.engine.url.database or "").stat().st_size
    return float(
        str(_read(house, lambda s: s.execute(text("SELECT pg_database_size(current_database())")).scalar()))
    )


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


def _apart(settings: Settings, *words: str) -> tuple[float, float]:
    """Seconds until a new process has opened the house and published, without those of loading the program; its
    largest memory."""
    program = [sys.executable, "-W", "ignore", "-m", "bench.growth_start", *words]
    environment = {**os.environ, "LCERT_HOME": str(settings.home), "LCERT_KEY_PASSPHRASE": "bench"}
    environment["LCERT_DATABASE_URL"] = settings.database_url
    done = subprocess.run(program, env=environment, stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    return told["seconds"], told["bytes"]


def _read(house: House, query: Callable[..., object]) -> object:
    with house.registry.read() as session:
        return query(session)


def _typical(
    work: Callable[[], object], *, before: Callable[[], object] | None = None, rounds: int = ROUNDS
) -> float:
    """Median wall seconds of some rounds."""
    times = []
    for _ in range(rounds):
        if before is not None:
            before()
        times.append(_once(work))
    return statistics.median(times)


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _known() -> Figures:
    try:
        known: Figures = json.loads(FIGURES.read_text())
    except (OSError, ValueError):
        return {}
    return known


def _keep(name: str, size: int, found: dict[str, float]) -> None:
    """Read anew, because another database may grow in another process. How fast it was filled stays known."""
    figures = _known()
    sizes = figures.setdefault(name, {})
    rate = {
        name: value for name, value in sizes.get(str(size), {}).items() if name.startswith("certificates")
    }
    sizes[str(size)] = {**rate, **found, "load": os.getloadavg()[0]}
    FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

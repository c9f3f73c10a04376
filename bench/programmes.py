"""Issuers to measure: founded as `lcert init` does it, on a database of their own, in a folder that is removed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.forms import form
from tests.support.registry import start_cluster

from lcert_issuer.assembly import House, open_house
from lcert_issuer.intake import Draft, parse_form
from lcert_issuer.new_home import found_house
from lcert_issuer.settings import read_settings
from lcert_keys import Signer
from lcert_verifier.vocabulary import KeyPurpose

__all__ = ["MEMORY", "a_house", "drafts", "issuing_signer", "now", "postgresql", "spent"]

MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
"""A file system without a disk, where the work counts and not the flushing."""


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def a_house(
    database_url: str | None = None, *, within: Path | None = None, storage_url: str | None = None
) -> Iterator[House]:
    """A new issuer with nothing issued."""
    with tempfile.TemporaryDirectory(dir=within) as name, ExitStack() as stack:
        environment = {"LCERT_HOME": f"{name}/var", "LCERT_KEY_PASSPHRASE": "bench"}
        if database_url:
            environment["LCERT_DATABASE_URL"] = database_url
        if storage_url:
            environment["LCERT_STORAGE_URL"] = storage_url
        settings = read_settings(environment)
        settings.home.mkdir(parents=True)
        found_house(settings, name="Bench", base_url="http://127.0.0.1:8080", clock=now)
        house = stack.enter_context(open_house(settings, clock=now))
        house.publisher.publish()
        yield house


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of an empty PostgreSQL database that flushes nothing; None when there is no PostgreSQL."""
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(start_cluster())
        except BaseException as reason:  # the tests' way of saying that it is not installed
            if type(reason).__name__ not in ("Skipped", "Failed"):
                raise
            yield None
            return
        yield stack.enter_context(cluster.database())


def drafts(count: int, first: int = 0) -> list[Draft]:
    """Forms that differ as those of a CSV file do."""
    today = now().date()
    return [
        parse_form(
            form(today, holder__legalName=f"Holder {i} Ltd", holder__domains__0__name=f"holder-{i}.example")
        )
        for i in range(first, first + count)
    ]


def issuing_signer(house: House) -> Signer:
    key = house.keyring().signing(KeyPurpose.ISSUER)
    signer = house.desk.office.signer(key)
    signer.unlock()
    return signer


@contextmanager
def spent(into: list[float], *, cpu: bool = False) -> Iterator[None]:
    """Adds the seconds of the block."""
    clock = time.process_time if cpu else time.perf_counter
    start = clock()
    try:
        yield
    finally:
        into.append(clock() - start)

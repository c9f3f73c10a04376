"""A programme whose clock a test moves on, and what others could verify of it at any time, online and offline."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.support.registry import Bench, SQLiteTemplates

from lcert_issuer import office as offices
from lcert_issuer.clockwork import run_once
from lcert_issuer.publish import Issuer, Publisher
from lcert_issuer.readmodel import find_token
from lcert_issuer.storage.folder import FolderStorage
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Securing

__all__ = ["Chronicle", "day", "keep_chronicle"]


def day(text: str, hour: int = 12) -> datetime:
    """Noon of a date, UTC."""
    return datetime.fromisoformat(f"{text}T{hour:02d}:00:00+00:00").astimezone(UTC)


@dataclass
class Chronicle:
    """`bench` is the programme; what it publishes lies in `storage`."""

    bench: Bench
    storage: FolderStorage
    publisher: Publisher
    reads: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.bench.clock.now

    def to(self, text: str, hour: int = 9) -> datetime:
        """Moves the clock on and lets it do what is due."""
        moment = day(text, hour)
        assert moment >= self.now, "a chronicle goes forward"
        self.bench.clock.now = moment
        run_once(self.bench.desk, moment)
        return moment

    def publish(self) -> None:
        self.publisher.publish(bundle=True)

    def token(self, number: str, edition: int = 1, securing: Securing = Securing.VC_JWT) -> str:
        found = self.bench.ask(lambda session: find_token(session, number, edition, securing.value))
        assert found is not None
        return str(found)

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        data = self.storage.get(path)
        if data is None:
            raise NotPublished(path)
        return data

    def online(self) -> Verifier:
        source = PublishedSource(
            self.read, base_url=self.bench.desk.office.identity.base_url, clock=lambda: self.now
        )
        return Verifier([source], clock=lambda: self.now)

    def offline(self) -> Verifier:
        return Verifier.from_bundle(self.read("bundle.zip"), clock=lambda: self.now)

    def verifiers(self) -> Sequence[Verifier]:
        return self.online(), self.offline()

    def ask(self, verifier: Verifier, token: str, at: str | None, known_at: str | None = None) -> Report:
        return verifier.verify(
            token, at=day(at) if at else None, known_at=day(known_at) if known_at else None
        )


@contextmanager
def keep_chronicle(folder: Path) -> Iterator[Chronicle]:
    """A programme founded below `folder` on 1 November 2026."""
    folder.mkdir(parents=True, exist_ok=True)
    with SQLiteTemplates(folder).bench("single-operator") as bench:
        office = bench.desk.office
        storage = FolderStorage(folder / "public")
        publisher = Publisher(
            registry=bench.registry,
            storage=storage,
            load_keyring=offices.load_keyring,
            issuer=Issuer(base_url=office.identity.base_url, open_signer=office.signer),
            high_water=folder / "highwater.json",
            clock=bench.clock,
        )
        try:
            yield Chronicle(bench=bench, storage=storage, publisher=publisher)
        finally:
            shutil.rmtree(folder / "public", ignore_errors=True)

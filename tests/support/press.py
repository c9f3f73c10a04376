"""An issuer whose publications are looked at: a real registry, keys in memory, a clock that is set by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.support.forms import form

from lcert_issuer import office as offices
from lcert_issuer.intake import parse_form
from lcert_issuer.issuance import abandon, issue_plans
from lcert_issuer.plans import Issued, Plan
from lcert_issuer.publish import Issuer, Publisher
from lcert_issuer.registry import journal
from lcert_issuer.registry.events import Event, Kind
from lcert_issuer.registry.models import CertificateRow, CriteriaRow, EditionRow, Setting, TrustRow
from lcert_issuer.registry.schema import migrate
from lcert_issuer.registry.session import Registry, open_registry
from lcert_issuer.registry.slots import open_list
from lcert_issuer.storage.folder import FolderStorage
from lcert_keys import Key, LocalSigner, sign_trust, trust_payload
from lcert_verifier.identity import did_of
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState, Securing

__all__ = ["BASE_URL", "CRITERIA", "T0", "Press", "prepare", "press", "press_template"]

BASE_URL = "https://certs.example"
T0 = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CRITERIA = "# Criteria\n"


class Press:
    """One issuer with a registry, a storage and a publisher of its own."""

    def __init__(self, home: Path, signers: dict[str, LocalSigner]) -> None:
        self.home = home
        self.now = T0
        self.signers = dict(signers)
        self.registry = self.open_registry()
        self.storage = FolderStorage(home / "public")
        identity = offices.Identity(base_url=BASE_URL, name="L Certification", policy=offices.SINGLE_OPERATOR)
        self.office = offices.Office(
            registry=self.registry,
            identity=identity,
            clock=lambda: self.now,
            open_signer=lambda uri: self.signers[uri],
            make_key=self.make_key,
        )
        self.publisher = self.make_publisher()
        self.rendered: list[str] = []
        self.on_render: Callable[[], object] = lambda: None
        self.found: list[object] = []

    def open_registry(self) -> Registry:
        return open_registry(f"sqlite:///{self.home / 'registry.sqlite3'}", clock=lambda: self.now)

    def make_key(self, purpose: KeyPurpose, alg: Algorithm) -> tuple[LocalSigner, str]:
        signer = LocalSigner.generate(alg)
        uri = f"memory:{purpose.value}-{len(self.signers)}"
        self.signers[uri] = signer
        return signer, uri

    def make_publisher(self, **changes: Any) -> Publisher:
        arguments: dict[str, Any] = {
            "registry": self.registry,
            "storage": self.storage,
            "load_keyring": offices.load_keyring,
            "issuer": Issuer(
                base_url=BASE_URL, open_signer=self.office.signer, render_badges=self.render_badges
            ),
            "high_water": self.home / "highwater.json",
            "clock": lambda: self.now,
        }
        return Publisher(**{**arguments, **changes})

    def render_badges(self, record: Mapping[str, Any], tokens: Mapping[str, str]) -> Mapping[str, bytes]:
        number = record["number"]
        self.rendered.append(number)
        self.found.append(self.on_render())
        picture = f"{number} {record['state']} {record['currentEdition']}".encode()
        return {f"badge/{number}.svg": picture, f"badge/{number}/baked.svg": tokens["openbadge"].encode()}

    # what happens

    def issue(self, count: int = 1, **changes: Any) -> list[Issued]:
        draft = parse_form(form(self.now.date(), **changes))
        plan = Plan(
            kind=Kind.ISSUED,
            content=draft.content,
            valid_from=draft.valid_from,
            valid_through=draft.valid_through,
            first_granted_on=draft.content.granted_on,
        )
        return issue_plans(self.office, [plan] * count, actor="test")

    def succeed(self, number: str, kind: Kind, **dates: date) -> Issued:
        """A new edition of a certificate."""
        draft = parse_form(form(self.now.date()))
        with self.registry.read() as session:
            row = session.execute(select(CertificateRow).where(CertificateRow.number == number)).scalar_one()
        first = dates.get("valid_from")
        plan = Plan(
            kind=kind,
            content=draft.content,
            valid_from=first or draft.valid_from,
            valid_through=dates.get("valid_through", draft.valid_through),
            first_granted_on=row.first_granted_on,
            number=number,
            certificate_version=row.version,
            effective_at=datetime(first.year, first.month, first.day, tzinfo=UTC) if first else None,
        )
        return issue_plans(self.office, [plan], actor="test")[0]

    def decide(self, number: str, kind: Kind, standing: str, reason: str = "unspecified") -> None:
        with self.registry.write() as session:
            session.execute(
                update(CertificateRow)
                .where(CertificateRow.number == number)
                .values(standing=standing, since=self.now, reason=reason)
            )
            session.execute(
                update(EditionRow)
                .where(EditionRow.number == number)
                .values(suspended_from=self.now if standing == "suspended" else None)
            )
            if standing in ("withdrawn", "terminated"):
                session.execute(
                    update(EditionRow).where(EditionRow.number == number).values(withdrawn_at=self.now)
                )
            journal.append(session, [Event(kind=kind, number=number, reason=reason)])

    def abandon(self, intent_id: str) -> None:
        abandon(self.office, [intent_id])

    def append_notice(self, count: int = 1) -> None:
        """Entries that concern no certificate."""
        with self.registry.write() as session:
            journal.append(session, [Event(kind=Kind.KEY_STAGED, kid=f"x{n}") for n in range(count)])

    def change_key(self, change: Callable[[Any], Key], kind: Kind) -> Key:
        """A key transition, with its entry and a new trust statement. `change` gets the keyring."""
        with self.registry.write() as session:
            ring = offices.load_keyring(session)
            key = change(ring)
            session.merge(offices.row_of(key))
            session.flush()
            journal.append(
                session, [Event(kind=kind, kid=key.kid, purpose=key.purpose.value, since=key.since)]
            )
            _sign_trust(session, self.signers, self.now)
        return key

    def add_key(self, purpose: KeyPurpose, alg: Algorithm = Algorithm.ES256) -> Key:
        """Stage and promote a new key."""
        signer, uri = self.make_key(purpose, alg)
        staged = self.change_key(
            lambda ring: ring.stage(
                did=did_of(BASE_URL),
                public_key=signer.public_key,
                purpose=purpose,
                signer_uri=uri,
                at=self.now,
            ),
            Kind.KEY_STAGED,
        )
        return self.change_key(lambda ring: ring.promote(staged.kid, at=self.now), Kind.KEY_PROMOTED)

    def compromise(self, key: Key, since: int | None = None) -> Key:
        with self.registry.read() as session:
            head = journal.head(session)
        return self.change_key(
            lambda ring: ring.compromise(key.kid, at=self.now, since=since, size=head.size, root=head.root),
            Kind.KEY_COMPROMISED,
        )

    def all_keys(self) -> list[Key]:
        with self.registry.read() as session:
            return list(offices.load_keyring(session))

    def key(self, purpose: KeyPurpose) -> Key:
        with self.registry.read() as session:
            return offices.load_keyring(session).signing(purpose)

    # what others see

    def read(self, path: str) -> bytes:
        data = self.storage.get(path)
        assert data is not None, f"{path} is not published"
        return data

    def everything(self) -> dict[str, bytes]:
        return {path: self.read(path) for path in self.storage.list()}

    def verifier(self) -> Verifier:
        """A fresh one: it knows the root and what is published, and nothing else."""
        root = next(s for uri, s in self.signers.items() if uri.startswith("memory:root"))
        source = PublishedSource(self._reader, base_url=BASE_URL, pin=root.thumbprint, clock=lambda: self.now)
        return Verifier([source], clock=lambda: self.now)

    def _reader(self, path: str) -> bytes:
        data = self.storage.get(path)
        if data is None:
            raise NotPublished(path)
        return data

    def judge(self, issued: Issued, securing: Securing = Securing.VC_JWT) -> Report:
        return self.verifier().verify(issued.tokens[securing])


def _sign_trust(session: Any, signers: Mapping[str, LocalSigner], now: datetime) -> None:
    ring = offices.load_keyring(session)
    version = len(session.execute(select(TrustRow.version)).all()) + 1
    payload = trust_payload(
        version=version,
        issued_at=now,
        issuer=did_of(BASE_URL),
        base_url=BASE_URL,
        name="L Certification",
        keys=ring,
    )
    roots = [signers[key.signer_uri] for key in ring.of(KeyPurpose.ROOT, KeyState.ACTIVE)]
    session.add(TrustRow(version=version, document=sign_trust(payload, roots).decode(), signed_at=now))


def prepare(home: Path) -> dict[str, LocalSigner]:
    """A registry as `init` leaves it, in `home`; the signers of its keys by URI."""
    home.mkdir(parents=True, exist_ok=True)
    registry = open_registry(f"sqlite:///{home / 'registry.sqlite3'}", clock=lambda: T0)
    migrate(registry)
    signers = {
        f"memory:{purpose.value}-{n}": LocalSigner.generate(
            Algorithm.ED25519 if purpose is KeyPurpose.LOG else Algorithm.ES256
        )
        for n, purpose in enumerate(KeyPurpose)
    }
    with registry.write() as session:
        for name, value in (
            ("base_url", BASE_URL),
            ("name", "L Certification"),
            ("policy", "single-operator"),
        ):
            session.add(Setting(name=name, value=value))
        session.add(
            CriteriaRow(
                version="L-2026.1", digest="sha256-" + "A" * 43, text=CRITERIA, in_force_from=date(2026, 1, 1)
            )
        )
        open_list(session, 1, now=T0)
        journal.begin_journal(session)
        ring = offices.load_keyring(session)
        for n, (uri, signer) in enumerate(signers.items()):
            at = T0 - timedelta(hours=1) + timedelta(seconds=n)
            staged = ring.stage(
                did=did_of(BASE_URL),
                public_key=signer.public_key,
                purpose=KeyPurpose(uri.removeprefix("memory:").rpartition("-")[0]),
                signer_uri=uri,
                at=at,
            )
            ring = ring.with_key(replace(staged, state=KeyState.ACTIVE, promoted_at=at))
        for key in ring:
            session.add(offices.row_of(key))
            journal.append(session, [Event(kind=Kind.KEY_PROMOTED, kid=key.kid, purpose=key.purpose.value)])
        session.flush()
        _sign_trust(session, signers, T0)
    registry.close()
    return signers


@pytest.fixture(scope="session")
def press_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, LocalSigner]]:
    """A home as `init` leaves it, made once and copied for each test."""
    home = tmp_path_factory.mktemp("press")
    return home, prepare(home)


@pytest.fixture
def press(press_template: tuple[Path, dict[str, LocalSigner]], tmp_path: Path) -> Iterator[Press]:
    """Import this and `press_template` into a test module to use it."""
    home = tmp_path / "home"
    shutil.copytree(press_template[0], home)
    made = Press(home, press_template[1])
    yield made
    made.registry.close()

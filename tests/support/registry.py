"""Issuers for tests of the registry: founded once, copied for each test, on SQLite and on PostgreSQL.

PostgreSQL is a cluster of its own, started from the system's package on a Unix socket as an unprivileged user, and
gone at the end. Keys are made in memory; the clock of the desk and of the database is set by hand.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session
from tests.support.forms import form

from lcert_issuer.desk import Desk
from lcert_issuer.founding import Criteria, found
from lcert_issuer.intake import Draft, parse_form
from lcert_issuer.readmodel import load_certificate
from lcert_issuer.registry import journal
from lcert_issuer.registry.session import Registry, open_registry
from lcert_issuer.views import CertificateView
from lcert_keys import LocalSigner
from lcert_verifier.vocabulary import Algorithm, KeyPurpose

__all__ = ["BASE_URL", "DIALECTS", "FOUNDED", "NOW", "Bench", "Clock", "Cluster", "crash", "start_cluster"]

BASE_URL = "https://certs.example"
DIALECTS = ("sqlite", "postgresql")
FOUNDED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
_ADMIN = "postgres"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def to(self, day: date, hour: int = 9) -> datetime:
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        return self.now


@dataclass
class Cabinet:
    """Keys in memory, by URI."""

    signers: dict[str, LocalSigner] = field(default_factory=dict)

    def make(self, purpose: KeyPurpose, alg: Algorithm) -> tuple[LocalSigner, str]:
        signer = LocalSigner.generate(alg)
        uri = f"memory:{purpose.value}-{secrets.token_hex(4)}"
        self.signers[uri] = signer
        return signer, uri

    def open(self, uri: str) -> LocalSigner:
        return self.signers[uri]


@dataclass
class Bench:
    """One issuer of its own. `url` opens it again, as another process would."""

    url: str
    clock: Clock
    cabinet: Cabinet
    registry: Registry
    desk: Desk

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def draft(self, **changes: Any) -> Draft:
        """The documented form, beginning today."""
        return parse_form(form(self.today, **changes))

    def issue(self, **changes: Any) -> str:
        """The number of a new certificate."""
        return self.desk.issue(self.draft(**changes)).number

    def view(self, number: str) -> CertificateView:
        with self.registry.read() as session:
            view = load_certificate(session, number)
        assert view is not None
        return view

    def state(self, number: str) -> str:
        return self.view(number).state(self.clock()).value

    def kinds(self, number: str) -> list[str]:
        """Kinds of the journal entries about a certificate, in order."""
        return [entry.kind.value for entry in self.entries() if entry.number == number]

    def entries(self) -> list[journal.Entry]:
        with self.registry.read() as session:
            return list(journal.entries(session))

    def head(self) -> journal.TreeHead:
        with self.registry.read() as session:
            return journal.head(session)

    def ask(self, query: Callable[[Session], Any]) -> Any:
        with self.registry.read() as session:
            return query(session)

    def reopened(self, *, clock: Callable[[], datetime] | None = None) -> Desk:
        """A desk with connections of its own. The caller closes its registry."""
        registry = open_registry(self.url, clock=clock or self.clock)
        return Desk.open(
            registry, open_signer=self.cabinet.open, make_key=self.cabinet.make, clock=clock or self.clock
        )


def found_template(url: str, cabinet: Cabinet, policy: str) -> None:
    """An issuer in the empty database at `url`, founded before NOW."""
    registry = open_registry(url, clock=lambda: FOUNDED)
    found(
        registry,
        base_url=BASE_URL,
        name="L Certification (test)",
        criteria=Criteria(version="L-2026.1", text="# Criteria\n", in_force_from=date(2026, 1, 1)),
        make_key=cabinet.make,
        clock=lambda: FOUNDED,
        policy=policy,
    )
    registry.close()


def open_bench(url: str, cabinet: Cabinet) -> Bench:
    clock = Clock()
    copy = Cabinet(dict(cabinet.signers))
    registry = open_registry(url, clock=clock)
    desk = Desk.open(registry, open_signer=copy.open, make_key=copy.make, clock=clock)
    return Bench(url=url, clock=clock, cabinet=copy, registry=registry, desk=desk)


class SQLiteTemplates:
    """Founded files, one a policy, and copies of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cabinets: dict[str, Cabinet] = {}

    @contextlib.contextmanager
    def bench(self, policy: str) -> Iterator[Bench]:
        template = self._folder / f"{policy}.sqlite3"
        if policy not in self._cabinets:
            cabinet = Cabinet()
            found_template(f"sqlite:///{template}", cabinet, policy)
            self._cabinets[policy] = cabinet
        path = self._folder / f"{secrets.token_hex(8)}.sqlite3"
        shutil.copyfile(template, path)
        bench = open_bench(f"sqlite:///{path}", self._cabinets[policy])
        try:
            yield bench
        finally:
            bench.registry.close()
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()


@dataclass
class Cluster:
    """A PostgreSQL cluster on a Unix socket in `folder`."""

    folder: Path
    process: subprocess.Popen[bytes]
    cabinets: dict[str, Cabinet] = field(default_factory=dict)
    _admin: psycopg.Connection[Any] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_ADMIN}@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        if self._admin is None or self._admin.closed:
            self._admin = psycopg.connect(
                host=str(self.folder), user=_ADMIN, dbname="postgres", autocommit=True
            )
        self._admin.execute(statement)

    def close(self) -> None:
        if self._admin is not None:
            self._admin.close()

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a database of one's own."""
        name = f"t_{secrets.token_hex(8)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def bench(self, policy: str) -> Iterator[Bench]:
        template = f"founded_{policy.replace('-', '_')}"
        if policy not in self.cabinets:
            cabinet = Cabinet()
            self.run(f"CREATE DATABASE {template} TEMPLATE template0")
            found_template(self.url(template), cabinet, policy)
            self.cabinets[policy] = cabinet
        with self.database(template) as url:
            bench = open_bench(url, self.cabinets[policy])
            try:
                yield bench
            finally:
                bench.registry.close()


@contextlib.contextmanager
def start_cluster(kept: Path | None = None, **other_settings: str) -> Iterator[Cluster]:
    """A fresh cluster; skips the test when PostgreSQL or an unprivileged user for it is missing.

    One in the folder `kept` stays there, and goes on with what it had.
    """
    binaries = _binaries()
    user = _user()
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    folder = kept or Path(tempfile.mkdtemp(prefix="lcert-pg-"))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        run = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL}
        if user is not None:
            run |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = folder / "data"
        initdb = [binaries / "initdb", "-D", data, "-U", _ADMIN, "-A", "trust", "-E", "UTF8", "--no-sync"]
        is_new = not (data / "PG_VERSION").exists()
        made = subprocess.run(initdb if is_new else ["true"], capture_output=True, **run)  # type: ignore[call-overload]
        if made.returncode:
            pytest.fail(f"initdb failed: {made.stderr.decode(errors='replace')}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "unix_socket_permissions": "0777",
            "max_connections": "200",
            "shared_buffers": "32MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "jit": "off",
            "lc_messages": "C",
            **other_settings,
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        folder.chmod(0o755)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **run)  # type: ignore[call-overload]
        cluster = Cluster(folder=folder, process=process)
        try:
            _wait_until_up(cluster)
            yield cluster
        finally:
            cluster.close()
            process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parent.parent.name)
    )
    if found:
        return found[-1].parent
    if path := shutil.which("postgres"):
        return Path(path).resolve().parent
    pytest.skip("PostgreSQL is not installed: install the system package `postgresql`")


def _user() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as; None for the present user. It refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL does not run as root, and there is no unprivileged user `postgres` or `nobody`")


def _wait_until_up(cluster: Cluster) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            cluster.run("SELECT 1")
        except psycopg.OperationalError:
            if cluster.process.poll() is not None or time.monotonic() > deadline:
                log = (cluster.folder / "log").read_text(errors="replace")
                pytest.fail(f"PostgreSQL did not start:\n{log}")
            time.sleep(0.05)
        else:
            return


def crash(work: Callable[[], object], *, at: str, within: float = 60) -> bool:
    """Runs `work` in a child that `at` kills as `kill -9` would. True if it was killed, False if it ended.

    An exception of `work` fails the test.
    """
    child = os.fork()
    if child == 0:
        code = 3
        try:
            os.environ["LCERT_FAILPOINT"] = at
            work()
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + within
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail(f"the child did not end within {within} s")
        time.sleep(0.005)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child raised"
    return False

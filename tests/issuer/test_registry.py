"""The database: its schema, what its triggers refuse, and the faults it may have."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from tests.support.registry import Bench, Cluster

from lcert_issuer.desk import Desk
from lcert_issuer.refusals import RegistryUnavailable
from lcert_issuer.registry import journal
from lcert_issuer.registry.models import Head, Instant, Setting
from lcert_issuer.registry.schema import (
    check_schema,
    migrate,
    newest_version,
    schema_drift,
    schema_version,
)
from lcert_issuer.registry.session import database_now, open_registry


def test_migrating_makes_exactly_the_tables_of_the_models(empty_url: str) -> None:
    registry = open_registry(empty_url)
    try:
        assert schema_version(registry) is None
        assert migrate(registry) is True
        assert schema_version(registry) == newest_version()
        assert schema_drift(registry) == []
        assert migrate(registry) is False
    finally:
        registry.close()


def test_a_registry_without_an_issuer_says_what_to_do(empty_url: str) -> None:
    registry = open_registry(empty_url)
    try:
        with pytest.raises(RegistryUnavailable, match="lcert init") as caught:
            check_schema(registry)
        assert caught.value.code == "not_initialised"
        migrate(registry)
        with pytest.raises(RegistryUnavailable, match="lcert init"):
            Desk.open(registry, open_signer=_never, make_key=_never, clock=lambda: datetime.now(UTC))
        with registry.read() as session, pytest.raises(RegistryUnavailable, match="lcert init"):
            journal.head(session)
    finally:
        registry.close()


def test_another_schema_version_is_refused(bench: Bench) -> None:
    with bench.registry.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(RegistryUnavailable, match="lcert db upgrade"):
        check_schema(bench.registry)


@pytest.mark.parametrize("table", ["journal", "journal_node", "token", "audit"])
def test_what_is_append_only_cannot_be_changed(bench: Bench, table: str) -> None:
    bench.issue()
    if table == "journal_node":
        with bench.registry.write() as session:
            session.execute(text("INSERT INTO journal_node VALUES (8, 0, :hash)"), {"hash": bytes(32)})
    column = {"journal": "kind", "journal_node": "hash", "token": "kid", "audit": "actor"}[table]
    own = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    statements = [
        f"DELETE FROM {table}",
        f"UPDATE {table} SET {column} = {column}",
        own[bench.registry.dialect],
    ]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), bench.registry.write() as session:
            session.execute(text(statement))


def test_a_transaction_that_raises_leaves_nothing(bench: Bench) -> None:
    def work() -> None:
        with bench.registry.write() as session:
            session.execute(insert(Setting).values(name="x", value="y"))
            raise LookupError

    with pytest.raises(LookupError):
        work()
    assert bench.ask(lambda s: s.execute(select(Setting.name).where(Setting.name == "x")).all()) == []


def test_a_reader_sees_one_snapshot_while_others_write(bench: Bench) -> None:
    with bench.registry.read() as session:
        before = journal.head(session)
        writer = threading.Thread(target=bench.issue)
        writer.start()
        writer.join(30)
        assert journal.head(session) == before
    assert bench.head().size == before.size + 1


def test_the_database_clock_is_the_time(bench: Bench) -> None:
    registry = open_registry(bench.url)
    try:
        with registry.read() as session:
            first, second = database_now(session), database_now(session)
        assert first.tzinfo is UTC
        assert abs(datetime.now(UTC) - first) < timedelta(minutes=1)
        assert first <= second
    finally:
        registry.close()


def test_instants_keep_their_microseconds(bench: Bench) -> None:
    moment = datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC)
    with bench.registry.write() as session:
        session.execute(text("UPDATE head SET recorded_at = 0"))
        session.query(Head).update({"recorded_at": moment})
    assert bench.head().recorded_at == moment


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not one"),
        ("mysql://x/y", "not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_url_of_no_use_is_refused(url: str, message: str) -> None:
    with pytest.raises(RegistryUnavailable, match=message):
        open_registry(url)


def test_a_database_that_is_gone_is_unavailable_and_its_password_stays_secret() -> None:
    registry = open_registry("postgresql://lcert:hunter2@127.0.0.1:9/registry")
    try:
        with pytest.raises(RegistryUnavailable) as caught, registry.read() as session:
            journal.head(session)
        assert "hunter2" not in str(caught.value)
    finally:
        registry.close()


def test_the_cluster_of_the_tests_listens_to_nobody_else(cluster: Cluster) -> None:
    assert cluster.process.poll() is None
    assert "listen_addresses=" in " ".join(map(str, cluster.process.args))  # type: ignore[arg-type]


def _never(*_: object) -> None:  # pragma: no cover - nothing is signed here
    raise AssertionError

"""Brings a database to the schema of this program, and says how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ..refusals import RegistryUnavailable
from . import watch_tables  # noqa: F401 - its tables belong to Base
from .models import Base
from .session import Registry
from .words import WORDS

__all__ = ["check_schema", "migrate", "missing_guards", "newest_version", "schema_drift", "schema_version"]

_APPEND_ONLY = ("journal", "journal_node", "token", "audit")
_ADVISORY_LOCK = 0x6C636572_74
"""Any fixed number: two machines that upgrade at once take turns on PostgreSQL."""


def migrate(registry: Registry) -> bool:
    """Applies what is missing, in one transaction; True if there was anything. Safe to call at every start."""
    with registry.write() as session:
        connection = session.connection()
        if registry.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        before = _version(connection)
        if before == newest_version():
            return False
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return True


def schema_version(registry: Registry) -> str | None:
    """The schema version the database has; None for an empty one."""
    with registry.read() as session:
        return _version(session.connection())


def newest_version() -> str:
    """The schema version this program works with."""
    version = ScriptDirectory.from_config(_config()).get_current_head()
    assert version is not None, "there is at least one migration"
    return version


def check_schema(registry: Registry) -> None:
    """Raises RegistryUnavailable unless the database has exactly the schema of this program."""
    found = schema_version(registry)
    if found is None:
        raise RegistryUnavailable("the database is empty: run `lcert init`", code="not_initialised")
    if found != newest_version():
        raise RegistryUnavailable(
            f"the database has schema {found}, this program needs {newest_version()}: run `lcert db upgrade`",
            code="schema_mismatch",
        )


def schema_drift(registry: Registry) -> list[object]:
    """Differences between the tables as the models say and as they are; none in a healthy database."""
    with registry.read() as session:
        opts = {"compare_type": True, "include_name": _is_of_models}
        context = MigrationContext.configure(session.connection(), opts=opts)
        return list(compare_metadata(context, Base.metadata))


def _is_of_models(name: str | None, _kind: str, _parents: Mapping[str, str | None]) -> bool:
    """The index of words is each database's own: a table of SQLite with tables behind it, an index of PostgreSQL."""
    return name is None or not name.startswith(WORDS)


def missing_guards(registry: Registry) -> list[str]:
    """Tables that must be append-only, and whose triggers are gone or switched off."""
    query = (
        "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name"
        if registry.dialect == "sqlite"
        else "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgenabled <> 'D' GROUP BY tgrelid"
    )
    needed = 2 if registry.dialect == "sqlite" else 1
    with registry.read() as session:
        found = {row[0]: row[1] for row in session.execute(text(query))}
    return [table for table in _APPEND_ONLY if found.get(table, 0) < needed]


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config

"""The database behind the registry: SQLite (embedded) or PostgreSQL, and the two kinds of transaction on it.

Writing: SQLite `BEGIN IMMEDIATE`, WAL, `synchronous=FULL`, one writer at a time by a lock of our own (`locking`);
PostgreSQL READ COMMITTED. Reading: one snapshot, so that what is derived belongs to one journal size.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    Insert,
    Table,
    create_engine,
    event,
    insert,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from ..diskspace import shortage
from ..refusals import Conflict, RegistryUnavailable
from .locking import WriterLock

__all__ = ["Registry", "TransactionsMet", "add_rows", "database_now", "fetch", "open_registry"]

_BUSY_MS = 30_000
"""How long a writer waits for another one on SQLite."""
_WRITING = "lcert_writing"
_CLOCK = "lcert_clock"
_FILE = "lcert_file"
_RETRYABLE = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialisation failure and of a deadlock."""

_ATTEMPTS: Final = 5
"""How often a transaction that met another one is done again before its caller hears of it."""

Result = TypeVar("Result")

_SQLITE_CLOCK: Final = text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
_POSTGRESQL_CLOCK: Final = text("SELECT clock_timestamp()")

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


class TransactionsMet(Conflict):
    """The database undid this transaction because of another one (serialisation failure or deadlock)."""


class Registry:
    """Opens sessions on one database. Threads share it; a forked child gets fresh connections."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] | None = None) -> None:
        """`clock` takes the place of the database's clock: for tests."""
        self.engine = engine
        self._clock = clock
        self._writer = engine.execution_options(**{_WRITING: True})
        self._reader = (
            engine
            if engine.dialect.name == "sqlite"
            else engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        database = engine.url.database
        self._file = Path(database) if engine.dialect.name == "sqlite" and database else None
        self.writer_lock = WriterLock(self._file, seconds=_BUSY_MS / 1000) if self._file else None
        """Held by whoever writes to an embedded database; None where the server sees to that."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that commits when the block ends and leaves nothing when it raises."""
        with (
            _faults(self._file),
            self.writer_lock.held() if self.writer_lock else nullcontext(),
            Session(self._writer, expire_on_commit=False, info=self._info()) as session,
            session.begin(),
        ):
            yield session

    def again(self, work: Callable[[], Result]) -> Result:
        """Does `work`, a whole writing transaction, again when the database let another one go first.

        Only for work that leaves nothing behind when it fails. After five attempts its Conflict is the answer.
        """
        for attempt in range(1, _ATTEMPTS):
            try:
                return work()
            except TransactionsMet:
                time.sleep(random.uniform(0, 0.02 * 2**attempt))
        return work()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One snapshot of the whole database."""
        with (
            _faults(self._file),
            Session(self._reader, expire_on_commit=False, info=self._info()) as session,
            session.begin(),
        ):
            yield session

    def shortage(self) -> str | None:
        """What the disk of an embedded database lacks, in words; None when there is enough, or a server sees to it."""
        return shortage(self._file) if self._file else None

    def _info(self) -> dict[Any, Any]:
        return {_CLOCK: self._clock} if self._clock else {}

    def close(self) -> None:
        self.engine.dispose()


def open_registry(
    url: str, *, clock: Callable[[], datetime] | None = None, existing: bool = False
) -> Registry:
    """The registry at `sqlite:///PATH` or `postgresql+psycopg://…` (`postgresql://` too). Connects at first use.

    existing: a file that is missing is a fault at each use; without it an empty database is made in its place.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise RegistryUnavailable(
            "the database URL is not one; use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise RegistryUnavailable("the registry needs a file: sqlite:///PATH")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # Transactions are begun by the `begin` hook, because the driver's own are deferred.
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_MS / 1000, "isolation_level": None})
        if existing:
            event.listen(engine, "do_connect", _require_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "checkout", _refuse_another_file)
        event.listen(engine, "begin", _begin_sqlite)
    elif backend == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, isolation_level="READ COMMITTED", pool_pre_ping=True, max_overflow=30)
    else:
        raise RegistryUnavailable(f"{backend} is not supported: use sqlite or postgresql")
    _engines.add(engine)
    return Registry(engine, clock=clock)


def add_rows(session: Session, model: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts plain rows, which no object stands for, in one statement; nothing happens for none."""
    if rows:
        session.connection().execute(_insert(model), rows)


@lru_cache(maxsize=64)
def _insert(model: type[DeclarativeBase]) -> Insert:
    return insert(cast(Table, model.__table__))


def fetch(
    session: Session, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> CursorResult[Any]:
    """Rows of columns, never objects, by a statement that its module made once; what is pending is not flushed first.

    A statement takes 40 us so, where one that is made anew and goes by way of objects takes 220: an issue with its
    publication has some sixty.
    """
    return session.connection().execute(statement, parameters)


def database_now(session: Session) -> datetime:
    """The database's clock, aware UTC, at this moment and not when the transaction began."""
    clock: Callable[[], datetime] | None = session.info.get(_CLOCK)
    if clock is not None:
        return clock()
    if session.get_bind().dialect.name == "sqlite":
        stamp: str = fetch(session, _SQLITE_CLOCK).scalar_one()
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    now: datetime = fetch(session, _POSTGRESQL_CLOCK).scalar_one()
    return now.astimezone(UTC)


def _require_file(_dialect: Dialect, _entry: ConnectionPoolEntry, where: list[Any], _how: Any) -> None:
    if not Path(where[0]).exists():
        raise sqlite3.OperationalError(f"{where[0]} is missing")


def _refuse_another_file(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """An open file outlives its name: what was moved away or restored over would be read, and written, for ever."""
    if _file_of(connection) != entry.info.get(_FILE):
        raise DisconnectionError("the database file is another one now")


def _file_of(connection: Any) -> tuple[int, int] | None:
    """Device and inode of what lies under the name of the database; None when nothing does."""
    name = connection.execute("PRAGMA database_list").fetchone()[2]
    try:
        found = os.stat(name)  # noqa: PTH116 - a Path costs more than the call
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # so that REPLACE meets the triggers that refuse deletion
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    entry.info[_FILE] = _file_of(connection)


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _faults(file: Path | None) -> Iterator[None]:
    """Turns faults of the database into refusals that say what happened, without its URL. `file`: an embedded one's."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if getattr(error.orig, "sqlstate", None) in _RETRYABLE:
            raise TransactionsMet("two changes met in the database; try again") from error
        full = shortage(file) if file else None
        said = f"; {full}, then do it again" if full else ""
        raise RegistryUnavailable(f"the database does not answer: {_first_line(error)}{said}") from error
    except DatabaseError as error:
        if (
            type(error) is not DatabaseError
        ):  # what has a class of its own is a fault of the statement, not of the file
            raise
        raise RegistryUnavailable(f"the database is damaged, or none: {_first_line(error)}") from error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def _forget_connections() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections)

"""Copies a whole database out and in: SQLite by its backup API, PostgreSQL by pg_dump and pg_restore.

A copy is one snapshot, taken while others write.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, make_url, text

from .anchors import Anchor
from .failpoints import failpoint
from .refusals import Conflict, Refused, RegistryUnavailable
from .registry import journal
from .registry.locking import WriterLock
from .registry.session import Registry

__all__ = ["DUMP_NAMES", "BackupRefused", "dump", "is_empty", "load"]

DUMP_NAMES: Final = {"sqlite": "registry.sqlite3", "postgresql": "registry.pgdump"}
"""File in a backup, by kind of database."""

_PAGES: Final = 512
_WAIT: Final = 30.0
"""Seconds for somebody else's writing to end."""
_PACKAGE: Final = "postgresql-client"
_PLAIN: Final = ("--no-owner", "--no-privileges")

Progress = Callable[[int, int], None]


class BackupRefused(Refused):
    """The backup cannot be made or used. Nothing was changed."""

    code = "backup_refused"


def dump(registry: Registry, target: Path, progress: Progress) -> Anchor:
    """Copies the database to the new file `target`; gives the journal's head in the copy."""
    if registry.dialect == "sqlite":
        return _dump_sqlite(registry, target, progress)
    return _dump_postgresql(registry, target)


def load(url: str, source: Path, *, replace: bool) -> Path | None:
    """Makes the copy in `source` the database at `url`; a SQLite file that was there is kept, and its new path given.

    With `replace` a database that is there gives way, else it is a Conflict.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _load_sqlite(Path(parsed.database or ""), source, replace=replace)
    _load_postgresql(parsed, source, replace=replace)
    return None


def is_empty(registry: Registry) -> bool:
    """Whether a server's database has no tables yet."""
    with registry.read() as session:
        return not inspect(session.connection()).get_table_names()


def _dump_sqlite(registry: Registry, target: Path, progress: Progress) -> Anchor:
    source_path = registry.engine.url.database
    with (
        contextlib.closing(sqlite3.connect(f"file:{source_path}?mode=ro", uri=True, timeout=30)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.execute("BEGIN")  # one snapshot: without it a writer would make the copy start again
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES, progress=lambda _s, left, total: progress(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole without a log beside it
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise BackupRefused(f"the database is damaged, and so would be its copy: {found}")
        size, root = copy.execute("SELECT size, root FROM head").fetchone()
    return Anchor(size=size, root=root, where="the backup")


def _dump_postgresql(registry: Registry, target: Path) -> Anchor:
    with registry.read() as session:
        head = journal.head(session)
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run(
            ["pg_dump", "--format=custom", *_PLAIN, f"--snapshot={snapshot}", f"--file={target}"],
            registry.engine.url,
        )
    return Anchor(size=head.size, root=head.root, where="the backup")


def _load_sqlite(target: Path, source: Path, *, replace: bool) -> Path | None:
    if target.exists() and not replace:
        raise Conflict(f"there is a database in {target}")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    failpoint("restore.after_copy")
    with WriterLock(target, seconds=_WAIT).held():
        aside = _put_aside(target)
        failpoint("restore.after_aside")
        fresh.replace(target)  # the old database or the new one is there at any moment
        _sync_folder(target.parent)
    return aside


def _put_aside(target: Path) -> Path | None:
    """A second name for the database that gives way, whole in one file. None when there is none.

    A log belongs to the database it lay beside, and to no other: it is written into it first. Where that fails (the
    database is damaged, or somebody holds it), log and all are moved away.
    """
    logs = [target.with_name(target.name + suffix) for suffix in ("-wal", "-shm")]
    if not target.exists():
        for path in logs:
            path.unlink(missing_ok=True)
        return None
    aside = _free_name(target)
    if _is_whole_without_log(target):
        aside.hardlink_to(target)
        for path in logs:
            path.unlink(missing_ok=True)
        return aside
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            target.with_name(target.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _is_whole_without_log(target: Path) -> bool:
    """Whether everything of the log could be written into the database."""
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=5)) as database:
            busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_name(target: Path) -> Path:
    number = 1
    while list(target.parent.glob(f"{target.name}.replaced-{number}*")):
        number += 1
    return target.with_name(f"{target.name}.replaced-{number}")


def _load_postgresql(url: URL, source: Path, *, replace: bool) -> None:
    clean = ["--clean", "--if-exists"] if replace else []
    name = url.database or ""
    _run(
        [
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            *_PLAIN,
            *clean,
            f"--dbname={name}",
            str(source),
        ],
        url,
    )


def _run(command: list[str], url: URL) -> None:
    """Runs a program of PostgreSQL; the password goes by environment, where no list of processes shows it."""
    program = shutil.which(command[0])
    if program is None:
        raise BackupRefused(
            f"{command[0]} is not installed: install the system package {_PACKAGE}, of the server's version or newer"
        )
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    settings = {
        "PGHOST": query.get("host") or url.host,
        "PGPORT": query.get("port") or (str(url.port) if url.port else None),
        "PGUSER": query.get("user") or url.username,
        "PGPASSWORD": query.get("password") or url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
    }
    environment = {**os.environ, **{name: value for name, value in settings.items() if value}}
    done = subprocess.run(  # noqa: S603 - the program of that name, with our own arguments
        [program, *command[1:]], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise RegistryUnavailable(f"{command[0]} failed: {lines[0]}")

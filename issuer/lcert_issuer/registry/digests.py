"""Digests of published files, kept where whoever changes a file cannot reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Table, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .models import PublishedFile

__all__ = ["forget_digests", "keep_digests"]

_PIECE: Final = 400
"""Rows in one statement: SQLite limits the variables of a statement."""


def keep_digests(session: Session, digests: Mapping[str, str]) -> None:
    """Remembers hex SHA-256 by path, in place of what was known of the same paths."""
    rows = [{"path": path, "digest": digests[path]} for path in sorted(digests)]  # one order of locks
    if rows:
        # One statement for one row, done for each: one for hundreds costs more to put together than to carry out.
        session.connection().execute(_keep(session.get_bind().dialect.name), rows)


@lru_cache(maxsize=2)
def _keep(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(cast(Table, PublishedFile.__table__))
    return statement.on_conflict_do_update(
        index_elements=["path"], set_={"digest": statement.excluded.digest}
    )


def forget_digests(session: Session, paths: Sequence[str]) -> None:
    """For files that were taken back."""
    for start in range(0, len(paths), _PIECE):
        session.execute(delete(PublishedFile).where(PublishedFile.path.in_(paths[start : start + _PIECE])))

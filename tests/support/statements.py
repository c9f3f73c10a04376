"""Compiled SQL, kept for the process: a test's own engine need not compile its statements again.

SQLAlchemy keeps what it compiled by engine and by dialect object; here engines of one dialect and version share it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

__all__ = ["compile_statements_once"]


def compile_statements_once() -> None:
    kept: LRUCache[Any, Any] = LRUCache(5000)
    begin = Engine.__init__

    def begin_with_what_is_kept(self: Engine, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        self._compiled_cache = kept

    Engine.__init__ = begin_with_what_is_kept  # type: ignore[method-assign]
    DefaultDialect.__eq__ = _same  # type: ignore[assignment,method-assign]
    DefaultDialect.__hash__ = _hash  # type: ignore[assignment,method-assign]


def _same(self: DefaultDialect, other: object) -> bool:
    return (
        isinstance(other, DefaultDialect)
        and type(self) is type(other)
        and self.server_version_info == other.server_version_info
    )


def _hash(self: DefaultDialect) -> int:
    return hash(type(self))

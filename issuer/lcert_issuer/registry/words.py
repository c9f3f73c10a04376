"""The directory's index of words: every three letters in a row of an edition's `search_text`, `modalities`, `bases`.

On SQLite a table of FTS5, kept by triggers, whose rows are year, serial and edition in one; on PostgreSQL an index of
pg_trgm, which its planner uses by itself. Either may be missing: then a search reads every text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

__all__ = ["MOST", "WORDS", "Named", "numbers_with"]

WORDS: Final = "edition_words"
MOST: Final = 5_000
"""Editions that are looked at one by one."""
_GRAM: Final = 3
_EDITION: Final = 12
_SERIAL: Final = 32
"""Bits of an edition and of a serial in a row's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    numbers: tuple[str, ...]
    """Of certificates, newest first."""
    is_all: bool
    """Whether there are no older ones: those of MOST editions are named at most."""


def numbers_with(
    session: Session, words: Sequence[str], *, modality: str | None = None, basis: str | None = None
) -> Named | None:
    """The certificates that may hold all of these; None when the index cannot say.

    Certificates with the letters elsewhere or in another edition are among them, so the texts themselves still have to
    be asked.
    """
    marked = [f"{mark}{of}{mark}" for mark, of in (("\1", modality), ("\2", basis)) if of]
    grams = dict.fromkeys(
        word[i : i + _GRAM] for word in (*words, *marked) for i in range(len(word) - _GRAM + 1)
    )
    if not grams or not _is_there(session):
        return None
    quoted = (gram.replace('"', '""') for gram in grams)
    found = session.execute(
        text(
            "SELECT rowid FROM edition_words WHERE edition_words MATCH :grams ORDER BY rowid DESC LIMIT :most"
        ),
        {"grams": " AND ".join(f'"{gram}"' for gram in quoted), "most": MOST},
    )
    rows = list(found.scalars())
    places = dict.fromkeys(row >> _EDITION for row in rows)
    numbers = tuple(f"LC-{place >> _SERIAL:04d}-{place & (1 << _SERIAL) - 1:04d}" for place in places)
    return Named(numbers=numbers, is_all=len(rows) < MOST)


def _is_there(session: Session) -> bool:
    if session.get_bind().dialect.name != "sqlite":
        return False
    there = text("SELECT 1 FROM sqlite_master WHERE name = :name")
    return session.execute(there, {"name": WORDS}).first() is not None

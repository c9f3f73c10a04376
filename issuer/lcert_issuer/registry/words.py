"""The directory's index of words: every three letters in a row of an edition's `search_text`, `modalities`, `bases`.

On SQLite a table of FTS5, kept by triggers, with the edition's `issued_position` as its row; on PostgreSQL an index of
pg_trgm, which its planner uses by itself. Either may be missing: then a search reads every text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

__all__ = ["MOST", "WORDS", "positions_with"]

WORDS: Final = "edition_words"
MOST: Final = 5_000
"""Editions that are looked at one by one; a word of more is met soon by going through them in order."""
_GRAM: Final = 3


def positions_with(
    session: Session, words: Sequence[str], *, modality: str | None = None, basis: str | None = None
) -> list[int] | None:
    """`issued_position` of every edition that may hold all of these, at most MOST; None when the index cannot say.

    Those with the letters elsewhere are among them, so the texts themselves still have to be asked.
    """
    marked = [f"{mark}{of}{mark}" for mark, of in (("\1", modality), ("\2", basis)) if of]
    grams = dict.fromkeys(
        word[i : i + _GRAM] for word in (*words, *marked) for i in range(len(word) - _GRAM + 1)
    )
    if not grams or not _is_there(session):
        return None
    quoted = (gram.replace('"', '""') for gram in grams)
    found = session.execute(
        text("SELECT rowid FROM edition_words WHERE edition_words MATCH :grams LIMIT :most"),
        {"grams": " AND ".join(f'"{gram}"' for gram in quoted), "most": MOST + 1},
    )
    positions = list(found.scalars())
    return positions if len(positions) <= MOST else None


def _is_there(session: Session) -> bool:
    if session.get_bind().dialect.name != "sqlite":
        return False
    there = text("SELECT 1 FROM sqlite_master WHERE name = :name")
    return session.execute(there, {"name": WORDS}).first() is not None

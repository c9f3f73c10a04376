"""The directory's index of words: every three letters in a row of an edition's `search_text`, `modalities`, `bases`.

On SQLite a table of FTS5, kept by triggers, whose rows are year, serial and edition in one; on PostgreSQL an index of
pg_trgm. Either may be missing: then a search reads every text.

Threes that much of the directory has, as those of `.example`, are not asked for beside a rare one: going through their
long lists would cost most of a search and rule out next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ARRAY, ColumnElement, String, func, literal, select, text
from sqlalchemy.orm import Session

from .models import CertificateRow, EditionRow, JournalRow

__all__ = ["MOST", "WORDS", "Named", "among", "numbers_with"]

WORDS: Final = "edition_words"
MOST: Final = 5_000
"""Editions that are looked at one by one."""
_GRAM: Final = 3
_SAMPLE: Final = 48
"""Texts that tell which threes are everyday ones."""
_EVERYDAY: Final = 6
"""Of them, more than so many have such a one."""
_FEW: Final = 20_000
"""Entries of a journal too short for it to matter."""
_LIKE: Final = {"/": "//", "%": "/%", "_": "/_"}
"""How LIKE spells them."""
_SORTED: Final = 4
"""Times MOST editions are put in order at most."""
_RECENT: Final = 150
"""Certificates gone through for each one wanted, when more have a word than are put in order."""
_THERE_IN_SQLITE: Final = "SELECT 1 FROM sqlite_master WHERE name = :name"
_THERE_IN_POSTGRESQL: Final = "SELECT to_regclass(:name)::text"
_EDITION: Final = 12
_SERIAL: Final = 32
"""Bits of an edition and of a serial in a row's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Certificates that may hold what is looked for. Others with the same letters elsewhere, or in another edition, are
    among them, so the texts themselves still have to be asked."""

    numbers: tuple[str, ...]
    """Of the editions of MOST at most."""
    is_all: bool
    """Whether no other may hold it."""
    newest: Callable[[int], Sequence[str]]
    """That many numbers, newest first, or those that are soon found."""


def numbers_with(
    session: Session, words: Sequence[str], *, modality: str | None = None, basis: str | None = None
) -> Named | None:
    """The certificates that the index names for all of these; None when it cannot say."""
    dialect = session.get_bind().dialect.name
    there = _THERE_IN_SQLITE if dialect == "sqlite" else _THERE_IN_POSTGRESQL
    long = [word for word in words if len(word) >= _GRAM]
    if not (long or modality or basis) or session.execute(text(there), {"name": WORDS}).scalar() is None:
        return None
    find = _in_sqlite if dialect == "sqlite" else _in_postgresql
    return find(session, long, modality, basis)


def among(session: Session, numbers: Sequence[str]) -> ColumnElement[bool]:
    """Whether an edition is of one of these certificates: thousands are one parameter where the database allows it."""
    if session.get_bind().dialect.name == "postgresql":
        return EditionRow.number == func.any(literal(list(numbers), ARRAY(String)))
    return EditionRow.number.in_(numbers)


def _grams(word: str) -> list[str]:
    return [word[i : i + _GRAM] for i in range(len(word) - _GRAM + 1)]


def _everyday(session: Session, words: Sequence[str]) -> frozenset[str]:
    """The threes of these words that many certificates have; none where no other is rare, which would have to tell."""
    newest = session.execute(select(func.max(JournalRow.position))).scalar() or 0
    if newest < _FEW:
        return frozenset()
    spread = [newest * i // _SAMPLE for i in range(_SAMPLE)]
    some = (
        select(EditionRow.search_text)
        .join(JournalRow, JournalRow.number == EditionRow.number)
        .where(JournalRow.position.in_(spread))
    )
    texts = session.execute(some).scalars().all()
    having = {gram: sum(gram in text for text in texts) for word in words for gram in _grams(word)}
    if all(having.values()):
        return frozenset()
    return frozenset(gram for gram, count in having.items() if count > _EVERYDAY)


def _in_sqlite(session: Session, words: Sequence[str], modality: str | None, basis: str | None) -> Named:
    marked = [f"{mark}{of}{mark}" for mark, of in (("\1", modality), ("\2", basis)) if of]
    everyday = _everyday(session, words)
    grams = dict.fromkeys(gram for word in (*words, *marked) for gram in _grams(word) if gram not in everyday)
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
    return Named(numbers=numbers, is_all=len(rows) < MOST, newest=lambda count: numbers[:count])


def _through_rare(words: Sequence[str], everyday: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """That a text holds these words, of which the index is asked for the threes that are not everyday ones only."""
    read = EditionRow.search_text.concat("")  # no column, so nothing to look up in an index
    for word in words:
        rare = [gram not in everyday for gram in _grams(word)]
        if any(rare):
            known = (any(rare[max(0, i - _GRAM + 1) : i + 1]) for i in range(len(word)))
            part = "".join(
                _LIKE.get(c, c) if is_known else "_" for c, is_known in zip(word, known, strict=True)
            )
            yield EditionRow.search_text.like(f"%{part}%", escape="/")
        yield read.contains(word, autoescape=True)


def _in_postgresql(session: Session, words: Sequence[str], modality: str | None, basis: str | None) -> Named:
    uses = ((EditionRow.modalities, modality), (EditionRow.bases, basis))
    used = [column.contains(f" {of} ", autoescape=True) for column, of in uses if of]
    holds = [*(EditionRow.search_text.contains(word, autoescape=True) for word in words), *used]
    everyday = _everyday(session, words)
    named = select(EditionRow.number).where(
        *([*_through_rare(words, everyday), *used] if everyday else holds)
    )
    # A plan for any word at all would go through the index for one that everybody has.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    some = named.limit(_SORTED * MOST).subquery()
    number = some.c.number  # LC-YYYY-N..., with as many digits as there are
    by_age = (func.left(number, 8).desc(), func.length(number).desc(), number.desc())
    query = select(number, func.count().over().label("all")).order_by(*by_age).limit(MOST)
    found = session.execute(query).all()
    numbers = tuple(dict.fromkeys(row.number for row in found))
    if not found or found[0].all < _SORTED * MOST:
        return Named(numbers=numbers, is_all=len(found) < MOST, newest=lambda count: numbers[:count])

    def newest(count: int) -> Sequence[str]:
        """Of a word that very many have, from among the newest certificates."""
        row, order = CertificateRow, (CertificateRow.year.desc(), CertificateRow.serial.desc())
        recent = select(row.number, row.year, row.serial).order_by(*order).limit(_RECENT * count).subquery()
        of_one = select(literal(True)).where(EditionRow.number == recent.c.number, *holds).limit(1)
        first = (
            select(recent.c.number)
            .where(of_one.scalar_subquery())  # asked one by one until there are enough
            .order_by(recent.c.year.desc(), recent.c.serial.desc())
            .limit(count)
        )
        return session.execute(first).scalars().all()

    return Named(numbers=numbers, is_all=False, newest=newest)

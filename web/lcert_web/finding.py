"""Searching the directory: the registry finds, the verifier says how each hit stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from .language import N_
from .problems import Problem
from .shelf import Judged, Shelf
from .verdicts import VerdictView, unknown_verdict

if TYPE_CHECKING:
    from lcert_issuer.registry.session import Registry

__all__ = [
    "COUNTED",
    "PER_PAGE",
    "Change",
    "Changes",
    "Directory",
    "Find",
    "Hit",
    "NotSearchable",
    "Query",
    "Row",
    "registry_changes",
    "registry_finder",
]

PER_PAGE: Final = 50
COUNTED: Final = 1_000
"""As far as the registry counts what a search finds (`lcert_issuer.directory`)."""
_NOT_PUBLISHED: Final = N_("This certificate has not been published yet.")
_AT_ONCE: Final = 3
"""Searches at a time: a database that hangs must not take every thread of the site with it."""
_PATIENCE: Final = 2.0
_PAUSE: Final = 2.0
"""Seconds: how long a search waits for its turn, and how long a database that failed is left alone."""


class NotSearchable(Exception):  # noqa: N818 - a state of things, said to the visitor
    """There is no registry to search, or it does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for. Empty strings mean any."""

    q: str = ""
    state: str = ""
    modality: str = ""
    basis: str = ""
    sort: str = "newest"
    page: int = 1

    @property
    def filtered(self) -> bool:
        return bool(self.state or self.modality or self.basis or self.sort != "newest")

    def link(self, page: int) -> str:
        """The same search on another page, as a query string with its question mark; empty for the plain list."""
        kept = {
            "q": self.q,
            "state": self.state,
            "modality": self.modality,
            "basis": self.basis,
            "sort": "" if self.sort == "newest" else self.sort,
            "page": str(page) if page > 1 else "",
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"?{query}" if query else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What the registry knows of a certificate that was found."""

    number: str
    holder: str
    statement: str
    domains: tuple[str, ...]
    valid_from: str
    valid_through: str
    same_person: bool = False
    """Reviewed and decided by one person, which the directory must say."""


Find = Callable[[Query, int, datetime], tuple[Sequence[Hit], int]]
"""`find(query, limit, now)` gives one page of hits and their total number; raises NotSearchable.

A total of more than COUNTED says only that there are more, on further pages as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One certificate in a list. What it is called comes from the search; how it stands, from the verifier."""

    number: str
    holder: str
    statement: str
    domains: tuple[str, ...]
    valid_from: str
    valid_through: str
    same_person: bool
    view: VerdictView
    updated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One public entry of the journal about a certificate."""

    position: int
    number: str
    kind: str
    edition: int | None
    reason: str | None
    effective_at: datetime
    recorded_at: datetime


Changes = Callable[[int], Sequence[Change]]
"""`changes(limit)` gives the newest entries about certificates, newest first; raises NotSearchable."""


class Directory:
    """Searches, and has every hit judged like its own page, so that no list is greener than the page."""

    def __init__(
        self, shelf: Shelf, find: Find | None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.shelf = shelf
        self._find = find
        self._monotonic = monotonic
        self._at_once = threading.BoundedSemaphore(_AT_ONCE)
        self._not_before = 0.0

    def unready(self) -> str | None:
        try:
            self.find(Query(), limit=1)
        except NotSearchable:
            return "the registry's database does not answer"
        return None

    def find(self, query: Query, *, limit: int = PER_PAGE) -> tuple[list[Row], int]:
        """The page of rows and the total number, which beyond COUNTED is at least that. Raises NotSearchable."""
        if self._find is None:
            raise NotSearchable("this site has no registry to search")
        if self._monotonic() < self._not_before:
            raise NotSearchable("the registry did not answer a moment ago")
        if not self._at_once.acquire(timeout=_PATIENCE):
            raise NotSearchable("too many searches are waiting for the registry")
        try:
            hits, total = self._find(query, limit, self.shelf.clock())
        except NotSearchable:
            self._not_before = self._monotonic() + _PAUSE
            raise
        finally:
            self._at_once.release()
        return [self._row(hit) for hit in hits], total

    def _row(self, hit: Hit) -> Row:
        try:
            judged = self.shelf.judge(hit.number)
        except Problem:
            judged = None
        return Row(
            number=hit.number,
            holder=hit.holder,
            statement=hit.statement,
            domains=hit.domains,
            valid_from=hit.valid_from,
            valid_through=hit.valid_through,
            same_person=hit.same_person,
            view=judged.view if judged else unknown_verdict(_NOT_PUBLISHED),
            updated=_updated(judged),
        )


def registry_finder(registry: Registry) -> Find:
    """Finds through the issuer's own search."""
    from sqlalchemy.exc import SQLAlchemyError

    from lcert_issuer.directory import search
    from lcert_issuer.refusals import Refused

    def find(query: Query, limit: int, now: datetime) -> tuple[Sequence[Hit], int]:
        try:
            with registry.read() as session:
                found = search(
                    session,
                    q=query.q or None,
                    state=query.state or None,
                    modality=query.modality or None,
                    basis=query.basis or None,
                    sort=query.sort,
                    page=query.page,
                    limit=limit,
                    now=now,
                )
        except (Refused, SQLAlchemyError, OSError) as error:
            raise NotSearchable(type(error).__name__) from error
        hits = [
            Hit(
                number=row.number,
                holder=row.holder_name,
                statement=row.statement,
                domains=tuple(row.domains),
                valid_from=str(row.valid_from),
                valid_through=str(row.valid_through),
                same_person=row.separation == "same-person",
            )
            for row in found.rows
        ]
        return hits, found.total

    return find


def registry_changes(registry: Registry) -> Changes:
    """The newest changes from the issuer's own journal."""
    from sqlalchemy.exc import SQLAlchemyError

    from lcert_issuer.refusals import Refused
    from lcert_issuer.registry import journal

    def changes(limit: int) -> Sequence[Change]:
        try:
            with registry.read() as session:
                size = journal.head(session).size
                entries = list(journal.entries(session, max(0, size - limit), size))
        except (Refused, SQLAlchemyError, OSError) as error:
            raise NotSearchable(type(error).__name__) from error
        return [
            Change(
                position=entry.position,
                number=entry.number,
                kind=entry.kind.value,
                edition=entry.edition,
                reason=journal.members_of(entry.data).get("reason"),
                effective_at=entry.effective_at,
                recorded_at=entry.recorded_at,
            )
            for entry in reversed(entries)
            if entry.number is not None
        ]

    return changes


def _updated(judged: Judged | None) -> str:
    """When the newest event of a certificate was recorded."""
    history = judged.record.get("history") if judged else None
    stamps = [str(entry.get("recordedAt", "")) for entry in history or []]
    newest = max(stamps, default="")
    return newest if newest.endswith("Z") else "1970-01-01T00:00:00Z"

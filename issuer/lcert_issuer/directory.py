"""The public directory: search over every certificate, in whatever state, by what its edition in force says.

States follow from dates and standing in the query itself, so that no worker needs to have run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from lcert_verifier.vocabulary import BASIS_CODES, MODALITIES

from .certificate import CertificateState
from .refusals import InvalidInput
from .registry import journal
from .registry.models import CertificateRow, EditionRow
from .registry.words import among, numbers_with

__all__ = ["COUNTED", "MAX_LIMIT", "SORTS", "DirectoryRow", "Page", "count_states", "search"]

MAX_LIMIT: Final = 1_000
COUNTED: Final = 1_000
"""Counting stops there: more are "1,000 or more", whatever their number."""
_BY_DATE: Final = (CertificateState.SCHEDULED, CertificateState.EXPIRED)
_MAX_QUERY: Final = 200
_MAX_WORDS: Final = 8
_AHEAD: Final = 2
"""Named certificates looked at for each one shown: not all of them pass the filters."""

_BY_NUMBER = (CertificateRow.year, CertificateRow.serial)
SORTS: Final[Mapping[str, Sequence[Any]]] = {
    "newest": (CertificateRow.year.desc(), CertificateRow.serial.desc()),
    "number": _BY_NUMBER,
    "holder": (func.lower(EditionRow.holder_name), *_BY_NUMBER),
    "expires": (EditionRow.valid_through, *_BY_NUMBER),
    "granted": (CertificateRow.first_granted_on.desc(), *_BY_NUMBER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRow:
    """A certificate as the directory lists it."""

    number: str
    edition: int
    """The edition in force."""
    state: CertificateState
    since: datetime | None
    reason: str | None
    holder_name: str
    country: str
    statement: str
    level: str
    modalities: tuple[str, ...]
    bases: tuple[str, ...]
    domains: tuple[str, ...]
    separation: str
    first_granted_on: date
    valid_from: date
    valid_through: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: tuple[DirectoryRow, ...]
    total: int
    """Of all pages; of more than COUNTED, those known to be there."""
    page: int
    limit: int
    is_counted: bool = True
    """Whether `total` is all there are, and not only COUNTED or more."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.limit))


def search(
    session: Session,
    *,
    now: datetime,
    q: str | None = None,
    state: str | None = None,
    modality: str | None = None,
    basis: str | None = None,
    sort: str = "newest",
    page: int = 1,
    limit: int = 50,
) -> Page:
    """Certificates whose names, domains, products or identifiers contain every word of `q`, and that pass the filters.

    Nothing here takes longer the more there are, but for a word of one or two letters that few have, a rare state with
    a word of thousands, orders other than by number, and on PostgreSQL a word of thousands that none of the newest has.

    InvalidInput names a filter whose value is not of its vocabulary.
    """
    _check("state", state, [s.value for s in CertificateState])
    _check("modality", modality, MODALITIES)
    _check("basis", basis, BASIS_CODES)
    _check("sort", sort, SORTS)
    if page < 1 or page > 1_000_000 or not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput.at("page", f"pages count from 1, with 1 to {MAX_LIMIT} rows each")
    at = max(now, journal.head(session).recorded_at)
    words = _words(q)
    conditions = [EditionRow.search_text.contains(word, autoescape=True) for word in words]
    if state is not None:
        conditions.append(_state(at) == state)
    if modality is not None:
        conditions.append(EditionRow.modalities.contains(f" {modality} ", autoescape=True))
    if basis is not None:
        conditions.append(EditionRow.bases.contains(f" {basis} ", autoescape=True))
    listed = _listed(at).where(*conditions)
    named = numbers_with(session, words, modality=modality, basis=basis)
    start = (page - 1) * limit
    part = _Part(order=SORTS[sort], start=start, limit=limit, at=at)
    if named is not None and named.is_all:
        listed = listed.where(among(session, named.numbers))
        counted = _count(session, listed) if named.numbers else 0
        found = part.of(session, listed) if counted else []
    else:
        counted, found = 0, []
        if named is not None:  # the newest of very many, which as a rule are enough
            for numbers in (named.numbers[: 2 * COUNTED], named.numbers):
                if counted <= COUNTED:
                    counted = _count(session, listed.where(among(session, numbers)))
            front = named.newest(_AHEAD * (start + limit + 1)) if sort == "newest" and start < COUNTED else ()
            found = part.of(session, listed.where(among(session, front))) if front else []
        if state is not None:
            listed = listed.where(*_may_be(state, at.date()))
        if counted <= COUNTED:
            counted = _count(session, listed if state in _BY_DATE else listed.order_by(*SORTS["newest"]))
        if len(found) <= limit:
            found = part.of(session, listed)
    rows = tuple(_row(certificate, edition, its_state) for certificate, edition, its_state in found[:limit])
    return Page(
        rows=rows,
        total=max(min(counted, COUNTED), start + len(found)) if counted > COUNTED else counted,
        page=page,
        limit=limit,
        is_counted=counted <= COUNTED,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Which rows a page shows, and one more that tells whether another page follows."""

    order: Sequence[Any]
    start: int
    limit: int
    at: datetime

    def of(
        self, session: Session, listed: Select[CertificateRow, EditionRow]
    ) -> list[tuple[CertificateRow, EditionRow, str]]:
        """The rows in order. Which they are is asked first: what is put in order is not carried along as a whole."""
        some = listed.order_by(*self.order).limit(self.limit + 1).offset(self.start)
        keys = session.execute(some.with_only_columns(EditionRow.number, EditionRow.edition)).all()
        whole = (
            select(CertificateRow, EditionRow, _state(self.at))
            .join(EditionRow, EditionRow.number == CertificateRow.number)
            .where(EditionRow.number.in_([key.number for key in keys]))
        )
        rows = {(row[1].number, row[1].edition): row for row in session.execute(whole)} if keys else {}
        return [rows[key.number, key.edition] for key in keys]


def _count(session: Session, listed: Select[CertificateRow, EditionRow]) -> int:
    """How many there are; one more than COUNTED when there are more."""
    some = listed.with_only_columns(CertificateRow.number).limit(COUNTED + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def count_states(session: Session, *, now: datetime) -> dict[CertificateState, int]:
    """How many certificates are in each state."""
    at = max(now, journal.head(session).recorded_at)
    state = _state(at)
    found = session.execute(_listed(at).with_only_columns(state, func.count()).group_by(state))
    counts = {CertificateState(name): count for name, count in found}
    return {state: counts.get(state, 0) for state in CertificateState}


def _listed(at: datetime) -> Select[CertificateRow, EditionRow]:
    """Every certificate with its edition in force: the oldest that none has superseded."""
    older = aliased(EditionRow)
    return (
        select(CertificateRow, EditionRow)
        .join(EditionRow, EditionRow.number == CertificateRow.number)
        .where(
            or_(EditionRow.superseded_from.is_(None), EditionRow.superseded_from > at),
            ~select(older.number)
            .where(
                older.number == EditionRow.number,
                older.edition < EditionRow.edition,
                older.superseded_from > at,
            )
            .exists(),
        )
    )


def _state(at: datetime) -> ColumnElement[str]:
    """`certificate.state_at` in SQL."""
    today = at.date()
    ended = and_(CertificateRow.standing.in_(("withdrawn", "terminated")), CertificateRow.since <= at)
    return case(
        (ended, CertificateRow.standing),
        (EditionRow.valid_from > today, CertificateState.SCHEDULED.value),
        (EditionRow.valid_through < today, CertificateState.EXPIRED.value),
        (CertificateRow.standing == "suspended", CertificateState.SUSPENDED.value),
        else_=CertificateState.ACTIVE.value,
    )


def _may_be(state: str, today: date) -> list[ColumnElement[bool]]:
    """What the state implies and an index knows, so that few are found without going through all."""
    match CertificateState(state):
        case CertificateState.SUSPENDED | CertificateState.WITHDRAWN | CertificateState.TERMINATED:
            return [CertificateRow.standing == state]
        case CertificateState.SCHEDULED:
            return [EditionRow.valid_from > today]
        case CertificateState.EXPIRED:
            return [EditionRow.valid_through < today]
        case _:
            return []


def _row(certificate: CertificateRow, edition: EditionRow, state: str) -> DirectoryRow:
    subject = edition.claims["credentialSubject"]
    return DirectoryRow(
        number=certificate.number,
        edition=edition.edition,
        state=CertificateState(state),
        since=certificate.since,
        reason=certificate.reason,
        holder_name=edition.holder_name,
        country=subject["holder"]["country"],
        statement=subject["scope"]["statement"],
        level=edition.level,
        modalities=tuple(edition.modalities.split()),
        bases=tuple(edition.bases.split()),
        domains=tuple(edition.domains.split()),
        separation=subject["decision"]["separation"],
        first_granted_on=certificate.first_granted_on,
        valid_from=edition.valid_from,
        valid_through=edition.valid_through,
    )


def _words(q: str | None) -> list[str]:
    """The words of a query; what is too long or too much is cut off, NUL is no text."""
    return (q or "")[:_MAX_QUERY].replace("\0", " ").casefold().split()[:_MAX_WORDS]


def _check(name: str, value: str | None, allowed: Collection[str]) -> None:
    if value is not None and value not in allowed:
        raise InvalidInput.at(name, "is not a value this filter has")

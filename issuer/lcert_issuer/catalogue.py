"""Which certificates a search may mean: a narrowing in the database that never leaves out a true match.

What a certificate says at an instant is decided afterwards, from its editions and history (`load_certificates`). So
the conditions here are about any of its editions, and only those that the database can tell cheaply.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session

from .certificate import CertificateState
from .registry.models import CertificateRow, EditionRow

__all__ = ["Narrowing", "Place", "Snapshot", "candidates"]

Snapshot = Session
"""What `Registry.read` opens, for callers that only hand it on."""

Place = tuple[int, int]
"""Year and serial of a number: the order of the list."""

_RUN: Final = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What some edition must have. Texts are names or identifiers that its claims hold, in any spelling of case."""

    texts: tuple[str, ...] = ()
    modality: str | None = None
    basis: str | None = None
    domains: Collection[str] | None = None
    """Any of these, lower case; None: whatever."""
    state: CertificateState | None = None
    """As of `today`; None also when another day is asked about."""
    today: date | None = None


def candidates(
    session: Session, narrowing: Narrowing, *, after: Place | None, limit: int
) -> list[tuple[str, Place]]:
    """Numbers and places of certificates beyond `after`, in order, at most `limit`."""
    query = (
        select(CertificateRow.number, CertificateRow.year, CertificateRow.serial)
        .order_by(CertificateRow.year, CertificateRow.serial)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(CertificateRow.year, CertificateRow.serial) > after)
    conditions = [_holds(text) for text in narrowing.texts if _word(text)]
    if narrowing.modality is not None:
        conditions.append(EditionRow.modalities.contains(f" {narrowing.modality} ", autoescape=True))
    if narrowing.basis is not None:
        conditions.append(EditionRow.bases.contains(f" {narrowing.basis} ", autoescape=True))
    if narrowing.domains is not None:
        names = [EditionRow.domains.contains(f" {name} ", autoescape=True) for name in narrowing.domains]
        conditions.append(or_(False, *names))
    if conditions:
        query = query.where(_some_edition(and_(*conditions)))
    if narrowing.state is not None and narrowing.today is not None:
        query = query.where(_may_be(narrowing.state, narrowing.today))
    return [(row.number, (row.year, row.serial)) for row in session.execute(query)]


def _some_edition(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(EditionRow.number).where(EditionRow.number == CertificateRow.number, condition).exists()


def _holds(text: str) -> ColumnElement[bool]:
    """Claims that may hold `text`. They are kept as ASCII JSON: an escape may stand for any other letter."""
    claims: ColumnElement[Any] = cast(EditionRow.claims, Text)
    return or_(
        func.lower(claims).contains(_word(text), autoescape=True), claims.contains("\\u", autoescape=True)
    )


def _word(text: str) -> str:
    """The longest run of ASCII letters and digits, which every spelling of the text has; empty if there is none."""
    return max(_RUN.findall(text.casefold()), key=len, default="")


def _may_be(state: CertificateState, today: date) -> ColumnElement[bool]:
    """Every certificate in `state` today, and some that turn out otherwise."""
    if state in (CertificateState.SUSPENDED, CertificateState.WITHDRAWN, CertificateState.TERMINATED):
        return CertificateRow.standing == state.value
    if state is CertificateState.EXPIRED:
        return _some_edition(EditionRow.valid_through < today)
    if state is CertificateState.SCHEDULED:
        return _some_edition(EditionRow.valid_from > today)
    return _some_edition(and_(EditionRow.valid_from <= today, EditionRow.valid_through >= today))

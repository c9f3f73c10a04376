"""Which number and edition a plan gets: each is used once, whether the issue succeeds or not."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from .claims import EditionClaims
from .intake import split_number
from .office import Identity, criteria_digests
from .plans import Plan, Reserved, criteria_digest
from .refusals import Conflict, NotFound
from .registry.models import CertificateRow, Intent
from .registry.session import fetch
from .registry.slots import Slot

__all__ = ["check_free", "number_plans"]

_NUMBERS_LOCK: Final = 0x4C43
"""First half of the PostgreSQL advisory lock under which the numbers of a year are given out."""
_HIGHEST: Final = tuple(
    select(func.max(model.serial)).where(model.year == bindparam("of")) for model in (CertificateRow, Intent)
)


def number_plans(
    session: Session, identity: Identity, plans: Sequence[Plan], slots: Sequence[Slot]
) -> list[Reserved]:
    """Plans with numbers, editions and status indices, in the same order.

    Conflict when an imported number is taken or a certificate changed since it was planned for. The caller inserts
    the intents in this transaction; constraints refuse what two transactions could still give out twice.
    """
    criteria = criteria_digests(session)
    _lock_years(session, plans)
    imported = [plan.number for plan in plans if plan.is_new and plan.number is not None]
    check_free(session, imported)
    serials = _Serials(session, imported)
    editions: dict[str, tuple[int, int | None]] = {}
    reserved: list[Reserved] = []
    for plan, slot in zip(plans, slots, strict=True):
        if plan.is_new:
            number = plan.number or serials.next(plan.content.granted_on.year)
            edition, supersedes = 1, None
        else:
            assert plan.number is not None, "a certificate that exists has a number"
            number = plan.number
            edition, supersedes = editions.get(number) or _next_edition(session, plan)
        editions[number] = (edition + 1, edition)
        reserved.append(
            Reserved(
                intent_id=secrets.token_hex(16),
                plan=plan,
                claims=EditionClaims(
                    base_url=identity.base_url,
                    issuer_name=identity.name,
                    content=plan.content,
                    criteria_digest=criteria_digest(plan, criteria),
                    number=number,
                    edition=edition,
                    supersedes=supersedes,
                    first_granted_on=plan.first_granted_on,
                    valid_from=plan.valid_from,
                    valid_through=plan.valid_through,
                    list_number=slot.list_number,
                    list_index=slot.list_index,
                ),
            )
        )
    return reserved


def _lock_years(session: Session, plans: Sequence[Plan]) -> None:
    """One transaction at a time gives out the numbers of a year; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    years = {plan.content.granted_on.year for plan in plans if plan.is_new and plan.number is None}
    years |= {
        parts[0] for plan in plans if plan.is_new and plan.number and (parts := split_number(plan.number))
    }
    for year in sorted(years):
        session.execute(select(func.pg_advisory_xact_lock(_NUMBERS_LOCK, year)))


def check_free(session: Session, numbers: Sequence[str]) -> None:
    """Conflict when a number to be imported is taken, reserved, or asked for twice."""
    if not numbers:
        return
    taken = {
        *session.execute(select(CertificateRow.number).where(CertificateRow.number.in_(numbers))).scalars(),
        *session.execute(select(Intent.number).where(Intent.number.in_(numbers))).scalars(),
        *(number for number, count in Counter(numbers).items() if count > 1),
    }
    if taken:
        first = min(taken)
        raise Conflict(f"the number {first} is taken", code="number_taken", path="number")


class _Serials:
    """Hands out serials above every one of the year, also those of intents that came to nothing."""

    def __init__(self, session: Session, imported: Sequence[str]) -> None:
        self._session = session
        self._imported = [parts for number in imported if (parts := split_number(number))]
        self._highest: dict[int, int] = {}

    def next(self, year: int) -> str:
        highest = self._highest.get(year)
        if highest is None:
            highest = max(
                0,
                *(fetch(self._session, query, {"of": year}).scalar() or 0 for query in _HIGHEST),
                *(serial for its_year, serial in self._imported if its_year == year),
            )
        self._highest[year] = highest + 1
        return f"LC-{year:04d}-{highest + 1:04d}"


def _next_edition(session: Session, plan: Plan) -> tuple[int, int]:
    """(edition to issue, the latest edition there is)."""
    found = session.execute(
        select(CertificateRow.version, CertificateRow.latest_edition).where(
            CertificateRow.number == plan.number
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"there is no certificate {plan.number}")
    if found.version != plan.certificate_version:
        raise Conflict(f"{plan.number} was changed by somebody else meanwhile; look at it again")
    intended = (
        session.execute(select(func.max(Intent.edition)).where(Intent.number == plan.number)).scalar() or 0
    )
    return max(found.latest_edition, intended) + 1, found.latest_edition

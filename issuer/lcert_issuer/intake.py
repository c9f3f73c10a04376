"""What the issuer is asked to certify, read from JSON or CSV: every problem is found and named by its path.

The rules are the verifier's own (`lcert_verifier.reading`), so that what is accepted here verifies there. Unknown
members are refused, because a misspelt one would silently be left out of a certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from lcert_verifier.errors import ClaimError
from lcert_verifier.parts import DataBasis, Decision, Evidence, Holder, Scope
from lcert_verifier.policy import MAX_TERM
from lcert_verifier.reading import (
    Fields,
    parse_data_basis,
    parse_decision,
    parse_evidence,
    parse_holder,
    parse_scope,
)
from lcert_verifier.vocabulary import NUMBER_PATTERN

from .refusals import InvalidInput, Problem

__all__ = ["Content", "Draft", "parse_form", "split_number"]

_MEMBERS: Final = (
    "number",
    "holder",
    "scope",
    "dataBasis",
    "evidence",
    "assessment",
    "decision",
    "validFrom",
    "validThrough",
)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2241
"""Of a term: tokens tell its ends in seconds since 1970, below 2^33."""
_NUMBER: Final = re.compile(NUMBER_PATTERN)
_CRITERIA: Final = re.compile(r"L-[0-9]{4}\.[0-9]{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a certificate says about its holder, whatever its number, edition and term."""

    holder: Holder
    scope: Scope
    data_basis: tuple[DataBasis, ...]
    evidence: tuple[Evidence, ...]
    decision: Decision
    criteria: str
    """Version of the criteria, e.g. `L-2026.1`."""
    assessed_on: date
    granted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole issue form. For a new edition of a certificate that exists, the dates of the term are only checked."""

    content: Content
    valid_from: date
    valid_through: date
    number: str | None = None
    """An existing number to import; None for the next one."""
    row: int | None = None
    """Row of the spreadsheet it came from, the header being row 1."""

    @property
    def holder_name(self) -> str:
        return self.content.holder.legal_name

    @property
    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.holder_name}: {self.content.scope.statement} ({self.valid_from} to {self.valid_through})"
        )

    def problem(self, path: str, message: str) -> Problem:
        """A problem at a path of the form, with the row when there is one."""
        return Problem(path=path if self.row is None else f"row {self.row}: {path}", message=message)


def split_number(number: str) -> tuple[int, int] | None:
    """Year and serial of a certificate number in its one spelling (four digits or more, counted from 1)."""
    if not _NUMBER.fullmatch(number):
        return None
    _, year, serial = number.split("-")
    if int(serial) < 1 or number != f"LC-{year}-{int(serial):04d}":
        return None
    return int(year), int(serial)


def parse_form(value: Any, *, row: int | None = None) -> Draft:
    """The draft that a JSON form states; raises InvalidInput with every problem found."""
    faults: list[ClaimError] = []
    fields = Fields(value, problems=faults, strict=True)
    fields.only(_MEMBERS)
    draft = Draft(
        content=_content(fields),
        valid_from=fields.date("validFrom"),
        valid_through=fields.date("validThrough"),
        number=_number(fields),
        row=row,
    )
    if not any(fault.path in ("validFrom", "validThrough") for fault in faults):
        _check_term(fields, draft)
    if faults:
        raise InvalidInput(draft.problem(fault.path, fault.message) for fault in _once(faults))
    return draft


def _content(fields: Fields) -> Content:
    assessment = fields.object("assessment")
    assessment.only(("criteria", "assessedOn", "grantedOn"))
    content = Content(
        holder=parse_holder(fields.object("holder")),
        scope=parse_scope(fields.object("scope")),
        data_basis=parse_data_basis(fields),
        evidence=parse_evidence(fields),
        decision=parse_decision(fields.object("decision")),
        criteria=assessment.pattern("criteria", _CRITERIA, "a version such as L-2026.1"),
        assessed_on=assessment.date("assessedOn"),
        granted_on=assessment.date("grantedOn"),
    )
    if content.granted_on < content.assessed_on:
        assessment.fail("grantedOn", "is before assessedOn")
    return content


def _number(fields: Fields) -> str | None:
    if "number" not in fields:
        return None
    number = fields.raw["number"]
    if not isinstance(number, str) or split_number(number) is None:
        fields.fail("number", "must be a number such as LC-2026-0001")
        return None
    return number


def _check_term(fields: Fields, draft: Draft) -> None:
    if draft.valid_from.year < _FIRST_YEAR:
        fields.fail("validFrom", f"is before {_FIRST_YEAR}")
    if draft.valid_through.year > _LAST_YEAR:
        fields.fail("validThrough", f"is after {_LAST_YEAR}")
    if draft.valid_through < draft.valid_from:
        fields.fail("validThrough", "is before validFrom")
    elif draft.valid_through - draft.valid_from >= MAX_TERM:
        fields.fail("validThrough", f"makes a term of more than {MAX_TERM.days} days")


def _once(faults: list[ClaimError]) -> list[ClaimError]:
    """One fault a path: the first is the cause of the others."""
    seen: dict[str, ClaimError] = {}
    for fault in faults:
        seen.setdefault(fault.path, fault)
    return list(seen.values())

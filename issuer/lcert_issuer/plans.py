"""What is about to be issued, before and after number, edition and status index are known. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lcert_verifier.errors import ClaimError
from lcert_verifier.policy import Judged, check_profile
from lcert_verifier.vocabulary import Securing

from .badge.modules import room_for_payload
from .claims import EditionClaims
from .intake import Content
from .office import Identity
from .refusals import InvalidInput, Problem
from .registry.events import Kind

__all__ = [
    "Issued",
    "Plan",
    "Reserved",
    "SignedEdition",
    "check_payload",
    "check_plan",
    "criteria_digest",
    "form_path",
]

_SUBJECT = "credentialSubject."
_ASSESSMENT = ("criteria", "assessedOn", "grantedOn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One edition to be issued. Of a certificate that exists, `number` and `certificate_version` are known."""

    kind: Kind
    content: Content
    valid_from: date
    valid_through: date
    first_granted_on: date
    number: str | None = None
    """To import or to continue; None for the next one of the year granted in."""
    certificate_version: int = 0
    """Version of the certificate this was planned against; 0 for a new one."""
    effective_at: datetime | None = None
    """When it supersedes earlier editions, or begins; None: when recorded."""
    reason: str | None = None
    row: int | None = None
    private: Mapping[str, Any] = field(default_factory=dict)
    """For the journal's erasable side."""
    repeats: bool = False
    """Whether it says again what was issued before, without a form."""

    @property
    def is_new(self) -> bool:
        return self.certificate_version == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A plan with everything that is unique about it, held by an open intent."""

    intent_id: str
    plan: Plan
    claims: EditionClaims


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEdition:
    """A reserved edition with its tokens, not yet recorded: nobody may see them."""

    reserved: Reserved
    kid: str
    canonical: Mapping[str, Any]
    claims_digest: str
    """Of what was signed; the intent announced the same."""
    tokens: Mapping[Securing, str]
    digests: Mapping[Securing, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An edition that is recorded for good, with its tokens."""

    number: str
    edition: int
    credential_id: str
    url: str
    kind: Kind
    valid_from: date
    valid_through: date
    list_number: int
    list_index: int
    kid: str
    tokens: Mapping[Securing, str]
    position: int
    """Of its journal entry."""
    recorded_at: datetime


def check_plan(plan: Plan, identity: Identity, criteria: Mapping[str, str]) -> None:
    """Judges what would be signed by the verifier's own rules, before any number is taken. Raises InvalidInput."""
    digest = criteria_digest(plan, criteria)
    year = plan.content.granted_on.year
    claims = EditionClaims(
        base_url=identity.base_url,
        issuer_name=identity.name,
        content=plan.content,
        criteria_digest=digest,
        number=plan.number or f"LC-{year:04d}-0001",
        edition=1 if plan.is_new else 2,
        supersedes=None if plan.is_new else 1,
        first_granted_on=plan.first_granted_on,
        valid_from=plan.valid_from,
        valid_through=plan.valid_through,
        list_number=1,
        list_index=0,
    )
    judged: list[Judged] = []
    for securing, payload in claims.payloads(datetime(2026, 1, 1, tzinfo=UTC)).items():
        check_payload(payload, securing, identity, plan, judged)


def criteria_digest(plan: Plan, criteria: Mapping[str, str]) -> str:
    """Of the criteria that a plan names, out of those by version. Raises InvalidInput when there are none."""
    digest = criteria.get(plan.content.criteria)
    if digest is None:
        known = ", ".join(sorted(criteria))
        raise InvalidInput(
            [_problem(plan, "assessment.criteria", f"is not a version there is; known: {known}")]
        )
    return digest


def check_payload(
    claims: Mapping[str, Any],
    securing: Securing,
    identity: Identity,
    plan: Plan,
    judged: list[Judged] | None = None,
) -> None:
    """The verifier's rules on one payload; raises InvalidInput with the path as the form has it.

    Whether an offline code holds it is asked of forms alone: what exists can be re-keyed and renewed as it is.
    `judged`, handed on from one securing of an edition to the next, spares judging the subject they share twice.
    """
    if securing is Securing.COMPACT and not plan.repeats:
        more = len(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()) - room_for_payload(
            identity.base_url
        )
        if more > 0:
            message = f"is too long for the offline code, with the holder's name and domains, by {more} bytes"
            raise InvalidInput([_problem(plan, "scope.statement", message)])
    try:
        check_profile(
            claims,
            securing=securing,
            base_url=identity.base_url,
            issuer=identity.did,
            complete=True,
            judged=judged,
        )
    except ClaimError as error:
        raise InvalidInput([_problem(plan, form_path(error.path), error.message)]) from error


def form_path(path: str) -> str:
    """The input form's path for a path in the payload: `holder.lei` for `credentialSubject.holder.lei`."""
    path = {"dom": "holder.domains", "sub": "holder.legalName", "scp": "scope.statement"}.get(path, path)
    path = path.removeprefix(_SUBJECT)
    name = path.removeprefix("certificate.")
    if name == path:
        return path
    return f"assessment.{name}" if name in _ASSESSMENT else name


def _problem(plan: Plan, path: str, message: str) -> Problem:
    return Problem(path=path if plan.row is None else f"row {plan.row}: {path}", message=message)

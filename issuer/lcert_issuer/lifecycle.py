"""What people decide about a certificate: suspend, reinstate, withdraw, terminate.

Each decision is one transaction: the certificate is locked, the life cycle asked, the entry appended, the rows changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import REASON_CODES

from .certificate import (
    Action,
    CertificateState,
    EditionFacts,
    StandingFacts,
    check_allowed,
    day_start,
    state_at,
)
from .failpoints import failpoint
from .office import FOUR_EYES, Office, audit
from .recording import lock_certificates
from .refusals import InvalidInput, NotAllowed, NotFound
from .registry import journal
from .registry.events import Event, Kind
from .registry.models import CertificateRow, EditionRow, JournalRow, PayloadRow

__all__ = [
    "AB_INITIO",
    "NOW",
    "Changed",
    "Decision",
    "apply_decision",
    "check_reason",
    "decide",
    "decider_of_withdrawal",
    "facts_of",
    "standing_of",
]

NOW: Final = "now"
AB_INITIO: Final = "ab-initio"

_KINDS: Final = {
    Action.SUSPEND: Kind.SUSPENDED,
    Action.REINSTATE: Kind.REINSTATED,
    Action.WITHDRAW: Kind.WITHDRAWN,
    Action.WITHDRAW_AB_INITIO: Kind.WITHDRAWN,
    Action.TERMINATE: Kind.TERMINATED,
}
_STANDINGS: Final = {
    Kind.SUSPENDED: "suspended",
    Kind.REINSTATED: "standing",
    Kind.WITHDRAWN: "withdrawn",
    Kind.TERMINATED: "terminated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, by whom and why. `effective`: `now`, `ab-initio`, or an instant that has passed."""

    action: Action
    reason: str
    decider: str | None = None
    reviewer: str | None = None
    actor: str = "operator"
    effective: str | datetime = NOW
    note: str | None = None
    """Private; stays out of the journal's public side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The certificate after a decision."""

    number: str
    state: CertificateState
    kind: Kind
    effective_at: datetime
    recorded_at: datetime
    position: int
    version: int


def decide(
    office: Office,
    number: str,
    decision: Decision,
    *,
    now: datetime | None = None,
    recorded_at: datetime | None = None,
    by_clock: bool = False,
) -> Changed:
    """Records a decision. NotFound, NotAllowed, InvalidInput, or Conflict when somebody else was faster.

    `by_clock`: the programme's own rule decides, not a person.
    """
    check_reason(decision.reason)
    if not by_clock:
        _check_people(decision, office.identity.policy)
    at = now or recorded_at or office.clock()
    return office.registry.again(lambda: _record(office, number, decision, at, recorded_at))


def _record(
    office: Office, number: str, decision: Decision, now: datetime, recorded_at: datetime | None
) -> Changed:
    with office.registry.read() as session:
        version = session.execute(
            select(CertificateRow.version).where(CertificateRow.number == number)
        ).scalar_one_or_none()
    if version is None:
        raise NotFound(f"there is no certificate {number}")
    failpoint("decide.before_append")
    with office.registry.write() as session:
        row, editions = lock_certificates(session, {number: version})[number]
        at = max(now, journal.head(session).recorded_at)
        state = state_at(standing_of(row), [facts_of(e) for e in editions], at)
        check_allowed(decision.action, state, number)
        effective = _effective(decision, editions, at)
        kind = _KINDS[decision.action]
        place = journal.append(
            session,
            [
                Event(
                    kind=kind,
                    number=number,
                    effective_at=effective,
                    reason=decision.reason,
                    separation=_separation(decision),
                    payload=_private(decision),
                )
            ],
            recorded_at=recorded_at,
        )[0]
        apply_decision(row, editions, decision, kind, place.effective_at)
        audit(
            session,
            at=office.clock(),
            actor=decision.actor,
            action=decision.action.value,
            target=number,
            outcome="done",
            detail=decision.reason,
        )
        session.flush()
        failpoint("decide.after_append")
        after = state_at(
            standing_of(row), [facts_of(e) for e in editions], max(at, place.recorded_at, place.effective_at)
        )
        changed = Changed(
            number=number,
            state=after,
            kind=kind,
            effective_at=place.effective_at,
            recorded_at=place.recorded_at,
            position=place.position,
            version=row.version,
        )
    failpoint("decide.after_commit")
    return changed


def check_reason(reason: str) -> None:
    """Raises InvalidInput for a word outside of the vocabulary."""
    if reason not in REASON_CODES:
        raise InvalidInput.at("reason", f"must be one of {', '.join(REASON_CODES)}")


def decider_of_withdrawal(session: Session, number: str) -> str | None:
    """Who decided the latest withdrawal; None when nobody did, or it was erased."""
    body = session.execute(
        select(PayloadRow.body)
        .join(JournalRow, JournalRow.event_id == PayloadRow.event_id)
        .where(JournalRow.number == number, JournalRow.kind == Kind.WITHDRAWN.value)
        .order_by(JournalRow.position.desc())
        .limit(1)
    ).scalar_one_or_none()
    return json.loads(body).get("decider") if body else None


def facts_of(row: EditionRow) -> EditionFacts:
    return EditionFacts(
        edition=row.edition,
        valid_from=row.valid_from,
        valid_through=row.valid_through,
        superseded_from=row.superseded_from,
        withdrawn_at=row.withdrawn_at,
    )


def standing_of(row: CertificateRow) -> StandingFacts:
    return StandingFacts(standing=row.standing, since=row.since)


def _check_people(decision: Decision, policy: str) -> None:
    if policy != FOUR_EYES:
        return
    if not decision.decider:
        raise NotAllowed(
            f"the policy is four-eyes: say who decides to {decision.action.value} it", path="decider"
        )
    if decision.action is not Action.REINSTATE:
        return  # one person may stop what may be wrong, two must let it go on
    if not decision.reviewer:
        raise NotAllowed("the policy is four-eyes: say who reviewed the case", path="reviewer")
    if decision.reviewer == decision.decider:
        raise NotAllowed("the policy is four-eyes: reviewer and decider must be two people", path="reviewer")


def _separation(decision: Decision) -> str | None:
    if decision.action is not Action.REINSTATE:
        return None
    two = decision.reviewer and decision.decider and decision.reviewer != decision.decider
    return "independent" if two else "same-person"


def _private(decision: Decision) -> dict[str, Any]:
    members = {
        "actor": decision.actor,
        "decider": decision.decider,
        "reviewer": decision.reviewer,
        "note": decision.note,
    }
    return {name: value for name, value in members.items() if value}


def _effective(decision: Decision, editions: Sequence[EditionRow], at: datetime) -> datetime | None:
    """When it takes effect; None means when it is recorded."""
    first = day_start(min(edition.valid_from for edition in editions))
    if decision.action is Action.WITHDRAW_AB_INITIO:
        return first if first < at else None  # what has not begun is withdrawn at once
    if not isinstance(decision.effective, datetime):
        return None
    if decision.effective > at:
        raise InvalidInput.at("effective", "is in the future: decide when the day has come")
    if decision.effective < first:
        raise InvalidInput.at(
            "effective", f"is before the certificate began, on {first.date()}: use {AB_INITIO}"
        )
    return decision.effective


def apply_decision(
    row: CertificateRow, editions: Sequence[EditionRow], decision: Decision, kind: Kind, effective: datetime
) -> None:
    """Changes the rows of a certificate and its editions by a decision that is recorded."""
    row.version += 1
    row.standing = _STANDINGS[kind]
    row.since = None if kind is Kind.REINSTATED else effective
    row.reason = None if kind is Kind.REINSTATED else decision.reason
    first = day_start(min(edition.valid_from for edition in editions))
    row.ab_initio = kind is Kind.WITHDRAWN and effective <= first  # as whoever replays the journal finds it
    for edition in editions:
        edition.suspended_from = effective if kind is Kind.SUSPENDED else None
    if kind in (Kind.WITHDRAWN, Kind.TERMINATED):
        for edition in editions:
            # An edition an appeal has replaced keeps the earlier of both instants.
            edition.withdrawn_at = min(edition.withdrawn_at or effective, effective)
            edition.next_notice_at = None

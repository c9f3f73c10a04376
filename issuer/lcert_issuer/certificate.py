"""The certificate and its editions as a state machine. Pure: facts and an instant in, states and plans out.

A certificate is the standing grant; people decide its standing, dates do the rest. An edition is one signed issue of
it. Every edition supersedes all earlier ones from the instant it takes effect: a renewal when it starts, all others
when they are recorded.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar

from lcert_verifier.vocabulary import StatusValue

from .refusals import NotAllowed

__all__ = [
    "ALLOWED",
    "MAX_TERM_DAYS",
    "RENEWAL_DUE_DAYS",
    "SUSPENSION_CAP",
    "Action",
    "CertificateState",
    "EditionFacts",
    "EditionStatus",
    "StandingFacts",
    "check_allowed",
    "day_start",
    "edition_in_force",
    "edition_status",
    "end_of",
    "renewal_due",
    "state_at",
]

SUSPENSION_CAP: Final = timedelta(days=90)
MAX_TERM_DAYS: Final = 366
RENEWAL_DUE_DAYS: Final = 60


class CertificateState(enum.StrEnum):
    """What a certificate is at an instant."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    EXPIRED = "expired"


class EditionStatus(enum.StrEnum):
    """The words for an edition's status value."""

    VALID = "valid"
    INVALID = "invalid"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"

    @classmethod
    def of(cls, value: StatusValue) -> EditionStatus:
        return cls[value.name]


class Action(enum.StrEnum):
    """What people can do to a certificate."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    WITHDRAW_AB_INITIO = "withdraw ab initio"
    TERMINATE = "terminate"
    RENEW = "renew"
    RESCOPE = "rescope"
    CORRECT = "correct"
    REKEY = "rekey"
    APPEAL = "appeal"


_S = CertificateState
_LIVE = frozenset({_S.SCHEDULED, _S.ACTIVE, _S.SUSPENDED})

ALLOWED: Final[Mapping[Action, frozenset[CertificateState]]] = {
    Action.SUSPEND: frozenset({_S.ACTIVE}),
    Action.REINSTATE: frozenset({_S.SUSPENDED}),
    Action.WITHDRAW: _LIVE,
    Action.WITHDRAW_AB_INITIO: _LIVE | {_S.EXPIRED},
    Action.TERMINATE: _LIVE,
    Action.RENEW: frozenset({_S.ACTIVE, _S.SUSPENDED}),
    Action.RESCOPE: _LIVE,
    Action.CORRECT: _LIVE,
    Action.REKEY: _LIVE,
    Action.APPEAL: frozenset({_S.WITHDRAWN}),
}
"""States from which an action is possible. Suspension belongs to the certificate: new editions do not lift it."""

_WHAT_ELSE: Final[Mapping[tuple[Action, CertificateState], str]] = {
    (Action.WITHDRAW, _S.EXPIRED): "it can still be withdrawn from the start (ab-initio)",
    (Action.RENEW, _S.EXPIRED): "issue a new certificate",
    (Action.RENEW, _S.SCHEDULED): "it has not begun",
    (Action.SUSPEND, _S.SCHEDULED): "it has not begun: withdraw it",
    (Action.REINSTATE, _S.WITHDRAWN): "only an appeal revives it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFacts:
    """What the state of an edition follows from. `valid_through` is inclusive, UTC."""

    edition: int
    valid_from: date
    valid_through: date
    superseded_from: datetime | None = None
    withdrawn_at: datetime | None = None


AnyEdition = TypeVar("AnyEdition", bound=EditionFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFacts:
    """What people decided: `standing` (nothing), `suspended`, `withdrawn` or `terminated`, and since when."""

    standing: str = "standing"
    since: datetime | None = None


def day_start(day: date) -> datetime:
    """The first instant of a day, UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def end_of(day: date) -> datetime:
    """The first instant after an inclusive day."""
    return day_start(day + timedelta(days=1))


def edition_status(edition: EditionFacts, certificate: StandingFacts, at: datetime) -> StatusValue:
    """The status list value: withdrawn or terminated 1, superseded 3, suspended 2, else 0, in that order.

    Dates of validity do not matter here: they are in the token.
    """
    if edition.withdrawn_at is not None and edition.withdrawn_at <= at:
        return StatusValue.INVALID
    if edition.superseded_from is not None and edition.superseded_from <= at:
        return StatusValue.SUPERSEDED
    if certificate.standing == "suspended" and _has_begun(certificate, at):
        return StatusValue.SUSPENDED
    return StatusValue.VALID


def edition_in_force(editions: Sequence[AnyEdition], at: datetime) -> AnyEdition:
    """The edition that speaks for the certificate at `at`: the oldest that none has superseded.

    Before the first one begins it is that one, after the last has expired the last.
    """
    standing = [e for e in editions if e.superseded_from is None or e.superseded_from > at]
    return min(standing, key=lambda e: e.edition)


def state_at(certificate: StandingFacts, editions: Sequence[EditionFacts], at: datetime) -> CertificateState:
    """The certificate's state by its present standing and the dates of its editions."""
    if certificate.standing in ("withdrawn", "terminated") and _has_begun(certificate, at):
        return CertificateState(certificate.standing)
    edition = edition_in_force(editions, at)
    if at < day_start(edition.valid_from):
        return CertificateState.SCHEDULED
    if at >= end_of(edition.valid_through):
        return CertificateState.EXPIRED
    if certificate.standing == "suspended" and _has_begun(certificate, at):
        return CertificateState.SUSPENDED
    return CertificateState.ACTIVE


def renewal_due(editions: Sequence[EditionFacts], at: datetime) -> bool:
    """Whether 60 days or fewer are left of the last edition."""
    last = max(editions, key=lambda e: e.edition)
    return 0 <= (last.valid_through - at.date()).days <= RENEWAL_DUE_DAYS


def check_allowed(action: Action, state: CertificateState, number: str) -> None:
    """Raises NotAllowed, saying what is possible instead where that is known."""
    if state in ALLOWED[action]:
        return
    advice = _WHAT_ELSE.get((action, state))
    wanted = " or ".join(s.value for s in CertificateState if s in ALLOWED[action])
    raise NotAllowed(
        f"{number} is {state.value}; to {action.value} it, it must be {wanted}"
        + (f" ({advice})" if advice else "")
    )


def _has_begun(certificate: StandingFacts, at: datetime) -> bool:
    return certificate.since is None or certificate.since <= at

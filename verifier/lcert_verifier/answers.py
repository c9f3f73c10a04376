"""How the steps of a verification end, and the Reports made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from .credential import Credential
from .hosts import normal_host
from .report import CHECKS, AsOf, Check, Code, Outcome, Report, Verdict
from .sentences import Facts, sentence
from .standing import Question

__all__ = ["ALL_BUT_DOMAIN", "PLAINLY", "Stop", "accepted", "stopped"]

_UNDECIDED: Final = frozenset(
    {
        Code.TRUST_UNAVAILABLE,
        Code.STATUS_UNAVAILABLE,
        Code.STATUS_STALE,
        Code.STATUS_HISTORY_UNAVAILABLE,
    }
)
_PASSED: Final = tuple(Check(name=name, outcome=Outcome.PASSED) for name in CHECKS)
_SKIPPED: Final = tuple(Check(name=name, outcome=Outcome.SKIPPED) for name in CHECKS)
ALL_BUT_DOMAIN: Final = (*_PASSED[:-1], _SKIPPED[-1])
"""The checks of an accepted token when no host was asked about."""
PLAINLY: Final = Facts(verdict=Verdict.ACCEPTED)
"""Accepted, as of now."""


class Stop(Exception):  # noqa: N818 - not an error: how a step ends the judging
    """The step that runs has failed, or could not tell."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        undecided: bool | None = None,
        day: datetime | None = None,
        past: bool = False,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.verdict = (
            Verdict.INDETERMINATE
            if (code in _UNDECIDED if undecided is None else undecided)
            else Verdict.REJECTED
        )
        self.day = day
        self.past = past


def accepted(credential: Credential, *, question: Question, domain: str | None, as_of: AsOf) -> Report:
    """The Report when every step passed."""
    facts = PLAINLY
    if question.asked or question.known_at is not None:
        facts = Facts(
            verdict=Verdict.ACCEPTED,
            asked=question.at if question.asked else None,
            known=question.known_at,
        )
    checks = ALL_BUT_DOMAIN if domain is None else _PASSED
    return Report.accepted(checks, credential, as_of, question.at, question.known_at, facts)


def stopped(
    stop: Stop,
    *,
    passed: int,
    question: Question,
    credential: Credential | None = None,
    issuer: str | None = None,
    domain: str | None = None,
    current: str | None = None,
    as_of: AsOf | None = None,
) -> Report:
    """The Report when the step after `passed` others ended it. `issuer` is its name, `current` the edition in force."""
    outcome = Outcome.UNKNOWN if stop.verdict is Verdict.INDETERMINATE else Outcome.FAILED
    failed = Check(name=CHECKS[passed], outcome=outcome, detail=stop.detail[:500])
    facts = Facts(
        verdict=stop.verdict,
        asked=question.at if question.asked else None,
        known=question.known_at,
        past=stop.past,
        issuer=issuer,
        day=stop.day,
        current=current,
        host=normal_host(domain) if domain is not None else None,
    )
    return Report(
        verdict=stop.verdict,
        code=stop.code,
        sentence=sentence(stop.code, facts, credential),
        checks=(*_PASSED[:passed], failed, *_SKIPPED[passed + 1 :]),
        credential=credential,
        as_of=as_of or AsOf(),
        at=question.at,
        known_at=question.known_at,
        current_edition=current,
    )

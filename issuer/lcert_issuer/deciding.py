"""The desk's part for decisions: suspend, reinstate, withdraw, terminate."""

from __future__ import annotations

from datetime import date, datetime

from .acting import Acting, canonical_number
from .certificate import Action, day_start
from .lifecycle import AB_INITIO, NOW, Changed, Decision, decide
from .refusals import InvalidInput

__all__ = ["Deciding"]


class Deciding(Acting):
    """Decisions about a certificate. `note` is private."""

    def suspend(
        self,
        number: str,
        *,
        reason: str,
        decider: str | None = None,
        actor: str = "operator",
        note: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Changed:
        """Not valid until reinstated."""
        decision = Decision(action=Action.SUSPEND, reason=reason, decider=decider, actor=actor, note=note)
        return self._decide(number, decision, recorded_at)

    def reinstate(
        self,
        number: str,
        *,
        reason: str,
        decider: str | None = None,
        reviewer: str | None = None,
        actor: str = "operator",
        note: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Changed:
        """Lifts a suspension."""
        decision = Decision(
            action=Action.REINSTATE, reason=reason, decider=decider, reviewer=reviewer, actor=actor, note=note
        )
        return self._decide(number, decision, recorded_at)

    def withdraw(
        self,
        number: str,
        *,
        reason: str,
        effective: str | date | datetime = NOW,
        decider: str | None = None,
        actor: str = "operator",
        note: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Changed:
        """Ends a certificate for ever, but for an appeal. `effective`: `now`, `ab-initio`, or a day that has passed."""
        if isinstance(effective, date) and not isinstance(effective, datetime):
            effective = day_start(effective)
        if isinstance(effective, str) and effective not in (NOW, AB_INITIO):
            raise InvalidInput.at("effective", f"must be {NOW}, {AB_INITIO} or a date")
        action = Action.WITHDRAW_AB_INITIO if effective == AB_INITIO else Action.WITHDRAW
        decision = Decision(
            action=action, reason=reason, decider=decider, actor=actor, effective=effective, note=note
        )
        return self._decide(number, decision, recorded_at)

    def terminate(
        self,
        number: str,
        *,
        reason: str,
        decider: str | None = None,
        actor: str = "operator",
        note: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Changed:
        """Ends a certificate at the holder's request."""
        decision = Decision(action=Action.TERMINATE, reason=reason, decider=decider, actor=actor, note=note)
        return self._decide(number, decision, recorded_at)

    def _decide(self, number: str, decision: Decision, recorded_at: datetime | None) -> Changed:
        number = canonical_number(number)
        with self._noting(decision.action.value, number, decision.actor):
            return decide(self.office, number, decision, recorded_at=recorded_at)

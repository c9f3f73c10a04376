"""The desk: everything one can do at an issuer, each a single call that either happened or was refused.

Every method takes `actor` (for the audit log) and, while the journal was never published, `recorded_at` to load the
past. Refusals are noted in the audit log. Publishing is the caller's next step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import date, datetime

from lcert_keys import Signer

from .acting import canonical_number
from .certificate import Action
from .deciding import Deciding
from .editions import check_granted, plan_change, plan_new, plan_renewal
from .intake import Draft
from .issuance import MAX_BATCH, check_plans, issue_plans
from .keeping import KeyKeeping
from .lifecycle import Changed, check_reason, decider_of_withdrawal
from .numbering import check_free
from .office import FOUR_EYES, Identity, MakeKey, Office, criteria_digests, load_identity
from .once import Once, answered
from .plans import Issued, Plan, criteria_digest
from .readmodel import load_certificate
from .refusals import InvalidInput, NotAllowed, NotFound, Problem
from .registry.schema import check_schema
from .registry.session import Registry
from .views import CertificateView

__all__ = ["Changed", "Desk", "Issued"]


class Desk(Deciding, KeyKeeping):
    """Acts for one issuer. Threads may share it."""

    def __init__(
        self,
        *,
        registry: Registry,
        identity: Identity,
        open_signer: Callable[[str], Signer],
        make_key: MakeKey,
        clock: Callable[[], datetime],
    ) -> None:
        """`open_signer` opens the URI kept with a key; `make_key` makes a new one. Neither is called before need."""
        super().__init__(
            Office(
                registry=registry, identity=identity, clock=clock, open_signer=open_signer, make_key=make_key
            )
        )

    @classmethod
    def open(
        cls,
        registry: Registry,
        *,
        open_signer: Callable[[str], Signer],
        make_key: MakeKey,
        clock: Callable[[], datetime],
    ) -> Desk:
        """The desk of the issuer that `founding.found` made. RegistryUnavailable without one or with another schema."""
        check_schema(registry)
        with registry.read() as session:
            identity = load_identity(session)
        return cls(
            registry=registry, identity=identity, open_signer=open_signer, make_key=make_key, clock=clock
        )

    def check_many(self, drafts: Sequence[Draft]) -> list[Plan]:
        """Judges drafts without taking a number.

        Raises InvalidInput with the problems of all of them, Conflict when an imported number is taken.
        """
        plans: list[Plan] = []
        problems: list[Problem] = []
        for draft in drafts:
            try:
                check_granted(draft, self.office.clock())
                plans.append(plan_new(draft, self.identity))
            except InvalidInput as refusal:
                problems.extend(refusal.problems)
        try:
            check_plans(self.office, plans)
        except InvalidInput as refusal:
            problems.extend(refusal.problems)
        if problems:
            raise InvalidInput(problems)
        with self.registry.read() as session:
            check_free(session, [draft.number for draft in drafts if draft.number is not None])
        return plans

    def issue(
        self,
        draft: Draft,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """Issues edition 1 of a new certificate, or of an imported number."""
        return self.issue_many([draft], actor=actor, recorded_at=recorded_at, once=once)[0]

    def issue_many(
        self,
        drafts: Sequence[Draft],
        *,
        actor: str = "operator",
        progress: Callable[[int], object] | None = None,
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> list[Issued]:
        """Issues many; all are judged before the first is. Each thousand is all or none.

        `progress` is told how many were issued since it was last told. With `once`, what was issued for the same
        request before is given again, and only the rest issued.
        """
        issued: list[Issued] = []
        with self._noting("issue", drafts[0].number if len(drafts) == 1 else None, actor):
            parts = [once.part(n) for n in range(-(-len(drafts) // MAX_BATCH))] if once else []
            for part in parts:
                if (before := self._answered(part)) is None:
                    break
                issued += before
                if progress is not None:
                    progress(len(before))
            plans = self._plan_many(drafts[len(issued) :])
            for start in range(0, len(plans), MAX_BATCH):
                batch = plans[start : start + MAX_BATCH]
                issued += issue_plans(
                    self.office,
                    batch,
                    actor=actor,
                    recorded_at=recorded_at,
                    once=parts[len(issued) // MAX_BATCH] if once else None,
                )
                if progress is not None:
                    progress(len(batch))
        return issued

    def _plan_many(self, drafts: Sequence[Draft]) -> list[Plan]:
        """Plans of drafts, all judged; but for what fits into one transaction, which judges all before it takes any."""
        if len(drafts) <= MAX_BATCH:
            with contextlib.suppress(InvalidInput):  # told together with what else is wrong
                plans = [plan_new(draft, self.identity) for draft in drafts]
                for draft in drafts:
                    check_granted(draft, self.office.clock())
                with self.registry.read() as session:
                    criteria = criteria_digests(session)
                for plan in plans:
                    criteria_digest(plan, criteria)
                return plans
        return self.check_many(drafts)

    def _answered(self, once: Once) -> list[Issued] | None:
        with self.registry.read() as session:
            return answered(session, once, base_url=self.identity.base_url)

    def renew(
        self,
        number: str,
        *,
        through: date,
        draft: Draft | None = None,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """A further term, from the day after the present one. `draft` brings a new assessment or another scope."""

        def plan(view: CertificateView, now: datetime) -> list[Plan]:
            return [plan_renewal(view, through=through, draft=draft, identity=self.identity, now=now)]

        return self._new_edition(Action.RENEW, number, plan, actor, recorded_at, once)

    def rescope(
        self,
        number: str,
        draft: Draft,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """Another scope from today; the draft is the whole form as it shall be."""
        return self._change(Action.RESCOPE, number, draft, actor, recorded_at, once=once)

    def correct(
        self,
        number: str,
        draft: Draft,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """A mistake put right from today; the draft is the whole form as it shall be."""
        return self._change(Action.CORRECT, number, draft, actor, recorded_at, once=once)

    def rekey(
        self,
        number: str,
        *,
        reason: str | None = None,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """The same content, signed with the key that signs now."""
        if reason is not None:
            check_reason(reason)
        return self._change(Action.REKEY, number, None, actor, recorded_at, reason, once=once)

    def appeal(
        self,
        number: str,
        draft: Draft,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Issued:
        """A withdrawn certificate revived. Under four-eyes by others than who withdrew it."""
        if self.identity.policy == FOUR_EYES:
            with self.registry.read() as session:
                before = decider_of_withdrawal(session, canonical_number(number))
            if before is not None and before in (
                draft.content.decision.decider,
                draft.content.decision.reviewer,
            ):
                raise NotAllowed(
                    f"{before} decided the withdrawal: others must decide the appeal", path="decision"
                )
        return self._change(Action.APPEAL, number, draft, actor, recorded_at, once=once)

    def _change(
        self,
        action: Action,
        number: str,
        draft: Draft | None,
        actor: str,
        recorded_at: datetime | None,
        reason: str | None = None,
        *,
        once: Once | None = None,
    ) -> Issued:
        def plan(view: CertificateView, now: datetime) -> list[Plan]:
            return plan_change(view, action, draft=draft, identity=self.identity, now=now, reason=reason)

        return self._new_edition(action, number, plan, actor, recorded_at, once)

    def _new_edition(
        self,
        action: Action,
        number: str,
        plan: Callable[[CertificateView, datetime], list[Plan]],
        actor: str,
        recorded_at: datetime | None,
        once: Once | None = None,
    ) -> Issued:
        number = canonical_number(number)
        with self._noting(action.value, number, actor):
            if once is not None and (before := self._answered(once)):
                return before[0]
            with self.registry.read() as session:
                view = load_certificate(session, number)
            if view is None:
                raise NotFound(f"there is no certificate {number}")
            plans = plan(view, recorded_at or self.office.clock())
            return issue_plans(self.office, plans, actor=actor, recorded_at=recorded_at, once=once)[0]

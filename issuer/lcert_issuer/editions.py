"""Planning new editions: renewal, change of scope, correction, re-keying, appeal.

A renewal starts the day after the last edition ends and supersedes on that day. The others start today (or when the
certificate does, if it has not begun), keep its last day, and supersede at once. When a renewal is already waiting,
they make it again as well, with the same dates and the new content, so that nothing of the change is lost later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from lcert_verifier.policy import check_profile
from lcert_verifier.vocabulary import Securing

from .certificate import Action, CertificateState, check_allowed, day_start
from .claims import content_of
from .intake import Content, Draft
from .office import FOUR_EYES, Identity
from .plans import Plan
from .refusals import InvalidInput, NotAllowed
from .registry.events import Kind
from .views import CertificateView, EditionView

__all__ = ["check_granted", "check_separation", "plan_change", "plan_new", "plan_renewal"]

_KINDS: Final[Mapping[Action, Kind]] = {
    Action.RESCOPE: Kind.RESCOPED,
    Action.CORRECT: Kind.CORRECTED,
    Action.REKEY: Kind.REKEYED,
    Action.APPEAL: Kind.APPEALED,
}
_REASONS: Final[Mapping[Action, str]] = {Action.CORRECT: "corrected", Action.APPEAL: "appeal-upheld"}


def plan_new(draft: Draft, identity: Identity) -> Plan:
    """The first edition of a certificate."""
    check_separation(draft, identity)
    return Plan(
        kind=Kind.ISSUED,
        content=draft.content,
        valid_from=draft.valid_from,
        valid_through=draft.valid_through,
        first_granted_on=draft.content.granted_on,
        number=draft.number,
        effective_at=day_start(draft.valid_from),
        row=draft.row,
    )


def plan_renewal(
    view: CertificateView, *, through: date, draft: Draft | None, identity: Identity, now: datetime
) -> Plan:
    """A further term, until `through`. Without a draft the content stays and was assessed and granted today.

    The draft's own dates of validity do not count: the term follows from the certificate and `through`.
    """
    check_allowed(Action.RENEW, view.state(now), view.number)
    current, last = view.in_force(now), view.editions[-1]
    if last.edition != current.edition:
        raise NotAllowed(
            f"{view.number} is renewed already: edition {last.edition} runs from {last.valid_from} "
            f"to {last.valid_through}"
        )
    start = last.valid_through + timedelta(days=1)
    if through < start:
        raise InvalidInput.at("validThrough", f"is before the new term begins, on {start}")
    content = _new_content(view, draft, identity, now)
    if draft is None:
        today = now.date()
        content = replace(content, assessed_on=today, granted_on=today)
    return Plan(
        kind=Kind.RENEWED,
        content=content,
        valid_from=start,
        valid_through=through,
        first_granted_on=view.first_granted_on,
        number=view.number,
        certificate_version=view.version,
        effective_at=day_start(start),
        row=draft.row if draft else None,
        repeats=draft is None,
    )


def plan_change(
    view: CertificateView,
    action: Action,
    *,
    draft: Draft | None,
    identity: Identity,
    now: datetime,
    reason: str | None = None,
    private: Mapping[str, Any] | None = None,
) -> list[Plan]:
    """An edition that takes over at once, and again the renewal that waits behind it. No draft: the same content."""
    state = view.state(now)
    check_allowed(action, state, view.number)
    current = view.in_force(now)
    content = _new_content(view, draft, identity, now)
    if draft is not None and draft.valid_through != current.valid_through:
        raise InvalidInput(
            [
                draft.problem(
                    "validThrough",
                    f"must be {current.valid_through}: a new edition keeps the last day, only a renewal adds a term",
                )
            ]
        )
    today = now.date()
    if current.valid_through < today:
        raise NotAllowed(f"{view.number} ended on {current.valid_through}: there is nothing left to certify")
    change = Plan(
        kind=_KINDS[action],
        content=content,
        valid_from=max(today, current.valid_from),
        valid_through=current.valid_through,
        first_granted_on=view.first_granted_on,
        number=view.number,
        certificate_version=view.version,
        reason=reason or _REASONS.get(action),
        row=draft.row if draft else None,
        repeats=draft is None,
        private=private or {},
    )
    plans = [change]
    if state is not CertificateState.WITHDRAWN:
        for edition in view.editions:
            if edition.edition > current.edition:
                plans.append(_again(change, edition, content if draft else _content(edition, identity)))
    return plans


def check_separation(draft: Draft, identity: Identity) -> None:
    """Raises InvalidInput unless two people decided, where the policy asks for two."""
    if identity.policy == FOUR_EYES and draft.content.decision.separation != "independent":
        raise InvalidInput(
            [
                draft.problem(
                    "decision.separation", "must be independent: the policy of this issuer is four-eyes"
                )
            ]
        )


def check_granted(draft: Draft, now: datetime) -> None:
    """Raises InvalidInput when the form tells of a decision still to come; in the east, tomorrow may have begun."""
    if draft.content.granted_on > now.date() + timedelta(days=1):
        raise InvalidInput([draft.problem("assessment.grantedOn", f"lies ahead: today is {now.date()}")])


def _again(change: Plan, edition: EditionView, content: Content) -> Plan:
    return replace(
        change,
        kind=Kind.RENEWED,
        content=content,
        valid_from=edition.valid_from,
        valid_through=edition.valid_through,
        effective_at=day_start(edition.valid_from),
    )


def _new_content(view: CertificateView, draft: Draft | None, identity: Identity, now: datetime) -> Content:
    if draft is None:
        return _content(view.in_force(now), identity)
    if draft.number is not None and draft.number != view.number:
        raise InvalidInput([draft.problem("number", f"is not {view.number}")])
    check_separation(draft, identity)
    if draft.content.granted_on != view.first_granted_on:  # a day that was taken once can be kept
        check_granted(draft, now)
    if draft.content.granted_on < view.first_granted_on:
        message = f"is before the certificate was first granted, on {view.first_granted_on}"
        raise InvalidInput([draft.problem("assessment.grantedOn", message)])
    return draft.content


def _content(edition: EditionView, identity: Identity) -> Content:
    credential = check_profile(
        edition.claims, securing=Securing.VC_JWT, base_url=identity.base_url, issuer=identity.did
    )
    return content_of(credential)

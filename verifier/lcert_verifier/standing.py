"""The status of a credential: which list says what, and whether it can be relied on for the instant asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from .credential import Credential
from .errors import EvidenceUnavailable, Malformed
from .evidence import EvidenceSource, FetchedList, TrustView
from .jose import Parsed
from .report import Code
from .status.check import UnknownListKey, check_bitstring_token, check_status_token
from .status.lists import AnyList, BitstringList, ListMemory, StatusList
from .vocabulary import StatusValue

__all__ = ["FUTURE", "Case", "Question", "Standing", "find_standing"]

FUTURE: Final = timedelta(seconds=60)


class Question(NamedTuple):
    """`at` is the instant judged; `asked` says that the caller named it; `now` judges freshness."""

    at: datetime
    asked: bool
    known_at: datetime | None
    now: datetime
    max_age: timedelta | None = None
    """How old evidence of status may be, by the caller's own rule."""


class Case(NamedTuple):
    """Whose status is asked for, when, and of whom. `memory` belongs to the source."""

    credential: Credential
    parsed: Parsed
    source: EvidenceSource
    view: TrustView
    memory: ListMemory
    question: Question

    @property
    def digest(self) -> str:
        """Of the token, as the journal lists it."""
        return self.parsed.digest


class Standing(NamedTuple):
    """`code` is VALID, or what stands in the way."""

    code: Code
    detail: str = ""
    made: datetime | None = None
    """When the list was signed; None when there was none to read."""
    journal: datetime | None = None
    """Up to when the journal is known that was read; None when the lists were enough."""
    past: bool = False
    """Whether the journal's history gave the answer."""
    basis: tuple[FetchedList, StatusList] | None = None
    """The token status list that says valid; None when something else gave the answer."""


def find_standing(case: Case) -> Standing:
    """What the issuer's lists say of the credential; of the past, what its journal says (see `past`).

    The token status list decides; bitstrings only for a credential that has none. A list that cannot be had or
    believed is STATUS_UNAVAILABLE. An old list that says withdrawn or superseded is believed, because neither can be
    undone; an old list that says anything else is STATUS_STALE.
    """
    credential = case.credential
    try:
        if credential.status is not None:
            standing = _by_token(case)
        elif credential.bitstrings:
            standing = _by_bitstrings(case)
        else:
            return Standing(code=Code.STATUS_UNAVAILABLE, detail=_unknown_mechanism(credential))
    except (EvidenceUnavailable, Malformed) as error:
        return Standing(code=Code.STATUS_UNAVAILABLE, detail=str(error))
    if standing.code is Code.VALID and credential.unknown_status:
        return Standing(
            code=Code.STATUS_UNAVAILABLE, detail=_unknown_mechanism(credential), made=standing.made
        )
    return standing


def _unknown_mechanism(credential: Credential) -> str:
    return f"the status mechanism {', '.join(credential.unknown_status)} is unknown here"


def _by_token(case: Case) -> Standing:
    source, question, status = case.source, case.question, case.credential.status
    assert status is not None
    uri, index = status.uri, status.index
    fetched = source.status_list(uri, question.now)

    try:
        found = _checked(fetched.token, uri, case, case.view)
    except UnknownListKey:
        found = _checked(fetched.token, uri, case, source.trust(question.now, refresh=True))
    try:
        value = found.value(index)
    except IndexError:
        return Standing(
            code=Code.STATUS_INVALID, detail="the index is outside of the list", made=found.issued_at
        )
    fresh = found.is_fresh(
        now=question.now,
        fetched_at=fetched.fetched_at,
        offline=source.offline,
        max_age=question.max_age,
    )
    if _is_past(question, found.issued_at):
        return _past(case, [found], fresh)
    if value is StatusValue.VALID and fresh and question.at <= question.now + FUTURE:
        return Standing(code=Code.VALID, made=found.issued_at, basis=(fetched, found))
    return _judge(value, found.issued_at, fresh, question)


def _checked(text: str, uri: str, case: Case, view: TrustView) -> StatusList:
    return check_status_token(
        text,
        uri=uri,
        trust=view.trust,
        now=case.question.now,
        offline=case.source.offline,
        memory=case.memory,
    )


def _by_bitstrings(case: Case) -> Standing:
    source, question = case.source, case.question
    values: dict[str, bool] = {}
    lists: list[BitstringList] = []
    made, fresh = question.now, True
    for reference in case.credential.bitstrings:
        fetched = source.bitstring_list(reference.uri, question.now)
        found: BitstringList = check_bitstring_token(
            fetched.token,
            uri=reference.uri,
            trust=case.view.trust,
            now=question.now,
            offline=source.offline,
            memory=case.memory,
        )
        lists.append(found)
        made = min(made, found.issued_at)
        if found.purpose != reference.purpose:
            return Standing(code=Code.STATUS_INVALID, detail="the list is for another purpose", made=made)
        try:
            values[reference.purpose] = found.is_set(reference.index)
        except IndexError:
            return Standing(code=Code.STATUS_INVALID, detail="the index is outside of the list", made=made)
        fresh = fresh and found.is_fresh(
            now=question.now,
            fetched_at=fetched.fetched_at,
            offline=source.offline,
            max_age=question.max_age,
        )
    if _is_past(question, made):
        return _past(case, lists, fresh)
    if values.get("revocation"):
        return _judge(StatusValue.INVALID, made, fresh, question)
    if values.get("suspension"):
        return _judge(StatusValue.SUSPENDED, made, fresh, question)
    if set(values) != {"revocation", "suspension"}:
        return Standing(code=Code.STATUS_UNAVAILABLE, detail="no list tells both kinds of status", made=made)
    return _judge(StatusValue.VALID, made, fresh, question)


def _is_past(question: Question, made: datetime) -> bool:
    """Whether a list made at `made` says nothing about the instants asked about."""
    return (question.asked and question.at < made) or (
        question.known_at is not None and question.known_at < made
    )


def _past(case: Case, lists: Sequence[AnyList], fresh: bool) -> Standing:
    from .past import past_standing  # it needs what is defined here, and most questions do not need it

    return past_standing(case, lists, fresh)


def _judge(value: StatusValue, made: datetime, fresh: bool, question: Question) -> Standing:
    """A value read from an authentic list made at `made`; the order of precedence is revoked, superseded, stale."""
    if value is StatusValue.INVALID:
        return Standing(code=Code.REVOKED, detail="the status list says invalid", made=made)
    if value is StatusValue.SUPERSEDED:
        return Standing(code=Code.SUPERSEDED, detail="the status list says superseded", made=made)
    if question.at > question.now + FUTURE:
        return Standing(code=Code.STATUS_STALE, detail="the time asked about is still to come", made=made)
    if not fresh:
        return Standing(code=Code.STATUS_STALE, detail="the list is too old to rely on", made=made)
    if value is StatusValue.SUSPENDED:
        return Standing(code=Code.SUSPENDED, detail="the status list says suspended", made=made)
    return Standing(code=Code.VALID, made=made)

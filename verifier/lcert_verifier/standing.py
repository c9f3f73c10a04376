"""The status of a credential: which list says what, and whether it can be relied on for the instant asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .credential import Credential
from .errors import EvidenceUnavailable, Malformed
from .evidence import EvidenceSource, TrustView
from .report import Code
from .status.check import UnknownListKey, check_bitstring_token, check_status_token
from .status.lists import BitstringList, ListMemory, StatusList
from .vocabulary import StatusValue

__all__ = ["Question", "Standing", "find_standing"]

_FUTURE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`at` is the instant judged; `asked` says that the caller named it; `now` judges freshness."""

    at: datetime
    asked: bool
    known_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`code` is VALID, or what stands in the way."""

    code: Code
    detail: str = ""
    made: datetime | None = None
    """When the list was signed; None when there was none to read."""


def find_standing(
    credential: Credential, source: EvidenceSource, view: TrustView, memory: ListMemory, question: Question
) -> Standing:
    """What the issuer's lists say of the credential.

    The token status list decides; bitstrings only for a credential that has none. A list that cannot be had or
    believed is STATUS_UNAVAILABLE. An old list that says withdrawn or superseded is believed, because neither can be
    undone; an old list that says anything else is STATUS_STALE.
    """
    try:
        if credential.status is not None:
            standing = _by_token(credential, source, view, memory, question)
        elif credential.bitstrings:
            standing = _by_bitstrings(credential, source, view, memory, question)
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


def _by_token(
    credential: Credential, source: EvidenceSource, view: TrustView, memory: ListMemory, question: Question
) -> Standing:
    assert credential.status is not None
    uri, index = credential.status.uri, credential.status.index
    fetched = source.status_list(uri, question.now)

    def check(view: TrustView) -> StatusList:
        return check_status_token(
            fetched.token, uri=uri, trust=view.trust, now=question.now, offline=source.offline, memory=memory
        )

    try:
        found = check(view)
    except UnknownListKey:
        found = check(source.trust(question.now, refresh=True))
    try:
        value = found.value(index)
    except IndexError:
        return Standing(
            code=Code.STATUS_INVALID, detail="the index is outside of the list", made=found.issued_at
        )
    fresh = found.is_fresh(now=question.now, fetched_at=fetched.fetched_at, offline=source.offline)
    return _judge(value, found.issued_at, fresh, question)


def _by_bitstrings(
    credential: Credential, source: EvidenceSource, view: TrustView, memory: ListMemory, question: Question
) -> Standing:
    values: dict[str, bool] = {}
    made, fresh = question.now, True
    for reference in credential.bitstrings:
        fetched = source.bitstring_list(reference.uri, question.now)
        found: BitstringList = check_bitstring_token(
            fetched.token,
            uri=reference.uri,
            trust=view.trust,
            now=question.now,
            offline=source.offline,
            memory=memory,
        )
        made = min(made, found.issued_at)
        if found.purpose != reference.purpose:
            return Standing(code=Code.STATUS_INVALID, detail="the list is for another purpose", made=made)
        try:
            values[reference.purpose] = found.is_set(reference.index)
        except IndexError:
            return Standing(code=Code.STATUS_INVALID, detail="the index is outside of the list", made=made)
        fresh = fresh and found.is_fresh(
            now=question.now, fetched_at=fetched.fetched_at, offline=source.offline
        )
    if values.get("revocation"):
        return _judge(StatusValue.INVALID, made, fresh, question)
    if values.get("suspension"):
        return _judge(StatusValue.SUSPENDED, made, fresh, question)
    if set(values) != {"revocation", "suspension"}:
        return Standing(code=Code.STATUS_UNAVAILABLE, detail="no list tells both kinds of status", made=made)
    return _judge(StatusValue.VALID, made, fresh, question)


def _judge(value: StatusValue, made: datetime, fresh: bool, question: Question) -> Standing:
    """A value read from an authentic list made at `made`; the order of precedence is revoked, superseded, stale."""
    before = question.asked and question.at < made
    if before or (question.known_at is not None and question.known_at < made):
        return Standing(
            code=Code.STATUS_HISTORY_UNAVAILABLE,
            detail="the list is newer than the time asked about",
            made=made,
        )
    if value is StatusValue.INVALID:
        return Standing(code=Code.REVOKED, detail="the status list says invalid", made=made)
    if value is StatusValue.SUPERSEDED:
        return Standing(code=Code.SUPERSEDED, detail="the status list says superseded", made=made)
    if question.at > question.now + _FUTURE:
        return Standing(code=Code.STATUS_STALE, detail="the time asked about is still to come", made=made)
    if not fresh:
        return Standing(code=Code.STATUS_STALE, detail="the list is too old to rely on", made=made)
    if value is StatusValue.SUSPENDED:
        return Standing(code=Code.SUSPENDED, detail="the status list says suspended", made=made)
    return Standing(code=Code.VALID, made=made)

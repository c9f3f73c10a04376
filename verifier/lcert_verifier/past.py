"""The status of a credential at a past instant, or by what was known at one, from the journal's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from .credential import Credential
from .errors import EvidenceUnavailable, Malformed
from .history import History, HistorySource
from .replay import Past, replay
from .report import Code, format_time
from .standing import FUTURE, Case, Question, Standing
from .status.lists import AnyList
from .vocabulary import StatusValue

__all__ = ["past_standing"]

_CODES: Final = {
    StatusValue.INVALID: Code.REVOKED,
    StatusValue.SUPERSEDED: Code.SUPERSEDED,
    StatusValue.SUSPENDED: Code.SUSPENDED,
    StatusValue.VALID: Code.VALID,
}


def past_standing(case: Case, lists: Sequence[AnyList], fresh: bool) -> Standing:
    """What the journal says of the token for the instants asked about.

    `lists` are the authentic lists that tell the present: the history must hold the journal they were made from, so
    that nobody can show an older one. What was known at a time that the history covers stays as it was, however old
    the evidence is; what is known now needs it to be `fresh`, unless it says withdrawn or replaced.
    """
    source, question, credential = case.source, case.question, case.credential
    made = min(found.issued_at for found in lists)
    if not isinstance(source, HistorySource):
        return _unknown("the list is newer than the time asked about", made)
    try:
        history = source.history(question.now, least=max(found.size for found in lists))
        known_to = _known_to(history, lists, question.known_at)
        past = replay(
            history.about(credential.number),
            digest=case.digest,
            edition=credential.edition,
            at=question.at,
            known_at=question.known_at,
        )
    except (EvidenceUnavailable, Malformed) as error:
        return _unknown(str(error), made)
    settled = question.known_at is not None and question.known_at <= known_to
    return _judge(past, credential, known_to, made, settled or fresh, question)


def _known_to(history: History, lists: Sequence[AnyList], known_at: datetime | None) -> datetime:
    """Up to when the history is the whole journal; EvidenceUnavailable when it does not go with the lists."""
    newest = history.last_recorded()
    if newest is None:
        raise EvidenceUnavailable("the journal is empty")
    times = [newest]
    for found in lists:
        if history.holds(found.size, found.root):
            times.append(found.issued_at)
        elif found.size <= history.size:
            raise EvidenceUnavailable("the journal contradicts the status list")
        elif known_at is None or known_at >= newest:
            raise EvidenceUnavailable("the journal at hand ends before the status list was made")
    return max(times)


def _judge(
    past: Past, credential: Credential, known_to: datetime, made: datetime, firm: bool, question: Question
) -> Standing:
    def standing(code: Code, detail: str) -> Standing:
        return Standing(code=code, detail=detail, made=made, journal=known_to, past=True)

    if past.value is None:
        if past.issued is not None:
            detail = f"it took effect on {format_time(past.issued.effective_at)}"
            return standing(
                Code.NOT_YET_VALID, f"{detail}, recorded on {format_time(past.issued.recorded_at)}"
            )
        if credential.issued_at is None or credential.issued_at > known_to:
            return standing(Code.STATUS_HISTORY_UNAVAILABLE, "the journal at hand does not know the token")
        return standing(Code.STATUS_INVALID, "the journal has no such token")
    code = _CODES[past.value]
    detail = "" if past.event is None else _entry(past)
    if code in (Code.REVOKED, Code.SUPERSEDED):
        return standing(code, detail)
    if question.at > question.now + FUTURE:
        return standing(Code.STATUS_STALE, "the time asked about is still to come")
    if not firm:
        return standing(Code.STATUS_STALE, "the evidence is too old to tell what is known now")
    return standing(code, detail)


def _entry(past: Past) -> str:
    assert past.event is not None
    event = past.event
    reason = f", {event.reason}" if event.reason else ""
    return (
        f"journal entry {event.position}: {event.kind}{reason}, effective {format_time(event.effective_at)}, "
        f"recorded {format_time(event.recorded_at)}"
    )


def _unknown(detail: str, made: datetime) -> Standing:
    return Standing(code=Code.STATUS_HISTORY_UNAVAILABLE, detail=detail, made=made)

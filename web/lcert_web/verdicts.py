"""A Report as a person sees it: one state with its word, shape and colour. Only ACCEPTED is ever shown as active."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lcert_verifier.report import Code, Report, Verdict

from .words import parse_moment, plain_date

__all__ = ["Shown", "VerdictView", "unknown_verdict", "verdict_view"]


class Shown(enum.Enum):
    """What can be shown: css tone, glyph of the seal's disc. The word may name a date or an edition besides."""

    ACTIVE = ("active", "tick", "Active")
    SCHEDULED = ("off", "hourglass", "Scheduled")
    SUSPENDED = ("suspended", "pause", "Suspended")
    WITHDRAWN = ("withdrawn", "cross", "Withdrawn")
    TERMINATED = ("off", "stop", "Ended at the holder’s request")
    EXPIRED = ("off", "clock", "Expired")
    REPLACED = ("off", "arrows", "Replaced")
    INVALID = ("withdrawn", "cross", "Not valid")
    UNKNOWN = ("off", "dash", "Status unknown")

    def __init__(self, tone: str, glyph: str, word: str) -> None:
        self.tone = tone
        self.glyph = glyph
        self.word = word

    @property
    def slug(self) -> str:
        return self.name.lower()


_BY_CODE: Final = {
    Code.NOT_YET_VALID: Shown.SCHEDULED,
    Code.EXPIRED: Shown.EXPIRED,
    Code.REVOKED: Shown.WITHDRAWN,
    Code.SUPERSEDED: Shown.REPLACED,
    Code.SUSPENDED: Shown.SUSPENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """The verdict block: what to show, its word, one sentence and the machine code."""

    shown: Shown
    word: str
    sentence: str
    code: str
    since: str = ""
    reason: str | None = None
    current_edition: str | None = None


def verdict_view(report: Report, record: Mapping[str, Any] | None = None) -> VerdictView:
    """What to show for a Report. The public record only refines words: it never changes accepted to or from."""
    shown = _shown(report, record or {})
    return VerdictView(
        shown=shown,
        word=_word(shown, report),
        sentence=report.sentence,
        code=report.code.value,
        since=_since(shown, record or {}),
        reason=_reason(shown, record or {}),
        current_edition=report.current_edition,
    )


def unknown_verdict(sentence: str) -> VerdictView:
    """For what could not even be judged, such as a storage that does not answer."""
    return VerdictView(
        shown=Shown.UNKNOWN, word=Shown.UNKNOWN.word, sentence=sentence, code="status_unavailable"
    )


def _shown(report: Report, record: Mapping[str, Any]) -> Shown:
    if report.verdict is Verdict.ACCEPTED:
        return Shown.ACTIVE
    if report.verdict is not Verdict.REJECTED:
        return Shown.UNKNOWN
    shown = _BY_CODE.get(report.code, Shown.INVALID)
    if shown is Shown.WITHDRAWN and record.get("state") == "terminated":
        return Shown.TERMINATED
    return shown


def _word(shown: Shown, report: Report) -> str:
    if shown is Shown.SCHEDULED and report.credential is not None:
        starts: datetime = report.credential.valid_from
        return f"Starts on {plain_date(starts)}"
    if shown is Shown.REPLACED and report.current_edition:
        edition = report.current_edition.rstrip("/").rsplit("/", 1)[-1]
        if edition.isascii() and edition.isdigit():
            return f"Replaced by edition {edition}"
    return shown.word


def _since(shown: Shown, record: Mapping[str, Any]) -> str:
    stands = {Shown.SUSPENDED: "suspended", Shown.WITHDRAWN: "withdrawn", Shown.TERMINATED: "terminated"}
    if record.get("state") != stands.get(shown) or parse_moment(record.get("since")) is None:
        return ""
    if record.get("abInitio"):
        return "from the start"
    return f"since {plain_date(record['since'])}"


def _reason(shown: Shown, record: Mapping[str, Any]) -> str | None:
    reason = record.get("reason")
    relevant = shown in (Shown.SUSPENDED, Shown.WITHDRAWN)
    return reason if relevant and isinstance(reason, str) and reason != "unspecified" else None

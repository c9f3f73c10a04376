"""A Report as a person sees it: one state with its word, shape and colour. Only ACCEPTED is ever shown as active."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from lcert_verifier.report import Code, Report, Verdict
from lcert_verifier.sentences import Facts, sentence

from .language import N_, spoken_language
from .words import parse_moment, plain_date

__all__ = ["Shown", "VerdictView", "unknown_verdict", "verdict_view"]


class Shown(enum.Enum):
    """What can be shown: css tone, glyph of the seal's disc, and messages: the word, and what it means for a reader.

    The word may name a date or an edition besides.
    """

    ACTIVE = ("active", "tick", N_("Active"), N_("Certified now. Looked up a moment ago."))
    SCHEDULED = (
        "off",
        "hourglass",
        N_("Scheduled"),
        N_("The certificate is granted, and does not count before the day it starts."),
    )
    SUSPENDED = (
        "suspended",
        "pause",
        N_("Suspended"),
        N_(
            "The holder may not call itself certified meanwhile. The certificate is reinstated when the cause "
            "is remedied, or withdrawn after 90 days."
        ),
    )
    WITHDRAWN = (
        "withdrawn",
        "cross",
        N_("Withdrawn"),
        N_("The certifier took the certificate back. Nobody may show the badge any more."),
    )
    TERMINATED = (
        "off",
        "stop",
        N_("Ended at the holder’s request"),
        N_("The holder gave the certificate up. Nobody may show the badge any more."),
    )
    EXPIRED = (
        "off",
        "clock",
        N_("Expired"),
        N_("The certificate ran out. It says nothing about the time since."),
    )
    REPLACED = (
        "off",
        "arrows",
        N_("Replaced"),
        N_("The certificate goes on in a newer edition under the same number. Only that one counts."),
    )
    INVALID = ("withdrawn", "cross", N_("Not valid"), "")
    UNKNOWN = (
        "off",
        "dash",
        N_("Status unknown"),
        N_("That is no verdict: try again in a few minutes, and do not take it as certified."),
    )

    def __init__(self, tone: str, glyph: str, word: str, meaning: str) -> None:
        self.tone = tone
        self.glyph = glyph
        self.word = word
        self.meaning = meaning

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


_ENDS: Final = frozenset({Shown.SCHEDULED, Shown.EXPIRED, Shown.WITHDRAWN})


_INVALID_WORDS: Final = {
    Code.MALFORMED: N_("Not a certificate"),
    Code.WRONG_TYPE: N_("Not a certificate"),
    Code.BAD_SIGNATURE: N_("Not genuine"),
    Code.UNKNOWN_KEY: N_("Not genuine"),
    Code.DOMAIN_MISMATCH: N_("Not for this site"),
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

    @property
    def scope_tense(self) -> str:
        """The state whose tense the scope is told in: a badge on the wrong site does not end its certificate."""
        return Shown.ACTIVE.slug if self.code == Code.DOMAIN_MISMATCH.value else self.shown.slug


def verdict_view(
    report: Report, record: Mapping[str, Any] | None = None, *, host: str | None = None
) -> VerdictView:
    """What to show for a Report, in the language of the answer. `host` is the website that was asked about.

    The public record only refines words: it never changes accepted to or from.
    """
    shown = _shown(report, record or {})
    told = _as_shown(report, shown)
    return VerdictView(
        shown=shown,
        word=_word(shown, report),
        sentence=spoken_language().sentence(told, host),
        code=report.code.value,
        since=_since(shown, record or {}),
        reason=_reason(shown, record or {}),
        current_edition=told.current_edition,
    )


def unknown_verdict(message: str) -> VerdictView:
    """For what could not even be judged, such as a storage that does not answer."""
    _ = spoken_language().gettext
    return VerdictView(
        shown=Shown.UNKNOWN, word=_(Shown.UNKNOWN.word), sentence=_(message), code="status_unavailable"
    )


def _shown(report: Report, record: Mapping[str, Any]) -> Shown:
    if report.verdict is Verdict.ACCEPTED:
        return Shown.ACTIVE
    if report.verdict is not Verdict.REJECTED:
        return Shown.UNKNOWN
    shown = _BY_CODE.get(report.code, Shown.INVALID)
    if shown not in _ENDS:
        return shown
    # Dates come before status in the verifier's answer. For people, an end that was decided comes before dates.
    return {"withdrawn": Shown.WITHDRAWN, "terminated": Shown.TERMINATED}.get(str(record.get("state")), shown)


def _as_shown(report: Report, shown: Shown) -> Report:
    """The Report as it would be were it not for the dates, when the end that was decided is what is shown."""
    if shown not in (Shown.WITHDRAWN, Shown.TERMINATED) or report.code is Code.REVOKED:
        return report
    facts = Facts(verdict=report.verdict)
    return replace(
        report,
        code=Code.REVOKED,
        sentence=sentence(Code.REVOKED, facts, report.credential),
        current_edition=None,
    )


def _word(shown: Shown, report: Report) -> str:
    _ = spoken_language().gettext
    if shown is Shown.SCHEDULED and report.credential is not None:
        starts: datetime = report.credential.valid_from
        return _("Starts on %(date)s", date=plain_date(starts))
    if shown is Shown.REPLACED and report.current_edition:
        edition = report.current_edition.rstrip("/").rsplit("/", 1)[-1]
        if edition.isascii() and edition.isdigit():
            return _("Replaced by edition %(edition)s", edition=edition)
    if shown is Shown.INVALID:
        return _(_INVALID_WORDS.get(report.code, shown.word))
    return _(shown.word)


def _since(shown: Shown, record: Mapping[str, Any]) -> str:
    stands = {Shown.SUSPENDED: "suspended", Shown.WITHDRAWN: "withdrawn", Shown.TERMINATED: "terminated"}
    if record.get("state") != stands.get(shown) or parse_moment(record.get("since")) is None:
        return ""
    _ = spoken_language().gettext
    if record.get("abInitio"):
        return _("from the start")
    return _("since %(date)s", date=plain_date(record["since"]))


def _reason(shown: Shown, record: Mapping[str, Any]) -> str | None:
    reason = record.get("reason")
    relevant = shown in (Shown.SUSPENDED, Shown.WITHDRAWN)
    return reason if relevant and isinstance(reason, str) and reason != "unspecified" else None

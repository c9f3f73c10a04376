"""What codes are called in front of people. Codes that are not here are shown as they are, never hidden.

Tables hold English messages; `spoken` gives them in the language of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from .language import N_, spoken_language

__all__ = [
    "BASES",
    "CHECKED_BY",
    "CHECKS",
    "EDITIONS",
    "EVENTS",
    "EVIDENCE",
    "KINDS",
    "LEFT_OUT",
    "LEVELS",
    "LICENSORS",
    "MEASURES",
    "MODALITIES",
    "OUTCOMES",
    "REASONS",
    "SORTS",
    "STATES",
    "UPSTREAM",
    "end_of_day",
    "parse_moment",
    "plain_date",
    "plain_time",
    "plain_versions",
    "spoken",
]

BASES: Final = {
    "explicit-license": (
        N_("Licensed by contract"),
        N_("Provided for training under a contract, by someone who holds the rights."),
    ),
    "open-license": (
        N_("Open licence"),
        N_("Published under an open licence that permits this use, and its conditions are met."),
    ),
    "public-domain": (
        N_("Public domain"),
        N_("Free of copyright everywhere, not in some countries only."),
    ),
    "owned": (
        N_("Owned"),
        N_("Made or bought outright: the holder owns all rights."),
    ),
}
LEVELS: Final = {
    "company": N_("the whole company: everything it offers that generates content"),
    "product": N_("named products"),
    "model": N_("named models"),
}
MODALITIES: Final = {
    "text": N_("text"),
    "code": N_("code"),
    "image": N_("images"),
    "video": N_("video"),
    "music": N_("music"),
    "voice": N_("voice"),
    "sfx": N_("sound effects"),
    "3d": N_("3D"),
}
KINDS: Final = {
    "model": N_("model"),
    "product": N_("product"),
    "service": N_("service"),
    "company": N_("company"),
}
STATES: Final = {
    "active": N_("Active"),
    "scheduled": N_("Scheduled"),
    "suspended": N_("Suspended"),
    "expired": N_("Expired"),
    "withdrawn": N_("Withdrawn"),
    "terminated": N_("Ended at the holder’s request"),
}
REASONS: Final = {
    "criteria-not-met": N_("the criteria were not met"),
    "unlicensed-data": N_("training data without a licence"),
    "undisclosed-change": N_("a change that was not disclosed"),
    "reevaluation-overdue": N_("the yearly re-evaluation is overdue"),
    "suspension-cap": N_("the suspension lasted 90 days without a remedy"),
    "fee-unpaid": N_("the fee was not paid"),
    "holder-request": N_("at the holder’s request"),
    "mark-misuse": N_("misuse of the mark"),
    "superseded": N_("replaced by a newer edition"),
    "corrected": N_("a correction"),
    "key-compromise": N_("the signing key was replaced"),
    "issued-in-error": N_("issued in error"),
    "appeal-upheld": N_("an appeal was upheld"),
    "remedied": N_("the cause was remedied"),
}
EVENTS: Final = {
    "issued": N_("Issued"),
    "renewed": N_("Renewed"),
    "rescoped": N_("Scope changed"),
    "corrected": N_("Corrected"),
    "rekeyed": N_("Signed again with a new key"),
    "appealed": N_("Restored on appeal"),
    "suspended": N_("Suspended"),
    "reinstated": N_("Reinstated"),
    "withdrawn": N_("Withdrawn"),
    "terminated": N_("Ended at the holder’s request"),
    "activated": N_("Became active"),
    "expired": N_("Expired"),
    "superseded": N_("Edition replaced"),
    "abandoned": N_("Issue abandoned"),
    "expiring_30": N_("Ends within 30 days"),
    "expiring_7": N_("Ends within 7 days"),
}
EDITIONS: Final = {
    "valid": N_("in force"),
    "invalid": N_("withdrawn"),
    "suspended": N_("suspended"),
    "superseded": N_("replaced"),
}
EVIDENCE: Final = {
    "submission": N_("the holder’s description of its data"),
    "training-run-records": N_("records of the data of every training run"),
    "upstream-assessment": N_("assessment of the components it is built on"),
}
CHECKED_BY: Final = {
    "dns-txt": N_("by a DNS record"),
    "dns": N_("by a DNS record"),
    "http": N_("by a file on the site"),
    "https": N_("by a file on the site"),
    "email": N_("by e-mail"),
    "manual": N_("by hand"),
}
LICENSORS: Final = {
    "record-label": N_("record labels"),
    "stock-library": N_("stock libraries"),
    "voice-actors": N_("voice actors"),
    "publisher": N_("publishers"),
    "artists": N_("artists"),
}
MEASURES: Final = {
    "hours": N_("hours"),
    "items": N_("items"),
    "works": N_("works"),
    "tokens": N_("tokens"),
    "bytes": N_("bytes"),
}
LEFT_OUT: Final = {
    "third-party-model": N_("a model of another company"),
    "withdrawn-by-holder": N_("withdrawn by the holder"),
}
UPSTREAM: Final = {
    "pretrained-component": N_("a component trained elsewhere"),
    "base-model": N_("base model"),
    "synthetic-data-generator": N_("generator of synthetic data"),
    "assessed": N_("assessed by the same rules"),
}
CHECKS: Final = {
    "form": N_("Is it well formed?"),
    "type": N_("Is it the right kind of token?"),
    "trust": N_("Could the trusted keys be had?"),
    "issuer": N_("Does it come from a trusted issuer?"),
    "key": N_("Is its key one of the issuer’s?"),
    "signature": N_("Is the signature right?"),
    "profile": N_("Does it say what a certificate must say?"),
    "validity": N_("Is it within its dates?"),
    "status": N_("Has it been suspended, withdrawn or replaced?"),
    "domain": N_("May it stand on the page’s domain?"),
}
OUTCOMES: Final = {
    "passed": N_("Passed"),
    "failed": N_("Failed"),
    "unknown": N_("Could not tell"),
    "skipped": N_("Not reached"),
}
SORTS: Final = {
    "newest": N_("Newest first"),
    "holder": N_("Holder"),
    "number": N_("Number"),
    "expires": N_("End of validity"),
}

_COMPARED: Final = {
    ">=": N_("%(version)s and later"),
    ">": N_("later than %(version)s"),
    "<=": N_("up to %(version)s"),
    "<": N_("before %(version)s"),
    "!=": N_("not %(version)s"),
    "~=": N_("%(version)s and compatible"),
}
_COMPARISON: Final = re.compile(r"(==|=|>=|>|<=|<|!=|~=)?\s*([0-9A-Za-z][0-9A-Za-z.*+_-]{0,40})")


def spoken(code: str, table: Mapping[str, str]) -> str:
    """The table's word for a code in the language of the moment; an unknown code with its dashes as spaces."""
    word = table.get(code)
    return spoken_language().gettext(word) if word is not None else code.replace("-", " ").replace("_", " ")


def plain_versions(text: object) -> str:
    """`>=3.0,<4` as `3.0 and later, before 4`; what is not such a range is shown as it is."""
    parts = [_COMPARISON.fullmatch(part.strip()) for part in str(text).split(",")]
    if not all(parts):
        return str(text)
    _ = spoken_language().gettext
    return ", ".join(
        _(_COMPARED[part[1]], version=part[2]) if part[1] in _COMPARED else part[2] for part in parts if part
    )


def parse_moment(value: object) -> datetime | None:
    """An aware UTC time from an RFC 3339 string, or midnight of a date; None for anything else."""
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def end_of_day(value: object) -> datetime | None:
    """The first instant after a date that is meant inclusively (`validThrough`); None where there is none."""
    start = parse_moment(value)
    try:
        return None if start is None else datetime.combine(start.date() + timedelta(days=1), time(), UTC)
    except OverflowError:
        return None


def plain_date(value: object) -> str:
    """`19 Nov 2027` as it is written here; a value that is no date is shown as it is, None as a dash."""
    moment = parse_moment(value)
    if moment is None:
        return "–" if value is None else str(value)
    return spoken_language().texts.short_date(moment.date())


def plain_time(value: object) -> str:
    """`19 November 2027, 09:30 UTC` as it is written here."""
    moment = parse_moment(value)
    if moment is None:
        return "–" if value is None else str(value)
    return spoken_language().texts.time(moment)

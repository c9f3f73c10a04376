"""What codes are called in front of people, in English. Codes that are not here are shown as they are, never hidden."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

__all__ = [
    "BASES",
    "CHECKED_BY",
    "CHECKS",
    "EVENTS",
    "EVIDENCE",
    "LEVELS",
    "MODALITIES",
    "OUTCOMES",
    "REASONS",
    "STATES",
    "end_of_day",
    "parse_moment",
    "plain_date",
    "plain_time",
    "plain_versions",
    "spoken",
]

BASES: Final = {
    "explicit-license": (
        "Licensed by contract",
        "provided for training under contract by a party holding the rights",
    ),
    "open-license": ("Open licence", "under an open licence that permits this use"),
    "public-domain": ("Public domain", "free of copyright everywhere"),
    "owned": ("Owned", "made or bought outright: the holder owns all rights"),
}
LEVELS: Final = {
    "company": "the whole company: everything it offers that generates content",
    "product": "named products",
    "model": "named models",
}
MODALITIES: Final = {
    "text": "text",
    "code": "code",
    "image": "images",
    "video": "video",
    "music": "music",
    "voice": "voice",
    "sfx": "sound effects",
    "3d": "3D",
}
STATES: Final = {
    "active": "Active",
    "scheduled": "Scheduled",
    "suspended": "Suspended",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "terminated": "Ended at the holder's request",
}
REASONS: Final = {
    "criteria-not-met": "the criteria were not met",
    "unlicensed-data": "training data without a licence",
    "undisclosed-change": "a change that was not disclosed",
    "reevaluation-overdue": "the yearly re-evaluation is overdue",
    "suspension-cap": "the suspension lasted 90 days without a remedy",
    "fee-unpaid": "the fee was not paid",
    "holder-request": "at the holder's request",
    "mark-misuse": "misuse of the mark",
    "superseded": "replaced by a newer edition",
    "corrected": "a correction",
    "key-compromise": "the signing key was replaced",
    "issued-in-error": "issued in error",
    "appeal-upheld": "an appeal was upheld",
    "remedied": "the cause was remedied",
}
EVENTS: Final = {
    "issued": "Issued",
    "renewed": "Renewed",
    "rescoped": "Scope changed",
    "corrected": "Corrected",
    "rekeyed": "Signed again with a new key",
    "appealed": "Restored on appeal",
    "suspended": "Suspended",
    "reinstated": "Reinstated",
    "withdrawn": "Withdrawn",
    "terminated": "Ended at the holder's request",
    "activated": "Became active",
    "expired": "Expired",
    "superseded": "Edition replaced",
    "abandoned": "Issue abandoned",
}
EVIDENCE: Final = {
    "submission": "Submission",
    "training-run-records": "Records of the data of every training run",
}
CHECKED_BY: Final = {
    "dns-txt": "by a DNS record",
    "dns": "by a DNS record",
    "http": "by a file on the site",
    "https": "by a file on the site",
    "email": "by e-mail",
    "manual": "by hand",
}
CHECKS: Final = {
    "form": "Is it well formed?",
    "type": "Is it the right kind of token?",
    "trust": "Could the trusted keys be had?",
    "issuer": "Does it come from a trusted issuer?",
    "key": "Is its key one of the issuer's?",
    "signature": "Is the signature right?",
    "profile": "Does it say what a certificate must say?",
    "validity": "Is it within its dates?",
    "status": "Has it been suspended, withdrawn or replaced?",
    "domain": "May it stand on the page's domain?",
}
OUTCOMES: Final = {
    "passed": "Passed",
    "failed": "Failed",
    "unknown": "Could not tell",
    "skipped": "Not reached",
}

_COMPARED: Final = {
    "==": "{}",
    "=": "{}",
    ">=": "{} and later",
    ">": "later than {}",
    "<=": "up to {}",
    "<": "before {}",
    "!=": "not {}",
    "~=": "{} and compatible",
}
_COMPARISON: Final = re.compile(r"(==|=|>=|>|<=|<|!=|~=)?\s*([0-9A-Za-z][0-9A-Za-z.*+_-]{0,40})")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken(code: str, table: dict[str, str]) -> str:
    """The table's word for a code; an unknown code with its dashes as spaces."""
    return table.get(code) or code.replace("-", " ").replace("_", " ")


def plain_versions(text: object) -> str:
    """`>=3.0,<4` as `3.0 and later, before 4`; what is not such a range is shown as it is."""
    parts = [_COMPARISON.fullmatch(part.strip()) for part in str(text).split(",")]
    if not all(parts):
        return str(text)
    return ", ".join(_COMPARED[part[1] or "=="].format(part[2]) for part in parts if part)


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
    """`19 Nov 2027`; a value that is no date is shown as it is, None as a dash."""
    moment = parse_moment(value)
    if moment is None:
        return "–" if value is None else str(value)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def plain_time(value: object) -> str:
    """`19 Nov 2027, 09:30 UTC`."""
    moment = parse_moment(value)
    if moment is None:
        return "–" if value is None else str(value)
    return f"{plain_date(moment)}, {moment:%H:%M} UTC"

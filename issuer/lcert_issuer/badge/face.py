"""What a badge says, before anybody draws it: the state, what is covered, since or until when, for whom."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lcert_verifier.report import Code, Report, Verdict

from .text import clean, isolate

__all__ = ["BadgeState", "Face", "alt_text", "day", "face_of", "meaning", "state_word"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 300


class BadgeState(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The facts on one badge. Texts are already free of control and direction characters."""

    state: BadgeState
    number: str
    edition: int = 1
    holder: str = ""
    covered: str = ""
    level: str = ""
    domain: str = ""
    more_domains: int = 0
    since: date | None = None
    valid_from: date | None = None
    valid_through: date | None = None
    ab_initio: bool = False
    current_edition: int | None = None


def face_of(record: Mapping[str, Any], report: Report | None, now: datetime) -> Face:
    """The face for a public record and the verifier's Report on the token it belongs to.

    Words come from the record, the state from the Report alone. A Report about another certificate or
    edition, of an uncertain verdict, or none at all gives UNKNOWN. `now` (aware) dates a Face that has
    no better date. Never raises on a record with missing or odd members: what cannot be read is left out.
    """
    certificate = _mapping(record.get("certificate"))
    holder, scope = _mapping(record.get("holder")), _mapping(record.get("scope"))
    domains = [_text(_mapping(item).get("name")) for item in _sequence(holder.get("domains"))]
    state = _state(record, report)
    edition = _integer(certificate.get("edition")) or _integer(record.get("currentEdition")) or 1
    return Face(
        state=state,
        number=_text(record.get("number") or certificate.get("number")),
        edition=edition,
        holder=_text(holder.get("legalName")),
        covered=_covered(scope),
        level=_text(scope.get("level")),
        domain=domains[0] if domains else "",
        more_domains=max(0, len(domains) - 1),
        since=_date(record.get("since"))
        or (now.astimezone(UTC).date() if state is BadgeState.UNKNOWN else None),
        valid_from=_date(certificate.get("validFrom")),
        valid_through=_date(certificate.get("validThrough")),
        ab_initio=record.get("abInitio") is True,
        current_edition=_integer(record.get("currentEdition")),
    )


def _state(record: Mapping[str, Any], report: Report | None) -> BadgeState:
    if report is None or report.verdict is Verdict.INDETERMINATE or not _same(record, report):
        return BadgeState.UNKNOWN
    if report.verdict is Verdict.ACCEPTED:
        return BadgeState.ACTIVE
    match report.code:
        case Code.SUSPENDED:
            return BadgeState.SUSPENDED
        case Code.REVOKED:
            return BadgeState.TERMINATED if record.get("state") == "terminated" else BadgeState.WITHDRAWN
        case Code.EXPIRED:
            return BadgeState.EXPIRED
        case Code.NOT_YET_VALID:
            return BadgeState.SCHEDULED
        case Code.SUPERSEDED:
            return BadgeState.SUPERSEDED
        case _:
            return BadgeState.UNKNOWN


def _same(record: Mapping[str, Any], report: Report) -> bool:
    """Whether the Report speaks of this record's certificate; a Report without a credential names none."""
    return report.credential is None or report.credential.number == record.get("number")


def state_word(face: Face) -> str:
    """The state in a word or two, in capitals."""
    match face.state:
        case BadgeState.ACTIVE:
            return "L CERTIFIED"
        case BadgeState.SCHEDULED:
            return f"STARTS ON {day(face.valid_from).upper()}" if face.valid_from else "NOT STARTED"
        case BadgeState.TERMINATED:
            return "ENDED"
        case BadgeState.SUPERSEDED:
            return "REPLACED"
        case BadgeState.UNKNOWN:
            return "STATUS UNKNOWN"
        case _:
            return face.state.value.upper()


def meaning(face: Face) -> str:
    """One short line on what the state means, with its date where there is one."""
    since, through = day(face.since), day(face.valid_through)
    match face.state:
        case BadgeState.ACTIVE:
            return f"Licensed training data, to {through}" if through else "Licensed training data"
        case BadgeState.SUSPENDED:
            return f"Not valid now, since {since}" if since else "Not valid now"
        case BadgeState.WITHDRAWN:
            if face.ab_initio:
                return "Not valid, from the very start"
            return f"Not valid, since {since}" if since else "Not valid"
        case BadgeState.TERMINATED:
            return f"At the holder’s request, {since}" if since else "At the holder’s request"
        case BadgeState.EXPIRED:
            return f"Was valid to {through}" if through else "No longer valid"
        case BadgeState.SCHEDULED:
            return "Not valid before that day"
        case BadgeState.SUPERSEDED:
            newer = face.current_edition
            return f"See edition {newer}" if newer and newer > face.edition else "See the newer edition"
        case BadgeState.UNKNOWN:
            return "Could not be confirmed just now"


def alt_text(face: Face) -> str:
    """The whole badge in words, for `alt` and screen readers. Plain text: escape it for the format at hand."""
    word = {
        BadgeState.ACTIVE: "L Certified",
        BadgeState.SCHEDULED: "L Certification, not started",
        BadgeState.TERMINATED: "L Certification, ended",
        BadgeState.SUPERSEDED: "L Certification, replaced",
        BadgeState.UNKNOWN: "L Certification, status unknown",
    }.get(face.state, f"L Certification, {face.state.value}")
    subject = isolate(face.covered) if face.covered else ""
    if face.holder and face.holder != face.covered:
        subject = f"{subject} by {isolate(face.holder)}" if subject else isolate(face.holder)
    head = f"{word}: {subject}." if subject else f"{word}."
    line = meaning(face)
    if face.state is BadgeState.SCHEDULED and face.valid_from:
        line = f"Starts on {day(face.valid_from)}"
    tail = f"Certificate {face.number}"
    if face.domain:
        tail += f", licensed for {face.domain}" + (
            f" and {face.more_domains} more" if face.more_domains else ""
        )
    return f"{head} {line}. {tail}."


def day(value: date | None) -> str:
    """`19 Nov 2027`, in English whatever the locale; empty for None."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if value else ""


def _covered(scope: Mapping[str, Any]) -> str:
    """The first covered item's name, its version when it has just one, and how many more there are."""
    items = [_mapping(item) for item in _sequence(scope.get("covered"))]
    name = _text(items[0].get("name")) if items else ""
    if not name:
        return _text(scope.get("statement"))
    versions = [_text(version) for version in _sequence(items[0].get("versions"))]
    if len(versions) == 1 and versions[0] and versions[0] not in name:
        name = f"{name} {versions[0]}"
    return f"{name} + {len(items) - 1} more" if len(items) > 1 else name


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _text(value: object) -> str:
    return clean(value)[:_LONGEST] if isinstance(value, str) else ""


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None

"""What a badge says, before anybody draws it: the state, what is covered, since or until when, for whom."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from lcert_verifier.report import Code, Report, Verdict

from ..language import N_, Texts, texts
from .cleaning import clean

__all__ = [
    "BadgeState",
    "Face",
    "alt_text",
    "badge_state",
    "cleaned",
    "covered_text",
    "face_of",
    "meaning",
    "state_phrase",
    "state_word",
]

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


_STATES = {
    BadgeState.ACTIVE: N_("L Certified"),
    BadgeState.SUSPENDED: N_("Suspended"),
    BadgeState.WITHDRAWN: N_("Withdrawn"),
    BadgeState.TERMINATED: N_("Ended"),
    BadgeState.EXPIRED: N_("Expired"),
    BadgeState.SCHEDULED: N_("Not started"),
    BadgeState.SUPERSEDED: N_("Replaced"),
    BadgeState.UNKNOWN: N_("Status unknown"),
}
_ALTS = {
    BadgeState.ACTIVE: N_("L Certified"),
    BadgeState.SUSPENDED: N_("L Certification, suspended"),
    BadgeState.WITHDRAWN: N_("L Certification, withdrawn"),
    BadgeState.TERMINATED: N_("L Certification, ended"),
    BadgeState.EXPIRED: N_("L Certification, expired"),
    BadgeState.SCHEDULED: N_("L Certification, not started"),
    BadgeState.SUPERSEDED: N_("L Certification, replaced"),
    BadgeState.UNKNOWN: N_("L Certification, status unknown"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The facts on one badge. Texts are already free of control and direction characters."""

    state: BadgeState
    number: str
    edition: int = 1
    holder: str = ""
    covered: str = ""
    more: int = 0
    """How many more things are covered than the one that `covered` names."""
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

    Words come from the record, the state from the Report; of what is not valid the record tells whether a decision
    ended it. A Report about another certificate, of an uncertain verdict, or none at all gives UNKNOWN. `now` (aware)
    dates a Face that has no better date. Never raises on a record with missing or odd members: what cannot be read is
    left out.
    """
    certificate = _mapping(record.get("certificate"))
    holder, scope = _mapping(record.get("holder")), _mapping(record.get("scope"))
    domains = [_text(_mapping(item).get("name")) for item in _sequence(holder.get("domains"))]
    state = badge_state(record, report)
    covered, more = _first_covered(scope)
    edition = _integer(certificate.get("edition")) or _integer(record.get("currentEdition")) or 1
    return Face(
        state=state,
        number=_text(record.get("number") or certificate.get("number")),
        edition=edition,
        holder=_text(holder.get("legalName")),
        covered=covered,
        more=more,
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


@lru_cache(maxsize=1024)
def cleaned(face: Face) -> Face:
    """The face with texts fit to be shown, for one that was not made by `face_of`."""
    return replace(
        face,
        number=clean(face.number),
        holder=clean(face.holder),
        covered=clean(face.covered),
        level=clean(face.level),
        domain=clean(face.domain),
    )


def badge_state(record: Mapping[str, Any], report: Report | None) -> BadgeState:
    """The state that the Report on a token gives the badge of its record; see `face_of`."""
    if report is None or report.verdict is Verdict.INDETERMINATE or not _same(record, report):
        return BadgeState.UNKNOWN
    if report.verdict is Verdict.ACCEPTED:
        return BadgeState.ACTIVE
    match report.code:
        case Code.SUSPENDED:
            return BadgeState.SUSPENDED
        case Code.REVOKED:
            return _ended(record, BadgeState.WITHDRAWN)
        case Code.EXPIRED:
            return _ended(record, BadgeState.EXPIRED)
        case Code.NOT_YET_VALID:
            return _ended(record, BadgeState.SCHEDULED)
        case Code.SUPERSEDED:
            return BadgeState.SUPERSEDED
        case _:
            return BadgeState.UNKNOWN


def _ended(record: Mapping[str, Any], else_: BadgeState) -> BadgeState:
    """How a decision ended the certificate: to people that says more than the dates, which a Report puts first."""
    ends = {"withdrawn": BadgeState.WITHDRAWN, "terminated": BadgeState.TERMINATED}
    return ends.get(str(record.get("state")), else_)


def _same(record: Mapping[str, Any], report: Report) -> bool:
    """Whether the Report speaks of this record's certificate; a Report without a credential names none."""
    return report.credential is None or report.credential.number == record.get("number")


def state_phrase(face: Face, lang: str = "en") -> str:
    """The state in a word or two, in the case of a sentence."""
    words = texts(lang)
    if face.state is BadgeState.SCHEDULED and face.valid_from:
        return words.gettext("Starts on %(date)s", date=words.short_date(face.valid_from))
    return words.gettext(_STATES[face.state])


def state_word(face: Face, lang: str = "en") -> str:
    """The state in a word or two, in capitals where the script has them."""
    return state_phrase(face, lang).upper()


def covered_text(face: Face, lang: str = "en") -> str:
    """What is covered: the first name, and how many more there are."""
    if not face.more or not face.covered:
        return face.covered
    words = texts(lang)
    return words.ngettext(
        "%(name)s + %(count)s more",
        "%(name)s + %(count)s more",
        face.more,
        name=words.isolate(face.covered),
    )


def meaning(face: Face, lang: str = "en") -> str:
    """One short line on what the state means, with its date where there is one."""
    words = texts(lang)
    _ = words.gettext
    since = words.short_date(face.since) if face.since else ""
    through = words.short_date(face.valid_through) if face.valid_through else ""
    match face.state:
        case BadgeState.ACTIVE if through:
            return _("Licensed training data, to %(date)s", date=through)
        case BadgeState.ACTIVE:
            return _("Licensed training data")
        case BadgeState.SUSPENDED if since:
            return _("Not valid now, since %(date)s", date=since)
        case BadgeState.SUSPENDED:
            return _("Not valid now")
        case BadgeState.WITHDRAWN if face.ab_initio:
            return _("Not valid, from the very start")
        case BadgeState.WITHDRAWN if since:
            return _("Not valid, since %(date)s", date=since)
        case BadgeState.WITHDRAWN:
            return _("Not valid")
        case BadgeState.TERMINATED if since:
            return _("At the holder’s request, %(date)s", date=since)
        case BadgeState.TERMINATED:
            return _("At the holder’s request")
        case BadgeState.EXPIRED if through:
            return _("Was valid to %(date)s", date=through)
        case BadgeState.EXPIRED:
            return _("No longer valid")
        case BadgeState.SCHEDULED:
            return _("Not valid before that day")
        case BadgeState.SUPERSEDED if face.current_edition and face.current_edition > face.edition:
            return _("See edition %(edition)s", edition=face.current_edition)
        case BadgeState.SUPERSEDED:
            return _("See the newer edition")
        case BadgeState.UNKNOWN:
            return _("Could not be confirmed just now")


def alt_text(face: Face, lang: str = "en") -> str:
    """The whole badge in words, for `alt` and screen readers. Plain text: escape it for the format at hand."""
    words = texts(lang)
    _ = words.gettext
    state = _(_ALTS[face.state])
    holder = words.isolate(face.holder)
    covered = covered_text(face, lang) if face.more else words.isolate(face.covered)
    if face.covered and face.holder and face.holder != face.covered:
        head = _("%(state)s: %(what)s by %(holder)s.", state=state, what=covered, holder=holder)
    elif face.covered or face.holder:
        head = _("%(state)s: %(what)s.", state=state, what=covered if face.covered else holder)
    else:
        head = _("%(state)s.", state=state)
    line = meaning(face, lang)
    if face.state is BadgeState.SCHEDULED and face.valid_from:
        line = state_phrase(face, lang)
    parts = (head, _("%(sentence)s.", sentence=line), _licence(face, words))
    return " ".join(parts)


def _licence(face: Face, words: Texts) -> str:
    number, domain = words.isolate(face.number), words.isolate(face.domain)
    if not face.domain:
        return words.gettext("Certificate %(number)s.", number=number)
    if not face.more_domains:
        return words.gettext("Certificate %(number)s, licensed for %(domain)s.", number=number, domain=domain)
    return words.ngettext(
        "Certificate %(number)s, licensed for %(domain)s and %(count)s more.",
        "Certificate %(number)s, licensed for %(domain)s and %(count)s more.",
        face.more_domains,
        number=number,
        domain=domain,
    )


def _first_covered(scope: Mapping[str, Any]) -> tuple[str, int]:
    """The first covered item's name with its version when it has just one, and how many more items there are."""
    items = [_mapping(item) for item in _sequence(scope.get("covered"))]
    name = _text(items[0].get("name")) if items else ""
    if not name:
        return _text(scope.get("statement")), 0
    versions = [_text(version) for version in _sequence(items[0].get("versions"))]
    if len(versions) == 1 and versions[0] and versions[0] not in name:
        name = f"{name} {versions[0]}"
    return name, len(items) - 1


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

"""One plain sentence for every answer, for the person who scanned a badge.

Names and dates come from the credential, which is only there once its signature verified. What could not be found
out is said to be unknown, and never sounds like a withdrawal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from .credential import Credential
from .report import Code, Verdict

__all__ = ["Facts", "plain_date", "sentence"]

_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a sentence may speak of besides the credential."""

    verdict: Verdict
    asked: datetime | None = None
    """The instant asked about, when the caller named one."""
    known: datetime | None = None
    """The instant whose knowledge was asked for, when the caller named one."""
    past: bool = False
    """Whether the journal's history gave the answer: then it is of `asked`, not of the newest list."""
    issuer: str | None = None
    day: datetime | None = None
    """When the key was compromised, or of when the status is."""
    current: str | None = None
    host: str | None = None


def plain_date(value: date) -> str:
    """`19 November 2027`."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def plain_time(value: datetime) -> str:
    return f"{plain_date(value)}, {value:%H:%M} UTC"


def sentence(code: Code, facts: Facts, credential: Credential | None = None) -> str:
    """The sentence for `code`."""
    return _about(code, facts, credential) if credential is not None else _general(code, facts)


def _general(code: Code, facts: Facts) -> str:
    issuer = facts.issuer or "the certifier"
    if code is Code.UNKNOWN_KEY and facts.verdict is Verdict.INDETERMINATE:
        return (
            f"Unknown: this is signed with a key that is not among the keys of {issuer} at hand, "
            "which may be out of date."
        )
    if code is Code.KEY_COMPROMISED:
        when = f" on {plain_date(facts.day)}" if facts.day else ""
        return f"Not valid: the key that signed this was declared compromised{when}."
    return {
        Code.MALFORMED: "Not valid: this is not an L Certification, or it was damaged.",
        Code.WRONG_TYPE: "Not valid: this is another kind of document, not an L Certification.",
        Code.TRUST_UNAVAILABLE: (
            "Unknown: the certifier's keys could not be checked, so nothing can be said about this certificate."
        ),
        Code.UNTRUSTED_ISSUER: "Not valid: this does not come from a certifier that is trusted here.",
        Code.UNKNOWN_KEY: f"Not valid: this is not signed with a key of {issuer}.",
        Code.BAD_SIGNATURE: "Not valid: the signature is wrong, so this was forged or changed.",
        Code.PROFILE_VIOLATION: (
            f"Not valid: this is signed by {issuer}, but it is not a proper L Certification."
        ),
        Code.STATUS_HISTORY_UNAVAILABLE: (
            "Unknown: the key that signed this was declared compromised later, and there is no proof at hand that "
            "this was recorded before."
        ),
    }.get(code, "Unknown: this could not be checked.")


def _when(facts: Facts) -> str:
    """` on 10 March 2026, as known then`, or less."""
    on = f" on {plain_date(facts.asked)}" if facts.asked else ""
    if facts.known is None:
        return on
    same = facts.asked is not None and facts.asked.date() == facts.known.date()
    return f"{on}, as known {'then' if same else f'on {plain_date(facts.known)}'}"


def _past(code: Code, on: str, credential: Credential, grant: str) -> str:
    edition = f"edition {credential.edition} of {grant}"
    return (
        f"Not valid{on}: "
        + {
            Code.NOT_YET_VALID: f"{edition} had not taken effect.",
            Code.REVOKED: f"{grant} was withdrawn or ended.",
            Code.SUPERSEDED: f"{edition} had been replaced.",
            Code.SUSPENDED: f"{grant} was suspended.",
        }[code]
    )


def _about(code: Code, facts: Facts, credential: Credential) -> str:
    holder, scope = credential.holder_name, credential.statement
    grant = f"the certificate of {holder} for {scope}"
    first, last = (
        plain_date(credential.valid_from),
        plain_date(credential.valid_until),
    )
    on = _when(facts)
    newer = f" The current edition is {facts.current}." if facts.current else ""
    stamp = f" (as of {plain_time(facts.day)})" if facts.day else ""
    if facts.past and code in (Code.NOT_YET_VALID, Code.REVOKED, Code.SUPERSEDED, Code.SUSPENDED):
        return _past(code, on, credential, grant)
    if code is Code.VALID:
        was = "was" if facts.asked else "is"
        return f"Valid{on}: {holder} {was} certified for {scope} until {last}."
    if code is Code.NOT_YET_VALID:
        return f"Not valid yet: {grant} starts on {first}."
    if code is Code.EXPIRED:
        return f"Not valid any more: {grant} expired after {last}.{newer}"
    if code is Code.REVOKED:
        return f"Not valid: {grant} was withdrawn or ended{stamp}."
    if code is Code.SUPERSEDED:
        return f"Not valid any more: edition {credential.edition} of {grant} was replaced.{newer}"
    if code is Code.SUSPENDED:
        return f"Not valid now: {grant} is suspended{stamp}."
    if code is Code.STATUS_INVALID:
        return f"Not valid: {grant} does not fit the certifier's status list."
    if code is Code.STATUS_STALE:
        latest = f"the latest known is of {plain_time(facts.day)}" if facts.day else "nothing recent is known"
        return f"Unknown: {grant} is genuine, but its status{on} is not known; {latest}."
    if code is Code.STATUS_HISTORY_UNAVAILABLE:
        return f"Unknown: {grant} is genuine, but its status{on} cannot be told from what is at hand."
    if code is Code.DOMAIN_MISMATCH:
        where = facts.host or "the place given"
        return (
            f"Not valid here: the badge of {holder} for {scope} is licensed for "
            f"{', '.join(credential.domain_names)}, not for {where}."
        )
    return f"Unknown: {grant} is genuine and runs until {last}, but its present status could not be checked."

"""The answer of a verification: a verdict of three, a stable code, one plain sentence and every check behind it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import NotAccepted
from .slots import setters

if TYPE_CHECKING:
    from .credential import Credential
    from .sentences import Facts

__all__ = ["CHECKS", "AsOf", "Check", "Code", "Outcome", "Report", "Verdict", "format_time"]


class Verdict(enum.StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INDETERMINATE = "indeterminate"

    def __bool__(self) -> NoReturn:
        """Three answers have no truth value; compare with `is`."""
        raise TypeError("a Verdict is not a bool: compare it, e.g. `report.verdict is Verdict.ACCEPTED`")


class Outcome(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Code(enum.StrEnum):
    """Stable machine codes, in the order in which the checks that give them run."""

    VALID = "valid"
    MALFORMED = "malformed"
    WRONG_TYPE = "wrong_type"
    TRUST_UNAVAILABLE = "trust_unavailable"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    UNKNOWN_KEY = "unknown_key"
    KEY_COMPROMISED = "key_compromised"
    BAD_SIGNATURE = "bad_signature"
    PROFILE_VIOLATION = "profile_violation"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    STATUS_UNAVAILABLE = "status_unavailable"
    STATUS_INVALID = "status_invalid"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    STATUS_STALE = "status_stale"
    STATUS_HISTORY_UNAVAILABLE = "status_history_unavailable"
    DOMAIN_MISMATCH = "domain_mismatch"


CHECKS = ("form", "type", "trust", "issuer", "key", "signature", "profile", "validity", "status", "domain")
"""Names of the checks of every Report, in order. Those after the first failure are `skipped`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    outcome: Outcome
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "outcome": self.outcome.value, "detail": self.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """When the evidence was made (aware UTC), None where it was not consulted or is undated."""

    keys: datetime | None = None
    status: datetime | None = None
    journal: datetime | None = None

    def to_json(self) -> dict[str, str | None]:
        return {name: format_time(getattr(self, name)) for name in ("keys", "status", "journal")}


def format_time(value: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`, to the second; None stays None."""
    return None if value is None else value.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification found. `credential` is None unless the signature verified."""

    verdict: Verdict
    code: Code
    sentence: str
    checks: tuple[Check, ...]
    credential: Credential | None = None
    as_of: AsOf = field(default_factory=AsOf)
    at: datetime | None = None
    known_at: datetime | None = None
    """The instant whose knowledge was asked for; None means that of the evidence."""
    current_edition: str | None = None
    """URL of the edition now in force, when the answer is `superseded` or `expired` and the evidence names it."""
    _facts: Facts | None = field(default=None, init=False, repr=False, compare=False)
    """What the sentence will be made of when somebody reads it."""

    @classmethod
    def accepted(
        cls,
        checks: tuple[Check, ...],
        credential: Credential,
        as_of: AsOf,
        at: datetime,
        known_at: datetime | None,
        facts: Facts,
    ) -> Report:
        """The Report on a valid credential; its sentence is put into words when it is read."""
        made = object.__new__(cls)
        _SET_VERDICT(made, Verdict.ACCEPTED)
        _SET_CODE(made, Code.VALID)
        _SET_CHECKS(made, checks)
        _SET_CREDENTIAL(made, credential)
        _SET_AS_OF(made, as_of)
        _SET_AT(made, at)
        _SET_KNOWN_AT(made, known_at)
        _SET_CURRENT_EDITION(made, None)
        _SET_FACTS(made, facts)
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Makes the sentence, if that is what is missing: an attribute that is there never comes here."""
            if name != "sentence":
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            from .sentences import sentence

            words = sentence(self.code, self._facts, self.credential)
            _SET_SENTENCE(self, words)
            return words

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Report is not a bool: look at `report.verdict`, or call `report.require_accepted()`"
        )

    def require_accepted(self) -> Credential:
        """The credential, or raises NotAccepted with the sentence as its message."""
        if self.verdict is not Verdict.ACCEPTED or self.credential is None:
            raise NotAccepted(self, f"{self.code.value}: {self.sentence}")
        return self.credential

    def to_json(self) -> dict[str, Any]:
        """The Report as JSON; besides what its readers rely on, `at`, `known_at` and `current_edition`."""
        body: Mapping[str, Any] | None = self.credential.to_json() if self.credential else None
        return {
            "verdict": self.verdict.value,
            "code": self.code.value,
            "sentence": self.sentence,
            "checks": [check.to_json() for check in self.checks],
            "credential": body,
            "as_of": self.as_of.to_json(),
            "at": format_time(self.at),
            "known_at": format_time(self.known_at),
            "current_edition": self.current_edition,
        }


(
    _SET_VERDICT,
    _SET_CODE,
    _SET_SENTENCE,
    _SET_CHECKS,
    _SET_CREDENTIAL,
    _SET_AS_OF,
    _SET_AT,
    _SET_KNOWN_AT,
    _SET_CURRENT_EDITION,
    _SET_FACTS,
) = setters(
    Report,
    "verdict",
    "code",
    "sentence",
    "checks",
    "credential",
    "as_of",
    "at",
    "known_at",
    "current_edition",
    "_facts",
)

"""What a project needs to be certified, as `lcert.toml` says, and whether it is: for continuous integration.

trust = ["l-certification.zip"]        # bundle files or origins; --trust and LCERT_TRUST come before it

[[require]]
hf = "quillwater/compose-3"            # and any of: number, holder, domain, lei, registration, sha256, url
covers = "Quillwater Compose"
version = "3.1"
bases = ["explicit-license", "owned"]  # optional: no others
warn_days = 30                         # optional: warn when fewer are left
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .entries import Covers, Found
from .errors import ClaimError, Malformed
from .fields import Fields
from .lookup import Lookup
from .proof import ISSUING_KINDS
from .report import Report, Verdict
from .vocabulary import BASIS_CODES, KeyState

__all__ = ["Answer", "Requirement", "Requirements", "check_requirement", "parse_requirements"]

_FINDERS: Final = ("number", "holder", "domain", "lei", "registration", "hf", "sha256", "url", "covers")
_OTHERS: Final = ("title", "revision", "version", "bases", "warn_days")
_MOST: Final = 1_000

Judge = Callable[[Found], Report | None]
"""The Report on the token of a certificate, None when it cannot be read here: then the bundle's record answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that must be certified."""

    title: str
    wanted: Mapping[str, Any]
    """Arguments of `Lookup.find`."""
    bases: frozenset[str] = frozenset()
    """Grounds that are allowed; empty for any."""
    warn_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    trust: tuple[str, ...]
    require: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether a requirement is met, and by which certificate."""

    requirement: Requirement
    verdict: Verdict
    detail: str
    found: Found | None = None
    warning: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "requirement": self.requirement.title,
            "verdict": self.verdict.value,
            "detail": self.detail,
            "certificate": self.found.number if self.found else None,
            "valid_through": self.found.valid_through.isoformat() if self.found else None,
            "warning": self.warning,
        }


def parse_requirements(data: bytes) -> Requirements:
    """The requirements in a TOML file; Malformed with the path of what is wrong."""
    try:
        value = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"is not TOML: {error}") from None
    fields = Fields(value, strict=True)
    fields.only(("trust", "require"))
    trust = fields.items("trust", most=20) if "trust" in fields else ()
    if not all(isinstance(item, str) for item in trust):
        raise ClaimError("trust", "must be a list of bundle files and origins")
    items = fields.objects("require", least=1, most=_MOST)
    return Requirements(trust=tuple(trust), require=tuple(_requirement(item) for item in items))


def _requirement(fields: Fields) -> Requirement:
    fields.only((*_FINDERS, *_OTHERS))
    wanted: dict[str, Any] = {name: fields.text(name, 2_048) for name in _FINDERS if name in fields}
    if not wanted:
        fields.refuse(f"must say which certificate, by one of {', '.join(_FINDERS)}")
    for first, second in (("hf", "revision"), ("covers", "version")):
        if second in fields:
            if first not in wanted:
                fields.fail(second, f"needs {first}")
            wanted[first] = (wanted.get(first), fields.text(second))
    named = wanted.get("covers") or wanted.get("hf") or next(iter(wanted.values()))
    title = " ".join(named) if isinstance(named, tuple) else str(named)
    return Requirement(
        title=fields.text("title") if "title" in fields else title,
        wanted=wanted,
        bases=frozenset(fields.words("bases", BASIS_CODES)) if "bases" in fields else frozenset(),
        warn_days=fields.integer("warn_days", 0, 366) if "warn_days" in fields else 30,
    )


def check_requirement(
    requirement: Requirement, lookups: Sequence[Lookup], judge: Judge, *, now: datetime
) -> Answer:
    """The best answer that a certificate gives: met by one is met."""
    found = [(entry, lookup) for lookup in lookups for entry in lookup.find(**requirement.wanted)]
    if not found:
        return Answer(
            requirement=requirement, verdict=Verdict.REJECTED, detail="no certificate is known for this"
        )
    answers = [_answer(requirement, entry, lookup, judge, now) for entry, lookup in found]
    order = (Verdict.ACCEPTED, Verdict.INDETERMINATE, Verdict.REJECTED)
    return min(answers, key=lambda answer: order.index(answer.verdict))


def _stands_on_compromised(found: Found, lookup: Lookup) -> bool:
    """Whether the edition in force is signed with a key that fell, and was not recorded before that.

    No verifier sees its token here, so its record tells: the bundle vouches for it.
    """
    kids = [str(e.get("kid")) for e in found.record["editions"] if e.get("edition") == found.edition]
    key = lookup.trust.find(kids[0]) if lookup.trust is not None and kids else None
    if key is None or key.state is not KeyState.COMPROMISED:
        return False
    history = found.record.get("history") or ()
    places = [
        event["position"]
        for event in history
        if event.get("kind") in ISSUING_KINDS and event.get("edition") == found.edition
    ]
    return key.since is None or not places or places[0] >= key.since


def _answer(requirement: Requirement, found: Found, lookup: Lookup, judge: Judge, now: datetime) -> Answer:
    def answer(verdict: Verdict, detail: str, warning: str | None = None) -> Answer:
        return Answer(requirement=requirement, verdict=verdict, detail=detail, found=found, warning=warning)

    if found.coverage is not None and found.coverage.answer is not Covers.YES:
        undecided = found.coverage.answer is Covers.UNKNOWN
        return answer(Verdict.INDETERMINATE if undecided else Verdict.REJECTED, found.coverage.detail)
    if requirement.bases and not found.is_current:
        return answer(Verdict.INDETERMINATE, f"what edition {found.edition} says is not at hand")
    others = {basis.basis for basis in found.data_basis} - requirement.bases if requirement.bases else set()
    if others:
        return answer(Verdict.REJECTED, f"its data stands on {', '.join(sorted(others))} too")
    report = judge(found)
    if report is not None and report.verdict is not Verdict.ACCEPTED:
        return answer(report.verdict, report.sentence)
    if report is not None and report.credential is not None and report.credential.edition != found.edition:
        newer = f"edition {report.credential.edition} is in force, and what it says is not in the bundle yet"
        return answer(Verdict.INDETERMINATE, newer)
    if report is None and _stands_on_compromised(found, lookup):
        return answer(Verdict.REJECTED, "the key that signed it was declared compromised")
    if found.state != "active":
        reason = f", {found.reason}" if found.reason else ""
        return answer(Verdict.REJECTED, f"the certificate is {found.state}{reason}")
    left = (found.valid_through - now.date()).days
    warning = f"it ends in {left} days" if left <= requirement.warn_days else None
    covered = found.coverage.detail if found.coverage else found.scope.statement
    return answer(Verdict.ACCEPTED, f"{covered}, through {found.valid_through.isoformat()}", warning)

"""A certificate as a public record tells it, at an instant: state by dates, edition in force, what is covered."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from .errors import Malformed
from .fields import Fields
from .parts import DataBasis, Decision, Evidence, Holder, Scope
from .reading import parse_data_basis, parse_decision, parse_evidence, parse_holder, parse_scope
from .report import format_time
from .versions import in_range

__all__ = ["Coverage", "Covers", "Found", "coverage", "fold", "in_force", "read_entry"]

_ENDED: Final = ("withdrawn", "terminated")


class Covers(enum.StrEnum):
    """Whether a scope includes a name and version."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """The scope's version range, or the version asked for, cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a scope says of one name and version."""

    answer: Covers
    detail: str
    """The covered item and its range, or why it is not covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One certificate as published, or as it stood at the instant asked for. A verdict comes from the `Verifier`."""

    number: str
    url: str
    state: str
    since: str | None
    """When it was suspended, withdrawn or terminated."""
    reason: str | None
    edition: int
    """The edition in force."""
    token_url: str | None
    """Of the edition in force, canonical."""
    status: tuple[int, int] | None
    """Number of the edition's status list, and its index there."""
    valid_from: date
    valid_through: date
    holder: Holder
    scope: Scope
    data_basis: tuple[DataBasis, ...]
    evidence: tuple[Evidence, ...]
    decision: Decision
    criteria: str | None
    assessed_on: str | None
    is_current: bool
    """False when what `edition` says is not at hand, and holder, scope and the rest are those of another one."""
    record: Mapping[str, Any]
    coverage: Coverage | None = None
    """The answer to `covers`, when that was asked."""

    def covers(self, name: str, version: str | None = None) -> Coverage:
        """Whether the scope includes `name` at `version`; None for a version means any."""
        if not self.is_current:
            detail = f"what edition {self.edition} says is not at hand"
            return Coverage(answer=Covers.UNKNOWN, detail=detail)
        return coverage(self.scope, name, version)

    def with_coverage(self, name: str, version: str | None) -> Found:
        return replace(self, coverage=self.covers(name, version))

    def to_json(self) -> dict[str, Any]:
        """The record with the state as of the instant asked for; `coverage` when that was asked."""
        body = {**self.record, "state": self.state, "currentEdition": self.edition}
        if self.coverage is not None:
            body["coverage"] = {"answer": self.coverage.answer.value, "detail": self.coverage.detail}
        return body


def fold(text: str) -> str:
    """A name as it is compared: no matter which case, width or spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_entry(record: Mapping[str, Any], at: datetime) -> Found:
    """The certificate in a public record, as of `at`; raises a LcertError, KeyError, TypeError or ValueError."""
    edition = in_force(record["editions"], at)
    first, last = date.fromisoformat(edition["validFrom"]), date.fromisoformat(edition["validThrough"])
    fields = Fields(dict(record))
    facts = record.get("certificate")
    facts = facts if isinstance(facts, dict) else {}
    tokens = edition.get("tokens")
    number, index = edition.get("list"), edition.get("index")
    return Found(
        number=fields.text("number"),
        url=fields.text("url", 2_048),
        state=_state(str(record["state"]), first, last, at),
        since=fields.maybe_text("since"),
        reason=fields.maybe_text("reason"),
        edition=int(edition["edition"]),
        token_url=tokens.get("vc+jwt") if isinstance(tokens, dict) else None,
        status=(number, index) if isinstance(number, int) and isinstance(index, int) else None,
        valid_from=first,
        valid_through=last,
        holder=parse_holder(fields.object("holder")),
        scope=parse_scope(fields.object("scope")),
        data_basis=parse_data_basis(fields),
        evidence=parse_evidence(fields),
        decision=parse_decision(fields.object("decision")),
        criteria=facts.get("criteria"),
        assessed_on=facts.get("assessedOn"),
        is_current=edition["edition"] == record["currentEdition"],
        record=record,
    )


def in_force(editions: Sequence[Mapping[str, Any]], at: datetime) -> Mapping[str, Any]:
    """The edition of a public record that none has superseded by `at`: the oldest of those."""
    moment = format_time(at) or ""
    standing = [e for e in editions if "supersededFrom" not in e or _after(e["supersededFrom"], at)]
    if not standing:
        raise Malformed(f"no edition is in force at {moment}")
    return min(standing, key=lambda edition: edition["edition"])


def _after(text: str, at: datetime) -> bool:
    return datetime.fromisoformat(text) > at


def _state(published: str, first: date, last: date, at: datetime) -> str:
    """What people decided stays; the rest follows from the dates."""
    if published in _ENDED:
        return published
    if at < datetime.combine(first, time(), UTC):
        return "scheduled"
    if at >= datetime.combine(last, time(), UTC) + timedelta(days=1):
        return "expired"
    return "suspended" if published == "suspended" else "active"


def coverage(scope: Scope, name: str, version: str | None = None) -> Coverage:
    """Whether a scope includes `name` at `version` (None: any): also that of a Report's `credential`."""
    wanted = fold(name)
    items = [item for item in scope.covered if fold(item.name) == wanted]
    doubt = ""
    for item in items:
        if version is None or item.versions is None:
            return Coverage(answer=Covers.YES, detail=_described(item.name, item.versions))
        inside = in_range(version, item.versions)
        if inside:
            return Coverage(answer=Covers.YES, detail=_described(item.name, item.versions))
        if inside is None:
            doubt = f"whether {version} is in {item.versions!r} cannot be told"
    if doubt:
        return Coverage(answer=Covers.UNKNOWN, detail=doubt)
    if items:
        ranges = "; ".join(_described(item.name, item.versions) for item in items)
        return Coverage(answer=Covers.NO, detail=f"covered is only {ranges}")
    for gap in scope.not_covered:
        if fold(gap.name) == wanted:
            reason = f" ({gap.reason})" if gap.reason else ""
            return Coverage(answer=Covers.NO, detail=f"{gap.name} is expressly not covered{reason}")
    return Coverage(answer=Covers.NO, detail="the scope does not name it")


def _described(name: str, versions: str | None) -> str:
    return name if versions is None else f"{name} {versions}"

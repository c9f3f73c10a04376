"""The parts of a certificate's claim set as values; `reading` makes them from JSON, `to_json` gives the JSON back.

Optional texts are None, optional lists empty; both are left out of the JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

__all__ = [
    "BitstringReference",
    "CertificateFacts",
    "Covered",
    "DataBasis",
    "Decision",
    "Domain",
    "Evidence",
    "Holder",
    "Identifier",
    "NotCovered",
    "Registration",
    "Scope",
    "StatusReference",
    "Upstream",
]


def _present(**members: Any) -> dict[str, Any]:
    """The members that say something: not None, not an empty tuple or list."""
    return {
        name: value for name, value in members.items() if value is not None and value != [] and value != ()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    name: str
    """Lower case, A-labels."""
    method: str | None = None
    """How control of the domain was checked, e.g. `dns-txt`."""
    checked_on: date | None = None

    def to_json(self) -> dict[str, Any]:
        return _present(name=self.name, method=self.method, checkedOn=_iso(self.checked_on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    scheme: str
    id: str

    def to_json(self) -> dict[str, Any]:
        return {"scheme": self.scheme, "id": self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    legal_name: str
    trading_names: tuple[str, ...] = ()
    country: str | None = None
    """ISO 3166-1 alpha-2; None only in the compact securing."""
    registration: Registration | None = None
    lei: str | None = None
    domains: tuple[Domain, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return _present(
            legalName=self.legal_name,
            tradingNames=list(self.trading_names),
            country=self.country,
            registration=self.registration.to_json() if self.registration else None,
            lei=self.lei,
            domains=[domain.to_json() for domain in self.domains],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    type: str
    """`hf`, `sha256`, `url`, ..."""
    value: str
    revision: str | None = None

    def to_json(self) -> dict[str, Any]:
        return _present(type=self.type, value=self.value, revision=self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    kind: str
    name: str
    versions: str | None = None
    modality: str | None = None
    data_cutoff: date | None = None
    ids: tuple[Identifier, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return _present(
            kind=self.kind,
            name=self.name,
            versions=self.versions,
            modality=self.modality,
            dataCutoff=_iso(self.data_cutoff),
            ids=[item.to_json() for item in self.ids],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    name: str
    function: str | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        return _present(name=self.name, function=self.function, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    name: str
    role: str | None = None
    basis: str | None = None
    ref: str | None = None

    def to_json(self) -> dict[str, Any]:
        return _present(name=self.name, role=self.role, basis=self.basis, ref=self.ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    statement: str
    level: str | None = None
    """company, product or model; None only in the compact securing, which says nothing but the statement."""
    modalities: tuple[str, ...] = ()
    covered: tuple[Covered, ...] = ()
    not_covered: tuple[NotCovered, ...] = ()
    upstream: tuple[Upstream, ...] = ()

    def to_json(self) -> dict[str, Any]:
        if self.level is None:
            return {"statement": self.statement}
        return {
            "level": self.level,
            "statement": self.statement,
            "modalities": list(self.modalities),
            "covered": [item.to_json() for item in self.covered],
            "notCovered": [item.to_json() for item in self.not_covered],
            "upstream": [item.to_json() for item in self.upstream],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DataBasis:
    basis: str
    share: str | None = None
    """A band in per cent, `80-90`, or one number."""
    measure: str | None = None
    licensor_types: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    """SPDX expressions."""

    def to_json(self) -> dict[str, Any]:
        return _present(
            basis=self.basis,
            share=self.share,
            measure=self.measure,
            licensorTypes=list(self.licensor_types),
            licenses=list(self.licenses),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A salted digest of something kept elsewhere; never the thing itself."""

    id: str
    type: str
    digest: str
    held: str

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.type, "digest": self.digest, "held": self.held}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    reviewer: str
    decider: str
    separation: str
    """`independent` or `same-person`."""

    def to_json(self) -> dict[str, Any]:
        return {"reviewer": self.reviewer, "decider": self.decider, "separation": self.separation}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """Number, edition and dates; the compact securing knows only number, edition and the validity."""

    number: str
    edition: int
    valid_from: date
    valid_through: date
    supersedes: str | None = None
    programme: str | None = None
    criteria: str | None = None
    criteria_digest: str | None = None
    assessed_on: date | None = None
    granted_on: date | None = None
    first_granted_on: date | None = None

    def to_json(self) -> dict[str, Any]:
        return _present(
            number=self.number,
            edition=self.edition,
            supersedes=self.supersedes,
            programme=self.programme,
            criteria=self.criteria,
            criteriaDigest=self.criteria_digest,
            assessedOn=_iso(self.assessed_on),
            grantedOn=_iso(self.granted_on),
            firstGrantedOn=_iso(self.first_granted_on),
            validFrom=_iso(self.valid_from),
            validThrough=_iso(self.valid_through),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Place in a token status list."""

    uri: str
    index: int

    def to_json(self) -> dict[str, Any]:
        return {"uri": self.uri, "idx": self.index}


@dataclass(frozen=True, slots=True, kw_only=True)
class BitstringReference:
    """Place in a W3C bitstring status list."""

    purpose: str
    uri: str
    index: int

    def to_json(self) -> dict[str, Any]:
        return {
            "id": f"{self.uri}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": self.purpose,
            "statusListIndex": str(self.index),
            "statusListCredential": self.uri,
        }


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()

"""Whether a certificate is one that somebody watches: by its number, or by what any of its editions says.

Any edition counts, so that a partner who watches a model hears that it was taken out of the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from lcert_verifier.entries import Found
from lcert_verifier.lookup import Lookup
from lcert_verifier.vocabulary import BASIS_CODES, MODALITIES

from ..readmodel import load_certificates
from ..records import public_record
from ..refusals import InvalidInput
from ..registry import journal
from ..views import CertificateView

__all__ = ["CRITERIA", "Wanted", "certificates_of", "check_criteria"]

CRITERIA: Final = (
    "modality",
    "basis",
    "holder",
    "domain",
    "lei",
    "registration",
    "hf",
    "sha256",
    "url",
    "covers",
)
"""The filters of the list of certificates, but for state and time: an event is a change of state."""

_CHOICES: Final[Mapping[str, Sequence[str]]] = {"modality": MODALITIES, "basis": BASIS_CODES}
_LONGEST: Final = 300
_CONTENTS: Final = ("holder", "scope", "dataBasis", "evidence", "decision", "certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is watched: these numbers, or what fits these criteria, of these kinds of events."""

    numbers: frozenset[str]
    criteria: Mapping[str, str]
    kinds: frozenset[str]

    @property
    def needs_contents(self) -> bool:
        return not self.numbers and bool(self.criteria)

    def fits(self, kind: str, number: str, certificate: WatchedCertificate | None) -> bool:
        """`certificate` is only looked at where `needs_contents`."""
        if kind not in self.kinds:
            return False
        if self.numbers:
            return number in self.numbers
        return not self.criteria or (certificate is not None and certificate.says(self.criteria))


class WatchedCertificate:
    """What the editions of one certificate say, read once however many ask."""

    def __init__(self, lookups: Callable[[], list[Lookup]]) -> None:
        self._make = lookups
        self._lookups: list[Lookup] | None = None

    def says(self, criteria: Mapping[str, str]) -> bool:
        if self._lookups is None:
            self._lookups = self._make()
        return any(_fits(found, criteria) for lookup in self._lookups for found in _found(lookup, criteria))


def certificates_of(
    session: Session, numbers: Sequence[str], *, base_url: str, now: datetime
) -> dict[str, WatchedCertificate]:
    """Certificates to be matched, by number."""
    head = journal.head(session)

    def certificate(view: CertificateView) -> WatchedCertificate:
        return WatchedCertificate(lambda: list(_lookups(view, head, base_url, now)))

    views = load_certificates(session, numbers, with_tokens=False, with_history=False)
    return {view.number: certificate(view) for view in views}


def check_criteria(criteria: Mapping[str, Any]) -> dict[str, str]:
    """The criteria, if each is known and has a text that it takes. Raises InvalidInput."""
    for name, value in criteria.items():
        if name not in CRITERIA:
            raise InvalidInput.at(f"filter.{name[:50]}", f"is none of: {', '.join(CRITERIA)}")
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or "\0" in value:
            raise InvalidInput.at(f"filter.{name}", f"takes a text of 1 to {_LONGEST} characters")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise InvalidInput.at(f"filter.{name}", f"takes one of: {', '.join(_CHOICES[name])}")
    return dict(criteria)


def _lookups(view: CertificateView, head: journal.TreeHead, base_url: str, now: datetime) -> Iterator[Lookup]:
    record = public_record(view, base_url=base_url, head=head, now=now)
    at = max(now, head.recorded_at)
    for edition in view.editions:
        subject = edition.claims["credentialSubject"]
        said = {**record, **{name: subject[name] for name in _CONTENTS}}
        yield Lookup([said], clock=lambda: at)


def _found(lookup: Lookup, criteria: Mapping[str, str]) -> list[Found]:
    return lookup.find(
        holder=criteria.get("holder"),
        domain=criteria.get("domain"),
        lei=criteria.get("lei"),
        registration=criteria.get("registration"),
        hf=_versioned(criteria.get("hf")),
        sha256=criteria.get("sha256"),
        url=criteria.get("url"),
        covers=_versioned(criteria.get("covers")),
    )


def _versioned(text: str | None) -> tuple[str, str | None] | None:
    """`name@version` at the last `@`; a scope's `@org/name` stays a name."""
    if text is None:
        return None
    name, at, version = text.rpartition("@")
    return (name.strip(), version.strip() or None) if at and name.strip() else (text.strip(), None)


def _fits(found: Found, criteria: Mapping[str, str]) -> bool:
    modality, basis = criteria.get("modality"), criteria.get("basis")
    return (modality is None or modality in found.scope.modalities) and (
        basis is None or any(basis == part.basis for part in found.data_basis)
    )

"""A certificate as one snapshot of the registry shows it: its editions, its history, and how it stands at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lcert_verifier.vocabulary import StatusValue

from .certificate import (
    CertificateState,
    EditionFacts,
    StandingFacts,
    edition_in_force,
    edition_status,
    state_at,
)
from .registry.events import Kind

__all__ = ["CertificateView", "EditionView", "HistoryView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView(EditionFacts):
    number: str
    credential_id: str
    kind: Kind
    list_number: int
    list_index: int
    kid: str
    claims: Mapping[str, Any]
    """Payload of the canonical token."""
    issued_at: datetime
    issued_position: int
    tokens: Mapping[str, str]
    """By securing: `vc+jwt`, `openbadge`, `compact`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """One journal entry about the certificate."""

    position: int
    kind: Kind
    edition: int | None
    effective_at: datetime
    recorded_at: datetime
    reason: str | None
    kid: str | None
    separation: str | None
    erased_at: datetime | None = None
    """When its private part was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView(StandingFacts):
    number: str
    version: int
    reason: str | None
    ab_initio: bool
    first_granted_on: date
    latest_edition: int
    editions: tuple[EditionView, ...]
    """By number."""
    history: tuple[HistoryView, ...]
    """By position; empty unless asked for."""
    as_of: datetime
    """Time of the newest journal entry of the snapshot."""

    def state(self, now: datetime) -> CertificateState:
        return state_at(self, self.editions, max(now, self.as_of))

    def in_force(self, now: datetime) -> EditionView:
        """The edition that speaks for the certificate."""
        return edition_in_force(self.editions, max(now, self.as_of))

    def status(self, edition: EditionFacts, now: datetime) -> StatusValue:
        return edition_status(edition, self, max(now, self.as_of))

    def edition(self, number: int) -> EditionView | None:
        return next((e for e in self.editions if e.edition == number), None)

"""What a verifier asks the world for, as a protocol. `source` and `bundle` implement it; nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .trust import Trust

__all__ = ["EvidenceSource", "FetchedList", "TrustView", "utc_now"]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustView:
    """A trust statement and how recent it is."""

    trust: Trust
    fetched_at: datetime
    fresh: bool
    """True if an unknown key may be rejected: these are the keys the issuer publishes now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedList:
    """A status list token as it came, not yet checked."""

    token: str
    fetched_at: datetime


class EvidenceSource(Protocol):
    """Evidence about one issuer. Every method may be called from several threads."""

    @property
    def offline(self) -> bool:
        """True if lists count until they expire (a bundle), False if they must have been fetched within the hour."""
        ...

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        """The issuer's keys; `refresh` asks for newer ones. Raises EvidenceUnavailable or TrustError."""
        ...

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        """The token status list at `uri`; raises EvidenceUnavailable."""
        ...

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        """The bitstring status list credential at `uri`; raises EvidenceUnavailable."""
        ...

    def record(self, number: str) -> dict[str, Any] | None:
        """The public record, only used to name the current edition; None when there is none. Never raises."""
        ...

    def proof(self, digest: str) -> bytes | None:
        """The journal proof for a token digest (hex), None when missing. Never raises."""
        ...

    def journal_time(self) -> datetime | None:
        """When the newest journal head seen was made, None when unknown."""
        ...

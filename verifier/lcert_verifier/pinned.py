"""Evidence from keys that the caller pins, and status lists from wherever the caller gets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from .errors import EvidenceUnavailable
from .evidence import FetchedList, TrustView
from .trust import Trust

__all__ = ["PinnedSource"]


class PinnedSource:
    """`status(uri)` gives a list's token or raises EvidenceUnavailable; without it no status can be checked."""

    offline: Final = False

    def __init__(self, trust: Trust, status: Callable[[str], str] | None = None) -> None:
        self._trust = trust
        self._status = status

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        """The pinned keys; never fresh, because there may be newer ones that nobody pinned."""
        return TrustView(trust=self._trust, fetched_at=self._trust.issued_at or now, fresh=False)

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        if self._status is None:
            raise EvidenceUnavailable("no source of status lists was given")
        return FetchedList(token=self._status(uri), fetched_at=now)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        return self.status_list(uri, now)

    def record(self, number: str) -> dict[str, Any] | None:
        return None

    def proof(self, digest: str) -> bytes | None:
        return None

    def journal_time(self) -> datetime | None:
        return None

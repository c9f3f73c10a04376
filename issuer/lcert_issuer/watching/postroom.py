"""What the worker does for those who watch: notices, fan-out, deliveries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from lcert_verifier.addresses import is_loopback_host
from lcert_verifier.errors import LcertError
from lcert_verifier.fetch import Fetcher
from lcert_verifier.urls import parse_url

from ..anchors import HighWaterMark
from ..refusals import Refused
from ..registry.session import Registry
from ..settings import Settings
from .delivering import Deliverer, Retrying, Sender
from .fanning import fan_out
from .noticing import notice_expiry
from .sending import Destinations, WebhookSender

__all__ = ["PostRoom", "destinations"]

_PAUSE: Final = 0.5
"""Seconds between two looks at the outbox."""
_NOTICES: Final = timedelta(seconds=15)


def destinations(settings: Settings, base_url: str) -> Destinations:
    """Where this issuer's webhooks may go. Loopback only in development: by a setting, and from a loopback issuer."""
    local = is_loopback_host(parse_url(base_url).host)
    return Destinations(fetcher=Fetcher(), loopback=settings.webhook_loopback and local)


class PostRoom:
    """Brings events to the watches of one issuer. `close` ends it."""

    def __init__(
        self,
        registry: Registry,
        sender: Sender,
        *,
        base_url: str,
        clock: Callable[[], datetime],
        mark: HighWaterMark | None = None,
        retrying: Retrying | None = None,
    ) -> None:
        """`mark` tells how much is published: who hears of a change shall be able to look it up."""
        self._registry = registry
        self._base_url = base_url
        self._clock = clock
        self._mark = mark
        self._noticed: datetime | None = None
        self.deliverer = Deliverer(registry, sender, base_url=base_url, clock=clock, retrying=retrying)

    @classmethod
    def of(
        cls, settings: Settings, registry: Registry, *, base_url: str, clock: Callable[[], datetime]
    ) -> PostRoom:
        return cls(
            registry,
            WebhookSender(destinations(settings, base_url)),
            base_url=base_url,
            clock=clock,
            mark=HighWaterMark(settings.high_water_file),
        )

    def once(self) -> tuple[int, int]:
        """Everything that is due, once; how many were taken by their receivers, and how many were not."""
        before = self.deliverer.delivered, self.deliverer.failed
        self._collect()
        self.deliverer.run_until_idle()
        return self.deliverer.delivered - before[0], self.deliverer.failed - before[1]

    def run(self, stop: threading.Event, warn: Callable[[str], None]) -> None:
        """Again and again until `stop`; a fault is told once and tried again."""
        told = ""
        while not stop.is_set():
            try:
                self._collect()
                if not self.deliverer.step(seconds=_PAUSE):
                    stop.wait(_PAUSE)
                told = ""
            except (Refused, LcertError, OSError) as fault:
                if str(fault) != told:
                    told = str(fault)
                    warn(f"webhooks wait: {told}")
                stop.wait(5.0)
        self.close()

    def close(self) -> None:
        self.deliverer.close()

    def _collect(self) -> None:
        now = self._clock()
        if self._noticed is None or abs(now - self._noticed) >= _NOTICES:
            notice_expiry(self._registry, now)
            self._noticed = now
        mark = self._mark.read() if self._mark is not None else None
        fan_out(
            self._registry,
            base_url=self._base_url,
            now=now,
            published=mark.size if mark is not None else None,
        )

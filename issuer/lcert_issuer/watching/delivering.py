"""Sends events to the addresses of watches: at least once each, in order for each certificate, under one stable id.

An event is claimed by a lease, sent outside of any transaction, and marked. Who is killed in between leaves a lease
that runs out, and the event is sent again. A watch whose receiver fails is left alone for a growing while; what is
sent then is one event, to see whether it is back.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..failpoints import failpoint
from ..registry.session import Registry
from ..registry.watch_tables import DeliveryRow, PartnerRow, WatchRow
from .events import WatchedEvent, read_events
from .signing import signed_headers

__all__ = ["FAILPOINTS", "GAVE_UP", "Deliverer", "Outcome", "Retrying", "Sender"]

FAILPOINTS: Final = (
    "watching.before_fan_out",
    "watching.after_fan_out",
    "watching.after_claim",
    "watching.after_send",
    "watching.after_mark",
)
"""In the order they are passed; see `lcert_issuer.failpoints`."""
GAVE_UP: Final = timedelta(days=5)
"""For how long a receiver may fail before its watch is disabled, and an event before it is given up."""
_THREADS: Final = 12
_EACH: Final = 4
"""Events of one watch in flight at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one sending. `error` is None when the receiver took the event (any 2xx)."""

    status: int | None
    error: str | None = None
    wait_seconds: float = 0
    """What the receiver asked for by Retry-After."""

    @property
    def gone(self) -> bool:
        """The receiver says that it is no more (Standard Webhooks: 410)."""
        return self.status == 410


class Sender(Protocol):
    """Posts one message within its bounds. Never raises for what the network does."""

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """Seconds to wait after the nth failure: `first`, then `factor` times as long, up to `most`; with jitter."""

    first: float = 5.0
    factor: float = 4.0
    most: float = 12 * 3600.0
    lease: float = 60.0
    """For how long a claim holds: well beyond the deadline of one sending."""

    def after(self, failures: int, chance: random.Random) -> timedelta:
        pause = min(self.first * self.factor ** min(failures - 1, 20), self.most)
        return timedelta(seconds=pause * chance.uniform(0.8, 1.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    watch_id: str
    url: str
    secrets: tuple[str, ...]
    sequence: int
    lease: str
    event: WatchedEvent


class Deliverer:
    """Sends what is due. `step` again and again; `close` waits for what is being sent."""

    def __init__(
        self,
        registry: Registry,
        sender: Sender,
        *,
        base_url: str,
        clock: Callable[[], datetime],
        retrying: Retrying | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._registry = registry
        self._sender = sender
        self._base_url = base_url
        self._clock = clock
        self._retrying = retrying or Retrying()
        self._chance = chance or random.Random()
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="lcert-webhook")
        self._running: set[Future[bool]] = set()
        self.delivered = 0
        self.failed = 0

    def step(self, *, seconds: float = 0.0) -> bool:
        """Starts sending what is due, waits up to `seconds` for something to end. False when nothing is under way.

        Raises what the registry raises.
        """
        if len(self._running) < _THREADS:
            for job in self._claim(_THREADS - len(self._running)):
                failpoint("watching.after_claim")
                self._running.add(self._pool.submit(self._send, job))
        if not self._running:
            return False
        done, self._running = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            if future.result():
                self.delivered += 1
            else:
                self.failed += 1
        return True

    def run_until_idle(self) -> None:
        """Sends what is due until nothing is."""
        while self.step(seconds=1.0):
            pass

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, job: _Job) -> bool:
        now = self._clock()
        body = job.event.body()
        headers = signed_headers(job.event.id, int(now.timestamp()), body, keys=job.secrets)
        outcome = self._sender.post(job.url, body, headers)
        failpoint("watching.after_send")
        with self._registry.write() as session:
            self._mark(session, job, outcome, self._clock())
        failpoint("watching.after_mark")
        return outcome.error is None

    def _claim(self, most: int) -> list[_Job]:
        now = self._clock()
        with self._registry.read() as session:
            due = _due_watches(session, now)
        jobs: list[_Job] = []
        for watch_id in due:
            if len(jobs) < most:
                with self._registry.write() as session:
                    jobs += self._claim_of(session, watch_id, now, most - len(jobs))
        return jobs

    def _claim_of(self, session: Session, watch_id: str, now: datetime, most: int) -> list[_Job]:
        watch = session.get(WatchRow, watch_id)
        if watch is None or watch.url is None or watch.disabled_at is not None:
            return []
        flying = session.execute(
            select(func.count())
            .select_from(DeliveryRow)
            .where(
                DeliveryRow.watch_id == watch_id,
                DeliveryRow.state == "pending",
                DeliveryRow.lease_until > now,
            )
        ).scalar_one()
        room = min(most, (1 if watch.failures else _EACH) - flying)
        if room <= 0:
            return []
        rows = session.execute(_due_deliveries(watch_id, now, room)).scalars().all()
        events = read_events(session, [row.sequence for row in rows], base_url=self._base_url)
        overlap = watch.previous_secret and watch.previous_until and watch.previous_until > now
        keys = (watch.secret, watch.previous_secret) if overlap else (watch.secret,)
        until = now + timedelta(seconds=self._retrying.lease)
        jobs = []
        for row in rows:
            row.lease, row.lease_until = secrets.token_hex(16), until
            jobs.append(
                _Job(
                    watch_id=watch_id,
                    url=watch.url,
                    secrets=tuple(key for key in keys if key),
                    sequence=row.sequence,
                    lease=row.lease,
                    event=events[row.sequence],
                )
            )
        return jobs

    def _mark(self, session: Session, job: _Job, outcome: Outcome, now: datetime) -> None:
        """Notes the outcome, if the event is still ours: a lease that ran out may be somebody else's by now."""
        watch = session.get(WatchRow, job.watch_id, with_for_update=True)
        row = session.get(DeliveryRow, (job.watch_id, job.sequence), with_for_update=True)
        if watch is None or row is None or row.lease != job.lease:
            return
        row.lease = row.lease_until = None
        row.attempts += 1
        row.last_at, row.last_status, row.last_error = now, outcome.status, outcome.error
        if outcome.error is None:
            row.state, row.delivered_at = "delivered", now
            watch.failures, watch.failing_since, watch.not_before = 0, None, None
            return
        asked = timedelta(seconds=outcome.wait_seconds)
        watch.failures += 1
        watch.failing_since = watch.failing_since or now
        row.next_at = now + max(asked, self._retrying.after(row.attempts, self._chance))
        watch.not_before = now + max(asked, self._retrying.after(watch.failures, self._chance))
        if outcome.gone or now - watch.failing_since >= GAVE_UP:
            watch.disabled_at = now
            watch.note = (
                "the receiver answered 410, gone"
                if outcome.gone
                else f"nothing was taken for {GAVE_UP.days} days; last: {outcome.error}"
            )
        elif now - row.queued_at >= GAVE_UP:
            row.state = "failed"


def _due_watches(session: Session, now: datetime) -> Sequence[str]:
    """Watches that something may be sent to, those that waited longest first."""
    first = func.min(DeliveryRow.next_at)
    query = (
        select(WatchRow.id)
        .join(PartnerRow, PartnerRow.id == WatchRow.partner_id)
        .join(DeliveryRow, DeliveryRow.watch_id == WatchRow.id)
        .where(
            PartnerRow.revoked_at.is_(None),
            WatchRow.url.is_not(None),
            WatchRow.disabled_at.is_(None),
            or_(WatchRow.not_before.is_(None), WatchRow.not_before <= now),
            DeliveryRow.state == "pending",
            DeliveryRow.next_at <= now,
            or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= now),
        )
        .group_by(WatchRow.id)
        .order_by(first)
    )
    return session.execute(query).scalars().all()


def _due_deliveries(watch_id: str, now: datetime, most: int) -> Select[DeliveryRow]:
    """Events that are due, the least tried first, and of each certificate only the oldest that is not delivered."""
    earlier = aliased(DeliveryRow)
    before = (
        select(earlier.sequence)
        .where(
            earlier.watch_id == DeliveryRow.watch_id,
            earlier.number == DeliveryRow.number,
            earlier.state == "pending",
            earlier.sequence < DeliveryRow.sequence,
        )
        .exists()
    )
    return (
        select(DeliveryRow)
        .where(
            DeliveryRow.watch_id == watch_id,
            DeliveryRow.state == "pending",
            DeliveryRow.next_at <= now,
            or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= now),
            ~before,
        )
        .order_by(DeliveryRow.attempts, DeliveryRow.sequence)  # one that is always refused holds up no other
        .limit(most)
        .with_for_update(skip_locked=True)
    )

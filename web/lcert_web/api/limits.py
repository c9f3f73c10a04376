"""Quotas per client address for the programming interface, told in every answer.

Published documents, pages and badges are never limited. All processes of a server count together, in one file
(`counting`); machines count by themselves: it is a guard against one client taking everything, not an account. An
address is kept as a salted hash, of its network for IPv6, for one window.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Flask, Response, g, request

from ..problems import Kind, Problem
from .counting import Counter, FileCounter, MemoryCounter

__all__ = ["GENEROUS", "Limiter", "Quota", "install_limits", "limiter_of", "parse_quota"]

_EXTENSION: Final = "lcert_limiter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`requests` in every `seconds`; `loopback` for clients on this machine, such as a reverse proxy or its tools."""

    requests: int
    seconds: int
    loopback: int
    store: Path | None = None
    """The file that is counted in; None: memory of the process."""


GENEROUS: Final = Quota(requests=1_200, seconds=60, loopback=60_000)
"""Twenty a second. A proxy on the same machine carries everybody's requests, so it has to limit them itself."""


def parse_quota(text: str) -> Quota | None:
    """`REQUESTS/SECONDS` for every client alike, `off` for none. ValueError otherwise."""
    if text.strip().lower() == "off":
        return None
    requests, slash, seconds = text.strip().partition("/")
    if slash and all(
        part.isascii() and part.isdigit() and 0 < len(part) <= 9 for part in (requests, seconds)
    ):
        quota = Quota(requests=int(requests), seconds=int(seconds), loopback=int(requests))
        if quota.requests and 0 < quota.seconds <= 86_400:
            return quota
    raise ValueError("a rate limit is REQUESTS/SECONDS, such as 1200/60, or off")


class Limiter:
    """Says what remains of each client's quota. Safe to share between threads."""

    def __init__(
        self,
        quota: Quota,
        *,
        counter: Counter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.quota = quota
        self._counter = counter or MemoryCounter()
        self._clock = clock

    def take(self, address: str | None) -> tuple[int, int, int]:
        """Counts one request: (quota, what remains after it, seconds until the window ends). Below 0 it is too many."""
        client, loopback = self._client(address)
        limit = self.quota.loopback if loopback else self.quota.requests
        now = self._clock()
        used, ends = self._counter.take(client, self.quota.seconds, now)
        return limit, limit - used, max(1, int(ends - now + 0.999))

    def headers(self, taken: tuple[int, int, int]) -> list[tuple[str, str]]:
        """How an answer tells what `take` gave (draft-ietf-httpapi-ratelimit-headers)."""
        limit, left, seconds = taken
        return [
            ("RateLimit-Policy", f'"default";q={limit};w={self.quota.seconds}'),
            ("RateLimit", f'"default";r={max(0, left)};t={seconds}'),
        ]

    def _client(self, address: str | None) -> tuple[bytes, bool]:
        loopback = False
        try:
            ip = ipaddress.ip_address((address or "").split("%")[0])
            ip = getattr(ip, "ipv4_mapped", None) or ip
            loopback = ip.is_loopback
            named = str(ip if ip.version == 4 else ipaddress.ip_network((ip, 64), strict=False))
        except ValueError:
            named = address or ""
        return hashlib.blake2b(named.encode(), key=self._counter.salt, digest_size=16).digest(), loopback


def limiter_of(app: Flask) -> Limiter | None:
    """What counts the requests to an app; None when nothing does."""
    found: Limiter | None = app.extensions.get(_EXTENSION)
    return found


def install_limits(app: Flask, quota: Quota | None, prefixes: Sequence[str]) -> None:
    """Limits the requests to addresses below `prefixes`, and tells the quota."""
    if quota is None:
        return
    limiter = app.extensions[_EXTENSION] = Limiter(
        quota, counter=FileCounter(quota.store) if quota.store else None
    )
    beginnings = tuple(prefixes)

    @app.before_request
    def _take() -> None:
        if request.path.startswith(beginnings) and request.method != "OPTIONS":
            limit, left, seconds = limiter.take(request.remote_addr)
            g.rate_limit = (limit, left, seconds)
            if left < 0:
                raise Problem(
                    Kind.TOO_MANY,
                    f"At most {limit} requests in {quota.seconds} seconds are answered here.",
                    retry_after=seconds,
                )

    @app.after_request
    def _tell(response: Response) -> Response:
        told: tuple[int, int, int] | None = g.get("rate_limit")
        if told is not None:
            for name, value in limiter.headers(told):
                response.headers[name] = value
        return response

"""Reading the registry for the programming interface: few at a time, and a lost database is a problem that passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lcert_issuer.refusals import RegistryUnavailable

from ..problems import Kind, Problem

if TYPE_CHECKING:
    from lcert_issuer.catalogue import Snapshot
    from lcert_issuer.registry.session import Registry

__all__ = ["RegistryReader"]

_AT_ONCE: Final = 3
_PATIENCE: Final = 2.0
_PAUSE: Final = 2.0
"""Seconds: how long a request waits for its turn, and how long a database that failed is left alone."""


class RegistryReader:
    """Opens short read-only snapshots. Raises Problem (503) when there is no registry or it does not answer."""

    def __init__(self, registry: Registry | None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._monotonic = monotonic
        self._at_once = threading.BoundedSemaphore(_AT_ONCE)
        self._not_before = 0.0

    @contextmanager
    def session(self) -> Iterator[Snapshot]:
        if self._registry is None or self._monotonic() < self._not_before:
            raise _away()
        if not self._at_once.acquire(timeout=_PATIENCE):
            raise _away()
        try:
            with self._registry.read() as session:
                yield session
        except (RegistryUnavailable, OSError) as error:
            self._not_before = self._monotonic() + _PAUSE
            raise _away() from error
        finally:
            self._at_once.release()


def _away() -> Problem:
    return Problem(Kind.UNAVAILABLE, "The register cannot be read at the moment.", retry_after=30)

"""Trust as a person names it: bundle files and issuer origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .bundle import BundleSource
from .errors import LcertError, TrustError
from .evidence import EvidenceSource, FetchedList, TrustView
from .inputs import UsageError
from .links import is_link
from .urls import normal_origin

if TYPE_CHECKING:
    from .fetch import Fetcher

__all__ = ["OpenTrust", "UnusableSource", "open_trust"]

Read = Callable[[str], bytes]


class UnusableSource:
    """Trust that was named and cannot be used: every verification says so, and none can pass for lack of it."""

    offline: Final = True

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        raise TrustError(self.problem)

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        raise TrustError(self.problem)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        raise TrustError(self.problem)

    def record(self, number: str) -> dict[str, Any] | None:
        return None

    def proof(self, digest: str) -> bytes | None:
        return None

    def journal_time(self) -> datetime | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrust:
    """Sources of evidence, and how to read from each trusted origin. `problems` tell what could not be used."""

    sources: tuple[EvidenceSource, ...]
    readers: dict[str, Read]
    problems: tuple[str, ...]
    origins: tuple[str, ...] = ()
    """Origins that were named themselves, not through a bundle."""


def open_trust(
    given: Sequence[str],
    *,
    fetcher: Callable[[], Fetcher],
    clock: Callable[[], datetime],
    offline: bool = False,
) -> OpenTrust:
    """Opens every bundle and names every origin; no connection is made yet, and `fetcher` is asked for the first.

    UsageError when nothing is given, a file is missing, an origin is not one, or an origin is given with `offline`.
    """
    if not given:
        raise UsageError("no trust given: use --trust BUNDLE-FILE-OR-ORIGIN, or LCERT_TRUST")
    sources: list[EvidenceSource] = []
    readers: dict[str, Read] = {}
    problems: list[str] = []
    origins: list[str] = []
    for item in given:
        if is_link(item):
            origin = _origin(item, offline)
            origins.append(origin)
            readers[origin] = _reader(fetcher, origin)
            from .source import PublishedSource

            sources.append(PublishedSource(readers[origin], base_url=origin, clock=clock))
            continue
        path = Path(item)
        if not path.is_file():
            raise UsageError(f"there is no bundle {item}" + _hint(item))
        try:
            source = BundleSource(path, clock=clock)
        except (LcertError, OSError) as error:
            problems.append(f"{item} cannot be used: {error}")
            sources.append(UnusableSource(problems[-1]))
            continue
        sources.append(source)
        base_url = source.bundle.trust.base_url
        readers.setdefault(base_url, _reader(fetcher, base_url))
    return OpenTrust(
        sources=tuple(sources), readers=readers, problems=tuple(problems), origins=tuple(origins)
    )


def _reader(fetcher: Callable[[], Fetcher], origin: str) -> Read:
    def read(path: str) -> bytes:
        return fetcher().reader(origin)(path)

    return read


def _origin(text: str, offline: bool) -> str:
    if offline:
        raise UsageError(f"--offline needs a bundle file as trust, not {text}")
    try:
        return normal_origin(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _hint(item: str) -> str:
    return f" (an origin begins with https://: https://{item}?)" if "." in item and "/" not in item else ""

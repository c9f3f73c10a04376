"""Whom the verifier service believes: bundle files and issuer origins, opened when they can be had."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lcert_verifier.bundle import BundleSource
from lcert_verifier.errors import EvidenceUnavailable, LcertError
from lcert_verifier.evidence import EvidenceSource, FetchedList, TrustView
from lcert_verifier.fetch import Fetcher, normal_origin
from lcert_verifier.links import is_link, judge_link
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource, utc_now
from lcert_verifier.verify import Verifier

from .asking import Question

__all__ = ["BundleFileSource", "Judge", "judge_of"]

Read = Callable[[str], bytes]


class BundleFileSource:
    """Evidence from a bundle file that may not be there yet, and that is read again when it is replaced."""

    offline: Final = True

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._open: BundleSource | None = None

    def _source(self) -> BundleSource:
        """The newest readable version of the file; an unreadable newer one leaves the last good one in use."""
        with self._lock:
            try:
                found = self._path.stat()
                stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
                if stamp != self._stamp:
                    self._open = BundleSource(self._path, clock=self._clock)
                    self._stamp = stamp
            except (OSError, LcertError) as error:
                if self._open is None:
                    raise EvidenceUnavailable(
                        f"the bundle {self._path.name} cannot be used: {error}"
                    ) from error
            if self._open is None:
                raise EvidenceUnavailable(f"the bundle {self._path.name} cannot be used")
            return self._open

    def base_url(self) -> str | None:
        """The origin of the bundle's issuer, None while the bundle cannot be opened."""
        with suppress(EvidenceUnavailable):
            return self._source().bundle.trust.base_url
        return None

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        return self._source().trust(now, refresh=refresh)

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        return self._source().status_list(uri, now)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        return self._source().bitstring_list(uri, now)

    def record(self, number: str) -> dict[str, Any] | None:
        with suppress(EvidenceUnavailable):
            return self._source().record(number)
        return None

    def proof(self, digest: str) -> bytes | None:
        with suppress(EvidenceUnavailable):
            return self._source().proof(digest)
        return None

    def journal_time(self) -> datetime | None:
        with suppress(EvidenceUnavailable):
            return self._source().journal_time()
        return None


class Judge:
    """Asks the one verifier; knows from which origins the address of a certificate may be read."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        origins: Mapping[str, Read] | None = None,
        fetcher: Fetcher | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._verifier = verifier
        self._origins = dict(origins or {})
        self._fetcher = fetcher
        self._clock = clock

    def readers(self) -> dict[str, Read]:
        """Trusted origins and how to read from each: those named, and those of the bundles that could be opened."""
        found = dict(self._origins)
        for source in self._verifier.sources:
            if isinstance(source, BundleFileSource) and self._fetcher is not None:
                origin = source.base_url()
                if origin is not None and origin not in found:
                    found[origin] = self._fetcher.reader(origin)
        return found

    def verify(self, token: str, question: Question) -> Report:
        return self._verifier.verify(
            token, at=question.at, known_at=question.known_at, domain=question.domain
        )

    def verify_badge(self, data: bytes, question: Question) -> Report:
        return self._verifier.verify_badge(
            data, at=question.at, known_at=question.known_at, domain=question.domain
        )

    def verify_url(self, url: str, question: Question) -> Report:
        """The Report on the certificate at an address. Only trusted origins are asked."""
        return self.judge_url(url, question)[0]

    def judge_url(self, url: str, question: Question) -> tuple[Report, str]:
        """The same, and the token that was judged; the address when none was found there."""
        judged = url

        def verify(token: str) -> Report:
            nonlocal judged
            judged = token
            return self.verify(token, question)

        at = question.at if question.known_at is None else question.at or self._clock()
        report = judge_link(url, self.readers(), verify, at=at, known_at=question.known_at)
        return report, judged

    def unready(self) -> str | None:
        """None once every trusted party's keys could be had; asks for them if not."""
        if not self._verifier.sources:
            return "nobody is trusted: set LCERT_TRUST"
        return "; ".join(self._missing()) or None

    def _missing(self) -> Iterator[str]:
        for source in self._verifier.sources:
            try:
                source.trust(self._clock())
            except LcertError as error:
                yield str(error)[:200]


def judge_of(
    trust: Sequence[str] | str, *, clock: Callable[[], datetime] = utc_now, fetcher: Fetcher | None = None
) -> Judge:
    """A Judge that believes bundle files and origins. Raises ValueError for a URL that is no origin."""
    entries = trust.split(",") if isinstance(trust, str) else list(trust)
    origins: dict[str, Read] = {}
    sources: list[EvidenceSource] = []
    fetch = fetcher or Fetcher()
    for entry in (part.strip() for part in entries):
        if not entry:
            continue
        if not is_link(entry):
            sources.append(BundleFileSource(Path(entry), clock=clock))
        elif (origin := normal_origin(entry)) not in origins:
            origins[origin] = fetch.reader(origin)
            sources.append(PublishedSource(origins[origin], base_url=origin, clock=clock))
    return Judge(Verifier(sources, clock=clock), origins=origins, fetcher=fetch, clock=clock)

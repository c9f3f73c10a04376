"""Whom the verifier service believes: bundle files and issuer origins, opened when they can be had."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lcert_verifier.bundle import BundleSource
from lcert_verifier.errors import EvidenceUnavailable, LcertError, TrustError
from lcert_verifier.evidence import EvidenceSource, FetchedList, TrustView
from lcert_verifier.fetch import Fetcher, normal_origin, parse_url
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import NUMBER_PATTERN

from .asking import Question
from .problems import Kind, Problem

__all__ = ["BundleFileSource", "Judge", "judge_of"]

Read = Callable[[str], bytes]
_CERTIFICATE: Final = re.compile(
    rf"/[cC]/({NUMBER_PATTERN})(?:/([1-9][0-9]{{0,5}}))?(?:\.jwt|\.json)?/?", re.I
)
_MOST_URL: Final = 2048


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
    """Asks the one verifier; knows from which origins a certificate's address may be read."""

    def __init__(
        self,
        verifier: Verifier,
        readers: Mapping[str, Read],
        sources: Sequence[EvidenceSource],
        clock: Any = None,
    ) -> None:
        self._verifier = verifier
        self._readers = readers
        self._sources = sources
        self._clock = clock

    def origins(self) -> list[str]:
        """The origins whose addresses can be checked."""
        return list(self._readers)

    def verify(self, token: str, question: Question) -> Report:
        return self._verifier.verify(
            token, at=question.at, known_at=question.known_at, domain=question.domain
        )

    def verify_badge(self, data: bytes, question: Question) -> Report:
        return self._verifier.verify_badge(
            data, at=question.at, known_at=question.known_at, domain=question.domain
        )

    def verify_url(self, url: str, question: Question) -> Report:
        """The certificate at an address on a trusted origin. Raises Problem for any other address."""
        read, path = self._locate(url)
        try:
            data = read(path)
        except NotPublished as error:
            raise Problem(Kind.NO_SUCH_CERTIFICATE, "No certificate is published at this address.") from error
        except EvidenceUnavailable as error:
            raise Problem(Kind.UNAVAILABLE, "The issuer cannot be reached.", retry_after=10) from error
        return self.verify(data.decode("ascii", errors="replace"), question)

    def _locate(self, url: str) -> tuple[Read, str]:
        refusal = Problem(
            Kind.UNTRUSTED_URL,
            f"Give the address of a certificate on: {', '.join(self._readers) or 'no origin is trusted'}.",
        )
        try:
            target = parse_url(url.split("#", 1)[0].split("?", 1)[0]) if len(url) <= _MOST_URL else None
        except ValueError:
            target = None
        read = self._readers.get(target.origin) if target else None
        match = _CERTIFICATE.fullmatch(target.path) if target else None
        if read is None or match is None:
            raise refusal
        number = match[1].upper()
        return read, f"c/{number}/{match[2]}.jwt" if match[2] else f"c/{number}.jwt"

    def unready(self) -> str | None:
        """None once every trusted party's keys could be had; asks for them if not."""
        missing = list(self._missing())
        return "; ".join(missing) or None

    def _missing(self) -> Iterator[str]:
        if not self._sources and not self._readers:
            yield "nobody is trusted: set LCERT_TRUST"
        for source in self._sources:
            try:
                source.trust(self._clock())
            except (EvidenceUnavailable, TrustError) as error:
                yield str(error)[:200]


def judge_of(
    trust: Sequence[str] | str, *, clock: Callable[[], datetime], fetcher: Fetcher | None = None
) -> Judge:
    """A Judge that believes bundle files and origins. Raises ValueError for a URL that is no origin."""
    entries = trust.split(",") if isinstance(trust, str) else list(trust)
    readers: dict[str, Read] = {}
    sources: list[EvidenceSource] = []
    fetch = fetcher or Fetcher()
    for entry in (part.strip() for part in entries):
        if not entry:
            continue
        if "://" in entry:
            origin = normal_origin(entry)
            if origin not in readers:
                readers[origin] = fetch.reader(origin)
                sources.append(PublishedSource(readers[origin], base_url=origin, clock=clock))
        else:
            sources.append(BundleFileSource(Path(entry), clock=clock))
    return Judge(Verifier(sources, clock=clock), readers, sources, clock)

"""The verifier: the only place that decides whether a token is a valid L Certification.

>>> from lcert_verifier import Trust, Verdict, Verifier
>>> verifier = Verifier([])
>>> report = verifier.verify("not a token")
>>> report.verdict is Verdict.REJECTED, report.code.value
(True, 'malformed')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .again import judge_again
from .answers import Stop, stopped
from .evidence import EvidenceSource, utc_now
from .judging import Judging
from .known import KnownTokens
from .pinned import PinnedSource
from .report import Code, Report
from .spelling import Spelling
from .standing import Question
from .status.lists import ListMemory
from .vocabulary import Securing

if TYPE_CHECKING:
    from .fetch import Fetcher
    from .trust import Trust

__all__ = ["Verifier", "utc_now"]

_EVERY: Final = frozenset(Securing)
_IN_IMAGES: Final = frozenset({Securing.OPENBADGE})


class Verifier:
    """Judges tokens by the evidence of its sources, one issuer each; the first source of an issuer counts.

    Safe to share between threads when its sources are. `clock` gives the present, aware; only it judges freshness.

    `max_age` is the caller's own rule of how old evidence of status may be before a yes becomes `status_stale`: since a
    list was fetched, offline since the bundle was made. None: an hour, and offline the seven days that a bundle is
    made for. Whoever sets more takes the risk that a certificate was withdrawn meanwhile; `report.as_of` tells the age.
    """

    def __init__(
        self,
        sources: Sequence[EvidenceSource],
        *,
        clock: Callable[[], datetime] = utc_now,
        max_age: timedelta | None = None,
    ) -> None:
        if max_age is not None and max_age < timedelta(0):
            raise ValueError("max_age is not negative")
        self._max_age = max_age
        self._sources = tuple((source, ListMemory()) for source in sources)
        self._clock = clock
        self._known = KnownTokens()
        self._spelling = Spelling()

    @property
    def sources(self) -> tuple[EvidenceSource, ...]:
        return tuple(source for source, _ in self._sources)

    @classmethod
    def from_bundle(
        cls,
        bundle: str | Path | bytes,
        *,
        pin: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        max_age: timedelta | None = None,
    ) -> Verifier:
        """Offline, by a trust bundle (a file, or its bytes); raises BundleError when it is none. Opens no socket."""
        from .bundle import BundleSource

        return cls([BundleSource(bundle, pin=pin, clock=clock)], clock=clock, max_age=max_age)

    @classmethod
    def online(
        cls,
        origin: str,
        *,
        pin: str | None = None,
        fetcher: Fetcher | None = None,
        clock: Callable[[], datetime] = utc_now,
        max_age: timedelta | None = None,
    ) -> Verifier:
        """Online, by what the issuer at `origin` publishes; nothing is fetched before the first verification.

        `pin` is the thumbprint of the issuer's root key; without it the first one seen is held on to.
        """
        from .fetch import Fetcher, normal_origin
        from .source import PublishedSource

        base_url = normal_origin(origin)
        reader = (fetcher or Fetcher()).reader(base_url)
        source = PublishedSource(reader, base_url=base_url, pin=pin, clock=clock)
        return cls([source], clock=clock, max_age=max_age)

    @classmethod
    def pinned(
        cls,
        trust: Trust,
        *,
        status: Callable[[str], str] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Verifier:
        """By keys the caller trusts (see `Trust`). `status(uri)` gives status list tokens; without it no answer is
        better than `status_unavailable`.
        """
        return cls([PinnedSource(trust, status)], clock=clock)

    def verify(
        self,
        token: str | bytes,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        domain: str | None = None,
    ) -> Report:
        """The Report on a token of any securing, as of `at` (aware; None: now), by what was known at `known_at`.

        `domain` also asks whether the badge may stand on that host. Whatever `token` holds, this returns; it raises
        ValueError only for an `at` or `known_at` without a time zone, or beyond the years 1 to 9999.
        """
        now = _aware(self._clock(), "the clock's time")
        if at is None and known_at is None and domain is None and type(token) is str:
            known = self._known.recall(token)
            if known is not None:
                try:
                    report = judge_again(known, self._sources, now, self._max_age)
                except Exception:  # whatever it is, the whole way finds it again and says what it means
                    report = None
                if report is not None:
                    return report
        question = self._question(at, known_at, now)
        return self._judge(token, question, domain, _EVERY)

    def verify_badge(
        self,
        data: bytes,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        domain: str | None = None,
    ) -> Report:
        """The Report on a baked PNG or SVG: on the Open Badge in it, the only securing that images carry."""
        from .badges import extract_token
        from .errors import Malformed

        question = self._question(at, known_at, _aware(self._clock(), "the clock's time"))
        try:
            token = extract_token(data)
        except Malformed as error:
            return stopped(Stop(Code.MALFORMED, str(error)), passed=0, question=question)
        return self._judge(token, question, domain, _IN_IMAGES)

    def verify_many(
        self,
        tokens: Iterable[str | bytes],
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        domain: str | None = None,
        processes: int = 1,
    ) -> Iterator[Report]:
        """One Report a token, in order, as they are asked for.

        With several `processes` they are forked off this one and share its evidence, which must be offline; online,
        and where a system cannot fork, everything is done in this process. However many tokens come, only a few
        hundred are under way.
        """
        asked: dict[str, Any] = {"at": at, "known_at": known_at, "domain": domain}
        if processes > 1 and all(source.offline for source, _ in self._sources):
            from .many import verify_in_processes
            from .parallel import can_fork

            if can_fork():
                self._spelling.expect_many()
                yield from verify_in_processes(partial(self.verify, **asked), tokens, processes)
                return
        for token in tokens:
            yield self.verify(token, at=at, known_at=known_at, domain=domain)

    def _judge(
        self, token: str | bytes, question: Question, domain: str | None, accept: frozenset[Securing]
    ) -> Report:
        return Judging(token, self._sources, question, domain, accept, self._known, self._spelling).run()

    def _question(self, at: datetime | None, known_at: datetime | None, now: datetime) -> Question:
        return Question(
            now if at is None else _aware(at, "at"),
            at is not None,
            None if known_at is None else _aware(known_at, "known_at"),
            now,
            self._max_age,
        )


def _aware(value: datetime, name: str) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(f"{name} needs a time zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:  # a moment that is before year 1 or after year 9999 in UTC
        raise ValueError(f"{name} is out of range") from None

"""Evidence from what an issuer publishes, through any reader of published paths: HTTP, or the storage folder itself.

Only verified bytes are kept, the last good version stays when a newer one cannot be had, and how old it is is told to
the verifier, who judges. Safe to share between threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from .errors import BundleError, EvidenceUnavailable, LcertError, Malformed, TrustError
from .evidence import FetchedList, TrustView, utc_now
from .heads import open_checkpoint
from .jose import parse_json
from .published import BUNDLE_PATH, CHECKPOINT_PATH, TRUST_PATH, path_below, proof_path, record_path
from .status.check import UnknownListKey, check_bitstring_token, check_status_token
from .status.lists import ListMemory
from .trust import Trust, read_trust

if TYPE_CHECKING:
    from .bundle import BundleSource
    from .history import History

__all__ = ["PublishedSource", "utc_now"]

T = TypeVar("T")
_MOST_RECORDS: Final = 1024
_AT_ONCE: Final = timedelta(-1)
_REFRESH_PAUSE: Final = timedelta(seconds=5)


class PublishedSource:
    """Evidence about one issuer, read with `read(path)`, which raises EvidenceUnavailable.

    `base_url` is the origin that the trust statement must be about (None: whatever it says, for a reader that can
    only lead to one issuer); `pin` the root thumbprint it must be signed by (None: the first one seen, for the life
    of this object). `list_ttl`, `trust_ttl` and `max_age` are seconds: how long a document is used without looking
    again, and how long the last good trust serves when looking fails.
    """

    offline: Final = False

    def __init__(
        self,
        read: Callable[[str], bytes],
        *,
        base_url: str | None = None,
        pin: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        list_ttl: float = 30,
        trust_ttl: float = 30,
        max_age: float = 3600,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._base_url = base_url
        self._pin = pin
        self._clock = clock
        self._list_ttl = timedelta(seconds=list_ttl)
        self._trust_ttl = timedelta(seconds=trust_ttl)
        self._max_age = timedelta(seconds=max_age)
        self._monotonic = monotonic
        self._memory = ListMemory()
        self._lock = threading.Lock()
        self._trust: _Kept[Trust] = _Kept(monotonic)
        self._lists: dict[str, _Kept[str]] = {}
        self._history: _Kept[History] = _Kept(monotonic)
        self._records: OrderedDict[str, tuple[datetime, dict[str, Any] | None]] = OrderedDict()
        self._journal_time: datetime | None = None

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        """The issuer's keys, looked at again after `trust_ttl`, or with `refresh` after five seconds.

        Raises EvidenceUnavailable when there is none younger than `max_age`, TrustError when what is published cannot
        be trusted and nothing better is known.
        """
        age = _REFRESH_PAUSE if refresh else self._trust_ttl
        trust, fetched_at = self._trust.get(now, age, lambda last: self._load_trust(last, now))
        if now - fetched_at > self._max_age:
            raise EvidenceUnavailable("the issuer's keys could not be read again for too long")
        return TrustView(trust=trust, fetched_at=fetched_at, fresh=_within(now, fetched_at, age))

    def _load_trust(self, last: Trust | None, now: datetime) -> Trust:
        # The first statement must be signed by the pin; every later one by a root of the one before it.
        pin = self._pin if last is None else None
        trust = read_trust(self._read(TRUST_PATH), pin=pin, previous=last, now=now)
        if self._base_url is not None and trust.base_url != self._base_url:
            raise TrustError(f"{self._base_url} publishes the trust statement of another issuer")
        return trust

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        """The token status list at `uri`, the last authentic one if a newer one cannot be had."""
        return self._list(uri, now, check_status_token)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        """The bitstring status list credential at `uri`, kept like the other kind."""
        return self._list(uri, now, check_bitstring_token)

    def _list(self, uri: str, now: datetime, check: Callable[..., Any]) -> FetchedList:
        trust = self.trust(now).trust
        path = path_below(trust.base_url, uri)
        if path is None:
            raise EvidenceUnavailable("the status list is not on the issuer's origin")
        with self._lock:
            if uri not in self._lists and len(self._lists) >= _MOST_RECORDS:
                raise EvidenceUnavailable("too many status lists")
            kept = self._lists.setdefault(uri, _Kept(self._monotonic))

        def load(_: str | None) -> str:
            text = self._read(path).decode("ascii", "replace")
            try:
                found = check(text, uri=uri, trust=trust, now=now, offline=False, memory=self._memory)
            except UnknownListKey:
                newer = self.trust(now, refresh=True).trust
                found = check(text, uri=uri, trust=newer, now=now, offline=False, memory=self._memory)
            with self._lock:
                self._journal_time = max(self._journal_time or found.issued_at, found.issued_at)
            return text

        text, fetched_at = kept.get(now, self._list_ttl, load)
        return FetchedList(token=text, fetched_at=fetched_at)

    def record(self, number: str) -> dict[str, Any] | None:
        """The public record of a certificate; not signed, so good for naming things and for no decision."""
        now = self._clock()
        with self._lock:
            known = self._records.get(number)
        if known is not None and _within(now, known[0], self._list_ttl):
            return known[1]
        try:
            value = parse_json(self._read(record_path(number)), max_bytes=4 * 1024 * 1024)
        except (EvidenceUnavailable, Malformed):
            value = None
        found = value if isinstance(value, dict) and value.get("number") == number else None
        with self._lock:
            self._records[number] = (now, found)
            self._records.move_to_end(number)
            while len(self._records) > _MOST_RECORDS:
                self._records.popitem(last=False)
        return found

    def proof(self, digest: str) -> bytes | None:
        """The published journal proof of a token digest; unchecked, it proves itself against the trust statement."""
        try:
            return self._read(proof_path(digest))
        except EvidenceUnavailable:
            return None

    def history(self, now: datetime, *, least: int = 0) -> History:
        """The whole journal up to the published checkpoint; only tiles that are not known yet are read.

        Looks again after `list_ttl`, and at once when fewer than `least` entries are known.
        """
        found, _ = self._history.get(now, self._list_ttl, lambda last: self._load_history(last, now))
        if found.size < least:
            found, _ = self._history.get(now, _AT_ONCE, lambda last: self._load_history(last, now))
        return found

    def _load_history(self, last: History | None, now: datetime) -> History:
        trust = self.trust(now).trust
        head = open_checkpoint(self._read(CHECKPOINT_PATH), trust)
        if last is not None and last.holds(head.size, head.root):
            return last
        from .history import load_history

        return load_history(self._read, head.size, head.root, previous=last)

    def bundle(self, now: datetime) -> BundleSource:
        """The published offline bundle, for searching: of this very issuer, by its present keys.

        Raises EvidenceUnavailable, BundleError, RollbackError or TrustError. It is not kept.
        """
        from .bundle import BundleSource

        found = BundleSource(self._read(BUNDLE_PATH), clock=self._clock)
        # Held to the trust that is known: no other issuer, nothing older, and a root of ours must have signed it.
        read_trust(found.bundle.files[TRUST_PATH], pin=None, previous=self.trust(now).trust, now=now)
        return found

    def journal_time(self) -> datetime | None:
        """When the newest list seen was signed: the journal is known up to then."""
        with self._lock:
            return self._journal_time


def _within(now: datetime, fetched_at: datetime, age: timedelta) -> bool:
    """Whether `fetched_at` is at most `age` ago; not so when the clock has gone back."""
    return timedelta(0) <= now - fetched_at <= age


class _Kept(Generic[T]):
    """The last good version of one document, and the pacing of looking again.

    One thread loads at a time; others use the last good version meanwhile, or wait when there is none. A failed look
    is not repeated for as long as it took, so that an unreachable origin costs at most half of the time.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._good: tuple[T, datetime] | None = None
        self._error: LcertError | None = None
        self._not_before = 0.0

    def get(self, now: datetime, age: timedelta, load: Callable[[T | None], T]) -> tuple[T, datetime]:
        """The value and when it was read: one at most `age` old if it can be had. Raises what the last look raised."""
        good = self._good
        if good is not None and _within(now, good[1], age):
            return good
        if self._lock.acquire(blocking=good is None):
            try:
                self._look(now, age, load)
            finally:
                self._lock.release()
        if self._good is not None:
            return self._good
        raise self._error or EvidenceUnavailable("not read yet")

    def _look(self, now: datetime, age: timedelta, load: Callable[[T | None], T]) -> None:
        if self._good is not None and _within(now, self._good[1], age):
            return
        begun = self._monotonic()
        if self._error is not None and begun < self._not_before:
            return
        try:
            value = load(self._good[0] if self._good else None)
        except (EvidenceUnavailable, TrustError) as error:
            self._error = error
        except (BundleError, Malformed) as error:
            self._error = EvidenceUnavailable(str(error))
        else:
            self._good, self._error = (value, now), None
            return
        ended = self._monotonic()
        self._not_before = ended + (ended - begun)

"""Finding certificates in a trust bundle: by number, holder, domain, model file, or what they cover at which version.

A bundle's records are as authentic as the bundle: its manifest is signed and names their hash. They tell which
certificate to look at and how it stands; for a verdict on a token, ask the `Verifier`.

>>> from lcert_verifier.lookup import Lookup
>>> lookup = Lookup([])                          # or Lookup.from_bundle("l-certification.zip")
>>> lookup.find(domain="quillwater.example", covers=("Quillwater Compose", "3.1"))
[]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .entries import Coverage, Covers, Found, coverage, fold, read_entry
from .errors import EvidenceUnavailable, LcertError, Malformed
from .history import HistorySource
from .hosts import normal_host
from .journal_events import Event, parse_event, parse_record_event
from .source import utc_now
from .then import record_then

if TYPE_CHECKING:
    from .bundle import BundleSource
    from .trust import Trust

__all__ = ["STATES", "Coverage", "Covers", "Event", "Found", "Lookup", "coverage"]

STATES: Final = ("scheduled", "active", "suspended", "withdrawn", "terminated", "expired")
_SHORT: Final = 7
"""Characters of a commit's hash that name it well enough."""

Record = Mapping[str, Any]


class Lookup:
    """The certificates of one issuer. Immutable; safe to share between threads once made."""

    def __init__(
        self,
        records: Iterable[Record],
        *,
        source: BundleSource | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`records` are public records. `source` gives the journal for `changes`; `clock` the present for states."""
        self._records = {str(record.get("number")): record for record in records}
        self._source = source
        self._clock = clock
        self._by: dict[tuple[str, str], list[str]] = _index(self._records)

    @classmethod
    def from_bundle(
        cls,
        bundle: str | Path | bytes | BundleSource,
        *,
        pin: str | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Lookup:
        """By a trust bundle: a file, its bytes, or one that is open. Raises BundleError when it is none."""
        from .bundle import BundleSource

        source = bundle if isinstance(bundle, BundleSource) else BundleSource(bundle, pin=pin, clock=clock)
        return cls(source.records(), source=source, clock=clock)

    def __len__(self) -> int:
        return len(self._records)

    def get(
        self, number: str, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> Found | None:
        """The certificate of this number, in any case of letters; None when there is none. Times as for `find`."""
        record = self._records.get(number.strip().upper())
        if record is not None and (at is not None or known_at is not None):
            record = self._then(record, at or self._clock(), known_at)
        return None if record is None else self._read(record, at)

    def find(
        self,
        *,
        number: str | None = None,
        holder: str | None = None,
        domain: str | None = None,
        lei: str | None = None,
        registration: str | None = None,
        hf: str | tuple[str, str | None] | None = None,
        sha256: str | None = None,
        url: str | None = None,
        covers: str | tuple[str, str | None] | None = None,
        state: str | None = None,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[Found]:
        """Certificates that fit everything asked for, by number; all of them when nothing is asked for.

        `holder`: part of a legal or trading name. `domain`: a host that the badge may stand on. `registration`: an id
        in a company register, with or without its scheme (`GB-COH 99000001`). `hf`: a Hugging Face id, or that and a
        revision. `url`: of a model or product. `covers`: a name, or that and a version; each answer then has its
        `coverage`, and those that say no are among them. `state`: one of STATES. ValueError for a state there is not.

        `at` asks how things stood at that instant (None: now): the edition in force then, and what was decided by
        then; `known_at`, by what had been recorded then (None: all that is known). What was not known is not found.
        """
        if state is not None and state not in STATES:
            raise ValueError(f"{state!r} is not one of {', '.join(STATES)}")
        if at is not None or known_at is not None:
            past = (self._then(record, at or self._clock(), known_at) for record in self._records.values())
            return Lookup((record for record in past if record), clock=lambda: at or self._clock()).find(
                number=number,
                holder=holder,
                domain=domain,
                lei=lei,
                registration=registration,
                hf=hf,
                sha256=sha256,
                url=url,
                covers=covers,
                state=state,
            )
        wanted: list[set[str]] = []
        if number is not None:
            wanted.append({number.strip().upper()} & self._records.keys())
        if domain is not None:
            wanted.append({n for name in _domains(domain) for n in self._by.get(("domain", name), ())})
        for kind, text in (("lei", lei), ("sha256", sha256), ("url", url), ("registration", registration)):
            if text is not None:
                wanted.append(set(self._by.get((kind, _KEYS[kind](text)), ())))
        model, revision = (hf, None) if isinstance(hf, str) or hf is None else hf
        if model is not None:
            wanted.append(set(self._by.get(("hf", model.strip().lower()), ())))
        name, version = (covers, None) if isinstance(covers, str) or covers is None else covers
        if name is not None:
            wanted.append(set(self._by.get(("name", fold(name)), ())))
        numbers = set.intersection(*wanted) if wanted else self._records.keys()
        found = []
        for key in sorted(numbers):
            record = self._records[key]
            if holder is not None and not _is_holder(record, fold(holder)):
                continue
            entry = self._read(record)
            if entry is None or (state is not None and entry.state != state):
                continue
            if model is not None and not _has_model(entry, model.strip().lower(), revision):
                continue
            found.append(entry if name is None else entry.with_coverage(name, version))
        return found

    def changes(self, since: int = 0) -> Iterator[Event]:
        """Journal entries from position `since` on, in order: without gaps when the bundle has the history.

        Without it, those about certificates that are in the records; see `gapless`.
        """
        if self.gapless:
            assert self._source is not None
            history = self._source.history(self._clock())
            for position, entry in history.entries(max(since, 0)):
                yield parse_event(position, entry)
            return
        events = [
            event for number in self._records for event in self._events(number) if event.position >= since
        ]
        yield from sorted(events, key=lambda event: event.position)

    @property
    def gapless(self) -> bool:
        """Whether `changes` gives every entry of the journal, proven against its signed head."""
        if not isinstance(self._source, HistorySource):
            return False
        try:
            self._source.history(self._clock())
        except EvidenceUnavailable:
            return False
        return True

    @property
    def trust(self) -> Trust | None:
        """The keys of the issuer; None for records without a bundle."""
        return None if self._source is None else self._source.bundle.trust

    @property
    def issuer(self) -> tuple[str, str] | None:
        """DID and name of the issuer; None for records without a bundle."""
        return None if self.trust is None else (self.trust.issuer, self.trust.name)

    @property
    def expired(self) -> bool:
        """Whether the bundle is too old to say how things are now."""
        return self._source is not None and self._clock() > self._source.bundle.expires_at

    @property
    def size(self) -> int:
        """Entries of the journal that this is from: where to go on asking for changes."""
        if self._source is not None:
            return self._source.bundle.size
        positions = [event.position for number in self._records for event in self._events(number)]
        return max(positions, default=-1) + 1

    def _events(self, number: str) -> Iterator[Event]:
        history = self._records[number].get("history")
        for item in history if isinstance(history, list) else ():
            try:
                yield parse_record_event(number, item)
            except Malformed:
                continue

    def _then(self, record: Record, at: datetime, known_at: datetime | None) -> Record | None:
        """The record as it stood; None when nothing of it was known, or it is of a form not known here."""
        try:
            then = record_then(record, at=at, known_at=known_at)
        except (LcertError, KeyError, TypeError, ValueError):
            return None
        if then is None:
            return None
        if then.edition == record.get("currentEdition"):
            return then.record
        contents = self._source.contents(str(record.get("number")), then.edition) if self._source else None
        # Without them the record keeps the words of another edition, and says so: `covers` is then unknown.
        return then.record | (contents if contents is not None else {"currentEdition": None})

    def _read(self, record: Record, at: datetime | None = None) -> Found | None:
        moment = at or self._clock()
        try:
            entry = read_entry(record, moment)
            if not entry.is_current and record.get("currentEdition") is not None:
                # A renewal has taken over since publication: what it says is known if the bundle holds it.
                then = self._then(record, moment, None)
                return None if then is None else read_entry(then, moment)
            return entry
        except (LcertError, KeyError, TypeError, ValueError):
            return None  # of a form that this version does not know


def _plain_url(text: str) -> str:
    return text.strip().partition("#")[0].rstrip("/")


def _plain_registration(text: str) -> str:
    return "".join(char for char in text.upper() if char.isalnum())


_KEYS: Final[Mapping[str, Callable[[str], str]]] = {
    "lei": lambda text: text.strip().upper(),
    "sha256": lambda text: text.strip().lower().removeprefix("sha256:"),
    "url": _plain_url,
    "registration": _plain_registration,
}


def _domains(text: str) -> Iterator[str]:
    """The host and every domain above it: a badge may stand below the holder's domain."""
    host = normal_host(text)
    while host:
        yield host
        host = host.partition(".")[2]


def _index(records: Mapping[str, Record]) -> dict[tuple[str, str], list[str]]:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for number, record in records.items():
        for key in set(_keys(record)):
            found[key].append(number)
    return dict(found)


def _keys(record: Record) -> Iterator[tuple[str, str]]:
    holder, scope = _object(record, "holder"), _object(record, "scope")
    for domain in _objects(holder, "domains"):
        yield "domain", str(domain.get("name"))
    if "lei" in holder:
        yield "lei", str(holder["lei"])
    registration = _object(holder, "registration")
    yield "registration", _plain_registration(str(registration.get("id", "")))
    yield (
        "registration",
        _plain_registration(f"{registration.get('scheme', '')}{registration.get('id', '')}"),
    )
    for item in (*_objects(scope, "covered"), *_objects(scope, "notCovered")):
        yield "name", fold(str(item.get("name")))
        for identifier in _objects(item, "ids"):
            kind, value = str(identifier.get("type")), str(identifier.get("value"))
            yield kind, value.lower() if kind == "hf" else _plain_url(value) if kind == "url" else value


def _object(value: Record, name: str) -> Record:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


def _objects(value: Record, name: str) -> list[Record]:
    member = value.get(name)
    return [item for item in member if isinstance(item, dict)] if isinstance(member, list) else []


def _is_holder(record: Record, wanted: str) -> bool:
    holder = _object(record, "holder")
    trading = holder.get("tradingNames")
    names = [holder.get("legalName"), *(trading if isinstance(trading, list) else ())]
    return any(wanted in fold(str(name)) for name in names)


def _has_model(entry: Found, model: str, revision: str | None) -> bool:
    """Whether the scope names the model; at this revision, if it names any and one is asked for."""
    for item in entry.scope.covered:
        for identifier in item.ids:
            if identifier.type == "hf" and identifier.value.lower() == model:
                known = identifier.revision
                if revision is None or known is None or _same_revision(known, revision):
                    return True
    return False


def _same_revision(one: str, other: str) -> bool:
    """The same tag, or two spellings of one commit: the shorter begins the longer."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return one == other or (len(short) >= _SHORT and long.startswith(short))

"""The published documents as the public site reads them: records, tokens, and the verifier's Report on each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from lcert_verifier.errors import EvidenceUnavailable, LcertError, Malformed
from lcert_verifier.jose import parse_json, split
from lcert_verifier.published import NotPublished, token_list_path
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import NUMBER_PATTERN, Securing

from .filing import Filed, Files, ReadableStorage
from .language import N_
from .problems import Kind, Problem
from .verdicts import VerdictView, verdict_view

__all__ = ["CONTENTS", "Judged", "ReadableStorage", "Shelf", "edition_in_force", "parse_number"]

T = TypeVar("T")
_NUMBER: Final = re.compile(NUMBER_PATTERN)
_SUFFIX: Final = {
    Securing.VC_JWT: ".jwt",
    Securing.OPENBADGE: ".openbadge.jwt",
    Securing.COMPACT: ".compact.jwt",
}
_UNREADABLE: Final = N_("The published record cannot be read.")
CONTENTS: Final = ("holder", "scope", "dataBasis", "evidence", "decision", "certificate")
"""What an edition says; the record has it of the one in force."""
_LIST_TTL: Final = 1
"""Seconds for which a list or the trust statement is not read again: they lie next to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A certificate's edition as published, and what the verifier says of it now."""

    number: str
    edition: int
    in_force: int
    filed: Filed
    token: str
    report: Report
    changes_at: datetime | None
    """When dates alone will change the answer; None when they will not any more."""

    @property
    def record(self) -> Mapping[str, Any]:
        return self.filed.record

    @property
    def told(self) -> Mapping[str, Any]:
        """The record in the words of this edition, though it was published with those of another one in force."""
        credential = self.report.credential
        if credential is None or self.edition == self.record.get("currentEdition"):
            return self.record
        said = credential.to_json()
        return {**self.record, **{name: said[name] for name in CONTENTS}, "currentEdition": self.in_force}

    @property
    def view(self) -> VerdictView:
        """What to show of the report, in the language of the present answer."""
        return verdict_view(self.report, self.record)


class Shelf:
    """Reads published documents; never the database. May be used from several threads."""

    def __init__(
        self, storage: ReadableStorage, *, base_url: str, pin: str | None, clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self.base_url = base_url
        self.clock = clock
        self.source = PublishedSource(
            self._read, base_url=base_url, pin=pin, clock=clock, list_ttl=_LIST_TTL, trust_ttl=_LIST_TTL
        )
        self._verifier = Verifier([self.source], clock=clock)
        self._records = Files(storage, _filed)
        self._tokens = Files(storage, bytes)

    def get(self, path: str) -> bytes | None:
        """The document, or None when it is not published. Raises Problem when the storage does not answer."""
        return _from(self._storage.get, path)

    def exists(self, path: str) -> bool:
        return bool(_from(self._storage.exists, path))

    def record(self, number: str) -> Mapping[str, Any] | None:
        """The public record of a certificate, None when there is none. Shared: not to be changed."""
        filed = self._file(number)
        return None if filed is None else filed.record

    def is_past(self, number: str) -> bool:
        """Whether dates alone may have changed what the record of a certificate says."""
        filed = self._file(number)
        return filed is not None and filed.is_past(self.clock())

    def _file(self, number: str) -> Filed | None:
        filed = _from(self._records.get, f"c/{number}.json")
        if filed is not None and filed.record.get("number") != number:
            raise Problem(Kind.UNAVAILABLE, _UNREADABLE)
        return filed

    def token(self, number: str, edition: int, securing: Securing = Securing.VC_JWT) -> bytes | None:
        """A stored token, byte for byte as issued."""
        return _from(self._tokens.get, f"c/{number}/{edition}{_SUFFIX[securing]}")

    def judge(self, number: str, edition: int | None = None) -> Judged | None:
        """The verifier's answer on an edition (the one in force when none is named); None when it is not published."""
        filed = self._file(number)
        if filed is None:
            return None
        now = self.clock()
        in_force = filed.in_force(now)
        chosen = in_force if edition is None else edition
        data = self.token(number, chosen)
        if data is None:
            return None
        token = data.decode("ascii", errors="replace")
        report = self._verifier.verify(token)
        return Judged(
            number=number,
            edition=chosen,
            in_force=in_force,
            filed=filed,
            token=token,
            report=report,
            changes_at=filed.next_change(now),
        )

    def pin(self) -> str | None:
        """Thumbprint of the root key that the published trust statement names first; None while there is none."""
        try:
            roots = list(self.source.trust(self.clock()).trust.roots)
        except LcertError:
            return None
        return str(roots[0]) if roots else None

    def unready(self) -> str | None:
        """What keeps the site from answering, in one sentence; None when well."""
        now = self.clock()
        try:
            self.source.trust(now)
        except LcertError as fault:
            return f"the published trust statement cannot be read: {fault}"
        try:
            return self._stale_list(now)
        except OSError:
            return "the published status lists cannot be read"

    def _stale_list(self, now: datetime) -> str | None:
        """The first status list that ran out: no certificate on it is confirmed any more."""
        number = 1
        while (data := self._storage.get(token_list_path(number))) is not None:
            expires = datetime.fromtimestamp(_expiry(data), UTC)
            if expires <= now:
                return (
                    f"status list {number} expired at {expires:%Y-%m-%d %H:%M:%S}Z, and it is {now:%Y-%m-%d %H:%M:%S}Z "
                    "here: does the worker run, and is the clock right?"
                )
            number += 1
        return None

    def _read(self, path: str) -> bytes:
        try:
            data = self._storage.get(path)
        except (OSError, ValueError) as error:
            raise EvidenceUnavailable(f"{path} cannot be read") from error
        if data is None:
            raise NotPublished(f"{path} is not published")
        return data


def _expiry(token: bytes) -> int:
    """`exp` of one of our own tokens, unchecked; 0 when it is none, which is long over."""
    try:
        return int(split(token.decode("ascii").strip()).payload["exp"])
    except (LcertError, KeyError, TypeError, ValueError):
        return 0


def parse_number(text: str) -> str | None:
    """The certificate number in its one spelling, from any case; None when it is none."""
    number = text.upper()
    return number if text.isascii() and _NUMBER.fullmatch(number) else None


def edition_in_force(record: Mapping[str, Any], now: datetime) -> int:
    """The edition that counts at `now` by its record; see `Filed.in_force`."""
    return Filed.of(record).in_force(now)


def _from(read: Callable[[str], T], path: str) -> T | None:
    """What `read` gives of a path; None for what is no path. Raises Problem when the storage does not answer."""
    try:
        return read(path)
    except ValueError:
        return None
    except OSError as error:
        raise Problem(
            Kind.UNAVAILABLE, N_("The published documents cannot be read."), retry_after=5
        ) from error


def _filed(data: bytes) -> Filed:
    try:
        record = parse_json(data, max_bytes=4 * 1024 * 1024)
        if isinstance(record, dict):
            return Filed.of(record)
    except (Malformed, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Problem(Kind.UNAVAILABLE, _UNREADABLE) from error
    raise Problem(Kind.UNAVAILABLE, _UNREADABLE)

"""Searching the register: the database narrows, the same code that searches bundles decides, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from lcert_issuer.catalogue import Narrowing, Place, Snapshot, candidates
from lcert_issuer.certificate import CertificateState
from lcert_issuer.readmodel import load_certificates
from lcert_issuer.records import public_record
from lcert_issuer.registry import journal
from lcert_issuer.views import CertificateView
from lcert_verifier.hosts import normal_host
from lcert_verifier.lookup import Lookup
from lcert_verifier.then import record_then

from ..problems import Kind, Problem
from .asked import split_version
from .cursors import decode_cursor, digest_of, encode_cursor
from .published import CONTENTS

__all__ = ["Result", "Search", "search_certificates"]

_AT_ONCE: Final = 200
_MOST_LOOKED_AT: Final = 2_000
"""Certificates looked at for one page; where that is not enough the page is shorter and has a next one."""
_LEFT_OUT: Final = ("editions", "history", "journal", "publishedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; None means any."""

    state: str | None = None
    modality: str | None = None
    basis: str | None = None
    holder: str | None = None
    domain: str | None = None
    lei: str | None = None
    registration: str | None = None
    hf: str | None = None
    sha256: str | None = None
    url: str | None = None
    covers: str | None = None
    at: datetime | None = None
    known_at: datetime | None = None

    def digest(self) -> str:
        """What a cursor is bound to."""
        return digest_of(*(str(getattr(self, field.name)) for field in fields(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    certificates: list[dict[str, Any]]
    next: str | None


def search_certificates(
    session: Snapshot, search: Search, *, base_url: str, now: datetime, cursor: str | None, limit: int
) -> Result:
    """One page. Problem for a cursor of another search."""
    digest = search.digest()
    after: Place | None = None
    if cursor is not None:
        year, serial, bound = decode_cursor(cursor, int, int, str)
        if bound != digest:
            raise Problem(Kind.INVALID_PARAMETER, "cursor belongs to a search with other filters.")
        after = min(year, 9_999), min(serial, 10**9)
    head = journal.head(session)
    at = search.at or max(now, head.recorded_at)
    narrowing = _narrowing(search, at)
    found: list[dict[str, Any]] = []
    looked_at = 0
    while looked_at < _MOST_LOOKED_AT:
        batch = candidates(session, narrowing, after=after, limit=_AT_ONCE)
        views = load_certificates(session, [number for number, _ in batch], with_tokens=False)
        known = {
            view.number: record
            for view in views
            if (record := _record_then(view, search, at, base_url, head)) is not None
        }
        fitting = {item["number"]: item for item in _fitting(known, search, at)}
        for number, place in batch:
            if len(found) == limit and number in fitting:
                return Result(certificates=found, next=encode_cursor(*_place(after), digest))
            after = place
            if number in fitting:
                found.append(fitting[number])
        looked_at += len(batch)
        if len(batch) < _AT_ONCE:
            return Result(certificates=found, next=None)
    return Result(certificates=found, next=encode_cursor(*_place(after), digest))


def _place(after: Place | None) -> Place:
    return after or (0, 0)


def _narrowing(search: Search, at: datetime) -> Narrowing:
    texts = (
        search.holder,
        search.lei,
        search.sha256,
        search.url.partition("#")[0] if search.url else None,
        split_version(search.hf)[0] if search.hf else None,
        split_version(search.covers)[0] if search.covers else None,
    )
    now = search.at is None and search.known_at is None
    return Narrowing(
        texts=tuple(text for text in texts if text),
        modality=search.modality,
        basis=search.basis,
        domains=_domains(search.domain),
        state=CertificateState(search.state) if search.state and now else None,
        today=at.date() if now else None,
    )


def _domains(text: str | None) -> tuple[str, ...] | None:
    """The host and every domain above it."""
    if text is None:
        return None
    labels = (normal_host(text) or "").split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels)) if labels[start])


def _record_then(
    view: CertificateView, search: Search, at: datetime, base_url: str, head: journal.TreeHead
) -> dict[str, Any] | None:
    record = public_record(view, base_url=base_url, head=head, now=at)
    then = record_then(record, at=at, known_at=search.known_at)
    if then is None:
        return None
    edition = view.edition(then.edition)
    assert edition is not None, "the record's editions are the view's"
    subject = edition.claims["credentialSubject"]
    return {**then.record, **{name: subject[name] for name in CONTENTS}}


def _fitting(
    records: Mapping[str, Mapping[str, Any]], search: Search, at: datetime
) -> Iterator[dict[str, Any]]:
    lookup = Lookup(records.values(), clock=lambda: at)
    for entry in lookup.find(
        holder=search.holder,
        domain=search.domain,
        lei=search.lei,
        registration=search.registration,
        hf=split_version(search.hf) if search.hf else None,
        sha256=search.sha256,
        url=search.url,
        covers=split_version(search.covers) if search.covers else None,
        state=search.state,
        at=at,
    ):
        body = entry.to_json()
        if search.modality is not None and search.modality not in body["scope"]["modalities"]:
            continue
        if search.basis is not None and search.basis not in [b["basis"] for b in body["dataBasis"]]:
            continue
        yield {name: value for name, value in body.items() if name not in _LEFT_OUT}

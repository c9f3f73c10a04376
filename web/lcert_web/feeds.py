"""Atom feeds (RFC 4287): certificates as a search lists them, and every change that the journal recorded."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from lcert_issuer.watching.events import WatchedEvent

from .finding import Change, Row
from .language import spoken_language
from .problems import Problem
from .shelf import Shelf
from .words import EVENTS, REASONS, plain_date, spoken

__all__ = ["changes_feed", "directory_feed", "watched_feed"]

_LONG_AGO = "1970-01-01T00:00:00Z"


def directory_feed(rows: Sequence[Row], *, base_url: str, suffix: str, name: str) -> str:
    """One entry a certificate; it is updated when anything about it was recorded."""
    entries = [
        _entry(
            id_=f"{base_url}/c/{row.number}",
            title=f"{row.number}: {row.view.word}",
            link=f"{base_url}/c/{row.number}",
            updated=row.updated,
            summary=f"{row.holder}: {row.statement}. {row.view.sentence}",
        )
        for row in rows
    ]
    address = f"{base_url}/directory.atom{suffix}"
    title = f"{name}: {spoken_language().gettext('Certificates')}"
    updated = max((row.updated for row in rows), default=_LONG_AGO)
    return _feed(address, title, f"{base_url}/directory{suffix}", name, updated, entries)


def changes_feed(changes: Sequence[Change], shelf: Shelf, *, name: str) -> str:
    """One entry an event of the journal, newest first. An entry is never changed and never taken back."""
    holders = {number: _holder(shelf, number) for number in {change.number for change in changes}}
    entries = [
        _entry(
            id_=f"{shelf.base_url}/c/{change.number}#entry-{change.position}",
            title=f"{change.number}: {_happened(change)}",
            link=f"{shelf.base_url}/c/{change.number}",
            updated=_time(change.recorded_at),
            summary=". ".join(filter(None, (holders[change.number], _happened(change), _effective(change)))),
        )
        for change in changes
    ]
    address = f"{shelf.base_url}/v1/changes.atom"
    title = f"{name}: {spoken_language().gettext('Changes')}"
    updated = _time(changes[0].recorded_at) if changes else _LONG_AGO
    return _feed(address, title, f"{shelf.base_url}/directory", name, updated, entries)


def watched_feed(events: Sequence[WatchedEvent], shelf: Shelf, *, address: str, name: str) -> str:
    """Events of one watch, newest first, under the ids that its webhooks have."""
    known = [event for event in events if event.number is not None and event.url is not None]
    holders = {number: _holder(shelf, number) for number in {event.number or "" for event in known}}
    entries = [
        _entry(
            id_=f"urn:lcert:event:{event.id}",
            title=f"{event.number}: {_told(event)}",
            link=event.url or "",
            updated=_time(event.recorded_at),
            summary=". ".join(filter(None, (holders[event.number or ""], _told(event)))),
        )
        for event in known
    ]
    title = f"{name}: {spoken_language().gettext('Changes')}"
    updated = _time(known[0].recorded_at) if known else _LONG_AGO
    return _feed(address, title, f"{shelf.base_url}/directory", name, updated, entries)


def _told(event: WatchedEvent) -> str:
    kind = event.type.removeprefix("certificate.")
    text = spoken(kind, EVENTS)
    if event.edition is not None:
        text += f" ({spoken_language().gettext('edition %(edition)s', edition=event.edition)})"
    if event.reason and event.reason != "unspecified":
        text += f": {spoken(event.reason, REASONS)}"
    return text


def _happened(change: Change) -> str:
    """`Suspended (edition 2): the fee was not paid`."""
    text = spoken(change.kind, EVENTS)
    if change.edition is not None:
        text += f" ({spoken_language().gettext('edition %(edition)s', edition=change.edition)})"
    if change.reason and change.reason != "unspecified":
        text += f": {spoken(change.reason, REASONS)}"
    return text


def _effective(change: Change) -> str:
    if change.effective_at.date() == change.recorded_at.date():
        return ""
    return spoken_language().gettext("In effect from %(date)s", date=plain_date(change.effective_at))


def _holder(shelf: Shelf, number: str) -> str:
    try:
        record = shelf.record(number) or {}
    except Problem:
        return ""
    scope, holder = record.get("scope") or {}, record.get("holder") or {}
    return ": ".join(filter(None, (str(holder.get("legalName") or ""), str(scope.get("statement") or ""))))


def _entry(*, id_: str, title: str, link: str, updated: str, summary: str) -> str:
    return (
        f"<entry><id>{escape(id_)}</id><title>{_text(title)}</title><link href={quoteattr(link)}/>"
        f"<updated>{updated}</updated><summary>{_text(summary)}</summary></entry>\n"
    )


def _feed(address: str, title: str, page: str, author: str, updated: str, entries: Iterable[str]) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{spoken_language().code}">\n'
        f"<id>{escape(address)}</id><title>{_text(title)}</title>"
        f'<link rel="self" href={quoteattr(address)}/><link href={quoteattr(page)}/>'
        f"<author><name>{_text(author)}</name></author><updated>{updated}</updated>\n"
        f"{''.join(entries)}</feed>\n"
    )


def _text(text: str) -> str:
    """Text for XML 1.0, which has no control characters at all."""
    kept = (char for char in text if unicodedata.category(char) not in ("Cc", "Cs", "Cn"))
    return escape("".join(kept))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

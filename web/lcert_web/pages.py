"""What the templates are given: filters, the site's frame, and the facts of a certificate as a page tells them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from markupsafe import Markup, escape

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import split

from . import words
from .language import spoken_language
from .verdicts import VerdictView

__all__ = ["Basis", "Facts", "Site", "facts_of", "install_pages", "signing_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The frame of every page. `contact` is an e-mail address or a URL, `imprint` lines of text or a URL.

    `log_days`: for how long those who run the site keep its access log; None when they do not say.
    """

    name: str
    programme: str
    base_url: str | None
    contact: str | None = None
    imprint: str | None = None
    verifier_url: str | None = None
    log_days: int | None = None
    is_verifier: bool = False

    def contact_link(self, number: str | None = None) -> str | None:
        """The contact as a link: a mail with its subject filled in, or the contact page."""
        if not self.contact:
            return None
        if "@" in self.contact and "/" not in self.contact:
            subject = f"?subject={self.programme.replace(' ', '%20')}%20{number}" if number else ""
            return f"mailto:{self.contact}{subject}"
        return _web_link(self.contact)

    @property
    def imprint_link(self) -> str | None:
        return _web_link(self.imprint) if self.imprint else None

    @property
    def imprint_lines(self) -> list[str]:
        return [
            line.strip() for line in (self.imprint or "").replace("\\n", "\n").splitlines() if line.strip()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One legal basis: its plain words, its share as a band in per cent, and the rest of what was declared."""

    code: str
    name: str
    meaning: str
    low: int | None
    high: int | None
    measure: str
    licensors: tuple[str, ...]
    licenses: tuple[str, ...]

    @property
    def share(self) -> str:
        """`80 to 90 %`, empty when no share was stated."""
        _ = spoken_language().gettext
        if self.low is None:
            return ""
        if self.low == self.high:
            return _("%(share)s %%", share=self.low)
        return _("%(low)s to %(high)s %%", low=self.low, high=self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A certificate's facts, from the verified credential where there is one, else from the published record."""

    verified: bool
    holder: Mapping[str, Any]
    scope: Mapping[str, Any]
    bases: tuple[Basis, ...]
    evidence: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any]
    certificate: Mapping[str, Any]

    @property
    def domains(self) -> list[str]:
        return [str(d.get("name", "")) for d in self.holder.get("domains") or [] if isinstance(d, Mapping)]

    @property
    def covers_everything(self) -> bool:
        return self.scope.get("level") == "company"


_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "reason": words.REASONS,
    "event": words.EVENTS,
    "edition_status": words.EDITIONS,
    "modality": words.MODALITIES,
    "level": words.LEVELS,
    "kind": words.KINDS,
    "evidence_type": words.EVIDENCE,
    "checked_by": words.CHECKED_BY,
    "licensor": words.LICENSORS,
    "measure": words.MEASURES,
    "left_out": words.LEFT_OUT,
    "upstream": words.UPSTREAM,
    "check_name": words.CHECKS,
    "outcome": words.OUTCOMES,
}
"""Filter -> the table it speaks."""


def facts_of(source: Mapping[str, Any], *, verified: bool) -> Facts:
    """Facts from `Credential.to_json()` or a public record: both use the same member names."""
    return Facts(
        verified=verified,
        holder=source.get("holder") or {},
        scope=source.get("scope") or {},
        bases=tuple(_basis(b) for b in source.get("dataBasis") or [] if isinstance(b, Mapping)),
        evidence=[e for e in source.get("evidence") or [] if isinstance(e, Mapping)],
        decision=source.get("decision") or {},
        certificate=source.get("certificate") or {},
    )


def signing_key(token: str) -> Mapping[str, str] | None:
    """`kid` and `alg` that a token names in its header; whether they are right is for the Report to say."""
    try:
        header = split(token).header
    except Malformed:
        return None
    found = {name: str(header.get(name) or "")[:600] for name in ("kid", "alg")}
    return found if found["kid"] else None


def _basis(entry: Mapping[str, Any]) -> Basis:
    code = str(entry.get("basis", ""))
    name, meaning = words.BASES.get(code, (code, ""))
    low, high = _band(entry.get("share"))
    return Basis(
        code=code,
        name=name,
        meaning=meaning,
        low=low,
        high=high,
        measure=str(entry.get("measure") or ""),
        licensors=tuple(str(x) for x in entry.get("licensorTypes") or []),
        licenses=tuple(str(x) for x in entry.get("licenses") or []),
    )


def _band(share: object) -> tuple[int | None, int | None]:
    if isinstance(share, str):
        low, _, high = share.partition("-")
        if low.isascii() and low.isdigit() and (not high or (high.isascii() and high.isdigit())):
            bounds = int(low[:4]), int((high or low)[:4])
            if 0 <= bounds[0] <= bounds[1] <= 100:
                return bounds
    return None, None


def _assets(app: Flask) -> Mapping[str, str]:
    """Links to the style sheet, fonts and icon, with a digest in the query so that a new version is fetched at once."""
    folder = Path(app.static_folder or "")
    wanted = {
        "style": "site.css",
        "fonts": "brand/fonts.css",
        "icon": "brand/favicon.svg",
        "dropping": "dropping.js",
    }
    found = {name: path for name, path in wanted.items() if (folder / path).is_file()}
    return {
        name: f"/static/{path}?v={hashlib.sha256((folder / path).read_bytes()).hexdigest()[:12]}"
        for name, path in found.items()
    }


def install_pages(app: Flask, site: Site) -> None:
    """Gives the templates their filters and words. Autoescaping stays on for every template we have."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters: dict[str, Callable[[Any], Any]] = {
        name: partial(_said, table) for name, table in _TABLES.items()
    }
    app.jinja_env.filters.update(
        filters,
        plain_date=words.plain_date,
        plain_time=words.plain_time,
        versions=words.plain_versions,
        clean=_clean,
        listed=lambda items: spoken_language().texts.list(str(item) for item in items),
        iso=_iso,
        told=_told,
        whole=_whole,
    )
    app.jinja_env.globals.update(
        site=site, assets=_assets(app), bases=words.BASES, modalities=words.MODALITIES, states=words.STATES
    )


def _said(table: Mapping[str, str], code: object) -> str:
    return words.spoken(str(code), table)


def _clean(text: object) -> str:
    """Text for places without markup (titles, descriptions): no control characters, none that turn the direction."""
    shown = (char for char in str(text) if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join("".join(shown).split())


def _told(view: VerdictView) -> Markup:
    """The sentence of a verdict; an address in it is cut to its path, because a link to it stands beside."""
    text, address = escape(view.sentence), view.current_edition or ""
    if not _web_link(address):
        return text
    path = urlsplit(address).path.strip("/").removeprefix("c/")
    return text.replace(escape(address), Markup('<bdi class="nowrap">{}</bdi>').format(path))


def _whole(text: str, part: str) -> Markup:
    """The text, in which a line may not break inside of `part`."""
    kept = Markup('<span class="nowrap">{}</span>').format(part)
    return escape(text).replace(escape(part), kept) if part else escape(text)


def _web_link(text: str) -> str | None:
    return text if urlsplit(text).scheme in ("http", "https") else None


def _iso(value: object) -> str:
    moment = words.parse_moment(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""

"""What the templates are given: filters, the site's frame, and the facts of a certificate as a page tells them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from . import words

__all__ = ["Basis", "Facts", "Site", "facts_of", "install_pages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The frame of every page. `contact` is an e-mail address or a URL; None leaves the report link out."""

    name: str
    programme: str
    base_url: str | None
    contact: str | None = None
    verifier_url: str | None = None
    is_verifier: bool = False

    def report_link(self, number: str | None = None) -> str | None:
        """Where misuse is reported: a mail with its subject filled in, or the contact page."""
        if not self.contact:
            return None
        if "@" in self.contact and "/" not in self.contact:
            subject = f"Misuse%20of%20the%20L%20mark%20{number}" if number else "Misuse%20of%20the%20L%20mark"
            return f"mailto:{self.contact}?subject={subject}"
        return self.contact if urlsplit(self.contact).scheme in ("http", "https") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One legal basis: its plain words, its share as a band in per cent, and the rest of what was declared."""

    code: str
    name: str
    meaning: str
    low: int | None
    high: int | None
    share: str
    measure: str
    licensors: tuple[str, ...]
    licenses: tuple[str, ...]


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


def _basis(entry: Mapping[str, Any]) -> Basis:
    code = str(entry.get("basis", ""))
    name, meaning = words.BASES.get(code, (code, ""))
    low, high = _band(entry.get("share"))
    share = "" if low is None else (f"{low} %" if low == high else f"{low} to {high} %")
    return Basis(
        code=code,
        name=name,
        meaning=meaning,
        low=low,
        high=high,
        share=share,
        measure=str(entry.get("measure") or ""),
        licensors=tuple(str(x).replace("-", " ") for x in entry.get("licensorTypes") or []),
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
    wanted = {"style": "site.css", "fonts": "brand/fonts.css", "icon": "brand/favicon.svg"}
    found = {name: path for name, path in wanted.items() if (folder / path).is_file()}
    return {
        name: f"/static/{path}?v={hashlib.sha256((folder / path).read_bytes()).hexdigest()[:12]}"
        for name, path in found.items()
    }


def install_pages(app: Flask, site: Site) -> None:
    """Gives the templates their filters and words. Autoescaping stays on for every template we have."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        plain_date=words.plain_date,
        plain_time=words.plain_time,
        reason=lambda code: words.spoken(str(code), words.REASONS),
        event=lambda code: words.spoken(str(code), words.EVENTS),
        modality=lambda code: words.spoken(str(code), words.MODALITIES),
        level=lambda code: words.spoken(str(code), words.LEVELS),
        evidence_type=lambda code: words.spoken(str(code), words.EVIDENCE),
        checked_by=lambda code: words.spoken(str(code), words.CHECKED_BY),
        check_name=lambda code: words.spoken(str(code), words.CHECKS),
        outcome=lambda code: words.spoken(str(code), words.OUTCOMES),
        versions=words.plain_versions,
        spaced=lambda code: str(code).replace("-", " "),
        iso=_iso,
    )
    app.jinja_env.globals.update(
        site=site, assets=_assets(app), bases=words.BASES, modalities=words.MODALITIES, states=words.STATES
    )


def _iso(value: object) -> str:
    moment = words.parse_moment(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""

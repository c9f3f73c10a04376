"""Where a visitor came from, as far as the browser or the link says: a hint to a person, never a gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request

from lcert_verifier.hosts import is_licensed_host, normal_host

__all__ = ["Origin", "came_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The site somebody came from, and whether the certificate names it."""

    host: str
    licensed: bool


def came_from(request: Request, domains: Iterable[str], own: Iterable[str | None]) -> Origin | None:
    """From `?from=HOST` of an embedded link, else from the Referer, which names an origin at best.

    None for no name, an address without a name, our own pages (`own`: their origins), and what is no domain name.
    """
    host = _host(request.args.get("from", "")) or _host(request.headers.get("Referer", ""))
    ours = {normal_host(urlsplit(origin).hostname or "") for origin in own if origin}
    if host is None or host in ours or host == normal_host(request.host):
        return None
    return Origin(host=host, licensed=is_licensed_host(host, domains))


def _host(text: str) -> str | None:
    if not text or len(text) > 2048:
        return None
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        return normal_host(parts.hostname or "") if parts.scheme in ("http", "https") else None
    except ValueError:
        return None

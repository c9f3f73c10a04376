"""Plain http and https URLs: taken apart strictly, and origins in their one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .addresses import is_loopback_host, normal_host

__all__ = ["Target", "is_loopback_url", "normal_origin", "origin_of", "parse_url"]

_URL: Final = re.compile(
    r"(?i:(https?)://)([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(/[!-\"$-;=?-\[\]-~]*)?", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart. `host` is lower case, IPv6 in brackets; `path` has its leading slash and may have a query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port in the one normal spelling: lower case, default port left out."""
        default = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if self.port == default else f":{self.port}")


def parse_url(url: str) -> Target:
    """A plain http(s) URL: no user, fragment, space, backslash or odd host. ValueError otherwise."""
    match = _URL.fullmatch(url) if len(url) <= 2048 else None
    host = normal_host(match[2]) if match else None
    if match is None or host is None:
        raise ValueError(f"{url[:100]!r} is not a plain http or https URL")
    scheme = match[1].lower()
    port = int(match[3]) if match[3] else {"https": 443, "http": 80}[scheme]
    if not 0 < port < 65536:
        raise ValueError(f"{url[:100]!r} has no usable port")
    return Target(scheme=scheme, host=host, port=port, path=match[4] or "/")


def normal_origin(text: str) -> str:
    """The origin in `text` (a trailing slash is forgiven), https unless its host is loopback. ValueError otherwise."""
    target = parse_url(text)
    if target.path != "/":
        raise ValueError(f"{text[:100]!r} is more than an origin")
    if target.scheme == "http" and not is_loopback_host(target.host):
        raise ValueError(f"{text[:100]!r} must be https: http is for loopback only")
    return target.origin


def origin_of(url: str) -> str:
    """The origin of any plain URL, under the rule of `normal_origin`."""
    target = parse_url(url)
    return normal_origin(target.origin)


def is_loopback_url(url: str) -> bool:
    return is_loopback_host(parse_url(url).host)

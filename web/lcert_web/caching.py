"""Strong ETags, 304 answers, cache lifetimes and gzip, in one place after every route."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime
from functools import cache, lru_cache
from typing import Final

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from .bounded import Bounded

__all__ = [
    "IMMUTABLE",
    "NO_STORE",
    "cache_for",
    "install_caching",
    "lifetime",
    "likes_gzip",
    "packed",
    "seconds_until",
    "tag_of",
    "worth_packing",
]

IMMUTABLE: Final = "public, max-age=31536000, immutable"
NO_STORE: Final = "no-store"

_COMPRESSIBLE: Final = frozenset(
    {
        "application/atom+xml",
        "application/did+json",
        "application/jose+json",
        "application/json",
        "application/jwk-set+json",
        "application/ld+json",
        "application/problem+json",
        "image/svg+xml",
    }
)
_WORTH_IT: Final = 860
_SMALL: Final = 64 * 1024
_LARGEST: Final = 4 * 1024 * 1024
_PACKED: Final[Bounded[bytes]] = Bounded(2 * 2**20, len)


def cache_for(response: Response, seconds: int) -> Response:
    """Public caching for `seconds`, shared caches alike; 0 or less must be asked again each time."""
    response.headers["Cache-Control"] = lifetime(seconds)
    return response


@cache
def lifetime(seconds: int) -> str:
    """The value of Cache-Control that `cache_for` gives."""
    return f"public, max-age={seconds}, s-maxage={seconds}" if seconds > 0 else "no-cache"


def tag_of(body: bytes) -> str:
    """The strong tag of a body, without quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def worth_packing(kind: str, size: int) -> bool:
    """Whether a body of a media type is sent as gzip to those who like it."""
    return (kind.startswith("text/") or kind in _COMPRESSIBLE) and _WORTH_IT <= size <= _LARGEST


def likes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and does not refuse it."""
    return "gzip" in accepted.lower() and _quality(accepted) > 0


@lru_cache(maxsize=256)
def _quality(accepted: str) -> float:
    return parse_accept_header(accepted, Accept)["gzip"]


def packed(body: bytes, tag: str | None) -> bytes:
    """The body as gzip, the same bytes each time. Small ones that have a tag, such as badges, are remembered by it."""
    if tag is None or len(body) > _SMALL:
        return _pack(body)
    return _PACKED.get(tag) or _PACKED.put(tag, _pack(body))


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=5, mtime=0)


def seconds_until(moment: datetime | None, now: datetime, limit: int) -> int:
    """Whole seconds from `now` to `moment`, from 0 to `limit`; `limit` when there is no moment or it has passed."""
    if moment is None or moment <= now:
        return limit
    return min(limit, int((moment - now).total_seconds()))


def install_caching(app: Flask) -> None:
    """Gives every complete 200 answer to GET and HEAD a strong ETag, and answers If-None-Match with 304.

    A gzip answer is another representation, so it has another ETag (RFC 9110 section 8.8.3.3).
    """

    @app.after_request
    def _finish(response: Response) -> Response:
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        if request.endpoint == "static":
            response.direct_passthrough = (
                False  # small files of ours: read whole, to be compressed and tagged
            )
        elif response.is_streamed:
            return response
        if response.headers.get("Cache-Control") == NO_STORE:
            return _compressed(response, response.get_data(), None)
        body = response.get_data()
        response.headers.setdefault("Cache-Control", "no-cache")
        response = _compressed(response, body, tag_of(body))
        response.make_conditional(request)
        return response


def _compressed(response: Response, body: bytes, tag: str | None) -> Response:
    if worth_packing(response.mimetype or "", len(body)) and "Content-Encoding" not in response.headers:
        response.vary.add("Accept-Encoding")
        if likes_gzip(request.headers.get("Accept-Encoding", "")):
            response.set_data(packed(body, tag))
            response.headers["Content-Encoding"] = "gzip"
            tag = tag and f"{tag}-gz"
    if tag:
        response.set_etag(tag)
    return response

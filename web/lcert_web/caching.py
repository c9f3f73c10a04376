"""Strong ETags, 304 answers, cache lifetimes and gzip, in one place after every route."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime
from typing import Final

from flask import Flask, Response, request

__all__ = ["IMMUTABLE", "NO_STORE", "cache_for", "install_caching", "seconds_until"]

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
_LARGEST: Final = 4 * 1024 * 1024


def cache_for(response: Response, seconds: int) -> Response:
    """Public caching for `seconds`, shared caches alike; 0 or less must be asked again each time."""
    whole = max(0, seconds)
    response.headers["Cache-Control"] = f"public, max-age={whole}, s-maxage={whole}" if whole else "no-cache"
    return response


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
        tag = hashlib.sha256(body).hexdigest()[:32]
        response = _compressed(response, body, tag)
        response.make_conditional(request)
        return response


def _compressed(response: Response, body: bytes, tag: str | None) -> Response:
    kind = response.mimetype or ""
    compressible = kind.startswith("text/") or kind in _COMPRESSIBLE
    if compressible and _WORTH_IT <= len(body) <= _LARGEST and "Content-Encoding" not in response.headers:
        response.vary.add("Accept-Encoding")
        if (
            request.accept_encodings["gzip"] > 0
            and "gzip" in request.headers.get("Accept-Encoding", "").lower()
        ):
            response.set_data(gzip.compress(body, compresslevel=5, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            tag = tag and f"{tag}-gz"
    if tag:
        response.set_etag(tag)
    return response

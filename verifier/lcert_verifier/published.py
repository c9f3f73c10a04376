"""What an issuer publishes below its origin: the path of each document, its media type and how large it may be.

The same words are used by those who write the files, serve them and read them. Paths have no leading slash.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from .errors import EvidenceUnavailable

__all__ = [
    "BUNDLES_PREFIX",
    "BUNDLE_INDEX_PATH",
    "BUNDLE_PATH",
    "CHECKPOINT_PATH",
    "LOG_PREFIX",
    "TRUST_PATH",
    "NotPublished",
    "bitstring_path",
    "dated_bundle_path",
    "is_published_path",
    "log_name",
    "media_type",
    "most_bytes",
    "path_below",
    "proof_path",
    "record_path",
    "shard_path",
    "token_list_path",
    "token_path",
]

TRUST_PATH: Final = "trust.json"
LOG_PREFIX: Final = "log/"
CHECKPOINT_PATH: Final = "log/checkpoint"
BUNDLE_PATH: Final = "bundle.zip"
BUNDLES_PREFIX: Final = "bundles/"
BUNDLE_INDEX_PATH: Final = "bundles/index.json"

_KIB: Final = 1024
_TABLE: Final = (
    (re.compile(r"status/token/[1-9][0-9]*"), "application/statuslist+jwt", 64 * _KIB),
    (re.compile(r"status/bitstring/(?:revocation|suspension)/[1-9][0-9]*"), "application/vc+jwt", 64 * _KIB),
    (re.compile(r"bundle\.zip|bundles/.*\.zip"), "application/zip", 64 * _KIB * _KIB),
    (re.compile(r"log/checkpoint"), "text/plain", 64 * _KIB),
    (re.compile(r"log/tile/entries/.*"), "application/octet-stream", 17 * _KIB * _KIB),
    (re.compile(r"log/tile/.*"), "application/octet-stream", 16 * _KIB),
    (re.compile(r"log/proof/[0-9a-f]{64}"), "application/json", 256 * _KIB),
    (re.compile(r"c/[^/]+(?:/[0-9]+)?\.jwt"), "application/vc+jwt", 64 * _KIB),
    (re.compile(r"c/[^/]+/[0-9]+\.(?:openbadge|compact)\.jwt"), "application/jwt", 64 * _KIB),
    (re.compile(r"contexts/.*"), "application/ld+json", 256 * _KIB),
    (re.compile(r".*\.svg"), "image/svg+xml", 8 * _KIB * _KIB),
    (re.compile(r".*\.png"), "image/png", 8 * _KIB * _KIB),
)
_OTHER: Final = ("application/json", 4 * _KIB * _KIB)
_PATH: Final = re.compile(r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*")


class NotPublished(EvidenceUnavailable):
    """The origin answered, and has no such document (404 or 410)."""


def media_type(path: str) -> str:
    """The media type that `path` is served with, without parameters."""
    return next((kind for pattern, kind, _ in _TABLE if pattern.fullmatch(path)), _OTHER[0])


def most_bytes(path: str) -> int:
    """The size beyond which a reader refuses `path`."""
    return next((most for pattern, _, most in _TABLE if pattern.fullmatch(path)), _OTHER[1])


def is_published_path(path: str) -> bool:
    """Whether `path` is plain: no query, no escapes, no dot segments, nothing absolute."""
    return bool(_PATH.fullmatch(path)) and not any(part.strip(".") == "" for part in path.split("/"))


def path_below(base_url: str, url: str) -> str | None:
    """The published path of `url`, None when it is not a plain URL below `base_url`."""
    prefix = base_url + "/"
    if not url.startswith(prefix):
        return None
    path = url[len(prefix) :]
    return path if is_published_path(path) else None


def token_list_path(number: int) -> str:
    return f"status/token/{number}"


def bitstring_path(purpose: str, number: int) -> str:
    return f"status/bitstring/{purpose}/{number}"


def record_path(number: str) -> str:
    return f"c/{number}.json"


def token_path(number: str) -> str:
    """The canonical token of the edition in force."""
    return f"c/{number}.jwt"


def proof_path(digest: str) -> str:
    """Where the journal proof of a token lies; `digest` is the hex SHA-256 of its `header.payload`."""
    return f"log/proof/{digest}"


def dated_bundle_path(day: date) -> str:
    """The first bundle of a day (UTC)."""
    return f"{BUNDLES_PREFIX}{day.isoformat()}.zip"


def shard_path(number: int) -> str:
    """A shard of the journal's history, counted from 0."""
    return f"{BUNDLES_PREFIX}history/{number}.zip"


def log_name(base_url: str) -> str:
    """Origin line and key name of the journal's checkpoint: `host[:port]/log`."""
    return base_url.partition("://")[2] + "/log"

"""What the journal can record, and the bytes of an entry: RFC 8785 JSON without a name of a person or holder."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from lcert_verifier.jose import b64u_encode

from .canonical import canonical_json

__all__ = [
    "EDITION_KINDS",
    "NOTICES",
    "Entry",
    "Event",
    "Kind",
    "Recorded",
    "TreeHead",
    "encode_entry",
    "format_instant",
    "members_of",
]

_MAX_ENTRY: Final = 65_535
"""A log entry's length is sixteen bits (C2SP tlog-tiles)."""


class Kind(enum.StrEnum):
    """What an entry records."""

    ISSUED = "issued"
    RENEWED = "renewed"
    RESCOPED = "rescoped"
    CORRECTED = "corrected"
    REKEYED = "rekeyed"
    APPEALED = "appealed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    ACTIVATED = "activated"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"
    KEY_STAGED = "key_staged"
    KEY_PROMOTED = "key_promoted"
    KEY_RETIRED = "key_retired"
    KEY_COMPROMISED = "key_compromised"


EDITION_KINDS: Final = frozenset(
    {Kind.ISSUED, Kind.RENEWED, Kind.RESCOPED, Kind.CORRECTED, Kind.REKEYED, Kind.APPEALED}
)
"""Kinds that issue an edition: they list its tokens, and supersede every earlier edition from `effectiveAt` on."""
NOTICES: Final = frozenset({Kind.ACTIVATED, Kind.EXPIRED, Kind.SUPERSEDED})
"""Kinds that follow from dates with or without an entry; unique by edition and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about to be recorded. `payload` is its private side; `effective_at` None means when it is recorded."""

    kind: Kind
    number: str | None = None
    edition: int | None = None
    credential: str | None = None
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Hex digest of `header.payload`, by securing."""
    list_number: int | None = None
    list_index: int | None = None
    kid: str | None = None
    purpose: str | None = None
    since: int | None = None
    supersedes: str | None = None
    """Credential id of the edition before."""
    effective_at: datetime | None = None
    reason: str | None = None
    separation: str | None = None
    """`independent` or `same-person`, where two people ought to decide."""
    valid_from: date | None = None
    valid_through: date | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where and when an event was recorded."""

    position: int
    event_id: str
    recorded_at: datetime
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    size: int
    root: bytes
    recorded_at: datetime
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded fact. `data` is the leaf's bytes."""

    position: int
    kind: Kind
    number: str | None
    edition: int | None
    effective_at: datetime
    recorded_at: datetime
    data: bytes
    leaf: bytes


def format_instant(value: datetime) -> str:
    """RFC 3339 in UTC with `Z`: microseconds when there are any, none otherwise."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def encode_entry(
    event: Event, *, event_id: str, effective_at: datetime, recorded_at: datetime, payload: bytes
) -> bytes:
    """The leaf's bytes. `payload` is the salted digest of the private side; absent members say nothing."""
    members: dict[str, Any] = {
        "v": 1,
        "id": event_id,
        "kind": event.kind.value,
        "number": event.number,
        "edition": event.edition,
        "credential": event.credential,
        "tokens": dict(event.tokens) or None,
        "list": event.list_number,
        "index": event.list_index,
        "kid": event.kid,
        "purpose": event.purpose,
        "since": event.since,
        "supersedes": event.supersedes,
        "effectiveAt": format_instant(effective_at),
        "recordedAt": format_instant(recorded_at),
        "reason": event.reason,
        "separation": event.separation,
        "validFrom": event.valid_from.isoformat() if event.valid_from else None,
        "validThrough": event.valid_through.isoformat() if event.valid_through else None,
        "payload": f"sha256-{b64u_encode(payload)}",
    }
    entry = canonical_json({name: value for name, value in members.items() if value is not None})
    if len(entry) > _MAX_ENTRY:
        raise ValueError(f"a journal entry is at most {_MAX_ENTRY} bytes")
    return entry


def members_of(entry: bytes) -> dict[str, Any]:
    """The members of an entry read from the journal."""
    members: dict[str, Any] = json.loads(entry)
    return members

"""The journal's entries as values: what happened to which certificate or key, in effect from when, recorded when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .errors import Malformed
from .strict_json import parse_json

__all__ = ["Event", "parse_event", "parse_record_event"]

_MOST_ENTRY: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One journal entry, as far as it decides anything."""

    position: int
    kind: str
    effective_at: datetime
    recorded_at: datetime
    number: str | None = None
    edition: int | None = None
    credential: str | None = None
    tokens: Mapping[str, str]
    """Digests (hex) of the tokens of the edition it issues, by securing; empty for other kinds."""
    reason: str | None = None
    kid: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the public record lists it, with the certificate's number."""
        optional = {
            "number": self.number,
            "edition": self.edition,
            "reason": self.reason,
            "kid": self.kid,
        }
        return {
            "position": self.position,
            "kind": self.kind,
            **{name: value for name, value in optional.items() if value is not None},
            "effectiveAt": _instant_text(self.effective_at),
            "recordedAt": _instant_text(self.recorded_at),
        }


def parse_event(position: int, entry: bytes) -> Event:
    """The event in an entry's bytes; Malformed for what this version cannot read."""
    value = parse_json(entry, max_bytes=_MOST_ENTRY)
    if not isinstance(value, dict) or value.get("v") != 1 or not isinstance(value.get("kind"), str):
        raise Malformed("the entry is of an unknown version")
    tokens = value.get("tokens", {})
    if not isinstance(tokens, dict) or not all(isinstance(item, str) for item in tokens.values()):
        raise Malformed("the entry's tokens are not digests")
    edition = value.get("edition")
    if edition is not None and (type(edition) is not int or edition < 1):
        raise Malformed("the entry's edition is not a number from 1")
    texts = {name: value.get(name) for name in ("number", "credential", "reason", "kid")}
    if not all(text is None or isinstance(text, str) for text in texts.values()):
        raise Malformed("a member of the entry is not a text")
    return Event(
        position=position,
        kind=value["kind"],
        effective_at=_instant(value, "effectiveAt"),
        recorded_at=_instant(value, "recordedAt"),
        edition=edition,
        tokens=tokens,
        **texts,
    )


def parse_record_event(number: str, item: Any) -> Event:
    """The event in a public record's history; Malformed for what is none. It names no tokens."""
    if (
        not isinstance(item, dict)
        or type(item.get("position")) is not int
        or not isinstance(item.get("kind"), str)
    ):
        raise Malformed("a record's history has no such event")
    return Event(
        position=item["position"],
        kind=item["kind"],
        effective_at=_instant(item, "effectiveAt"),
        recorded_at=_instant(item, "recordedAt"),
        number=number,
        edition=item.get("edition"),
        reason=item.get("reason"),
        kid=item.get("kid"),
        tokens={},
    )


def _instant(value: Mapping[str, Any], name: str) -> datetime:
    text = value.get(name)
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) and text.endswith("Z") else None
    except ValueError:
        moment = None
    if moment is None:
        raise Malformed(f"the entry's {name} is not a time")
    return moment.astimezone(UTC)


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"

"""What this home knows of the status lists it published, so that a change looks only at the lists it touches.

A note and not a witness: it counts only while the published checkpoint is the one it was written beside. Without it,
with a damaged or an old one, every list is looked at.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["KnownList", "KnownLists", "ListLedger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """When a list was last signed, by which key, and what it says."""

    kid: str
    issued_at: datetime
    expires_at: datetime
    digest: str
    """Of its packed entries, `statuslists.content_digest`."""

    def is_due(self, *, kid: str, now: datetime) -> bool:
        """Whether it must be looked at although nothing changed: half its time is over, the key or the clock differ."""
        half = self.issued_at + (self.expires_at - self.issued_at) / 2
        return self.kid != kid or not self.issued_at <= now < half


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLists:
    """The lists beside one published checkpoint."""

    size: int
    root: bytes
    looked_at: datetime
    """Until when it is known what time alone changes."""
    lists: Mapping[int, KnownList]


class ListLedger:
    """A small file in the home."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, size: int, root: bytes) -> KnownLists | None:
        """What is known beside the checkpoint of this size and root; None when that is nothing."""
        try:
            value = json.loads(self._path.read_bytes())
            known = KnownLists(
                size=int(value["size"]),
                root=bytes.fromhex(value["root"]),
                looked_at=_instant(value["lookedAt"]),
                lists={
                    int(number): KnownList(
                        kid=str(of["kid"]),
                        issued_at=_instant(of["issuedAt"]),
                        expires_at=_instant(of["expiresAt"]),
                        digest=str(of["digest"]),
                    )
                    for number, of in value["lists"].items()
                },
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return known if (known.size, known.root) == (size, root) else None

    def write(self, known: KnownLists) -> None:
        """Replaces the note. Not flushed: one that a crash tears is none. OSError when the home cannot be written."""
        value: dict[str, Any] = {
            "size": known.size,
            "root": known.root.hex(),
            "lookedAt": known.looked_at.isoformat(),
            "lists": {
                str(number): {
                    "kid": of.kid,
                    "issuedAt": of.issued_at.isoformat(),
                    "expiresAt": of.expires_at.isoformat(),
                    "digest": of.digest,
                }
                for number, of in sorted(known.lists.items())
            },
        }
        temporary = self._path.with_name(f"{self._path.name}.{secrets.token_hex(6)}")
        try:
            temporary.write_text(json.dumps(value) + "\n", encoding="utf-8")
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

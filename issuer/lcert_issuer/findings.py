"""What an examination says: one finding a thing looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "good", "note", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `wrong` needs somebody to act; `note` is worth knowing."""

    name: str
    level: Literal["good", "note", "wrong"]
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "level": self.level, "detail": self.detail}


def good(name: str, detail: str) -> Finding:
    return Finding(name=name, level="good", detail=detail)


def note(name: str, detail: str) -> Finding:
    return Finding(name=name, level="note", detail=detail)


def wrong(name: str, detail: str) -> Finding:
    return Finding(name=name, level="wrong", detail=detail)

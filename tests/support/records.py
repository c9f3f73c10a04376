"""Public records of certificates by hand: the documented form, valid through 2027."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.forms import form

__all__ = ["event", "record"]


def event(position: int, kind: str, day: str) -> dict[str, Any]:
    """One event of a record's history, recorded and in effect from the beginning of `day`."""
    time = f"{day}T00:00:00Z"
    return {"position": position, "kind": kind, "effectiveAt": time, "recordedAt": time, "edition": 1}


def record(number: str = "LC-2027-0001", *events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A record with one edition; `changes` of its form as for `form`."""
    body = form(date(2027, 1, 1), **changes)
    return {
        "number": number,
        "url": f"https://certs.example/c/{number}",
        "state": "active",
        "currentEdition": 1,
        "editions": [{"edition": 1, "validFrom": "2027-01-01", "validThrough": "2027-12-31"}],
        "history": [event(3, "issued", "2027-01-01"), *events],
        **{name: body[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")},
    }

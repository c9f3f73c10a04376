"""A public record as of an instant, by what was known at another. Pure.

The rules are those by which the verifier replays the journal (`replay`), applied to the certificate instead of one
token: entries count that were recorded by `known_at` and in effect by `at`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .proof import ISSUING_KINDS

__all__ = ["RecordThen", "record_then"]

_ENDING: Final = ("withdrawn", "terminated")
_DECIDED: Final = ("state", "since", "reason", "abInitio")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordThen:
    """The record without what one edition says: `edition` names the one in force, whose claims say that."""

    record: dict[str, Any]
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    suspended: Record | None = None
    ended: Record | None = None


def record_then(record: Record, *, at: datetime, known_at: datetime | None) -> RecordThen | None:
    """What a public record would have said; None when nothing of the certificate was recorded by `known_at`.

    `known_at` None means everything the record holds.
    """
    history = [event for event in _objects(record, "history") if _by(event, "recordedAt", known_at)]
    issues = {event["edition"]: event for event in history if event.get("kind") in ISSUING_KINDS}
    editions = [edition for edition in _objects(record, "editions") if edition.get("edition") in issues]
    if not editions:
        return None
    told = [_edition(edition, issues, history, at) for edition in editions]
    current = min(
        (e for e in told if "supersededFrom" not in e or not _by(e, "supersededFrom", at)),
        key=lambda edition: int(edition["edition"]),
    )
    standing = _standing(history, at, since=-1)
    kept = {name: value for name, value in record.items() if name not in _DECIDED}
    result = {
        **kept,
        **_state(standing, current, editions[0], at),
        "currentEdition": current["edition"],
        "editions": told,
        "history": history,
    }
    return RecordThen(record=result, edition=int(current["edition"]))


def _edition(
    edition: Record, issues: Mapping[int, Record], history: Sequence[Record], at: datetime
) -> dict[str, Any]:
    own = issues[edition["edition"]]["position"]
    later = [event["effectiveAt"] for event in issues.values() if event["position"] > own]
    standing = _standing(history, at, since=own)
    told = {name: value for name, value in edition.items() if name != "supersededFrom"}
    if later:
        told["supersededFrom"] = min(later, key=lambda text: _moment(text) or at)
    if standing.ended is not None:
        status = "invalid"
    elif later and _by(told, "supersededFrom", at):
        status = "superseded"
    else:
        status = "valid" if standing.suspended is None else "suspended"
    return {**told, "status": status}


def _standing(history: Sequence[Record], at: datetime, *, since: int) -> _Standing:
    """What people had decided. `since` is the position of an edition's issue; -1 asks about the certificate.

    A suspension belongs to the certificate; what ended it ends every edition there was, and an appeal begins anew.
    """
    suspended: Record | None = None
    ended: Record | None = None
    for event in history:
        if not _by(event, "effectiveAt", at):
            continue
        kind = event.get("kind")
        if kind == "suspended":
            suspended = event
        elif kind == "reinstated":
            suspended = None
        elif kind in _ENDING and event["position"] > since:
            ended = ended or event
        elif kind == "appealed":
            suspended = None
            ended = None if since < 0 else ended
    return _Standing(suspended=suspended, ended=ended)


def _state(standing: _Standing, current: Record, first: Record, at: datetime) -> dict[str, Any]:
    if standing.ended is not None:
        told = _decided(str(standing.ended["kind"]), standing.ended)
        starts, ended = _moment(first.get("validFrom")), _moment(standing.ended["effectiveAt"])
        if told["state"] == "withdrawn" and starts and ended and ended <= starts:
            told["abInitio"] = True
        return told
    starts, last = _moment(current.get("validFrom")), _moment(current.get("validThrough"))
    if starts is not None and at < starts:
        return {"state": "scheduled"}
    if last is not None and at - last >= timedelta(days=1):
        return {"state": "expired"}
    return (
        _decided("suspended", standing.suspended) if standing.suspended is not None else {"state": "active"}
    )


def _decided(state: str, event: Record) -> dict[str, Any]:
    reason = {"reason": event["reason"]} if event.get("reason") else {}
    return {"state": state, "since": event["effectiveAt"], **reason}


def _by(value: Record, name: str, moment: datetime | None) -> bool:
    """Whether the time in the member has come at `moment`; None is the end of all time."""
    when = _moment(value.get(name))
    return when is not None and (moment is None or when <= moment)


def _moment(value: object) -> datetime | None:
    """An instant, or the first of a date; None for anything else."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed


def _objects(record: Record, name: str) -> list[Record]:
    found = record.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []

"""A public record as of an instant: the first instant at which it says something else, and the last before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lcert_verifier.then import RecordThen, record_then

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
T0 = datetime(2027, 1, 1, tzinfo=UTC)


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def event(position: int, kind: str, day: int, **more: Any) -> dict[str, Any]:
    when = text(T0 + day * DAY)
    return {"position": position, "kind": kind, "effectiveAt": when, "recordedAt": when, **more}


def edition(number: int, first: int = 0, last: int = 100) -> dict[str, Any]:
    days = [(T0 + day * DAY).date().isoformat() for day in (first, last)]
    return {"edition": number, "validFrom": days[0], "validThrough": days[1], "supersededFrom": "old"}


ISSUED = event(5, "issued", 0, edition=1)
RENEWED = event(9, "renewed", 50, edition=2)
RECORD: dict[str, Any] = {"number": "N", "state": "now", "since": "now", "reason": "now", "abInitio": True}


def then(
    history: list[Any], day: float, *, known: float | None = None, editions: list[Any] | None = None
) -> RecordThen | None:
    told = [edition(each["edition"]) for each in history if "edition" in each]
    record = {**RECORD, "history": history, "editions": told if editions is None else editions}
    at = T0 + day * DAY
    return record_then(record, at=at, known_at=None if known is None else T0 + known * DAY)


def state(*history: Any, day: float, known: float | None = None) -> dict[str, Any]:
    found = then([ISSUED, *history], day, known=known)
    assert found is not None
    names = ("state", "since", "reason", "abInitio")
    return {name: found.record[name] for name in names if name in found.record}


def statuses(*history: Any, day: float, known: float | None = None) -> list[str]:
    found = then([ISSUED, *history], day, known=known)
    assert found is not None
    return [each["status"] for each in found.record["editions"]]


def test_the_record_keeps_the_rest_and_tells_what_was_decided() -> None:
    found = then([ISSUED, "odd", {"kind": "x"}, RENEWED], 60)
    assert found is not None
    assert found.edition == found.record["currentEdition"] == 2
    assert found.record["number"] == "N"
    assert found.record["history"] == [ISSUED, RENEWED]
    first, second = found.record["editions"]
    assert (first["supersededFrom"], first["status"]) == (RENEWED["effectiveAt"], "superseded")
    assert ("supersededFrom" in second, second["status"]) == (False, "valid")
    assert state(day=1) == {"state": "active"}


@pytest.mark.parametrize(
    ("day", "told"),
    [(-1 / 86_400, "scheduled"), (0, "active"), (101 - 1 / 86_400, "active"), (101, "expired")],
)
def test_the_dates_tell_what_nobody_decided(day: float, told: str) -> None:
    assert state(day=day) == {"state": told}


@pytest.mark.parametrize(
    ("day", "known", "current", "status"),
    [
        (50 - 1 / 86_400, None, 1, ["valid", "valid"]),
        (50, None, 2, ["superseded", "valid"]),
        (60, 50, 2, ["superseded", "valid"]),
        (60, 49.9, 1, ["valid"]),
    ],
)
def test_a_later_edition_supersedes_from_its_day(
    day: float, known: float | None, current: int, status: list[str]
) -> None:
    found = then([ISSUED, RENEWED], day, known=known)
    assert found is not None
    assert found.edition == current
    assert statuses(RENEWED, day=day, known=known) == status


def test_the_next_edition_supersedes_and_not_the_one_after() -> None:
    last = event(12, "renewed", 70, edition=3)
    found = then([ISSUED, last, RENEWED], 80)
    assert found is not None
    told = {each["edition"]: each.get("supersededFrom") for each in found.record["editions"]}
    assert told == {1: RENEWED["effectiveAt"], 2: last["effectiveAt"], 3: None}
    assert found.edition == 3


def test_nothing_is_told_before_anything_was_recorded() -> None:
    assert then([ISSUED], 1, known=-0.1) is None
    assert then([ISSUED], 1, known=0) is not None
    assert then([ISSUED], 1, editions=[]) is None
    assert then([ISSUED], 1, editions=[edition(2)]) is None
    assert then([event(5, "noted", 0, edition=1)], 1, editions=[edition(1)]) is None


SUSPENDED = event(6, "suspended", 10, reason="why")
REINSTATED = event(7, "reinstated", 20)
WITHDRAWN = event(8, "withdrawn", 30, reason="because")


def test_a_suspension_lasts_until_it_is_lifted() -> None:
    told = {"state": "suspended", "since": SUSPENDED["effectiveAt"], "reason": "why"}
    assert state(SUSPENDED, REINSTATED, day=9.9) == {"state": "active"}
    assert state(SUSPENDED, REINSTATED, day=10) == told
    assert state(SUSPENDED, REINSTATED, day=19.9) == told
    assert state(SUSPENDED, REINSTATED, day=20) == {"state": "active"}
    assert state(SUSPENDED, day=-1) == {"state": "scheduled"}
    assert state(SUSPENDED, day=101) == {"state": "expired"}
    assert statuses(SUSPENDED, REINSTATED, RENEWED, day=10) == ["suspended", "suspended"]
    assert statuses(SUSPENDED, REINSTATED, day=20) == ["valid"]


def test_what_ended_it_stays_and_the_first_counts() -> None:
    told = {"state": "withdrawn", "since": WITHDRAWN["effectiveAt"], "reason": "because"}
    assert state(WITHDRAWN, day=29.9) == {"state": "active"}
    assert state(WITHDRAWN, event(9, "terminated", 40), day=200) == told
    assert state(event(8, "terminated", 30), day=30) == {
        "state": "terminated",
        "since": WITHDRAWN["effectiveAt"],
    }
    assert statuses(WITHDRAWN, RENEWED, day=60) == ["invalid", "valid"]
    assert statuses(event(5, "withdrawn", 30), day=60) == ["valid"], "only what comes after the issue ends it"


def test_a_withdrawal_from_the_beginning_is_told() -> None:
    for day, initio in ((0, True), (1, False)):
        told = state(event(8, "withdrawn", day), day=2)
        assert told.get("abInitio", False) is initio
    assert "abInitio" not in state(event(8, "terminated", 0), day=2)


def test_an_appeal_begins_anew() -> None:
    appealed = event(9, "appealed", 40, edition=2)
    assert state(WITHDRAWN, appealed, day=39.9)["state"] == "withdrawn"
    assert state(WITHDRAWN, appealed, day=40) == {"state": "active"}
    assert state(SUSPENDED, appealed, day=40) == {"state": "active"}
    assert statuses(WITHDRAWN, appealed, day=40) == ["invalid", "valid"]
    assert statuses(SUSPENDED, appealed, day=40) == ["superseded", "valid"]


def test_a_kind_that_decides_nothing_changes_nothing() -> None:
    noted = event(7, "noted", 15)
    assert state(SUSPENDED, noted, day=16)["state"] == "suspended"
    assert statuses(SUSPENDED, noted, day=16) == ["suspended"]


def test_the_first_entry_of_a_journal_counts_like_any() -> None:
    appealed = event(9, "appealed", 40, edition=2)
    found = then([{**ISSUED, "position": 0}, WITHDRAWN, appealed], 40)
    assert found is not None
    assert [each["status"] for each in found.record["editions"]] == ["invalid", "valid"]


@pytest.mark.parametrize(("zeros", "counts"), [(14, True), (15, False)])
def test_a_time_is_forty_characters_at_most(zeros: int, counts: bool) -> None:
    when = f"2027-01-31T00:00:00.{'0' * zeros}+00:00"
    assert len(when) == 26 + zeros
    assert (state({**WITHDRAWN, "effectiveAt": when}, day=60)["state"] == "withdrawn") is counts


@pytest.mark.parametrize("value", [None, 1, "soon", "2027-01-01T00:00:00+00:00" + " " * 20])
def test_an_event_without_a_time_does_not_count(value: Any) -> None:
    assert state({**WITHDRAWN, "effectiveAt": value}, day=60) == {"state": "active"}
    assert state({**WITHDRAWN, "recordedAt": value}, day=60) == {"state": "active"}


def test_a_record_without_dates_is_in_force() -> None:
    for value in (None, 7, "soon"):
        found = then([ISSUED], 500, editions=[{"edition": 1, "validFrom": value, "validThrough": value}])
        assert found is not None
        assert found.record["state"] == "active"
    for broken in (None, "x", {}, [1]):
        assert record_then({**RECORD, "history": [ISSUED], "editions": broken}, at=T0, known_at=None) is None

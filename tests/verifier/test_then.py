"""What a public record would have said on another day, or by what was known on one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lcert_verifier.lookup import Lookup
from lcert_verifier.then import record_then

NUMBER = "LC-2027-0001"


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00").astimezone(UTC)


def event(position: int, kind: str, effective: str, recorded: str = "", **more: Any) -> dict[str, Any]:
    return {
        "position": position,
        "kind": kind,
        "effectiveAt": f"{effective}T00:00:00Z",
        "recordedAt": f"{recorded or effective}T00:00:00Z",
        **more,
    }


ISSUED = event(0, "issued", "2027-01-10", "2027-01-01", edition=1)
RENEWED = event(4, "renewed", "2028-01-10", "2027-12-01", edition=2)


def record(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "number": NUMBER,
        "state": "active",
        "currentEdition": 1,
        "editions": [
            {"edition": 1, "validFrom": "2027-01-10", "validThrough": "2028-01-09"},
            {"edition": 2, "validFrom": "2028-01-10", "validThrough": "2029-01-09"},
        ],
        "history": [ISSUED, *events],
        **more,
    }


SUSPENDED = event(1, "suspended", "2027-02-01", reason="fee-unpaid")
REINSTATED = event(2, "reinstated", "2027-03-01")
WITHDRAWN = event(2, "withdrawn", "2027-04-01", reason="unlicensed-data")
TERMINATED = event(3, "terminated", "2027-05-01")
APPEALED = event(3, "appealed", "2027-06-01", edition=2)
VOID = event(2, "withdrawn", "2027-01-10", "2027-04-01", reason="unlicensed-data")


@pytest.mark.parametrize(
    ("events", "at", "told"),
    [
        ([], "2027-01-09", {"state": "scheduled"}),
        ([], "2027-01-10", {"state": "active"}),
        ([], "2028-01-09", {"state": "active"}),
        ([], "2028-01-10", {"state": "expired"}),
        ([SUSPENDED], "2027-01-31", {"state": "active"}),
        ([SUSPENDED], "2027-02-01", {"state": "suspended", "reason": "fee-unpaid"}),
        ([SUSPENDED, REINSTATED], "2027-02-28", {"state": "suspended", "reason": "fee-unpaid"}),
        ([SUSPENDED, REINSTATED], "2027-03-01", {"state": "active"}),
        ([SUSPENDED, WITHDRAWN], "2027-03-31", {"state": "suspended", "reason": "fee-unpaid"}),
        ([SUSPENDED, WITHDRAWN], "2027-04-01", {"state": "withdrawn", "reason": "unlicensed-data"}),
        ([WITHDRAWN, TERMINATED], "2027-05-02", {"state": "withdrawn", "reason": "unlicensed-data"}),
        ([TERMINATED], "2027-05-02", {"state": "terminated"}),
        ([SUSPENDED, WITHDRAWN, APPEALED], "2027-05-31", {"state": "withdrawn", "reason": "unlicensed-data"}),
        ([SUSPENDED, WITHDRAWN, APPEALED], "2028-02-01", {"state": "active", "currentEdition": 2}),
        ([VOID], "2027-01-10", {"state": "withdrawn", "reason": "unlicensed-data", "abInitio": True}),
        ([RENEWED], "2028-01-09", {"state": "active"}),
        ([RENEWED], "2028-01-10", {"state": "active", "currentEdition": 2}),
        ([RENEWED], "2029-01-10", {"state": "expired", "currentEdition": 2}),
    ],
)
def test_a_record_says_what_it_said_then(events: list[dict[str, Any]], at: str, told: dict[str, Any]) -> None:
    then = record_then(record(*events), at=day(at), known_at=None)
    assert then is not None
    names = ("state", "reason", "abInitio", "currentEdition")
    assert {name: then.record[name] for name in names if name in then.record} == {"currentEdition": 1, **told}
    assert then.edition == then.record["currentEdition"]


@pytest.mark.parametrize(
    ("events", "at", "statuses"),
    [
        ([SUSPENDED], "2027-02-01", ["suspended"]),
        ([SUSPENDED, WITHDRAWN, APPEALED], "2027-06-01", ["invalid", "valid"]),
        ([WITHDRAWN, RENEWED], "2028-01-10", ["invalid", "valid"]),
        ([RENEWED], "2028-01-09", ["valid", "valid"]),
        ([RENEWED], "2028-01-10", ["superseded", "valid"]),
    ],
)
def test_each_edition_has_its_own_status(events: list[dict[str, Any]], at: str, statuses: list[str]) -> None:
    then = record_then(record(*events), at=day(at), known_at=None)
    assert then is not None
    assert [edition["status"] for edition in then.record["editions"]] == statuses


def test_what_was_recorded_later_was_not_known() -> None:
    lookup = Lookup([record(VOID)], clock=lambda: day("2027-07-01"))
    assert lookup.get(NUMBER, at=day("2027-02-01"), known_at=day("2026-12-31")) is None, "nothing of it was"
    then = record_then(record(VOID), at=day("2027-02-01"), known_at=day("2027-03-31"))
    assert then is not None
    assert then.record["state"] == "active"


@pytest.mark.parametrize(
    "more",
    [
        {"history": [{**ISSUED, "edition": []}]},
        {"history": [ISSUED, {**RENEWED, "position": "4"}]},
        {"history": [ISSUED, {"kind": "withdrawn", "effectiveAt": ISSUED["effectiveAt"]}]},
    ],
)
def test_a_record_of_another_form_tells_no_past(more: dict[str, Any]) -> None:
    assert Lookup([record(**more)], clock=lambda: day("2028-07-01")).get(NUMBER, at=day("2028-06-01")) is None

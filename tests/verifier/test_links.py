"""A certificate judged by its URL, today or as of another day: the edition that was in force then is judged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.edges import Reads
from tests.support.evidence import make_world
from tests.support.records import event

from lcert_verifier.links import judge_link
from lcert_verifier.report import Code, Report

FIRST, SECOND = make_world(edition=1), make_world(edition=2)
URL = f"{FIRST.base_url}/c/LC-2026-0001"
EDITIONS = [
    {"edition": 1, "validFrom": "2026-11-23", "supersededFrom": "2027-02-01T00:00:00Z"},
    {"edition": 2, "validFrom": "2027-02-01"},
]
BEFORE, AFTER = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)


def ask(
    url: str, at: datetime | None = None, known_at: datetime | None = None, **files: bytes
) -> tuple[Report, list[str]]:
    """The Report of the verifier on the day of the test, and what was read for it."""
    first, second = FIRST.token().encode(), SECOND.token().encode()
    published = {
        "c/LC-2026-0001.json": json.dumps({"editions": EDITIONS}).encode(),
        "c/LC-2026-0001.jwt": second,
        "c/LC-2026-0001/1.jwt": first,
        "c/LC-2026-0001/2.jwt": second,
        **files,
    }
    reads = Reads(published)
    verify = FIRST.verifier().verify
    return judge_link(url, {FIRST.base_url: reads}, verify, at=at, known_at=known_at), reads.seen


@pytest.mark.parametrize(
    ("url", "at", "edition", "read"),
    [
        (URL, None, 2, ["c/LC-2026-0001.jwt"]),
        (URL, BEFORE, 1, ["c/LC-2026-0001.json", "c/LC-2026-0001/1.jwt"]),
        (URL, AFTER, 2, ["c/LC-2026-0001.json", "c/LC-2026-0001/2.jwt"]),
        (f"{URL}/1", AFTER, 1, ["c/LC-2026-0001/1.jwt"]),
    ],
)
def test_the_edition_in_force_then_is_judged(url: str, at: Any, edition: int, read: list[str]) -> None:
    report, seen = ask(url, at)
    assert report.credential is not None
    assert (report.credential.edition, seen) == (edition, read)


@pytest.mark.parametrize(("day", "edition"), [(19, 1), (21, 2)])
def test_the_edition_is_the_one_that_was_known_of(day: int, edition: int) -> None:
    renewed = event(4, "renewed", "2027-01-20") | {"edition": 2, "effectiveAt": "2027-02-01T00:00:00Z"}
    history = [event(3, "issued", "2026-12-01"), renewed]
    told = json.dumps({"editions": EDITIONS, "history": history}).encode()
    files = {"c/LC-2026-0001.json": told}
    _, seen = ask(URL, AFTER, datetime(2027, 1, day, tzinfo=UTC), **files)
    assert seen == ["c/LC-2026-0001.json", f"c/LC-2026-0001/{edition}.jwt"]


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"editions":[{"edition":"1"}]}', b'{"editions":7}', b"no json"]
)
def test_a_record_that_names_no_edition_leaves_the_present_one(body: bytes) -> None:
    report, seen = ask(URL, BEFORE, **{"c/LC-2026-0001.json": body})
    assert report.credential is not None
    assert (report.credential.edition, seen[-1]) == (2, "c/LC-2026-0001.jwt")


def test_a_record_that_names_a_wrong_edition_is_found_out() -> None:
    report, _ = ask(URL, BEFORE, **{"c/LC-2026-0001/1.jwt": SECOND.token().encode()})
    assert report.code is Code.MALFORMED

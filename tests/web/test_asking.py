"""Requests are read strictly: JSON without duplicates, times with offsets, and any string as a token."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lcert_web.asking import parse_time, question_from, read_json
from lcert_web.problems import Kind, Problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_what_is_not_json_is_a_problem(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_json(data)
    assert caught.value.kind is Kind.INVALID_JSON


def test_a_string_may_hold_anything() -> None:
    assert read_json(rb'{"token": "\ud800\u0000"}') == {"token": "\ud800\0"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00.5+02:00", datetime(2026, 3, 1, 10, 30, 0, 500_000, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read(text: str | None, moment: datetime | None) -> None:
    assert parse_time("at", text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-02-30",
        "2026-03-01T12:30:00",
        "20260301",
        "9999-12-31T23:59:59-23:59",
        1772323200,
        ["x"],
    ],
)
def test_odd_times_are_refused(text: object) -> None:
    with pytest.raises(Problem) as caught:
        parse_time("at", text)
    assert caught.value.kind is Kind.INVALID_PARAMETER


@pytest.mark.parametrize("domain", [1, ["a.example"], "a" * 254])
def test_odd_domains_are_refused(domain: object) -> None:
    with pytest.raises(Problem):
        question_from({"domain": domain})

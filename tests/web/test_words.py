"""Codes, dates and version ranges in plain words; the unknown is shown as it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcert_web.words import REASONS, end_of_day, parse_moment, plain_date, plain_time, plain_versions, spoken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (">=3.0,<4", "3.0 and later, before 4"),
        ("==1.0", "1.0"),
        ("2.1", "2.1"),
        (">=4", "4 and later"),
        ("any of the 3.x line", "any of the 3.x line"),
        ("<script>", "<script>"),
    ],
)
def test_version_ranges(text: str, words: str) -> None:
    assert plain_versions(text) == words


def test_dates_and_times() -> None:
    assert plain_date("2027-11-19") == "19 Nov 2027"
    assert plain_date(date(2027, 1, 2)) == "2 Jan 2027"
    assert plain_date(datetime(2027, 1, 2, tzinfo=UTC)) == "2 Jan 2027"
    assert plain_date("soon") == "soon"
    assert plain_date(None) == "–"
    assert plain_time("2027-11-19T23:30:00-02:00") == "20 November 2027, 01:30 UTC"
    assert end_of_day("2027-11-19") == datetime(2027, 11, 20, tzinfo=UTC)
    assert end_of_day("9999-12-31") is None


def test_a_code_without_a_word_is_shown() -> None:
    assert spoken("fee-unpaid", REASONS) == "the fee was not paid"
    assert spoken("brand-new-code", REASONS) == "brand new code"


@given(st.one_of(st.text(), st.integers(), st.none(), st.floats(), st.lists(st.text())))
def test_nothing_makes_a_date_fail(value: object) -> None:
    parse_moment(value)
    plain_date(value)
    plain_time(value)
    end_of_day(value)
    plain_versions(value)

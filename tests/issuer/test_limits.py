"""Limits of what is issued: which grants come after which."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.registry import Bench

from lcert_issuer.refusals import InvalidInput


def test_a_grant_is_not_corrected_to_before_the_first_one(bench: Bench) -> None:
    number = bench.issue()
    draft = bench.draft(assessment__grantedOn=(bench.today - timedelta(days=9)).isoformat())
    with pytest.raises(
        InvalidInput, match=r"assessment\.grantedOn: is before the certificate was first granted"
    ):
        bench.desk.correct(number, draft)

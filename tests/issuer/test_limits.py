"""Limits of what is issued: which grants come after which, and how much a code holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.registry import Bench

from lcert_issuer import desk, plans
from lcert_issuer.badge.modules import room_for_payload
from lcert_issuer.badge.qr import offline_code
from lcert_issuer.refusals import InvalidInput
from lcert_verifier.jose import split
from lcert_verifier.vocabulary import Securing


def test_a_grant_is_not_corrected_to_before_the_first_one(bench: Bench) -> None:
    number = bench.issue()
    draft = bench.draft(assessment__grantedOn=(bench.today - timedelta(days=9)).isoformat())
    with pytest.raises(
        InvalidInput, match=r"assessment\.grantedOn: is before the certificate was first granted"
    ):
        bench.desk.correct(number, draft)


def test_what_was_granted_for_a_day_to_come_can_be_corrected_and_keeps_its_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = bench.today + timedelta(days=30)
    with monkeypatch.context() as before:
        before.setattr(desk, "check_granted", lambda draft, now: None)  # it was not asked once
        number = bench.issue(assessment__grantedOn=ahead.isoformat())
    kept = bench.draft(assessment__grantedOn=ahead.isoformat(), holder__legalName="Quillwater Ltd")
    assert bench.desk.correct(number, kept).edition == 2
    moved = bench.draft(assessment__grantedOn=(ahead + timedelta(days=1)).isoformat())
    with pytest.raises(InvalidInput, match="lies ahead"):
        bench.desk.correct(number, moved)


def test_what_no_offline_code_could_hold_is_not_issued(bench: Bench) -> None:
    """The longest name with a statement that just fits, and one more character."""
    name = "\U0001f3b5" * 300
    room = room_for_payload("https://certs.example")
    sure = bench.desk.issue(bench.draft(holder__legalName=name, scope__statement="x"))
    spare = (
        room - len(split(sure.tokens[Securing.COMPACT]).body) - len("0" * 5)
    )  # the index takes 1 to 6 digits
    issued = bench.desk.issue(bench.draft(holder__legalName=name, scope__statement="x" * spare))
    offline_code("https://certs.example", issued.tokens[Securing.COMPACT])
    with pytest.raises(InvalidInput) as caught:
        bench.desk.issue(bench.draft(holder__legalName=name, scope__statement="x" * (spare + 12)))
    (problem,) = caught.value.problems
    assert problem.path == "scope.statement"
    assert "too long for the offline code" in problem.message


def test_what_exists_is_renewed_and_re_keyed_also_when_no_code_holds_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bench.issue()
    monkeypatch.setattr(plans, "room_for_payload", lambda base_url: 100)
    through = bench.today + timedelta(days=600)
    assert bench.desk.renew(number, through=through).edition == 2
    assert bench.desk.rekey(number).edition == 3
    with pytest.raises(InvalidInput, match="too long for the offline code"):
        bench.desk.correct(number, bench.draft())

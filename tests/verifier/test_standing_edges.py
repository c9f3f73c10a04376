"""Edges of the status: which list is asked, in what words an answer is refused, and what a log is told of a fault."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.support.evidence import World, make_world

from lcert_verifier.jose import split
from lcert_verifier.report import Code, Report
from lcert_verifier.standing import Case
from lcert_verifier.vocabulary import Securing


@pytest.fixture
def world() -> World:
    return make_world()


def detail(report: Report, name: str = "status") -> str:
    return {check.name: check.detail for check in report.checks}[name]


def test_one_kind_of_bitstring_is_not_enough(world: World) -> None:
    for kept in (0, 1):
        entries = world.claims()["credentialStatus"][kept]
        payload = {**world.claims(status=None), "credentialStatus": entries}
        report = world.verifier().verify(world.token(payload=payload))
        assert (report.code, detail(report)) == (
            Code.STATUS_UNAVAILABLE,
            "no list tells both kinds of status",
        )


def test_a_mechanism_that_nobody_knows_is_named(world: World) -> None:
    payload = {**world.claims(status=None), "credentialStatus": {"type": "Other"}}
    report = world.verifier().verify(world.token(payload=payload))
    assert (report.code, detail(report)) == (
        Code.STATUS_UNAVAILABLE,
        "the status mechanism Other is unknown here",
    )
    with_ours = {**world.claims(), "credentialStatus": {"type": "Other"}}
    report = world.verifier().verify(world.token(payload=with_ours))
    assert (report.code, detail(report)) == (
        Code.STATUS_UNAVAILABLE,
        "the status mechanism Other is unknown here",
    )
    assert report.as_of.status is not None


def test_a_case_is_known_by_its_token_s_digest(world: World) -> None:
    parsed = split(world.token())
    nothing: Any = None
    assert Case(nothing, parsed, nothing, nothing, nothing, nothing).digest == parsed.digest


def test_a_token_without_a_key_s_name_says_so(world: World) -> None:
    for securing in Securing:
        report = world.verifier().verify(world.token(securing, header={"kid": None}))
        assert (report.code, detail(report, "key")) == (Code.UNKNOWN_KEY, "the token names no key")


def test_a_fault_is_logged_and_accepts_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def fault(*_: Any, **__: Any) -> Any:
        raise RuntimeError("fault")

    world.source.status_list = fault  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR):
        report = world.verifier().verify(world.token())
    assert (report.code, detail(report)) == (Code.STATUS_UNAVAILABLE, "fault: RuntimeError")
    assert [record.getMessage() for record in caplog.records] == ["fault in the check status"]

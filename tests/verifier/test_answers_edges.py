"""Edges of answers: what a Report says of the step that ended it, and what sources are asked besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support.evidence import NOW, make_world

from lcert_verifier.answers import Stop, accepted, stopped
from lcert_verifier.asking import check_compromise, current_edition, journal_time
from lcert_verifier.credential import from_claims
from lcert_verifier.errors import EvidenceUnavailable, NotAccepted
from lcert_verifier.jose import split
from lcert_verifier.pinned import PinnedSource
from lcert_verifier.report import CHECKS, AsOf, Code, Outcome, Verdict, format_time
from lcert_verifier.standing import Question
from lcert_verifier.vocabulary import Securing

WORLD = make_world()
CREDENTIAL = from_claims(
    WORLD.claims(), securing=Securing.VC_JWT, trust_base_url=WORLD.base_url, issuer=WORLD.issuer
)
PRESENT = Question(at=NOW, asked=False, known_at=None, now=NOW)
UNDECIDED = {
    Code.TRUST_UNAVAILABLE,
    Code.STATUS_UNAVAILABLE,
    Code.STATUS_STALE,
    Code.STATUS_HISTORY_UNAVAILABLE,
}


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.VALID])
def test_a_step_that_cannot_tell_decides_nothing(code: Code) -> None:
    own = Verdict.INDETERMINATE if code in UNDECIDED else Verdict.REJECTED
    assert Stop(code).verdict is own
    assert Stop(code, undecided=True).verdict is Verdict.INDETERMINATE
    assert Stop(code, undecided=False).verdict is Verdict.REJECTED
    plain = Stop(code, "detail")
    assert (plain.code, plain.detail, plain.day, plain.past, str(plain)) == (
        code,
        "detail",
        None,
        False,
        "detail",
    )
    told = Stop(code, day=NOW, past=True)
    assert (told.detail, told.day, told.past) == ("", NOW, True)


@pytest.mark.parametrize("passed", range(len(CHECKS)))
def test_the_step_that_ended_it_is_told_and_the_rest_skipped(passed: int) -> None:
    report = stopped(Stop(Code.MALFORMED, "x" * 501), passed=passed, question=PRESENT)
    assert [check.outcome for check in report.checks] == [
        *[Outcome.PASSED] * passed,
        Outcome.FAILED,
        *[Outcome.SKIPPED] * (len(CHECKS) - passed - 1),
    ]
    assert [check.name for check in report.checks] == [*CHECKS]
    assert report.checks[passed].detail == "x" * 500
    unsure = stopped(Stop(Code.STATUS_STALE), passed=passed, question=PRESENT)
    assert unsure.checks[passed].outcome is Outcome.UNKNOWN
    assert (report.verdict, unsure.verdict) == (Verdict.REJECTED, Verdict.INDETERMINATE)
    assert (report.as_of, report.credential, report.current_edition) == (AsOf(), None, None)
    assert (report.at, report.known_at, report.code) == (NOW, None, Code.MALFORMED)


def test_an_end_tells_what_was_found_until_then() -> None:
    asked = replace_question(at=NOW - timedelta(days=1), asked=True, known_at=NOW)
    as_of = AsOf(keys=NOW)
    report = stopped(
        Stop(Code.SUPERSEDED),
        passed=7,
        question=asked,
        credential=CREDENTIAL,
        current="https://next.example",
        as_of=as_of,
    )
    assert (report.credential, report.as_of, report.current_edition) == (
        CREDENTIAL,
        as_of,
        "https://next.example",
    )
    assert (report.at, report.known_at) == (NOW - timedelta(days=1), NOW)
    assert "https://next.example" in report.sentence
    host = stopped(
        Stop(Code.DOMAIN_MISMATCH),
        passed=9,
        question=PRESENT,
        credential=CREDENTIAL,
        domain="Other.Example:443",
    )
    assert "other.example" in host.sentence
    assert "443" not in host.sentence
    unknown = stopped(Stop(Code.UNKNOWN_KEY), passed=3, question=PRESENT, issuer="Name of Issuer")
    assert "Name of Issuer" in unknown.sentence


def replace_question(**changes: Any) -> Question:
    return PRESENT._replace(**changes)


def test_acceptance_tells_the_instants_that_were_asked_about() -> None:
    now = accepted(CREDENTIAL, question=PRESENT, domain=None, as_of=AsOf(keys=NOW))
    assert [check.outcome for check in now.checks[-2:]] == [Outcome.PASSED, Outcome.SKIPPED]
    assert (now.verdict, now.code, now.as_of.keys) == (Verdict.ACCEPTED, Code.VALID, NOW)
    hosted = accepted(CREDENTIAL, question=PRESENT, domain="d", as_of=AsOf())
    assert {check.outcome for check in hosted.checks} == {Outcome.PASSED}
    sentences = {
        accepted(CREDENTIAL, question=question, domain=None, as_of=AsOf()).sentence
        for question in (
            PRESENT,
            replace_question(asked=True),
            replace_question(known_at=NOW),
            replace_question(asked=True, known_at=NOW),
        )
    }
    assert len(sentences) == 4
    assert now.sentence in sentences


class Source:
    """A source that only has a record, a proof and a journal's time, or faults."""

    offline = False

    def __init__(self, record: Any = None, proof: bytes | None = None) -> None:
        self._record, self._proof, self.asked = record, proof, 0

    def record(self, number: str) -> Any:
        if isinstance(self._record, Exception):
            raise self._record
        return self._record

    def proof(self, digest: str) -> bytes | None:
        self.asked += 1
        return self._proof

    def journal_time(self) -> Any:
        return self.record("")


def _renewed(moment: datetime) -> list[dict[str, Any]]:
    """Editions of a record, of which the second takes over at `moment`."""
    return [{"edition": 1, "supersededFrom": format_time(moment)}, {"edition": 2}]


@pytest.mark.parametrize(
    ("record", "edition"),
    [
        ({"currentEdition": 2}, 2),
        ({"currentEdition": 999_999}, 999_999),
        ({"currentEdition": 1_000_000}, None),
        ({"currentEdition": 1}, None),
        ({"currentEdition": "2"}, None),
        ({"currentEdition": True}, None),
        ({"currentEdition": 1, "editions": _renewed(NOW)}, 2),
        ({"currentEdition": 1, "editions": _renewed(NOW + timedelta(seconds=1))}, None),
        ({"currentEdition": 3, "editions": _renewed(NOW)}, 3),
        ({"currentEdition": 2, "editions": []}, 2),
        ({"currentEdition": 2, "editions": [{"edition": 1}, 7]}, 2),
        ({}, None),
        ([], None),
        (None, None),
        (RuntimeError("fault"), None),
    ],
    ids=repr,
)
def test_a_later_edition_is_named_by_its_number(record: Any, edition: int | None) -> None:
    source: Any = Source(record)
    url = f"{WORLD.base_url}/c/LC-2026-0001/{edition}"
    assert current_edition(source, CREDENTIAL, NOW) == (None if edition is None else url)


def test_the_journal_s_time_costs_no_answer() -> None:
    known: Any = Source(NOW)
    assert journal_time(known) == NOW
    broken: Any = Source(RuntimeError("fault"))
    assert journal_time(broken) is None


def test_a_compromise_ends_what_is_not_proven() -> None:
    key = next(iter(WORLD.trust().keys.values()))
    parsed = split(WORLD.token())
    source: Any = Source()
    with pytest.raises(Stop) as caught:
        check_compromise(replace(key, compromised_at=NOW), parsed, source)
    assert (caught.value.code, caught.value.day, source.asked) == (Code.KEY_COMPROMISED, NOW, 0)
    anchored = replace(key, since=3, size=5, root=bytes(32), compromised_at=NOW)
    with pytest.raises(Stop) as caught:
        check_compromise(anchored, parsed, source)
    assert (caught.value.code, caught.value.day) == (Code.STATUS_HISTORY_UNAVAILABLE, NOW)
    assert source.asked == 1
    forged = split(WORLD.token().rpartition(".")[0] + "." + "A" * 86)
    check_compromise(anchored, forged, source)
    assert source.asked == 1, "nobody makes us fetch proofs for forgeries"


def test_pinned_keys_are_never_fresh_and_ask_nobody() -> None:
    trust = WORLD.trust()
    bare = PinnedSource(trust)
    view = bare.trust(NOW, refresh=True)
    assert (view.trust, view.fetched_at, view.fresh, bare.offline) == (trust, trust.issued_at, False, False)
    assert PinnedSource(replace(trust, issued_at=None)).trust(NOW).fetched_at == NOW
    for ask in (bare.status_list, bare.bitstring_list):
        with pytest.raises(EvidenceUnavailable, match="no source"):
            ask("u", NOW)
    given = PinnedSource(trust, lambda uri: f"token of {uri}")
    for found in (given.status_list("u", NOW), given.bitstring_list("u", NOW)):
        assert (found.token, found.fetched_at) == ("token of u", NOW)
    assert (given.record("n"), given.proof("d"), given.journal_time()) == (None, None, None)


def test_a_report_tells_everything_under_its_own_name() -> None:
    as_of = AsOf(keys=NOW, status=NOW - timedelta(seconds=1.5), journal=None)
    asked = replace_question(asked=True, known_at=NOW + timedelta(seconds=1))
    report = accepted(CREDENTIAL, question=asked, domain="d", as_of=as_of)
    assert report.to_json() == {
        "verdict": "accepted",
        "code": "valid",
        "sentence": report.sentence,
        "checks": [{"name": name, "outcome": "passed", "detail": ""} for name in CHECKS],
        "credential": CREDENTIAL.to_json(),
        "as_of": {"keys": "2026-11-23T12:00:00Z", "status": "2026-11-23T11:59:58Z", "journal": None},
        "at": "2026-11-23T12:00:00Z",
        "known_at": "2026-11-23T12:00:01Z",
        "current_edition": None,
    }
    assert report.require_accepted() is CREDENTIAL
    with pytest.raises(TypeError, match="not a bool"):
        bool(report)
    with pytest.raises(AttributeError, match="'Report' object has no attribute 'other'"):
        report.other  # type: ignore[attr-defined]  # noqa: B018
    refused = stopped(Stop(Code.REVOKED, "d"), passed=8, question=PRESENT, current="u")
    told = refused.to_json()
    assert (told["credential"], told["current_edition"], told["known_at"]) == (None, "u", None)
    assert told["checks"][8] == {"name": "status", "outcome": "failed", "detail": "d"}
    for wrong in (refused, replace(refused, verdict=Verdict.ACCEPTED)):
        with pytest.raises(NotAccepted, match=f"^revoked: {refused.sentence}") as caught:
            wrong.require_accepted()
        assert caught.value.report is wrong

"""Edges of judging: the second, the edition and the source from which on the answer is another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.evidence import NOW, MemorySource, SoftKey, World, instant, make_world
from tests.support.spellings import payload
from tests.verifier.test_verify import told

from lcert_verifier.answers import Stop, stopped
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.evidence import utc_now
from lcert_verifier.report import CHECKS, Code, Outcome, Report, Verdict, format_time
from lcert_verifier.spelling import Spelling
from lcert_verifier.standing import Question
from lcert_verifier.vocabulary import Securing

SECOND = timedelta(seconds=1)
LIST_MADE = NOW - 60 * SECOND


@pytest.fixture
def world() -> World:
    return make_world()


def code(report: Report) -> str:
    return told(report)[1]


@pytest.mark.parametrize("bitstrings", [False, True])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"at": LIST_MADE}, "valid"),
        ({"at": LIST_MADE - SECOND}, "status_history_unavailable"),
        ({"known_at": LIST_MADE}, "valid"),
        ({"known_at": LIST_MADE - SECOND}, "status_history_unavailable"),
        ({"at": NOW + 60 * SECOND}, "valid"),
        ({"at": NOW + 61 * SECOND}, "status_stale"),
        ({"at": NOW, "known_at": LIST_MADE - SECOND}, "status_history_unavailable"),
        ({"at": LIST_MADE - SECOND, "known_at": NOW}, "status_history_unavailable"),
    ],
    ids=str,
)
def test_an_instant_is_covered_by_a_list_to_the_second(
    world: World, bitstrings: bool, asked: dict[str, datetime], expected: str
) -> None:
    token = world.token(status=None) if bitstrings else world.token()
    assert code(world.verifier().verify(token, **asked)) == expected


def test_a_list_made_after_the_clock_is_not_the_past_when_nobody_named_an_instant(world: World) -> None:
    world.now = LIST_MADE - 30 * SECOND
    world.source.fetched_at = world.now
    assert code(world.verifier().verify(world.token(iat=instant(LIST_MADE - 30 * SECOND)))) == "valid"


@pytest.mark.parametrize("value", [0, 2])
def test_bitstrings_are_fresh_for_an_hour(world: World, value: int) -> None:
    world.set_status(value)
    token = world.token(status=None)
    world.now = NOW + timedelta(hours=1)
    assert code(world.verifier().verify(token)) == ("valid" if value == 0 else "suspended")
    world.now += SECOND
    assert code(world.verifier().verify(token)) == "status_stale"


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_one_old_bitstring_makes_the_answer_old(world: World, purpose: str) -> None:
    uri = f"{world.base_url}/status/bitstring/{purpose}/1"
    world.source.lists[uri] = world.bitstring_token(purpose, validFrom="2026-11-23T11:00:00Z")
    report = world.verifier().verify(world.token(status=None))
    assert (code(report), report.as_of.status) == ("valid", NOW - timedelta(hours=1))


@pytest.mark.parametrize("bitstrings", [False, True])
@pytest.mark.parametrize(("index", "expected"), [(131_071, "valid"), (131_072, "profile_violation")])
def test_the_last_index_of_a_list_is_the_last(bitstrings: bool, index: int, expected: str) -> None:
    world = make_world()
    world.index = index
    token = world.token(status=None) if bitstrings else world.token()
    assert code(world.verifier().verify(token)) == expected


@pytest.mark.parametrize(
    ("edition", "current", "named"),
    [(1, 2, True), (1, 1, False), (1, 999_999, True), (1, 1_000_000, False), (3, 4, True), (3, 2, False)],
)
def test_the_current_edition_is_a_later_one_of_six_digits(edition: int, current: int, named: bool) -> None:
    world = make_world()
    world.edition = edition
    world.credential_id = f"{world.base_url}/c/{world.number}/{edition}"
    world.source.records[world.number] = {"currentEdition": current}
    world.set_status(3)
    report = world.verifier().verify(world.token())
    url = f"{world.base_url}/c/{world.number}/{current}"
    assert (code(report), report.current_edition) == ("superseded", url if named else None)
    world.set_status(1)
    assert world.verifier().verify(world.token()).current_edition is None


class Away(MemorySource):
    def trust(self, now: datetime, *, refresh: bool = False) -> Any:
        raise EvidenceUnavailable("away")


@pytest.mark.parametrize("securing", list(Securing))
def test_which_source_counts(world: World, securing: Securing) -> None:
    other = make_world(base_url="https://other.example")
    token = world.token(securing)
    for sources, expected in (
        ([other.source], "untrusted_issuer"),
        ([Away(world)], "trust_unavailable"),
        ([other.source, Away(world)], "trust_unavailable"),
        ([Away(world), other.source], "trust_unavailable"),
        ([other.source, world.source], "valid"),
        ([Away(world), other.source, world.source], "valid"),
    ):
        report = world.verifier(*sources).verify(token)
        assert code(report) == expected
        failed = next((check.name for check in report.checks if check.outcome is not Outcome.PASSED), None)
        wanted = {"untrusted_issuer": "issuer", "trust_unavailable": "trust", "valid": "domain"}
        assert failed == wanted[expected]


def test_the_trust_of_a_source_ends_with_a_second(world: World) -> None:
    world.source.trusted = world.trust(exp=instant(NOW) + 1)
    assert code(world.verifier().verify(world.token())) == "valid"
    world.now += SECOND
    verifier = world.verifier()
    assert [code(verifier.verify(world.token())) for _ in range(2)] == ["trust_unavailable"] * 2


def test_trust_that_has_expired_does_not_hide_the_next(world: World) -> None:
    other = make_world(base_url="https://other.example")
    other.source.trusted = other.trust(exp=instant(NOW) + 1)
    world.now = other.now = NOW + SECOND
    assert code(world.verifier(other.source, world.source).verify(world.token())) == "valid"
    assert code(world.verifier(other.source).verify(world.token())) == "trust_unavailable"


class NoNews(MemorySource):
    """Has trust, and cannot ask whether there is newer."""

    def trust(self, now: datetime, *, refresh: bool = False) -> Any:
        if refresh:
            raise EvidenceUnavailable("away")
        return super().trust(now)


def test_a_key_that_newer_trust_might_name_is_not_refused_for_good(world: World) -> None:
    report = world.verifier(NoNews(world)).verify(world.token(key=SoftKey()))
    assert told(report) == ("indeterminate", "unknown_key")


def test_why_the_status_is_not_known_is_told(world: World) -> None:
    world.source.lists = {}
    report = world.verifier().verify(world.token())
    assert told(report) == ("indeterminate", "status_unavailable")
    (check,) = (each for each in report.checks if each.name == "status")
    assert (check.outcome, check.detail) == (Outcome.UNKNOWN, "the issuer does not answer")


def test_a_key_is_looked_for_twice_and_where_it_belongs(world: World) -> None:
    token = world.token(key=SoftKey())
    report = world.verifier().verify(token)
    assert told(report) == ("rejected", "unknown_key")
    assert world.source.asked == ["trust", "trust again"]
    for change in ({"fresh": False}, {"offline": True}):
        stale = make_world()
        for name, value in change.items():
            setattr(stale.source, name, value)
        assert told(stale.verifier().verify(token)) == ("indeterminate", "unknown_key")


def test_a_stop_is_told_at_its_place_and_at_most_in_five_hundred_characters() -> None:
    question = Question(at=NOW, asked=False, known_at=None, now=NOW)
    for passed, name in enumerate(CHECKS):
        report = stopped(Stop(Code.MALFORMED, "x" * 501), passed=passed, question=question)
        outcomes = [Outcome.PASSED] * passed + [Outcome.FAILED] + [Outcome.SKIPPED] * (9 - passed)
        assert [check.outcome for check in report.checks] == outcomes
        assert report.checks[passed].name == name
        assert report.checks[passed].detail == "x" * 500
    for undecided, verdict in (
        (None, Verdict.REJECTED),
        (True, Verdict.INDETERMINATE),
        (False, Verdict.REJECTED),
    ):
        assert Stop(Code.UNKNOWN_KEY, undecided=undecided).verdict is verdict
    assert Stop(Code.STATUS_STALE).verdict is Verdict.INDETERMINATE


def test_an_accepted_report_says_what_was_asked(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    plain = verifier.verify(token)
    assert (plain.at, plain.known_at, plain.checks[-1].outcome) == (NOW, None, Outcome.SKIPPED)
    at = verifier.verify(token, at=NOW - 5 * SECOND)
    assert (at.at, at.known_at) == (NOW - 5 * SECOND, None)
    known = verifier.verify(token, known_at=NOW - 5 * SECOND)
    assert (known.at, known.known_at) == (NOW, NOW - 5 * SECOND)
    assert "known" in known.sentence
    assert "known" not in at.sentence
    assert plain.sentence not in (at.sentence, known.sentence)


def test_a_source_that_fails_at_what_is_only_nice_to_have_costs_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd(MemorySource):
        def record(self, number: str) -> Any:
            raise KeyError(number)

        def journal_time(self) -> Any:
            raise KeyError("journal")

    world.set_status(3)
    source = Odd(world)
    source.lists = world.source.lists
    report = world.verifier(source).verify(world.token())
    assert (code(report), report.as_of.journal, report.current_edition) == ("superseded", None, None)
    assert caplog.text.count("fault of a source") == 2


@pytest.mark.parametrize(
    ("token", "expected", "failed"),
    [
        ("x", "malformed", "form"),
        (b"\xff", "malformed", "form"),
        ({"typ": "JWT"}, "wrong_type", "type"),
        ({"at": NOW + timedelta(days=400)}, "expired", "validity"),
        ({"at": NOW - timedelta(days=400)}, "not_yet_valid", "validity"),
        ({"domain": "other.example"}, "domain_mismatch", "domain"),
    ],
)
def test_the_check_that_ends_it_is_named_and_none_after_it_is_made(
    world: World, token: Any, expected: str, failed: str
) -> None:
    asked = token if isinstance(token, dict) else {}
    header = {"typ": asked.pop("typ")} if "typ" in asked else {}
    given = world.token(header=header) if isinstance(token, dict) else token
    report = world.verifier().verify(given, **asked)
    assert code(report) == expected
    place = CHECKS.index(failed)
    outcomes = [check.outcome for check in report.checks]
    assert outcomes[:place] == [Outcome.PASSED] * place
    assert outcomes[place] is Outcome.FAILED
    assert set(outcomes[place + 1 :]) <= {Outcome.SKIPPED}


def test_a_credential_read_later_tells_all_its_members(world: World) -> None:
    plain = payload()
    verifier = world.verifier()
    first = last = verifier.verify(world.token())
    for _ in range(10):
        last = verifier.verify(world.token(payload=plain.encode()))
    assert first.credential is not None
    assert last.credential is not None
    assert last.credential._rest is not None, "its parts are not read yet"
    told = last.credential.to_json()
    assert list(told) == list(first.credential.to_json())
    assert told["issuedAt"] == format_time(last.credential.issued_at)
    with pytest.raises(AttributeError, match="colour"):
        _ = last.credential.colour  # type: ignore[attr-defined]
    assert told["certificate"] == last.credential.certificate.to_json()
    assert last.credential.certificate is last.credential.certificate


def test_a_source_whose_disk_fails_leaves_the_status_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(uri: str, now: datetime) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setattr(world.source, "status_list", fail)
    report = world.verifier().verify(world.token())
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, Code.STATUS_UNAVAILABLE)
    assert [check.detail for check in report.checks if check.name == "status"] == ["the disk is gone"]


def test_a_day_is_named_only_when_one_was_asked_about(world: World) -> None:
    world.source.fetched_at = NOW - 86_400 * SECOND
    plain = world.verifier().verify(world.token())
    assert (plain.code, "its status is not known" in plain.sentence) == (Code.STATUS_STALE, True)
    asked = world.verifier().verify(world.token(), at=NOW)
    assert (asked.code, "its status on " in asked.sentence) == (Code.STATUS_STALE, True)


def test_the_clock_that_is_taken_without_another_tells_the_time_with_its_zone() -> None:
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(("securing", "typ"), [(Securing.VC_JWT, "vc+jwt"), (Securing.OPENBADGE, None)])
def test_a_payload_is_recognised_only_under_its_own_type(securing: Securing, typ: str | None) -> None:
    body = payload(securing).encode()
    spelling = Spelling()
    spelling.expect_many()
    assert spelling.look({} if typ is None else {"typ": typ}, body) is not None
    for other in ("x", "JWT", "vc"):
        assert spelling.look({"typ": other}, body) is None


def test_whose_keys_do_not_know_a_signature_is_said_by_name(world: World) -> None:
    for fresh, verdict in ((True, Verdict.REJECTED), (False, Verdict.INDETERMINATE)):
        world.source.fresh = fresh
        report = world.verifier().verify(world.token(key=world.stranger))
        assert (report.verdict, report.code) == (verdict, Code.UNKNOWN_KEY)
        assert world.name in report.sentence

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lcert_issuer.badge.face import BadgeState, Face, alt_text, covered_text, face_of, meaning, state_word
from lcert_verifier.report import Code, Report, Verdict

NOW = datetime(2027, 3, 10, 9, 30, tzinfo=UTC)


def record(**changes: Any) -> dict[str, Any]:
    return {
        "number": "LC-2026-0001",
        "state": "active",
        "currentEdition": 2,
        "holder": {
            "legalName": "Quillwater Audio Ltd",
            "domains": [{"name": "quillwater.example"}, {"name": "quill.example"}],
        },
        "scope": {
            "level": "model",
            "statement": "Quillwater Compose, all versions of the year.",
            "covered": [
                {"kind": "model", "name": "Quillwater Compose", "versions": ["3.1"]},
                {"kind": "model", "name": "Quillwater Mix", "versions": ["1.0"]},
            ],
        },
        "certificate": {"edition": 2, "validFrom": "2026-11-20", "validThrough": "2027-11-19"},
        **changes,
    }


def report(verdict: Verdict, code: Code) -> Report:
    return Report(verdict=verdict, code=code, sentence="", checks=())


REJECTED = [
    (Code.SUSPENDED, "suspended", BadgeState.SUSPENDED),
    (Code.REVOKED, "withdrawn", BadgeState.WITHDRAWN),
    (Code.REVOKED, "terminated", BadgeState.TERMINATED),
    (Code.REVOKED, "active", BadgeState.WITHDRAWN),
    (Code.EXPIRED, "active", BadgeState.EXPIRED),
    (Code.NOT_YET_VALID, "scheduled", BadgeState.SCHEDULED),
    (Code.SUPERSEDED, "active", BadgeState.SUPERSEDED),
    (Code.BAD_SIGNATURE, "active", BadgeState.UNKNOWN),
    (Code.KEY_COMPROMISED, "active", BadgeState.UNKNOWN),
    (Code.DOMAIN_MISMATCH, "active", BadgeState.UNKNOWN),
]


@pytest.mark.parametrize(("code", "said", "state"), REJECTED)
def test_a_rejection_gives_the_state_that_its_code_means(code: Code, said: str, state: BadgeState) -> None:
    assert face_of(record(state=said), report(Verdict.REJECTED, code), NOW).state is state


@pytest.mark.parametrize(
    "said", ["active", "suspended", "withdrawn", "terminated", "expired", "scheduled", "nonsense"]
)
def test_the_record_alone_never_makes_a_badge_green(said: str) -> None:
    assert face_of(record(state=said), None, NOW).state is BadgeState.UNKNOWN


@pytest.mark.parametrize("code", list(Code))
def test_an_indeterminate_report_is_unknown_whatever_its_code(code: Code) -> None:
    assert face_of(record(), report(Verdict.INDETERMINATE, code), NOW).state is BadgeState.UNKNOWN


@pytest.mark.parametrize("code", list(Code))
def test_only_an_accepted_report_is_active(code: Code) -> None:
    assert face_of(record(), report(Verdict.REJECTED, code), NOW).state is not BadgeState.ACTIVE
    assert face_of(record(), report(Verdict.ACCEPTED, code), NOW).state is BadgeState.ACTIVE


def test_the_words_come_from_the_record() -> None:
    face = face_of(record(), report(Verdict.ACCEPTED, Code.VALID), NOW)
    assert (face.covered, face.more) == ("Quillwater Compose 3.1", 1)
    assert covered_text(face) == "Quillwater Compose 3.1 + 1 more"
    assert (face.domain, face.more_domains, face.edition, face.level) == ("quillwater.example", 1, 2, "model")
    assert state_word(face) == "L CERTIFIED"
    assert meaning(face) == "Licensed training data, to 19 Nov 2027"
    assert alt_text(face) == (
        "L Certified: Quillwater Compose 3.1 + 1 more by Quillwater Audio Ltd. Licensed training data, to 19 Nov 2027. "
        "Certificate LC-2026-0001, licensed for quillwater.example and 1 more."
    )


def test_the_scope_statement_stands_in_for_a_missing_name() -> None:
    face = face_of(record(scope={"statement": "All models of the company."}), None, NOW)
    assert face.covered == "All models of the company."


def test_a_suspension_is_dated_by_when_it_took_effect() -> None:
    since = record(state="suspended", since="2027-03-04T10:00:00Z")
    face = face_of(since, report(Verdict.REJECTED, Code.SUSPENDED), NOW)
    assert meaning(face) == "Not valid now, since 4 Mar 2027"


def test_a_withdrawal_from_the_start_says_so() -> None:
    since = record(state="withdrawn", since="2026-11-20T00:00:00Z", abInitio=True)
    assert "from the very start" in meaning(face_of(since, report(Verdict.REJECTED, Code.REVOKED), NOW))


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"number": 7, "holder": [], "scope": "x", "certificate": None},
        {"number": "LC-2026-0001", "holder": {"domains": ["a", 3, None]}, "scope": {"covered": [None]}},
        {
            "certificate": {"validThrough": "soon", "edition": True},
            "since": "2027-99-99",
            "currentEdition": "2",
        },
    ],
)
def test_a_damaged_record_still_gives_a_face(odd: dict[str, Any]) -> None:
    face = face_of(odd, None, NOW)
    assert face.state is BadgeState.UNKNOWN
    assert alt_text(face).startswith("L Certification, status unknown")


@pytest.mark.parametrize("state", list(BadgeState))
def test_every_state_has_its_own_word_and_line(state: BadgeState) -> None:
    def said(which: BadgeState) -> tuple[str, str]:
        face = Face(
            state=which, number="LC-2026-0001", valid_from=date(2026, 1, 2), valid_through=date(2026, 12, 31)
        )
        return state_word(face), meaning(face)

    assert all(said(state)[0] != said(other)[0] for other in BadgeState if other is not state)
    assert len({said(other)[1] for other in BadgeState}) == len(BadgeState)


def test_a_right_to_left_name_cannot_reorder_the_alt_text() -> None:
    face = Face(state=BadgeState.ACTIVE, number="LC-2026-0001", covered="نموذج الصوت", holder="Voice Ltd")
    assert "\u2068نموذج الصوت\u2069 by Voice Ltd" in alt_text(face)


def test_directions_and_controls_are_taken_out_of_names() -> None:
    hostile = "Safe\u202egnp.exe\u2066 \x00\x1b[31m\u200bModel\ud800\ue030"
    face = face_of(record(scope={"covered": [{"name": hostile}]}), None, NOW)
    assert face.covered == "Safegnp.exe [31mModel\ufffd"

"""The life cycle as tables: what may be done in which state, and what follows from dates and decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcert_issuer.certificate import (
    Action,
    CertificateState,
    EditionFacts,
    EditionStatus,
    StandingFacts,
    check_allowed,
    day_start,
    edition_in_force,
    edition_status,
    end_of,
    renewal_due,
    state_at,
)
from lcert_issuer.refusals import NotAllowed
from lcert_verifier.vocabulary import StatusValue

FIRST, LAST = date(2026, 1, 10), date(2027, 1, 9)
MIDDLE = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALL = "scheduled active suspended withdrawn terminated expired"

TABLE = {
    Action.SUSPEND: "active",
    Action.REINSTATE: "suspended",
    Action.WITHDRAW: "scheduled active suspended",
    Action.WITHDRAW_AB_INITIO: "scheduled active suspended expired",
    Action.TERMINATE: "scheduled active suspended",
    Action.RENEW: "active suspended",
    Action.RESCOPE: "scheduled active suspended",
    Action.CORRECT: "scheduled active suspended",
    Action.REKEY: "scheduled active suspended",
    Action.APPEAL: "withdrawn",
}


def edition(number: int = 1, first: date = FIRST, last: date = LAST, **more: datetime) -> EditionFacts:
    return EditionFacts(edition=number, valid_from=first, valid_through=last, **more)


@pytest.mark.parametrize("state", CertificateState)
@pytest.mark.parametrize("action", Action)
def test_an_action_is_possible_exactly_where_the_table_says(action: Action, state: CertificateState) -> None:
    if state.value in TABLE[action].split():
        check_allowed(action, state, "LC-2026-0001")
    else:
        with pytest.raises(NotAllowed, match=rf"LC-2026-0001 is {state.value}; to {action.value} it"):
            check_allowed(action, state, "LC-2026-0001")


def test_a_refusal_says_what_is_possible_instead() -> None:
    with pytest.raises(NotAllowed, match="ab-initio"):
        check_allowed(Action.WITHDRAW, CertificateState.EXPIRED, "LC-2026-0001")


@pytest.mark.parametrize(
    ("at", "standing", "state"),
    [
        (day_start(FIRST) - timedelta(microseconds=1), "standing", "scheduled"),
        (day_start(FIRST), "standing", "active"),
        (end_of(LAST) - timedelta(microseconds=1), "standing", "active"),
        (end_of(LAST), "standing", "expired"),
        (MIDDLE, "suspended", "suspended"),
        (end_of(LAST), "suspended", "expired"),
        (MIDDLE, "withdrawn", "withdrawn"),
        (end_of(LAST), "withdrawn", "withdrawn"),
        (MIDDLE, "terminated", "terminated"),
        (day_start(FIRST) - timedelta(days=1), "withdrawn", "scheduled"),
    ],
)
def test_states_follow_from_dates_and_standing(at: datetime, standing: str, state: str) -> None:
    facts = StandingFacts(standing=standing, since=None if standing == "standing" else day_start(FIRST))
    assert state_at(facts, [edition()], at).value == state


@pytest.mark.parametrize(
    ("facts", "standing", "value"),
    [
        ({}, "standing", 0),
        ({}, "suspended", 2),
        ({"superseded_from": MIDDLE}, "suspended", 3),
        ({"superseded_from": MIDDLE + timedelta(seconds=1)}, "standing", 0),
        ({"superseded_from": MIDDLE, "withdrawn_at": MIDDLE}, "standing", 1),
        ({"withdrawn_at": MIDDLE}, "suspended", 1),
        ({"withdrawn_at": MIDDLE + timedelta(seconds=1)}, "standing", 0),
    ],
)
def test_withdrawn_outranks_superseded_outranks_suspended(
    facts: dict[str, datetime], standing: str, value: int
) -> None:
    certificate = StandingFacts(standing=standing, since=day_start(FIRST) if standing != "standing" else None)
    assert edition_status(edition(**facts), certificate, MIDDLE) is StatusValue(value)


@pytest.mark.parametrize(("value", "word"), list(zip(StatusValue, EditionStatus, strict=True)))
def test_every_status_value_has_its_word(value: StatusValue, word: EditionStatus) -> None:
    assert EditionStatus.of(value) is word


def test_a_renewal_takes_over_on_the_day_after_the_last() -> None:
    switch = end_of(LAST)
    editions = [
        edition(superseded_from=switch),
        edition(2, LAST + timedelta(days=1), LAST + timedelta(days=365)),
    ]
    assert edition_in_force(editions, switch - timedelta(microseconds=1)).edition == 1
    assert edition_in_force(editions, switch).edition == 2
    assert state_at(StandingFacts(), editions, switch) is CertificateState.ACTIVE


def test_renewal_is_due_sixty_days_before_the_end() -> None:
    assert not renewal_due([edition()], day_start(LAST - timedelta(days=61)))
    assert renewal_due([edition()], day_start(LAST - timedelta(days=60)))
    assert renewal_due([edition()], day_start(LAST))
    assert not renewal_due([edition()], end_of(LAST))


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    later=st.timedeltas(timedelta(0), timedelta(days=900)),
    withdrawn=st.none() | st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    superseded=st.none() | st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_an_edition_that_ended_never_comes_back(
    at: datetime, later: timedelta, withdrawn: datetime | None, superseded: datetime | None
) -> None:
    facts = EditionFacts(
        edition=1,
        valid_from=FIRST,
        valid_through=LAST,
        withdrawn_at=withdrawn,
        superseded_from=superseded,
    )
    before = edition_status(facts, StandingFacts(), at)
    after = edition_status(facts, StandingFacts(), at + later)
    assert before is StatusValue.VALID or after is not StatusValue.VALID
    assert before is not StatusValue.INVALID or after is StatusValue.INVALID

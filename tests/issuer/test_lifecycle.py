"""What happens to a certificate after it was issued: decisions and new editions."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.registry import NOW, Bench, crash

from lcert_issuer import lifecycle
from lcert_issuer.certificate import CertificateState, end_of
from lcert_issuer.failpoints import FAILPOINTS
from lcert_issuer.readmodel import statuses
from lcert_issuer.refusals import Conflict, InvalidInput, NotAllowed, NotFound, Refused
from lcert_issuer.registry.models import PayloadRow
from lcert_verifier.vocabulary import KeyPurpose, Securing

LAST = date(2027, 11, 19)
DECIDE_POINTS = [name for name in FAILPOINTS if name.startswith("decide.")]


def codes(bench: Bench, number: str) -> list[int]:
    """The status values of the editions, as the lists would say them now."""
    view = bench.view(number)
    said = dict(bench.ask(lambda s: list(statuses(s, 1, bench.clock()))))
    assert [said.get(e.list_index, 0) for e in view.editions] == [
        view.status(e, bench.clock()) for e in view.editions
    ]
    return [int(said.get(edition.list_index, 0)) for edition in view.editions]


def members(bench: Bench, back: int = 1) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(bench.entries()[-back].data)
    return entry


def test_a_suspension_is_lifted_by_reinstating(bench: Bench) -> None:
    number = bench.issue()
    changed = bench.desk.suspend(number, reason="undisclosed-change")
    assert (changed.state, changed.effective_at) == (CertificateState.SUSPENDED, NOW)
    assert codes(bench, number) == [2]
    bench.clock.move(days=3)
    assert bench.desk.reinstate(number, reason="remedied").state is CertificateState.ACTIVE
    assert codes(bench, number) == [0]
    assert bench.kinds(number) == ["issued", "suspended", "reinstated"]
    view = bench.view(number)
    assert (view.since, view.reason) == (None, None)


def test_the_record_says_when_one_person_reinstated(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.reinstate(number, reason="remedied")
    assert members(bench)["separation"] == "same-person"
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.reinstate(number, reason="remedied", reviewer="rv-01", decider="dm-01")
    assert members(bench)["separation"] == "independent"


def test_four_eyes_want_a_decider_to_stop_and_two_people_to_go_on(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(policy="four-eyes")
    number = bench.issue()
    with pytest.raises(NotAllowed, match="who decides"):
        bench.desk.suspend(number, reason="unspecified")
    bench.desk.suspend(number, reason="unspecified", decider="dm-01")
    for people in ({}, {"decider": "dm-01"}, {"decider": "dm-01", "reviewer": "dm-01"}):
        with pytest.raises(NotAllowed, match="four-eyes"):
            bench.desk.reinstate(number, reason="remedied", **people)
    assert bench.state(number) == "suspended"
    bench.desk.reinstate(number, reason="remedied", decider="dm-01", reviewer="rv-01")
    assert bench.state(number) == "active"


def test_a_withdrawal_is_for_ever(bench: Bench) -> None:
    number = bench.issue()
    assert bench.desk.withdraw(number.lower(), reason="unlicensed-data").state is CertificateState.WITHDRAWN
    assert codes(bench, number) == [1]
    assert bench.view(number).reason == "unlicensed-data"
    for act in (
        lambda: bench.desk.suspend(number, reason="unspecified"),
        lambda: bench.desk.reinstate(number, reason="remedied"),
        lambda: bench.desk.withdraw(number, reason="unspecified"),
        lambda: bench.desk.terminate(number, reason="holder-request"),
        lambda: bench.desk.rekey(number),
        lambda: bench.desk.renew(number, through=LAST + timedelta(days=365)),
        lambda: bench.desk.rescope(number, bench.draft()),
    ):
        with pytest.raises(NotAllowed, match="is withdrawn"):
            act()


def test_a_termination_is_for_ever_and_no_appeal_revives_it(bench: Bench) -> None:
    number = bench.issue()
    assert bench.desk.terminate(number, reason="holder-request").state is CertificateState.TERMINATED
    assert codes(bench, number) == [1]
    with pytest.raises(NotAllowed, match="is terminated"):
        bench.desk.appeal(number, bench.draft())


def test_withdrawal_from_the_start_reaches_back_to_the_first_day(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.move(days=100)
    changed = bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
    assert changed.effective_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert changed.recorded_at == bench.clock()
    view = bench.view(number)
    assert view.ab_initio
    assert view.since == changed.effective_at


def test_withdrawal_as_of_a_past_day(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.move(days=100)
    changed = bench.desk.withdraw(number, reason="criteria-not-met", effective=date(2027, 1, 1))
    assert changed.effective_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert not bench.view(number).ab_initio


@pytest.mark.parametrize("effective", [date(2026, 11, 19), date(2027, 11, 19), "tomorrow"])
def test_a_withdrawal_takes_effect_neither_before_the_start_nor_in_the_future(
    bench: Bench, effective: date | str
) -> None:
    number = bench.issue()
    with pytest.raises(InvalidInput, match="effective"):
        bench.desk.withdraw(number, reason="unspecified", effective=effective)


def test_an_expired_certificate_can_only_be_withdrawn_from_the_start(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(LAST + timedelta(days=1), hour=0)
    assert bench.state(number) == "expired"
    with pytest.raises(NotAllowed, match="ab-initio"):
        bench.desk.withdraw(number, reason="unlicensed-data")
    with pytest.raises(NotAllowed, match="new certificate"):
        bench.desk.renew(number, through=LAST + timedelta(days=300))
    changed = bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
    assert changed.state is CertificateState.WITHDRAWN
    assert codes(bench, number) == [1]


@pytest.mark.parametrize("effective", ["now", "ab-initio"])
def test_what_has_not_begun_is_withdrawn_at_once(bench: Bench, effective: str) -> None:
    number = bench.issue(validFrom="2026-12-01")
    with pytest.raises(NotAllowed, match="not begun"):
        bench.desk.suspend(number, reason="unspecified")
    changed = bench.desk.withdraw(number, reason="issued-in-error", effective=effective)
    assert changed.effective_at == NOW
    assert changed.state is CertificateState.WITHDRAWN
    assert codes(bench, number) == [1]


def test_reasons_come_from_the_vocabulary(bench: Bench) -> None:
    number = bench.issue()
    with pytest.raises(InvalidInput, match="reason: must be one of"):
        bench.desk.suspend(number, reason="because")
    with pytest.raises(NotFound, match="LC-2026-0999"):
        bench.desk.suspend("LC-2026-0999", reason="unspecified")


def test_private_words_stay_out_of_the_entry(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.suspend(number, reason="unspecified", note="the lawyers wrote", decider="dm-01", actor="jo")
    entry = bench.entries()[-1]
    assert b"lawyers" not in entry.data
    assert b"dm-01" not in entry.data
    body = bench.ask(
        lambda s: s.execute(
            select(PayloadRow.body).where(PayloadRow.event_id == members(bench)["id"])
        ).scalar_one()
    )
    assert json.loads(body) == {"actor": "jo", "decider": "dm-01", "note": "the lawyers wrote"}


def test_a_renewal_takes_over_the_day_after(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(date(2027, 10, 1))
    through = LAST + timedelta(days=366)
    issued = bench.desk.renew(number, through=through)
    assert (issued.edition, issued.valid_from, issued.valid_through) == (2, LAST + timedelta(days=1), through)
    assert members(bench)["effectiveAt"] == "2027-11-20T00:00:00Z"
    assert members(bench)["supersedes"] == "https://certs.example/c/LC-2026-0001/1"
    assert codes(bench, number) == [0, 0]
    assert bench.view(number).in_force(bench.clock()).edition == 1
    facts = bench.view(number).editions[1].claims["credentialSubject"]["certificate"]
    assert (facts["assessedOn"], facts["grantedOn"], facts["firstGrantedOn"]) == (
        "2027-10-01",
        "2027-10-01",
        "2026-11-16",
    )
    bench.clock.now = end_of(LAST)
    assert codes(bench, number) == [3, 0]
    assert bench.view(number).in_force(bench.clock()).edition == 2
    assert bench.state(number) == "active"


def test_a_renewal_may_bring_a_new_assessment(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(date(2027, 10, 1))
    draft = bench.draft(scope__statement="Quillwater Compose 4.x")
    issued = bench.desk.renew(number, through=LAST + timedelta(days=300), draft=draft)
    claims = bench.view(number).editions[1].claims
    assert claims["credentialSubject"]["scope"]["statement"] == "Quillwater Compose 4.x"
    assert claims["credentialSubject"]["certificate"]["grantedOn"] == "2027-09-27"
    assert issued.valid_from == LAST + timedelta(days=1)


def test_a_renewal_has_bounds(bench: Bench) -> None:
    number = bench.issue()
    with pytest.raises(InvalidInput, match=r"validThrough.*before the new term"):
        bench.desk.renew(number, through=LAST)
    with pytest.raises(InvalidInput, match=r"validThrough.*366"):
        bench.desk.renew(number, through=LAST + timedelta(days=367))
    bench.desk.renew(number, through=LAST + timedelta(days=10))
    with pytest.raises(NotAllowed, match="renewed already"):
        bench.desk.renew(number, through=LAST + timedelta(days=20))
    scheduled = bench.issue(validFrom="2026-12-01")
    with pytest.raises(NotAllowed, match="not begun"):
        bench.desk.renew(scheduled, through=LAST + timedelta(days=20))


def test_a_renewal_does_not_lift_a_suspension(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(date(2027, 11, 1))
    bench.desk.suspend(number, reason="undisclosed-change")
    bench.desk.renew(number, through=LAST + timedelta(days=300))
    bench.clock.now = end_of(LAST)
    assert bench.state(number) == "suspended"
    assert codes(bench, number) == [3, 2]


@pytest.mark.parametrize(
    ("act", "kind", "reason"),
    [("rescope", "rescoped", None), ("correct", "corrected", "corrected"), ("rekey", "rekeyed", None)],
)
def test_a_change_takes_over_at_once_and_keeps_the_last_day(
    bench: Bench, act: str, kind: str, reason: str | None
) -> None:
    number = bench.issue()
    bench.clock.move(days=30)
    draft = [] if act == "rekey" else [bench.draft(validThrough=LAST.isoformat(), scope__statement="Less")]
    issued = getattr(bench.desk, act)(number, *draft)
    assert (issued.edition, issued.valid_from, issued.valid_through) == (2, bench.today, LAST)
    assert (issued.kind.value, members(bench).get("reason")) == (kind, reason)
    assert members(bench)["effectiveAt"] == members(bench)["recordedAt"]
    assert codes(bench, number) == [3, 0]
    view = bench.view(number)
    assert view.in_force(bench.clock()).edition == 2
    assert view.editions[0].superseded_from == issued.recorded_at
    certificate = view.editions[1].claims["credentialSubject"]["certificate"]
    assert certificate["supersedes"] == "https://certs.example/c/LC-2026-0001/1"


def test_a_change_cannot_move_the_last_day_or_the_number(bench: Bench) -> None:
    number = bench.issue()
    with pytest.raises(InvalidInput, match="keeps the last day"):
        bench.desk.rescope(number, bench.draft(validThrough="2027-11-18"))
    with pytest.raises(InvalidInput, match="number: is not LC-2026-0001"):
        bench.desk.rescope(number, bench.draft(number="LC-2026-0002"))


def test_a_change_before_the_start_begins_with_the_certificate(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    issued = bench.desk.correct(number, bench.draft(holder__legalName="Quillwater Sound Ltd"))
    assert issued.valid_from == date(2026, 12, 1)
    assert codes(bench, number) == [3, 0]
    assert bench.state(number) == "scheduled"


def test_a_change_while_a_renewal_waits_makes_the_renewal_again(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(date(2027, 11, 1))
    through = LAST + timedelta(days=300)
    bench.desk.renew(number, through=through)
    draft = bench.draft(validThrough=LAST.isoformat(), scope__statement="Less")
    issued = bench.desk.rescope(number, draft)
    assert (issued.edition, issued.valid_through) == (3, LAST)
    assert codes(bench, number) == [3, 3, 0, 0]
    fourth = bench.view(number).editions[3]
    assert (fourth.kind.value, fourth.valid_from, fourth.valid_through) == (
        "renewed",
        LAST + timedelta(days=1),
        through,
    )
    assert fourth.claims["credentialSubject"]["scope"]["statement"] == "Less"
    bench.clock.now = end_of(LAST)
    assert codes(bench, number) == [3, 3, 3, 0]
    assert bench.view(number).in_force(bench.clock()).edition == 4


def test_an_appeal_revives_a_withdrawn_certificate_as_a_new_edition(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.move(days=10)
    bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
    bench.clock.move(days=10)
    issued = bench.desk.appeal(number, bench.draft(validThrough=LAST.isoformat()))
    assert (issued.edition, issued.valid_from, issued.valid_through) == (2, bench.today, LAST)
    assert members(bench)["reason"] == "appeal-upheld"
    assert bench.state(number) == "active"
    assert codes(bench, number) == [1, 0]
    view = bench.view(number)
    assert (view.since, view.reason, view.ab_initio) == (None, None, False)
    bench.desk.withdraw(number, reason="unlicensed-data")
    assert codes(bench, number) == [1, 1]


def test_an_appeal_after_the_last_day_has_nothing_to_revive(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.withdraw(number, reason="unspecified")
    bench.clock.to(LAST + timedelta(days=1))
    with pytest.raises(NotAllowed, match="nothing left"):
        bench.desk.appeal(number, bench.draft(validThrough=LAST.isoformat(), validFrom="2027-11-01"))


def test_under_four_eyes_others_decide_the_appeal(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(policy="four-eyes")
    number = bench.issue()
    bench.desk.withdraw(number, reason="criteria-not-met", decider="dm-01")
    with pytest.raises(NotAllowed, match="dm-01 decided the withdrawal"):
        bench.desk.appeal(number, bench.draft())
    assert bench.desk.appeal(number, bench.draft(decision__decider="dm-07")).edition == 2


def test_rekeying_signs_the_same_with_the_key_that_signs_now(bench: Bench) -> None:
    number = bench.issue()
    old = bench.view(number).editions[0]
    key = bench.desk.stage_key()
    bench.desk.promote_key(key.kid)
    issued = bench.desk.rekey(number, reason="key-compromise")
    assert issued.kid == key.kid == bench.desk.keyring().signing(KeyPurpose.ISSUER).kid
    new = bench.view(number).editions[1]
    for part in ("holder", "scope", "dataBasis", "evidence", "decision"):
        assert new.claims["credentialSubject"][part] == old.claims["credentialSubject"][part]
    facts = new.claims["credentialSubject"]["certificate"]
    assert facts["grantedOn"] == old.claims["credentialSubject"]["certificate"]["grantedOn"]


def test_an_abandoned_edition_is_skipped_over(bench: Bench) -> None:
    number = bench.issue()
    bench.registry.close()
    assert crash(lambda: bench.reopened().rekey(number), at="issue.after_sign")
    bench.clock.move(minutes=6)
    issued = bench.desk.rekey(number)
    assert issued.edition == 3
    certificate = bench.view(number).editions[1].claims["credentialSubject"]["certificate"]
    assert certificate["supersedes"].endswith("/1")


def test_of_two_who_change_at_once_one_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    number = bench.issue()
    barrier = Barrier(2)

    def meet(name: str) -> None:
        if name == "decide.before_append":
            barrier.wait(30)

    monkeypatch.setattr(lifecycle, "failpoint", meet)

    def act(verb: str) -> str:
        try:
            getattr(bench.desk, verb)(number, reason="unspecified")
        except Conflict:
            return "conflict"
        return verb

    with ThreadPoolExecutor(2) as pool:
        outcome = list(pool.map(act, ("suspend", "terminate")))
    assert outcome.count("conflict") == 1
    winner = next(name for name in outcome if name != "conflict")
    assert bench.state(number) == {"suspend": "suspended", "terminate": "terminated"}[winner]
    assert len(bench.kinds(number)) == 2


def test_an_edition_made_while_somebody_withdrew_is_abandoned(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bench.issue()

    def withdraw(name: str) -> None:
        if name == "issue.after_sign":
            bench.desk.withdraw(number, reason="unlicensed-data")

    monkeypatch.setattr("lcert_issuer.issuance.failpoint", withdraw)
    with pytest.raises(Conflict, match="changed by somebody else"):
        bench.desk.rekey(number)
    assert bench.kinds(number) == ["issued", "withdrawn", "abandoned"]
    assert bench.state(number) == "withdrawn"


def test_many_who_renew_at_once_leave_one_renewal(bench: Bench) -> None:
    number = bench.issue()

    def renew(_: int) -> bool:
        try:
            bench.desk.renew(number, through=LAST + timedelta(days=100))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(renew, range(4))) == 1
    assert bench.kinds(number).count("renewed") == 1
    assert len(bench.view(number).editions) == 2


@pytest.mark.parametrize("point", DECIDE_POINTS)
def test_killed_while_deciding_the_decision_is_recorded_whole_or_not_at_all(bench: Bench, point: str) -> None:
    number = bench.issue()
    bench.registry.close()
    assert crash(lambda: bench.reopened().withdraw(number, reason="unlicensed-data"), at=point)
    recorded = point == "decide.after_commit"
    assert bench.state(number) == ("withdrawn" if recorded else "active")
    assert codes(bench, number) == [1 if recorded else 0]
    assert bench.kinds(number) == (["issued", "withdrawn"] if recorded else ["issued"])
    if not recorded:
        bench.desk.withdraw(number, reason="unlicensed-data")
        assert codes(bench, number) == [1]


def test_what_was_recorded_counts_for_a_reader_whose_clock_is_behind(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.withdraw(number, reason="unlicensed-data")
    early = NOW - timedelta(seconds=30)
    view = bench.view(number)
    assert view.state(early) is CertificateState.WITHDRAWN
    said = bench.ask(lambda s: list(statuses(s, 1, early)))
    assert [(index, int(value)) for index, value in said] == [(view.editions[0].list_index, 1)]


def test_tokens_of_every_edition_are_kept(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.rekey(number)
    for edition in bench.view(number).editions:
        assert set(edition.tokens) == {securing.value for securing in Securing}

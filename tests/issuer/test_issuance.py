"""Issuing: what is recorded, what is refused, and what a crash leaves behind."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.support.forms import form
from tests.support.registry import NOW, Bench, crash

from lcert_issuer import issuance
from lcert_issuer.clockwork import run_once
from lcert_issuer.desk import Issued
from lcert_issuer.failpoints import FAILPOINTS
from lcert_issuer.intake import parse_form
from lcert_issuer.issuance import LEASE
from lcert_issuer.readmodel import changed_numbers, find_token, issued_position, load_certificate, statuses
from lcert_issuer.refusals import Conflict, InvalidInput, NotAllowed
from lcert_issuer.registry.models import Audit, EditionRow, Intent, StatusSlot, TokenRow
from lcert_keys import LocalSigner
from lcert_verifier.jose import split, verify_signature
from lcert_verifier.vocabulary import KeyPurpose, Securing, StatusValue

ISSUE_POINTS = [name for name in FAILPOINTS if name.startswith("issue.")]


def intents(bench: Bench) -> list[str]:
    return sorted(bench.ask(lambda s: s.execute(select(Intent.state)).scalars().all()))


def values(bench: Bench) -> dict[int, StatusValue]:
    return dict(bench.ask(lambda s: list(statuses(s, 1, bench.clock()))))


def test_a_certificate_that_begins_today_is_active_at_once(bench: Bench) -> None:
    issued = bench.desk.issue(bench.draft())
    assert (issued.number, issued.edition) == ("LC-2026-0001", 1)
    assert issued.credential_id == "https://certs.example/c/LC-2026-0001/1"
    assert bench.state(issued.number) == "active"


def test_a_certificate_that_begins_later_is_scheduled_until_then(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-11-21")
    assert bench.state(number) == "scheduled"
    bench.clock.to(date(2026, 11, 21), hour=0)
    assert bench.state(number) == "active"


def test_every_securing_is_signed_by_the_issuers_key_and_stored_as_returned(bench: Bench) -> None:
    issued = bench.desk.issue(bench.draft())
    key = bench.desk.keyring().signing(KeyPurpose.ISSUER)
    headers = {
        Securing.VC_JWT: {"alg": "ES256", "kid": key.kid, "typ": "vc+jwt", "cty": "vc"},
        Securing.OPENBADGE: {"alg": "ES256", "kid": key.kid},
        Securing.COMPACT: {"alg": "ES256", "kid": key.thumbprint, "typ": "lc+jwt"},
    }
    for securing, token in issued.tokens.items():
        parsed = split(token)
        assert parsed.header == headers[securing]
        assert verify_signature(parsed, key.public_key)
        assert bench.ask(lambda s, name=securing.value: find_token(s, issued.number, 1, name)) == token
        assert bench.ask(lambda s, d=parsed.digest: issued_position(s, d)) == issued.position
    assert set(issued.tokens) == set(Securing)


def test_the_journal_lists_the_digests_of_the_tokens(bench: Bench) -> None:
    issued = bench.desk.issue(bench.draft())
    members = json.loads(bench.entries()[issued.position].data)
    assert members["tokens"] == {name.value: split(token).digest for name, token in issued.tokens.items()}
    assert members["kid"] == issued.kid
    assert (members["list"], members["index"]) == (issued.list_number, issued.list_index)
    assert bench.ask(lambda s: changed_numbers(s, issued.position)) == [issued.number]
    assert bench.ask(lambda s: changed_numbers(s, issued.position + 1)) == []


def test_the_view_shows_what_was_issued(bench: Bench) -> None:
    issued = bench.desk.issue(bench.draft(), actor="jo")
    view = bench.view(issued.number)
    edition = view.in_force(NOW)
    assert edition.tokens == {name.value: token for name, token in issued.tokens.items()}
    assert edition.claims == split(issued.tokens[Securing.VC_JWT]).payload
    assert (edition.issued_at, edition.issued_position) == (issued.recorded_at, issued.position)
    assert [item.kind.value for item in view.history] == ["issued"]
    assert view.status(edition, NOW) is StatusValue.VALID
    assert bench.ask(lambda s: load_certificate(s, "LC-1999-0001")) is None


def test_numbers_count_up_within_the_year_granted_in(bench: Bench) -> None:
    assert [bench.issue() for _ in range(3)] == [f"LC-2026-000{n}" for n in (1, 2, 3)]
    last_year = bench.draft(assessment__assessedOn="2025-12-01", assessment__grantedOn="2025-12-31")
    assert bench.desk.issue(last_year).number == "LC-2025-0001"


def test_a_decision_still_to_come_is_refused_and_takes_no_number(bench: Bench) -> None:
    ahead = {"assessment__assessedOn": "2026-11-16", "validThrough": f"{NOW.year + 1}-11-01"}
    tomorrow, after = (f"{NOW + timedelta(days=days):%Y-%m-%d}" for days in (1, 2))
    for ask in (lambda draft: bench.desk.check_many([draft]), bench.desk.issue):
        with pytest.raises(InvalidInput, match="lies ahead") as caught:
            ask(bench.draft(**ahead, assessment__grantedOn=after))
        assert caught.value.problems[0].path == "assessment.grantedOn"
    number = bench.issue()
    with pytest.raises(InvalidInput, match="lies ahead"):
        bench.desk.correct(number, bench.draft(assessment__grantedOn=after))
    assert number == "LC-2026-0001"
    assert bench.issue(**ahead, assessment__grantedOn=tomorrow) == "LC-2026-0002"


def test_an_imported_number_is_kept_and_the_next_follows_it(bench: Bench) -> None:
    assert bench.issue(number="LC-2026-0041") == "LC-2026-0041"
    assert bench.issue() == "LC-2026-0042"
    assert bench.issue(number="LC-2026-12345") == "LC-2026-12345"
    assert bench.issue() == "LC-2026-12346"
    assert bench.issue(number="LC-2024-0003") == "LC-2024-0003"


def test_a_taken_number_is_refused(bench: Bench) -> None:
    number = bench.issue()
    with pytest.raises(Conflict, match="LC-2026-0001 is taken") as caught:
        bench.issue(number=number)
    assert (caught.value.code, caught.value.path) == ("number_taken", "number")


def test_imports_and_new_numbers_in_one_batch_do_not_meet(bench: Bench) -> None:
    drafts = [bench.draft(), bench.draft(number="LC-2026-0001"), bench.draft()]
    assert [item.number for item in bench.desk.issue_many(drafts)] == [
        "LC-2026-0002",
        "LC-2026-0001",
        "LC-2026-0003",
    ]
    twice = [bench.draft(number="LC-2026-0009"), bench.draft(number="LC-2026-0009")]
    with pytest.raises(Conflict, match="LC-2026-0009 is taken"):
        bench.desk.issue_many(twice)


def test_a_batch_shares_one_time_and_reports_progress(bench: Bench) -> None:
    told: list[int] = []
    issued = bench.desk.issue_many([bench.draft() for _ in range(30)], progress=told.append)
    assert told == [30]
    assert len({item.recorded_at for item in issued}) == 1
    assert [item.position for item in issued] == list(range(issued[0].position, issued[0].position + 30))
    assert len({item.list_index for item in issued}) == 30


def test_batches_beyond_the_limit_are_cut(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lcert_issuer.desk.MAX_BATCH", 4)
    told: list[int] = []
    bench.desk.issue_many([bench.draft() for _ in range(10)], progress=told.append)
    assert told == [4, 4, 2]
    with pytest.raises(ValueError, match="between 1 and 1000"):
        issuance.issue_plans(bench.desk.office, [], actor="jo")


def test_nothing_is_taken_when_one_of_many_breaks_the_rules(bench: Bench) -> None:
    good = bench.draft()
    bad = [replace(good, content=replace(good.content, criteria="L-2031.1"), row=row) for row in (3, 4)]
    with pytest.raises(InvalidInput) as caught:
        bench.desk.issue_many([good, *bad])
    assert [p.path for p in caught.value.problems] == [
        "row 3: assessment.criteria",
        "row 4: assessment.criteria",
    ]
    assert intents(bench) == []
    assert bench.issue() == "LC-2026-0001"


def test_a_trial_takes_nothing(bench: Bench) -> None:
    bench.desk.check_many([bench.draft()])
    assert intents(bench) == []
    assert bench.head().size == 8


def test_four_eyes_refuses_what_one_person_decided(make_bench: object) -> None:
    bench: Bench = make_bench(policy="four-eyes")  # type: ignore[operator]
    with pytest.raises(InvalidInput, match=r"decision\.separation"):
        bench.issue(decision__separation="same-person")
    assert bench.issue() == "LC-2026-0001"


def test_the_single_operator_keeps_what_the_input_says(bench: Bench) -> None:
    number = bench.issue(decision__separation="same-person")
    assert (
        bench.view(number).in_force(NOW).claims["credentialSubject"]["decision"]["separation"]
        == "same-person"
    )


def test_eight_threads_issue_without_duplicates(bench: Bench) -> None:
    def work(_: int) -> list[Issued]:
        return [bench.desk.issue(bench.draft()) for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        issued = [item for some in pool.map(work, range(8)) for item in some]
    assert sorted(item.number for item in issued) == [f"LC-2026-{n:04d}" for n in range(1, 41)]
    assert len({(item.list_number, item.list_index) for item in issued}) == 40
    assert sorted(item.position for item in issued) == list(range(8, 48))
    assert intents(bench) == ["committed"] * 40


@pytest.mark.parametrize("point", ISSUE_POINTS)
def test_killed_anywhere_nothing_acknowledged_is_lost_and_nothing_is_used_twice(
    bench: Bench, point: str
) -> None:
    first = bench.issue()
    draft = bench.draft()
    bench.registry.close()
    assert crash(lambda: bench.reopened().issue(draft), at=point)

    recorded = point == "issue.after_commit"
    reserved = point != "issue.before_intent"
    assert len(bench.ask(lambda s: s.execute(select(TokenRow)).all())) == (6 if recorded else 3)
    assert (bench.ask(lambda s: load_certificate(s, "LC-2026-0002")) is not None) is recorded

    run_once(bench.desk, bench.clock.move(seconds=LEASE.total_seconds() + 1))
    second = "committed" if recorded else "abandoned"
    assert intents(bench) == sorted(["committed", second] if reserved else ["committed"])
    if reserved and not recorded:
        index = bench.ask(
            lambda s: s.execute(select(Intent.list_index).where(Intent.state == "abandoned")).scalar_one()
        )
        assert values(bench) == {index: StatusValue.INVALID}
        assert bench.kinds("LC-2026-0002") == ["abandoned"]

    assert bench.issue() == ("LC-2026-0003" if reserved else "LC-2026-0002")
    assert bench.state(first) == "active"
    drawn, used = bench.ask(
        lambda s: (
            s.execute(select(StatusSlot.list_index).where(StatusSlot.taken)).scalars().all(),
            s.execute(select(Intent.list_index)).scalars().all(),
        )
    )
    assert sorted(drawn) == sorted(used)


def test_a_signer_that_fails_abandons_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: LocalSigner, data: bytes) -> bytes:
        raise OSError("the HSM is unplugged")

    with monkeypatch.context() as patch:
        patch.setattr(LocalSigner, "sign", fail)
        with pytest.raises(OSError, match="unplugged"):
            bench.issue()
    assert intents(bench) == ["abandoned"]
    assert list(values(bench).values()) == [StatusValue.INVALID]
    assert bench.issue() == "LC-2026-0002"


def test_a_signature_that_does_not_verify_never_gets_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(LocalSigner, "sign", lambda self, data: bytes([1]) * 64)
        with pytest.raises(NotAllowed, match="does not verify"):
            bench.issue()
    assert intents(bench) == ["abandoned"]
    assert bench.ask(lambda s: s.execute(select(TokenRow)).all()) == []


def test_signing_longer_than_the_lease_is_abandoned(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sign = LocalSigner.sign

    def dawdle(self: LocalSigner, data: bytes) -> bytes:
        bench.clock.move(seconds=LEASE.total_seconds() / 2)
        return sign(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(LocalSigner, "sign", dawdle)
        with pytest.raises(Conflict) as caught:
            bench.issue()
    assert caught.value.code == "lease_expired"
    assert bench.kinds("LC-2026-0001") == ["abandoned"]


def test_a_key_that_fell_meanwhile_signs_nothing_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bench.desk.keyring().signing(KeyPurpose.ISSUER)
    sign = issuance._sign

    def late(*args: object) -> object:
        signed = sign(*args)  # type: ignore[arg-type]
        bench.desk.compromise_key(old.kid)
        return signed

    with monkeypatch.context() as patch:
        patch.setattr(issuance, "_sign", late)
        with pytest.raises(Conflict, match="compromised by now"):
            bench.issue()
    issued = bench.desk.issue(bench.draft())
    assert issued.kid != old.kid
    assert issued.number == "LC-2026-0002"


def test_the_clock_abandons_what_was_left_open(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.registry.close()
    assert crash(lambda: bench.reopened().issue(bench.draft()), at="issue.after_intent")
    assert run_once(bench.desk, bench.clock()) == []
    moved = run_once(bench.desk, bench.clock.move(minutes=6))
    assert [str(item) for item in moved] == ["LC-2026-0001/1 abandoned"]
    assert run_once(bench.desk, bench.clock()) == []


def test_what_was_done_is_in_the_audit_log_and_what_was_refused_too(bench: Bench) -> None:
    number = bench.desk.issue(bench.draft(), actor="jo").number
    with pytest.raises(Conflict):
        bench.desk.issue(bench.draft(number=number), actor="mallory")
    rows = bench.ask(lambda s: s.execute(select(Audit).order_by(Audit.id)).scalars().all())
    assert [(row.actor, row.action, row.target, row.outcome) for row in rows][1:] == [
        ("jo", "issued", "LC-2026-0001/1", "done"),
        ("mallory", "issue", "LC-2026-0001", "refused"),
    ]


def test_an_import_of_the_past_has_its_own_time(bench: Bench) -> None:
    day = date(2026, 11, 5)
    draft = parse_form(form(day, number="LC-2026-0007"))
    moment = NOW.replace(day=5)
    issued = bench.desk.issue(draft, recorded_at=moment)
    assert issued.recorded_at == moment
    assert split(issued.tokens[Securing.VC_JWT]).payload["iat"] == int(NOW.timestamp())  # never back-dated


def test_the_directory_columns_are_filled(bench: Bench) -> None:
    number = bench.issue()
    row = bench.ask(lambda s: s.execute(select(EditionRow).where(EditionRow.number == number)).scalar_one())
    assert row.domains == " quillwater.example "
    assert row.modalities == " music "
    assert row.bases == " explicit-license owned "
    assert row.next_notice_at == NOW.replace(hour=0, minute=0) + timedelta(days=365)

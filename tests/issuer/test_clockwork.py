"""What the clock moves, once, whoever runs it, and as often as it is run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.support.registry import NOW, Bench

from lcert_issuer import clockwork
from lcert_issuer.certificate import SUSPENSION_CAP, end_of
from lcert_issuer.clockwork import run_once
from lcert_issuer.registry.models import EditionRow, PayloadRow

LAST = date(2027, 11, 19)


def moved(bench: Bench) -> list[str]:
    return [str(item) for item in run_once(bench.desk, bench.clock())]


def test_there_is_nothing_to_do_for_what_began_at_once(bench: Bench) -> None:
    bench.issue()
    assert moved(bench) == []


def test_a_scheduled_certificate_begins_and_ends_with_a_notice(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    assert moved(bench) == []
    bench.clock.to(date(2026, 12, 1), hour=0)
    assert moved(bench) == [f"{number}/1 activated"]
    assert moved(bench) == []
    bench.clock.now = end_of(LAST) - timedelta(microseconds=1)
    assert moved(bench) == []
    bench.clock.now = end_of(LAST)
    assert moved(bench) == [f"{number}/1 expired"]
    assert moved(bench) == []
    first, second = (entry for entry in bench.entries() if entry.kind.value in ("activated", "expired"))
    assert (first.effective_at.date(), second.effective_at) == (date(2026, 12, 1), end_of(LAST))


def test_a_worker_that_slept_catches_up_in_order(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    bench.clock.to(date(2028, 1, 1))
    assert moved(bench) + moved(bench) == [f"{number}/1 activated", f"{number}/1 expired"]


def test_more_than_fits_into_one_transaction_is_done_in_one_round(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "_BATCH", 2)
    bench.desk.issue_many([bench.draft(validFrom="2026-12-01") for _ in range(5)])
    bench.clock.to(date(2026, 12, 1))
    assert len(moved(bench)) == 5
    assert moved(bench) == []


def test_a_renewal_takes_over_with_notices_for_both_editions(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.renew(number, through=LAST + timedelta(days=100))
    bench.clock.now = end_of(LAST)
    assert sorted(moved(bench)) == [f"{number}/1 superseded", f"{number}/2 activated"]
    bench.clock.now = end_of(LAST + timedelta(days=100))
    assert moved(bench) == [f"{number}/2 expired"]


def test_a_change_that_took_over_at_once_needs_no_notice(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    bench.desk.correct(number, bench.draft(validFrom="2026-12-01"))
    bench.clock.to(date(2026, 12, 1))
    assert moved(bench) == [f"{number}/2 activated"]
    bench.clock.now = end_of(LAST)
    assert moved(bench) == [f"{number}/2 expired"]


def test_a_withdrawn_certificate_neither_begins_nor_ends(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    bench.desk.withdraw(number, reason="issued-in-error")
    bench.clock.to(date(2028, 1, 1))
    assert moved(bench) == []


def test_a_suspension_over_its_cap_is_withdrawn_effective_when_recorded(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.suspend(number, reason="undisclosed-change")
    bench.clock.now = NOW + SUSPENSION_CAP - timedelta(seconds=1)
    assert moved(bench) == []
    bench.clock.move(hours=5)
    assert moved(bench) == [f"{number} withdrawn"]
    view = bench.view(number)
    assert (view.standing, view.reason, view.since) == ("withdrawn", "suspension-cap", bench.clock())
    body = bench.ask(
        lambda s: s.execute(select(PayloadRow.body).order_by(PayloadRow.event_id)).scalars().all()
    )
    assert '{"actor":"clock"}' in body
    assert moved(bench) == []


def test_a_suspended_certificate_that_ended_stays_as_it_is(bench: Bench) -> None:
    number = bench.issue()
    bench.clock.to(LAST - timedelta(days=10))
    bench.desk.suspend(number, reason="undisclosed-change")
    bench.clock.move(days=200)
    assert moved(bench) == [f"{number}/1 expired"]
    assert moved(bench) == []
    assert bench.state(number) == "expired"


def test_several_workers_record_each_notice_once(bench: Bench) -> None:
    numbers = [
        item.number
        for item in bench.desk.issue_many([bench.draft(validFrom="2026-12-01") for _ in range(20)])
    ]
    bench.desk.suspend(bench.issue(), reason="undisclosed-change")
    bench.clock.to(date(2027, 3, 1))
    with ThreadPoolExecutor(4) as pool:
        done = [
            str(item)
            for some in pool.map(lambda _: run_once(bench.desk, bench.clock()), range(4))
            for item in some
        ]
    assert sorted(done) == sorted(
        [*(f"{number}/1 activated" for number in numbers), "LC-2026-0021 withdrawn"]
    )
    kinds = [entry.kind.value for entry in bench.entries()]
    assert (kinds.count("activated"), kinds.count("withdrawn")) == (20, 1)


def test_states_do_not_wait_for_the_worker(bench: Bench) -> None:
    number = bench.issue(validFrom="2026-12-01")
    bench.clock.to(date(2026, 12, 1), hour=0)
    assert bench.state(number) == "active"
    bench.clock.now = end_of(LAST)
    assert bench.state(number) == "expired"


def test_an_import_that_ended_long_ago_gets_its_notice(bench: Bench) -> None:
    number = bench.issue(
        number="LC-2024-0004",
        assessment__assessedOn="2024-03-01",
        assessment__grantedOn="2024-03-26",
        validFrom="2024-04-01",
        validThrough="2025-03-31",
    )
    assert bench.state(number) == "expired"
    assert moved(bench) == [f"{number}/1 expired"]
    assert bench.ask(lambda s: s.execute(select(EditionRow.next_notice_at)).scalars().all()) == [None]

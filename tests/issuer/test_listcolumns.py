"""Status lists from their own index entries: equal to the rule, and a change looks at no other list."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session
from tests.support.press import Press, press, press_template
from tests.support.registry import Bench, SQLiteTemplates

from lcert_issuer import release
from lcert_issuer.listcolumns import (
    count_ended,
    derive_list,
    find_changes,
)
from lcert_issuer.listledger import KnownList, KnownLists, ListLedger
from lcert_issuer.readmodel import all_numbers, statuses
from lcert_issuer.registry.events import Kind
from lcert_issuer.registry.models import EditionRow, Intent
from lcert_issuer.registry.slots import open_list
from lcert_issuer.statuslists import (
    list_contents,
    list_paths,
    list_values,
    read_stamp,
    tally,
    with_entries,
)
from lcert_verifier.report import Code
from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

__all__ = ["press", "press_template"]


def both(bench: Bench) -> bytes:
    """The list as the rule has it, once it is found to be what the database has."""

    def followed_from_nothing(session: Session) -> tuple[bytes, ...]:
        now = bench.clock()
        changed = find_changes(session, all_numbers(session), after=now, at=now).entries
        assert changed is not None
        return with_entries(list_contents(bytes(LIST_ENTRIES)), changed[1])

    by_rule = bench.ask(lambda session: list_values(statuses(session, 1, bench.clock())))
    assert bench.ask(lambda session: derive_list(session, 1, bench.clock())) == by_rule
    assert bench.ask(followed_from_nothing) == list_contents(by_rule)
    assert bench.ask(lambda session: count_ended(session, 1, bench.clock())) == tally(list_contents(by_rule))
    return bytes(by_rule)


def test_every_state_of_an_edition_is_the_same_by_the_rule_and_by_its_index(bench: Bench) -> None:
    desk, today = bench.desk, bench.today
    plain, suspended, lifted, withdrawn, ended, appealed, renewed = (bench.issue() for _ in range(7))
    assert not any(both(bench))
    desk.suspend(suspended, reason="fee-unpaid")
    desk.suspend(lifted, reason="fee-unpaid")
    desk.reinstate(lifted, reason="remedied")
    desk.withdraw(withdrawn, reason="unspecified", effective="ab-initio")
    desk.terminate(ended, reason="holder-request")
    desk.suspend(appealed, reason="fee-unpaid")
    desk.withdraw(appealed, reason="unspecified")
    desk.appeal(appealed, bench.draft())
    through = bench.view(renewed).editions[-1].valid_through
    desk.renew(renewed, through=through + timedelta(days=365))
    desk.rescope(plain, bench.draft())
    desk.rescope(suspended, bench.draft())
    counts = [both(bench).count(value) for value in (1, 2, 3)]
    assert counts == [3, 1, 2], "withdrawn, ended, appealed; suspended; rescoped twice"
    first = bench.view(suspended).editions[0]
    assert both(bench)[first.list_index] == StatusValue.SUPERSEDED
    desk.reinstate(suspended, reason="remedied")
    assert both(bench).count(StatusValue.SUSPENDED) == 0

    taken = set(bench.ask(lambda s: s.execute(select(EditionRow.list_index)).scalars().all()))
    free = next(index for index in range(LIST_ENTRIES) if index not in taken)
    with bench.registry.write() as session:
        intent = {
            "id": "0" * 32,
            "number": plain,
            "year": 0,
            "serial": 0,
            "edition": 9,
            "credential_id": "lost",
        }
        intent |= {"list_number": 1, "list_index": free, "state": "abandoned", "lease_until": bench.clock()}
        session.execute(insert(Intent).values(**intent, claims_digest="", certificate_version=0))
    assert (both(bench)[free], both(bench).count(1)) == (StatusValue.INVALID, 4), (
        "an issue that came to nothing"
    )

    before = bench.clock()
    bench.clock.to(through + timedelta(days=1))
    assert both(bench)[bench.view(renewed).editions[0].list_index] == StatusValue.SUPERSEDED
    found = bench.ask(lambda s: find_changes(s, [], after=before, at=bench.clock()))
    assert (found.moved, found.touched) == ({1}, set())
    index = bench.view(renewed).editions[0].list_index
    assert found.entries == {1: {index: StatusValue.SUPERSEDED}}
    found = bench.ask(
        lambda s: find_changes(s, [plain, "LC-2020-0001"], after=bench.clock(), at=bench.clock())
    )
    assert (found.moved, found.touched) == (set(), {1})
    many = bench.ask(lambda s: find_changes(s, ["none"] * 400 + [plain], after=before, at=bench.clock()))
    assert (many.moved, many.touched, many.entries) == ({1}, {1}, None)
    assert today < date(2030, 1, 1)


def test_a_list_is_derived_from_an_index_of_its_own(sqlite_templates: SQLiteTemplates) -> None:
    """On SQLite alone: PostgreSQL reads so small a table as a whole."""
    plans: list[str] = []
    with sqlite_templates.bench("single-operator") as bench, bench.registry.read() as session:
        connection = session.connection()
        connection.connection.driver_connection.set_trace_callback(plans.append)
        derive_list(session, 1, bench.clock())
        connection.connection.driver_connection.set_trace_callback(None)
        query = next(plan for plan in plans if "FROM edition" in plan)
        steps = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert steps == ["SEARCH edition USING COVERING INDEX edition_ended (list_number=?)"]


# the ledger


def counting(press: Press) -> Callable[[], list[str]]:
    """Gives the status lists that were read since the last call."""
    read: list[str] = []

    class Counting(type(press.storage)):  # type: ignore[misc]
        def get(self, path: str) -> bytes | None:
            if path.startswith("status/"):
                read.append(path)
            found: bytes | None = super().get(path)
            return found

    press.publisher = press.make_publisher(storage=Counting(press.storage.root))

    def take() -> list[str]:
        taken = list(read)
        read.clear()
        return taken

    return take


@pytest.fixture
def two_lists(press: Press) -> Press:
    with press.registry.write() as session:
        open_list(session, 2, now=press.now)
    press.publisher.publish()
    return press


def test_a_change_reads_and_writes_only_the_list_it_touches(two_lists: Press) -> None:
    read = counting(two_lists)
    issued = two_lists.issue()[0]
    two_lists.publisher.publish()
    assert set(read()) == set(list_paths(1))
    two_lists.decide(issued.number, Kind.WITHDRAWN, "withdrawn")
    done = two_lists.publisher.publish()
    assert set(read()) == set(list_paths(1))
    assert {path for path in done.paths if path.startswith("status/")} == set(list_paths(1))
    assert two_lists.judge(issued).code is Code.REVOKED
    assert two_lists.publisher.publish().paths == ()
    assert set(read()) == {*list_paths(1), *list_paths(2)}, "with nothing to do it looks whether all are well"


def published(press: Press) -> tuple[bytes, ...]:
    stamps = [read_stamp(press.storage.get(path)) for path in list_paths(1)]
    return tuple(stamp.content for stamp in stamps if stamp is not None)


def ruled(press: Press) -> tuple[bytes, ...]:
    with press.registry.read() as session:
        return list_contents(list_values(statuses(session, 1, press.now)))


def test_a_change_follows_the_published_list_without_deriving_it(
    two_lists: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[int] = []

    def noting(session: Session, number: int, now: datetime) -> bytes:
        derived.append(number)
        return derive_list(session, number, now)

    monkeypatch.setattr(release, "derive_list", noting)
    first, second, third = (two_lists.issue()[0] for _ in range(3))
    two_lists.publisher.publish()
    for issued in (first, second):
        two_lists.decide(issued.number, Kind.WITHDRAWN, "withdrawn")
        two_lists.publisher.publish()
    assert published(two_lists) == ruled(two_lists) != list_contents(bytes(LIST_ENTRIES))
    assert derived == []
    # What somebody put in the place of the published list is not followed.
    two_lists.storage.put(list_paths(1)[1], b"damaged")
    two_lists.decide(third.number, Kind.WITHDRAWN, "withdrawn")
    two_lists.publisher.publish()
    assert published(two_lists) == ruled(two_lists)
    assert derived == [1]


def test_a_list_that_does_not_come_out_as_the_registry_counts_is_derived(two_lists: Press) -> None:
    other, issued = (two_lists.issue()[0] for _ in range(2))
    two_lists.publisher.publish()
    with two_lists.registry.write() as session:  # nothing in the journal tells of it
        ended = update(EditionRow).where(EditionRow.number == other.number)
        session.execute(ended.values(withdrawn_at=two_lists.now - timedelta(hours=1)))
    two_lists.decide(issued.number, Kind.WITHDRAWN, "withdrawn")
    two_lists.publisher.publish()
    assert published(two_lists) == ruled(two_lists)
    assert two_lists.judge(other).code is Code.REVOKED


def test_lists_are_signed_again_at_half_their_time_though_nothing_touches_them(two_lists: Press) -> None:
    two_lists.now += timedelta(hours=13)
    done = two_lists.publisher.publish()
    assert set(done.paths) == {*list_paths(1), *list_paths(2)}
    assert two_lists.publisher.publish().paths == ()


def test_an_edition_that_time_supersedes_changes_its_list_without_a_worker(two_lists: Press) -> None:
    issued = two_lists.issue()[0]
    start = two_lists.now.date() + timedelta(days=1)
    two_lists.succeed(issued.number, Kind.RENEWED, valid_from=start)
    two_lists.publisher.publish()
    two_lists.now += timedelta(hours=11)
    two_lists.publisher.publish()
    two_lists.now += timedelta(hours=4)
    done = two_lists.publisher.publish()
    assert set(list_paths(1)) <= set(done.paths)
    assert two_lists.judge(issued).code is Code.SUPERSEDED


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"size": 1}', "gone", "other"])
def test_without_a_ledger_every_list_is_looked_at(two_lists: Press, damage: str) -> None:
    path = two_lists.home / "lists.json"
    if damage == "gone":
        path.unlink()
    elif damage == "other":
        path.write_text(json.dumps({**json.loads(path.read_text()), "root": "00" * 32}))
    else:
        path.write_text(damage)
    two_lists.storage.delete(list_paths(2)[0])
    assert set(two_lists.publisher.publish().paths) == set(list_paths(2))
    assert read_stamp(two_lists.storage.get(list_paths(2)[0])) is not None


def test_a_publication_with_the_bundle_looks_at_every_list(two_lists: Press) -> None:
    two_lists.storage.delete(list_paths(2)[0])
    assert set(list_paths(2)) <= set(two_lists.publisher.publish(bundle=True).paths)


def test_a_ledger_says_what_was_written_beside_the_same_checkpoint_only(tmp_path: Path, press: Press) -> None:
    folder = tmp_path / "another home"
    folder.mkdir()
    ledger = ListLedger(folder / "lists.json")
    listed = KnownList(
        kid="k", issued_at=press.now, expires_at=press.now + timedelta(days=1), digest="d" * 64
    )
    known = KnownLists(size=7, root=b"r" * 32, looked_at=press.now, lists={3: listed})
    assert ledger.read(7, b"r" * 32) is None
    ledger.write(known)
    assert ledger.read(7, b"r" * 32) == known
    assert ledger.read(8, b"r" * 32) is None
    assert ledger.read(7, b"x" * 32) is None
    assert [path.name for path in folder.iterdir()] == ["lists.json"]

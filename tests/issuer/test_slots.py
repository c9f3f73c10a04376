"""Status indices: drawn at random, once, and the next list opens in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, update
from tests.support.registry import NOW, Bench

from lcert_issuer.readmodel import list_numbers
from lcert_issuer.registry import slots
from lcert_issuer.registry.models import StatusSlot
from lcert_issuer.registry.slots import OPEN_NEXT_AT, Slot, draw, open_list
from lcert_verifier.vocabulary import LIST_ENTRIES


def take(bench: Bench, count: int) -> list[Slot]:
    with bench.registry.write() as session:
        return draw(session, count, now=NOW)


def test_a_new_issuer_has_list_one_with_every_index_once(bench: Bench) -> None:
    assert bench.ask(list_numbers) == [1]
    count, low, high, ordinals = bench.ask(
        lambda s: s.execute(
            select(
                func.count(),
                func.min(StatusSlot.list_index),
                func.max(StatusSlot.list_index),
                func.count(StatusSlot.ordinal.distinct()),
            )
        ).one()
    )
    assert (count, low, high, ordinals) == (LIST_ENTRIES, 0, LIST_ENTRIES - 1, LIST_ENTRIES)


def test_indices_are_drawn_shuffled_and_only_once(bench: Bench) -> None:
    drawn = [slot.list_index for slot in take(bench, 500) + take(bench, 500)]
    assert len(set(drawn)) == 1000
    assert drawn != sorted(drawn)


def test_drawing_at_the_same_time_never_gives_an_index_twice(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as pool:
        rounds = [list(result) for result in pool.map(lambda _: take(bench, 25), range(24))]
    drawn = [slot for some in rounds for slot in some]
    assert len(set(drawn)) == len(drawn) == 600


def test_the_next_list_opens_when_three_quarters_are_drawn(bench: Bench) -> None:
    with bench.registry.write() as session:
        session.execute(update(StatusSlot).where(StatusSlot.ordinal < OPEN_NEXT_AT - 1).values(taken=True))
    assert take(bench, 1)[0].list_number == 1
    assert bench.ask(list_numbers) == [1]
    assert take(bench, 1)[0].list_number == 1
    assert bench.ask(list_numbers) == [1, 2]
    take(bench, 1)
    assert bench.ask(list_numbers) == [1, 2]


def test_what_does_not_fit_into_a_list_goes_into_the_next(bench: Bench) -> None:
    with bench.registry.write() as session:
        open_list(session, 2, now=NOW)
        session.execute(
            update(StatusSlot)
            .where(StatusSlot.list_number == 1, StatusSlot.ordinal < LIST_ENTRIES - 3)
            .values(taken=True)
        )
    assert [slot.list_number for slot in take(bench, 5)] == [1, 1, 1, 2, 2]


def test_a_list_opens_once(bench: Bench) -> None:
    with bench.registry.write() as session:
        assert open_list(session, 2, now=NOW) is True
    with bench.registry.write() as session:
        assert slots.open_list(session, 2, now=NOW) is False

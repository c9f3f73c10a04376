"""What one change and one question cost does not grow with the registry: counted in steps of SQLite's machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bench.filling import fill, hurried
from bench.growth import catch_up
from bench.growth_start import publisher_of
from bench.programmes import MEMORY, a_house, drafts, issuing_signer, now
from sqlalchemy import event

from lcert_issuer import directory
from lcert_issuer.assembly import House
from lcert_issuer.directory import search
from lcert_issuer.readmodel import find_token
from lcert_issuer.registry import journal, words

_GRAIN = 10
_FEW, _MANY = 300, 3_300
_MORE = 70 * (_MANY - _FEW) // (40 * _GRAIN)
"""Fewer than two steps a certificate: for more ended ones in one status list, a fuller tile, a deeper index."""


def test_neither_a_change_nor_a_question_reads_more_in_a_larger_registry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(directory, "COUNTED", 10)
    monkeypatch.setattr(words, "MOST", 30)
    with a_house(within=MEMORY) as house:
        steps = _counting(house)
        costs = []
        there = 0
        for size in (_FEW, _MANY):
            with hurried(house):
                fill(house, drafts(1)[0], there, size - there, issuing_signer(house))
            there = size
            catch_up(publisher_of(house), first=20)
            costs.append({name: steps(work) for name, work in _works(house, size).items()})
    few, many = costs
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name] + _MORE}
    assert grown == {}, "what goes through all of them takes three steps or more for each"


def _works(house: House, size: int) -> dict[str, Callable[[], object]]:
    number = house.desk.issue(drafts(1, 90_000_000 + size)[0]).number
    publisher = publisher_of(house)
    publisher.publish()

    def asked(**of: str) -> Callable[[], object]:
        return lambda: _read(house, lambda session: search(session, now=now(), limit=5, **of))  # type: ignore[arg-type]

    return {
        "issue": lambda: house.desk.issue(drafts(1, 91_000_000 + size)[0]),
        "publish an issue": lambda: publisher.publish(),
        "suspend": lambda: house.desk.suspend(number, reason="fee-unpaid"),
        "publish a suspension": lambda: publisher.publish(),
        "publish nothing new": lambda: publisher.publish(),
        "a token": lambda: _read(house, lambda session: find_token(session, number, 1, "vc+jwt")),
        "changes": lambda: _read(house, lambda session: list(journal.entries(session, 100, 200))),
        "no filter": asked(),
        "a word of few": asked(q="holder-77.example"),
        "a word of many": asked(q="holder-1"),
        "a word of many and a state": asked(q="holder-1", state="active"),
        "a state": asked(state="suspended"),
        "a state and a use of none": asked(state="withdrawn", modality="text"),
    }


def _counting(house: House) -> Callable[[Callable[[], object]], int]:
    """A count of the machine's steps, in `_GRAIN`s, that some work takes."""
    told = 0

    def tell() -> int:
        nonlocal told
        told += 1
        return 0

    @event.listens_for(house.registry.engine, "connect")
    def prepare(connection: object, _entry: object) -> None:
        connection.set_progress_handler(tell, _GRAIN)  # type: ignore[attr-defined]

    house.registry.engine.dispose()

    def steps(work: Callable[[], object]) -> int:
        before = told
        work()
        return told - before

    return steps


def _read(house: House, query: Callable[..., object]) -> object:
    with house.registry.read() as session:
        return query(session)

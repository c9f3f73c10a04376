"""What a publication waits for is waited for before another may begin, whatever comes between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from lcert_issuer.pending import Pending


def failing_once(fault: BaseException, done: list[str]) -> Callable[[], None]:
    def act() -> None:
        done.append("tried")
        if done.count("tried") == 1:
            raise fault

    return act


def test_a_fault_is_told_once_and_the_rest_is_done_by_the_next_call() -> None:
    pending, done, gate = Pending(), list[str](), threading.Event()

    def work() -> None:
        assert gate.wait(20)
        done.append("beside")
        raise ValueError

    pending.begin(work)
    pending.then(lambda: done.append("after"))
    gate.set()
    with pytest.raises(ValueError, match=r"^$"):
        pending.settle()
    assert done == ["beside"]
    pending.settle()
    pending.settle()
    assert done == ["beside", "after"]


def test_what_was_waited_for_when_it_was_interrupted_is_waited_for_again() -> None:
    """Or an interrupted publication would let the next one begin while its own high-water mark is still written."""
    pending, done = Pending(), list[str]()
    pending.then(failing_once(KeyboardInterrupt(), done))
    pending.then(lambda: done.append("after"))
    with pytest.raises(KeyboardInterrupt):
        pending.settle()
    pending.settle()
    assert done == ["tried", "tried", "after"]

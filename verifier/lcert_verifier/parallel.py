"""Work shared between processes, in order, with a bounded number of things under way."""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any, Final, TypeVar

__all__ = ["can_fork", "work_through", "worth_it"]

T = TypeVar("T")
R = TypeVar("R")

_FEWEST: Final = 400
"""Below this, starting processes costs more than they save."""
_AHEAD: Final = 3
"""Chunks for each process that are under way or wait."""

_work: Callable[[list[Any]], list[Any]] | None = None
"""In a process that works: what it does."""


def can_fork() -> bool:
    """Whether processes can share what was loaded before."""
    return sys.platform.startswith("linux")


def worth_it(total: int | None, jobs: int, *, explicit: bool) -> bool:
    """Whether to use processes: several are wanted, there is enough to do, and the system can fork."""
    enough = explicit or total is None or total >= _FEWEST
    return jobs > 1 and enough and total != 1 and can_fork()


def work_through(
    work: Callable[[list[T]], list[R]], items: Iterable[T], jobs: int, *, chunk: int = 16
) -> Iterator[R]:
    """What `work` makes of the items, `chunk` at a time, in order; `jobs` processes share what was loaded before.

    Items are taken up only as answers are fetched, so memory does not grow with their number. The processes end with
    the iterator: when it is exhausted, closed or forgotten, or when an item or `work` raises. BrokenProcessPool when
    one of them was killed.
    """
    following = iter(items)
    waiting: deque[Future[list[R]]] = deque()
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("fork"), initializer=_begin, initargs=(work,))
    try:
        while piece := list(islice(following, chunk)):
            waiting.append(pool.submit(_do, piece))
            if len(waiting) >= jobs * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[list[Any]], list[Any]]) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked ends us


def _do(piece: list[Any]) -> list[Any]:
    assert _work is not None
    return _work(piece)

"""Work shared between processes, in order and with a bounded number of things under way."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

__all__ = ["work_through", "worth_it"]

T = TypeVar("T")
R = TypeVar("R")

_FEWEST: Final = 400
"""Below this, starting processes costs more than they save."""
_CHUNK: Final = 16

_work: Callable[[Any], Any] | None = None


def worth_it(total: int | None, jobs: int, *, explicit: bool) -> bool:
    """Whether to use processes: several are wanted, there is enough to do, and the system can fork."""
    enough = explicit or total is None or total >= _FEWEST
    return jobs > 1 and enough and total != 1 and sys.platform.startswith("linux")


def work_through(work: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """`work(item)` for each item, in order, by `jobs` processes that share what was loaded before.

    Items are taken up only as answers are fetched, so memory does not grow with their number.
    """
    global _work
    _work = work
    room = threading.Semaphore(_CHUNK * jobs * 4)

    def paced() -> Iterator[T]:
        for item in items:
            room.acquire()
            yield item

    try:
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            for answer in pool.imap(_call, paced(), chunksize=_CHUNK):
                room.release()
                yield answer
    finally:
        _work = None


def _call(item: Any) -> Any:
    assert _work is not None
    return _work(item)

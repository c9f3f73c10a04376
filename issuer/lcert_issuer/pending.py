"""What a publication has begun and not waited for yet, so that it can derive the next thing while a disk is busy."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

__all__ = ["Pending"]


class Pending:
    """Waits for everything that was begun, in that order. Of one thread."""

    def __init__(self) -> None:
        self._acts: list[Callable[[], object]] = []

    def begin(self, work: Callable[[], None]) -> None:
        """Work that is done in a thread of its own meanwhile."""
        future: Future[None] = Future()

        def run() -> None:
            try:
                work()
            except BaseException as fault:
                future.set_exception(fault)
            else:
                future.set_result(None)

        Thread(target=run, name="lcert-beside").start()
        self.then(future.result)

    def then(self, act: Callable[[], object]) -> None:
        """Done, once, when all before it is: a wait, or what may come only after it."""
        self._acts.append(act)

    def settle(self) -> None:
        """All is done when this returns. Raises the first fault, and leaves the rest for the next call.

        What was waited for when somebody pressed Ctrl-C is waited for again by the next call: it still goes on.
        """
        while self._acts:
            try:
                self._acts[0]()
            except Exception:
                del self._acts[0]
                raise
            del self._acts[0]

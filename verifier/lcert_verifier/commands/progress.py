"""A bar on standard error, for a person who waits for many answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import IO, Final

__all__ = ["Progress"]

_WIDTH: Final = 30
_EVERY: Final = 0.1


class Progress:
    """`total` is None when only reading to the end tells. Silent unless a person looks at `stream` and no answers do.

    `busy`: answers are written to the same terminal, so nothing is shown between them.
    """

    def __init__(
        self,
        stream: IO[str],
        total: int | None,
        *,
        busy: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._total = total
        self._clock = clock
        self._begun = clock()
        self._next = 0.0
        self._shown = False
        busy = sys.stdout.isatty() if busy is None else busy
        self._on = stream.isatty() and not busy and (total is None or total > 1)

    def show(self, done: int) -> None:
        now = self._clock()
        if not self._on or (now < self._next and done != self._total):
            return
        self._next = now + _EVERY
        self._stream.write(f"\r\x1b[K{self._line(done, now - self._begun)}")
        self._stream.flush()
        self._shown = True

    def _line(self, done: int, seconds: float) -> str:
        if not self._total:
            return f"{done} judged"
        filled = _WIDTH * done // self._total
        left = f", {seconds * (self._total - done) / done:.0f} s left" if 0 < done < self._total else ""
        return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done} of {self._total} judged{left}"

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False

"""A computed code as data: its rows, and the bars that every renderer draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["QUIET", "Code", "bars"]

QUIET: Final = 4
"""Modules of white around a code, on every side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A computed code: what it says, its version (1 to 40) and its rows without quiet zone, True for dark."""

    content: str
    version: int
    module: int
    """Pixels a module when not asked otherwise."""
    rows: tuple[tuple[bool, ...], ...]
    logo: bool = False

    @property
    def side(self) -> int:
        """Modules along a side, quiet zone included."""
        return len(self.rows) + 2 * QUIET


_DARK: Final = re.compile(rb"\x01+")


def bars(code: Code) -> Iterator[tuple[int, int, int]]:
    """(x, y, length) of each horizontal run of dark modules, quiet zone included."""
    for y, row in enumerate(code.rows, QUIET):
        for run in _DARK.finditer(bytes(row)):
            start, end = run.span()
            yield start + QUIET, y, end - start

"""A computed code as data: its rows, and the bars that every renderer draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["MOST_CHARACTERS", "QUIET", "Code", "bars", "fits_code", "room_for_payload"]

QUIET: Final = 4
"""Modules of white around a code, on every side."""
MOST_CHARACTERS: Final = 2331
"""Of the largest code: version 40 at level M, in byte mode."""
_SIGNED: Final = 111 + 128 + 2
"""Characters of a compact token besides its payload: header, the longest signature, two dots."""


def fits_code(base_url: str, compact: str) -> bool:
    """Whether an offline code holds this compact token."""
    return len(f"{base_url}/v#{compact}") <= MOST_CHARACTERS


def room_for_payload(base_url: str) -> int:
    """Bytes that the payload of a compact token may have, so that an offline code holds it."""
    return (MOST_CHARACTERS - len(f"{base_url}/v#") - _SIGNED) * 3 // 4


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

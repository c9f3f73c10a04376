"""The modules of a QR code, whole matrices at a time: a matrix is one integer, a bit a module, row by row.

`qrcode` draws the patterns that every code has; here the codewords are laid out and the mask is chosen. The choice is
that of ISO/IEC 18004 section 7.8.3, and the very one that `qrcode` makes module by module, at a hundredth of the time:
each rule is a few shifts of one integer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, cast

import qrcode
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, MODE_ALPHA_NUM, length_in_bits

from .codewords import content_bits, make_codewords

__all__ = ["Matrix", "make_matrix", "smallest_version"]

_LAST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """`rows` without quiet zone, True for dark."""

    version: int
    mask: int
    rows: tuple[tuple[bool, ...], ...]


def make_matrix(text: str, mode: int, level: int, *, least: int = 1) -> Matrix:
    """The code of a text in alphanumeric or byte mode, in the smallest version from `least` that holds it.

    ValueError when no version does.
    """
    if mode not in (MODE_ALPHA_NUM, MODE_8BIT_BYTE):
        raise ValueError("codes are made in alphanumeric or byte mode")
    version = smallest_version(text, mode, level, least)
    frame = _frame(version, level)
    words = make_codewords(text, mode, version, level)
    bits = f"{int.from_bytes(words):0{8 * len(words)}b}"
    placed = int("".join(frame.place(bits + "0")), 2)
    scores = [_penalty(unsigned ^ placed, frame) for unsigned in frame.unsigned]
    mask = scores.index(min(scores))
    return Matrix(version=version, mask=mask, rows=_rows(frame.signed[mask] ^ placed, frame.size))


def smallest_version(text: str, mode: int, level: int, least: int = 1) -> int:
    """The version of the code of a text, from `least` to 40. ValueError when none holds it."""
    bits = content_bits(text, mode)
    version = least
    while True:
        announced = length_in_bits(mode, version)
        found: int = bisect_left(BIT_LIMIT_TABLE[level], 4 + announced + bits, version)
        if found > _LAST:
            raise ValueError("too long for a code")
        if length_in_bits(mode, found) == announced:
            return found
        version = found  # from versions 10 and 27 on the length itself takes more bits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all codes of a version and level share. Matrices hold the patterns and the mask over empty data."""

    size: int
    signed: tuple[int, ...]
    """By mask, with the format written in."""
    unsigned: tuple[int, ...]
    """By mask, without: masks are judged before the format is known."""
    place: Callable[[str], tuple[str, ...]]
    """The bits of the codewords and a "0" after them, as the digits of a matrix."""
    pairs: int
    """Modules with a neighbour to the right."""
    starts: int
    """Modules with ten more to the right."""
    above: int
    """Modules with ten more below."""


@lru_cache(maxsize=16)
def _frame(version: int, level: int) -> _Frame:
    size = 4 * version + 17
    signed = tuple(_drawn(version, level, mask, b"", test=False) for mask in range(8))
    full = _drawn(version, level, 0, b"\xff" * 4096, test=False)
    order = _order(size, full ^ signed[0])
    count = len(order) // 8 * 8  # up to seven modules are left over, and stay as empty data
    digits = [count] * (size * size)
    for bit, module in enumerate(order[:count]):
        digits[size * size - 1 - module] = bit
    row = (1 << size) - 1
    every = [row << size * y for y in range(size)]
    return _Frame(
        size=size,
        signed=signed,
        unsigned=tuple(_drawn(version, level, mask, b"", test=True) for mask in range(8)),
        place=cast("Callable[[str], tuple[str, ...]]", itemgetter(*digits)),
        pairs=sum(line & line >> 1 for line in every),
        starts=sum((row >> 10) << size * y for y in range(size)),
        above=sum(every[:-10]),
    )


def _drawn(version: int, level: int, mask: int, words: bytes, *, test: bool) -> int:
    maker: Any = qrcode.QRCode(version=version, error_correction=level, border=0)
    maker.data_cache = list(words)
    maker.makeImpl(test, mask)
    modules = [module for row in maker.modules for module in row]
    return sum(1 << at for at, dark in enumerate(modules) if dark)


def _order(size: int, data: int) -> list[int]:
    """The modules of `data` in the order of ISO/IEC 18004 section 7.7.3: two columns a time, up and down."""
    order: list[int] = []
    upward = True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        for y in range(size - 1, -1, -1) if upward else range(size):
            order += [at for at in (y * size + right, y * size + right - 1) if data >> at & 1]
        upward = not upward
    return order


def _penalty(m: int, frame: _Frame) -> int:
    """Points against a matrix (ISO/IEC 18004 table 11), by whole-matrix operations."""
    n, pairs, every = frame.size, frame.pairs, frame.size * frame.size
    beside = ~(m ^ m >> 1) & pairs
    below = ~(m ^ m >> n) & (1 << every - n) - 1
    score = 0
    for equal, step in ((beside, 1), (below, n)):
        two = equal & equal >> step
        five = two & two >> 2 * step  # where five alike begin; a run of more has more of them
        score += five.bit_count() + 2 * (five & ~(five << step)).bit_count()
    score += 3 * (beside & beside >> n & below).bit_count()
    light = ~m
    for step, where in ((1, frame.starts), (n, frame.above)):
        # the middle of both directions is alike: light at 1, 5 and 9, dark at 4 and 6
        core = where & light >> step & m >> 4 * step & light >> 5 * step & m >> 6 * step & light >> 9 * step
        if core:
            score += 40 * _corners(m, core, step)
    return score + 10 * int(abs(100 * m.bit_count() / every - 50) / 5)


def _corners(m: int, core: int, step: int) -> int:
    """How many of the places in `core` begin a pattern like a corner's, read either way."""
    early, late = (0, 2, 3), (7, 8, 10)
    count = 0
    for dark, light in ((early, late), (late, early)):
        found = core
        for at in dark:
            found &= m >> at * step
        for at in light:
            found &= ~(m >> at * step)
        count += found.bit_count()
    return count


_DARK: Final = {"0": False, "1": True}


def _rows(matrix: int, size: int) -> tuple[tuple[bool, ...], ...]:
    dark = [*map(_DARK.__getitem__, f"{matrix:0{size * size}b}"[::-1])]
    return tuple(tuple(dark[at : at + size]) for at in range(0, size * size, size))

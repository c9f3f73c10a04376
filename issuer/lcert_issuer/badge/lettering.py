"""Letters for the PNG: each glyph supersampled once for each place it can have within a pixel, and then only laid down.

A line comes out as it would if all of it were drawn fine and brought down, because the same samples are averaged.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from .scene import Words
from .typeface import EM, FontName, font_bytes

__all__ = ["LEVELS", "draw_words", "glyph_font"]

LEVELS: Final = 32
"""Steps from the ground to an ink."""
_INK: Final = tuple(round(cover * (LEVELS - 1) / 255) for cover in range(256))
_TOUCHED: Final = bytes(255 if level else 0 for level in _INK)


@lru_cache(maxsize=128)
def glyph_font(name: FontName, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_bytes(name)), size, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True, slots=True)
class _Tile:
    """How much of each pixel a glyph covers, from (left, top) to (right, bottom) seen from the pixel of its origin."""

    cover: Any
    left: int
    top: int
    right: int
    bottom: int


@lru_cache(maxsize=16384)
def _tile(name: FontName, size: float, char: str, right: int, down: int, samples: int) -> _Tile | None:
    """The glyph with its origin `right` and `down` samples into a pixel; None when nothing shows."""
    font = glyph_font(name, size)
    left, top, end, bottom = (round(edge) for edge in font.getbbox(char, anchor="ls"))
    if end <= left or bottom <= top:
        return None
    x, y = (right + left - 1) // samples, (down + top - 1) // samples
    width, height = -(-(right + end + 1) // samples) - x, -(-(down + bottom + 1) // samples) - y
    fine = Image.new("L", (width * samples, height * samples))
    at = (right - x * samples, down - y * samples)
    ImageDraw.Draw(fine).text(at, char, font=font, fill=255, anchor="ls")
    return _Tile(fine.reduce(samples).im, x, y, x + width, y + height)


def draw_words(
    picture: Image.Image, lines: Sequence[Words], pixels: float, samples: int, ramps: Sequence[int]
) -> None:
    """Lays lines on a palette picture at `pixels` a unit. The ramp of a line's ink begins at its index in `ramps`."""
    k = pixels * samples
    for words, ramp in zip(lines, ramps, strict=True):
        size, x, y = words.size * k, words.x * k, words.y * k
        unit = size / EM
        laid = []
        for one in words.run.drawn:
            across, right = divmod(round(x + one.x * unit), samples)
            along, down = divmod(round(y - one.y * unit), samples)
            tile = _tile(one.glyph.font, size, one.glyph.char, right, down, samples)
            if tile is not None:
                box = (across + tile.left, along + tile.top, across + tile.right, along + tile.bottom)
                laid.append((tile.cover, box))
        if laid:
            _lay(picture, laid, ramp)


def _lay(picture: Image.Image, laid: list[tuple[Any, tuple[int, int, int, int]]], ramp: int) -> None:
    lefts, tops, rights, bottoms = zip(*(box for _, box in laid), strict=True)
    left, top = min(lefts), min(tops)
    size = (max(rights) - left, max(bottoms) - top)
    line = Image.new("L", size)
    core: Any = (
        line.im
    )  # `Image.paste` looks at its arguments for several times as long as it pastes a letter
    for cover, (x, y, right, bottom) in laid:
        core.paste(255, (x - left, y - top, right - left, bottom - top), cover)
    covered = line.tobytes()
    inked = Image.frombytes("P", size, covered.translate(_indices(ramp)))
    picture.paste(inked, (left, top), Image.frombytes("L", size, covered.translate(_TOUCHED)))


@lru_cache(maxsize=32)
def _indices(ramp: int) -> bytes:
    return bytes(ramp + level for level in _INK)

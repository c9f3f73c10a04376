"""What a picture consists of, for the renderers: a card, seals put on it, lines of text, a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .bidi import is_rtl
from .modules import Code
from .palette import Token
from .seal import Shape
from .text import Run

__all__ = ["Align", "Line", "Placed", "PlacedCode", "Scene", "Words", "height_of", "px", "stack"]

Align = Literal["left", "centre", "right"]
Line = tuple[Run, float, Token, float]
"""(run, size, colour, white above)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Shapes of the 56-unit seal box, put at (x, y) with the given side."""

    shapes: tuple[Shape, ...]
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCode:
    """A code with its quiet zone, put at (x, y) with the given side."""

    code: Code
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text: where its ink starts at the left, its baseline, size and colour.

    `room` is the width from `x` that it must not leave. `align` and `rtl` matter only for text that is not outlined.
    """

    run: Run
    x: float
    y: float
    size: float
    colour: Token
    room: float
    align: Align = "left"
    rtl: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture ready to draw: `width` x `height` units, shown at `scale` pixels a unit. Radius 0 has no border."""

    width: float
    height: float
    scale: float
    radius: float
    placed: tuple[Placed, ...]
    words: tuple[Words, ...]
    code: PlacedCode | None = None


def px(run: Run, size: float) -> float:
    """Width of a run at a size."""
    return run.width * size / 1000


def height_of(lines: Sequence[Line]) -> float:
    """From the top of the first line's body to the bottom of the last one's."""
    return sum(size * (run.rise + run.drop) / 1000 + white for run, size, _, white in lines)


def stack(lines: Sequence[Line], x: float, room: float, top: float, align: Align) -> tuple[Words, ...]:
    """Sets lines under each other from `top`, within `room` from `x`."""
    y = top
    placed: list[Words] = []
    for run, size, colour, white in lines:
        y += white + size * run.rise / 1000
        wide = min(room, px(run, size))
        start = x + {"left": 0.0, "centre": (room - wide) / 2, "right": room - wide}[align]
        placed.append(
            Words(
                run=run, x=round(start, 2), y=round(y, 2), size=size, colour=colour,
                room=room + x - start, align=align, rtl=not run.outlined and is_rtl(run.text),
            )
        )  # fmt: skip
        y += size * run.drop / 1000
    return tuple(placed)

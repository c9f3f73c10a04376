"""The seal, as shapes in a box of 56 by 56: a ring in the state's colour, the letter L, a disc with the glyph.

Ring, glyph, word and colour each tell the states apart on their own. Shapes are data; the SVG and the
PNG renderer draw the same ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from .face import BadgeState
from .palette import Token

__all__ = [
    "SIDE",
    "Box",
    "Circle",
    "Line",
    "Polygon",
    "Shape",
    "choose",
    "dash_angles",
    "emblem",
    "mark",
    "seal",
    "tone",
]

SIDE: Final = 56
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    x: float
    y: float
    r: float
    fill: Token | None = None
    stroke: Token | None = None
    width: float = 0.0
    dashes: int = 0
    """0 for a full ring; n for n dashes of 60 %; negative for that many dots as wide as the ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A polyline with round caps and joins; `bend` rounds its inner corners by that radius."""

    points: tuple[Point, ...]
    width: float
    stroke: Token
    bend: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    points: tuple[Point, ...]
    fill: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: float
    y: float
    w: float
    h: float
    r: float
    fill: Token | None = None
    stroke: Token | None = None


Shape = Circle | Line | Polygon | Box

_TONES: Final[dict[BadgeState, Token]] = {
    BadgeState.ACTIVE: "active",
    BadgeState.SUSPENDED: "suspended",
    BadgeState.WITHDRAWN: "withdrawn",
}
_DASHES: Final = {BadgeState.SCHEDULED: 24, BadgeState.UNKNOWN: -36}
_DISC: Final = (45.2, 45.2, 10.0)


def tone(state: BadgeState) -> Token:
    """The colour token of a state."""
    return _TONES.get(state, "off")


@cache
def seal(state: BadgeState) -> tuple[Shape, ...]:
    """The whole seal in its 56-unit box, back to front."""
    colour = tone(state)
    x, y, r = _DISC
    letter: Token = "ink" if state is BadgeState.ACTIVE else "muted"
    return (
        Circle(x=28, y=28, r=24.6, fill="ground"),
        Circle(x=28, y=28, r=26, stroke=colour, width=3, dashes=_DASHES.get(state, 0)),
        Circle(x=28, y=28, r=21.6, stroke="hairline", width=0.8),
        Line(points=((21.2, 13.6), (21.2, 37.2), (31.8, 37.2)), width=5.8, stroke=letter, bend=2.6),
        Circle(x=x, y=y, r=r + 2.2, fill="ground"),
        Circle(x=x, y=y, r=r, fill=colour),
        *_glyph(state, x, y, 1.0),
    )


@cache
def mark(state: BadgeState) -> tuple[Shape, ...]:
    """The disc alone, filling the same box: the whole mark where the seal would be under 24 pixels."""
    return (Circle(x=28, y=28, r=28, fill=tone(state)), *_glyph(state, 28, 28, 2.6))


@cache
def emblem() -> tuple[Shape, ...]:
    """The programme's own mark, without a state: the letter in the middle of a disc of ink."""
    letter = Line(points=((22.4, 14.6), (22.4, 39.6), (36.4, 39.6)), width=7.4, stroke="ground", bend=2.6)
    return Circle(x=28, y=28, r=28, fill="ink"), letter


def choose(state: BadgeState, *, small: bool, neutral: bool) -> tuple[Shape, ...]:
    """The seal, the disc alone, or the programme's emblem."""
    if neutral:
        return emblem()
    return mark(state) if small else seal(state)


def _glyph(state: BadgeState, x: float, y: float, scale: float) -> tuple[Shape, ...]:
    def line(width: float, *points: Point) -> Line:
        moved = tuple((round(x + px * scale, 3), round(y + py * scale, 3)) for px, py in points)
        return Line(points=moved, width=round(width * scale, 3), stroke="glyph")

    def bar(px: float, py: float, w: float, h: float, r: float) -> Box:
        return Box(x=x + px * scale, y=y + py * scale, w=w * scale, h=h * scale, r=r * scale, fill="glyph")

    def triangle(*points: Point) -> Polygon:
        return Polygon(points=tuple((x + px * scale, y + py * scale) for px, py in points), fill="glyph")

    match state:
        case BadgeState.ACTIVE:
            return (line(2.5, (-4.3, 0.3), (-1.3, 3.2), (4.4, -3.2)),)
        case BadgeState.SUSPENDED:
            return bar(-3.9, -4.2, 2.8, 8.4, 0.9), bar(1.1, -4.2, 2.8, 8.4, 0.9)
        case BadgeState.WITHDRAWN:
            return line(2.5, (-3.2, -3.2), (3.2, 3.2)), line(2.5, (-3.2, 3.2), (3.2, -3.2))
        case BadgeState.TERMINATED:
            return (bar(-3.5, -3.5, 7, 7, 1.1),)
        case BadgeState.EXPIRED:
            return (line(2.2, (0, -5.2), (0, 0.4), (3.6, 2.5)),)
        case BadgeState.SCHEDULED:
            return (
                line(1.7, (-3.9, -5), (3.9, -5)),
                line(1.7, (-3.9, 5), (3.9, 5)),
                triangle((-3.2, -4.4), (3.2, -4.4), (0.5, 0), (3.2, 4.4), (-3.2, 4.4), (-0.5, 0)),
            )
        case BadgeState.SUPERSEDED:
            return (
                line(1.8, (-4.6, -2.5), (4.6, -2.5)),
                line(1.8, (2.2, -5.1), (4.8, -2.5), (2.2, 0.1)),
                line(1.8, (4.6, 2.9), (-4.6, 2.9)),
                line(1.8, (-2.2, 0.3), (-4.8, 2.9), (-2.2, 5.5)),
            )
        case BadgeState.UNKNOWN:
            return (line(2.7, (-4.2, 0), (4.2, 0)),)


def dash_angles(circle: Circle) -> tuple[float, float]:
    """(length of a dash, length of a gap) along the ring, in its own units, for a positive `dashes`."""
    step = 2 * math.pi * circle.r / circle.dashes
    return step * 0.6, step * 0.4

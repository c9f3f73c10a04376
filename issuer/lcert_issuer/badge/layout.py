"""Where everything on a badge stands. Computed once per badge and drawn by both renderers.

Units are those of the `viewBox`; a large badge is the medium one in a larger frame. The baseline grid
of each kind is centred on the optical middle of its box (capitals at the top, baseline at the bottom).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .face import Face, meaning, state_word
from .palette import Token
from .seal import Shape, mark, seal, tone
from .text import Run, clean, ellipsize, fit, is_rtl, plain, shape

__all__ = ["Kind", "Placed", "Scene", "Size", "Words", "layout"]

Size = Literal["s", "m", "l"]
Kind = Literal["wide", "square", "inline"]
_CAPS: Final = 0.728
_SEPARATOR: Final = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Shapes of the 56-unit seal box, put at (x, y) with the given side."""

    shapes: tuple[Shape, ...]
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text with its baseline's start, size and colour. `room` is the width it must not leave."""

    run: Run
    x: float
    y: float
    size: float
    colour: Token
    room: float
    rtl: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A badge ready to draw: `width` x `height` units, shown at `scale` pixels a unit."""

    width: float
    height: float
    scale: float
    radius: float
    placed: Placed
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """Measures of a wide badge: the seal, the text column, and sizes per line."""

    width: float
    height: float
    scale: float
    radius: float
    seal_x: float
    seal: float
    text_x: float
    right: float
    state: float
    covered: tuple[float, ...]
    meaning: float
    small: float
    gaps: tuple[float, float, float]
    """White between baseline and next capital height: under the state, between lines, above the small line."""


_WIDE: Final[dict[Size, _Style]] = {
    "s": _Style(
        width=200, height=60, scale=1, radius=10, seal_x=9, seal=42, text_x=60, right=9,
        state=8.6, covered=(12.5, 12, 11.5, 11, 10.5), meaning=0, small=8.6, gaps=(5.6, 4.4, 5.6),
    ),
    "m": _Style(
        width=320, height=96, scale=1, radius=14, seal_x=15, seal=64, text_x=93, right=14,
        state=11.5, covered=(17, 16.5, 16, 15.5, 15, 14.5, 14), meaning=11.5, small=10.5, gaps=(8, 7.2, 7.8),
    ),
    "l": _Style(
        width=320, height=96, scale=1.5, radius=14, seal_x=15, seal=64, text_x=93, right=14,
        state=11.5, covered=(17, 16.5, 16, 15.5, 15, 14.5, 14), meaning=11.5, small=10.5, gaps=(8, 7.2, 7.8),
    ),
}  # fmt: skip
_SQUARE: Final[dict[Size, float]] = {"s": 0.8, "m": 1.0, "l": 1.5}
_INLINE: Final[dict[Size, float]] = {"s": 20 / 24, "m": 1.0, "l": 32 / 24}


def layout(face: Face, *, size: Size, kind: Kind, outlines_only: bool = False) -> Scene:
    """The scene of a face. With `outlines_only`, names in scripts the fonts lack give way to a plain line."""
    covered = clean(face.covered) or clean(face.holder) or clean(face.number) or "L Certification"
    if outlines_only:
        covered = plain(covered, _otherwise(face))
    if kind == "inline":
        return _inline(face, _INLINE[size])
    if kind == "square":
        return _square(face, covered, _SQUARE[size])
    return _wide(face, covered, _WIDE[size])


def _otherwise(face: Face) -> str:
    """A true line in Latin letters for a name that cannot be drawn: what kind of thing it is, and whose by domain."""
    what = face.level.capitalize() if face.level in {"company", "product", "model"} else "Certificate"
    return plain(
        f"{what} of {clean(face.domain)}" if face.domain else f"{what} {clean(face.number)}", "Certificate"
    )


def _wide(face: Face, covered: str, style: _Style) -> Scene:
    room = style.width - style.text_x - style.right
    last = _identity(face, room, style.small)
    most = 1 if len(last) > 1 else 2
    size, runs = fit(covered, "bold", room, style.covered, most, -8)
    lines: list[tuple[Run, float, Token, float]] = []  # run, size, colour, white above
    state_size, state = _one_line(state_word(face), "bold", room, style.state, 70)
    lines.append((state, state_size, tone(face.state), 0))
    tight = 0.9 if len(runs) > 1 else 1.0
    for index, run in enumerate(runs):
        lines.append((run, size, "ink", style.gaps[0 if index == 0 else 1] * tight))
    if style.meaning:
        meaning_size, run = _one_line(meaning(face), "regular", room, style.meaning, 0)
        lines.append((run, meaning_size, "ink", style.gaps[1] * tight + 0.4))
    for index, run in enumerate(last):
        lines.append((run, style.small, "muted", style.gaps[2] * (tight if index == 0 else 0.68)))
    return Scene(
        width=style.width,
        height=style.height,
        scale=style.scale,
        radius=style.radius,
        placed=Placed(
            shapes=seal(face.state), x=style.seal_x, y=(style.height - style.seal) / 2, side=style.seal
        ),
        words=_stack(lines, style.text_x, room, style.height),
    )


def _square(face: Face, covered: str, scale: float) -> Scene:
    side, pad = 200.0, 16.0
    room = side - 2 * pad
    size, runs = fit(covered, "bold", room, (15, 14.5, 14, 13.5, 13), 2, -8)
    state_size, state = _one_line(state_word(face), "bold", room, 12.5, 70)
    tight = 0.85 if len(runs) > 1 else 1.0
    lines: list[tuple[Run, float, Token, float]] = [(state, state_size, tone(face.state), 0)]
    lines += [(run, size, "ink", (8.5 if i == 0 else 6.2) * tight) for i, run in enumerate(runs)]
    lines += [
        (run, 10.5, "muted", (8.5 if i == 0 else 5.4) * tight)
        for i, run in enumerate(_identity(face, room, 10.5, stacked=True))
    ]
    height = _height(lines)
    seal_side, gap = (92.0, 13.0) if len(lines) < 5 else (80.0, 10.0)
    top = (side - seal_side - gap - height) / 2
    words = _stack(lines, pad, room, 0, top=top + seal_side + gap, centred=True)
    placed = Placed(shapes=seal(face.state), x=(side - seal_side) / 2, y=top, side=seal_side)
    return Scene(width=side, height=side, scale=scale, radius=18, placed=placed, words=words)


def _inline(face: Face, scale: float) -> Scene:
    state = shape(clean(state_word(face)), "bold", 50)
    number = shape(clean(face.number)[:24], "regular", 0, True)
    x = 24.0
    first = Words(
        run=state, x=x, y=12 + 10.5 * _CAPS / 2, size=10.5, colour=tone(face.state), room=_px(state, 10.5)
    )
    x += first.room + 7
    second = Words(
        run=number, x=x, y=12 + 10.5 * _CAPS / 2, size=10.5, colour="muted", room=_px(number, 10.5)
    )
    width = math.ceil((x + second.room + 10) * scale) / scale  # whole pixels
    placed = Placed(shapes=mark(face.state), x=4, y=4, side=16)
    return Scene(width=width, height=24, scale=scale, radius=12, placed=placed, words=(first, second))


def _identity(face: Face, room: float, size: float, *, stacked: bool = False) -> list[Run]:
    """`licensed domain, number` on one line, or on two when they do not fit; no real number is ever cut."""
    units = room * 1000 / size
    number = clean(face.number)
    domain = clean(face.domain)
    figures = shape(number, "regular", 0, True)
    last = figures if figures.width <= units else ellipsize(number, "regular", units)
    if not domain:
        return [last]
    if face.more_domains:
        domain = f"{domain} + {face.more_domains}"
    together = shape(f"{domain}{_SEPARATOR}{number}", "regular")
    if not stacked and together.width <= units:
        return [together]
    return [ellipsize(domain, "regular", units, at="start"), last]


def _one_line(
    text: str, weight: Literal["regular", "bold"], room: float, size: float, tracking: int
) -> tuple[float, Run]:
    """A line that gives up tracking and then size, to three quarters, before it is cut."""
    text = clean(text)
    for step in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        for track in (tracking, tracking // 2):
            run = shape(text, weight, track)
            if _px(run, size * step) <= room:
                return round(size * step, 2), run
    return round(size * 0.75, 2), ellipsize(text, weight, room * 1000 / (size * 0.75), tracking // 2)


def _height(lines: Sequence[tuple[Run, float, Token, float]]) -> float:
    return sum(size * _CAPS + white for _, size, _, white in lines)


def _stack(
    lines: Sequence[tuple[Run, float, Token, float]], x: float, room: float, height: float,
    *, top: float | None = None, centred: bool = False,
) -> tuple[Words, ...]:  # fmt: skip
    """Sets lines under each other, the whole centred in `height` unless `top` is given."""
    y = (height - _height(lines)) / 2 if top is None else top
    placed: list[Words] = []
    for run, size, colour, white in lines:
        y += white + size * _CAPS
        start = x + (room - min(room, _px(run, size))) / 2 if centred else x
        rtl = not run.outlined and is_rtl(run.text)
        placed.append(
            Words(
                run=run,
                x=round(start, 2),
                y=round(y, 2),
                size=size,
                colour=colour,
                room=room + x - start,
                rtl=rtl,
            )
        )
    return tuple(placed)


def _px(run: Run, size: float) -> float:
    return run.width * size / 1000

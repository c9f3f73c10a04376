"""Where everything on a badge stands. Computed once per badge and drawn by all renderers.

Units are those of the `viewBox`; a large badge is the medium one in a larger frame. Lines are set by the body of
their script (capitals, kana, Arabic letters) and centred as a block. Arabic mirrors a badge: the seal stands right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from ..language import LANGUAGES, texts
from .bidi import Base
from .cleaning import clean
from .face import Face, cleaned, covered_text, meaning, state_word
from .fitting import ellipsize, fit
from .modules import Code
from .scene import Align, Line, Placed, PlacedCode, Scene, Words, height_of, px, stack
from .seal import mark, seal, tone
from .text import Run, plain, shape

__all__ = ["Kind", "Placed", "Scene", "Size", "Words", "layout"]

Size = Literal["s", "m", "l"]
Kind = Literal["wide", "square", "inline", "label"]
"""`label` is for packaging: a square with the live code in it."""
_CAPS: Final = 0.728
_SEPARATOR: Final = " · "


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
    tight: tuple[float, ...]
    meaning: float
    small: float
    gaps: tuple[float, float, float]
    """White between baseline and next capital height: under the state, between lines, above the small line."""


_WIDE: Final[dict[Size, _Style]] = {
    "s": _Style(
        width=200, height=60, scale=1, radius=10, seal_x=8, seal=42, text_x=57, right=8,
        state=8.6, covered=(12.5, 12, 11.5, 11, 10.5), tight=(10, 9.5, 9, 8.5, 8), meaning=0, small=8.6,
        gaps=(5.6, 4.4, 5.6),
    ),
    "m": _Style(
        width=320, height=96, scale=1, radius=14, seal_x=15, seal=64, text_x=93, right=14,
        state=11.5, covered=(17, 16.5, 16, 15.5, 15, 14.5, 14), tight=(13.5, 13, 12.5, 12), meaning=11.5,
        small=10.5, gaps=(8, 7.2, 7.8),
    ),
    "l": _Style(
        width=320, height=96, scale=1.5, radius=14, seal_x=15, seal=64, text_x=93, right=14,
        state=11.5, covered=(17, 16.5, 16, 15.5, 15, 14.5, 14), tight=(13.5, 13, 12.5, 12), meaning=11.5,
        small=10.5, gaps=(8, 7.2, 7.8),
    ),
}  # fmt: skip
_SQUARE: Final[dict[Size, float]] = {"s": 0.8, "m": 1.0, "l": 1.5}
_INLINE: Final[dict[Size, float]] = {"s": 20 / 24, "m": 1.0, "l": 32 / 24}


@lru_cache(maxsize=512)
def layout(
    face: Face,
    *,
    size: Size,
    kind: Kind,
    lang: str = "en",
    code: Code | None = None,
    outlines_only: bool = False,
) -> Scene:
    """The scene of a face. With `outlines_only`, names in scripts the fonts lack give way to a plain line.

    `code` is what a label carries, and no other kind.
    """
    if (code is not None) != (kind == "label"):
        raise ValueError("a label, and only a label, carries a code")
    face = cleaned(face)
    covered = covered_line(face, lang, outlines_only=outlines_only)
    if kind == "inline":
        return _inline(face, lang, _INLINE[size])
    if code is not None:
        return _label(face, lang, covered, _SQUARE[size], code)
    if kind == "square":
        return _square(face, lang, covered, _SQUARE[size])
    return _wide(face, lang, covered, _WIDE[size])


def covered_line(face: Face, lang: str, *, outlines_only: bool) -> str:
    """What is covered, or failing that who or which; with `outlines_only` in letters that the fonts have."""
    covered = covered_text(face, lang) or face.holder or face.number or "L Certification"
    return plain(covered, _otherwise(face, lang)) if outlines_only else covered


def _otherwise(face: Face, lang: str) -> str:
    """A true line for a name that cannot be drawn: what kind of thing it is, and whose by domain."""
    words = texts(lang)
    _ = words.gettext
    domain = words.isolate(plain(face.domain, ""))
    if not domain:
        return f"{_('Certificate')} {words.isolate(plain(face.number, ''))}".strip()
    match face.level:
        case "company":
            return _("Company of %(domain)s", domain=domain)
        case "product":
            return _("Product of %(domain)s", domain=domain)
        case "model":
            return _("Model of %(domain)s", domain=domain)
        case _:
            return _("Certificate of %(domain)s", domain=domain)


def sides(lang: str) -> tuple[Base, Align]:
    """(base direction, side where lines start) of our own words in a language."""
    return ("rtl", "right") if lang in LANGUAGES and LANGUAGES[lang].rtl else ("ltr", "left")


def name_base(face: Face, lang: str) -> Base:
    """A name is ordered by its own first letter, unless our words follow it in the same line."""
    return sides(lang)[0] if face.more else "auto"


def _wide(face: Face, lang: str, covered: str, style: _Style) -> Scene:
    base, align = sides(lang)
    room = style.width - style.text_x - style.right
    last = _identity(face, room, style.small, base)
    sizes, tight = style.covered, style.tight
    if len(last) > 1:  # five lines are enough: rather a smaller name than two lines of it
        sizes = (*sizes, *tight[:2])
    size, runs = fit(covered, "bold", room, sizes, 2, -8, base=name_base(face, lang), tight=tight)
    lines: list[Line] = []
    state_size, state = one_line(state_word(face, lang), "bold", room, style.state, 70, base)
    lines.append((state, state_size, tone(face.state), 0))
    for index, run in enumerate(runs):
        lines.append((run, size, "ink", style.gaps[0 if index == 0 else 1]))
    if style.meaning:
        meaning_size, run = one_line(meaning(face, lang), "regular", room, style.meaning, 0, base)
        lines.append((run, meaning_size, "ink", style.gaps[1] + 0.4))
    for index, run in enumerate(last):
        lines.append((run, style.small, "muted", style.gaps[2] * (1 if index == 0 else 0.68)))
    lines = _within(lines, style.height - 2 * (8 if style.meaning else 5.5))
    top = (style.height - height_of(lines)) / 2
    rtl = align == "right"
    seal_x = style.width - style.seal_x - style.seal if rtl else style.seal_x
    return Scene(
        width=style.width,
        height=style.height,
        scale=style.scale,
        radius=style.radius,
        placed=(
            Placed(shapes=seal(face.state), x=seal_x, y=(style.height - style.seal) / 2, side=style.seal),
        ),
        words=stack(lines, style.right if rtl else style.text_x, room, top, align),
    )


def _within(lines: list[Line], most: float) -> list[Line]:
    """The lines with less white between them when they would be higher than `most`, then smaller too."""
    white = sum(line[3] for line in lines)
    over = height_of(lines) - most
    if over <= 0 or not white:
        return lines
    keep = 1 - over / white
    if keep >= 0.55:
        return [(run, size, colour, gap * keep) for run, size, colour, gap in lines]
    factor = most / (height_of(lines) - white * 0.45)
    return [(run, round(size * factor, 2), colour, gap * 0.55 * factor) for run, size, colour, gap in lines]


def _square(face: Face, lang: str, covered: str, scale: float) -> Scene:
    base, _ = sides(lang)
    side, pad = 200.0, 16.0
    room = side - 2 * pad
    sizes = (15, 14.5, 14, 13.5, 13)
    size, runs = fit(
        covered, "bold", room, sizes, 3, -8, base=name_base(face, lang), tight=(12.5, 12, 11.5, 11)
    )
    state_size, state = one_line(state_word(face, lang), "bold", room, 12.5, 70, base)
    tight = 0.85 if len(runs) > 1 else 1.0
    lines: list[Line] = [(state, state_size, tone(face.state), 0)]
    lines += [(run, size, "ink", (8.5 if i == 0 else 6.2) * tight) for i, run in enumerate(runs)]
    lines += [
        (run, 10.5, "muted", (8.5 if i == 0 else 5.4) * tight)
        for i, run in enumerate(_identity(face, room, 10.5, base, stacked=True))
    ]
    seal_side, gap = {4: (92.0, 13.0), 5: (80.0, 10.0)}.get(len(lines), (66.0, 9.0))
    if len(lines) < 4:
        seal_side, gap = 92.0, 13.0
    lines = _within(lines, side - 24 - seal_side - gap)
    height = height_of(lines)
    top = (side - seal_side - gap - height) / 2
    return Scene(
        width=side,
        height=side,
        scale=scale,
        radius=18,
        placed=(Placed(shapes=seal(face.state), x=(side - seal_side) / 2, y=top, side=seal_side),),
        words=stack(lines, pad, room, top + seal_side + gap, "centre"),
    )


def _label(face: Face, lang: str, covered: str, scale: float, code: Code) -> Scene:
    """A square for packaging: seal and words above, the live code below, what to do with it beside its foot."""
    base, align = sides(lang)
    side, pad, seal_side, gap = 264.0, 14.0, 56.0, 12.0
    room = side - 2 * pad - seal_side - gap
    name = name_base(face, lang)
    sizes, tight = (14.5, 14, 13.5, 13), (12.5, 12, 11.5, 11, 10.5)
    size, runs = fit(covered, "bold", room, sizes, 3, -8, base=name, tight=tight)
    state_size, state = one_line(state_word(face, lang), "bold", room, 11, 60, base)
    head: list[Line] = [(state, state_size, tone(face.state), 0)]
    head += [(run, size, "ink", 7.0 if i == 0 else 5.4) for i, run in enumerate(runs)]
    head = _within(head, seal_side + 2)
    wide = side - 2 * pad
    scan_size, scan = one_line(texts(lang).gettext("Scan to check"), "bold", wide, 10.5, 0, base)
    foot: list[Line] = [(scan, scan_size, "ink", 0)]
    foot += [
        (run, 9.2, "muted", 5.6 if i == 0 else 4.2) for i, run in enumerate(_identity(face, wide, 9.2, base))
    ]
    foot_height = height_of(foot)
    rtl = align == "right"
    words = stack(
        head, pad if rtl else pad + seal_side + gap, room, pad - 1 + (seal_side - height_of(head)) / 2, align
    )
    words += stack(foot, pad, wide, side - pad + 1 - foot_height, "centre")
    # the quiet zone is white already, so the code may stand close to the words
    top, bottom = pad + 4 + seal_side, side - pad - 4 - foot_height
    code_side = min(bottom - top - 1, wide)
    return Scene(
        width=side,
        height=side,
        scale=scale,
        radius=18,
        placed=(
            Placed(
                shapes=seal(face.state), x=side - pad - seal_side if rtl else pad, y=pad - 1, side=seal_side
            ),
        ),
        words=words,
        code=PlacedCode(
            code=code, x=(side - code_side) / 2, y=top + (bottom - top - code_side) / 2, side=code_side
        ),
    )


def _inline(face: Face, lang: str, scale: float) -> Scene:
    base, align = sides(lang)
    state = shape(clean(state_word(face, lang)), "bold", 50, False, base)
    number = shape(face.number[:24], "regular", 0, True)
    wide, narrow = px(state, 10.5), px(number, 10.5)
    width = math.ceil((24 + wide + 7 + narrow + 10) * scale) / scale  # whole pixels
    rtl = align == "right"
    at = (width - 24 - wide, width - 31 - wide - narrow) if rtl else (24.0, 31 + wide)
    middle = 12 + 10.5 * (state.rise - state.drop) / 2000
    words = (
        Words(run=state, x=at[0], y=round(middle, 2), size=10.5, colour=tone(face.state), room=wide),
        Words(run=number, x=at[1], y=12 + 10.5 * _CAPS / 2, size=10.5, colour="muted", room=narrow),
    )
    placed = Placed(shapes=mark(face.state), x=width - 20 if rtl else 4, y=4, side=16)
    return Scene(width=width, height=24, scale=scale, radius=12, placed=(placed,), words=words)


def _identity(face: Face, room: float, size: float, base: Base, *, stacked: bool = False) -> Sequence[Run]:
    """`licensed domain, number` on one line, or on two when they do not fit; no real number is ever cut."""
    return _named(face.number, face.domain, face.more_domains, room, size, base, stacked)


@lru_cache(maxsize=4096)
def _named(
    number: str, domain: str, more: int, room: float, size: float, base: Base, stacked: bool
) -> Sequence[Run]:
    units = room * 1000 / size
    figures = shape(number, "regular", 0, True)
    last = figures if figures.width <= units else ellipsize(number, "regular", units)
    if not domain:
        return [last]
    if more:
        domain = f"{domain} + {more}"
    parts = (f"\u2066{domain}\u2069", f"\u2066{number}\u2069") if base == "rtl" else (domain, number)
    both = _SEPARATOR.join(parts)
    together = shape(both, "regular", 0, False, base)
    if not stacked and together.width <= units:
        return [together]
    return [ellipsize(domain, "regular", units, at="start", base="ltr"), last]


@lru_cache(maxsize=4096)
def one_line(
    text: str,
    weight: Literal["regular", "bold"],
    room: float,
    size: float,
    tracking: int,
    base: Base = "ltr",
) -> tuple[float, Run]:
    """A line that gives up tracking and then size, to three quarters, before it is cut."""
    for step in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        for track in (tracking, tracking // 2):
            run = shape(text, weight, track, False, base)
            if px(run, size * step) <= room:
                return round(size * step, 2), run
    room_units = room * 1000 / (size * 0.75)
    return round(size * 0.75, 2), ellipsize(text, weight, room_units, tracking // 2, base=base)

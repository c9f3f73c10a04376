"""Text as outlines: ordering, shaping and measuring one line with the bundled fonts.

Distances inside a run are font units, 1000 to the em; the y axis of outlines points up. Text with a
character the fonts do not have is not outlined: its width is an upper estimate, and renderers choose
what to do (`Run.outlined`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from .bidi import Base, visual_runs
from .typeface import CAP_HEIGHT, FACES, FontName, Glyph, Weight, typeface

__all__ = ["Base", "Drawn", "Glyph", "Run", "Weight", "plain", "shape"]

_TABULAR: Final = str.maketrans({chr(0x30 + i): chr(0xE030 + i) for i in range(10)})
_ISOLATES: Final = "\u2066\u2067\u2068\u2069"
_NOT_ISOLATES: Final = dict.fromkeys(map(ord, _ISOLATES))
_JOINERS: Final = "\u200c\u200d"
_METRICS: Final = {"I": (CAP_HEIGHT, 0), "A": (710, 190), "J": (820, 70)}
"""(above, below the baseline) of the body of a line: Inter's capitals, Arabic letters, kana and kanji."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A glyph with its origin in the run."""

    glyph: Glyph
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One line of one weight. `width` excludes tracking after the last glyph."""

    text: str
    weight: Weight
    outlined: bool
    width: float
    drawn: tuple[Drawn, ...] = ()
    """Glyphs with an outline, from left to right."""
    rise: int = CAP_HEIGHT
    drop: int = 0
    uses: str = ""
    """SVG `<use>` elements for the glyphs, x and y in font units."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """`<path>` elements by id, of every glyph that `uses` refers to."""


@lru_cache(maxsize=16384)
def shape(text: str, weight: Weight, tracking: int = 0, tabular: bool = False, base: Base = "auto") -> Run:
    """Lays one line out: order, fonts, shaping, kerning; `tracking` units between letters, tabular figures when asked.

    Arabic letters are never tracked apart: they are joined.
    """
    characters = text.translate(_TABULAR) if tabular else text
    fonts = _fonts(characters, weight)
    if fonts is None:
        width = sum(map(_estimate, text)) + tracking * max(0, len(text) - 1)
        return Run(text=text, weight=weight, outlined=False, width=width)
    pen = gap = 0
    drawn: list[Drawn] = []
    for name, start, end, rtl in _pieces(characters, fonts, base):
        between = 0 if name.startswith("NotoSansArabic") else tracking
        for shaped in typeface(name).glyphs(characters[start:end], rtl=rtl):
            if shaped.advance:
                pen += gap
                gap = between
            if shaped.glyph.path:
                drawn.append(Drawn(shaped.glyph, pen + shaped.dx, shaped.dy))
            pen += shaped.advance
    used = {_METRICS["A" if "Arabic" in name else "J" if "JP" in name else "I"] for name in fonts if name}
    return Run(
        text=text,
        weight=weight,
        outlined=True,
        width=pen,
        drawn=tuple(drawn),
        rise=max((rise for rise, _ in used), default=CAP_HEIGHT),
        drop=max((drop for _, drop in used), default=0),
        uses="".join(map(_use, drawn)),
        # a plain dict: merging one into another is many times faster than merging a view of it
        definitions={one.glyph.id: f'<path id="{one.glyph.id}" d="{one.glyph.path}"/>' for one in drawn},
    )


def _use(one: Drawn) -> str:
    x = f' x="{one.x}"' if one.x else ""
    y = f' y="{one.y}"' if one.y else ""
    return f'<use href="#{one.glyph.id}"{x}{y}/>'


def _fonts(text: str, weight: Weight) -> list[FontName | None] | None:
    """The font of each character, None for isolates; None altogether when one is in no font.

    Spaces, marks and punctuation stay with the font before them, so that a word is shaped in one piece.
    """
    first, *others = FACES[weight]
    if text.isascii():
        return [first] * len(text) if text.isprintable() else None
    found: list[FontName | None] = []
    last: FontName = first
    for char in text:
        if char in _ISOLATES:
            found.append(None)
            continue
        if char.isalnum() or char not in typeface(last):
            for name in (first, *others):
                if char in typeface(name):
                    last = name
                    break
            else:
                if char not in _JOINERS:
                    return None
        found.append(last)
    return found


def _pieces(text: str, fonts: list[FontName | None], base: Base) -> Iterator[tuple[FontName, int, int, bool]]:
    """(font, start, end, right-to-left) from left to right."""
    if text.isascii() and base != "rtl":
        if text:
            yield FACES["regular"][0] if fonts[0] is None else fonts[0], 0, len(text), False
        return
    for start, end, rtl in visual_runs(text, base):
        pieces: list[tuple[FontName, int, int, bool]] = []
        at = start
        for place in range(start, end):
            name = fonts[place]
            if name is not None and (place + 1 == end or fonts[place + 1] != name):
                pieces.append((name, at, place + 1, rtl))
                at = place + 1
        yield from reversed(pieces) if rtl else pieces


@cache
def _estimate(char: str) -> int:
    """An upper bound on the advance of a character we have no font for, in units of a thousandth em."""
    if char in _ISOLATES or char in _JOINERS or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    if unicodedata.east_asian_width(char) in {"W", "F"} or unicodedata.category(char) == "So":
        return 1050
    return 700 if unicodedata.bidirectional(char) in {"R", "AL"} else 760


def plain(text: str, otherwise: str) -> str:
    """Text that the bundled fonts can draw: itself, itself without accents, or `otherwise` (which must be drawable)."""
    for candidate in (
        text,
        "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)),
    ):
        if _fonts(candidate.translate(_NOT_ISOLATES), "regular") is not None:
            return candidate
    return otherwise

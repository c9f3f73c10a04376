"""Text as outlines: cleaning, measuring, kerning and fitting with the two bundled weights of Inter.

Distances inside a run are font units, 1000 to the em; the y axis of outlines points up. Text with a
character the fonts do not have is not outlined: its width is an upper estimate, and renderers choose
what to do (`Run.outlined`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal

from .typeface import Glyph, Weight, typeface

__all__ = [
    "ELLIPSIS",
    "Glyph",
    "Run",
    "Weight",
    "clean",
    "ellipsize",
    "fit",
    "is_rtl",
    "isolate",
    "plain",
    "shape",
]

ELLIPSIS: Final = "…"
_TABULAR: Final = str.maketrans({chr(0x30 + i): chr(0xE030 + i) for i in range(10)})
_SPACES: Final = re.compile(r"[\s\u2028\u2029]+")
_MARKS_IN_A_ROW: Final = 4


def clean(text: str) -> str:
    """NFC text without control, direction, private-use and unassigned characters; white space runs become one space.

    Joiners stay (Indic, Persian and emoji need them); more than four combining marks in a row are cut,
    so that stacked marks cannot leave their line.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return _clean(text)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category == "Cs":
            kept.append("\ufffd")
        elif category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif (
            category in {"Co", "Cn"}
            or (category == "Cf" and char not in "\u200c\u200d")
            or marks > _MARKS_IN_A_ROW
        ):
            continue
        else:
            kept.append(char)
    return _SPACES.sub(" ", "".join(kept)).strip()


def is_rtl(text: str) -> bool:
    """Whether the first strong character runs right to left (UAX 9, rule P2)."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def isolate(text: str) -> str:
    """Text with any right-to-left character wrapped in U+2068 and U+2069, so that it cannot reorder its neighbours."""
    if any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text):
        return f"\u2068{text}\u2069"
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One line of one weight. `pens` holds each glyph's origin; `width` excludes tracking after the last glyph."""

    text: str
    weight: Weight
    outlined: bool
    width: float
    glyphs: tuple[Glyph, ...] = ()
    pens: tuple[int, ...] = ()
    uses: str = ""
    """SVG `<use>` elements for the glyphs, x in font units."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """`<path>` elements by id, of every glyph that `uses` refers to."""


@lru_cache(maxsize=8192)
def shape(text: str, weight: Weight, tracking: int = 0, tabular: bool = False) -> Run:
    """Lays one line out: advances, pair kerning, `tracking` units between letters, tabular figures when asked."""
    face = typeface(weight)
    characters = text.translate(_TABULAR) if tabular else text
    if not all(char in face for char in characters):
        width = sum(_estimate(char) for char in text) + tracking * max(0, len(text) - 1)
        return Run(text=text, weight=weight, outlined=False, width=width)
    pen = 0
    glyphs: list[Glyph] = []
    pens: list[int] = []
    previous: Glyph | None = None
    for char in characters:
        glyph = face.glyph(char)
        if previous is not None:
            pen += face.kern(previous.name, glyph.name) + tracking
        glyphs.append(glyph)
        pens.append(pen)
        pen += glyph.advance
        previous = glyph
    drawn = [(glyph, x) for glyph, x in zip(glyphs, pens, strict=True) if glyph.path]
    return Run(
        text=text,
        weight=weight,
        outlined=True,
        width=pen,
        glyphs=tuple(glyphs),
        pens=tuple(pens),
        uses="".join(f'<use href="#{g.id}" x="{x}"/>' if x else f'<use href="#{g.id}"/>' for g, x in drawn),
        definitions=MappingProxyType({g.id: f'<path id="{g.id}" d="{g.path}"/>' for g, _ in drawn}),
    )


@cache
def _estimate(char: str) -> int:
    """An upper bound on the advance of a character we have no font for, in units of a thousandth em."""
    if unicodedata.combining(char) or char in "\u200c\u200d" or unicodedata.category(char) == "Mn":
        return 0
    if unicodedata.east_asian_width(char) in {"W", "F"} or unicodedata.category(char) == "So":
        return 1050
    return 700 if unicodedata.bidirectional(char) in {"R", "AL"} else 760


def plain(text: str, otherwise: str) -> str:
    """Text that the bundled fonts can draw: itself, itself without accents, or `otherwise` (which must be drawable)."""
    face = typeface("regular")
    for candidate in (
        text,
        "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)),
    ):
        if all(char in face for char in candidate):
            return candidate
    return otherwise


def ellipsize(
    text: str, weight: Weight, room: float, tracking: int = 0, *, at: Literal["start", "end"] = "end"
) -> Run:
    """The longest run within `room` units, an ellipsis in place of what was cut.

    Domains are cut at the start: the end of a name is what tells whose it is.
    """
    run = shape(text, weight, tracking)
    if run.width <= room:
        return run
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if shape(_cut(text, middle, at), weight, tracking).width <= room:
            low = middle
        else:
            high = middle - 1
    space = text.rfind(" ", 0, low + 1)
    if at == "end" and space >= low * 0.7:  # rather whole words, when that costs little
        low = space
    return shape(_cut(text, low, at), weight, tracking)


def _cut(text: str, count: int, at: Literal["start", "end"]) -> str:
    if at == "start":
        return ELLIPSIS + text[len(text) - count :] if count else ELLIPSIS
    while 0 < count < len(text) and _joins(text, count):
        count -= 1
    return text[:count].rstrip(" +,;:.-–—/&") + ELLIPSIS


def fit(
    text: str, weight: Weight, room: float, sizes: Sequence[float], lines: int, tracking: int = 0
) -> tuple[float, list[Run]]:
    """(size, runs): one line at the first of `sizes` that fits `room` pixels; else two lines, or cut, at the last."""
    whole = shape(text, weight, tracking)
    for size in sizes:
        if whole.width * size <= room * 1000:
            return size, [whole]
    size = sizes[-1]
    units = room * 1000 / size
    if lines < 2:
        return size, [ellipsize(text, weight, units, tracking)]
    best: tuple[float, list[Run]] | None = None
    for head, tail in _splits(text):
        one, two = shape(head, weight, tracking), shape(tail, weight, tracking)
        longer = max(one.width, two.width)
        if longer <= units and (best is None or longer < best[0]):
            best = longer, [one, two]
    if best is not None:
        return size, best[1]
    return size, _two_lines(text, weight, units, tracking)


def _splits(text: str) -> list[tuple[str, str]]:
    """Ways to break at a space, none with a lone sign at the start of the second line."""
    spaces = [i for i, char in enumerate(text[:-1]) if char == " " and i]
    return [(text[:i], text[i + 1 :]) for i in spaces if text[i + 1].isalnum() or text[i + 1] in "(“\"'"][:80]


def _two_lines(text: str, weight: Weight, units: float, tracking: int) -> list[Run]:
    """Fills the first line at a space, or inside an endless word, and cuts the second."""
    heads = [head for head, _ in _splits(text) if shape(head, weight, tracking).width <= units]
    if heads and shape(heads[-1], weight, tracking).width >= units * 0.4:
        head = heads[-1]
    else:
        count = 1
        while count < len(text) and shape(text[: count + 1], weight, tracking).width <= units:
            count += 1
        while count > 1 and _joins(text, count):
            count -= 1
        head = text[:count]
    tail = text[len(head) :].lstrip()
    return [shape(head, weight, tracking), ellipsize(tail, weight, units, tracking)]


def _joins(text: str, at: int) -> bool:
    """Whether the characters around a position belong together (marks, joiners)."""
    return (
        unicodedata.category(text[at]) in {"Mn", "Mc", "Me"}
        or text[at] in "\u200c\u200d"
        or text[at - 1] == "\u200d"
    )

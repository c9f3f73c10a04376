"""The bundled fonts, read by HarfBuzz: which characters each has, shaped glyphs, and outlines as SVG path data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import uharfbuzz as hb

__all__ = [
    "CAP_HEIGHT",
    "EM",
    "FACES",
    "FontName",
    "Glyph",
    "Shaped",
    "Typeface",
    "Weight",
    "font_bytes",
    "typeface",
]

Weight = Literal["regular", "bold"]
FontName = Literal[
    "Inter-Regular",
    "Inter-Bold",
    "NotoSansArabic-Regular",
    "NotoSansArabic-Bold",
    "NotoSansJP-Regular",
    "NotoSansJP-Bold",
]
FACES: Final[dict[Weight, tuple[FontName, ...]]] = {
    "regular": ("Inter-Regular", "NotoSansArabic-Regular", "NotoSansJP-Regular", "NotoSansJP-Bold"),
    "bold": ("Inter-Bold", "NotoSansArabic-Bold", "NotoSansJP-Bold"),
}
"""The fonts of a weight in the order in which they are asked for a character. Regular Japanese lacks rare kanji."""

_PREFIXES: Final[dict[FontName, str]] = {
    "Inter-Regular": "r",
    "Inter-Bold": "b",
    "NotoSansArabic-Regular": "a",
    "NotoSansArabic-Bold": "c",
    "NotoSansJP-Regular": "j",
    "NotoSansJP-Bold": "k",
}
EM: Final = 1000
"""Units to the em in every bundled font."""
CAP_HEIGHT: Final = 728
"""Height of capitals in both weights of Inter, in font units."""
_GLYPHS_BY_NUMBER: Final = 0xF0000
"""The Arabic fonts have every glyph at this code point plus its index, for renderers that draw by character."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph. `id` is the same in every badge, so that two badges inlined in one page cannot disagree."""

    font: FontName
    id: str
    char: str
    """A character that draws this glyph in this font without any shaping."""
    path: str


@dataclass(frozen=True, slots=True)
class Shaped:
    """A glyph as HarfBuzz placed it, in font units; `cluster` is the index of the first character it stands for."""

    glyph: Glyph
    advance: int
    dx: int
    dy: int
    cluster: int


class _RelativePen:
    """Writes relative path commands, which are about half as long as absolute ones."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._at = self._start = self._handle = (0, 0)
        self._last = ""

    def _add(self, command: str, *points: tuple[float, float]) -> None:
        base = self._at
        rounded = [(round(x), round(y)) for x, y in points]
        deltas = [(x - base[0], y - base[1]) for x, y in rounded]
        if command == "l" and deltas[0][1] == 0:
            command, numbers = "h", [deltas[0][0]]
        elif command == "l" and deltas[0][0] == 0:
            command, numbers = "v", [deltas[0][1]]
        else:
            numbers = [number for delta in deltas for number in delta]
        joined = "".join(f" {n}" if i and n >= 0 else str(n) for i, n in enumerate(numbers))
        if command == self._last:
            self.parts.append(joined if joined.startswith("-") else f" {joined}")
        else:
            self.parts.append(command + joined)
        self._last = command
        self._at = rounded[-1]

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's names
        self._add("m", point)
        self._start = self._at
        self._last = "m"

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        if (round(point[0]), round(point[1])) != self._at:
            self._add("l", point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        one, two, end = ((round(x), round(y)) for x, y in points)
        mirrored = (2 * self._at[0] - self._handle[0], 2 * self._at[1] - self._handle[1])
        smooth = self._last in {"c", "s"} and one == mirrored
        self._handle = two
        if smooth:
            self._add("s", two, end)
        else:
            self._add("c", one, two, end)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        raise ValueError("the bundled fonts have cubic outlines")

    def closePath(self) -> None:  # noqa: N802
        self.parts.append("z")
        self._at, self._last = self._start, "z"


class Typeface:
    """One font file. Outlines are read on first use and kept."""

    def __init__(self, name: FontName) -> None:
        self.name = name
        self._font = hb.Font(hb.Face(hb.Blob(font_bytes(name))))
        self._glyphs: dict[int, Glyph] = {}
        self._numbers: dict[str, int | None] = {}
        self._reading = threading.Lock()

    def __contains__(self, char: str) -> bool:
        return self._number(char) is not None

    def _number(self, char: str) -> int | None:
        try:
            return self._numbers[char]
        except KeyError:
            number: int | None = self._font.get_nominal_glyph(ord(char))
            self._numbers[char] = number
            return number

    def glyphs(self, text: str, *, rtl: bool = False) -> Iterator[Shaped]:
        """The text shaped, left to right as drawn. Every character must be in the font, or be ignorable."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if rtl else "ltr"
        with self._reading:
            hb.shape(self._font, buffer)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            glyph = self._glyph(info.codepoint, text[info.cluster])
            yield Shaped(glyph, place.x_advance, place.x_offset, place.y_offset, info.cluster)

    def _glyph(self, number: int, char: str) -> Glyph:
        known = self._glyphs.get(number)
        if known is None:
            if self._number(char) != number:
                char = self._another(number)
            pen: Any = _RelativePen()
            with self._reading:
                self._font.draw_glyph_with_pen(number, pen)
            glyph = Glyph(self.name, f"{_PREFIXES[self.name]}{number:x}", char, "".join(pen.parts))
            known = self._glyphs.setdefault(number, glyph)
        return known

    def _another(self, number: int) -> str:
        """A character for a glyph that shaping chose; a mirrored bracket is its own character."""
        by_number = chr(_GLYPHS_BY_NUMBER + number)
        if by_number in self:
            return by_number
        return next((char for char in "()[]{}<>«»‹›≤≥" if self._number(char) == number), " ")


@cache
def typeface(name: FontName) -> Typeface:
    return Typeface(name)


@cache
def font_bytes(name: FontName) -> bytes:
    """The OpenType file of a font."""
    return (resources.files(__package__) / "fonts" / f"{name}.otf").read_bytes()

"""The bundled fonts: glyph outlines as SVG path data, advances and kerning, read once and kept for the process."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

__all__ = ["CAP_HEIGHT", "Glyph", "Typeface", "Weight", "font_bytes", "typeface"]

Weight = Literal["regular", "bold"]
_FILES: Final[dict[Weight, str]] = {"regular": "Inter-Regular.otf", "bold": "Inter-Bold.otf"}
CAP_HEIGHT: Final = 728
"""Height of capitals in both weights, in font units."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph. `id` is the same in every badge, so that two badges inlined in one page cannot disagree."""

    char: str
    name: str
    id: str
    advance: int
    path: str


class _RelativePen(BasePen):  # type: ignore[misc]  # fontTools ships no types
    """Writes relative path commands, which are about half as long as absolute ones."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.parts: list[str] = []
        self._at = (0, 0)
        self._last = ""
        self._handle = (0, 0)

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

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's names
        if not self.parts:
            self._at = (0, 0)
        self._add("m", pt)
        self._start = self._at
        self._last = "m"

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._add("l", pt)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        one, two, end = ((round(x), round(y)) for x, y in points)
        mirrored = (2 * self._at[0] - self._handle[0], 2 * self._at[1] - self._handle[1])
        smooth = self._last in {"c", "s"} and one == mirrored
        self._handle = two
        if smooth:
            self._add("s", two, end)
        else:
            self._add("c", one, two, end)

    def _closePath(self) -> None:  # noqa: N802
        self.parts.append("z")
        self._at, self._last = self._start, "z"


class Typeface:
    """One weight. Outlines are read on first use and kept."""

    def __init__(self, weight: Weight) -> None:
        self._font = TTFont(io.BytesIO(font_bytes(weight)))
        self._cmap: dict[int, str] = self._font.getBestCmap()
        self._glyphs = self._font.getGlyphSet()
        self._prefix = weight[0]
        self._known: dict[str, Glyph] = {}
        self._reading = threading.Lock()  # fontTools reads lazily and is not thread-safe
        self._pairs: dict[tuple[str, str], int] = {}
        lookups = self._font["GPOS"].table.LookupList.Lookup
        self._kerning = [[getattr(s, "ExtSubTable", s) for s in lookup.SubTable] for lookup in lookups]

    def __contains__(self, char: str) -> bool:
        return ord(char) in self._cmap

    def glyph(self, char: str) -> Glyph:
        """The glyph of a character that is in the font; KeyError otherwise."""
        known = self._known.get(char)
        if known is None:
            with self._reading:
                known = self._known.setdefault(char, self._read(char))
        return known

    def _read(self, char: str) -> Glyph:
        name = self._cmap[ord(char)]
        pen = _RelativePen(self._glyphs)
        self._glyphs[name].draw(pen)
        advance = int(self._font["hmtx"][name][0])
        return Glyph(char, name, f"{self._prefix}{ord(char):x}", advance, "".join(pen.parts))

    def kern(self, left: str, right: str) -> int:
        """Adjustment between two glyphs by name, in units (GPOS lookup type 2)."""
        pair = (left, right)
        value = self._pairs.get(pair)
        if value is None:
            value = self._pairs[pair] = sum(
                self._first_value(tables, left, right) for tables in self._kerning
            )
        return value

    @staticmethod
    def _first_value(tables: list[Any], left: str, right: str) -> int:
        """The first subtable of a lookup that covers the left glyph and has the pair decides."""
        for table in tables:
            if left not in table.Coverage.glyphs:
                continue
            if table.Format == 1:
                for record in table.PairSet[table.Coverage.glyphs.index(left)].PairValueRecord:
                    if record.SecondGlyph == right:
                        return int(getattr(record.Value1, "XAdvance", 0) or 0)
                continue
            one = table.ClassDef1.classDefs.get(left, 0)
            two = table.ClassDef2.classDefs.get(right, 0)
            value = table.Class1Record[one].Class2Record[two].Value1
            return int(getattr(value, "XAdvance", 0) or 0)
        return 0


@cache
def typeface(weight: Weight) -> Typeface:
    return Typeface(weight)


@cache
def font_bytes(weight: Weight) -> bytes:
    """The OpenType file of a weight."""
    return (resources.files(__package__) / "fonts" / _FILES[weight]).read_bytes()

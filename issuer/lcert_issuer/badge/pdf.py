"""One page of PDF 1.7 from scenes: every shape, letter and code module is a vector, so no font is needed to show it.

Each line of text carries its characters as `ActualText`, for search and screen readers. Nothing in the file is
taken from a name without being written as a hexadecimal string.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .modules import bars
from .palette import PALETTES, Token, rgb
from .scene import Placed, PlacedCode, Scene, Words
from .seal import SIDE, Box, Circle, Line, Shape, dash_angles
from .typeface import EM

__all__ = ["A4", "MILLIMETRE", "Page", "render_pdf"]

A4: Final = (210.0, 297.0)
MILLIMETRE: Final = 72 / 25.4
_CURVE: Final = 0.5522847498
"""How far the handles of a quarter circle reach, of its radius."""
_STEP: Final = re.compile(r"([mlhvcsz])|(-?\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Scenes in millimetres from the top left: (scene, x, y, width). `links` are (x, y, width, height, URL)."""

    title: str
    lang: str
    scenes: tuple[tuple[Scene, float, float, float], ...]
    words: tuple[Words, ...]
    rules: tuple[Box, ...] = ()
    codes: tuple[PlacedCode, ...] = ()
    links: tuple[tuple[float, float, float, float, str], ...] = ()


def render_pdf(page: Page) -> bytes:
    """The page on A4 as a PDF document, the same bytes for the same page."""
    content = zlib.compress(_content(page).encode("ascii"), 9)
    width, height = (side * MILLIMETRE for side in A4)
    links = [_link(link) for link in page.links]
    first = 6
    annotations = " ".join(f"{first + i} 0 R" for i in range(len(links)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/Lang({page.lang})/ViewerPreferences<</DisplayDocTitle true>>>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_n(width)} {_n(height)}]/Resources<<>>/Contents 4 0 R"
        f"/Annots[{annotations}]>>".encode(),
        f"<</Length {len(content)}/Filter/FlateDecode>>stream\n".encode() + content + b"\nendstream",
        f"<</Title {_text(page.title)}/Producer(lcert)>>".encode(),
        *links,
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def _link(link: tuple[float, float, float, float, str]) -> bytes:
    x, y, width, height, url = link
    corners = (x, A4[1] - y - height, x + width, A4[1] - y)
    box = " ".join(_n(corner * MILLIMETRE) for corner in corners)
    target = url.encode("ascii").hex()
    return f"<</Type/Annot/Subtype/Link/Rect[{box}]/Border[0 0 0]/A<</S/URI/URI<{target}>>>>>".encode()


def _content(page: Page) -> str:
    """Drawing operators, in millimetres with the y axis down."""
    k = MILLIMETRE
    parts = [f"{_n(k, 6)} 0 0 -{_n(k, 6)} 0 {_n(A4[1] * k)} cm"]
    parts += [_shape(rule) for rule in page.rules]
    for scene, x, y, width in page.scenes:
        parts.append(f"q {_matrix(width / scene.width, x, y)}{_scene(scene)} Q")
    parts += [_code(code) for code in page.codes]
    parts += [_words(words) for words in page.words]
    return "\n".join(parts)


def _scene(scene: Scene) -> str:
    edge = Box(x=0.5, y=0.5, w=scene.width - 1, h=scene.height - 1, r=scene.radius - 0.5)
    frame = f"{_fill('ground')} {_stroke('hairline')} 1 w {_box_path(edge)} B"
    parts = [frame, *map(_placed, scene.placed)]
    if scene.code is not None:
        parts.append(_code(scene.code))
    return "\n".join([*parts, *map(_words, scene.words)])


def _words(words: Words) -> str:
    k = words.size / EM
    drawn = "\n".join(
        f"q 1 0 0 1 {one.x} {one.y} cm {_outline(one.glyph.path)} f Q" for one in words.run.drawn
    )
    place = f"{_n(k, 6)} 0 0 -{_n(k, 6)} {_n(words.x)} {_n(words.y)} cm"
    return f"/Span<</ActualText {_text(words.run.text)}>>BDC q {place} {_fill(words.colour)}\n{drawn} Q EMC"


def _placed(placed: Placed) -> str:
    shapes = "\n".join(map(_shape, placed.shapes))
    return f"q {_matrix(placed.side / SIDE, placed.x, placed.y)}{shapes} Q"


def _code(placed: PlacedCode) -> str:
    side = placed.code.side
    squares = " ".join(f"{x} {y} {length} 1 re" for x, y, length in bars(placed.code))
    return f"q {_matrix(placed.side / side, placed.x, placed.y)}1 g 0 0 {side} {side} re f 0 g {squares} f Q"


def _shape(shape: Shape) -> str:
    if isinstance(shape, Circle):
        return _circle(shape)
    if isinstance(shape, Box):
        return f"{_fill(shape.fill or 'ink')} {_box_path(shape)} f"
    if isinstance(shape, Line):
        return f"{_stroke(shape.stroke)} {_n(shape.width)} w 1 J 1 j {_line_path(shape)} S"
    points = [f"{_n(x)} {_n(y)}" for x, y in shape.points]
    return f"{_fill(shape.fill)} {points[0]} m {' '.join(f'{point} l' for point in points[1:])} h f"


def _circle(circle: Circle) -> str:
    parts: list[str] = []
    if circle.fill:
        parts.append(f"{_fill(circle.fill)} {_round(circle)} f")
    if circle.stroke:
        dash = ""
        if circle.dashes > 0:
            on, off = dash_angles(circle)
            dash = f"[{_n(on, 4)} {_n(off, 4)}] 0 d "
        elif circle.dashes < 0:
            dash = f"1 J [0 {_n(2 * math.pi * circle.r / -circle.dashes, 5)}] 0 d "
        parts.append(f"q {_stroke(circle.stroke)} {_n(circle.width)} w {dash}{_round(circle)} S Q")
    return " ".join(parts)


def _round(circle: Circle) -> str:
    r = circle.r
    return _box_path(Box(x=circle.x - r, y=circle.y - r, w=2 * r, h=2 * r, r=r))


def _box_path(box: Box) -> str:
    x, y, right, bottom = box.x, box.y, box.x + box.w, box.y + box.h
    if not box.r:
        return f"{_n(x)} {_n(y)} {_n(box.w)} {_n(box.h)} re"
    r, c = box.r, box.r * (1 - _CURVE)
    steps: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("m", (right, y + r)),
        ("l", (right, bottom - r)),
        ("c", (right, bottom - c, right - c, bottom, right - r, bottom)),
        ("l", (x + r, bottom)),
        ("c", (x + c, bottom, x, bottom - c, x, bottom - r)),
        ("l", (x, y + r)),
        ("c", (x, y + c, x + c, y, x + r, y)),
        ("l", (right - r, y)),
        ("c", (right - c, y, right, y + c, right, y + r)),
    )
    return " ".join(f"{' '.join(map(_n, numbers))} {step}" for step, numbers in steps) + " h"


def _line_path(line: Line) -> str:
    """The polyline; a corner with `bend` is the quadratic curve of the SVG, as a cubic one."""
    (x, y), *rest = line.points
    path = f"{_n(x)} {_n(y)} m"
    for index, (px, py) in enumerate(rest):
        if line.bend and index < len(rest) - 1:
            one = _toward((px, py), (x, y), line.bend)
            two = _toward((px, py), rest[index + 1], line.bend)
            handles = [(end[0] + (px - end[0]) * 2 / 3, end[1] + (py - end[1]) * 2 / 3) for end in (one, two)]
            numbers = (*handles[0], *handles[1], *two)
            path += f" {_n(one[0])} {_n(one[1])} l {' '.join(map(_n, numbers))} c"
        else:
            path += f" {_n(px)} {_n(py)} l"
        x, y = px, py
    return path


def _toward(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    share = distance / math.dist(start, end)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


@lru_cache(maxsize=4096)
def _outline(path: str) -> str:
    """A glyph's relative SVG path (`m l h v c s z`, integers) as PDF operators."""
    out: list[str] = []
    at = start = handle = (0, 0)
    tokens = [(letter, int(number) if number else 0) for letter, number in _STEP.findall(path)]
    index, command = 0, ""
    while index < len(tokens):
        if tokens[index][0]:
            command, index = tokens[index][0], index + 1
            if command == "z":
                out.append("h")
                at = handle = start
                continue
        count = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4}[command]
        numbers = [number for _, number in tokens[index : index + count]]
        index += count
        if command == "h":
            numbers = [numbers[0], 0]
        elif command == "v":
            numbers = [0, numbers[0]]
        points = [(at[0] + dx, at[1] + dy) for dx, dy in zip(numbers[::2], numbers[1::2], strict=True)]
        if command == "s":
            points.insert(0, (2 * at[0] - handle[0], 2 * at[1] - handle[1]))
        if command == "m":
            start = points[-1]
        at, handle = points[-1], points[1] if len(points) == 3 else points[-1]
        joined = " ".join(f"{x} {y}" for x, y in points)
        out.append(f"{joined} {'c' if len(points) == 3 else 'm' if command == 'm' else 'l'}")
    return " ".join(out)


def _matrix(k: float, x: float, y: float) -> str:
    return f"{_n(k, 6)} 0 0 {_n(k, 6)} {_n(x)} {_n(y)} cm "


def _fill(token: Token) -> str:
    return f"{_colour(token)} rg"


def _stroke(token: Token) -> str:
    return f"{_colour(token)} RG"


def _colour(token: Token) -> str:
    return " ".join(_n(value / 255, 4) for value in rgb(PALETTES["light"][token]))


def _text(text: str) -> str:
    """A text string: UTF-16 with its mark, in hexadecimal."""
    data = ("\ufeff" + text).encode("utf-16-be", "replace")
    return f"<{data.hex()}>"


def _n(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") or "0"

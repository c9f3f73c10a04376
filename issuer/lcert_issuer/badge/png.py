"""Draws the same scene as the SVG with Pillow: supersampled shapes, glyphs by FreeType from the same font files."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from .face import BadgeState, Face
from .layout import Kind, Size, layout
from .lettering import LEVELS, draw_words, glyph_font
from .modules import Code, bars
from .palette import PALETTES, Rgb, Theme, Token, rgb
from .pngfile import INDEXED, png_file
from .scene import Placed, PlacedCode, Scene
from .seal import SIDE, Box, Circle, Line, Shape, choose
from .text import Run
from .typeface import EM

__all__ = ["encode_png", "render_png", "render_scene", "render_seal_image"]

_FINE = 4
"""Samples per pixel and axis; a box filter brings them down."""
_EFFORT: Final = 6
"""Of zlib: 9 takes three times as long for a hundredth of the bytes."""
_CORNER_STEPS: Final = 16
_LARGE = 400_000
"""From so many pixels on two samples are enough: lines are thick there, and four would cost a second."""


def render_png(
    face: Face,
    *,
    theme: Theme = "light",
    size: Size = "m",
    kind: Kind = "wide",
    scale: int = 1,
    lang: str = "en",
    code: Code | None = None,
) -> bytes:
    """The badge as a palette PNG, the same bytes for the same arguments and Pillow.

    The card is opaque; only what lies outside its rounded corners is transparent. Names in scripts the
    bundled fonts lack give way to a plain line (`layout(outlines_only=True)`). `code` is the live code of a label.
    """
    if scale not in (1, 2, 3, 4):
        raise ValueError("scale is 1, 2, 3 or 4")
    scene = layout(face, size=size, kind=kind, lang=lang, code=code, outlines_only=True)
    return render_scene(scene, theme, scene.scale * scale)


def render_scene(scene: Scene, theme: Theme, k: float, *, dpi: int | None = None) -> bytes:
    """A scene at `k` pixels a unit. Codes are put on whole pixels; `dpi` is written into the file (pHYs)."""
    if not scene.radius:
        return encode_png(_opaque(_paint(scene, theme, k)[0], theme), dpi=dpi)
    inks = tuple(dict.fromkeys(words.colour for words in scene.words))
    frame = _frame(scene.width, scene.height, scene.radius, scene.placed, theme, k, inks)
    picture = frame.picture.copy()
    ramps = [frame.ramps + LEVELS * inks.index(words.colour) for words in scene.words]
    draw_words(picture, scene.words, k, _samples(*picture.size), ramps)
    if scene.code is not None:
        _draw_code(picture, scene.code, k, white=frame.white, black=frame.white + 1)
    width, height = picture.size
    pixels = picture.tobytes()
    lines = b"".join([b"\0" + pixels[at : at + width] for at in range(0, width * height, width)])
    return png_file(
        width, height, lines, depth=8, colour=INDEXED, palette=frame.palette, opacity=frame.opacity,
        dpi=dpi, effort=_EFFORT,
    )  # fmt: skip


def render_seal_image(
    state: BadgeState, side: int, theme: Theme = "light", *, small: bool = False, neutral: bool = False
) -> Image.Image:
    """The seal as an RGB image on the theme's ground, for the middle of a code."""
    fine = side * _FINE
    image = Image.new("RGB", (fine, fine), rgb(PALETTES[theme]["ground"]))
    shapes = choose(state, small=small, neutral=neutral)
    _draw_shapes(ImageDraw.Draw(image), shapes, 0, 0, fine / SIDE, theme)
    return image.reduce(_FINE)


def encode_png(image: Image.Image, *, dpi: int | None = None) -> bytes:
    """PNG bytes without any metadata but the resolution, when one is given."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, **({"dpi": (dpi, dpi)} if dpi else {}))
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """A card without its words, as a palette picture, and where in the palette the words find their inks."""

    picture: Image.Image
    palette: bytes
    opacity: bytes
    ramps: int
    """Index of the first step of the first ink; each has LEVELS."""
    white: int
    """Index of white; black follows."""


@lru_cache(maxsize=64)
def _frame(
    width: float,
    height: float,
    radius: float,
    placed: tuple[Placed, ...],
    theme: Theme,
    k: float,
    inks: tuple[Token, ...],
) -> _Frame:
    """What all badges of a state, size and theme share. The last entries are steps of the hairline's opacity."""
    scene = Scene(width=width, height=height, scale=1, radius=radius, placed=placed, words=())
    painted, mask = _paint(scene, theme, k)
    most = 256 - _CORNER_STEPS - 2 - LEVELS * len(inks)
    picture = painted.quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = bytes(picture.getpalette() or ())
    ramps = len(colours) // 3
    ground = rgb(PALETTES[theme]["ground"])
    for ink in inks:
        to = rgb(PALETTES[theme][ink])
        colours += bytes(
            round(a + (b - a) * step / (LEVELS - 1))
            for step in range(LEVELS)
            for a, b in zip(ground, to, strict=True)
        )
    white = len(colours) // 3
    colours += b"\xff\xff\xff\0\0\0"
    first = white + 2
    picture.paste(
        mask.point([first + value * _CORNER_STEPS // 256 for value in range(256)]),
        mask=mask.point([255] * 255 + [0]),
    )
    colours += bytes(rgb(PALETTES[theme]["hairline"])) * _CORNER_STEPS
    steps = bytes(level * 255 // (_CORNER_STEPS - 1) for level in range(_CORNER_STEPS))
    return _Frame(
        picture=picture, palette=colours, opacity=bytes([255] * first) + steps, ramps=ramps, white=white
    )


def _samples(width: int, height: int) -> int:
    return _FINE if width * height < _LARGE else 2


def _paint(scene: Scene, theme: Theme, pixels: float) -> tuple[Image.Image, Image.Image]:
    """(RGB picture, mask of the card) at `pixels` a unit."""
    palette = PALETTES[theme]
    width, height = round(scene.width * pixels), round(scene.height * pixels)
    samples = _samples(width, height)
    k = pixels * samples
    fine = (width * samples, height * samples)
    ground = rgb(palette["ground"])
    image = Image.new("RGB", fine, rgb(palette["hairline"]) if scene.radius else ground)
    mask = Image.new("L", fine, 0 if scene.radius else 255)
    draw = ImageDraw.Draw(image)
    if scene.radius:
        inner = (k, k, fine[0] - k - 1, fine[1] - k - 1)
        draw.rounded_rectangle(inner, radius=(scene.radius - 1) * k, fill=ground)
        outer = (0, 0, fine[0] - 1, fine[1] - 1)
        ImageDraw.Draw(mask).rounded_rectangle(outer, radius=scene.radius * k, fill=255)
    for at in scene.placed:
        _draw_shapes(draw, at.shapes, at.x * k, at.y * k, at.side / SIDE * k, theme)
    for words in scene.words:
        _draw_run(draw, words.run, words.x * k, words.y * k, words.size * k, rgb(palette[words.colour]))
    picture, cover = image.reduce(samples), mask.reduce(samples)
    if scene.code is not None:
        _draw_code(picture, scene.code, pixels, white=(255, 255, 255), black=(0, 0, 0))
    return picture, cover


def _draw_code(
    picture: Image.Image, placed: PlacedCode, pixels: float, *, white: int | Rgb, black: int | Rgb
) -> None:
    """The code at a whole number of pixels a module, in the middle of its place."""
    side = placed.code.side
    module = max(1, math.floor(placed.side * pixels / side))
    x, y = (round((at + placed.side / 2) * pixels - side * module / 2) for at in (placed.x, placed.y))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((x, y, x + side * module - 1, y + side * module - 1), fill=white)
    for left, top, length in bars(placed.code):
        box = (
            x + left * module,
            y + top * module,
            x + (left + length) * module - 1,
            y + (top + 1) * module - 1,
        )
        draw.rectangle(box, fill=black)


def _opaque(picture: Image.Image, theme: Theme) -> Image.Image:
    """The picture in the blends of each ink with the ground, which is all that edges of a card consist of."""
    return picture.quantize(palette=_blends(theme), dither=Image.Dither.NONE)


@lru_cache(maxsize=2)
def _blends(theme: Theme) -> Image.Image:
    colours = PALETTES[theme]
    ground = rgb(colours["ground"])
    flat: list[int] = list(ground)
    for colour in dict.fromkeys(colours.values()):
        ink = rgb(colour)
        # Pillow tells colours apart only when they are some way off each other
        steps = min(28, max(abs(a - b) for a, b in zip(ground, ink, strict=True)) // 9)
        for step in range(1, steps + 1):
            flat += [round(a + (b - a) * step / steps) for a, b in zip(ground, ink, strict=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(flat)
    return palette


def _draw_run(draw: ImageDraw.ImageDraw, run: Run, x: float, y: float, size: float, colour: Rgb) -> None:
    for one in run.drawn:
        at = (round(x + one.x * size / EM), round(y - one.y * size / EM))
        draw.text(at, one.glyph.char, font=glyph_font(one.glyph.font, size), fill=colour, anchor="ls")


def _draw_shapes(
    draw: ImageDraw.ImageDraw, shapes: tuple[Shape, ...], x: float, y: float, k: float, theme: Theme
) -> None:
    palette = PALETTES[theme]
    for shape in shapes:
        if isinstance(shape, Circle):
            _draw_circle(draw, shape, x, y, k, theme)
        elif isinstance(shape, Line):
            _draw_line(draw, shape, x, y, k, rgb(palette[shape.stroke]))
        elif isinstance(shape, Box):
            if shape.fill:
                box = (
                    x + shape.x * k,
                    y + shape.y * k,
                    x + (shape.x + shape.w) * k,
                    y + (shape.y + shape.h) * k,
                )
                draw.rounded_rectangle(box, radius=shape.r * k, fill=rgb(palette[shape.fill]))
        else:
            draw.polygon([(x + px * k, y + py * k) for px, py in shape.points], fill=rgb(palette[shape.fill]))


def _draw_circle(
    draw: ImageDraw.ImageDraw, circle: Circle, x: float, y: float, k: float, theme: Theme
) -> None:
    cx, cy, r = x + circle.x * k, y + circle.y * k, circle.r * k
    if circle.fill:
        _dot(draw, cx, cy, r, rgb(PALETTES[theme][circle.fill]))
    if circle.stroke is None:
        return
    colour, half = rgb(PALETTES[theme][circle.stroke]), circle.width * k / 2
    if circle.dashes < 0:
        for index in range(-circle.dashes):
            turn = 2 * math.pi * index / -circle.dashes
            _dot(draw, cx + r * math.cos(turn), cy + r * math.sin(turn), half, colour)
        return
    box = (cx - r - half, cy - r - half, cx + r + half, cy + r + half)
    width = max(1, round(2 * half))
    if circle.dashes == 0:
        draw.ellipse(box, outline=colour, width=width)
        return
    step = 360 / circle.dashes
    for index in range(circle.dashes):
        draw.arc(box, index * step, index * step + step * 0.6, fill=colour, width=width)


def _draw_line(draw: ImageDraw.ImageDraw, line: Line, x: float, y: float, k: float, colour: Rgb) -> None:
    points = [(x + px * k, y + py * k) for px, py in _flatten(line)]
    width = line.width * k
    for one, two in pairwise(points):
        dx, dy = two[0] - one[0], two[1] - one[1]
        length = math.hypot(dx, dy) or 1.0
        ox, oy = -dy / length * width / 2, dx / length * width / 2
        draw.polygon(
            [
                (one[0] + ox, one[1] + oy),
                (two[0] + ox, two[1] + oy),
                (two[0] - ox, two[1] - oy),
                (one[0] - ox, one[1] - oy),
            ],
            fill=colour,
        )
    for px, py in points:
        _dot(draw, px, py, width / 2, colour)


def _flatten(line: Line) -> list[tuple[float, float]]:
    """The polyline with its rounded corners as short chords (the quadratic curve that the SVG has)."""
    if not line.bend:
        return list(line.points)
    flat = [line.points[0]]
    for before, corner, after in zip(line.points, line.points[1:], line.points[2:], strict=False):
        one, two = _toward(corner, before, line.bend), _toward(corner, after, line.bend)
        for step in range(9):
            t = step / 8
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            flat.append((a * one[0] + b * corner[0] + c * two[0], a * one[1] + b * corner[1] + c * two[1]))
    return [*flat, line.points[-1]]


def _toward(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    length = math.dist(start, end)
    return (
        start[0] + (end[0] - start[0]) / length * distance,
        start[1] + (end[1] - start[1]) / length * distance,
    )


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: Rgb) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

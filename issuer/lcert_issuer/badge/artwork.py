"""Draws a badge as SVG: outlines, no script, nothing fetched, and its words for those who do not see it."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from ..language import DEFAULT, LANGUAGES, texts
from .face import BadgeState, Face, alt_text, cleaned, covered_text, state_phrase
from .layout import Kind, Size, layout
from .modules import Code, bars
from .palette import PALETTES, Theme
from .scene import Placed, PlacedCode, Words
from .seal import SIDE, Box, Circle, Line, Shape, choose, dash_angles

__all__ = ["Kind", "Size", "Theme", "pixel_size", "render_seal_svg", "render_svg"]

_SYSTEM_FONTS = (
    "Inter,'Noto Sans',system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
)


def render_svg(
    face: Face,
    *,
    theme: Theme = "light",
    size: Size = "m",
    kind: Kind = "wide",
    lang: str = "en",
    code: Code | None = None,
) -> bytes:
    """The badge as a UTF-8 SVG document, the same bytes for the same arguments.

    Names in scripts the bundled fonts lack are `<text>` in the reader's own fonts, clipped to their line. `code` is
    the live code of a label.
    """
    face = cleaned(face)
    scene = layout(face, size=size, kind=kind, lang=lang, code=code)
    palette = PALETTES[theme]
    w, h = scene.width, scene.height
    definitions: dict[str, str] = {}
    for words in scene.words:
        definitions.update(words.run.definitions)
    language = LANGUAGES.get(lang, DEFAULT)
    direction = ' direction="rtl"' if language.rtl else ""
    title, description = _described(face, language.code)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(w * scene.scale)}" height="{_n(h * scene.scale)}" '
        f'viewBox="0 0 {_n(w)} {_n(h)}" role="img" aria-labelledby="t d" lang="{language.code}"{direction}>'
        f'<title id="t">{title}</title><desc id="d">{description}</desc><defs>{"".join(definitions.values())}</defs>',
        f'<rect x=".5" y=".5" width="{_n(w - 1)}" height="{_n(h - 1)}" rx="{_n(scene.radius - 0.5)}" '
        f'fill="{palette["ground"]}" stroke="{palette["hairline"]}"/>',
        *[_placed(placed, theme) for placed in scene.placed],
        _code(scene.code) if scene.code else "",
        *[_words(words, palette[words.colour]) for words in scene.words],
        "</svg>\n",
    ]
    return "".join(parts).encode("utf-8", "replace")


@lru_cache(maxsize=4096)
def _described(face: Face, lang: str) -> tuple[str, str]:
    """(title, description), escaped."""
    named = covered_text(face, lang) or face.number or "L Certification"
    title = texts(lang).gettext("%(state)s: %(what)s", state=state_phrase(face, lang), what=named)
    return escape(title), escape(alt_text(face, lang))


def _code(placed: PlacedCode) -> str:
    """A white square with the code's bars in it."""
    code = placed.code
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in bars(code))
    k = _n(placed.side / code.side, 5)
    return (
        f'<g transform="translate({_n(placed.x)} {_n(placed.y)}) scale({k})">'
        f'<path d="M0 0h{code.side}v{code.side}H0z" fill="#fff"/>'
        f'<path d="{path}" fill="#000" shape-rendering="crispEdges"/></g>'
    )


def render_seal_svg(
    state: BadgeState, *, theme: Theme = "light", side: int = 96, small: bool = False, neutral: bool = False
) -> bytes:
    """The seal alone on a transparent ground; `small` gives the disc that replaces it under 24 pixels.

    `neutral` leaves state colour and disc out: the programme's own mark, which says nothing of any certificate.
    """
    shapes = "".join(_shape(shape, theme) for shape in choose(state, small=small, neutral=neutral))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {SIDE} {SIDE}" '
        f'aria-hidden="true">{shapes}</svg>\n'
    ).encode()


def pixel_size(
    face: Face, *, size: Size = "m", kind: Kind = "wide", lang: str = "en", code: Code | None = None
) -> tuple[int, int]:
    """Width and height in CSS pixels of what `render_svg` and `render_png` (at scale 1) give."""
    if kind == "wide":
        return {"s": (200, 60), "m": (320, 96), "l": (480, 144)}[size]
    scene = layout(face, size=size, kind=kind, lang=lang, code=code)
    return round(scene.width * scene.scale), round(scene.height * scene.scale)


def _words(words: Words, colour: str) -> str:
    run = words.run
    if run.outlined:
        k = _n(words.size / 1000, 5)
        return f'<g transform="translate({_n(words.x)} {_n(words.y)}) scale({k} -{k})" fill="{colour}">{run.uses}</g>'
    weight = 700 if run.weight == "bold" else 400
    # an inner viewport clips: the reader's fonts may be wider than our estimate
    top, height = words.y - words.size * 1.1, words.size * 1.5
    x, anchor = {
        "left": (0.0, "end" if words.rtl else "start"),
        "right": (words.room, "start" if words.rtl else "end"),
        "centre": (run.width * words.size / 2000, "middle"),
    }[words.align]
    return (
        f'<svg x="{_n(words.x)}" y="{_n(top)}" width="{_n(words.room)}" height="{_n(height)}" overflow="hidden">'
        f'<text x="{_n(x)}" y="{_n(words.size * 1.1)}" font-family="{_SYSTEM_FONTS}" font-size="{_n(words.size)}" '
        f'font-weight="{weight}" fill="{colour}" unicode-bidi="isolate" direction="{"rtl" if words.rtl else "ltr"}" '
        f'text-anchor="{anchor}">{escape(run.text)}</text></svg>'
    )


@lru_cache(maxsize=256)
def _placed(placed: Placed, theme: Theme) -> str:
    k = _n(placed.side / SIDE, 5)
    body = "".join(_shape(shape, theme) for shape in placed.shapes)
    return f'<g transform="translate({_n(placed.x)} {_n(placed.y)}) scale({k})">{body}</g>'


def _shape(shape: Shape, theme: Theme) -> str:
    palette = PALETTES[theme]
    if isinstance(shape, Circle):
        fill = palette[shape.fill] if shape.fill else "none"
        stroke = f' stroke="{palette[shape.stroke]}" stroke-width="{_n(shape.width)}"' if shape.stroke else ""
        centre = f'cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.r)}"'
        return f'<circle {centre} fill="{fill}"{stroke}{_dashes(shape)}/>'
    if isinstance(shape, Line):
        return (
            f'<path d="{_line_path(shape)}" fill="none" stroke="{palette[shape.stroke]}" '
            f'stroke-width="{_n(shape.width)}" stroke-linecap="round" stroke-linejoin="round"/>'
        )
    if isinstance(shape, Box):
        return (
            f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.w)}" height="{_n(shape.h)}" '
            f'rx="{_n(shape.r)}" fill="{palette[shape.fill] if shape.fill else "none"}"/>'
        )
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
    return f'<polygon points="{points}" fill="{palette[shape.fill]}"/>'


def _dashes(circle: Circle) -> str:
    if circle.dashes > 0:
        on, off = dash_angles(circle)
        return f' stroke-dasharray="{_n(on, 3)} {_n(off, 3)}"'
    if circle.dashes < 0:
        step = 2 * 3.14159265 * circle.r / -circle.dashes
        return f' stroke-dasharray="0 {_n(step, 4)}" stroke-linecap="round"'
    return ""


def _line_path(line: Line) -> str:
    (x, y), *rest = line.points
    path = f"M{_n(x)} {_n(y)}"
    for index, (px, py) in enumerate(rest):
        if line.bend and index < len(rest) - 1:
            nx, ny = rest[index + 1]
            before, after = _toward((px, py), (x, y), line.bend), _toward((px, py), (nx, ny), line.bend)
            path += f"L{_n(before[0])} {_n(before[1])}Q{_n(px)} {_n(py)} {_n(after[0])} {_n(after[1])}"
        else:
            path += f"L{_n(px)} {_n(py)}"
        x, y = px, py
    return path


def _toward(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    return start[0] + dx / length * distance, start[1] + dy / length * distance


@lru_cache(maxsize=65536)
def _n(value: float, digits: int = 2) -> str:
    """A number as short as SVG allows."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
    return text[1:] if text.startswith("0.") else text

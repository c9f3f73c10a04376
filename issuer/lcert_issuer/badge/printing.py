"""What a holder needs for paper and packaging: a page with every part as vectors, and pictures at 300 dpi.

Print cannot change when the state does. So everything printed is dated, and carries or stands beside the live code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from ..language import texts
from .face import Face, cleaned, covered_text, state_phrase
from .fitting import ellipsize, wrap
from .layout import Kind, covered_line, layout, sides
from .modules import Code
from .pdf import A4, Page, render_pdf
from .png import render_scene
from .scene import Line, PlacedCode, Scene, height_of, stack
from .seal import Box
from .text import plain, shape

__all__ = [
    "MODULE",
    "PRINT_DPI",
    "label_width",
    "print_kit",
    "print_page",
    "print_pictures",
    "render_print_png",
]

PRINT_DPI: Final = 300
MODULE: Final = 0.4
"""Millimetres a module of a printed code has at least."""
_BADGE: Final = 40.0
"""Millimetres of width at which the smallest letters of a wide badge are still 1 mm high."""
_WIDTHS: Final[Mapping[Kind, float]] = {"wide": 80.0, "square": 50.0, "label": 52.0, "inline": 40.0}
_MARGIN, _COLUMN, _CAPTION = 20.0, 92.0, 68.0
_POINT: Final = 25.4 / 72


class _Part(NamedTuple):
    """One row of the page: what is drawn, its width, and the words beside it."""

    drawn: Scene | Code
    width: float
    title: str
    text: str
    least: float


def render_print_png(
    face: Face,
    *,
    kind: Kind = "wide",
    lang: str = "en",
    code: Code | None = None,
    millimetres: float | None = None,
) -> bytes:
    """The badge at 300 dpi, 80 mm wide unless asked (50 the square kinds), with its resolution written in it."""
    scene = layout(face, size="m", kind=kind, lang=lang, code=code, outlines_only=True)
    wide = _WIDTHS[kind] if millimetres is None else millimetres
    if not 10 <= wide <= 200:
        raise ValueError("a printed badge is 10 to 200 mm wide")
    return render_scene(scene, "light", wide / 25.4 * PRINT_DPI / scene.width, dpi=PRINT_DPI)


def label_width(face: Face, code: Code, lang: str = "en") -> float:
    """Millimetres of width that a label has at least, so that a module of its code is 0.4 mm."""
    scene = layout(face, size="m", kind="label", lang=lang, code=code, outlines_only=True)
    assert scene.code is not None
    return math.ceil(code.side * MODULE * scene.width / scene.code.side)


def print_pictures(face: Face, *, live: Code, lang: str = "en") -> Mapping[str, bytes]:
    """Badge, square and label at 300 dpi, by file name."""
    return {
        "badge-300dpi.png": render_print_png(face, lang=lang),
        "square-300dpi.png": render_print_png(face, kind="square", lang=lang),
        "label-300dpi.png": render_print_png(face, kind="label", lang=lang, code=live),
    }


def print_kit(
    face: Face, *, live: Code, offline: Code, as_of: datetime, lang: str = "en"
) -> Mapping[str, bytes]:
    """`badge.pdf` and the pictures beside it, by name. `as_of` (aware) is when the state was looked up."""
    page = print_page(face, live=live, offline=offline, as_of=as_of, lang=lang)
    return {"badge.pdf": page, **print_pictures(face, live=live, lang=lang)}


def print_page(face: Face, *, live: Code, offline: Code, as_of: datetime, lang: str = "en") -> bytes:
    """One page of A4 as PDF: badge, label and both codes as vectors, the least size of each, and the date."""
    face = cleaned(face)
    words = texts(lang)
    _ = words.gettext
    base, align = sides(lang)
    parts = _parts(face, live, offline, lang)
    number = plain(face.number, "")
    title = _("L Certification %(number)s: badge for print", number=words.isolate(number))
    room = A4[0] - 2 * _MARGIN

    def units(points: float, within: float) -> float:
        return within * 1000 / (points * _POINT)

    named = covered_line(face, lang, outlines_only=True)
    holder = plain(face.holder, "")
    head: list[Line] = [(ellipsize(title, "bold", units(16, room), base=base), 16 * _POINT, "ink", 0)]
    head.append((ellipsize(named, "bold", units(11, room)), 11 * _POINT, "ink", 4.2))
    if holder and holder != named:
        head.append((ellipsize(holder, "regular", units(10, room)), 10 * _POINT, "muted", 2.6))
    placed = stack(head, _MARGIN, room, _MARGIN, align)
    at = _MARGIN + height_of(head) + 5
    rules = [Box(x=_MARGIN, y=at, w=room, h=0.2, r=0, fill="hairline")]
    scenes: list[tuple[Scene, float, float, float]] = []
    codes: list[PlacedCode] = []
    links: list[tuple[float, float, float, float, str]] = []
    at += 9
    if at + sum(_height(part) + 9 for part in parts) > A4[1] - _MARGIN - 28:
        parts = [
            part for part in parts if part.width != _WIDTHS["label"]
        ]  # a long token: its code needs the room
    for part in parts:
        drawn, high = part.drawn, _height(part)
        left = A4[0] - _MARGIN - _COLUMN if align == "right" else _MARGIN
        x = left + (_COLUMN - part.width) / 2
        if isinstance(drawn, Code):
            codes.append(PlacedCode(code=drawn, x=x, y=at, side=part.width))
            if drawn is live:
                links.append((x, at, high, high, drawn.content))
        else:
            scenes.append((drawn, x, at, part.width))
        least = _("At least %(width)s mm wide.", width=f"{part.least:g}")
        lines: list[Line] = [(shape(part.title, "bold", 0, False, base), 11 * _POINT, "ink", 0)]
        for text, colour, gap in ((part.text, "ink", 3.0), (least, "muted", 2.6)):
            for i, run in enumerate(wrap(text, "regular", units(9.5, _CAPTION), base=base)):
                lines.append((run, 9.5 * _POINT, "ink" if colour == "ink" else "muted", 1.9 if i else gap))
        side = _MARGIN if align == "right" else A4[0] - _MARGIN - _CAPTION
        placed += stack(lines, side, _CAPTION, at + max(0.0, (high - height_of(lines)) / 2), align)
        at += max(high, height_of(lines)) + 9
    foot: list[Line] = []
    for text in (
        _("State: %(state)s, as of %(time)s.", state=state_phrase(face, lang), time=words.time(as_of)),
        _("Print does not change when the state does: the live code always leads to the present one."),
        _("Do not recolour, crop or cover the badge or a code, and keep the white margin around a code."),
    ):
        for i, run in enumerate(wrap(text, "regular", units(9.5, room), base=base)):
            weight = shape(run.text, "bold", 0, False, base) if not foot else run
            foot.append((weight, 9.5 * _POINT, "ink", 0 if not foot else 1.9 if i else 2.6))
    low = A4[1] - _MARGIN - height_of(foot)
    rules.append(Box(x=_MARGIN, y=low - 5, w=room, h=0.2, r=0, fill="hairline"))
    placed += stack(foot, _MARGIN, room, low, align)
    return render_pdf(
        Page(
            title=f"{title}. {covered_text(face, lang)}".strip(),
            lang=lang,
            scenes=tuple(scenes),
            words=placed,
            rules=tuple(rules),
            codes=tuple(codes),
            links=tuple(links),
        )
    )


def _height(part: _Part) -> float:
    return part.width if isinstance(part.drawn, Code) else part.width * part.drawn.height / part.drawn.width


def _parts(face: Face, live: Code, offline: Code, lang: str) -> list[_Part]:
    _ = texts(lang).gettext
    least = round(live.side * MODULE, 1)
    least_offline = round(offline.side * MODULE, 1)
    return [
        _Part(
            layout(face, size="m", kind="wide", lang=lang, outlines_only=True),
            _COLUMN,
            _("Badge"),
            _("For pages and brochures. Print the live code near it."),
            _BADGE,
        ),
        _Part(
            layout(face, size="m", kind="label", lang=lang, code=live, outlines_only=True),
            _WIDTHS["label"],
            _("Label"),
            _("For packaging: badge and live code in one."),
            label_width(face, live, lang),
        ),
        _Part(live, 32, _("Live code"), _("Opens the page that says what holds at that moment."), least),
        _Part(
            offline,
            max(44.0, math.ceil(least_offline * 1.15)),
            _("Offline code"),
            _(
                "Carries the signed certificate itself, to be checked without a connection. "
                "Only the live code knows the present state."
            ),
            least_offline,
        ),
    ]

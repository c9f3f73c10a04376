"""The picture that a shared link shows (Open Graph, 1200 x 630): the same seal and words, large enough for a feed."""

from __future__ import annotations

from typing import Final

from ..language import texts
from .face import Face, cleaned, meaning, state_word
from .fitting import ellipsize, fit
from .layout import covered_line, name_base, one_line, sides
from .palette import Theme
from .png import render_scene
from .scene import Line, Placed, Scene, height_of, stack
from .seal import SIDE, Box, seal, tone
from .text import plain, shape

__all__ = ["CARD_SIZE", "card_scene", "render_card"]

CARD_SIZE: Final = (1200, 630)
_EDGE: Final = 72.0
_SEAL: Final = 300.0
_FOOT: Final = 518.0
"""Where the hairline above the last line stands."""


def render_card(face: Face, *, lang: str = "en", theme: Theme = "light") -> bytes:
    """The card as an opaque PNG. It is as true as the moment it was drawn at: serve it as briefly as a badge."""
    return render_scene(card_scene(face, lang), theme, 1)


def card_scene(face: Face, lang: str = "en") -> Scene:
    """Seal and words above a hairline, the programme's name and the licensed domain with the number below it."""
    face = cleaned(face)
    base, align = sides(lang)
    width, height = CARD_SIZE
    rtl = align == "right"
    room = width - 3 * _EDGE - _SEAL
    covered = covered_line(face, lang, outlines_only=True)
    state_size, state = one_line(state_word(face, lang), "bold", room, 36, 70, base)
    size, runs = fit(
        covered, "bold", room, range(76, 55, -2), 2, -12, base=name_base(face, lang), tight=range(54, 35, -2)
    )
    lines: list[Line] = [(state, state_size, tone(face.state), 0)]
    lines += [(run, size, "ink", 32 if i == 0 else 22) for i, run in enumerate(runs)]
    holder = plain(face.holder, "")
    if holder and holder != covered:
        units = room * 1000 / 32
        lines.append((ellipsize(holder, "regular", units), 32, "muted", 26))
    meaning_size, said = one_line(meaning(face, lang), "regular", room, 34, 0, base)
    lines.append((said, meaning_size, "ink", 34))
    top = (_FOOT - height_of(lines)) / 2 + 14
    words = stack(lines, _EDGE if rtl else width - _EDGE - room, room, top, align)
    name = shape(texts(lang).gettext("L Certification"), "bold", 0, False, base)
    words += stack([(name, 28, "ink", 0)], _EDGE, width - 2 * _EDGE, _FOOT + 36, align)
    words += stack(
        [(ellipsize(_where(face, rtl), "regular", 24_000, at="start", base=base), 28, "muted", 0)],
        _EDGE,
        width - 2 * _EDGE,
        _FOOT + 36,
        "left" if rtl else "right",
    )
    rule = Box(x=_EDGE, y=_FOOT, w=width - 2 * _EDGE, h=2, r=0, fill="hairline")
    band = Box(x=0, y=0, w=width, h=12, r=0, fill=tone(face.state))
    seal_x = width - _EDGE - _SEAL if rtl else _EDGE
    return Scene(
        width=width,
        height=height,
        scale=1,
        radius=0,
        placed=(
            Placed(shapes=(band, rule), x=0, y=0, side=SIDE),
            Placed(shapes=seal(face.state), x=seal_x, y=(_FOOT - _SEAL) / 2 + 14, side=_SEAL),
        ),
        words=words,
    )


def _where(face: Face, rtl: bool) -> str:
    number = plain(face.number, "")
    if not face.domain:
        return number
    domain = plain(face.domain, "") + (f" + {face.more_domains}" if face.more_domains else "")
    return f"\u2066{domain}\u2069 · \u2066{number}\u2069" if rtl else f"{domain} · {number}"

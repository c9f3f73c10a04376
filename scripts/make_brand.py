"""Writes the drawn files of `web/lcert_web/static/brand/`: favicon, the programme's seal and one seal a state.

Each follows the visitor's colour scheme by itself, on screen only: a page needs one `<img>`, and print stays light.
"""

from __future__ import annotations

import re
from pathlib import Path

from lcert_issuer.badge.artwork import render_seal_svg
from lcert_issuer.badge.face import BadgeState
from lcert_issuer.badge.palette import PALETTES, Theme

BRAND = Path(__file__).resolve().parent.parent / "web/lcert_web/static/brand"
STYLE = ".d{display:none}@media screen and (prefers-color-scheme:dark){.l{display:none}.d{display:inline}}"
# the programme's seal: ring, hairline and letter in ink, no state
CREST = (
    '<circle cx="28" cy="28" r="26" fill="{ground}" stroke="{ink}" stroke-width="3"/>'
    '<circle cx="28" cy="28" r="21.6" fill="none" stroke="{hairline}" stroke-width=".8"/>'
    '<path d="M22.6 15.4V36.4Q22.6 39 25.2 39H35.4" fill="none" stroke="{ink}" stroke-width="5.8" '
    'stroke-linecap="round" stroke-linejoin="round"/>'
)


def both(light: str, dark: str, side: int, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 56 56">'
        f'<title>{title}</title><style>{STYLE}</style><g class="l">{light}</g><g class="d">{dark}</g></svg>\n'
    )


def inner(svg: bytes) -> str:
    return re.sub(r"\A<svg[^>]*>|</svg>\s*\Z", "", svg.decode())


def main() -> None:
    themes: tuple[Theme, Theme] = ("light", "dark")
    crest = [CREST.format_map(dict(PALETTES[theme].items())) for theme in themes]
    (BRAND / "seal.svg").write_text(both(crest[0], crest[1], 96, "L Certification"), encoding="utf-8")
    emblem = [inner(render_seal_svg(BadgeState.ACTIVE, theme=theme, neutral=True)) for theme in themes]
    (BRAND / "favicon.svg").write_text(both(emblem[0], emblem[1], 32, "L Certification"), encoding="utf-8")
    for state in BadgeState:
        for small, name in ((False, "seal"), (True, "mark")):
            drawn = [inner(render_seal_svg(state, theme=theme, small=small)) for theme in themes]
            svg = both(drawn[0], drawn[1], 24 if small else 96, state.value.capitalize())
            (BRAND / f"{name}-{state.value}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()

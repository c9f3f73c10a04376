"""What a holder pastes or downloads: HTML, Markdown and link snippets, and the whole badge kit as files.

A snippet is an image in a link with fixed width and height: it moves no layout, needs no script, sets
nothing and asks nothing of a third party, so a strict content policy and a consent banner both leave it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Literal

from ..language import DEFAULT, LANGUAGES, texts
from .artwork import Size, pixel_size, render_svg
from .bake import bake_png, bake_svg
from .card import render_card
from .face import Face, covered_text
from .png import render_png
from .printing import print_page, print_pictures
from .qr import live_code, offline_code, render_qr_png, render_qr_svg

__all__ = [
    "KIT_FILES",
    "PRINT_FILES",
    "html_snippet",
    "link_snippet",
    "markdown_snippet",
    "snippets",
    "write_kit",
]

_OTHERS = tuple(lang for lang in LANGUAGES if lang != DEFAULT.code)

KIT_FILES = (
    "badge.svg",
    "badge.png",
    "badge@2x.png",
    "baked.svg",
    "baked.png",
    "qr.svg",
    "qr.png",
    "offline-qr.svg",
    "offline-qr.png",
    "label.svg",
    "card.png",
    "token.jwt",
    "snippets/badge.html",
    "snippets/badge.md",
    *(
        f"languages/{lang}/{name}"
        for lang in _OTHERS
        for name in ("badge.svg", "badge@2x.png", "label.svg", "card.png", "badge.html", "badge.md")
    ),
)
"""What is in every kit."""
PRINT_FILES = (
    *(f"print/badge.{lang}.pdf" for lang in LANGUAGES),
    "print/badge-300dpi.png",
    "print/square-300dpi.png",
    "print/label-300dpi.png",
)
"""What is in a kit whose state is dated, too."""


def html_snippet(
    face: Face,
    base_url: str,
    *,
    size: Size = "m",
    theme: Literal["light", "dark", "both"] = "light",
    lang: str = "en",
) -> str:
    """The image in a link. `both` follows the visitor's colour scheme, for pages that do so themselves."""
    width, height = pixel_size(face, size=size)
    page = escape(f"{base_url}/c/{face.number}")
    image = (
        f'<img src="{_source(face, base_url, size, "dark" if theme == "dark" else "light", lang)}" '
        f'width="{width}" height="{height}" alt="{_alt(face, lang)}" loading="lazy" decoding="async">'
    )
    if theme == "both":
        dark = _source(face, base_url, size, "dark", lang)
        image = f'<picture><source srcset="{dark}" media="(prefers-color-scheme: dark)">{image}</picture>'
    return f'<a href="{page}">{image}</a>'


def markdown_snippet(face: Face, base_url: str, *, size: Size = "m", lang: str = "en") -> str:
    """The same for README files; Markdown has no place for a size."""
    words = _markdown(_named(face, lang, covered_text(face, lang) or face.holder))
    query = _query("light", size, lang)
    return f"[![{words}]({base_url}/badge/{face.number}.svg{query})]({base_url}/c/{face.number})"


def link_snippet(face: Face, base_url: str, *, lang: str = "en") -> str:
    """Words in a link, for where no image may stand."""
    words = _named(face, lang, covered_text(face, lang))
    return f'<a href="{escape(f"{base_url}/c/{face.number}")}">{escape(words)}</a>'


def snippets(face: Face, base_url: str, *, lang: str = "en") -> Mapping[str, str]:
    """Every snippet by name, in the order in which to offer them."""
    return {
        "html": html_snippet(face, base_url, lang=lang),
        "html-dark": html_snippet(face, base_url, theme="dark", lang=lang),
        "html-both": html_snippet(face, base_url, theme="both", lang=lang),
        "markdown": markdown_snippet(face, base_url, lang=lang),
        "link": link_snippet(face, base_url, lang=lang),
    }


def write_kit(
    face: Face, *, base_url: str, token: str, openbadge: str, compact: str, as_of: datetime | None = None
) -> Mapping[str, bytes]:
    """The files of `lcert badge NUMBER --out DIR` by name: see KIT_FILES. `token` is the canonical one.

    `as_of` (aware) is when the state of `face` was looked up. Print is dated: without it there is none in the kit.
    """
    svg, png = render_svg(face), render_png(face)
    live, offline = live_code(base_url, face.number), offline_code(base_url, compact)
    kit = {
        "badge.svg": svg,
        "badge.png": png,
        "badge@2x.png": render_png(face, scale=2),
        "baked.svg": bake_svg(svg, openbadge),
        "baked.png": bake_png(render_png(face, scale=2), openbadge),
        "qr.svg": render_qr_svg(live),
        "qr.png": render_qr_png(live),
        "offline-qr.svg": render_qr_svg(offline),
        "offline-qr.png": render_qr_png(offline),
        "label.svg": render_svg(face, kind="label", code=live),
        "card.png": render_card(face),
        "token.jwt": token.encode("ascii"),
        "snippets/badge.html": _html_file(face, base_url, "en"),
        "snippets/badge.md": _markdown_file(face, base_url, "en"),
    }
    for lang in _OTHERS:
        folder = f"languages/{lang}"
        kit[f"{folder}/badge.svg"] = render_svg(face, lang=lang)
        kit[f"{folder}/badge@2x.png"] = render_png(face, scale=2, lang=lang)
        kit[f"{folder}/label.svg"] = render_svg(face, kind="label", code=live, lang=lang)
        kit[f"{folder}/card.png"] = render_card(face, lang=lang)
        kit[f"{folder}/badge.html"] = _html_file(face, base_url, lang)
        kit[f"{folder}/badge.md"] = _markdown_file(face, base_url, lang)
    if as_of is not None:
        for lang in LANGUAGES:
            sheet = print_page(face, live=live, offline=offline, as_of=as_of, lang=lang)
            kit[f"print/badge.{lang}.pdf"] = sheet
        kit.update((f"print/{name}", data) for name, data in print_pictures(face, live=live).items())
    return kit


def _html_file(face: Face, base_url: str, lang: str) -> bytes:
    offered = snippets(face, base_url, lang=lang)
    parts = [
        f"<!-- {label} -->\n{offered[name]}\n"
        for name, label in (
            ("html", "Badge"),
            ("html-dark", "Badge for a dark page"),
            ("html-both", "Badge that follows the visitor's colour scheme"),
            ("link", "Link only"),
        )
    ]
    return "\n".join(parts).encode("utf-8")


def _markdown_file(face: Face, base_url: str, lang: str) -> bytes:
    return f"{markdown_snippet(face, base_url, lang=lang)}\n".encode()


def _source(face: Face, base_url: str, size: Size, theme: Literal["light", "dark"], lang: str) -> str:
    return escape(f"{base_url}/badge/{face.number}.svg{_query(theme, size, lang)}")


def _query(theme: Literal["light", "dark"], size: Size, lang: str) -> str:
    """The language is always named: without one the picture speaks the visitor's, and the words around it do not."""
    chosen = [f"theme={theme}"] * (theme != "light") + [f"size={size}"] * (size != "m") + [f"lang={lang}"]
    return "?" + "&".join(chosen)


def _named(face: Face, lang: str, what: str) -> str:
    """Says what, not the state: the picture is live and the copied words are not."""
    words = texts(lang)
    number = words.isolate(face.number)
    if not what:
        return words.gettext("L Certification %(number)s", number=number)
    return words.gettext(
        "L Certification %(number)s: %(what)s", number=number, what=what if face.more else words.isolate(what)
    )


def _alt(face: Face, lang: str) -> str:
    named = _named(face, lang, covered_text(face, lang))
    if not face.domain:
        return escape(named)
    words = texts(lang)
    domain = words.isolate(face.domain)
    return escape(words.gettext("%(certificate)s, licensed for %(domain)s", certificate=named, domain=domain))


def _markdown(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#!|" else char for char in text)

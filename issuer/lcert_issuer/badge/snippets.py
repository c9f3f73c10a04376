"""What a holder pastes or downloads: HTML, Markdown and link snippets, and the whole badge kit as files.

A snippet is an image in a link with fixed width and height: it moves no layout, needs no script, sets
nothing and asks nothing of a third party, so a strict content policy and a consent banner both leave it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Literal

from .artwork import Size, pixel_size, render_svg
from .bake import bake_png, bake_svg
from .face import Face
from .png import render_png
from .qr import live_code, offline_code, render_qr_png, render_qr_svg

__all__ = ["KIT_FILES", "html_snippet", "link_snippet", "markdown_snippet", "snippets", "write_kit"]

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
    "token.jwt",
    "snippets/badge.html",
    "snippets/badge.md",
)


def html_snippet(
    face: Face, base_url: str, *, size: Size = "m", theme: Literal["light", "dark", "both"] = "light"
) -> str:
    """The image in a link. `both` follows the visitor's colour scheme, for pages that do so themselves."""
    width, height = pixel_size(face, size=size)
    page = escape(f"{base_url}/c/{face.number}")
    image = (
        f'<img src="{_source(face, base_url, size, "dark" if theme == "dark" else "light")}" '
        f'width="{width}" height="{height}" alt="{_alt(face)}" loading="lazy" decoding="async">'
    )
    if theme == "both":
        dark = _source(face, base_url, size, "dark")
        image = f'<picture><source srcset="{dark}" media="(prefers-color-scheme: dark)">{image}</picture>'
    return f'<a href="{page}">{image}</a>'


def markdown_snippet(face: Face, base_url: str, *, size: Size = "m") -> str:
    """The same for README files and model cards."""
    words = _markdown(f"L Certification {face.number}: {face.covered or face.holder}")
    query = "" if size == "m" else f"?size={size}"
    return f"[![{words}]({base_url}/badge/{face.number}.svg{query})]({base_url}/c/{face.number})"


def link_snippet(face: Face, base_url: str) -> str:
    """Words in a link, for where no image may stand."""
    words = f"L Certification {face.number}" + (f": {face.covered}" if face.covered else "")
    return f'<a href="{escape(f"{base_url}/c/{face.number}")}">{escape(words)}</a>'


def snippets(face: Face, base_url: str) -> Mapping[str, str]:
    """Every snippet by name, in the order in which to offer them."""
    return {
        "html": html_snippet(face, base_url),
        "html-dark": html_snippet(face, base_url, theme="dark"),
        "html-both": html_snippet(face, base_url, theme="both"),
        "markdown": markdown_snippet(face, base_url),
        "link": link_snippet(face, base_url),
    }


def write_kit(face: Face, *, base_url: str, token: str, openbadge: str, compact: str) -> Mapping[str, bytes]:
    """The files of `lcert badge NUMBER --out DIR` by name: see KIT_FILES. `token` is the canonical one."""
    svg, png = render_svg(face), render_png(face)
    live, offline = live_code(base_url, face.number), offline_code(base_url, compact)
    return {
        "badge.svg": svg,
        "badge.png": png,
        "badge@2x.png": render_png(face, scale=2),
        "baked.svg": bake_svg(svg, openbadge),
        "baked.png": bake_png(render_png(face, scale=2), openbadge),
        "qr.svg": render_qr_svg(live),
        "qr.png": render_qr_png(live),
        "offline-qr.svg": render_qr_svg(offline),
        "offline-qr.png": render_qr_png(offline),
        "token.jwt": token.encode("ascii"),
        "snippets/badge.html": _html_file(face, base_url),
        "snippets/badge.md": _markdown_file(face, base_url),
    }


def _html_file(face: Face, base_url: str) -> bytes:
    offered = snippets(face, base_url)
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


def _markdown_file(face: Face, base_url: str) -> bytes:
    return f"{markdown_snippet(face, base_url)}\n".encode()


def _source(face: Face, base_url: str, size: Size, theme: Literal["light", "dark"]) -> str:
    chosen = [f"theme={theme}"] * (theme != "light") + [f"size={size}"] * (size != "m")
    query = "?" + "&".join(chosen) if chosen else ""
    return escape(f"{base_url}/badge/{face.number}.svg{query}")


def _alt(face: Face) -> str:
    """Says what and whom, not the state: the picture is live and the copied words are not."""
    words = f"L Certification {face.number}"
    if face.covered:
        words += f": {face.covered}"
    if face.domain:
        words += f", licensed for {face.domain}"
    return escape(words)


def _markdown(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#!|" else char for char in text)

"""What the embed kit offers: the choice of size, theme and language, and every way to put the badge on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode

from lcert_issuer.badge.artwork import Size, pixel_size
from lcert_issuer.badge.embeds import (
    FrameTheme,
    element_snippet,
    frame_snippet,
    model_card_snippet,
)
from lcert_issuer.badge.face import Face
from lcert_issuer.badge.schema_org import Subject, script_element
from lcert_issuer.badge.snippets import html_snippet, link_snippet, markdown_snippet
from lcert_issuer.language import choose

from .language import N_
from .pages import Site
from .shelf import Judged
from .structured import carried_jsonld

__all__ = [
    "SIZES",
    "THEMES",
    "Choice",
    "Download",
    "Offer",
    "choice_from",
    "downloads",
    "fitted",
    "offers",
]

SIZES: Final[Mapping[Size, str]] = {"s": N_("Small"), "m": N_("Medium"), "l": N_("Large")}
THEMES: Final[Mapping[FrameTheme, str]] = {
    "light": N_("Light"),
    "dark": N_("Dark"),
    "both": N_("Follows the visitor"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How the badge is to look."""

    size: Size = "m"
    theme: FrameTheme = "light"
    lang: str = "en"

    def query(self, **changes: str) -> str:
        """The choice, with changes, as the query of a link to the kit; empty for the default."""
        chosen = {"size": self.size, "theme": self.theme, "badge": self.lang, **changes}
        kept = {name: value for name, value in chosen.items() if value != _DEFAULT[name]}
        return f"?{urlencode(kept)}" if kept else ""


_DEFAULT: Final = {"size": "m", "theme": "light", "badge": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way to embed. `live`: what it shows follows the certificate. `texts`: label (may be empty) and snippet."""

    key: str
    title: str
    live: bool
    note: str
    needs: str
    texts: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> int:
        """Lines to show of each snippet before it scrolls."""
        longest = max(sum(1 + len(line) // 84 for line in text.splitlines()) for _, text in self.texts)
        return min(max(longest, 2), 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file to keep, in its formats: (name of the format, path)."""

    title: str
    note: str
    links: tuple[tuple[str, str], ...]


def downloads(number: str, lang: str) -> list[Download]:
    """What there is to print or to keep."""
    query = f"?lang={lang}" if lang != "en" else ""
    folder = f"/badge/{number}"

    def both(name: str, more: str = "") -> tuple[tuple[str, str], ...]:
        return ("SVG", f"{folder}{name}.svg{more}"), ("PNG", f"{folder}{name}.png{more}")

    large = f"{query}&scale=2" if query else "?scale=2"
    return [
        Download(
            title=N_("Sheet for the printer"),
            note=N_(
                "Badge, label and both codes as vectors on one page, dated, with the least size of each."
            ),
            links=(("PDF", f"{folder}/print.pdf{query}"),),
        ),
        Download(
            title=N_("Badge"),
            note=N_("The picture of today. PNG at twice the size."),
            links=(
                ("SVG", f"{folder}.svg{query}"),
                ("PNG", f"{folder}.png{large}"),
                ("PNG 300 dpi", f"{folder}/print.png{query}"),
            ),
        ),
        Download(
            title=N_("Label"),
            note=N_("Badge and live code in one, for packaging. PNG at 300 dpi."),
            links=both("/label", query),
        ),
        Download(
            title=N_("Live code"),
            note=N_("Opens the certificate’s page. At least 0.4 mm a module, white all around."),
            links=both("/qr"),
        ),
        Download(
            title=N_("Offline code"),
            note=N_("Holds the signed certificate itself: it can be checked without a network."),
            links=both("/offline-qr"),
        ),
        Download(
            title=N_("Open Badge"),
            note=N_("The badge with the signed credential inside, for profiles and wallets."),
            links=both("/baked"),
        ),
    ]


def choice_from(values: Mapping[str, str], language: str) -> Choice:
    """The choice in a query, `language` being the name of its member; what is not offered gives the default."""
    size, theme = values.get("size", "m"), values.get("theme", "light")
    return Choice(
        size=cast("Size", size if size in SIZES else "m"),
        theme=cast("FrameTheme", theme if theme in THEMES else "light"),
        lang=choose(values.get(language)).code,
    )


def offers(face: Face, judged: Judged, site: Site, choice: Choice) -> list[Offer]:
    """Every way to embed, the most robust first."""
    base, size, theme, lang = site.base_url or "", choice.size, choice.theme, choice.lang
    carried = carried_jsonld(judged, site)
    fitting: Subject = "Organization" if face.level == "company" else "Product"
    return [
        Offer(
            key="html",
            title=N_("HTML"),
            live=True,
            note=N_("An image in a link. Its size is fixed, so nothing on your page moves while it loads."),
            needs=f"img-src {base}",
            texts=(("", html_snippet(face, base, size=size, theme=theme, lang=lang)),),
        ),
        Offer(
            key="markdown",
            title=N_("Markdown"),
            live=True,
            note=N_(
                "For README files and documentation. Sites that keep their own copy of images, as GitHub does, may be "
                "some minutes behind. Markdown knows no sizes: the text below moves once, when the picture arrives."
            ),
            needs="",
            texts=(("", markdown_snippet(face, base, size=size, lang=lang)),),
        ),
        Offer(
            key="element",
            title=N_("Web component"),
            live=True,
            note=N_(
                "The same image, checked again in each visitor’s browser: signature, status, and whether the badge may "
                "stand on this site. What is not right is covered with words. Without scripts the image stays."
            ),
            needs=f"img-src {base}; script-src {base}; connect-src {base}",
            texts=(
                (
                    "",
                    element_snippet(
                        face,
                        base,
                        size=size,
                        theme=theme,
                        lang=lang,
                    ),
                ),
            ),
        ),
        Offer(
            key="frame",
            title=N_("Frame"),
            live=True,
            note=N_(
                "For editors that take nothing but frames. It runs no script, and a click opens the certificate."
            ),
            needs=f"frame-src {base}",
            texts=(("", frame_snippet(face, base, size=size, theme=theme, lang=lang)),),
        ),
        Offer(
            key="link",
            title=N_("Link only"),
            live=False,
            note=N_("The words are yours and stay as they are. The page they lead to is live."),
            needs="",
            texts=(("", link_snippet(face, base, lang=lang)),),
        ),
        Offer(
            key="jsonld",
            title=N_("Structured data"),
            live=False,
            note=N_(
                "schema.org data for search engines: take the one your page is about. It is a copy: paste it again "
                "when the certificate is renewed, and remove it when it ends."
            ),
            needs="",
            texts=tuple(
                (subject, script_element(carried[subject], indent=2))
                for subject in sorted(carried, key=lambda subject: subject != fitting)
            ),
        ),
        Offer(
            key="model-card",
            title=N_("Model card"),
            live=True,
            note=N_(
                "A section for the README.md of a model on Hugging Face. The badge is live, the words are not."
            ),
            needs="",
            texts=(("", model_card_snippet(face, base, size=size, lang=lang)),),
        ),
    ]


def fitted(face: Face, *, most_width: int | None, most_height: int | None) -> tuple[Size, int, int]:
    """The medium badge if it fits, else a smaller one, scaled down when even the smallest is too large.

    More room than the medium one needs gives the large one only when both sides were named.
    """
    order: tuple[Size, ...] = ("l", "m", "s") if most_width and most_height else ("m", "s")
    for size in order:
        width, height = pixel_size(face, size=size)
        if width <= (most_width or width) and height <= (most_height or height):
            return size, width, height
    width, height = pixel_size(face, size="s")
    scale = min((most_width or width) / width, (most_height or height) / height)
    return "s", max(1, int(width * scale)), max(1, int(height * scale))

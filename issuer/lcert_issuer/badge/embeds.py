"""The further ways to put a badge on a page: custom element, frame, model card. Each holds or is the image in a link.

What is pasted names only addresses of the issuer. Where a site's policy blocks scripts, the element is the image in a
link; where it blocks frames, the frame is not offered as the first choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final, Literal
from urllib.parse import urlencode

from ..language import texts
from .artwork import Size, pixel_size
from .face import BadgeState, Face, covered_text
from .schema_org import SUBJECTS, has_certification, script_element
from .snippets import html_snippet

__all__ = [
    "ELEMENT_INTEGRITY",
    "ELEMENT_PATH",
    "FrameTheme",
    "element_snippet",
    "embed_files",
    "frame_snippet",
    "frame_url",
    "model_card_snippet",
]

ELEMENT_PATH: Final = "/static/element/l-cert-badge-1.js"
"""Its bytes never change: what is new comes under a new number, and this one stays, with its hash."""

ELEMENT_INTEGRITY: Final = "sha384-TSlLRYRnjT/VzyFnzznBYxin/uoDDfUbL5yABziDx+GbeRTU5sUoKahGC50vJdF5"
"""The hash of those bytes, which browsers compare. Written by `web/js/build.mjs`."""

FrameTheme = Literal["light", "dark", "both"]


def element_snippet(
    face: Face,
    base_url: str,
    *,
    size: Size = "m",
    theme: FrameTheme = "light",
    lang: str = "en",
) -> str:
    """`<l-cert-badge>` around the image in a link, and its script with the hash that a browser holds it to."""
    image = html_snippet(face, base_url, size=size, theme=theme, lang=lang)
    chosen = f' theme="{theme}"' * (theme != "light") + f' lang="{escape(lang)}"' * (lang != "en")
    script = escape(f"{base_url}{ELEMENT_PATH}")
    return (
        f'<l-cert-badge number="{escape(face.number)}"{chosen}>{image}</l-cert-badge>\n'
        f'<script type="module" src="{script}" integrity="{ELEMENT_INTEGRITY}" crossorigin="anonymous"></script>'
    )


def frame_url(
    face: Face, base_url: str, *, size: Size = "m", theme: FrameTheme = "light", lang: str = "en"
) -> str:
    """Address of the page that a frame shows."""
    chosen: dict[str, str] = {"size": size} if size != "m" else {}
    chosen |= {"theme": theme} if theme != "light" else {}
    chosen |= {"lang": lang} if lang != "en" else {}
    query = f"?{urlencode(chosen)}" if chosen else ""
    return f"{base_url}/embed/{face.number}/frame{query}"


def frame_snippet(
    face: Face,
    base_url: str,
    *,
    size: Size = "m",
    theme: FrameTheme = "light",
    lang: str = "en",
    width: int | None = None,
    height: int | None = None,
) -> str:
    """A frame of fixed size that may do nothing but open the certificate in a new window.

    `frameborder` is an attribute on purpose: a policy that blocks inline style would leave a border, which takes room.
    """
    full = pixel_size(face, size=size)
    source = escape(frame_url(face, base_url, size=size, theme=theme, lang=lang))
    words = texts(lang)
    named = words.gettext("L Certification %(number)s", number=words.isolate(face.number))
    what = covered_text(face, lang)
    title = escape(f"{named}: {what}" if what else named)
    return (
        f'<iframe src="{source}" width="{width or full[0]}" height="{height or full[1]}" title="{title}" '
        f'loading="lazy" frameborder="0" scrolling="no" '
        f'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def model_card_snippet(face: Face, base_url: str, *, size: Size = "m", lang: str = "en") -> str:
    """A section for the README.md of a model on Hugging Face, which takes HTML, and so an image with its size."""
    _ = texts(lang).gettext
    page = f"{base_url}/c/{face.number}"
    return f"## {_('Training data')}\n\n{html_snippet(face, base_url, size=size, lang=lang)}\n\n" + _(
        "All training data was licensed, openly licensed, in the public domain or owned: see "
        "[L Certification %(number)s](%(page)s). What it covers, and whether it still stands, is on that page.",
        number=face.number,
        page=page,
    )


def embed_files(
    face: Face, record: Mapping[str, Any], *, base_url: str, issuer_name: str
) -> Mapping[str, bytes]:
    """The further snippets as files of a kit, by name: the same texts that the embed kit's page offers."""
    found = {
        "snippets/element.html": element_snippet(face, base_url),
        "snippets/frame.html": frame_snippet(face, base_url),
        "snippets/model-card.md": model_card_snippet(face, base_url),
    }
    for subject in SUBJECTS:
        data = has_certification(
            subject,
            record,
            active=face.state is BadgeState.ACTIVE,
            base_url=base_url,
            issuer_name=issuer_name,
        )
        found[f"snippets/schema-org-{subject.lower()}.html"] = script_element(data, indent=2)
    return {name: f"{text}\n".encode() for name, text in found.items()}

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.snippets import KIT_FILES, PRINT_FILES, markdown_snippet, snippets, write_kit
from lcert_verifier.badges import extract_token

BASE = "https://certs.example"
CANONICAL, OPENBADGE, COMPACT = (f"e{name}.e30." + "A" * 86 for name in "cob")
FACE = Face(
    state=BadgeState.ACTIVE, number="LC-2026-0001", covered="Compose 3.1", domain="quillwater.example"
)
HOSTILE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2026-0001",
    covered="\"><img src=x onerror=alert(1)>'&](http://evil.example)",
)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_kit_has_every_promised_file() -> None:
    kit = write_kit(FACE, base_url=BASE, token=CANONICAL, openbadge=OPENBADGE, compact=COMPACT)
    assert tuple(kit) == KIT_FILES
    assert all(kit.values())
    assert kit["token.jwt"] == CANONICAL.encode()
    assert extract_token(kit["baked.png"]) == extract_token(kit["baked.svg"]) == OPENBADGE


def test_a_dated_kit_has_print_in_every_language_too() -> None:
    kit = write_kit(
        FACE,
        base_url=BASE,
        token=CANONICAL,
        openbadge=OPENBADGE,
        compact=COMPACT,
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
    )
    assert set(kit) == {*KIT_FILES, *PRINT_FILES}
    assert all(kit[name].startswith(b"%PDF") for name in PRINT_FILES if name.endswith(".pdf"))


def test_snippets_in_another_language_ask_for_the_badge_in_it() -> None:
    for lang, words in (
        ("de", "L-Zertifizierung LC-2026-0001: Compose 3.1, lizenziert für"),
        ("ja", "L認証"),
    ):
        ((_, _), (_, img)) = Tags(snippets(FACE, BASE, lang=lang)["html"]).seen
        assert img["src"] == f"{BASE}/badge/LC-2026-0001.svg?lang={lang}"
        assert str(img["alt"]).startswith(words)
        assert f"?lang={lang})" in snippets(FACE, BASE, lang=lang)["markdown"]


def test_the_html_is_an_image_of_fixed_size_in_a_link() -> None:
    (link, a), (image, img) = Tags(snippets(FACE, BASE)["html"]).seen
    assert (link, image) == ("a", "img")
    assert a == {"href": f"{BASE}/c/LC-2026-0001"}
    assert (img["width"], img["height"]) == ("320", "96")
    assert (img["loading"], img["decoding"]) == ("lazy", "async")
    assert img["alt"] == "L Certification LC-2026-0001: Compose 3.1, licensed for quillwater.example"
    assert img["src"] == f"{BASE}/badge/LC-2026-0001.svg?lang=en"


def test_a_copied_alt_text_does_not_freeze_the_state() -> None:
    for state in BadgeState:
        html = snippets(Face(state=state, number="LC-2026-0001", covered="Compose"), BASE)["html"]
        assert (
            html
            == snippets(Face(state=BadgeState.ACTIVE, number="LC-2026-0001", covered="Compose"), BASE)["html"]
        )


def test_dark_is_given_only_when_asked_for() -> None:
    offered = snippets(FACE, BASE)
    assert "dark" not in offered["html"]
    assert "theme=dark" in offered["html-dark"]
    assert "prefers-color-scheme: dark" in offered["html-both"]


def test_hostile_names_stay_text_in_every_snippet() -> None:
    offered = snippets(HOSTILE, BASE)
    for name in ("html", "html-dark", "html-both", "link"):
        assert {tag for tag, _ in Tags(offered[name]).seen} <= {"a", "img", "picture", "source"}
        assert not any("onerror" in attributes for _, attributes in Tags(offered[name]).seen)
    assert "](http://evil" not in markdown_snippet(HOSTILE, BASE).replace("\\]", "").replace("\\(", "")

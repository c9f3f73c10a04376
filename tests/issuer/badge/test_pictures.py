from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lcert_issuer.badge.artwork import Kind, Size, Theme, pixel_size, render_seal_svg, render_svg
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.layout import Words, layout
from lcert_issuer.badge.palette import PALETTES, Token, contrast, rgb
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.seal import Circle, mark, seal, tone
from lcert_issuer.badge.text import shape

KINDS: tuple[Kind, ...] = ("wide", "square", "inline")  # labels: test_packaging.py
SIZES: tuple[Size, ...] = ("s", "m", "l")
THEMES: tuple[Theme, ...] = ("light", "dark")
HOSTILE = [
    "",
    "W" * 300,
    "i" * 300,
    "W W " * 75,
    "<script>alert(1)</script>",
    "\"'><svg onload=alert(1)>&amp;]]>",
    "&#0; %00 \x00 \x0b \x7f \ufffe",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "e" + "\u0301" * 200,
    "ピクセルタイプ生成モデル" * 25,
    "نموذج الصوت العربي المرخص " * 12,
    "प्रमाणित मॉडल",
    "👩‍👩‍👧‍👦🏳️‍🌈" * 30,
    "\ud800 alone",
    "Ψηφιακή Μούσα Цифровая Муза Đặng",
]


def face(state: BadgeState = BadgeState.ACTIVE, **changes: object) -> Face:
    base = Face(
        state=state,
        number="LC-2026-0001",
        edition=1,
        holder="Quillwater Audio Ltd",
        covered="Quillwater Compose 3.1",
        level="model",
        domain="quillwater.example",
        since=date(2027, 3, 4),
        valid_from=date(2026, 11, 20),
        valid_through=date(2027, 11, 19),
        current_edition=2,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


@pytest.mark.parametrize(("size", "expected"), [("s", (200, 60)), ("m", (320, 96)), ("l", (480, 144))])
def test_wide_badges_have_the_promised_sizes(size: Size, expected: tuple[int, int]) -> None:
    root = ET.fromstring(render_svg(face(), size=size))
    assert (root.get("width"), root.get("height")) == tuple(map(str, expected))
    assert pixel_size(face(), size=size) == expected
    assert opened(render_png(face(), size=size)).size == expected
    assert opened(render_png(face(), size=size, scale=2)).size == (expected[0] * 2, expected[1] * 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", list(BadgeState))
def test_every_state_draws_in_every_theme_size_and_kind(state: BadgeState, theme: Theme, kind: Kind) -> None:
    for size in SIZES:
        svg = render_svg(face(state), theme=theme, size=size, kind=kind)
        png = opened(render_png(face(state), theme=theme, size=size, kind=kind))
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert png.size == pixel_size(face(state), size=size, kind=kind)
        assert (root.get("width"), root.get("height")) == (str(png.width), str(png.height))
        assert len(svg) < 17_000
        assert png.getpixel((0, 0))[3] < 64  # type: ignore[index]  # outside the rounded corner
        assert png.getpixel((png.width // 2, png.height // 2))[3] == 255  # type: ignore[index]


def test_a_usual_badge_is_small() -> None:
    assert len(render_svg(face())) < 15_000
    assert len(render_png(face())) < 8_000
    assert len(render_png(face(), scale=2)) < 16_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_the_box_or_breaks_the_picture(name: str, kind: Kind) -> None:
    hostile = face(covered=name, holder=name, domain="long-" * 30 + "name.example")
    for size in SIZES:
        svg = render_svg(hostile, size=size, kind=kind)
        root = ET.fromstring(svg)
        allowed = {"svg", "title", "desc", "defs", "path", "rect", "g", "circle", "use", "text", "polygon"}
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= allowed
        for element in root.iter():
            assert not any(key.startswith("on") for key in element.attrib)
            assert all(value.startswith("#") for key, value in element.attrib.items() if key.endswith("href"))
        for plain in (False, True):
            scene = layout(hostile, size=size, kind=kind, outlines_only=plain)
            for words in scene.words:
                assert_inside(words, scene.width, scene.height)
            if plain:
                assert all(words.run.outlined for words in scene.words)
        assert_margins_clear(opened(render_png(hostile, size=size, kind=kind)), kind)


def assert_inside(words: Words, width: float, height: float) -> None:
    wide = words.run.width * words.size / 1000
    assert words.x >= 0
    assert wide <= words.room + 0.01
    assert words.x + wide <= width - 7
    assert words.y - words.size * words.run.rise / 1000 >= 4
    assert words.y + words.size * words.run.drop / 1000 <= height - 4


def assert_margins_clear(png: Image.Image, kind: Kind) -> None:
    """Nothing is drawn between border and text column at the right edge."""
    ground = rgb(PALETTES["light"]["ground"])
    half = png.height // 2
    strip = png.crop((png.width - 5, half - half // 3, png.width - 2, half + half // 3)).convert("RGB")
    assert strip.getcolors() == [(strip.width * strip.height, ground)] or kind == "inline"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(KINDS), st.sampled_from(SIZES))
def test_any_text_gives_well_formed_svg_within_bounds(name: str, kind: Kind, size: Size) -> None:
    hostile = face(covered=name, holder=name, number=name[:30], domain=name)
    ET.fromstring(render_svg(hostile, kind=kind, size=size))
    scene = layout(hostile, size=size, kind=kind)
    for words in scene.words:
        assert words.run.width * words.size / 1000 <= words.room + 0.01


def test_a_long_domain_keeps_its_end_and_the_number_stays_whole() -> None:
    scene = layout(face(domain="paypal.com.login." + "x" * 60 + ".evil.example"), size="m", kind="wide")
    texts = [words.run.text for words in scene.words]
    assert texts[-1] == "LC-2026-0001"
    assert texts[-2].startswith("…")
    assert texts[-2].endswith(".evil.example")


def test_a_long_name_shrinks_then_breaks_then_ends_in_an_ellipsis() -> None:
    def covered(name: str) -> list[Words]:
        return [w for w in layout(face(covered=name), size="m", kind="wide").words if w.run.weight == "bold"][
            1:
        ]

    assert [w.size for w in covered("Short")] == [17]
    assert len(covered("Saltmeadow Canvas + 2 more")) == 1
    assert 14 <= covered("Saltmeadow Canvas + 2 more")[0].size < 17
    two = covered("Copperfen World Soundtrack for Games")
    assert [w.size for w in two] == [14, 14]
    assert " ".join(w.run.text for w in two) == "Copperfen World Soundtrack for Games"
    tight = covered("Copperfen World Soundtrack Generator for Interactive Games")
    assert 12 <= tight[0].size < 14
    assert not tight[-1].run.text.endswith("…")
    assert (
        covered("Copperfen World Soundtrack Generator for Interactive Games and Films")[-1].run.text[-1]
        == "…"
    )


def test_scripts_without_a_bundled_font_are_text_in_svg_and_a_plain_line_in_png() -> None:
    svg = render_svg(face(covered="מודל קול")).decode()
    assert 'direction="rtl"' in svg
    assert "מודל קול</text>" in svg
    for lang, line in (("en", "Model of quillwater.example"), ("de", "Modell von quillwater.example")):
        scene = layout(face(covered="प्रमाणित"), size="m", kind="wide", lang=lang, outlines_only=True)
        assert line in [words.run.text for words in scene.words]


def test_a_badge_refers_only_to_glyphs_it_defines() -> None:
    for state, kind in itertools.product(BadgeState, KINDS):
        svg = render_svg(face(state), kind=kind).decode()
        assert set(re.findall(r'href="#(\w+)"', svg)) == set(re.findall(r'<path id="(\w+)"', svg))


def test_the_same_face_gives_the_same_bytes() -> None:
    for state in BadgeState:
        assert render_svg(face(state)) == render_svg(face(state))
        assert render_png(face(state)) == render_png(face(state))


def test_states_differ_in_pixels_without_their_words_and_colours() -> None:
    """The seals alone, in one colour, are all different: shape carries the state."""
    shapes = {re.sub(r"#[0-9a-f]{6}", "#000000", render_seal_svg(state).decode()) for state in BadgeState}
    marks = {re.sub(r"#[0-9a-f]{6}", "#000000", render_seal_svg(s, small=True).decode()) for s in BadgeState}
    assert len(shapes) == len(marks) == len(BadgeState)


def test_only_active_is_green() -> None:
    assert [state for state in BadgeState if tone(state) == "active"] == [BadgeState.ACTIVE]
    for state in BadgeState:
        svg = render_svg(face(state)).decode() + render_svg(face(state), kind="inline").decode()
        assert (PALETTES["light"]["active"] in svg) is (state is BadgeState.ACTIVE)


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_four_and_a_half_to_one_and_graphics_three_to_one(theme: Theme) -> None:
    palette = PALETTES[theme]
    text: tuple[Token, ...] = ("ink", "muted", "active", "suspended", "withdrawn", "off")
    for token in text:
        assert contrast(palette[token], palette["ground"]) >= 4.5
    for state in BadgeState:
        assert contrast(palette["glyph"], palette[tone(state)]) >= 3


def test_published_contrast_figures_are_the_computed_ones() -> None:
    light, dark = PALETTES["light"], PALETTES["dark"]
    assert round(contrast(light["ink"], light["ground"]), 1) == 16.0
    assert round(contrast(light["active"], light["ground"]), 1) == 6.3
    assert round(contrast(dark["active"], dark["ground"]), 1) == 7.0
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_disc_clears_the_letter_and_stays_in_the_box() -> None:
    for state in BadgeState:
        letter = seal(state)[3]
        halo, disc = seal(state)[4:6]
        assert isinstance(halo, Circle)
        assert isinstance(disc, Circle)
        assert disc.x + disc.r <= 56
        end, width = letter.points[-1], letter.width  # type: ignore[union-attr]
        assert ((end[0] - halo.x) ** 2 + (end[1] - halo.y) ** 2) ** 0.5 - width / 2 > halo.r
        assert isinstance(mark(state)[0], Circle)


def test_kerning_and_tabular_figures_come_from_the_font() -> None:
    assert shape("AV", "bold").width < shape("A", "bold").width + shape("V", "bold").width
    assert len({shape(str(figure), "regular", 0, True).width for figure in range(10)}) == 1


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="scale"):
        render_png(face(), scale=9)

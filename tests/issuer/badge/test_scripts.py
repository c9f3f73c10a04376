"""Badges in six languages, and names in the scripts that the bundled fonts have."""

from __future__ import annotations

import gzip
import io
import itertools
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from lcert_issuer.badge.artwork import Kind, Size, render_svg
from lcert_issuer.badge.bidi import is_rtl, visual_runs
from lcert_issuer.badge.card import card_scene
from lcert_issuer.badge.face import BadgeState, Face, alt_text, meaning, state_word
from lcert_issuer.badge.fitting import fit, wrap
from lcert_issuer.badge.layout import layout
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.qr import live_code
from lcert_issuer.badge.scene import Scene, Words
from lcert_issuer.badge.text import shape
from lcert_issuer.language import LANGUAGES

CODES = tuple(LANGUAGES)
KINDS: tuple[Kind, ...] = ("wide", "square", "inline", "label")
SIZES: tuple[Size, ...] = ("s", "m", "l")
LIVE = live_code("https://certs.example", "LC-2024-0001")
SIXTY = "Copperfen World Soundtrack Generator for Interactive Game XL"
LONGEST_SAMPLE = "Copperfen World Soundtrack + 1 more"
ARABIC = "نموذج الصوت العربي المرخّص لا 2.1"
JAPANESE = "齋藤澤ピクセルタイプ生成モデル 第二版"
FACE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2024-0001",
    holder="Quillwater Audio Ltd",
    covered="Quillwater Compose 3.1",
    level="model",
    domain="quillwater.example",
    since=date(2027, 9, 4),
    valid_from=date(2027, 6, 20),
    valid_through=date(2027, 12, 31),
    current_edition=2,
)


def scene_of(face: Face, kind: Kind, lang: str, size: Size = "m") -> Scene:
    return layout(face, size=size, kind=kind, lang=lang, code=LIVE if kind == "label" else None)


def texts_of(scene: Scene) -> str:
    return "\n".join(words.run.text for words in scene.words)


@pytest.mark.parametrize("lang", CODES)
@pytest.mark.parametrize("state", list(BadgeState))
def test_every_badge_stays_in_its_box_whole_and_outlined(state: BadgeState, lang: str) -> None:
    for kind, size, covered in itertools.product(KINDS, SIZES, ("Compose 3.1", ARABIC, JAPANESE)):
        scene = scene_of(replace(FACE, state=state, covered=covered), kind, lang, size)
        assert "…" not in texts_of(scene)
        for words in scene.words:
            assert words.run.outlined
            assert_inside(words, scene)
        if kind != "inline":  # one line
            assert_apart(scene.words)


def assert_inside(words: Words, scene: Scene) -> None:
    wide = words.run.width * words.size / 1000
    assert words.x >= 3
    assert words.x + wide <= scene.width - 3
    assert words.y - words.size * words.run.rise / 1000 >= 3
    assert words.y + words.size * words.run.drop / 1000 <= scene.height - 3


def assert_apart(lines: tuple[Words, ...]) -> None:
    """No line's body reaches into the next one's; lines beside each other are let be."""
    for one, two in itertools.pairwise(lines):
        if two.y > one.y + 1:
            foot = one.y + one.size * one.run.drop / 1000
            assert foot < two.y - two.size * two.run.rise / 1000 + 0.01


@pytest.mark.parametrize("lang", CODES)
def test_a_name_of_sixty_characters_is_never_cut(lang: str) -> None:
    assert len(SIXTY) == 60
    for kind in KINDS:
        for size in SIZES:
            assert "…" not in texts_of(scene_of(replace(FACE, covered=SIXTY), kind, lang, size)), (kind, size)
            assert "…" not in texts_of(scene_of(replace(FACE, covered=LONGEST_SAMPLE), kind, lang, size))
    assert "…" not in texts_of(card_scene(replace(FACE, covered=SIXTY), lang))


@pytest.mark.parametrize("lang", CODES)
def test_no_line_of_ours_becomes_too_small_to_read(lang: str) -> None:
    for state in BadgeState:
        scene = scene_of(replace(FACE, state=state), "wide", lang)
        assert min(words.size for words in scene.words) >= 9.2, (state, texts_of(scene))


@pytest.mark.parametrize("lang", CODES)
def test_svgs_are_small(lang: str) -> None:
    """Raw and as served (gzip). Kana, kanji and Arabic letters have far longer outlines than Latin ones."""
    heavy = lang in {"ja", "ar"}
    usual = render_svg(FACE, lang=lang)
    assert len(usual) < (20_500 if heavy else 15_000)
    assert len(gzip.compress(usual, 6)) < (9_000 if heavy else 6_000)
    label = render_svg(FACE, kind="label", code=LIVE, lang=lang)
    assert len(label) < (21_000 if heavy else 16_500)
    assert len(gzip.compress(label, 6)) < 8_000
    for state, name in itertools.product(BadgeState, (SIXTY, ARABIC, JAPANESE)):
        svg = render_svg(replace(FACE, state=state, covered=name), lang=lang)
        assert len(svg) < 26_000
        assert len(gzip.compress(svg, 6)) < 12_000


@pytest.mark.parametrize("lang", CODES)
def test_state_and_meaning_differ_by_state_and_from_english(lang: str) -> None:
    faces = [replace(FACE, state=state) for state in BadgeState]
    assert len({state_word(face, lang) for face in faces}) == len(BadgeState)
    assert len({meaning(face, lang) for face in faces}) == len(BadgeState)
    if lang != "en":
        assert not {state_word(face, lang) for face in faces} & {state_word(face) for face in faces}
        assert not {meaning(face, lang) for face in faces} & {meaning(face) for face in faces}


@pytest.mark.parametrize("lang", CODES)
def test_alt_texts_name_state_thing_holder_number_and_domain(lang: str) -> None:
    for state in BadgeState:
        words = alt_text(replace(FACE, state=state), lang)
        for fact in ("Quillwater Compose 3.1", "Quillwater Audio Ltd", "LC-2024-0001", "quillwater.example"):
            assert fact in words
        assert "%" not in words


@pytest.mark.parametrize("lang", CODES)
def test_the_svg_says_its_language_and_direction(lang: str) -> None:
    root = ET.fromstring(render_svg(FACE, lang=lang))
    assert root.get("lang") == lang
    assert root.get("direction") == ("rtl" if LANGUAGES[lang].rtl else None)


def test_arabic_mirrors_the_badge() -> None:
    left, right = scene_of(FACE, "wide", "en"), scene_of(FACE, "wide", "ar")
    assert left.placed[0].x < 160 < right.placed[0].x
    assert left.placed[0].x == 320 - right.placed[0].x - right.placed[0].side
    edges = {round(words.x + words.run.width * words.size / 1000, 1) for words in right.words}
    assert len(edges) == 1


def test_numbers_and_domains_stay_left_to_right_in_arabic() -> None:
    line = scene_of(FACE, "wide", "ar").words[-1].run
    drawn = "".join(one.glyph.char for one in line.drawn)
    assert drawn == "LC-2024-0001·quillwater.example"


def test_arabic_letters_are_joined() -> None:
    isolated = shape("\u0633", "bold").drawn[0].glyph
    word = [one.glyph for one in shape("\u0633\u0633\u0633", "bold").drawn]
    assert isolated not in word
    assert len(set(word)) == 3  # initial, medial and final form
    ligature = shape("\u0644\u0627", "bold")
    assert len([one for one in ligature.drawn if one.glyph.path]) <= 2
    assert ligature.width < shape("\u0644", "bold").width + shape("\u0627", "bold").width


def test_arabic_is_never_tracked_apart() -> None:
    assert shape("معلّقة", "bold", 70).width == shape("معلّقة", "bold").width


@pytest.mark.parametrize(
    ("text", "base", "order"),
    [
        ("abc 12", "ltr", "abc 12"),
        ("אבג 12", "auto", "12 גבא"),
        ("abc אבג def", "ltr", "abc גבא def"),
        ("אבג abc 3.1 דהו", "auto", "והד abc 3.1 גבא"),
        ("\u2068abc 3.1\u2069 אבג", "rtl", "גבא abc 3.1"),
        ("abc \u2068אבג 1\u2069, 2", "ltr", "abc 1 גבא, 2"),
        ("אבג - abc", "auto", "abc - גבא"),
    ],
)
def test_mixed_lines_are_ordered_as_unicode_says(text: str, base: str, order: str) -> None:
    runs = visual_runs(text, base)  # type: ignore[arg-type]
    assert "".join(text[a:b][::-1] if rtl else text[a:b] for a, b, rtl in runs) == order


@pytest.mark.parametrize(
    ("text", "rtl"),
    [
        ("\u2067abc\u2069 \u0627", True),
        ("\u2067\u0627\u2069 abc", False),
        ("\u2069\u0627", True),
        ("12 +", False),
    ],
)
def test_what_is_isolated_does_not_turn_a_line(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl


def test_a_line_takes_the_first_size_that_fits_and_is_cut_last() -> None:
    name = "Quillwater"
    width = shape(name, "bold", 0, False, "auto").width
    for size in (20, 12, 9):
        found, (run,) = fit(name, "bold", width * size / 1000, (20, 12), 1, tight=(9, 8))
        assert (found, run.width) == (size, width)
    found, (run,) = fit(name, "bold", width * 7 / 1000, (20, 12), 1, tight=(9, 8))
    assert found == 8
    assert run.width < width
    assert [run.width <= width * 0.8 for run in wrap(f"{name} {name}", "bold", width * 0.8)] == [True]
    assert [run.width for run in wrap(f"{name} {name}", "bold", width)] == [width, width]


def test_a_japanese_name_breaks_between_words() -> None:
    scene = scene_of(replace(FACE, covered="ピクセルタイプ生成モデル第二版の音声"), "square", "ja")
    lines = [words.run.text for words in scene.words if words.run.weight == "bold"][1:]
    assert len(lines) == 2
    assert "".join(lines) == "ピクセルタイプ生成モデル第二版の音声"
    assert lines[1][0] not in "ーのァ版"


@pytest.mark.parametrize("name", [ARABIC, JAPANESE])
def test_both_renderers_draw_the_same_names(name: str) -> None:
    """The PNG draws the very glyphs of the SVG's outlines: their ink covers the same box."""
    run = shape(name, "bold")
    assert all(one.glyph.char for one in run.drawn)
    drawn = (
        Image.open(io.BytesIO(render_png(replace(FACE, covered=name), scale=4))).convert("RGBA").convert("L")
    )
    blank = (
        Image.open(io.BytesIO(render_png(replace(FACE, covered="."), scale=4))).convert("RGBA").convert("L")
    )
    assert drawn.histogram()[:60] != blank.histogram()[:60]

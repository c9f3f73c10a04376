"""What goes to print and into feeds: labels with a code, pictures at 300 dpi, the page as PDF, the card."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from lcert_issuer.badge.artwork import pixel_size, render_svg
from lcert_issuer.badge.card import CARD_SIZE, card_scene, render_card
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.layout import layout
from lcert_issuer.badge.palette import PALETTES, rgb
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.printing import MODULE, label_width, print_kit, print_page, render_print_png
from lcert_issuer.badge.qr import live_code, offline_code
from lcert_issuer.badge.seal import tone
from lcert_issuer.language import LANGUAGES, texts

BASE = "https://certs.example"
LIVE = live_code(BASE, "LC-2024-0001")
OFFLINE = offline_code(BASE, "eyJhbGciOiJFUzI1NiJ9." + "aZ09_-" * 50 + "." + "Qx7_" * 21 + "Zk")
AS_OF = datetime(2026, 11, 23, 5, 51, tzinfo=UTC)
FACE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2024-0001",
    holder="Quillwater Audio Ltd",
    covered="Quillwater Compose 3.1",
    level="model",
    domain="quillwater.example",
    valid_through=date(2027, 11, 19),
)
HOSTILE = replace(FACE, covered=") >> endobj <</JS (x)>> \\ \u202e نموذج ピクセル", holder="(" * 200)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA").convert("RGB")


def decoded(image: Image.Image) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(image.convert("L")))


def page(face: Face = FACE, lang: str = "en") -> bytes:
    return print_page(face, live=LIVE, offline=OFFLINE, as_of=AS_OF, lang=lang)


def content_of(pdf: bytes) -> str:
    found = re.search(rb"FlateDecode>>stream\n(.*?)\nendstream", pdf, re.DOTALL)
    assert found
    return zlib.decompress(found[1]).decode("ascii")


def spoken(pdf: bytes) -> str:
    return "\n".join(
        bytes.fromhex(text).decode("utf-16")
        for text in re.findall(r"ActualText <([0-9a-f]+)>", content_of(pdf))
    )


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_label_carries_a_code_that_reads(lang: str, theme: str) -> None:
    for scale in (1, 2):
        png = render_png(FACE, kind="label", code=LIVE, lang=lang, scale=scale, theme=theme)  # type: ignore[arg-type]
        assert decoded(opened(png)) == [LIVE.content]
    assert opened(png).size == tuple(
        2 * side for side in pixel_size(FACE, kind="label", code=LIVE, lang=lang)
    )


def test_a_label_without_a_code_and_a_code_on_another_badge_are_refused() -> None:
    with pytest.raises(ValueError, match="code"):
        render_svg(FACE, kind="label")
    with pytest.raises(ValueError, match="code"):
        render_svg(FACE, code=LIVE)


def test_words_on_a_label_keep_clear_of_its_code() -> None:
    for name in (
        "A",
        "Copperfen World Soundtrack Generator for Interactive Game XL",
        "نموذج الصوت العربي المرخّص",
    ):
        for lang in LANGUAGES:
            scene = layout(replace(FACE, covered=name), size="m", kind="label", lang=lang, code=LIVE)
            assert scene.code is not None
            for words in scene.words:
                above = words.y + words.size * words.run.drop / 1000 <= scene.code.y + 1
                below = words.y - words.size * words.run.rise / 1000 >= scene.code.y + scene.code.side - 1
                assert above or below


def test_printed_pictures_know_their_size() -> None:
    for kind, wide in (("wide", 80), ("square", 50)):
        png = render_print_png(FACE, kind=kind)  # type: ignore[arg-type]
        assert opened(png).width == round(wide / 25.4 * 300)
        at = png.index(b"pHYs")
        assert struct.unpack(">IIB", png[at + 4 : at + 13]) == (11811, 11811, 1)  # pixels a metre
    with pytest.raises(ValueError, match="mm"):
        render_print_png(FACE, millimetres=5000)


def test_a_label_at_its_least_width_has_modules_of_four_tenths_of_a_millimetre() -> None:
    least = label_width(FACE, LIVE)
    scene = layout(FACE, size="m", kind="label", code=LIVE)
    assert scene.code is not None
    assert MODULE <= least / scene.width * scene.code.side / LIVE.side < MODULE * 1.05
    assert decoded(opened(render_print_png(FACE, kind="label", code=LIVE, millimetres=least))) == [
        LIVE.content
    ]


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_the_page_says_when_and_how_small(lang: str) -> None:
    said = re.sub("[\u2066-\u2069]", "", spoken(page(lang=lang))).replace("\n", " ")
    assert f"{LIVE.side * MODULE:g}" in said
    assert f"{round(OFFLINE.side * MODULE, 1):g}" in said
    assert "05:51 UTC" in said
    assert re.sub("[\u2066-\u2069]", "", texts(lang).long_date(AS_OF)) in said
    assert "LC-2024-0001" in said
    assert "…" not in said


def test_the_page_is_one_sheet_of_a4_with_a_link_and_nothing_that_runs() -> None:
    pdf = page()
    assert pdf.startswith(b"%PDF-1.7")
    assert pdf.endswith(b"%%EOF\n")
    assert pdf.count(b"/Type/Page/") == 1
    assert b"/MediaBox[0 0 595.276 841.89]" in pdf
    assert LIVE.content.encode().hex().encode() in pdf
    for word in (b"/JS", b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/Font", b"/XObject"):
        assert word not in pdf
    start = int(re.findall(rb"startxref\n(\d+)", pdf)[0])
    assert pdf[start:].startswith(b"xref\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", pdf), 1):
        assert pdf[int(place) :].startswith(b"%d 0 obj" % number)


def test_no_name_is_written_into_the_page_as_it_is() -> None:
    pdf = page(HOSTILE)
    assert b"endobj <<" not in pdf.replace(b"endobj\n", b"")
    assert b"/JS" not in pdf
    assert re.fullmatch(r"[ -~\n]*", content_of(pdf))
    assert "JS" not in re.sub(r"<[0-9a-f]*>", "", content_of(pdf))


def test_the_same_page_has_the_same_bytes() -> None:
    assert page() == page()


@pytest.mark.parametrize("lang", ["en", "ar", "ja"])
def test_both_codes_read_from_the_page_rendered_at_300_dpi(lang: str, tmp_path: Path) -> None:
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("pdftoppm is missing: install poppler-utils")
    (tmp_path / "page.pdf").write_bytes(page(replace(FACE, covered="ピクセル نموذج"), lang))
    done = subprocess.run(
        [program, "-r", "300", "-gray", "-singlefile", "page.pdf", "page"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    with Image.open(tmp_path / "page.pgm") as image:
        assert decoded(image) == sorted(
            [LIVE.content, LIVE.content, OFFLINE.content]
        )  # the label has one too


def test_a_long_token_takes_the_room_of_the_label() -> None:
    long = offline_code(BASE, "eyJhbGciOiJFUzI1NiJ9." + "aZ09_-" * 280 + "." + "Qx7_" * 21 + "Zk")
    pdf = print_page(FACE, live=LIVE, offline=long, as_of=AS_OF)
    assert "packaging" not in spoken(pdf)
    assert "packaging" in spoken(page())


def test_the_kit_for_print_has_page_and_pictures() -> None:
    kit = print_kit(FACE, live=LIVE, offline=OFFLINE, as_of=AS_OF, lang="de")
    assert list(kit) == ["badge.pdf", "badge-300dpi.png", "square-300dpi.png", "label-300dpi.png"]


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_cards_have_the_size_that_feeds_want(lang: str) -> None:
    png = render_card(HOSTILE, lang=lang)
    assert opened(png).size == CARD_SIZE
    assert opened(png).getpixel((0, 0)) == rgb(PALETTES["light"]["active"])
    assert len(png) < 60_000


def test_the_colour_of_a_card_is_its_state() -> None:
    for state in (BadgeState.SUSPENDED, BadgeState.WITHDRAWN, BadgeState.UNKNOWN):
        card = opened(render_card(replace(FACE, state=state)))
        assert card.getpixel((600, 3)) == rgb(PALETTES["light"][tone(state)])
    assert render_card(FACE) == render_card(FACE)


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_nothing_on_a_card_leaves_it_or_meets_another_line(lang: str) -> None:
    for state, face in itertools.product(BadgeState, (FACE, HOSTILE)):
        scene = card_scene(replace(face, state=state, domain="long-" * 30 + "name.example"), lang)
        for words in scene.words:
            assert words.run.outlined
            assert words.x >= 71
            assert words.x + words.run.width * words.size / 1000 <= 1130
        bottoms = [words.y + words.size * words.run.drop / 1000 for words in scene.words[:-2]]
        assert max(bottoms) < 510
        name, where = scene.words[-2:]
        assert name.x + name.run.width * name.size / 1000 < where.x or lang == "ar"

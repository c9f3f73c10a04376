from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from lcert_issuer.badge.modules import MOST_CHARACTERS
from lcert_issuer.badge.qr import (
    Code,
    live_code,
    offline_code,
    render_qr_png,
    render_qr_svg,
    shown_pixels,
)

BASE = "https://certs.example"
TOKEN = "eyJhbGciOiJFUzI1NiJ9." + "aZ09_-" * 40 + "." + "Qx7_" * 21 + "Zk"


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def picture(code: Code, module: int | None = None) -> Image.Image:
    return Image.open(io.BytesIO(render_qr_png(code, module=module)))


def test_the_live_code_is_an_upper_case_alphanumeric_url() -> None:
    code = live_code(BASE, "LC-2026-0001")
    assert code.content == "HTTPS://CERTS.EXAMPLE/C/LC-2026-0001"
    assert code.version <= 3
    assert read(picture(code)) == [code.content]


def test_the_offline_code_carries_the_token_as_it_is() -> None:
    code = offline_code(BASE, TOKEN)
    assert code.content == f"{BASE}/v#{TOKEN}"
    assert read(picture(code)) == [code.content]


@pytest.mark.parametrize(
    "code", [live_code(BASE, "LC-2026-0001"), offline_code(BASE, TOKEN)], ids=["live", "offline"]
)
@pytest.mark.parametrize("turn", [0, 6])
def test_codes_survive_blur_rotation_and_small_modules(code: Code, turn: int) -> None:
    image = picture(code, module=3).convert("L")
    image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert read(image.filter(ImageFilter.GaussianBlur(1))) == [code.content]


@pytest.mark.parametrize("ground", [0, 16, 255])
def test_the_quiet_zone_is_opaque_white_on_any_ground(ground: int) -> None:
    code = live_code(BASE, "LC-2026-0001")
    image = picture(code).convert("L")
    poster = Image.new("L", (image.width + 200, image.height + 200), ground)
    poster.paste(image, (100, 100))
    assert read(poster) == [code.content]
    assert image.crop((0, 0, image.width, 32)).getextrema() == (255, 255)


def test_a_logo_raises_version_and_level_and_still_reads() -> None:
    code = live_code(BASE, "LC-2026-0001", logo=True)
    assert code.version >= 4
    image = picture(code)
    assert read(image) == [code.content]
    assert read(image.convert("L").rotate(6, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(2)))
    hole = int(re.findall(r"h(\d+)v\1h-\1z\" fill=\"#fff\"/><svg", render_qr_svg(code).decode())[0])
    assert hole / len(code.rows) < 0.22


def test_modules_are_eight_and_six_pixels_unless_asked() -> None:
    live, offline = live_code(BASE, "LC-2026-0001"), offline_code(BASE, TOKEN)
    assert picture(live).width == (len(live.rows) + 8) * 8
    assert picture(offline).width == (len(offline.rows) + 8) * 6
    assert f'width="{(len(live.rows) + 8) * 8}"' in render_qr_svg(live).decode()


@pytest.mark.parametrize(
    "code", [live_code(BASE, "LC-2026-0001"), offline_code(BASE, TOKEN)], ids=["live", "offline"]
)
def test_the_svg_has_the_same_modules_as_the_png(code: Code) -> None:
    svg = render_qr_svg(code).decode()
    side = len(code.rows) + 8
    image = Image.new("1", (side, side), 1)
    bars = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
    for x, y, width in ((int(a), int(b), int(c)) for a, b, c in bars):
        for step in range(width):
            image.putpixel((x + step, y), 0)
    assert image.resize((side * 8, side * 8), Image.Resampling.NEAREST).tobytes() == (
        picture(code, module=8).convert("1").tobytes()
    )


def test_codes_are_deterministic() -> None:
    live_code.cache_clear()
    first = render_qr_png(live_code(BASE, "LC-2026-0001"))
    live_code.cache_clear()
    assert render_qr_png(live_code(BASE, "LC-2026-0001")) == first


@pytest.mark.parametrize("number", ["", "LC-2026-0001/../x", "LC-2026-0001\n", "../../etc", "LC-26-1"])
def test_what_is_no_number_gets_no_code(number: str) -> None:
    with pytest.raises(ValueError, match="number"):
        live_code(BASE, number)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "a.b.ü", "a.b.c\n", "A" * 3000 + ".b.c"])
def test_what_is_no_compact_token_gets_no_code(token: str) -> None:
    with pytest.raises(ValueError, match="compact token"):
        offline_code(BASE, token)


@pytest.mark.parametrize("length", [10, 300, 400, 1_000, 2_200])
def test_a_page_shows_codes_at_whole_pixels_a_module(length: int) -> None:
    token = f"{'a' * (length - 4)}.b.c"
    shown = shown_pixels(BASE, "LC-2026-0001", token)
    for pixels, code in zip(shown, (live_code(BASE, "LC-2026-0001"), offline_code(BASE, token)), strict=True):
        assert pixels % code.side == 0
        assert pixels >= 168
        assert (
            pixels / code.side * 25.4 / 96 >= 0.4
        )  # millimetres a module, when the page is printed as it is


def test_the_longest_token_has_a_code_and_a_longer_one_still_has_a_page() -> None:
    longest = "a" * (MOST_CHARACTERS - len(f"{BASE}/v#") - 4) + ".b.c"
    assert offline_code(BASE, longest).version == 40
    with pytest.raises(ValueError, match="too long"):
        offline_code(BASE, "a" + longest)
    assert shown_pixels(BASE, "LC-2026-0001", "a" * 9_999) == shown_pixels(BASE, "LC-2026-0001", longest)

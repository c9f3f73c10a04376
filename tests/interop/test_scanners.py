"""Both codes under two scanners that are not ours: three camera pixels a module, turned, out of focus, any ground."""

from __future__ import annotations

import base64
import io
import json
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter
from tests.support.system import node

from lcert_issuer.badge.qr import Code, live_code, offline_code, render_qr_png

HERE = Path(__file__).resolve().parent
TOKEN = "eyJhbGciOiJFUzI1NiJ9." + "aZ09_-" * 40 + "." + "Qx7_" * 21 + "Zk"
CODES = {
    "live": live_code("https://certs.example", "LC-2026-0001"),
    "offline": offline_code("https://certs.example", TOKEN),
}
GROUNDS = {"white": 255, "dark badge": 16}


def photograph(code: Code, ground: int, turn: float, blur: float) -> Image.Image:
    """The code as a camera sees it: turned in the world, out of focus, then three sensor pixels a module."""
    picture = Image.open(io.BytesIO(render_qr_png(code, module=12))).convert("L")
    sheet = Image.new("L", (picture.width + 320, picture.height + 320), ground)
    sheet.paste(picture, (160, 160))
    turned = sheet.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    unsharp = turned.filter(ImageFilter.GaussianBlur(blur * 4))
    return unsharp.resize((unsharp.width // 4, unsharp.height // 4), Image.Resampling.BOX)


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_zxing_and_jsqr_read_what_a_camera_sees(code: Code) -> None:
    photographs = [
        photograph(code, ground, turn, blur)
        for ground in GROUNDS.values()
        for turn, blur in ((0, 0), (6, 0), (0, 0.7), (6, 0.7))
    ]
    assert [[found.text for found in zxingcpp.read_barcodes(image)] for image in photographs] == [
        [code.content]
    ] * len(photographs)
    question = {
        "pictures": [
            {
                "width": image.width,
                "height": image.height,
                "gray": base64.b64encode(image.tobytes()).decode(),
            }
            for image in photographs
        ]
    }
    done = subprocess.run(
        [node(), str(HERE / "scan.mjs")],
        input=json.dumps(question).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["texts"] == [code.content] * len(photographs)

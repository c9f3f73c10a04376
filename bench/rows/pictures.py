"""What drawing costs: live badges, PNG badges, codes, and baking a token into a picture."""

from __future__ import annotations

import io
import itertools
import logging
import subprocess
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from ctypes import CDLL, c_char_p, c_int, c_void_p
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask, Response
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import MODE_ALPHA_NUM
from tests.support.shelf import NUMBERS, publish

from lcert_issuer.badge import layout
from lcert_issuer.badge.bake import bake_png
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.matrix import make_matrix
from lcert_issuer.badge.modules import Code
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.qr import render_qr_png, render_qr_svg
from lcert_issuer.storage.folder import FolderStorage
from lcert_verifier.vocabulary import Securing
from lcert_web.logging import JsonFormatter
from lcert_web.public import create_public_app
from lcert_web.routes import badges

from ..harness import Row, Skipped, Timed, Work
from ..peers import found, load

NAMES = ("badge-svg-live", "badge-svg-again", "badge-png", "qr-svg", "qr-png", "bake-png")
NODE = Path(__file__).parents[1] / "node"
FACE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2026-0001",
    holder="Quillwater Audio Ltd",
    covered="Quillwater Compose 3",
    level="model",
    domain="quillwater.example",
    valid_from=date(2026, 1, 1),
    valid_through=date(2027, 1, 1),
)
TEXT = "HTTPS://CERTS.EXAMPLE/A-PATH-THAT-MAKES-IT-60/C/LC-2026-0001"
assert len(TEXT) == 60


def rows(stack: ExitStack) -> list[Row | Skipped]:
    return [*_live(stack), _png(), *_codes(), _bake()]


def _live(stack: ExitStack) -> list[Row | Skipped]:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lcert-bench-")))
    published = publish()
    storage = FolderStorage(folder)
    storage.put_many(published.storage.files.items())
    stack.enter_context(_logging(folder / "access.jsonl"))
    app = create_public_app(
        storage=storage, base_url=published.base_url, issuer_name="L", clock=published.world.clock
    )
    variants = itertools.product(
        [NUMBERS[state] for state in ("active", "replaced")],
        ("light", "dark"),
        ("s", "m", "l"),
        ("en", "de", "fr", "es", "ja", "ar"),
    )
    asked = itertools.cycle(
        [
            _environ(f"/badge/{number}.svg", f"theme={theme}&size={size}&lang={lang}")
            for number, theme, size, lang in variants
        ]
    )

    def ours() -> None:
        badges._PICTURES.clear()
        layout.layout.cache_clear()
        _call(app, next(asked))

    bare, answer = Flask("constant"), b"x" * 12_000

    @bare.get("/constant")
    def constant() -> Response:
        return Response(answer, mimetype="image/svg+xml")

    environ = _environ("/constant")
    drawn = Row(
        name="badge-svg-live",
        what="live badge SVG from request to bytes: judged anew, laid out and drawn anew, logged and counted",
        target=1.3,
        ours=ours,
        limit=lambda: _call(bare, environ),
        limit_is="a constant answer of Flask",
        peers=found({"badge-maker, drawing alone": _badge_maker}),
        note="No picture and no layout is kept from one request to the next; outlines of letters are.",
        before=lambda: [ours() for _ in range(144)],  # every letter of the 72 badges has been outlined
    )
    kept = replace(
        drawn,
        name="badge-svg-again",
        what="a badge that was drawn before: judged anew, sent from memory, logged and counted",
        target=None,
        ours=lambda: _call(app, next(asked)),
        peers={},
        note="72 badges in turns, all kept.",
    )
    return [drawn, kept]


def _environ(path: str, query: str = "") -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "certs.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "certs.example",
        "HTTP_ACCEPT": "*/*",
        "REMOTE_ADDR": "198.51.100.7",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _call(app: Any, environ: dict[str, Any]) -> bytes:
    answer = app(dict(environ), lambda status, headers, error=None: None)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return body


def _logging(path: Path) -> ExitStack:
    """Access lines as JSON into a file, as the server has them."""
    stack, logger = ExitStack(), logging.getLogger("lcert")
    handler = logging.StreamHandler(stack.enter_context(path.open("w")))
    handler.setFormatter(JsonFormatter())
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.level, logger.propagate = logging.INFO, False

    def undo() -> None:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before

    stack.callback(undo)
    return stack


def _badge_maker() -> Work | None:
    def seconds() -> float:
        program = ["node", "badge_maker.mjs", "3000"]
        return float(subprocess.run(program, cwd=NODE, stdout=subprocess.PIPE, check=True).stdout)

    seconds()
    return Timed(seconds)


def _png() -> Row:
    faces = itertools.cycle(
        [replace(FACE, covered=f"Quillwater {word} {n}") for n in range(40) for word in ("Voice", "Score")]
    )
    picture = Image.open(io.BytesIO(render_png(FACE, kind="square", scale=2)))
    assert picture.size == (400, 400)
    pixels = picture.tobytes()

    def ours() -> None:
        layout.layout.cache_clear()
        render_png(next(faces), kind="square", scale=2)

    return Row(
        name="badge-png",
        what="badge as PNG, 400 by 400 pixels, anti-aliased, laid out and drawn anew",
        target=2.0,
        ours=ours,
        limit=lambda: zlib.compress(pixels, 6),
        limit_is="deflate of its palette pixels",
        note="The card with its seal is kept by state, size and theme, and each letter once drawn.",
    )


def _codes() -> list[Row | Skipped]:
    limit, limit_is = _libqrencode(), "libqrencode's matrix"
    if limit is None:
        limit, limit_is = _zxing(), "zxing-cpp's matrix"

    def code() -> Code:
        matrix = make_matrix(TEXT, MODE_ALPHA_NUM, ERROR_CORRECT_Q)
        return Code(content=TEXT, version=matrix.version, module=8, rows=matrix.rows)

    return [
        Row(
            name=f"qr-{kind}",
            what=f"QR code of 60 characters as {kind.upper()}, nothing kept",
            target=15,
            ours=lambda render=render: render(code()),
            limit=limit,
            limit_is=limit_is,
            peers=found({"qrcode": lambda kind=kind: _qrcode(kind), "segno": lambda kind=kind: _segno(kind)}),
        )
        for kind, render in (("svg", render_qr_svg), ("png", render_qr_png))
    ]


def _libqrencode() -> Callable[[], object] | None:
    try:
        library = CDLL("libqrencode.so.4")
    except OSError:
        return None
    library.QRcode_encodeString.restype = c_void_p
    library.QRcode_encodeString.argtypes = [c_char_p, c_int, c_int, c_int, c_int]
    library.QRcode_free.argtypes = [c_void_p]
    text = TEXT.encode()
    return lambda: library.QRcode_free(library.QRcode_encodeString(text, 0, 2, 2, 1))


def _zxing() -> Callable[[], object]:
    zxing = load("zxingcpp")
    return lambda: zxing.create_barcode(TEXT, zxing.BarcodeFormat.QRCode, ec_level="Q")


def _qrcode(kind: str) -> Work:
    import qrcode
    from qrcode.image.svg import SvgPathImage

    def work() -> None:
        maker = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, box_size=8)
        maker.add_data(TEXT)
        maker.make_image(image_factory=SvgPathImage if kind == "svg" else None).save(io.BytesIO())

    return work


def _segno(kind: str) -> Work | None:
    segno = load("segno")
    if segno is None:
        return None
    return lambda: segno.make(TEXT, error="q", micro=False).save(io.BytesIO(), kind=kind, scale=8)


def _bake() -> Row:
    png = render_png(FACE, kind="square", scale=2)
    token = publish().token("active", Securing.OPENBADGE)
    baked = bake_png(png, token)
    return Row(
        name="bake-png",
        what="bake a token into a PNG, refusing one that carries one",
        target=4,
        ours=lambda: bake_png(png, token),
        limit=lambda: (zlib.crc32(baked), bytearray(baked)),
        limit_is="one CRC and copy of the baked picture",
        peers=found({"openbadgeslib": lambda: _openbadgeslib(png, token)}),
        note=f"A picture of {len(png)} bytes, a token of {len(token)}.",
    )


def _openbadgeslib(png: bytes, token: str) -> Work | None:
    library = load("openbadgeslib.baking")
    if library is None:
        return None
    return lambda: library.bake_png(png, token, keyword=library.ITXT_KEYWORD_OB3)

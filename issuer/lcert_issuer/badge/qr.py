"""QR codes: live (a short upper-case URL, level Q) and offline (the compact token in a fragment, level M).

Both have an opaque white quiet zone of four modules, whatever surrounds them, and are drawn at a whole
number of pixels a module.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from html import escape
from typing import Final

from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM

from lcert_verifier.vocabulary import NUMBER_PATTERN

from ..language import texts
from .artwork import render_seal_svg
from .face import BadgeState
from .matrix import make_matrix, smallest_version
from .modules import MOST_CHARACTERS, QUIET, Code, bars
from .png import encode_png, render_seal_image
from .pngfile import GREY, png_file

__all__ = [
    "LIVE_MODULE",
    "OFFLINE_MODULE",
    "Code",
    "live_code",
    "offline_code",
    "render_qr_png",
    "render_qr_svg",
    "shown_pixels",
]

LIVE_MODULE: Final = 8
OFFLINE_MODULE: Final = 6
_LOGO_SHARE: Final = 0.219
"""Side of the logo with its white margin over the side of the code without quiet zone; level H survives 0.22."""
_EFFORT: Final = 4
"""Of zlib: lines that repeat need no more; 9 takes twenty times as long for as many bytes."""
_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SHOWN: Final = 168
"""Pixels that a code on a page has at least."""


@lru_cache(maxsize=512)
def live_code(base_url: str, number: str, *, logo: bool = False) -> Code:
    """The code of `HTTPS://HOST/C/NUMBER`. With `logo` at least version 4 and level H, with room in the middle.

    Scheme, host and this path are read in any case, and upper case keeps the code in alphanumeric mode.
    """
    if re.fullmatch(NUMBER_PATTERN, number, re.IGNORECASE) is None:
        raise ValueError("not a certificate number")
    content = f"{base_url}/C/{number}".upper()
    if _ALPHANUMERIC.fullmatch(content) is None or len(content) > MOST_CHARACTERS:
        raise ValueError("the base URL cannot stand in an alphanumeric code")
    level = ERROR_CORRECT_H if logo else ERROR_CORRECT_Q
    return _code(content, MODE_ALPHA_NUM, level, LIVE_MODULE, least=4 if logo else 1, logo=logo)


@lru_cache(maxsize=64)
def offline_code(base_url: str, token: str) -> Code:
    """The code of `{base_url}/v#TOKEN`: the fragment never reaches a server."""
    if _COMPACT.fullmatch(token) is None or len(token) > MOST_CHARACTERS:
        raise ValueError(
            "not a compact token, or too long for a code"
        )  # `make_matrix` counts the address as well
    return _code(f"{base_url}/v#{token}", MODE_8BIT_BYTE, ERROR_CORRECT_M, OFFLINE_MODULE)


def _code(content: str, mode: int, level: int, module: int, *, least: int = 1, logo: bool = False) -> Code:
    matrix = make_matrix(content, mode, level, least=least)
    return Code(content=content, version=matrix.version, module=module, rows=matrix.rows, logo=logo)


def shown_pixels(base_url: str, number: str, token: str) -> tuple[int, int]:
    """Sides of the live and the offline code on a page, in CSS pixels, without drawing either.

    Whole pixels a module, so that all are alike, and two at least: 0.53 mm on paper, where 0.4 is the least.
    """
    live = smallest_version(f"{base_url}/C/{number}", MODE_ALPHA_NUM, ERROR_CORRECT_Q)
    content = f"{base_url}/v#{token}"[:MOST_CHARACTERS]  # what is longer has no code, and a page all the same
    offline = smallest_version(content, MODE_8BIT_BYTE, ERROR_CORRECT_M)
    sides = (4 * version + 17 + 2 * QUIET for version in (live, offline))
    first, second = (side * max(2, math.ceil(_SHOWN / side)) for side in sides)
    return first, second


def render_qr_svg(code: Code, *, module: int | None = None, lang: str = "en") -> bytes:
    """The code as SVG: a white square and one path of horizontal bars, in module units."""
    module = _module(code, module)
    side = code.side
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in bars(code))
    middle = ""
    if code.logo:
        hole, seal_side = _logo(len(code.rows))
        at, inset = (side - hole) / 2, (side - seal_side) / 2
        seal_svg = render_seal_svg(BadgeState.ACTIVE, neutral=True).decode().strip()
        seal_svg = seal_svg.replace("<svg ", f'<svg x="{inset:g}" y="{inset:g}" ', 1)
        seal_svg = re.sub(
            r' width="\d+" height="\d+"', f' width="{seal_side:g}" height="{seal_side:g}"', seal_svg, count=1
        )
        middle = f'<path d="M{at:g} {at:g}h{hole}v{hole}h-{hole}z" fill="#fff"/>{seal_svg}'
    _ = texts(lang).gettext
    live, offline = _("Code to check this certificate live"), _("Code to check this certificate offline")
    what = escape(live if code.module == LIVE_MODULE else offline)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * module}" height="{side * module}" '
        f'viewBox="0 0 {side} {side}" role="img" aria-label="{what}"><title>{what}</title>'
        f'<path d="M0 0h{side}v{side}h-{side}z" fill="#fff"/>'
        f'<path d="{path}" fill="#000" shape-rendering="crispEdges"/>{middle}</svg>\n'
    ).encode()


def render_qr_png(code: Code, *, module: int | None = None) -> bytes:
    """The code as PNG, one bit a pixel (a palette when it carries the logo)."""
    module = _module(code, module)
    side = code.side * module
    lines = _scanlines(code, module)
    if not code.logo:
        every = b"".join([(b"\0" + line) * module for line in lines])
        return png_file(side, side, every, depth=1, colour=GREY, effort=_EFFORT)
    every = b"".join([line * module for line in lines])
    picture = Image.frombytes("1", (side, side), every).convert("RGB")
    hole, seal_side = _logo(len(code.rows))
    hole_px, seal_px = hole * module, round(seal_side * module)
    at = (picture.width - hole_px) // 2
    picture.paste((255, 255, 255), (at, at, at + hole_px, at + hole_px))
    inset = (picture.width - seal_px) // 2
    picture.paste(render_seal_image(BadgeState.ACTIVE, seal_px, neutral=True), (inset, inset))
    return encode_png(picture.quantize(32, dither=Image.Dither.NONE))


def _scanlines(code: Code, module: int) -> list[bytes]:
    """One line of pixels for each row of modules, eight to a byte, white set; quiet zone included."""
    white, black = "1" * module, "0" * module
    quiet = white * QUIET
    size = -(-code.side * module // 8)
    rest = "0" * (8 * size - code.side * module)
    blank = int(white * code.side + rest, 2).to_bytes(size)
    pixels = (white, black)
    return [
        *[blank] * QUIET,
        *[
            int(f"{quiet}{''.join([pixels[dark] for dark in row])}{quiet}{rest}", 2).to_bytes(size)
            for row in code.rows
        ],
        *[blank] * QUIET,
    ]


def _logo(size: int) -> tuple[int, float]:
    """(side of the white square in whole, centred modules, side of the seal in it)."""
    hole = int(size * _LOGO_SHARE)
    hole -= (size - hole) % 2
    return hole, hole - 0.8


def _module(code: Code, module: int | None) -> int:
    chosen = code.module if module is None else module
    if not 1 <= chosen <= 64:
        raise ValueError("a module is 1 to 64 pixels")
    return chosen

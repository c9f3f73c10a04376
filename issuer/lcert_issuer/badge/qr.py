"""QR codes: live (a short upper-case URL, level Q) and offline (the compact token in a fragment, level M).

Both have an opaque white quiet zone of four modules, whatever surrounds them, and are drawn at a whole
number of pixels a module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Final

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

from lcert_verifier.vocabulary import NUMBER_PATTERN

from ..language import texts
from .artwork import render_seal_svg
from .face import BadgeState
from .modules import QUIET, Code, bars
from .png import encode_png, render_seal_image

__all__ = [
    "LIVE_MODULE",
    "OFFLINE_MODULE",
    "Code",
    "live_code",
    "offline_code",
    "render_qr_png",
    "render_qr_svg",
]

LIVE_MODULE: Final = 8
OFFLINE_MODULE: Final = 6
_LOGO_SHARE: Final = 0.219
"""Side of the logo with its white margin over the side of the code without quiet zone; level H survives 0.22."""
_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LONGEST: Final = 2048


@lru_cache(maxsize=512)
def live_code(base_url: str, number: str, *, logo: bool = False) -> Code:
    """The code of `HTTPS://HOST/C/NUMBER`. With `logo` at least version 4 and level H, with room in the middle.

    Scheme, host and this path are read in any case, and upper case keeps the code in alphanumeric mode.
    """
    if re.fullmatch(NUMBER_PATTERN, number, re.IGNORECASE) is None:
        raise ValueError("not a certificate number")
    content = f"{base_url}/C/{number}".upper()
    if _ALPHANUMERIC.fullmatch(content) is None or len(content) > _LONGEST:
        raise ValueError("the base URL cannot stand in an alphanumeric code")
    level = ERROR_CORRECT_H if logo else ERROR_CORRECT_Q
    return _code(content, MODE_ALPHA_NUM, level, LIVE_MODULE, least=4 if logo else 1, logo=logo)


@lru_cache(maxsize=64)
def offline_code(base_url: str, token: str) -> Code:
    """The code of `{base_url}/v#TOKEN`: the fragment never reaches a server."""
    if _COMPACT.fullmatch(token) is None or len(token) > _LONGEST:
        raise ValueError("not a compact token, or too long for a code")
    return _code(f"{base_url}/v#{token}", MODE_8BIT_BYTE, ERROR_CORRECT_M, OFFLINE_MODULE)


def _code(content: str, mode: int, level: int, module: int, *, least: int = 1, logo: bool = False) -> Code:
    maker = qrcode.QRCode(version=least, error_correction=level, border=0)
    maker.add_data(QRData(content, mode=mode), optimize=0)
    maker.make(fit=True)
    rows = tuple(tuple(bool(cell) for cell in row) for row in maker.get_matrix())
    return Code(content=content, version=int(maker.version), module=module, rows=rows, logo=logo)


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
    size = len(code.rows)
    small = Image.new("1", (size + 2 * QUIET, size + 2 * QUIET), 1)
    small.putdata(_pixels(code))
    image = small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)
    if not code.logo:
        return encode_png(image)
    picture = image.convert("RGB")
    hole, seal_side = _logo(size)
    hole_px, seal_px = hole * module, round(seal_side * module)
    at = (picture.width - hole_px) // 2
    picture.paste((255, 255, 255), (at, at, at + hole_px, at + hole_px))
    inset = (picture.width - seal_px) // 2
    picture.paste(render_seal_image(BadgeState.ACTIVE, seal_px, neutral=True), (inset, inset))
    return encode_png(picture.quantize(32, dither=Image.Dither.NONE))


def _pixels(code: Code) -> list[int]:
    side = len(code.rows) + 2 * QUIET
    blank = [1] * side
    pixels = blank * QUIET
    for row in code.rows:
        pixels += [1] * QUIET + [0 if dark else 1 for dark in row] + [1] * QUIET
    return pixels + blank * QUIET


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

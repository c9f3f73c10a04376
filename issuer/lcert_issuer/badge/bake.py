"""Bakes a token into a picture (Open Badges 3.0 section 5.3): one `iTXt` chunk in PNG, one element in SVG.

Works on chunks and on the opening tag; no pixel is decoded and nothing else in the file changes.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from lcert_verifier.badges import CREDENTIAL_KEYWORD, OPENBADGES_NAMESPACE, extract_token
from lcert_verifier.errors import LcertError, Malformed

__all__ = ["BakeError", "bake_png", "bake_svg"]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LONGEST_TOKEN: Final = 64 * 1024
_PROLOGUE: Final = re.compile(r"\A\ufeff?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:[^-]|-(?!-))*-->\s*)*")
_OPENING: Final = re.compile(r"<svg(?=[\s>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_BAKED: Final = re.compile(r"<openbadges:credential\b[^>]*?(?:/>|>.*?</openbadges:credential\s*>)", re.DOTALL)


class BakeError(LcertError, ValueError):
    """A picture or token that cannot be baked."""


def bake_png(png: bytes, token: str, *, replace: bool = False) -> bytes:
    """The PNG with the token in one uncompressed `iTXt` chunk before IEND.

    A picture that already carries a credential is refused unless `replace`, which takes the old one out.
    """
    _check(token)
    kept: list[bytes] = []
    for kind, data, raw in _chunks(png):
        if kind in {b"iTXt", b"tEXt", b"zTXt"} and data.split(b"\0", 1)[0].lower() == CREDENTIAL_KEYWORD:
            if not replace:
                raise BakeError("the picture already carries a credential")
            continue
        kept.append(raw)
    # keyword, compression flag 0 and method 0, no language, no translated keyword, text (PNG section 11.3.3.4)
    body = b"iTXt" + CREDENTIAL_KEYWORD + b"\0\0\0\0\0" + token.encode("ascii")
    kept.insert(-1, struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    return _readable(_SIGNATURE + b"".join(kept), token)


def bake_svg(svg: bytes, token: str, *, replace: bool = False) -> bytes:
    """The SVG with the namespace on its root and, directly after the opening tag, the credential element.

    UTF-8 only; a document type declaration is refused, and so is a baked picture unless `replace`.
    """
    _check(token)
    try:
        text = svg.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BakeError("the SVG is not UTF-8") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BakeError("the SVG declares a document type")
    if "openbadges:credential" in text:
        if not replace:
            raise BakeError("the picture already carries a credential")
        text = _BAKED.sub("", text)
    start = _PROLOGUE.match(text)
    opening = _OPENING.match(text, start.end() if start else 0)
    if opening is None or opening.group().endswith("/>"):
        raise BakeError("no <svg> element to bake into")
    tag = opening.group()
    declared = re.search(r"\sxmlns:openbadges\s*=\s*([\"'])(.*?)\1", tag)
    if declared is None:
        tag = f'{tag[:-1].rstrip()} xmlns:openbadges="{OPENBADGES_NAMESPACE}">'
    elif declared.group(2) != OPENBADGES_NAMESPACE:
        raise BakeError("the prefix openbadges means something else in this SVG")
    element = f'<openbadges:credential verify="{token}"></openbadges:credential>'
    return _readable((text[: opening.start()] + tag + element + text[opening.end() :]).encode("utf-8"), token)


def _readable(picture: bytes, token: str) -> bytes:
    """The picture, when the verifier's own reader finds exactly this token in it."""
    try:
        found = extract_token(picture)
    except Malformed as error:
        raise BakeError(f"the picture cannot carry a credential: {error}") from error
    if found != token:
        raise BakeError("the picture already carries a credential")
    return picture


def _check(token: str) -> None:
    if len(token) > _LONGEST_TOKEN or _TOKEN.fullmatch(token) is None:
        raise BakeError("not a compact JWS")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(type, data, whole chunk) from IHDR to IEND; BakeError for anything that is not one intact PNG."""
    if not png.startswith(_SIGNATURE):
        raise BakeError("not a PNG")
    at, kind = len(_SIGNATURE), b""
    while at < len(png):
        if kind == b"IEND":
            raise BakeError("data after the end of the PNG")
        if len(png) - at < 12:
            raise BakeError("the PNG is cut off")
        length = int.from_bytes(png[at : at + 4], "big")
        end = at + 12 + length
        if end > len(png):
            raise BakeError("the PNG is cut off")
        first, kind = kind == b"", png[at + 4 : at + 8]
        if first and kind != b"IHDR":
            raise BakeError("the PNG does not begin with its header")
        if zlib.crc32(png[at + 4 : end - 4]) != int.from_bytes(png[end - 4 : end], "big"):
            raise BakeError("a chunk of the PNG is damaged")
        yield kind, png[at + 8 : end - 4], png[at:end]
        at = end
    if kind != b"IEND":
        raise BakeError("the PNG is cut off")

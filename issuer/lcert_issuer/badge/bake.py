"""Bakes a token into a picture (Open Badges 3.0 section 5.3): one `iTXt` chunk in PNG, one element in SVG.

Works on chunks and on the opening tag; no pixel is decoded and nothing else in the file changes.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final

from lcert_verifier.badges import (
    CREDENTIAL_KEYWORD,
    MAX_BADGE_BYTES,
    OPENBADGES_NAMESPACE,
    extract_token,
    png_chunks,
)
from lcert_verifier.errors import LcertError, Malformed

__all__ = ["BakeError", "bake_png", "bake_svg"]

_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TEXT_CHUNKS: Final = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_KEYWORD: Final = re.compile(re.escape(CREDENTIAL_KEYWORD) + rb"(?:\0|\Z)", re.IGNORECASE)
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
    # The verifier's own walk: what it lets pass, it can read again, and every checksum is computed once.
    kept: list[memoryview | bytes] = []
    at, size, view = 0, len(png), memoryview(png)
    try:
        for kind, start, end in png_chunks(png):
            if kind in _TEXT_CHUNKS and _KEYWORD.match(png, start + 8, end - 4):
                if not replace:
                    raise BakeError("the picture already carries a credential")
                kept.append(view[at:start])
                at, size = end, size + start - end
    except Malformed as error:
        raise BakeError(f"the picture cannot carry a credential: {error}") from error
    # keyword, compression flag 0 and method 0, no language, no translated keyword, text (PNG section 11.3.3.4)
    body = b"iTXt" + CREDENTIAL_KEYWORD + b"\0\0\0\0\0" + token.encode("ascii")
    if size + len(body) + 8 > MAX_BADGE_BYTES:
        raise BakeError("the picture cannot carry a credential: it is too large")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return b"".join([*kept, view[at:start], chunk, view[start:]])


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
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise BakeError("not a compact JWS")
    # taking out all letters at once is a fraction of what matching each costs
    if token.encode("ascii").translate(None, _LETTERS) != b".." or not all(token.split(".")):
        raise BakeError("not a compact JWS")

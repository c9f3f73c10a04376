"""The credential in a baked badge (Open Badges 3.0 section 5.3) is found by walking chunks or elements.

An image is hostile until its token verifies, and two readers must never find two different tokens in it.
So anything odd is refused: a second credential, a damaged chunk, data after the end, a DTD, a script. No
pixel is decoded and nothing is decompressed.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from .errors import Malformed
from .vocabulary import MAX_BADGE_BYTES

__all__ = ["CREDENTIAL_KEYWORD", "MAX_BADGE_BYTES", "OPENBADGES_NAMESPACE", "extract_token", "png_chunks"]

CREDENTIAL_KEYWORD: Final = b"openbadgecredential"
OPENBADGES_NAMESPACE: Final = "https://purl.imsglobal.org/ob/v3p0"

_MAX_TOKEN: Final = 64 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS: Final = 10_000
_MAX_SIDE: Final = 32_767
_TEXT_CHUNKS: Final = (b"tEXt", b"zTXt", b"iTXt")

_SVG: Final = "http://www.w3.org/2000/svg"
_XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
_MAX_SVG: Final = 2 * 1024 * 1024
_MAX_ELEMENTS: Final = 10_000
_MAX_INSTRUCTIONS: Final = 1_000
_MAX_EQUALS: Final = 4_096
"""Equals signs between two `<`: expat gathers all attributes of a tag before anybody may count them."""
_MAX_DEPTH: Final = 64
_MAX_ATTRIBUTES: Final = 64
_MAX_VALUE: Final = 1024 * 1024
_ACTIVE: Final = frozenset({"script", "handler", "listener", "foreignobject", "iframe", "object", "embed"})
_BLANK: Final = r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]*+"
_ACTIVE_URL: Final = re.compile(
    f"{_BLANK}(?:"
    + "|".join(
        _BLANK.join(map(re.escape, scheme))
        for scheme in ("javascript:", "vbscript:", "data:text/html", "data:image/svg")
    )
    + ")",
    re.IGNORECASE,
)
"""What browsers run, with the blanks that they overlook."""


def extract_token(data: bytes) -> str:
    """The one token baked into a PNG or SVG, unjudged. Malformed for anything else, and for an odd image."""
    if len(data) > MAX_BADGE_BYTES:
        raise Malformed(f"the image is over {MAX_BADGE_BYTES // 1024 // 1024} MiB")
    token = _from_png(data) if data.startswith(_PNG) else _from_svg(data)
    if not token:
        raise Malformed("the image holds an empty credential")
    if len(token) > _MAX_TOKEN:
        raise Malformed("the credential in the image is over 64 KiB")
    if not token.isascii():
        raise Malformed("the credential in the image is not a token")
    return token


def _from_png(data: bytes) -> str:
    found: list[bytes] = []
    for kind, start, end in png_chunks(data):
        if kind in _TEXT_CHUNKS:
            body = data[start + 8 : end - 4]
            if body[: len(CREDENTIAL_KEYWORD) + 1].lower() == CREDENTIAL_KEYWORD + b"\0":
                if found:
                    raise Malformed("the PNG holds several credentials")
                found.append(_itxt(kind, body))
    if not found:
        raise Malformed("the PNG holds no credential: it may have been re-saved, which drops it")
    return found[0].decode("utf-8", "replace")


def _itxt(kind: bytes, body: bytes) -> bytes:
    """The text of a credential chunk: iTXt, not compressed (PNG section 11.3.3.4)."""
    keyword, _, rest = body.partition(b"\0")
    if kind != b"iTXt" or keyword != CREDENTIAL_KEYWORD:
        raise Malformed("the PNG's credential is not in an iTXt chunk")
    if rest[:2] != b"\0\0":
        raise Malformed("the PNG's credential is compressed")
    parts = rest[2:].split(b"\0")
    if len(parts) != 3:
        raise Malformed("the PNG's credential chunk is malformed")
    return parts[2]


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of every chunk of a whole PNG: IHDR first, some IDAT, IEND last and nothing after it, every
    CRC right. Malformed for anything else. The body lies between `start + 8` and `end - 4`.
    """
    if not data.startswith(_PNG):
        raise Malformed("not a PNG")
    offset, count, pixels, size = len(_PNG), 0, False, len(data)
    view = memoryview(data)
    while True:
        if offset + 12 > size:
            raise Malformed("the PNG is truncated")
        length = int.from_bytes(data[offset : offset + 4], "big")
        kind = data[offset + 4 : offset + 8]
        end = offset + 12 + length
        if end > size:
            raise Malformed("a PNG chunk is longer than the file")
        if not (kind.isascii() and kind.isalpha()):
            raise Malformed("a PNG chunk has no type")
        if zlib.crc32(view[offset + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Malformed("a PNG chunk has a wrong checksum")
        if (count == 0) != (kind == b"IHDR"):
            raise Malformed("a PNG begins with its one header")
        if count == 0:
            _check_header(data[offset + 8 : end - 4])
        pixels = pixels or kind == b"IDAT"
        yield kind, offset, end
        offset, count = end, count + 1
        if count > _MAX_CHUNKS:
            raise Malformed("the PNG has too many chunks")
        if kind == b"IEND":
            break
    if offset != size or length:
        raise Malformed("data follows the end of the PNG")
    if not pixels:
        raise Malformed("the PNG has no picture")


def _check_header(body: bytes) -> None:
    width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
    if len(body) != 13 or not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise Malformed("the PNG declares an impossible size")


def _from_svg(data: bytes) -> str:
    if len(data) > _MAX_SVG:
        raise Malformed(f"the file is no PNG, and over {_MAX_SVG // 1024 // 1024} MiB for an SVG")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the file is neither a PNG nor an SVG in UTF-8") from None
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise Malformed("the file is neither a PNG nor an SVG")
    if any(piece.count(b"=") > _MAX_EQUALS for piece in data.split(b"<", 4 * _MAX_ELEMENTS)):
        raise Malformed("the SVG has too many elements, levels or attributes")
    walk = _SvgWalk()
    try:
        walk.parser.Parse(data, True)
    except expat.ExpatError:
        raise Malformed("the SVG is not well-formed XML") from None
    if not walk.found:
        raise Malformed("the SVG holds no credential")
    return walk.found[0]


class _SvgWalk:
    """One pass of expat that refuses as it goes. Names come as `namespace local`."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.depth = 0
        self.elements = 0
        self.instructions = 0
        self.inside = False
        parser = expat.ParserCreate("utf-8", " ")
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self.parser: Any = parser

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if version != "1.0" or (encoding or "utf-8").lower() != "utf-8":
            raise Malformed("the SVG is not XML 1.0 in UTF-8")

    def _doctype(self, *_: object) -> None:
        raise Malformed("the SVG has a document type, which badges never need")

    def _instruction(self, target: str, _: str) -> None:
        self.instructions += 1
        if self.instructions > _MAX_INSTRUCTIONS:
            raise Malformed("the SVG has too many instructions")
        if target.lower().startswith("xml"):
            raise Malformed("the SVG has a stylesheet instruction")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.elements += 1
        self.depth += 1
        if self.elements > _MAX_ELEMENTS or self.depth > _MAX_DEPTH or len(attributes) > _MAX_ATTRIBUTES:
            raise Malformed("the SVG has too many elements, levels or attributes")
        if self.depth == 1 and name != f"{_SVG} svg":
            raise Malformed("the XML is not an SVG")
        if namespace == _XINCLUDE or local.lower() in _ACTIVE:
            raise Malformed("the SVG has active content")
        for key, value in attributes.items():
            _check_attribute(key.rpartition(" ")[2].lower(), value)
        if self.inside:
            raise Malformed("the SVG's credential has content")
        if local.lower() == "credential":
            self._credential(name, attributes)

    def _credential(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{OPENBADGES_NAMESPACE} credential":
            raise Malformed("the SVG has a credential of a wrong namespace")
        if self.found:
            raise Malformed("the SVG holds several credentials")
        if self.depth != 2:
            raise Malformed("the SVG's credential is not directly below its root")
        if set(attributes) != {"verify"}:
            raise Malformed("the SVG's credential holds no token")
        self.found.append(attributes["verify"])
        self.inside = True
        self.parser.CharacterDataHandler = self._text  # elsewhere text is passed over, which costs nothing

    def _end(self, _: str) -> None:
        self.depth -= 1
        if self.inside:
            self.inside = False
            self.parser.CharacterDataHandler = None

    def _text(self, text: str) -> None:
        if text.strip():
            raise Malformed("the SVG's credential has content")


def _check_attribute(local: str, value: str) -> None:
    if len(value) > _MAX_VALUE:
        raise Malformed("the SVG has a huge attribute")
    if local.startswith("on"):
        raise Malformed("the SVG has active content")
    if local in {"href", "src", "to", "from", "values"} and _ACTIVE_URL.match(value):
        raise Malformed("the SVG has active content")

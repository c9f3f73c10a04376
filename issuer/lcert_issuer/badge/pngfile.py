"""PNG files from scanlines that are ready: header, palette, resolution, one compressed stream (PNG section 5)."""

from __future__ import annotations

import struct
import zlib
from typing import Final

__all__ = ["GREY", "INDEXED", "png_file"]

GREY: Final = 0
INDEXED: Final = 3
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_INCH: Final = 0.0254


def png_file(
    width: int,
    height: int,
    scanlines: bytes,
    *,
    depth: int,
    colour: int,
    palette: bytes = b"",
    opacity: bytes = b"",
    dpi: int | None = None,
    effort: int = 9,
) -> bytes:
    """A PNG of filtered scanlines, with no metadata but the resolution. `opacity` is of the first palette entries."""
    parts = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))]
    if palette:
        parts.append(_chunk(b"PLTE", palette))
    if opacity:
        parts.append(_chunk(b"tRNS", opacity))
    if dpi:
        metre = round(dpi / _INCH)
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)))
    parts += (_chunk(b"IDAT", zlib.compress(scanlines, effort)), _END)
    return b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

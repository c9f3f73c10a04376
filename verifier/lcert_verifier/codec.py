"""Base64 and inflating by the standard library, or by the libraries of `lcert[fast]`: the same answers, sooner.

Whoever calls has judged the form; a faster library may only succeed where the standard one would, with the same bytes,
and leaves everything else to it. Which one is used is decided once, by what is installed; `use` is for tests and
measurements.
"""

from __future__ import annotations

import binascii
from importlib.util import find_spec
from typing import Final, Literal

try:
    from pybase64 import b64decode as _simd
except ImportError:  # the base install
    _simd = None  # type: ignore[assignment]

__all__ = ["decode64", "inflate", "name", "use"]

_FAST: Final = (
    _simd is not None and find_spec("zlib_ng") is not None
)  # one of the two alone is no fast install
name: Literal["base", "fast"] = "fast" if _FAST else "base"
"""What is in use."""

_PADDING: Final = (b"", b"", b"==", b"=")


def use(wanted: Literal["base", "fast"]) -> None:
    """Sets which libraries are used in this process; raises ModuleNotFoundError when `fast` is not installed."""
    global name
    if wanted == "fast" and not _FAST:
        raise ModuleNotFoundError("lcert[fast] is not installed")
    name = wanted


def decode64(raw: bytes) -> bytes | None:
    """The bytes of unpadded base64url; None when another character is in it. The length is not 1 more than 4n."""
    # Both libraries take `+`, `/` and padding for what they are elsewhere; all the rest they refuse.
    if b"+" in raw or b"/" in raw or b"=" in raw:
        return None
    padding = _PADDING[len(raw) % 4]
    try:
        if name == "fast":
            return _simd(raw + padding, b"-_", True)
        standard = raw.replace(b"-", b"+").replace(b"_", b"/")  # half the time of a table for all bytes
        return binascii.a2b_base64(standard + padding, strict_mode=True)
    except binascii.Error:
        return None


def inflate(data: bytes, size: int, wbits: int) -> bytes | None:
    """Exactly `size` bytes from one whole stream (`wbits` 15 zlib, 31 gzip) that ends where `data` does.

    None when it is anything else, or there is no faster library: then zlib says what is wrong.
    """
    if name == "base":
        return None
    from zlib_ng import zlib_ng  # a descendant of zlib with the same rules; libdeflate and ISA-L accept more

    engine = zlib_ng.decompressobj(wbits)
    try:
        out = engine.decompress(data, size + 1)
    except zlib_ng.error:  # type: ignore[misc]
        return None
    whole = engine.eof and not engine.unused_data and not engine.unconsumed_tail
    return out if whole and len(out) == size else None

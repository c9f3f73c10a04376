"""Entries packed into bytes, and bounded inflation; what both kinds of status list share.

A list in hand is `values`, one byte an entry. Packing works on slices and big integers, so that a list of
131,072 entries takes a millisecond and not a Python loop.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal

from .. import codec
from ..errors import Malformed

__all__ = ["Order", "deflate", "inflate_exactly", "pack", "unpack", "value_at"]

Order = Literal["lsb", "msb"]
"""Which end of a byte the first entry sits at: `lsb` in IETF Token Status Lists, `msb` in W3C bitstrings."""

_WIDTHS = (1, 2, 4, 8)


def _shifts(bits: int, order: Order) -> Sequence[int]:
    if bits not in _WIDTHS:
        raise ValueError(f"bits must be one of {_WIDTHS}, not {bits}")
    rising = range(0, 8, bits)
    return rising if order == "lsb" else rising[::-1]


def pack(values: bytes | bytearray, *, bits: int, order: Order) -> bytes:
    """Packed entries, `8 / bits` to the byte. ValueError when a value does not fit or a byte is not full."""
    shifts = _shifts(bits, order)
    if len(values) % len(shifts):
        raise ValueError(f"{len(values)} entries of {bits} bits do not fill whole bytes")
    top = 1 << bits
    if values.translate(None, bytes(range(top))):  # what is left does not fit; `max` would walk in Python
        raise ValueError(f"a status value does not fit in {bits} bits")
    length = len(values) // len(shifts)
    total = 0
    for lane, shift in enumerate(shifts):
        table = bytes((value << shift) & 0xFF for value in range(256))
        total |= int.from_bytes(bytes(values[lane :: len(shifts)]).translate(table), "big")
    return total.to_bytes(length, "big")


def unpack(packed: bytes, *, bits: int, order: Order) -> bytearray:
    """One byte an entry; the inverse of `pack`."""
    shifts = _shifts(bits, order)
    mask = (1 << bits) - 1
    values = bytearray(len(packed) * len(shifts))
    for lane, shift in enumerate(shifts):
        table = bytes((byte >> shift) & mask for byte in range(256))
        values[lane :: len(shifts)] = packed.translate(table)
    return values


def value_at(packed: bytes, index: int, *, bits: int, order: Order) -> int:
    """One entry of a packed list. IndexError outside of it, negative indices included."""
    shifts = _shifts(bits, order)
    if not 0 <= index < len(packed) * len(shifts):
        raise IndexError(f"index {index} is outside of a list of {len(packed) * len(shifts)} entries")
    return (packed[index // len(shifts)] >> shifts[index % len(shifts)]) & ((1 << bits) - 1)


def deflate(data: bytes, *, wbits: int, runs: bool = False) -> bytes:
    """The compressed list at level 9. `wbits`: 15 zlib, -15 bare.

    `runs` looks for repetitions of one byte only. Of a sparse list there are no others worth having: at 4 % set it
    comes out as small in a seven-hundredth of the time, because level 9 searches all the near misses.
    """
    strategy = zlib.Z_RLE if runs else zlib.Z_DEFAULT_STRATEGY
    engine = zlib.compressobj(9, zlib.DEFLATED, wbits, 9 if runs else zlib.DEF_MEM_LEVEL, strategy)
    return engine.compress(data) + engine.flush()


def inflate_exactly(data: bytes, size: int, *, wbits: int) -> bytes:
    """The decompressed `data`, which must be exactly `size` bytes and one whole stream.

    Never produces more than one byte beyond `size`, whatever the input expands to. Raises Malformed for a
    stream that is longer, shorter, truncated, damaged or followed by anything. `wbits`: 15 zlib, 31 gzip.
    """
    quick = codec.inflate(data, size, wbits)
    if quick is not None:
        return quick
    engine = zlib.decompressobj(wbits)
    try:
        # Not one byte more than there must be: it would copy them all. (0 would be without a bound.)
        out = engine.decompress(data, size or 1)
        if len(out) == size and not engine.eof:
            out += engine.decompress(engine.unconsumed_tail, 1)  # the checksum; one byte more means too long
    except zlib.error:
        raise Malformed("the compressed list is damaged") from None
    if len(out) > size:
        raise Malformed(f"the list decompresses to more than {size} bytes")
    if not engine.eof:
        raise Malformed("the compressed list is truncated")
    if len(out) < size:
        raise Malformed(f"the list decompresses to {len(out)} bytes instead of {size}")
    if engine.unused_data or engine.unconsumed_tail:
        raise Malformed("data follows the compressed list")
    return out

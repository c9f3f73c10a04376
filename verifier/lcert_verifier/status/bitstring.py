"""The `encodedList` of a W3C Bitstring Status List is `u` + base64url of gzip, its first entry left-most.

The gzip header is written here (no time, no name, no host system): equal lists are equal bytes everywhere.
"""

from __future__ import annotations

import zlib

from ..errors import Malformed
from ..jose import b64u_decode, b64u_encode
from ..vocabulary import LIST_ENTRIES
from .packing import deflate, inflate_exactly, pack, unpack, value_at

__all__ = ["bit_at", "decode_list", "encode_list", "pack_bits", "unpack_bits"]

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""RFC 1952: deflate, no flags, mtime 0, best compression, unknown system."""


def pack_bits(values: bytes | bytearray) -> bytes:
    """Packed bits from one byte (0 or 1) an entry; entry 0 is the most significant bit of byte 0."""
    return pack(values, bits=1, order="msb")


def unpack_bits(packed: bytes) -> bytearray:
    return unpack(packed, bits=1, order="msb")


def bit_at(packed: bytes, index: int) -> int:
    """One entry; IndexError outside of the list."""
    return value_at(packed, index, bits=1, order="msb")


def encode_list(packed: bytes, *, runs: bool = False) -> str:
    """The `encodedList` of packed bits (multibase base64url). `runs`: as `packing.deflate` says."""
    body = deflate(packed, wbits=-15, runs=runs)
    trailer = zlib.crc32(packed).to_bytes(4, "little") + (len(packed) & 0xFFFFFFFF).to_bytes(4, "little")
    return "u" + b64u_encode(_HEADER + body + trailer)


def decode_list(encoded: str, *, entries: int = LIST_ENTRIES) -> bytes:
    """The packed bits of an `encodedList` that must hold exactly `entries` entries; Malformed otherwise."""
    size = entries // 8
    if not encoded.startswith("u"):
        raise Malformed("the encoded list is not multibase base64url")
    if len(encoded) > (size + size // 1000 + 128) * 4 // 3 + 5:
        raise Malformed("the encoded list is too long")
    return inflate_exactly(b64u_decode(encoded[1:]), size, wbits=31)

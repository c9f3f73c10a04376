"""The `lst` of an IETF Token Status List: base64url of zlib of two-bit entries, least significant bits first.

`encode_lst` gives the bytes of the draft's own vectors (zlib level 9) unless told otherwise. Only the codec is here.
"""

from __future__ import annotations

from typing import Final

from ..errors import Malformed
from ..jose import b64u_decode, b64u_encode
from ..vocabulary import LIST_ENTRIES
from .packing import deflate, inflate_exactly, pack, unpack, value_at

__all__ = ["BITS", "decode_lst", "encode_lst", "pack_statuses", "status_at", "unpack_statuses"]

BITS: Final = 2
"""Bits of every list of ours, so that there is a value for superseded."""


def pack_statuses(values: bytes | bytearray, *, bits: int = BITS) -> bytes:
    """The byte array of section 4.1 from one byte an entry."""
    return pack(values, bits=bits, order="lsb")


def unpack_statuses(packed: bytes, *, bits: int = BITS) -> bytearray:
    return unpack(packed, bits=bits, order="lsb")


def status_at(packed: bytes, index: int, *, bits: int = BITS) -> int:
    """One entry; IndexError outside of the list."""
    return value_at(packed, index, bits=bits, order="lsb")


def encode_lst(packed: bytes, *, runs: bool = False) -> str:
    """The `lst` claim of a packed list. `runs`: as `packing.deflate` says."""
    return b64u_encode(deflate(packed, wbits=15, runs=runs))


def decode_lst(lst: str, *, bits: int = BITS, entries: int = LIST_ENTRIES) -> bytes:
    """The packed list of an `lst` claim that must hold exactly `entries` entries; Malformed otherwise."""
    size = entries * bits // 8
    if len(lst) > _most_characters(size):
        raise Malformed("the status list is too long")
    return inflate_exactly(b64u_decode(lst), size, wbits=15)


def _most_characters(size: int) -> int:
    """Characters that a stream of `size` bytes may take: incompressible data, in stored blocks, in base64."""
    return (size + size // 1000 + 64) * 4 // 3 + 4

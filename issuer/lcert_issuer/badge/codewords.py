"""The codewords of a QR code: bits of a text, padding, Reed-Solomon correction (ISO/IEC 18004 sections 7.4 to 7.6).

Written for whole blocks at a time, because one symbol at a time it was most of the cost of a code; tests hold it to
`qrcode`, whose tables of blocks it uses.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, zip_longest
from typing import Final

from qrcode.base import gexp, rs_blocks
from qrcode.util import ALPHA_NUM, MODE_ALPHA_NUM, length_in_bits

__all__ = ["content_bits", "make_codewords"]

_VALUE: Final = {chr(sign): value for value, sign in enumerate(ALPHA_NUM)}
_PADDING: Final = b"\xec\x11"


def content_bits(text: str, mode: int) -> int:
    """Bits that the text itself takes."""
    count = len(text)
    return 11 * (count // 2) + 6 * (count % 2) if mode == MODE_ALPHA_NUM else 8 * count


def make_codewords(text: str, mode: int, version: int, level: int) -> bytes:
    """All codewords in the order in which they are laid out. The text fits the version, and is ASCII."""
    blocks = rs_blocks(version, level)
    room = sum(block.data_count for block in blocks)
    announced = length_in_bits(mode, version)
    used = 4 + announced + content_bits(text, mode)
    bits = (mode << announced | len(text)) << (used - 4 - announced) | _content(text, mode)
    used_bytes = -(-min(used + 4, 8 * room) // 8)  # four bits end the text, fewer when there is no room
    words = (bits << 8 * used_bytes - used).to_bytes(used_bytes)
    words = (words + _PADDING * room)[:room]
    data, correction, at = [], [], 0
    for block in blocks:
        part = words[at : at + block.data_count]
        at += block.data_count
        data.append(part)
        correction.append(_correction(part, block.total_count - block.data_count))
    return _interleaved(data) + _interleaved(correction)


def _content(text: str, mode: int) -> int:
    if mode != MODE_ALPHA_NUM:
        return int.from_bytes(text.encode("ascii"))
    bits = 0
    values = [_VALUE[sign] for sign in text]
    for one, two in zip(values[::2], values[1::2], strict=False):
        bits = bits << 11 | 45 * one + two
    return bits << 6 | values[-1] if len(values) % 2 else bits


def _interleaved(blocks: list[bytes]) -> bytes:
    if len(blocks) == 1:
        return blocks[0]
    return bytes(word for word in chain.from_iterable(zip_longest(*blocks)) if word is not None)


def _correction(data: bytes, count: int) -> bytes:
    """The remainder of the data by the generator of `count` words."""
    multiples, top, keep = _multiples(count), 8 * (count - 1), (1 << 8 * (count - 1)) - 1
    rest = 0
    for word in data:
        rest = (rest & keep) << 8 ^ multiples[word ^ rest >> top]
    return rest.to_bytes(count)


@cache
def _multiples(count: int) -> tuple[int, ...]:
    """The generator without its first term, as one integer, times each element of the field."""
    powers = [gexp(exponent) for exponent in range(255)]
    logarithm = {value: exponent for exponent, value in enumerate(powers)}

    def times(a: int, b: int) -> int:
        return powers[(logarithm[a] + logarithm[b]) % 255] if a and b else 0

    generator = [1]
    for exponent in range(count):
        root = powers[exponent]
        generator = [a ^ times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
    return tuple(
        int.from_bytes(bytes(times(term, factor) for term in generator[1:])) for factor in range(256)
    )

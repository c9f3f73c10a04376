"""The `encodedList` of bitstring status lists."""

from __future__ import annotations

import base64
import gzip
import time
import zlib
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_encode
from lcert_verifier.status.bitstring import bit_at, decode_list, encode_list, pack_bits, unpack_bits
from lcert_verifier.vocabulary import LIST_ENTRIES

SIZE = LIST_ENTRIES // 8


def test_the_first_entry_is_the_left_most_bit() -> None:
    assert pack_bits(b"\1" + b"\0" * 7) == b"\x80"
    assert pack_bits(b"\0" * 7 + b"\1") == b"\x01"
    assert bit_at(b"\x80", 0) == 1
    assert bit_at(b"\x80", 7) == 0


def test_the_recommendations_example_is_an_empty_list() -> None:
    example = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert decode_list(example) == bytes(SIZE)


@given(st.lists(st.booleans(), max_size=40))
def test_packing_is_undone_by_unpacking(bits: list[bool]) -> None:
    values = bytes(bits).ljust(-(-len(bits) // 8) * 8, b"\0")
    packed = pack_bits(values)
    assert unpack_bits(packed) == values
    assert [bit_at(packed, index) for index in range(len(values))] == list(values)
    assert decode_list(encode_list(packed), entries=len(values)) == packed


def test_equal_lists_are_equal_text_and_any_gzip_reads_them() -> None:
    values = bytearray(LIST_ENTRIES)
    values[12345] = 1
    packed = pack_bits(values)
    encoded = encode_list(packed)
    assert encoded == encode_list(packed)
    assert encoded.startswith("uH4sIAAAAAAAC")
    raw = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    assert gzip.decompress(raw) == packed
    assert raw[4:8] == b"\0\0\0\0"


def test_lists_written_by_others_are_read() -> None:
    assert decode_list("u" + b64u_encode(gzip.compress(bytes(SIZE), mtime=1_700_000_000))) == bytes(SIZE)


@pytest.mark.parametrize("index", [-1, LIST_ENTRIES])
def test_an_index_outside_of_the_list_is_no_bit(index: int) -> None:
    with pytest.raises(IndexError):
        bit_at(bytes(SIZE), index)


GOOD = gzip.compress(bytes(SIZE), mtime=0)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "u",
        b64u_encode(GOOD),
        "z" + b64u_encode(GOOD),
        "u" + b64u_encode(GOOD[:-1]),
        "u" + b64u_encode(GOOD[:-8]),
        "u" + b64u_encode(GOOD + b"\0"),
        "u" + b64u_encode(GOOD + GOOD),
        "u" + b64u_encode(GOOD + gzip.compress(b"")),
        "u" + b64u_encode(gzip.compress(bytes(SIZE - 1))),
        "u" + b64u_encode(gzip.compress(bytes(SIZE + 1))),
        "u" + b64u_encode(GOOD[:-4] + b"\1\2\3\4"),
        "u" + b64u_encode(bytes(SIZE)),
        "u" + b64u_encode(GOOD) + "=",
        "U" + b64u_encode(GOOD),
        "u" + "A" * 1_000_000,
    ],
    ids=count(),
)
def test_what_is_not_exactly_the_list_is_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        decode_list(encoded)


def test_a_bomb_is_refused_without_being_inflated() -> None:
    bomb = "u" + b64u_encode(gzip.compress(bytes(15 * 1024 * 1024)))
    begun = time.perf_counter()
    with pytest.raises(Malformed, match="more than"):
        decode_list(bomb)
    assert time.perf_counter() - begun < 0.1


@pytest.mark.parametrize("wbits", [15, -15])
def test_a_list_is_gzip_and_nothing_else(wbits: int) -> None:
    engine = zlib.compressobj(9, zlib.DEFLATED, wbits)
    data = engine.compress(bytes(LIST_ENTRIES // 8)) + engine.flush()
    with pytest.raises(Malformed):
        decode_list("u" + b64u_encode(data))

"""The `lst` of token status lists."""

from __future__ import annotations

import time
import zlib
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_encode
from lcert_verifier.status.token import (
    decode_lst,
    encode_lst,
    pack_statuses,
    status_at,
    unpack_statuses,
)
from lcert_verifier.vocabulary import LIST_ENTRIES

SIZE = LIST_ENTRIES // 4


@pytest.mark.parametrize(
    ("bits", "values", "packed", "lst"),
    [
        (1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "b9a3", "eNrbuRgAAhcBXQ"),
        (2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "c944f9", "eNo76fITAAPfAgc"),
    ],
)
def test_the_drafts_examples_come_out_byte_for_byte(
    bits: int, values: list[int], packed: str, lst: str
) -> None:
    assert pack_statuses(bytes(values), bits=bits).hex() == packed
    assert encode_lst(bytes.fromhex(packed)) == lst
    assert decode_lst(lst, bits=bits, entries=len(values)).hex() == packed
    assert [status_at(bytes.fromhex(packed), index, bits=bits) for index in range(len(values))] == values


@given(st.sampled_from([1, 2, 4, 8]), st.binary(max_size=64))
def test_packing_is_undone_by_unpacking(bits: int, data: bytes) -> None:
    values = bytes(byte & ((1 << bits) - 1) for byte in data.ljust(-(-len(data) // 8) * 8, b"\0"))
    packed = pack_statuses(values, bits=bits)
    assert unpack_statuses(packed, bits=bits) == values
    assert [status_at(packed, index, bits=bits) for index in range(len(values))] == list(values)


def test_a_whole_list_survives_and_takes_milliseconds() -> None:
    values = bytes((n * 7 + n // 13) % 4 for n in range(LIST_ENTRIES))
    begun = time.perf_counter()
    packed = pack_statuses(values)
    lst = encode_lst(packed)
    assert decode_lst(lst) == packed
    assert unpack_statuses(packed) == values
    assert time.perf_counter() - begun < 1


def test_the_least_significant_bits_come_first() -> None:
    assert pack_statuses(b"\x03\0\0\0") == b"\x03"
    assert pack_statuses(b"\0\0\0\x02") == b"\x80"


@pytest.mark.parametrize("index", [-1, LIST_ENTRIES, 2**70])
def test_an_index_outside_of_the_list_is_no_status(index: int) -> None:
    with pytest.raises(IndexError):
        status_at(bytes(SIZE), index)


@pytest.mark.parametrize(
    ("values", "bits"), [(b"\x04\0\0\0", 2), (b"\0\0\0", 2), (b"\0" * 8, 3), (b"\x02" + b"\0" * 7, 1)]
)
def test_what_does_not_fit_is_not_packed(values: bytes, bits: int) -> None:
    with pytest.raises(ValueError, match=r"fit|fill|bits"):
        pack_statuses(values, bits=bits)


GOOD = zlib.compress(bytes(SIZE), 9)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        GOOD[:-1],
        GOOD[:-4],
        GOOD[: len(GOOD) // 2],
        GOOD + b"\0",
        GOOD + GOOD,
        GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
        bytes([GOOD[0] ^ 0x0F]) + GOOD[1:],
        zlib.compress(bytes(SIZE - 1), 9),
        zlib.compress(bytes(SIZE + 1), 9),
        zlib.compress(b"", 9),
        bytes(SIZE),
        zlib.compress(bytes(SIZE), wbits=31),
        zlib.compress(bytes(SIZE), wbits=-15),
    ],
    ids=count(),
)
def test_a_stream_that_is_not_exactly_the_list_is_refused(stream: bytes) -> None:
    with pytest.raises(Malformed):
        decode_lst(b64u_encode(stream))


@pytest.mark.parametrize("lst", ["!", "eNo=", " ", "eNrbuRgAAhcBXR", "é"])
def test_only_canonical_base64url_is_read(lst: str) -> None:
    with pytest.raises(Malformed):
        decode_lst(lst, entries=16, bits=1)


def test_a_bomb_is_refused_without_being_inflated() -> None:
    bomb = zlib.compress(bytes(30 * 1024 * 1024), 9)
    begun = time.perf_counter()
    with pytest.raises(Malformed, match="more than"):
        decode_lst(b64u_encode(bomb))
    assert time.perf_counter() - begun < 0.1


def test_a_list_longer_than_any_list_can_be_is_refused_unread() -> None:
    with pytest.raises(Malformed, match="too long"):
        decode_lst("A" * 1_000_000)


def test_even_an_incompressible_list_fits_its_bound() -> None:
    state, values = 1, bytearray(LIST_ENTRIES)
    for index in range(LIST_ENTRIES):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values[index] = state >> 62
    assert unpack_statuses(decode_lst(encode_lst(pack_statuses(values)))) == values

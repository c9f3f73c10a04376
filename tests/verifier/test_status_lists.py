"""Edges of packed lists, of their freshness, and of what a source remembers of them."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cases.book.issuer import NOW

from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.status.bitstring import bit_at, decode_list, encode_list, pack_bits, unpack_bits
from lcert_verifier.status.lists import BitstringList, ListMemory, Remembered, StatusList
from lcert_verifier.status.packing import Order, deflate, inflate_exactly, pack, unpack, value_at
from lcert_verifier.status.token import decode_lst, encode_lst, pack_statuses, status_at, unpack_statuses
from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

SECOND = timedelta(seconds=1)
LIST = StatusList(
    uri="u",
    issued_at=NOW,
    expires_at=NOW + timedelta(days=1),
    size=7,
    root=b"r",
    packed=bytes([0b11_10_01_00]) + bytes(LIST_ENTRIES // 4 - 2) + bytes([0b01_00_00_11]),
)


def test_a_list_has_its_values_where_they_were_put() -> None:
    assert [LIST.value(index) for index in range(5)] == [*StatusValue, StatusValue.VALID]
    assert [LIST.value(LIST_ENTRIES - back) for back in (4, 3, 2, 1)] == [
        StatusValue(3),
        StatusValue(0),
        StatusValue(0),
        StatusValue(1),
    ]
    assert LIST.entries == LIST_ENTRIES == 131_072
    for index in (-1, LIST_ENTRIES):
        with pytest.raises(IndexError, match="outside of a list of 131072 entries"):
            LIST.value(index)


@pytest.mark.parametrize(
    ("fetched", "expired", "offline", "max_age", "fresh"),
    [
        (timedelta(hours=1), -SECOND, False, None, True),
        (timedelta(hours=1) + SECOND, -SECOND, False, None, False),
        (timedelta(hours=1) + SECOND, -SECOND, True, None, True),
        (0 * SECOND, 0 * SECOND, False, None, True),
        (0 * SECOND, SECOND, False, None, False),
        (0 * SECOND, SECOND, True, None, False),
        (5 * SECOND, -SECOND, False, 5 * SECOND, True),
        (6 * SECOND, -SECOND, False, 5 * SECOND, False),
        (6 * SECOND, -SECOND, True, 5 * SECOND, False),
        (5 * SECOND, 0 * SECOND, False, 5 * SECOND, True),
        (5 * SECOND, SECOND, False, 5 * SECOND, False),
        (5 * SECOND, SECOND, True, 5 * SECOND, True),
        (timedelta(hours=2), -SECOND, False, timedelta(hours=3), True),
    ],
)
def test_freshness_ends_with_a_second(
    fetched: timedelta, expired: timedelta, offline: bool, max_age: timedelta | None, fresh: bool
) -> None:
    found = replace(LIST, expires_at=NOW - expired)
    assert found.is_fresh(now=NOW, fetched_at=NOW - fetched, offline=offline, max_age=max_age) is fresh


def test_a_memory_keeps_the_newest_sixty_four() -> None:
    memory = ListMemory()
    entry = Remembered(found=LIST, kid="k", thumbprint="t", for_bundle=False)
    for number in range(65):
        memory.keep(str(number), entry)
    assert memory.recall("0", "u") is None
    assert memory.recall("1", "u") is entry
    assert memory.recall("64", "u") is entry
    assert memory.recall("64", "other") is None


def test_a_memory_goes_forward_only() -> None:
    memory = ListMemory()
    memory.advance(LIST)
    memory.advance(LIST)
    memory.advance(replace(LIST, uri="other", size=1))
    for older, words in ((replace(LIST, size=6), "older"), (replace(LIST, root=b"s"), "contradicts")):
        with pytest.raises(EvidenceUnavailable, match=words):
            memory.advance(older)
    memory.advance(replace(LIST, size=8, root=b"s"))
    with pytest.raises(EvidenceUnavailable, match="older"):
        memory.advance(LIST)
    first = ListMemory()
    first.advance(replace(LIST, size=0, root=b""))
    first.advance(replace(LIST, size=0, root=b"r"))


@pytest.mark.parametrize(
    ("bits", "order", "values", "packed"),
    [
        (1, "lsb", [1, 0, 0, 0, 0, 0, 1, 0], 0b0100_0001),
        (1, "msb", [1, 0, 0, 0, 0, 0, 1, 0], 0b1000_0010),
        (2, "lsb", [3, 0, 1, 2], 0b10_01_00_11),
        (2, "msb", [3, 0, 1, 2], 0b11_00_01_10),
        (4, "lsb", [15, 1], 0x1F),
        (4, "msb", [15, 1], 0xF1),
        (8, "lsb", [255], 0xFF),
    ],
)
def test_entries_sit_where_the_order_says(bits: int, order: Order, values: list[int], packed: int) -> None:
    body = bytes([0, packed])
    whole = bytes(len(values)) + bytes(values)
    assert pack(whole, bits=bits, order=order) == body
    assert unpack(body, bits=bits, order=order) == whole
    assert [value_at(body, index, bits=bits, order=order) for index in range(len(whole))] == [*whole]
    for index in (-1, len(whole)):
        with pytest.raises(IndexError, match=f"index {index} is outside of a list of {len(whole)} entries"):
            value_at(body, index, bits=bits, order=order)
    if bits < 8:
        with pytest.raises(ValueError, match="does not fit"):
            pack(bytes([1 << bits] * len(values)), bits=bits, order=order)
        with pytest.raises(ValueError, match="fill whole bytes"):
            pack(whole[:-1], bits=bits, order=order)


@pytest.mark.parametrize("bits", [0, 3, 5, 16])
def test_no_other_width_is_packed(bits: int) -> None:
    for ask in (
        lambda: pack(b"", bits=bits, order="lsb"),
        lambda: unpack(b"", bits=bits, order="lsb"),
        lambda: value_at(b"\0", 0, bits=bits, order="lsb"),
    ):
        with pytest.raises(ValueError, match="bits must be one of"):
            ask()


@pytest.mark.parametrize("runs", [False, True])
def test_a_stream_is_read_whole_or_refused_for_its_fault(runs: bool) -> None:
    data = bytes(range(64)) * 4
    for wbits in (15, 31):
        stream = deflate(data, wbits=wbits, runs=runs)
        assert inflate_exactly(stream, 256, wbits=wbits) == data
        for size, damaged, words in (
            (255, stream, "more than 255 bytes"),
            (257, stream, "256 bytes instead of 257"),
            (256, stream[:-1], "truncated"),
            (256, stream[:20], "truncated"),
            (256, b"", "truncated"),
            (256, stream + b"x", "data follows"),
            (256, stream[:-1] + bytes([stream[-1] ^ 1]), "damaged"),
            (256, b"x" + stream, "damaged"),
        ):
            with pytest.raises(Malformed, match=words):
                inflate_exactly(damaged, size, wbits=wbits)


def test_runs_are_packed_for_speed_and_the_rest_for_size() -> None:
    data = b"abcdefgh" * 100
    assert len(deflate(data, wbits=15)) < 50 < len(deflate(data, wbits=15, runs=True))
    assert deflate(data, wbits=15) == zlib.compress(data, 9)
    assert deflate(data, wbits=-15) == zlib.compress(data, 9)[2:-4]
    packed = bytes(4)
    assert encode_lst(data, runs=True) != encode_lst(data)
    assert encode_list(data, runs=True) != encode_list(data)
    assert decode_list(encode_list(packed), entries=32) == packed
    assert decode_lst(encode_lst(packed), entries=16) == packed
    assert decode_lst(encode_lst(packed), bits=8, entries=4) == packed


def test_both_kinds_of_list_say_their_form() -> None:
    assert (pack_bits(b"\1" + bytes(7)), pack_statuses(b"\1" + bytes(3))) == (b"\x80", b"\1")
    assert (unpack_bits(b"\x80")[0], unpack_statuses(b"\1")[0]) == (1, 1)
    assert (bit_at(b"\x80", 0), status_at(b"\2", 0), status_at(b"\2", 1, bits=1)) == (1, 2, 1)
    bits = BitstringList(
        uri="u",
        issued_at=NOW,
        expires_at=NOW,
        size=1,
        root=b"",
        packed=b"\x40" + bytes(LIST_ENTRIES // 8 - 1),
        purpose="revocation",
    )
    assert [bits.is_set(index) for index in (0, 1, 2)] == [False, True, False]
    with pytest.raises(Malformed, match="multibase"):
        decode_list("z" + encode_list(bytes(4))[1:], entries=32)


@pytest.mark.parametrize(
    ("entries", "most"), [(32, (4 + 0 + 128) * 4 // 3 + 5), (64_000, 8_136 * 4 // 3 + 5)]
)
def test_a_bitstring_is_too_long_from_here_on(entries: int, most: int) -> None:
    with pytest.raises(Malformed, match="too long"):
        decode_list("u" + "A" * most, entries=entries)
    with pytest.raises(Malformed, match=r"damaged|canonical|truncated"):
        decode_list("u" + "A" * (most - 1), entries=entries)


@pytest.mark.parametrize(("entries", "most"), [(16, (4 + 0 + 64) * 4 // 3 + 4), (32_000, 8_072 * 4 // 3 + 4)])
def test_a_status_list_is_too_long_from_here_on(entries: int, most: int) -> None:
    with pytest.raises(Malformed, match="too long"):
        decode_lst("A" * (most + 1), entries=entries)
    with pytest.raises(Malformed, match=r"damaged|canonical|truncated"):
        decode_lst("A" * most, entries=entries)

"""The libraries of `lcert[fast]` give the standard library's answers: on odd spellings, damaged streams, every case."""

from __future__ import annotations

import random
import sys
import zlib
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from lcert_verifier import codec
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_decode, b64u_encode
from lcert_verifier.status.packing import inflate_exactly

Kind = Literal["base", "fast"]
KINDS: tuple[Kind, ...] = ("base", "fast")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = codec.name
    yield
    codec.use(before)


def by(kind: Kind, function: Any, *arguments: Any, **named: Any) -> Any:
    """What `function` returns with one kind of library, or the words of its refusal."""
    codec.use(kind)
    try:
        return function(*arguments, **named)
    except Malformed as error:
        return str(error)


def agreed(function: Any, *arguments: Any, **named: Any) -> Any:
    base, fast = (by(kind, function, *arguments, **named) for kind in KINDS)
    assert base == fast
    assert type(base) is type(fast)
    return base


def test_the_faster_libraries_are_taken_when_they_are_installed() -> None:
    assert codec.name == "fast"


def test_without_them_the_standard_library_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_FAST", False)
    with pytest.raises(ModuleNotFoundError, match="lcert\\[fast\\]"):
        codec.use("fast")
    codec.use("base")
    assert codec.inflate(zlib.compress(b"x"), 1, 15) is None
    assert codec.decode64(b"eA") == b"x"
    assert codec.decode64(b"eA****") is None


def test_a_base_install_finds_out_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setitem(sys.modules, "pybase64", None)
    spec = importlib.util.spec_from_file_location("codec_of_a_base_install", codec.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.name == "base"


@pytest.mark.parametrize("length", range(13))
def test_every_character_at_every_place_is_judged_alike(length: int) -> None:
    text = b64u_encode(bytes(range(60, 60 + length)))
    assert agreed(b64u_decode, text) == bytes(range(60, 60 + length))
    for place in range(len(text) + 1):
        for char in map(chr, [*range(256), 0x20AC]):
            agreed(b64u_decode, text[:place] + char + text[place:])
            agreed(b64u_decode, text[:place] + char + text[place + 1 :])


def streams() -> Iterator[tuple[bytes, int, int]]:
    for size in (1, 64, 700):
        for level in (0, 1, 9):
            for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED):
                for wbits in (15, 31):
                    engine = zlib.compressobj(level, zlib.DEFLATED, wbits, 8, strategy)
                    data = bytes(n * n % 7 for n in range(size))
                    yield engine.compress(data) + engine.flush(), size, wbits


STREAMS = tuple(streams())


def test_streams_are_inflated_alike_whole_cut_and_followed_by_more() -> None:
    for data, size, wbits in STREAMS:
        assert len(agreed(inflate_exactly, data, size, wbits=wbits)) == size
        for other in (data[:-1], data + b"\0", data + data[-8:], data[1:], b"", data[:2]):
            agreed(inflate_exactly, other, size, wbits=wbits)
        for wrong in (size - 1, size + 1, 0):
            agreed(inflate_exactly, data, wrong, wbits=wbits)
        agreed(inflate_exactly, data, size, wbits=46 - wbits)


def test_damaged_streams_are_judged_alike() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(4_000):
        data, size, wbits = chance.choice(STREAMS)
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 4))):
            place = chance.randrange(len(damaged))
            damaged[place] ^= 1 << chance.randrange(8)
        agreed(inflate_exactly, bytes(damaged), size, wbits=wbits)
        # with the checksum that whatever comes out of it asks for, so that not only the checksum is looked at
        if wbits == 15:
            try:
                out = zlib.decompressobj(-15).decompress(bytes(damaged[2:-4]), size + 1)
            except zlib.error:
                continue
            agreed(
                inflate_exactly, bytes(damaged[:-4]) + zlib.adler32(out).to_bytes(4, "big"), size, wbits=15
            )


NOISE = bytes(n * n * n % 251 for n in range(5_000))


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("body", [b"x", b"x" * 100, NOISE])
def test_the_base_library_inflates_exactly(body: bytes, level: int) -> None:
    codec.use("base")
    data, size = zlib.compress(body, level), len(body)
    assert inflate_exactly(data, size, wbits=15) == body
    for given, wanted, words in (
        (data, size - 1, f"more than {size - 1} bytes"),
        (data, size + 1, f"to {size} bytes instead of {size + 1}"),
        (data[:-1], size, "truncated"),
        (data[:-4], size, "truncated"),
        (data[:-5], size, "truncated"),
        (data + b"x", size, "data follows"),
        (data[:-1] + bytes([data[-1] ^ 1]), size, "damaged"),
        (b"", size, "truncated"),
        (b"zz", size, "damaged"),
        (zlib.compress(body * 2, level), size, f"more than {size} bytes"),
    ):
        with pytest.raises(Malformed, match=words):
            inflate_exactly(given, wanted, wbits=15)

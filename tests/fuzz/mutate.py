"""Mutations from a seed: of bytes, of JSON values by place and kind, always the same for the same seed."""

from __future__ import annotations

import copy
import random
from typing import Any

__all__ = ["mutate_bytes", "mutate_json"]

_BITS = (
    b'{"',
    b'":',
    b"[]",
    b"null",
    b"\\u0000",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"..",
    b"=",
    b"==",
    b".",
    b"-_",
    b"+/",
    b"IHDR",
    b"IDAT",
    b"IEND",
    b"iTXt",
    b"zTXt",
    b"openbadgecredential\0",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x80\0\0\0",
    b"<!DOCTYPE",
    b"<!ENTITY",
    b"<?xml",
    b"]]>",
    b"<openbadges:credential verify=",
    b"</svg>",
    b"&#x0;",
    b"PK\3\4",
    b"PK\1\2",
    b"PK\5\6",
    b"PK\6\7",
    b"\x1f\x8b",
    b"\x78\x9c",
    b"HTTP/1.1 ",
    b"\r\n\r\n",
    b"Content-Length: ",
    b"chunked\r\n",
    b"\xe2\x80\x94 ",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    3,
    2**31,
    2**33,
    2**53,
    2**64,
    10**40,
    0.0,
    1.0,
    -0.0,
    1.5,
    1e300,
    "",
    " ",
    "0",
    "1",
    "x",
    "\0",
    "\u202e",
    "\ud800",
    "é",
    "e\u0301",
    "x" * 301,
    "x" * 5000,
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"id": "x"},
    [1, 2, 3],
    "https://evil.example/",
    "did:web:evil.example",
    "did:web:certs.example",
    "https://certs.example",
    "2026-11-23",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "2027-11-19",
    "2026-11-20T00:00:00Z",
    "2026-11-20T00:00:00",
    "L",
    "LC-2026-0001",
    "owned",
    "fair-use",
    "company",
    "model",
    "music",
    "100",
    "0-100",
    "80-20",
    "MIT OR Apache-2.0",
    "GB",
    "XX",
    131_071,
    131_072,
    4711,
    83,
    "sha256-" + "A" * 43,
    "active.example",
    "xn--a",
    "a." * 130 + "example",
    "same-person",
    "ES256",
    "none",
    "vc+jwt",
    "lc+jwt",
)


def mutate_bytes(rng: random.Random, data: bytes, other: bytes = b"") -> bytes:
    """One to eight small changes."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(out) + 1)
        kind = rng.randrange(9)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
        elif kind == 1 and out:
            out[at % len(out)] = rng.randrange(256)
        elif kind == 2:
            out[at:at] = rng.choice(_BITS)
        elif kind == 3:
            del out[at : at + rng.choice((1, 1, 2, 4, 16, 200))]
        elif kind == 4:
            out[at:at] = out[at : at + rng.choice((1, 4, 16, 300))]
        elif kind == 5:
            del out[at:]
        elif kind == 6 and other:
            start = rng.randrange(len(other))
            out[at:at] = other[start : start + rng.choice((4, 16, 64, 1000))]
        elif kind == 7:
            end = at + rng.choice((1, 2, 4, 8))
            out[at:end] = rng.randbytes(len(out[at:end]))
        else:
            piece = rng.choice(_BITS)
            out[at : at + len(piece)] = piece
    return bytes(out)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for name, item in items:
        found += _places(item, (*path, name))
    return found


def mutate_json(rng: random.Random, value: Any) -> Any:
    """A copy with one to three members dropped, replaced, doubled, exchanged, moved or mistyped."""
    body = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = _places(body)
        if not places:
            break
        path = rng.choice(places)
        target = body
        for step in path[:-1]:
            target = target[step]
        last, kind = path[-1], rng.randrange(8)
        if kind <= 2:
            target[last] = copy.deepcopy(rng.choice(_VALUES))
        elif kind == 3:
            del target[last]
        elif kind == 4:
            _twist(rng, target, last)
        elif kind == 5:
            source = body
            for step in rng.choice(places):
                try:
                    source = source[step]
                except (KeyError, IndexError, TypeError):
                    break
            target[last] = copy.deepcopy(source)
        elif kind == 6 and isinstance(target, dict):
            target[rng.choice(("aud", "vc", "exp", "nbf", "iat", "x", "", "id", "type", "status"))] = (
                rng.choice(_VALUES)
            )
        elif isinstance(target, list):
            target.insert(0, copy.deepcopy(target[last]))
    return body


def _twist(rng: random.Random, target: Any, last: Any) -> None:
    """The same value in another form, or a little beside."""
    value = target[last]
    if isinstance(value, bool) or value is None:
        target[last] = int(bool(value))
    elif isinstance(value, int):
        target[last] = rng.choice((value + 1, value - 1, -value, float(value), str(value), value * 1000))
    elif isinstance(value, str):
        spot = rng.randrange(len(value) + 1)
        piece = rng.choice((" ", "\n", "/", ".", "0", "\u200b", "A", "a", "\u0301", "%"))
        target[last] = rng.choice(
            (
                value + piece,
                piece + value,
                value[:spot] + piece + value[spot:],
                value[:-1],
                value.upper(),
                [value],
            )
        )
    elif isinstance(value, list):
        target[last] = rng.choice(
            (value[::-1], value + value, value[:1], {"0": value}, tuple(value) and value[0] if value else "")
        )
    else:
        target[last] = rng.choice(([value], str(value), list(value) if isinstance(value, dict) else -value))

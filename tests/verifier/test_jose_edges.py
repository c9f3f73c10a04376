"""Edges of reading tokens and strict JSON: the last that is read, the first that is refused, and what is said of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from tests.verifier.test_jose import HEADER, assemble, token

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import (
    MAX_TOKEN,
    b64u_decode,
    b64u_encode,
    parse_general,
    parse_json,
    sign_compact,
    split,
)


def test_lengths_are_bounded_exactly() -> None:
    for length, fits in ((MAX_TOKEN, True), (MAX_TOKEN + 1, False)):
        for ending in ("s", "st", "stu"):
            free = length - len(assemble(b'{"alg":"ES256"}', b"", ending.encode()))
            if free % 4 == 1:
                continue
            text = assemble(
                b'{"alg":"ES256"}', b'{"a":"' + b"x" * (free * 3 // 4 - 8) + b'"}', ending.encode()
            )
            assert len(text) == length
            if fits:
                assert split(text)
            else:
                with pytest.raises(Malformed, match="longer than 65536 bytes"):
                    split(text)


def test_a_header_is_bounded_exactly() -> None:
    for size, fits in ((3_072, True), (3_073, False)):
        header = b'{"alg":"ES256","x":"' + b"y" * (size - 22) + b'"}'
        assert len(b64u_encode(header)) == (4_096 if fits else 4_098)
        if fits:
            assert split(assemble(header, b"{}"))
        else:
            with pytest.raises(Malformed, match="header is too long"):
                split(assemble(header, b"{}"))


def test_sixteen_signatures_are_the_most() -> None:
    one = {"protected": b64u_encode(b'{"alg":"x"}'), "signature": "AA"}
    for count, fits in ((1, True), (16, True), (17, False)):
        data = json.dumps({"payload": "e30", "signatures": [one] * count}).encode()
        if fits:
            general = parse_general(data, max_bytes=len(data))
            assert [each.signature for each in general.signatures] == [b"\0"] * count
            assert general.signatures[0].signing_input == f"{one['protected']}.e30".encode()
            with pytest.raises(Malformed, match="longer"):
                parse_general(data, max_bytes=len(data) - 1)
        else:
            with pytest.raises(Malformed, match="between 1 and 16"):
                parse_general(data)


def test_a_parsed_token_tells_its_parts() -> None:
    parsed = split(token(kid="k2", typ="vc+jwt"))
    assert (parsed.alg, parsed.kid, parsed.typ, parsed.body) == ("ES256", "k2", "vc+jwt", b'{"a":1}')
    assert parsed.signature == b"s" * 64
    assert (
        parsed.digest == hashlib.sha256(token(kid="k2", typ="vc+jwt").rpartition(".")[0].encode()).hexdigest()
    )
    bare = split(assemble(b'{"alg":"ES256"}', b"{}"))
    assert (bare.kid, bare.typ, bare.plain) == (None, None, None)
    odd = bare._replace(header={"alg": 7, "kid": 7, "typ": 7})
    assert (odd.alg, odd.kid, odd.typ) == ("7", None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (7, "a token is a string"),
        ("a.b", "three segments, this has 2"),
        ("a.b.c.d", "three segments, this has 4"),
        ("a..b.c", "three segments, this has 4"),
        ("\u00e9.b.c", "characters"),
        (assemble(b"[]", b"{}"), "the header is not an object"),
        (assemble(b"{", b"{}"), "the header is not JSON"),
        (assemble(b"{}", b"{}"), "names no algorithm"),
        (token(b"[]"), "the payload is not an object"),
        (token(b"{"), "the payload is not JSON"),
        (token() + "=", "the signature is not canonical base64url"),
    ],
)
def test_what_is_wrong_is_named(text: Any, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        split(text)


def test_a_payload_that_was_recognised_is_not_parsed() -> None:
    shown: list[Any] = []

    def look(header: dict[str, Any], body: bytes) -> Any:
        shown.append((header, body))
        return "plain" if body == b'{"b":1}' else None

    assert split(token(b'{"b":1}'), look)[1::4] == ({}, "plain")
    assert split(token(), look).payload == {"a": 1}
    assert shown == [(HEADER, b'{"b":1}'), (HEADER, b'{"a":1}')]


def test_a_header_handed_out_can_be_changed_without_harm() -> None:
    split(token(x="changed")).header["alg"] = "none"
    assert split(token(x="changed")).header == HEADER | {"x": "changed"}


def test_signing_spells_header_and_payload_one_way() -> None:
    keep: list[bytes] = []

    def sign(data: bytes) -> bytes:
        keep.append(data)
        return b"\xff\xfe"

    for header in ({"alg": "ES256", "kid": "ü"}, {"alg": "ES256", "crit": ["ü"]}, {"crit": ["ü"]}):
        for payload in ({"n": "ü"}, '{"n":"ü"}'.encode()):
            text = sign_compact(header, payload, sign)
            head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
            assert text == assemble(head, '{"n":"ü"}'.encode(), b"\xff\xfe")
            assert keep.pop() == text.rpartition(".")[0].encode()


def test_the_ends_of_base64url_are_exact() -> None:
    assert [b64u_decode(text) for text in ("", "AA", "AAA", "AAAA", "_-8", "_w")] == [
        b"",
        b"\0",
        b"\0\0",
        b"\0\0\0",
        b"\xff\xef",
        b"\xff",
    ]
    assert b64u_encode(b"\xff\xef\xfe") == "_-_-"
    for text in ("A", "AAAAA", "AB", "AAB", "é"):
        with pytest.raises(Malformed, match="base64url"):
            b64u_decode(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a":NaN}', "NaN is not JSON"),
        ('{"a":1e999}', "out of range"),
        ('{"a":-1e999}', "out of range"),
        ('{"a":"\\u0000"}', "holds NUL"),
        ('{"a":"\\ud800"}', "half a surrogate"),
        ("\ufeff{}", "byte-order mark"),
        ("{", "its brackets|not JSON"),
    ],
)
def test_what_is_wrong_with_json_is_named(text: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        parse_json(text.encode(), max_bytes=100)


def test_json_is_bounded_exactly() -> None:
    assert parse_json(b'{"a":[1.5]}', max_bytes=11, max_depth=2) == {"a": [1.5]}
    with pytest.raises(Malformed, match="longer than 10 bytes"):
        parse_json(b'{"a":[1.5]}', max_bytes=10)
    with pytest.raises(Malformed, match="nested deeper than 1"):
        parse_json(b'{"a":[1.5]}', max_bytes=11, max_depth=1)
    assert parse_json(b"[" * 32 + b"]" * 32, max_bytes=99)
    with pytest.raises(Malformed, match="nested deeper than 32"):
        parse_json(b"[" * 33 + b"]" * 33, max_bytes=99)
    with pytest.raises(Malformed, match="UTF-8"):
        parse_json(b'"\xff"', max_bytes=9)

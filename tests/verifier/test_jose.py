"""Reading of tokens: one spelling each, refused early, and never an exception other than Malformed."""

from __future__ import annotations

import contextlib
import json
import re
import time
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evidence import SoftKey

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import (
    MAX_TOKEN,
    b64u_decode,
    b64u_encode,
    parse_general,
    parse_json,
    sign_compact,
    split,
    verify_signature,
)
from lcert_verifier.vocabulary import Algorithm

HEADER = {"alg": "ES256", "kid": "k"}


def assemble(header: bytes, payload: bytes, signature: bytes = b"s" * 64) -> str:
    return ".".join(b64u_encode(part) for part in (header, payload, signature))


def token(payload: bytes = b'{"a":1}', **header: Any) -> str:
    return assemble(json.dumps(HEADER | header).encode(), payload)


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return ('{"a":' + opening * (depth - 1) + closing * (depth - 1) + "}").encode()


def test_a_token_is_taken_apart_and_has_a_digest() -> None:
    parsed = split(token())
    assert (parsed.header, parsed.payload, parsed.kid, parsed.typ) == (HEADER, {"a": 1}, "k", None)
    assert parsed.signing_input == token().rsplit(".", 1)[0].encode()
    assert len(parsed.digest) == 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "not a token",
        "Bearer " + token(),
        token() + "\n",
        " " + token(),
        token().replace(".", " .", 1),
        token() + "=",
        token().replace(".", "=.", 1),
        token().replace(".", "\u200b.", 1),
        token().replace("e", "\u0435", 1),
        token() + "\0",
        token()[:-1] + "+",
        token()[:-1] + "/",
        "💥" * 100,
    ],
    ids=repr,
)
def test_a_string_of_another_form_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        split(text)


@pytest.mark.parametrize(
    "header", [b"[]", b'"x"', b"1", b"null", b"{}", b'{"alg":1}', b'{"alg":null}', b"", b"{"]
)
def test_a_header_that_is_no_header_is_malformed(header: bytes) -> None:
    with pytest.raises(Malformed):
        split(assemble(header, b"{}"))


@pytest.mark.parametrize("name", ["kid", "typ", "cty"])
@pytest.mark.parametrize("value", [1, None, [], {}, True, ["k"]], ids=repr)
def test_a_header_member_of_the_wrong_type_is_malformed(name: str, value: Any) -> None:
    with pytest.raises(Malformed):
        split(token(**{name: value}))


@pytest.mark.parametrize("name", ["crit", "b64", "zip", "enc"])
@pytest.mark.parametrize("value", [[], ["exp"], False, True, "DEF", None], ids=repr)
def test_headers_that_change_the_reading_are_refused(name: str, value: Any) -> None:
    with pytest.raises(Malformed, match=name):
        split(token(**{name: value}))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"o":{"a":1,"a":1}}',
        b'{"o":[{"p":{"a":1,"b":2,"a":1}}]}',
    ],
)
def test_a_name_given_twice_at_any_depth_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        split(token(payload))


def test_a_header_name_given_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="twice"):
        split(assemble(b'{"alg":"ES256","alg":"none"}', b"{}"))


@pytest.mark.parametrize(
    "payload",
    [
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-le"),
        '{"a":1}'.encode("utf-32"),
        b'{"a":"\xff"}',
        b'{"a":"\xc0\x80"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"\\ud83d":1}',
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\0"}',
        b'{"a":1}\0',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":01}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":1} {}',
        b'{"a":1}//',
        b'{"a":"\n"}',
        b"[]",
        b"null",
        b"true",
        b"1",
        b'"a"',
        b"",
    ],
    ids=repr,
)
def test_what_is_not_strict_json_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        split(token(payload))


def test_a_surrogate_pair_and_an_escaped_backslash_are_read() -> None:
    assert split(token(b'{"a":"\\ud83d\\ude00","b":"\\\\u0000 \\\\ud800"}')).payload == {
        "a": "😀",
        "b": "\\u0000 \\ud800",
    }


@pytest.mark.parametrize(
    ("opening", "closing", "levels"),
    [
        ("[", "]", 1),
        ('{"a":', "}", 1),
        ('["]",', "]", 1),
        ('["]}",', ',"[{"]', 1),
        ('["\\"]",', "]", 1),
        ('{"[":[', "]}", 2),
        ('[[],{"]":[', "]}]", 3),
    ],
)
def test_nesting_is_bounded_whatever_the_strings_hold(opening: str, closing: str, levels: int) -> None:
    def body(times: int) -> bytes:
        return ('{"a":' + opening * times + "1" + closing * times + "}").encode()

    fits = 31 // levels
    assert split(token(body(fits)))
    with pytest.raises(Malformed, match="nested"):
        split(token(body(fits + 1)))


def test_brackets_inside_strings_are_not_nesting() -> None:
    text = json.dumps({"a": ["[" * 40, "{" * 40, "}" * 3], "b": '"[' * 40})
    assert split(token(text.encode())).payload == json.loads(text)


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


AWKWARD = st.text(st.sampled_from('[]{}",:\\aé'), max_size=6)


@given(
    st.recursive(
        AWKWARD,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(AWKWARD, inner, max_size=4),
        max_leaves=30,
    ).filter(lambda value: not isinstance(value, str)),
    st.booleans(),
)
def test_depth_is_counted_exactly_whatever_the_strings_hold(value: Any, escaped: bool) -> None:
    data, depth = json.dumps(value, ensure_ascii=escaped).encode(), depth_of(value)
    assert parse_json(data, max_bytes=100_000, max_depth=depth) == value
    brackets = sum(data.count(char) for char in (b"[", b"{"))
    if brackets > depth - 1:
        with pytest.raises(Malformed):
            parse_json(data, max_bytes=100_000, max_depth=depth - 1)


@pytest.mark.parametrize("depth", [33, 100, 5_000, 20_000])
def test_deep_nesting_is_refused_before_it_is_parsed(depth: int) -> None:
    with pytest.raises(Malformed, match="nested"):
        split(token(nested(depth)))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":"' + b"[" * 45_000 + b'"}',
        b'"' * 45_000,
        b'\\"' * 22_000,
        b'{"a":' + b'"\\' * 20_000,
        b"[" * 40 + b'\\"[' * 14_000,
        b'{"a":"' + b"\\u0061" * 7_000 + b'"}',
    ],
    ids=["brackets", "quotes", "escaped-quotes", "unterminated", "mixed", "escapes"],
)
def test_awkward_text_of_full_size_costs_little(payload: bytes) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(Malformed):
        split(token(payload))
    assert time.perf_counter() - begun < 0.5


def test_a_token_over_64_kib_is_refused_at_once() -> None:
    begun = time.perf_counter()
    with pytest.raises(Malformed, match="longer"):
        split(token(b'{"a":"' + b"x" * 10_000_000 + b'"}'))
    with pytest.raises(Malformed, match="longer"):
        split("a" * (MAX_TOKEN + 1))
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    "text", ["QQ==", "QQ=", "QR", "Q", "QUJDR", "QUI=", "Q Q", "QQ\n", "+/+/", "é", "QUJ="]
)
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        b64u_decode(text)


@given(st.binary(max_size=200))
def test_base64url_comes_back_as_it_was(data: bytes) -> None:
    assert b64u_decode(b64u_encode(data)) == data


@given(st.text(max_size=60))
def test_a_text_is_base64url_of_one_thing_only(text: str) -> None:
    try:
        data = b64u_decode(text)
    except Malformed:
        return
    assert b64u_encode(data) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5), inner, max_size=4
            )
        ),
        max_leaves=20,
    ).map(lambda value: {"a": value}),
    st.booleans(),
)
def test_ordinary_json_is_read_as_the_standard_library_reads_it(value: Any, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    if "\\u0000" not in text:
        assert parse_json(text.encode(), max_bytes=1_000_000) == value


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for read in (lambda: parse_json(data, max_bytes=200), lambda: parse_general(data)):
        with contextlib.suppress(Malformed):
            read()


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(Malformed):
        split(text)


@pytest.mark.parametrize("alg", list(Algorithm))
def test_what_is_signed_verifies_and_nothing_near_it_does(alg: Algorithm) -> None:
    key, other = SoftKey(alg), SoftKey(alg)
    text = sign_compact({"alg": alg.value}, {"name": "Grünwald 日本"}, key.sign)
    parsed = split(text)
    assert parsed.payload == {"name": "Grünwald 日本"}
    assert verify_signature(parsed, key.public_key)
    assert not verify_signature(parsed, other.public_key)
    for position in range(0, len(parsed.signature), 7):
        damaged = bytearray(parsed.signature)
        damaged[position] ^= 1
        assert not key.public_key.verify(parsed.signing_input, bytes(damaged))
    for cut in (b"", parsed.signature[:-1], parsed.signature + b"\0", parsed.signature * 2):
        assert not key.public_key.verify(parsed.signing_input, cut)


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "HS256", "RS256", "ES384", "es256", "ES256K", ""]
)
def test_the_header_cannot_choose_the_algorithm(alg: str) -> None:
    key = SoftKey()
    assert not verify_signature(split(sign_compact({"alg": alg}, {}, key.sign)), key.public_key)


def test_a_general_serialisation_keeps_its_signatures_apart() -> None:
    keys = [SoftKey(), SoftKey(Algorithm.ED25519)]
    payload = b64u_encode(b'{"a":1}')
    entries = []
    for key in keys:
        protected = b64u_encode(json.dumps({"alg": key.alg.value}).encode())
        entries.append(
            {"protected": protected, "signature": b64u_encode(key.sign(f"{protected}.{payload}".encode()))}
        )
    general = parse_general(json.dumps({"payload": payload, "signatures": entries}).encode())
    assert general.payload == b'{"a":1}'
    for found, key in zip(general.signatures, keys, strict=True):
        assert verify_signature(found, key.public_key)
    assert not verify_signature(general.signatures[0], keys[1].public_key)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"payload": "e30"},
        {"payload": "e30", "signatures": []},
        {"payload": 1, "signatures": [{}]},
        {"payload": "e30", "signatures": [1]},
        {"payload": "e30", "signatures": [{"protected": 1, "signature": ""}]},
        {"payload": "e30", "signatures": [{"protected": "e30", "signature": ""}]},
        {"payload": "é", "signatures": [{"protected": b64u_encode(b'{"alg":"x"}'), "signature": ""}]},
        {
            "payload": "e30",
            "signatures": [{"protected": b64u_encode(b'{"alg":"x","crit":[]}'), "signature": ""}],
        },
        {"payload": "e30", "signatures": [{"protected": "e30", "signature": ""}] * 17},
    ],
    ids=repr,
)
def test_another_form_is_no_general_serialisation(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_general(json.dumps(value).encode())


def test_base64url_keeps_its_last_letter() -> None:
    ends = {b64u_encode(bytes([0, 0, number]))[-1] for number in range(64)}
    assert len(ends) == 64


def test_dots_are_counted_wherever_they_are() -> None:
    for text in ("a..b.c", "a.b..c", "..."):
        with pytest.raises(Malformed, match="this has 4"):
            split(text)


def test_a_payload_that_is_recognised_is_not_parsed() -> None:
    found = re.match(rb".*", b"x")
    seen: list[tuple[Any, bytes]] = []

    def look(header: dict[str, Any], body: bytes) -> Any:
        seen.append((header, body))
        return found

    parsed = split(token(), look)
    assert (parsed.payload, parsed.plain, parsed.body, seen) == (
        {},
        found,
        b'{"a":1}',
        [(HEADER, b'{"a":1}')],
    )
    assert split(token(), lambda header, body: None).payload == {"a": 1}


@pytest.mark.parametrize(
    "value",
    [
        [{"a": "b"}] * 40,
        ['"["'] * 40,
        ["[{"] * 40,
        [{"a": ['"', "]"]}] * 20,
        [[]] * 31,
        ["\\"] * 40 + [[]] * 40,
    ],
    ids=count(),
)
def test_many_brackets_are_not_many_levels(value: Any) -> None:
    assert parse_json(json.dumps(value).encode(), max_bytes=10_000) == value


@pytest.mark.parametrize(
    "data", [b'["\xff\\"' + b"[]" * 40, b'"\xff"' + b"[]" * 40, b"[" * 33, b"]" * 33, b"[}" * 40]
)
def test_brackets_that_do_not_match_are_refused_whatever_is_between(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_json(data, max_bytes=10_000)

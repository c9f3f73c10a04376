"""Reading of keys: what must not verify signatures is refused when it is loaded."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evidence import SoftKey

from lcert_verifier import codec
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_decode, b64u_encode
from lcert_verifier.jwk import parse_jwk, parse_jwks, thumbprint_of
from lcert_verifier.vocabulary import Algorithm

P256, P384, ED = (SoftKey(alg) for alg in (Algorithm.ES256, Algorithm.ES384, Algorithm.ED25519))
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P25519 = 2**255 - 19


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert parse_jwk(jwk).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("key", [P256, P384, ED], ids=lambda key: key.alg.value)
def test_a_key_comes_back_from_its_json(key: SoftKey) -> None:
    again = parse_jwk(json.loads(json.dumps(key.public_key.to_json("a kid"))))
    assert again == key.public_key
    assert (again.alg, again.to_json()) == (key.alg, key.public_key.to_json())
    assert "key=" not in repr(again)


@pytest.mark.parametrize(
    "changes",
    [
        {"d": "AA"},
        {"k": "AA"},
        {"p": None},
        {"use": "enc"},
        {"use": None},
        {"key_ops": ["sign"]},
        {"key_ops": ["verify", "sign"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"key_ops": ["encrypt"]},
        {"key_ops": [[]]},
        {"alg": "ES384"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": None},
        {"alg": []},
        {"kty": "oct"},
        {"kty": "RSA"},
        {"kty": None},
        {"kty": ["EC"]},
        {"kty": "OKP"},
        {"crv": "P-521"},
        {"crv": "secp256k1"},
        {"crv": {}},
        {"crv": 256},
        {"x": None},
        {"x": 1},
        {"x": ""},
        {"x": "AA"},
        {"x": P256.jwk["x"] + "="},
        {"x": P256.jwk["x"] + "AA"},
        {"x": "*" * 43},
        {"x": "é" * 43},
        {"x": P384.jwk["x"]},
        {"y": P256.jwk["x"]},
        {"y": []},
        {"x": b64u_encode(bytes(32)), "y": b64u_encode(bytes(32))},
        {"x": b64u_encode(b"\xff" * 32)},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_a_key_that_must_not_verify_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_jwk({**P256.jwk, **changes})


def test_an_ed25519_key_has_no_second_coordinate() -> None:
    with pytest.raises(Malformed, match="has no y"):
        parse_jwk({**ED.jwk, "y": ED.jwk["x"]})


@pytest.mark.parametrize("missing", ["kty", "crv", "x", "y"])
def test_a_key_with_a_member_missing_is_refused(missing: str) -> None:
    with pytest.raises(Malformed):
        parse_jwk({name: value for name, value in P256.jwk.items() if name != missing})


@pytest.mark.parametrize("value", [None, 1, "key", [], [{}], True], ids=repr)
def test_what_is_no_object_is_no_key(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_jwk(value)


@pytest.mark.parametrize("bits", [1024, 2048])
def test_rsa_keys_are_refused_strong_or_weak(bits: int) -> None:
    numbers = rsa.generate_private_key(65537, max(bits, 1024)).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": b64u_encode(numbers.n.to_bytes(bits // 8, "big")), "e": "AQAB", "alg": "RS256"}
    with pytest.raises(Malformed):
        parse_jwk(jwk)


def test_ed448_is_refused() -> None:
    x = ed448.Ed448PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(Malformed):
        parse_jwk({"kty": "OKP", "crv": "Ed448", "x": b64u_encode(x), "alg": "EdDSA"})
    with pytest.raises(Malformed):
        parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(x[:32] + b"\xff" * 25)})


SMALL_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
"""y of the points of order 8; the other one is its negative."""


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, P25519 - 1, P25519, P25519 + 1, SMALL_Y, P25519 - SMALL_Y])
def test_ed25519_points_of_small_order_are_refused(y: int, sign: int) -> None:
    encoded = (y | sign << 255).to_bytes(32, "little")
    with pytest.raises(Malformed):
        parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(encoded)})


def test_an_ed25519_key_off_the_curve_is_refused() -> None:
    refused = 0
    for y in range(2, 12):
        try:
            parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(y.to_bytes(32, "little"))})
        except Malformed:
            refused += 1
    assert 0 < refused < 10


def test_many_real_ed25519_keys_are_read() -> None:
    for _ in range(20):
        SoftKey(Algorithm.ED25519)


def signature(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_signatures_with_r_or_s_out_of_range_are_refused() -> None:
    good = P256.sign(b"data")
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    for bad in ((0, 0), (0, s), (r, 0), (N256, s), (r, N256), (N256, N256), (r, N256 + 1)):
        assert not P256.public_key.verify(b"data", signature(*bad))
    assert P256.public_key.verify(b"data", good)


def test_a_der_signature_is_refused() -> None:
    der = P256.private.sign(b"data", ec.ECDSA(hashes.SHA256()))
    assert not P256.public_key.verify(b"data", der)
    padded = der + bytes(64)
    assert not P256.public_key.verify(b"data", padded[:64])
    assert encode_dss_signature(*decode_dss_signature(der)) == der


def test_the_other_form_of_an_ecdsa_signature_is_the_same_signature() -> None:
    good = P256.sign(b"data")
    mirrored = signature(int.from_bytes(good[:32], "big"), N256 - int.from_bytes(good[32:], "big"))
    assert P256.public_key.verify(b"data", mirrored)


def test_one_bad_key_does_not_take_the_set_down() -> None:
    jwks = {
        "keys": [
            {**P256.jwk, "kid": "a"},
            {**P384.jwk, "kid": "b", "d": "AA"},
            {**ED.jwk, "kid": "c"},
            P384.jwk,
            {**P384.jwk, "kid": 7},
            None,
            17,
            {"kty": {}},
        ]
    }
    entries, problems = parse_jwks(jwks)
    assert [entry.kid for entry in entries] == ["a", "c"]
    assert len(problems) == 6


def test_a_kid_given_twice_names_no_key() -> None:
    entries, problems = parse_jwks(
        {"keys": [{**P256.jwk, "kid": "a"}, {**P384.jwk, "kid": "a"}, {**ED.jwk, "kid": "b"}, {"kid": "b"}]}
    )
    assert entries == []
    assert any("2 times" in problem for problem in problems)


@pytest.mark.parametrize(
    "value", [None, [], {}, {"keys": {}}, {"keys": None}, {"keys": [{}] * 1001}], ids=str
)
def test_what_is_no_set_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_jwks(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "alg", "use", "key_ops", "kid", "d"]), ANYTHING)
)
def test_no_key_raises_anything_else(changes: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        parse_jwk({**P256.jwk, **changes})
    parse_jwks({"keys": [{**ED.jwk, **changes}]})


@given(st.binary(min_size=32, max_size=32))
def test_no_ed25519_bytes_raise_anything_else(data: bytes) -> None:
    try:
        key = parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(data)})
    except Malformed:
        return
    assert b64u_decode(dict(key.members)["x"]) == data


@pytest.mark.parametrize("library", ["base", "fast"])
@pytest.mark.parametrize("key", [P256, P384, ED], ids=lambda key: key.alg.value)
def test_a_signature_is_one_or_not_by_either_library(key: SoftKey, library: Literal["base", "fast"]) -> None:
    before = codec.name
    codec.use(library)
    try:
        good = key.sign(b"data")
        assert key.public_key.verify(b"data", good) is True
        assert key.public_key.verify(b"datum", good) is False
        for bad in (good[:-1], good + b"\0", b"", bytes(len(good)), b"\xff" * len(good)):
            assert key.public_key.verify(b"data", bad) is False
    finally:
        codec.use(before)


def test_a_thumbprint_keeps_its_last_letter() -> None:
    ends = {thumbprint_of({"x": str(number)})[-1] for number in range(400)}
    assert ends == set("AEIMQUYcgkosw048")

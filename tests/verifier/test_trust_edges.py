"""Edges of reading keys and trust: the last that is read, the first that is refused, and what is said of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.evidence import NOW, SoftKey, World, instant, make_world
from tests.verifier.test_jwk import ED, P256, P384, P25519
from tests.verifier.test_trust import read

from lcert_verifier.errors import Malformed, TrustError
from lcert_verifier.jose import b64u_decode, b64u_encode
from lcert_verifier.jwk import parse_jwk, parse_jwks
from lcert_verifier.trust import Trust
from lcert_verifier.vocabulary import KeyPurpose


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_set_and_a_kid_are_bounded_exactly() -> None:
    entries, problems = parse_jwks({"keys": [{**ED.jwk, "kid": "k" * 512}, *([{}] * 999)]})
    assert (len(entries), len(problems)) == (1, 999)
    assert problems[0] == "keys[1]: the key is not P-256, P-384 or Ed25519"
    for kid in ("", "k" * 513):
        assert parse_jwks({"keys": [{**ED.jwk, "kid": kid}]}) == ([], ["keys[0]: the key has no kid"])
    assert [entry.kid for entry in parse_jwks({"keys": [{**ED.jwk, "kid": "k"}]})[0]] == ["k"]


def test_a_kid_is_told_as_often_as_it_appears() -> None:
    keys = [{**P256.jwk, "kid": "b"}] * 3 + [{**P256.jwk, "kid": "a"}] * 2 + [{**ED.jwk, "kid": "c"}]
    entries, problems = parse_jwks({"keys": keys})
    assert [entry.kid for entry in entries] == ["c"]
    assert problems == ["the kid 'a' appears 2 times", "the kid 'b' appears 3 times"]


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_no_private_member_gets_in(name: str) -> None:
    with pytest.raises(Malformed, match="private"):
        parse_jwk({**P256.jwk, name: "AA"})


@pytest.mark.parametrize("key", [P256, P384, ED], ids=lambda key: key.alg.value)
def test_a_key_may_say_what_it_is_for(key: SoftKey) -> None:
    said = {"alg": key.alg.value, "use": "sig", "key_ops": ["verify"]}
    read = parse_jwk(key.jwk | said)
    assert read == key.public_key
    assert read.to_json() == key.jwk | {"alg": key.alg.value, "use": "sig"}
    assert read.to_json("k") == {"kid": "k", **read.to_json()}
    assert read.raw() == b64u_decode(key.jwk["x"])
    assert [name for name, _ in read.members] == sorted(name for name, _ in read.members)
    assert read.verify(b"data", key.sign(b"data"))
    assert not read.verify(b"other", key.sign(b"data"))


@pytest.mark.parametrize(
    ("jwk", "words"),
    [
        (None, "an object"),
        (P256.jwk | {"crv": "P-384"}, "x is not 48 bytes"),
        (P256.jwk | {"alg": "ES384"}, "alg is not ES256"),
        (P256.jwk | {"use": "enc"}, "not for signatures"),
        (P256.jwk | {"key_ops": ["sign"]}, "key_ops"),
        (P256.jwk | {"x": "*" * 43}, "x is not base64url"),
        (P256.jwk | {"y": 7}, "y is not base64url"),
        (P256.jwk | {"x": "A" * 42}, "x is not 32 bytes"),
        (P256.jwk | {"x": "A" * 44}, "x is not 32 bytes"),
        (P256.jwk | {"x": "A" * 42 + "B"}, "x is not 32 bytes"),
        (P256.jwk | {"x": "A" * 43}, "not a point of its curve"),
        (ED.jwk | {"y": "A" * 43}, "has no y"),
    ],
)
def test_what_is_wrong_with_a_key_is_named(jwk: Any, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        parse_jwk(jwk)


@pytest.mark.parametrize(
    ("encoded", "words"),
    [
        (P25519, "not canonically encoded"),
        (P25519 + 1, "not canonically encoded"),
        (P25519 - 1, "small order"),
        (1, "small order"),
        (0, "small order"),
        (1 | 1 << 255, "not a point of the curve"),
        (P25519 - 1 | 1 << 255, "not a point of the curve"),
        (2, "not a point of the curve"),
    ],
)
def test_edges_of_ed25519_points(encoded: int, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(encoded.to_bytes(32, "little"))})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2**53}, "version"),
        ({"version": 0}, "version"),
        ({"iat": instant(NOW), "exp": instant(NOW)}, "limited to 400 days"),
        ({"iat": instant(NOW), "exp": instant(NOW) + 400 * 86_400 + 1}, "limited to 400 days"),
        ({"iat": 2**33 + 1}, "iat is not a time"),
        ({"iat": -1}, "iat is not a time"),
        ({"iat": True}, "iat is not a time"),
        ({"exp": None}, "limited"),
        ({"name": 7}, "name the issuer"),
        ({"issuer": None}, "name the issuer"),
        ({"base_url": "https://other.example"}, "base URL"),
        ({"roots": {}}, "no roots"),
        ({"keys": "all"}, "no keys"),
    ],
)
def test_the_edge_beyond_which_a_statement_is_refused(
    world: World, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(TrustError, match=words):
        read(world, world.trust_bytes(**changes))


def test_the_edge_up_to_which_a_statement_is_read(world: World) -> None:
    assert read(world, world.trust_bytes(version=2**53 - 1)).version == 2**53 - 1
    longest = read(world, world.trust_bytes(iat=instant(NOW), exp=instant(NOW) + 400 * 86_400))
    assert longest.expires_at == NOW + timedelta(days=400)
    assert read(world, world.trust_bytes(iat=instant(NOW) + 60))
    with pytest.raises(TrustError, match="future"):
        read(world, world.trust_bytes(iat=instant(NOW) + 61))
    with pytest.raises(TrustError, match="expired on"):
        read(world, world.trust_bytes(exp=instant(NOW)))
    assert read(world, world.trust_bytes(exp=instant(NOW) + 1))
    others = [SoftKey().public_key.to_json() for _ in range(8)]
    eight = [world.root.public_key.to_json(), *others[:7]]
    assert len(read(world, world.trust_bytes(roots=eight)).roots) == 8
    with pytest.raises(TrustError, match="no roots"):
        read(world, world.trust_bytes(roots=[*eight, others[7]]))
    assert len(read(world, world.trust_bytes(keys=[{}] * 1_000)).problems) == 1_000


def test_each_problem_names_its_entry_and_the_rest_is_read(world: World) -> None:
    keys = world.statement()["keys"]
    wrong = [keys[0], keys[1], 7, world.entry(world.root, "issuer"), keys[1]]
    trust = read(world, world.trust_bytes(keys=wrong))
    assert list(trust.keys) == [keys[0]["kid"]]
    assert trust.problems == (
        "keys[2]: a key is an object",
        "keys[3]: the key is a root",
        f"{keys[1]['kid']} appears twice",
    )


@pytest.mark.parametrize(
    ("change", "whole"),
    [
        ({}, True),
        ({"since": 0}, True),
        ({"since": 7}, True),
        ({"since": 8}, False),
        ({"size": 2**53 - 1}, True),
        ({"size": 2**53}, False),
        ({"since": None, "size": None}, False),
        ({"root": "A" * 42}, False),
        ({"root": 7}, False),
        ({"root": "A" * 42 + "*"}, False),
        ({"state": "retired"}, False),
    ],
    ids=repr,
)
def test_the_edges_of_an_anchor(world: World, change: dict[str, Any], whole: bool) -> None:
    anchor = {"since": 3, "size": 7, "root": b64u_encode(bytes(32)), "compromised_at": instant(NOW)}
    entry = world.entry(world.issuing, "issuer", "compromised", **anchor) | change
    found = read(world, world.trust_bytes(keys=[entry])).find(entry["kid"])
    assert found is not None
    expected = (entry["since"], entry["size"], bytes(32)) if whole else (None, None, None)
    assert (found.since, found.size, found.root) == expected


def test_times_of_a_key_are_read_up_to_their_edge(world: World) -> None:
    entry = world.entry(world.issuing, "issuer", "retired", promoted_at=0, retired_at=2**33)
    found = read(world, world.trust_bytes(keys=[entry])).find(entry["kid"])
    assert found is not None
    assert (found.promoted_at, found.retired_at, found.compromised_at) == (
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime.fromtimestamp(2**33, UTC),
        None,
    )
    for value in (-1, 2**33 + 1, True, "0"):
        trust = read(world, world.trust_bytes(keys=[entry | {"retired_at": value}]))
        assert trust.problems == ("keys[0]: retired_at is not a time in seconds",)


def test_a_set_of_keys_has_an_issuer_a_name_and_purposes(world: World) -> None:
    kid = f"{world.issuer}#{world.issuing.thumbprint}"
    status = frozenset({KeyPurpose.STATUS})
    method = {
        "id": kid,
        "type": "JsonWebKey2020",
        "controller": world.issuer,
        "publicKeyJwk": world.issuing.jwk,
    }
    document = {"id": world.issuer, "assertionMethod": [method]}
    for trust in (
        Trust.pinned(world.issuer, [world.issuing.jwk], purposes=status, name="N"),
        Trust.from_jwks(
            world.issuer, {"keys": [world.issuing.jwk | {"kid": kid}]}, purposes=status, name="N"
        ),
        Trust.from_did_document(document, purposes=status, name="N"),
        Trust.from_did_document(json.dumps(document).encode(), purposes=status, name="N"),
    ):
        assert (trust.issuer, trust.base_url, trust.name) == (world.issuer, world.base_url, "N")
        assert (trust.version, trust.problems, list(trust.keys)) == (0, (), [kid])
        assert trust.find_thumbprint(world.issuing.thumbprint) is trust.find(kid)
        assert trust.keys[kid].purposes == status
    assert Trust.from_did_document(document).name == world.issuer


def test_a_did_document_has_lists_of_a_thousand_methods_at_most(world: World) -> None:
    kid = f"{world.issuer}#k"
    method = {"id": "#k", "type": "JsonWebKey", "controller": world.issuer, "publicKeyJwk": world.issuing.jwk}
    document = {"id": world.issuer, "verificationMethod": [method], "assertionMethod": [kid] * 999}
    assert list(Trust.from_did_document(document).keys) == [kid]
    for changes in (
        {"assertionMethod": [kid] * 1_000},
        {"assertionMethod": {}},
        {"verificationMethod": None},
        {"id": 7},
    ):
        with pytest.raises(TrustError, match=r"list of methods|another subject"):
            Trust.from_did_document(document | changes)
    with pytest.raises(TrustError):
        Trust.from_did_document(document | {"verificationMethod": [method | {"publicKeyJwk": 7}]})

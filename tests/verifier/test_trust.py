"""Trust: only what the pinned root vouches for, never an older version, each key for its purpose."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.evidence import NOW, SoftKey, World, instant, make_world

from lcert_verifier.errors import Malformed, RollbackError, TrustError
from lcert_verifier.jose import b64u_encode
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState


@pytest.fixture
def world() -> World:
    return make_world()


def read(world: World, data: bytes, **options: Any) -> Trust:
    return read_trust(data, **{"pin": world.root.thumbprint, "now": world.now, **options})


def test_a_statement_signed_by_the_pinned_root_is_read(world: World) -> None:
    trust = read(world, world.trust_bytes())
    assert (trust.issuer, trust.base_url, trust.version) == (world.issuer, world.base_url, 1)
    assert trust.roots == (world.root.thumbprint,)
    kid = f"{world.issuer}#{world.issuing.thumbprint}"
    found = trust.find(kid)
    assert found is not None
    assert (found.purposes, found.state) == (frozenset({KeyPurpose.ISSUER}), KeyState.ACTIVE)
    assert trust.find_thumbprint(world.issuing.thumbprint) is found
    assert [entry.thumbprint for entry in trust.keys_for(KeyPurpose.STATUS)] == [world.status.thumbprint]


def test_keys_are_found_by_exact_comparison_only(world: World) -> None:
    trust = world.trust()
    kid = f"{world.issuer}#{world.issuing.thumbprint}"
    for near in ("", "#", kid + " ", kid.upper(), kid[:-1], kid + "/../x", "' OR 1=1 --", "../../etc/passwd"):
        assert trust.find(near) is None
        assert trust.find_thumbprint(near) is None
    assert trust.find_thumbprint(kid) is None


def test_without_a_pin_the_statement_vouches_for_itself(world: World) -> None:
    assert read(world, world.trust_bytes(), pin=None).version == 1
    with pytest.raises(TrustError, match="own root"):
        read(world, world.trust_bytes(world.stranger), pin=None)


@pytest.mark.parametrize(
    "forge",
    [
        lambda w: w.trust_bytes(w.stranger),
        lambda w: w.trust_bytes(w.issuing),
        lambda w: w.trust_bytes(w.stranger, roots=[w.stranger.public_key.to_json()]),
        lambda w: w.trust_bytes(w.stranger, header={"kid": w.root.thumbprint}),
        lambda w: w.trust_bytes(w.stranger, header={"jwk": w.stranger.jwk}),
        lambda w: w.trust_bytes(header={"alg": "none"}),
        lambda w: w.trust_bytes(header={"alg": "HS256"}),
        lambda w: w.trust_bytes(header={"typ": "JWT"}),
        lambda w: w.trust_bytes(header={"crit": ["exp"]}),
        lambda w: w.trust_bytes(header={"kid": None}),
        lambda w: w.trust_bytes()[:-10],
        lambda w: b"",
        lambda w: b"null",
        lambda w: b"\xff" * 100,
    ],
)
def test_what_the_pinned_root_did_not_sign_is_refused(world: World, forge: Any) -> None:
    with pytest.raises(TrustError):
        read(world, forge(world))


def test_no_changed_payload_is_believed(world: World) -> None:
    document = json.loads(world.trust_bytes())
    document["payload"] = b64u_encode(json.dumps(world.statement(version=9)).encode())
    with pytest.raises(TrustError):
        read(world, json.dumps(document).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"version": True},
        {"version": 1.5},
        {"version": "1"},
        {"iat": None},
        {"iat": "0"},
        {"exp": instant(NOW) + 401 * 86_400},
        {"exp": instant(NOW) - 2 * 86_400},
        {"exp": 2**40},
        {"issuer": "did:web:other.example"},
        {"issuer": "did:web:CERTS.example"},
        {"base_url": "https://certs.example/"},
        {"base_url": "http://certs.example"},
        {"base_url": 1},
        {"name": None},
        {"roots": []},
        {"roots": "all"},
        {"roots": [{}]},
        {"keys": None},
        {"keys": {}},
        {"keys": [{}] * 1001},
    ],
    ids=repr,
)
def test_a_statement_of_another_form_is_refused_though_signed(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        read(world, world.trust_bytes(**changes))


def test_a_statement_expires_and_is_not_from_the_future(world: World) -> None:
    data = world.trust_bytes()
    assert read(world, data, now=NOW + timedelta(days=299))
    with pytest.raises(TrustError, match="expired"):
        read(world, data, now=NOW + timedelta(days=300))
    with pytest.raises(TrustError, match="future"):
        read(world, data, now=NOW - timedelta(days=2))


@pytest.mark.parametrize("entry", [None, 1, [], {}, "key"], ids=repr)
def test_one_bad_entry_does_not_take_the_others_down(world: World, entry: Any) -> None:
    keys = world.statement()["keys"]
    trust = read(world, world.trust_bytes(keys=[entry, *keys]))
    assert len(trust.keys) == 3
    assert len(trust.problems) == 1


def test_entries_that_would_blur_who_signs_what_are_left_out(world: World) -> None:
    bad = [
        world.entry(world.stranger, "root"),
        world.entry(world.stranger, "everything"),
        world.entry(world.stranger, "issuer", state="fine"),
        world.entry(world.stranger, "log"),
        world.entry(world.root, "issuer"),
        world.entry(world.stranger, "issuer") | {"kid": f"did:web:other.example#{world.stranger.thumbprint}"},
        world.entry(world.stranger, "issuer") | {"kid": world.stranger.thumbprint},
        world.entry(world.stranger, "issuer") | {"jwk": {**world.stranger.jwk, "d": "AA"}},
        world.entry(world.stranger, "issuer", promoted_at="yesterday"),
    ]
    trust = read(world, world.trust_bytes(keys=bad))
    assert not trust.keys
    assert len(trust.problems) == len(bad)


def test_a_key_listed_twice_is_no_key(world: World) -> None:
    twice = [world.entry(world.issuing, "issuer"), world.entry(world.issuing, "status")]
    assert not read(world, world.trust_bytes(keys=twice)).keys


def test_an_older_version_is_refused(world: World) -> None:
    seen = read(world, world.trust_bytes(version=5))
    assert read(world, world.trust_bytes(version=5), previous=seen).version == 5
    assert read(world, world.trust_bytes(version=6), previous=seen).version == 6
    with pytest.raises(RollbackError):
        read(world, world.trust_bytes(version=4), previous=seen)


def test_two_statements_of_one_version_are_refused_unless_they_say_the_same(world: World) -> None:
    seen = read(world, world.trust_bytes())
    assert read(world, world.trust_bytes(iat=instant(NOW) - 5), previous=seen)
    with pytest.raises(RollbackError, match="different"):
        read(world, world.trust_bytes(keys=[]), previous=seen)


def test_another_issuers_statement_does_not_follow(world: World) -> None:
    other = make_world(base_url="https://other.example")
    with pytest.raises(TrustError, match="another issuer"):
        read(world, other.trust_bytes(version=2), previous=read(world, world.trust_bytes()))


class TestReplacingTheRoot:
    new = SoftKey()

    def successor(self, world: World, *signers: SoftKey, **options: Any) -> bytes:
        return world.trust_bytes(*signers, version=2, roots=[self.new.public_key.to_json()], **options)

    def test_old_and_new_sign_the_version_that_does_it(self, world: World) -> None:
        first = read(world, world.trust_bytes())
        second = read(world, self.successor(world, world.root, self.new), previous=first)
        assert second.roots == (self.new.thumbprint,)
        third = world.trust_bytes(self.new, version=3, roots=[self.new.public_key.to_json()])
        assert read(world, third, pin=self.new.thumbprint, previous=second).version == 3

    def test_one_of_them_alone_does_not(self, world: World) -> None:
        first = read(world, world.trust_bytes())
        for signer in (world.root, self.new):
            with pytest.raises(TrustError):
                read(world, self.successor(world, signer), previous=first)
            with pytest.raises(TrustError):
                read(world, self.successor(world, signer), previous=first, pin=None)

    def test_a_verifier_that_only_knows_the_old_pin_follows_when_the_signature_carries_the_key(
        self, world: World
    ) -> None:
        with pytest.raises(TrustError, match="pinned"):
            read(world, self.successor(world, world.root, self.new))
        data = json.loads(self.successor(world, self.new))
        old = json.loads(self.successor(world, world.root, header={"jwk": world.root.jwk}))
        data["signatures"] += old["signatures"]
        assert read(world, json.dumps(data).encode()).roots == (self.new.thumbprint,)


def test_the_anchor_of_a_compromise_is_whole_or_not_there(world: World) -> None:
    root = b64u_encode(bytes(32))
    whole = world.entry(
        world.issuing, "issuer", "compromised", since=3, size=7, root=root, compromised_at=instant(NOW)
    )
    found = read(world, world.trust_bytes(keys=[whole])).find(whole["kid"])
    assert found is not None
    assert (found.since, found.size, found.root, found.compromised_at) == (3, 7, bytes(32), NOW)
    for broken in (
        {"since": None},
        {"size": 2},
        {"size": "7"},
        {"root": "AA"},
        {"root": None},
        {"since": -1},
        {"since": True},
    ):
        found = read(world, world.trust_bytes(keys=[whole | broken])).find(whole["kid"])
        assert found is not None
        assert (found.state, found.since) == (KeyState.COMPROMISED, None), broken


class TestTrustWithoutAStatement:
    def test_pinned_keys_are_for_issuing_and_status(self, world: World) -> None:
        trust = Trust.pinned(world.issuer, [world.issuing.public_key, world.status.jwk])
        assert len(trust.keys_for(KeyPurpose.ISSUER)) == len(trust.keys_for(KeyPurpose.STATUS)) == 2
        assert trust.base_url == world.base_url
        only = Trust.pinned(world.issuer, [world.issuing.jwk], purposes=frozenset({KeyPurpose.STATUS}))
        assert only.keys_for(KeyPurpose.ISSUER) == ()

    def test_no_key_is_no_trust(self, world: World) -> None:
        for make in (
            lambda: Trust.pinned(world.issuer, []),
            lambda: Trust.from_jwks(world.issuer, {"keys": []}),
            lambda: Trust.from_jwks(world.issuer, {"keys": [{"kty": "RSA"}]}),
            lambda: Trust.from_did_document({"id": world.issuer}),
        ):
            with pytest.raises(TrustError):
                make()

    def test_an_issuer_is_a_did_in_its_one_spelling(self, world: World) -> None:
        for issuer in (
            "https://certs.example",
            "did:key:z6Mk",
            "did:web:Certs.example",
            "did:web:certs.example/",
        ):
            with pytest.raises(Malformed):
                Trust.pinned(issuer, [world.issuing.jwk])

    def test_a_key_set_is_read_from_an_object_or_its_bytes(self, world: World) -> None:
        kid = f"{world.issuer}#{world.issuing.thumbprint}"
        jwks = {"keys": [world.issuing.public_key.to_json(kid), {"kty": "RSA", "kid": "x"}]}
        for value in (jwks, json.dumps(jwks).encode()):
            trust = Trust.from_jwks(world.issuer, value)
            assert list(trust.keys) == [kid]
            assert len(trust.problems) == 1

    def test_only_assertion_methods_of_the_did_itself_count(self, world: World) -> None:
        did = world.issuer
        keys = [SoftKey(), SoftKey(Algorithm.ED25519), SoftKey(), SoftKey(), SoftKey()]

        def method(key: SoftKey, **more: Any) -> dict[str, Any]:
            kid = f"{did}#{key.thumbprint}"
            body = {"id": kid, "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk}
            return body | more

        document = {
            "id": did,
            "verificationMethod": [
                method(keys[0]),
                method(keys[1], id=f"#{keys[1].thumbprint}"),
                method(keys[2]),
                method(keys[3], controller="did:web:other.example"),
                method(keys[4], type="Ed25519VerificationKey2020"),
                17,
            ],
            "assertionMethod": [
                f"{did}#{keys[0].thumbprint}",
                f"#{keys[1].thumbprint}",
                f"{did}#{keys[3].thumbprint}",
                f"{did}#{keys[4].thumbprint}",
                None,
            ],
        }
        trust = Trust.from_did_document(document, issuer=did)
        assert {entry.thumbprint for entry in trust.keys.values()} == {keys[0].thumbprint, keys[1].thumbprint}
        with pytest.raises(TrustError):
            Trust.from_did_document(document, issuer="did:web:other.example")

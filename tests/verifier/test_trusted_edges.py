"""Trust without a statement: which keys of a DID document, a set or a person's own hand are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.cases.book.issuer import NOW, Issuer

from lcert_verifier.errors import LcertError, RollbackError, TrustError
from lcert_verifier.jwk import parse_jwk
from lcert_verifier.trust import read_trust
from lcert_verifier.trusted import Trust

ISSUER = Issuer()
KEY = {**ISSUER.issuing.jwk, "kid": "k"}


def method(**members: Any) -> dict[str, Any]:
    jwk = {name: value for name, value in KEY.items() if name != "kid"}
    whole = {"id": "#k", "controller": ISSUER.did, "type": "JsonWebKey", "publicKeyJwk": jwk}
    return {**whole, **members}


def document(methods: Any, asserting: Any) -> dict[str, Any]:
    return {"id": ISSUER.did, "verificationMethod": methods, "assertionMethod": asserting}


@pytest.mark.parametrize(
    ("methods", "asserting", "kids"),
    [
        ([method()], ["#k"], ["#k"]),
        ([method(type="JsonWebKey2020")], [f"{ISSUER.did}#k"], ["#k"]),
        ([method(id=f"{ISSUER.did}#k")], ["#k"], ["#k"]),
        ([], [method()], ["#k"]),
        ([None, method()], ["#k", 1, None], ["#k"]),
        ([method(), method(id="#other", controller="did:web:other.example")], ["#k", "#other"], ["#k"]),
        ([method(), method(id="#other", type="Multikey")], ["#k", "#other"], ["#k"]),
        ([method(), method(id="#other")], ["#k"], ["#k"]),
        ([method(), method(id=1), method(id="#other", publicKeyJwk=None)], ["#k", 1, "#other"], ["#k"]),
        ([method()] + [None] * 998, ["#k"], ["#k"]),
        ([method()] + [None] * 999, ["#k"], None),
        ([method()], [], None),
        ([], ["#k"], None),
        ({}, ["#k"], None),
        ([method()], {}, None),
    ],
)
def test_a_did_document_is_taken_up_to_its_edges(
    methods: Any, asserting: Any, kids: list[str] | None
) -> None:
    told = document(methods, asserting)
    for given in (told, json.dumps(told).encode()):
        if kids is None:
            with pytest.raises(TrustError):
                Trust.from_did_document(given)
        else:
            trust = Trust.from_did_document(given, issuer=ISSUER.did)
            assert [*trust.keys] == [ISSUER.did + kid for kid in kids]


def test_trust_without_a_statement_has_the_name_that_is_given() -> None:
    jwk = {name: value for name, value in KEY.items() if name != "kid"}
    for trust in (
        Trust.pinned(ISSUER.did, [jwk, parse_jwk(jwk)], name="Name"),
        Trust.from_jwks(ISSUER.did, {"keys": [KEY, {}]}, name="Name"),
        Trust.from_jwks(ISSUER.did, json.dumps({"keys": [KEY, {}]}).encode(), name="Name"),
        Trust.from_did_document(document([method()], ["#k"]), name="Name"),
    ):
        assert (trust.name, trust.issuer, trust.base_url, trust.version) == (
            "Name",
            ISSUER.did,
            ISSUER.base_url,
            0,
        )
        (entry,) = trust.keys.values()
        assert trust.find_thumbprint(entry.thumbprint) is entry is trust.find(entry.kid)
    assert Trust.pinned(ISSUER.did, [jwk]).name == ISSUER.did
    assert Trust.from_jwks(ISSUER.did, {"keys": [KEY, {}]}).problems == (
        "keys[1]: the key is not P-256, P-384 or Ed25519",
    )
    for nothing in (lambda: Trust.pinned(ISSUER.did, []), lambda: Trust.from_jwks(ISSUER.did, {"keys": []})):
        with pytest.raises(LcertError):
            nothing()
    for subject in (None, "did:web:other.example"):
        with pytest.raises(TrustError, match="another subject"):
            Trust.from_did_document({**document([method()], ["#k"]), "id": subject}, issuer=ISSUER.did)


@pytest.mark.parametrize("document", [b"[]", b"7", b'"did"', [], None])
def test_what_is_no_did_document_is_no_trust(document: Any) -> None:
    with pytest.raises(TrustError, match="another subject"):
        Trust.from_did_document(document)


def test_trust_is_not_changed_after_it_was_given() -> None:
    keys = {"a": Trust.pinned(ISSUER.did, [parse_jwk(ISSUER.issuing.jwk)]).keys}
    trust = Trust(issuer=ISSUER.did, base_url=ISSUER.base_url, name="n", keys=dict(keys["a"]))
    for held in (trust.keys, keys["a"]):
        with pytest.raises(TypeError):
            held["x"] = None  # type: ignore[index]


def test_a_statement_is_an_object() -> None:
    with pytest.raises(TrustError, match="is not an object"):
        read_trust(ISSUER.sign_statement(b"[]"), pin=None, now=NOW)


def test_a_key_that_a_signature_carries_is_the_one_it_names() -> None:
    own = json.loads(ISSUER.sign_statement())
    for kid, taken in ((ISSUER.status.thumbprint, True), ("other", False)):
        carried = json.loads(ISSUER.sign_statement(None, ISSUER.status, jwk=ISSUER.status.jwk, kid=kid))
        both = json.dumps({**own, "signatures": own["signatures"] + carried["signatures"]}).encode()
        if taken:
            assert read_trust(both, pin=ISSUER.status.thumbprint, now=NOW).version == 3
        else:
            with pytest.raises(TrustError, match="pinned"):
                read_trust(both, pin=ISSUER.status.thumbprint, now=NOW)


@pytest.mark.parametrize("name", ["iat", "exp"])
def test_a_statement_may_be_signed_again_for_other_days(name: str) -> None:
    first = read_trust(ISSUER.sign_statement(), pin=None, now=NOW)
    payload = ISSUER.statement()
    again = ISSUER.sign_statement({**payload, name: payload[name] - 1})
    assert read_trust(again, pin=None, previous=first, now=NOW).version == 3
    with pytest.raises(RollbackError, match="two different"):
        read_trust(ISSUER.sign_statement({**payload, "more": 1}), pin=None, previous=first, now=NOW)

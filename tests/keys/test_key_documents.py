"""The trust statement and its projections, as a verifier reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from lcert_keys import (
    Keyring,
    KeyStateError,
    LocalSigner,
    did_document,
    jwks,
    jwt_vc_issuer,
    sign_trust,
    trust_payload,
)
from lcert_verifier.errors import TrustError
from lcert_verifier.jose import b64u_decode
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

DID = "did:web:certs.example"
BASE = "https://certs.example"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def ring_of(**signers: LocalSigner) -> Keyring:
    ring = Keyring()
    for name, signer in signers.items():
        purpose = KeyPurpose(name.split("_")[0])
        staged = ring.stage(
            did=DID, public_key=signer.public_key, purpose=purpose, signer_uri=f"file:{name}", at=NOW
        )
        ring = ring.with_key(staged)
        ring = ring.with_key(ring.promote(staged.kid, at=NOW))
    return ring


ROOT, NEXT_ROOT, ISSUER, STATUS = (LocalSigner.generate() for _ in range(4))
LOG = LocalSigner.generate(Algorithm.ED25519)
RING = ring_of(root=ROOT, issuer=ISSUER, status=STATUS, log=LOG)


def statement(ring: Keyring, *signers: LocalSigner, version: int = 1, issued_at: datetime = NOW) -> bytes:
    payload = trust_payload(
        version=version, issued_at=issued_at, issuer=DID, base_url=BASE, name="L Certification", keys=ring
    )
    return sign_trust(payload, signers)


def test_a_verifier_that_pins_the_root_reads_the_statement() -> None:
    trust = read_trust(statement(RING, ROOT), pin=ROOT.thumbprint, now=NOW)
    assert trust.issuer == DID
    assert trust.base_url == BASE
    key = trust.find(f"{DID}#{ISSUER.thumbprint}")
    assert key is not None
    assert key.state is KeyState.ACTIVE


def test_another_pin_refuses_it() -> None:
    with pytest.raises(TrustError):
        read_trust(statement(RING, ROOT), pin=NEXT_ROOT.thumbprint, now=NOW)


def test_it_lapses_after_four_hundred_days() -> None:
    with pytest.raises(TrustError):
        read_trust(statement(RING, ROOT), pin=ROOT.thumbprint, now=NOW + timedelta(days=401))


def test_a_new_root_is_signed_in_by_the_old_one() -> None:
    first = read_trust(statement(RING, ROOT), pin=ROOT.thumbprint, now=NOW)
    moved = ring_of(root=NEXT_ROOT, issuer=ISSUER, status=STATUS, log=LOG)
    second = statement(moved, ROOT, NEXT_ROOT, version=2)
    assert read_trust(second, pin=ROOT.thumbprint, previous=first, now=NOW).version == 2


def test_who_pinned_the_old_root_follows_to_the_new_one_without_the_statement_between() -> None:
    moved = ring_of(root=NEXT_ROOT, issuer=ISSUER, status=STATUS, log=LOG)
    second = statement(moved, ROOT, NEXT_ROOT, version=2)
    assert read_trust(second, pin=ROOT.thumbprint, now=NOW).roots == (NEXT_ROOT.thumbprint,)
    headers = [json.loads(b64u_decode(item["protected"])) for item in json.loads(second)["signatures"]]
    assert [header.get("jwk") for header in headers] == [ROOT.public_key.to_json(), None]
    with pytest.raises(TrustError):
        read_trust(statement(moved, NEXT_ROOT, version=2), pin=ROOT.thumbprint, now=NOW)


def test_a_compromised_key_stays_in_the_statement_with_its_position() -> None:
    ring = RING.with_key(RING.compromise(ISSUER.thumbprint, at=NOW, since=3, size=5, root=bytes(range(32))))
    trust = read_trust(statement(ring, ROOT), pin=ROOT.thumbprint, now=NOW)
    key = trust.find(f"{DID}#{ISSUER.thumbprint}")
    assert key is not None
    assert (key.state, key.since, key.size, key.root) == (KeyState.COMPROMISED, 3, 5, bytes(range(32)))


def test_the_root_never_appears_among_the_keys() -> None:
    payload = trust_payload(version=1, issued_at=NOW, issuer=DID, base_url=BASE, name="L", keys=RING)
    assert [root["alg"] for root in payload["roots"]] == ["ES256"]
    assert {entry["purpose"] for entry in payload["keys"]} == {"issuer", "status", "log"}
    assert "d" not in json.dumps([entry["jwk"] for entry in payload["keys"]]).replace("EdDSA", "").split('"')


def test_without_an_active_root_there_is_no_statement() -> None:
    with pytest.raises(KeyStateError, match="no root"):
        trust_payload(version=1, issued_at=NOW, issuer=DID, base_url=BASE, name="L", keys=[])
    with pytest.raises(ValueError, match="root signature"):
        sign_trust({}, [])


def test_the_did_document_begins_with_the_status_key_and_lists_plain_strings() -> None:
    document = did_document(DID, RING)
    methods = document["verificationMethod"]
    assert methods[0]["id"] == f"{DID}#{STATUS.thumbprint}"
    assert document["assertionMethod"] == [f"{DID}#{STATUS.thumbprint}", f"{DID}#{ISSUER.thumbprint}"]
    assert {method["type"] for method in methods} == {"JsonWebKey"}
    assert {method["controller"] for method in methods} == {DID}


def test_the_projections_are_trusted_keys_for_those_who_start_from_them() -> None:
    key_set = jwks(RING)
    assert {member["kid"] for member in key_set["keys"]} == {
        f"{DID}#{STATUS.thumbprint}",
        f"{DID}#{ISSUER.thumbprint}",
    }
    assert Trust.from_jwks(DID, key_set).find(f"{DID}#{ISSUER.thumbprint}") is not None
    assert Trust.from_did_document(did_document(DID, RING)).find(f"{DID}#{STATUS.thumbprint}") is not None


def test_compromised_keys_are_gone_from_the_projections() -> None:
    ring = RING.with_key(RING.compromise(ISSUER.thumbprint, at=NOW))
    assert ISSUER.thumbprint not in json.dumps([jwks(ring), did_document(DID, ring)])


def test_issuer_metadata_carries_the_keys_and_no_second_address() -> None:
    assert jwt_vc_issuer(BASE, jwks(RING)) == {"issuer": BASE, "jwks": jwks(RING)}

"""Status lists: derived, signed and read back by the verifier and by independent software."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3.status import decode_encoded_list, set_indices
from openbadgeslib.ob3.verifier import OB3Verifier

from lcert_issuer.statuslists import (
    BUNDLE_LIFETIME,
    LIST_LIFETIME,
    ListMaker,
    list_contents,
    list_paths,
    list_values,
    read_stamp,
    tally,
    with_entries,
)
from lcert_keys import Keyring, LocalSigner
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.jose import split
from lcert_verifier.status.check import ListMemory, check_bitstring_token, check_status_token
from lcert_verifier.trust import Trust
from lcert_verifier.vocabulary import LIST_ENTRIES, KeyPurpose, StatusValue

BASE = "https://certs.example"
DID = "did:web:certs.example"
NOW = datetime(2026, 11, 20, 9, 30, 15, 987_654, tzinfo=UTC)
SIGNER = LocalSigner.generate()
KEY = Keyring().stage(
    did=DID, public_key=SIGNER.public_key, purpose=KeyPurpose.STATUS, signer_uri="file:x", at=NOW
)
TRUST = Trust.pinned(DID, [SIGNER.public_key])
VALUES = list_values(
    [
        (0, StatusValue.INVALID),
        (1, StatusValue.SUSPENDED),
        (7, StatusValue.SUPERSEDED),
        (8, StatusValue.VALID),
        (LIST_ENTRIES - 1, StatusValue.INVALID),
    ]
)


def maker(*, for_bundle: bool = False) -> ListMaker:
    return ListMaker(
        issuer=DID,
        base_url=BASE,
        size=12,
        root=bytes(range(32)),
        key=KEY,
        signer=SIGNER,
        for_bundle=for_bundle,
    )


def lists(*, for_bundle: bool = False, values: bytes = VALUES) -> dict[str, str]:
    made = maker(for_bundle=for_bundle).make(3, values, issued_at=NOW)
    return {path: data.decode() for path, data in made.items()}


def test_there_are_three_lists_at_their_paths() -> None:
    assert tuple(lists()) == list_paths(3)
    assert list_paths(3) == (
        "status/token/3",
        "status/bitstring/revocation/3",
        "status/bitstring/suspension/3",
    )


def test_the_verifier_reads_the_values_back() -> None:
    found = check_status_token(
        lists()["status/token/3"],
        uri=f"{BASE}/status/token/3",
        trust=TRUST,
        now=NOW,
        offline=False,
        memory=ListMemory(),
    )
    read = {index: found.value(index) for index in (0, 1, 7, 8, 9, LIST_ENTRIES - 1)}
    assert read == {0: 1, 1: 2, 7: 3, 8: 0, 9: 0, LIST_ENTRIES - 1: 1}
    assert (found.size, found.root) == (12, bytes(range(32)))


@pytest.mark.parametrize(("purpose", "bits"), [("revocation", {0, 7, LIST_ENTRIES - 1}), ("suspension", {1})])
def test_bitstrings_say_the_same_to_the_verifier_and_to_openbadgeslib(purpose: str, bits: set[int]) -> None:
    token = lists()[f"status/bitstring/{purpose}/3"]
    found = check_bitstring_token(
        token,
        uri=f"{BASE}/status/bitstring/{purpose}/3",
        trust=TRUST,
        now=NOW,
        offline=False,
        memory=ListMemory(),
    )
    assert found.purpose == purpose
    assert {index for index in (*bits, 2, 3, 8) if found.is_set(index)} == bits
    subject = split(token).payload["credentialSubject"]
    assert set_indices(decode_encoded_list(subject["encodedList"])) == bits


def test_openbadgeslib_accepts_the_signature_of_a_bitstring_list_of_now() -> None:
    pem = SIGNER.public_key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = maker().make(1, VALUES, issued_at=datetime.now(UTC))
    payload = OB3Verifier(pubkey_pem=pem)._decode_payload(made["status/bitstring/revocation/1"].decode())
    assert payload["issuer"] == DID


def test_claims_are_those_of_the_standards() -> None:
    token = split(lists()["status/token/3"])
    assert token.header == {"alg": "ES256", "kid": KEY.kid, "typ": "statuslist+jwt"}
    claims = dict(token.payload)
    assert claims.pop("status_list")["bits"] == 2
    issued = int(NOW.timestamp())
    assert claims == {
        "iss": DID,
        "sub": f"{BASE}/status/token/3",
        "iat": issued,
        "exp": issued + 86_400,
        "ttl": 30,
        "journal": {"size": 12, "root": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
    }
    bits = split(lists()["status/bitstring/suspension/3"])
    assert bits.header == {"alg": "ES256", "kid": KEY.kid, "typ": "vc+jwt", "cty": "vc"}
    assert bits.payload["credentialSubject"]["ttl"] == 30_000
    assert bits.payload["credentialSubject"]["id"] == f"{BASE}/status/bitstring/suspension/3#list"
    assert bits.payload["validFrom"] == "2026-11-20T09:30:15Z"
    assert bits.payload["validUntil"] == "2026-11-21T09:30:15Z"


def test_lists_for_bundles_live_longer_and_are_refused_online() -> None:
    for path, token in lists(for_bundle=True).items():
        parsed = split(token)
        assert parsed.payload["bundle"] is True
        assert parsed.payload["exp"] - parsed.payload["iat"] == BUNDLE_LIFETIME.total_seconds()
        check = check_status_token if path == "status/token/3" else check_bitstring_token
        args = {"uri": f"{BASE}/{path}", "trust": TRUST, "now": NOW, "memory": ListMemory()}
        check(token, offline=True, **args)  # type: ignore[arg-type]
        with pytest.raises(EvidenceUnavailable, match="bundle"):
            check(token, offline=False, **args)  # type: ignore[arg-type]


def test_even_a_list_that_does_not_compress_fits_into_a_token() -> None:
    noise = bytes((n * 2_654_435_761 >> 13) & 3 for n in range(LIST_ENTRIES))
    split(lists(values=noise)["status/token/3"])


def test_a_stamp_is_what_the_list_says_and_none_for_what_is_no_list() -> None:
    tokens = lists()
    for path, content in zip(list_paths(3), list_contents(VALUES), strict=True):
        stamp = read_stamp(tokens[path].encode())
        assert stamp is not None
        assert (stamp.kid, stamp.size, stamp.content) == (KEY.kid, 12, content)
        assert stamp.issued_at == NOW.replace(microsecond=0)
    for damaged in (None, b"", b"x", b"\xff", tokens["status/token/3"].encode()[:-90], b"e30.e30.e30"):
        assert read_stamp(damaged) is None


def test_a_list_is_due_at_half_its_time_or_when_the_key_is_another() -> None:
    stamp = read_stamp(lists()["status/token/3"].encode())
    assert stamp is not None
    half = stamp.issued_at + LIST_LIFETIME / 2
    assert not stamp.is_due(kid=KEY.kid, now=half - timedelta(seconds=1))
    assert stamp.is_due(kid=KEY.kid, now=half)
    assert stamp.is_due(kid="another", now=stamp.issued_at)


@pytest.mark.parametrize("index", [-1, LIST_ENTRIES, LIST_ENTRIES + 1])
def test_an_index_outside_of_the_list_is_a_fault(index: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        list_values([(index, StatusValue.INVALID)])


def test_an_index_used_twice_is_a_fault() -> None:
    with pytest.raises(ValueError, match="twice"):
        list_values([(5, StatusValue.INVALID), (5, StatusValue.INVALID)])


def test_entries_that_change_are_the_same_in_packed_lists_as_in_lists_made_anew() -> None:
    chance = Random(11)
    values = bytearray(VALUES)
    changed = {index: StatusValue(chance.randrange(4)) for index in (0, 7, 8, LIST_ENTRIES - 1)}
    changed |= {chance.randrange(LIST_ENTRIES): StatusValue(chance.randrange(4)) for _ in range(500)}
    for index, value in changed.items():
        values[index] = value.value
    made = with_entries(list_contents(VALUES), changed)
    assert made == list_contents(bytes(values))
    assert tally(made) == tuple(values.count(value) for value in (1, 2, 3))
    assert tally((made[0], made[1], bytes(len(made[2])))) is None
    for outside in (-1, LIST_ENTRIES):
        with pytest.raises(ValueError, match="outside"):
            with_entries(made, {outside: StatusValue.INVALID})

"""Whether a published status list is authentic."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, ec_key

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.jose import b64u_encode, sign_compact
from lcert_verifier.status import check
from lcert_verifier.status.check import check_bitstring_token, check_status_token
from lcert_verifier.status.lists import BitstringList, ListMemory, StatusList
from lcert_verifier.trust import Trust
from lcert_verifier.vocabulary import LIST_ENTRIES, StatusValue

ISSUER = Issuer()
TRUST = ISSUER.trust()


def look(
    token: str,
    *,
    uri: str | None = None,
    trust: Trust = TRUST,
    offline: bool = False,
    memory: ListMemory | None = None,
    after: timedelta = timedelta(0),
) -> StatusList:
    return check_status_token(
        token,
        uri=uri or ISSUER.uri(),
        trust=trust,
        now=NOW + after,
        offline=offline,
        memory=memory or ListMemory(),
    )


def look_bits(token: str, *, uri: str | None = None, memory: ListMemory | None = None) -> BitstringList:
    return check_bitstring_token(
        token,
        uri=uri or ISSUER.bits_uri(),
        trust=TRUST,
        now=NOW,
        offline=False,
        memory=memory or ListMemory(),
    )


def test_an_authentic_list_tells_every_status() -> None:
    found = look(ISSUER.status_token({0: 1, 1: 2, 2: 3, LIST_ENTRIES - 1: 1}))
    assert [found.value(index) for index in (0, 1, 2, 3)] == [
        StatusValue.INVALID,
        StatusValue.SUSPENDED,
        StatusValue.SUPERSEDED,
        StatusValue.VALID,
    ]
    assert found.value(LIST_ENTRIES - 1) is StatusValue.INVALID
    assert found.entries == LIST_ENTRIES
    assert (found.issued_at, found.expires_at) == (NOW, NOW + timedelta(hours=24))
    assert found.size == 5


@pytest.mark.parametrize("index", [-1, LIST_ENTRIES, 10**20])
def test_an_index_outside_of_the_list_raises(index: int) -> None:
    with pytest.raises(IndexError):
        look(ISSUER.status_token()).value(index)


SMALL = ISSUER.status_claims()["status_list"]["lst"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": ISSUER.uri(2)},
        {"sub": ISSUER.uri() + "/"},
        {"sub": ISSUER.uri().upper()},
        {"sub": ...},
        {"iss": "did:web:other.example"},
        {"iss": ...},
        {"iat": ...},
        {"iat": "1"},
        {"iat": 1.0},
        {"iat": True},
        {"iat": -1},
        {"iat": 2**40},
        {"iat": int((NOW + timedelta(seconds=61)).timestamp())},
        {"exp": ...},
        {"exp": 2**34},
        {"ttl": 0},
        {"ttl": "30"},
        {"ttl": True},
        {"status_list": ...},
        {"status_list": []},
        {"status_list": {"bits": 2}},
        {"status_list": {"bits": 1, "lst": SMALL}},
        {"status_list": {"bits": 4, "lst": SMALL}},
        {"status_list": {"bits": "2", "lst": SMALL}},
        {"status_list": {"bits": True, "lst": SMALL}},
        {"status_list": {"bits": 2, "lst": SMALL[:-2]}},
        {"status_list": {"bits": 2, "lst": ""}},
        {"status_list": {"bits": 2, "lst": 5}},
        {"journal": ...},
        {"journal": {"size": 5}},
        {"journal": {"size": -1, "root": b64u_encode(bytes(32))}},
        {"journal": {"size": 5.0, "root": b64u_encode(bytes(32))}},
        {"journal": {"size": 2**60, "root": b64u_encode(bytes(32))}},
        {"journal": {"size": 5, "root": b64u_encode(bytes(31))}},
        {"journal": {"size": 5, "root": 5}},
        {"bundle": True},
        {"bundle": "yes"},
        {"bundle": 1},
    ],
    ids=count(),
)
def test_a_list_whose_claims_do_not_fit_is_not_authentic(changes: dict[str, Any]) -> None:
    with pytest.raises(EvidenceUnavailable):
        look(ISSUER.status_token(**changes))


@pytest.mark.parametrize("typ", [None, "JWT", "vc+jwt", "statuslist+cwt", "STATUSLIST+JWT", "lc+jwt"])
def test_a_list_of_another_type_is_not_authentic(typ: str | None) -> None:
    with pytest.raises(EvidenceUnavailable, match="type"):
        look(ISSUER.sign(typ, ISSUER.status_claims()))


@pytest.mark.parametrize("purpose", ["issuer", "root", "log"])
def test_a_key_for_something_else_signs_no_list(purpose: str) -> None:
    alg = "EdDSA" if purpose == "log" else "ES256"
    with pytest.raises(EvidenceUnavailable):
        look(ISSUER.sign("statuslist+jwt", ISSUER.status_claims(), purpose=purpose, alg=alg))


@pytest.mark.parametrize("state", ["retired", "compromised"])
def test_a_key_that_is_no_longer_in_use_signs_no_list(state: str) -> None:
    trust = Issuer(states={"status": state}).trust()
    with pytest.raises(EvidenceUnavailable, match=state):
        look(ISSUER.status_token(), trust=trust)


def test_a_staged_key_may_sign_already() -> None:
    assert look(ISSUER.status_token(), trust=Issuer(states={"status": "staged"}).trust())


def test_a_list_remembered_is_refused_once_its_key_is_compromised() -> None:
    memory, token = ListMemory(), ISSUER.status_token()
    look(token, memory=memory)
    with pytest.raises(EvidenceUnavailable, match="compromised"):
        look(token, memory=memory, trust=Issuer(version=2, states={"status": "compromised"}).trust())


def test_another_issuers_list_is_not_authentic() -> None:
    other = Issuer(base_url="https://other.example")
    claims = ISSUER.status_claims()
    with pytest.raises(check.UnknownListKey):
        look(other.sign("statuslist+jwt", claims))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"kid": "x"},
        {"kid": None},
        {"kid": 5},
        {"crit": ["exp"]},
    ],
)
def test_a_list_with_an_odd_header_is_not_authentic(header: dict[str, Any]) -> None:
    with pytest.raises(EvidenceUnavailable):
        look(ISSUER.sign("statuslist+jwt", ISSUER.status_claims(), **header))


def test_a_list_signed_by_a_stranger_under_our_kid_is_not_authentic() -> None:
    header = {"alg": "ES256", "kid": ISSUER.kid("status"), "typ": "statuslist+jwt"}
    with pytest.raises(EvidenceUnavailable, match="signature"):
        look(sign_compact(header, ISSUER.status_claims(), ec_key("stranger").sign))


@pytest.mark.parametrize(
    "text",
    ["", "a.b.c", "x" * 200_000, "\ud800", "é.é.é"],
    ids=count(),
)
def test_a_list_that_is_no_token_is_not_authentic(text: str) -> None:
    with pytest.raises(EvidenceUnavailable):
        look(text)


def test_no_changed_character_leaves_a_list_authentic() -> None:
    token = ISSUER.status_token()
    for position in range(0, len(token), 7):
        changed = "A" if token[position] != "A" else "B"
        with pytest.raises(EvidenceUnavailable):
            look(token[:position] + changed + token[position + 1 :])


def test_a_list_for_a_bundle_counts_offline_only() -> None:
    token = ISSUER.status_token(bundle=True)
    assert look(token, offline=True)
    with pytest.raises(EvidenceUnavailable, match="offline"):
        look(token)


def test_a_remembered_bundle_list_is_still_refused_online() -> None:
    memory, token = ListMemory(), ISSUER.status_token(bundle=True)
    look(token, offline=True, memory=memory)
    with pytest.raises(EvidenceUnavailable, match="offline"):
        look(token, memory=memory)


def test_an_expired_list_is_authentic_but_not_fresh() -> None:
    found = look(ISSUER.status_token(), after=timedelta(hours=25))
    late = NOW + timedelta(hours=25)
    assert not found.is_fresh(now=late, fetched_at=late, offline=False)
    assert not found.is_fresh(now=late, fetched_at=late, offline=True)


@pytest.mark.parametrize(
    ("minutes", "offline", "fresh"),
    [(0, False, True), (60, False, True), (61, False, False), (61, True, True)],
)
def test_online_a_list_is_fresh_for_an_hour_after_fetching(minutes: int, offline: bool, fresh: bool) -> None:
    found = look(ISSUER.status_token())
    now = NOW + timedelta(minutes=minutes)
    assert found.is_fresh(now=now, fetched_at=NOW, offline=offline) is fresh


def test_a_list_older_than_one_seen_is_refused() -> None:
    memory = ListMemory()
    longer = Issuer(entries=[*ISSUER.entries, b"{}"])
    look(longer.status_token(), memory=memory)
    with pytest.raises(EvidenceUnavailable, match="older"):
        look(ISSUER.status_token(), memory=memory)
    look(longer.status_token(), memory=memory)


def test_a_list_beside_one_seen_is_refused() -> None:
    memory = ListMemory()
    look(ISSUER.status_token(), memory=memory)
    forked = Issuer(entries=[*ISSUER.entries[:-1], b"{}"])
    with pytest.raises(EvidenceUnavailable, match="contradicts"):
        look(forked.status_token(), memory=memory)
    other_list = forked.status_token(sub=ISSUER.uri(2))
    assert look(other_list, uri=ISSUER.uri(2), memory=memory)


def test_a_refused_list_moves_no_memory() -> None:
    memory = ListMemory()
    longer = Issuer(entries=[*ISSUER.entries, b"{}"])
    with pytest.raises(EvidenceUnavailable):
        look(longer.status_token(sub="x"), memory=memory)
    look(ISSUER.status_token(), memory=memory)


def test_a_list_is_verified_and_inflated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, token = ListMemory(), ISSUER.status_token({3: 1})
    first = look(token, memory=memory)
    monkeypatch.setattr(check, "verify_signature", None)
    assert look(token, memory=memory) is first


def test_memory_is_bounded() -> None:
    memory = ListMemory()
    for number in range(1, 80):
        look(ISSUER.status_token(sub=ISSUER.uri(number)), uri=ISSUER.uri(number), memory=memory)
    assert len(memory._decoded) == 64


def test_an_authentic_bitstring_tells_every_bit() -> None:
    found = look_bits(ISSUER.bits_token([0, 9]))
    assert [found.is_set(index) for index in (0, 1, 9)] == [True, False, True]
    assert found.purpose == "revocation"
    with pytest.raises(IndexError):
        found.is_set(LIST_ENTRIES)


def test_a_bitstring_tells_its_own_purpose() -> None:
    assert look_bits(ISSUER.bits_token([], "suspension", id=ISSUER.bits_uri())).purpose == "suspension"


def test_the_issuer_of_a_bitstring_may_be_an_object() -> None:
    assert look_bits(ISSUER.bits_token(issuer={"id": ISSUER.did}, iss=ISSUER.did))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ISSUER.bits_uri("suspension")},
        {"issuer": "did:web:other.example"},
        {"issuer": ["did:web:other.example"]},
        {"iss": "did:web:other.example"},
        {"type": ["VerifiableCredential"]},
        {"type": "BitstringStatusListCredential"},
        {"validFrom": ...},
        {"validFrom": "2026-11-20"},
        {"validFrom": "2026-11-20T12:00:00"},
        {"validFrom": "soon"},
        {"validFrom": "2026-11-20T12:02:00Z"},
        {"validUntil": ...},
        {"validUntil": 5},
        {"iat": "5"},
        {"exp": -1},
        {"credentialSubject": ...},
        {"credentialSubject": {"type": "BitstringStatusList"}},
        {"credentialSubject": {"type": "Other", "statusPurpose": "revocation", "encodedList": "u"}},
        {
            "credentialSubject": {
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "u",
            }
        },
        {"journal": ...},
        {"bundle": True},
    ],
    ids=count(),
)
def test_a_bitstring_whose_claims_do_not_fit_is_not_authentic(changes: dict[str, Any]) -> None:
    with pytest.raises(EvidenceUnavailable):
        look_bits(ISSUER.bits_token(**changes))


def test_the_earlier_end_and_the_later_begin_count() -> None:
    found = look_bits(
        ISSUER.bits_token(iat=int(NOW.timestamp()) + 5, exp=int((NOW + timedelta(hours=1)).timestamp()))
    )
    assert (found.issued_at, found.expires_at) == (NOW + timedelta(seconds=5), NOW + timedelta(hours=1))


def test_the_two_kinds_of_list_are_not_taken_for_each_other() -> None:
    memory = ListMemory()
    with pytest.raises(EvidenceUnavailable, match="type"):
        look_bits(ISSUER.status_token(), uri=ISSUER.uri())
    with pytest.raises(EvidenceUnavailable, match="type"):
        look(ISSUER.bits_token(), uri=ISSUER.bits_uri())
    token = ISSUER.status_token()
    look(token, memory=memory)
    with pytest.raises(EvidenceUnavailable, match="kind"):
        look_bits(token, uri=ISSUER.uri(), memory=memory)

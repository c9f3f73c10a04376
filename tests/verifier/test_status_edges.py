"""Where the reading of a status list ends: the last value that is taken, and the first that is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cases.book.issuer import NOW, Issuer, changed, seconds

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.jose import sign_compact
from lcert_verifier.status.check import check_bitstring_token, check_status_token
from lcert_verifier.status.lists import BitstringList, ListMemory, StatusList
from lcert_verifier.trust import read_trust

ISSUER = Issuer()
TRUST = read_trust(ISSUER.sign_statement(), pin=None, now=NOW)
CLAIMS = ISSUER.status_claims()
LATEST = 2**33


def read(claims: dict[str, Any]) -> StatusList:
    return check_status_token(
        ISSUER.sign_list(claims).decode(),
        uri=ISSUER.list_uri,
        trust=TRUST,
        now=NOW,
        offline=False,
        memory=ListMemory(),
    )


def read_bits(claims: dict[str, Any]) -> BitstringList:
    return check_bitstring_token(
        ISSUER.sign_list(claims, "vc+jwt").decode(),
        uri=str(claims["id"]),
        trust=TRUST,
        now=NOW,
        offline=False,
        memory=ListMemory(),
    )


@pytest.mark.parametrize(
    ("path", "last", "beyond"),
    [
        ("iat", seconds(NOW + timedelta(seconds=60)), seconds(NOW + timedelta(seconds=61))),
        ("iat", 0, -1),
        ("exp", 0, -1),
        ("exp", LATEST, LATEST + 1),
        ("ttl", 1, 0),
        ("journal.size", 0, -1),
        ("journal.size", 2**53 - 1, 2**53),
        ("bundle", False, 0),
        ("bundle", False, None),
        ("bundle", False, "false"),
        ("bundle", False, True),
    ],
)
def test_a_list_is_taken_up_to_here_and_no_further(path: str, last: Any, beyond: Any) -> None:
    claims = CLAIMS | {"bundle": False}
    found = read(changed(claims, path, last))
    assert found.uri == ISSUER.list_uri
    with pytest.raises(EvidenceUnavailable):
        read(changed(claims, path, beyond))


def test_a_list_that_names_no_key_is_refused_for_that() -> None:
    text = sign_compact({"alg": "ES256", "typ": "statuslist+jwt"}, CLAIMS, ISSUER.status.sign)
    with pytest.raises(EvidenceUnavailable, match="names no key"):
        check_status_token(
            text, uri=ISSUER.list_uri, trust=TRUST, now=NOW, offline=False, memory=ListMemory()
        )


@pytest.mark.parametrize("member", ["statusPurpose", "encodedList"])
@pytest.mark.parametrize("value", [None, 1, ["revocation"], ...])
def test_a_bitstring_list_has_a_purpose_and_a_list(member: str, value: Any) -> None:
    claims = ISSUER.bits_claims("revocation")
    assert read_bits(claims).purpose == "revocation"
    with pytest.raises(EvidenceUnavailable, match="has no purpose or no list"):
        read_bits(changed(claims, f"credentialSubject.{member}", value))


@pytest.mark.parametrize("ttl", [-1, 1.0, True, "1", None])
def test_a_time_to_live_counts_milliseconds_from_none(ttl: Any) -> None:
    claims = ISSUER.bits_claims("revocation")
    for good in (0, 1):
        assert read_bits(changed(claims, "credentialSubject.ttl", good)).purpose == "revocation"
    with pytest.raises(EvidenceUnavailable, match="ttl"):
        read_bits(changed(claims, "credentialSubject.ttl", ttl))

"""What is told of a linkage, and where its bounds lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.edges import NOW, ec_key

from lcert_verifier import command
from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.jose import sign_compact, split
from lcert_verifier.jwk import PublicKey
from lcert_verifier.linkage import (
    Linkage,
    assertion_keys,
    check_linkage,
    did_configuration,
    did_document,
    make_linkage,
    read_linkage,
)

ORIGIN = "https://shop.example"
DID = "did:web:shop.example"
KEY = ec_key("holder")
KID = f"{DID}#{KEY.thumbprint}"
DAYS = timedelta(days=1)


def token(*, lifetime: timedelta = 90 * DAYS) -> str:
    return make_linkage(ORIGIN, kid=KID, alg="ES256", sign=KEY.sign, now=NOW, lifetime=lifetime)


def resolve(did: str) -> Mapping[str, PublicKey]:
    if did != DID:
        raise EvidenceUnavailable("not asked")
    return {KID: KEY.public}


def read(resource: object) -> Linkage:
    return read_linkage(json.dumps(resource).encode(), origin=ORIGIN, resolve=resolve, now=NOW)


def test_each_entry_tells_its_did_until_when_it_holds_and_what_is_wrong() -> None:
    parsed = split(token())
    typed = sign_compact({**parsed.header, "typ": "JWT"}, parsed.payload, KEY.sign)
    other = sign_compact(
        parsed.header,
        json.loads(json.dumps(parsed.payload).replace(DID, "did:web:other.example")),
        KEY.sign,
    )
    found = read(
        {**did_configuration(token(), typed, other, "x"), "@context": [did_configuration()["@context"]]}
    )
    assert found.dids == (DID,)
    assert [link.unknown for link in found.links] == [False, False, True, False]
    told = found.to_json()
    problems = [link.pop("problem") for link in told["links"]]
    assert told == {
        "origin": ORIGIN,
        "dids": [DID],
        "links": [
            {"did": DID, "linked": True, "expires_at": "2027-02-18T12:00:00Z"},
            {"did": DID, "linked": False, "expires_at": None},
            {"did": "did:web:other.example", "linked": False, "expires_at": None},
            {"did": None, "linked": False, "expires_at": None},
        ],
    }
    assert problems[:3] == [None, "the header has alg and kid, and nothing else", "not asked"]
    assert problems[3]


def test_sixteen_entries_are_read() -> None:
    assert read(did_configuration(*[token()] * 16)).dids == (DID,) * 16
    with pytest.raises(Malformed, match="more than 16"):
        read(did_configuration(*[token()] * 17))


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (timedelta(seconds=-61), False),
        (timedelta(seconds=-60), True),
        (90 * DAYS - timedelta(seconds=1), True),
        (90 * DAYS, False),
    ],
)
def test_it_holds_from_a_minute_before_its_first_second_to_before_its_last(
    after: timedelta, holds: bool
) -> None:
    if holds:
        assert check_linkage(token(), origin=ORIGIN, resolve=resolve, now=NOW + after).problem is None
    else:
        with pytest.raises(Malformed, match="it holds from 2026-11-20 to 2027-02-18"):
            check_linkage(token(), origin=ORIGIN, resolve=resolve, now=NOW + after)


def test_fractions_of_a_second_are_left_out() -> None:
    made = make_linkage(
        ORIGIN, kid=KID, alg="ES256", sign=KEY.sign, now=NOW + timedelta(microseconds=7), lifetime=DAYS
    )
    assert made.split(".")[:2] == token(lifetime=DAYS).split(".")[:2]


def test_the_document_of_a_holder_is_one_of_did_web() -> None:
    assert did_document(ORIGIN, KEY.public) == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": DID,
        "verificationMethod": [
            {"id": KID, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": KEY.public.to_json()}
        ],
        "assertionMethod": [KID],
        "service": [{"id": f"{DID}#origin", "type": "LinkedDomains", "serviceEndpoint": ORIGIN}],
    }


@pytest.mark.parametrize(("days", "code"), [("0", 64), ("1", 0), ("3660", 0), ("3661", 64)])
def test_a_linkage_is_made_for_a_day_up_to_ten_years(
    days: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["domain", ORIGIN, "--out", str(tmp_path), "--key", str(tmp_path / "key.jwk"), "--days", days]
    assert command.main([*words, "--json"], clock=lambda: NOW) == code
    if code:
        return
    told = json.loads(capsys.readouterr().out)
    folder = tmp_path / ".well-known"
    assert sorted(told["files"]) == sorted(map(str, folder.iterdir()))
    document = json.loads((folder / "did.json").read_text())
    assert document["assertionMethod"] == [told["kid"]]
    assert command.main(words, clock=lambda: NOW) == 0
    again = capsys.readouterr().out.splitlines()
    assert not any("key.jwk was made" in line for line in again), "it was there already"
    assert len(again) > 1
    (tmp_path / "key.jwk").unlink()
    assert command.main(words, clock=lambda: NOW) == 0
    assert "key.jwk was made: keep it" in capsys.readouterr().out.splitlines()[-1]
    assert command.main([*words, "--json"], clock=lambda: NOW) == 0
    told = json.loads(capsys.readouterr().out)
    resource = (folder / "did-configuration.json").read_bytes()
    keys = assertion_keys(DID, (folder / "did.json").read_bytes())
    (link,) = read_linkage(resource, origin=ORIGIN, resolve=lambda did: keys, now=NOW).links
    assert link.problem is None
    assert link.expires_at == NOW + timedelta(days=int(days))


def test_a_linkage_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "none"
    words = ["domain", ORIGIN, "--out", str(out), "--key", str(tmp_path / "key.jwk")]
    assert command.main(words, clock=lambda: NOW) == 64
    assert f"there is no folder {out}" in capsys.readouterr().err
    assert not (tmp_path / "key.jwk").exists()

"""The payloads: one credential in three securings, by the verifier's rules and those of Open Badges."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest
from tests.support.forms import form
from tests.support.system import ROOT

from lcert_issuer.claims import EditionClaims, claim_texts, content_of
from lcert_issuer.intake import parse_form
from lcert_issuer.office import Identity
from lcert_issuer.plans import Plan, check_plan, form_path
from lcert_issuer.refusals import InvalidInput
from lcert_issuer.registry.events import Kind
from lcert_verifier.jose import sign_compact
from lcert_verifier.policy import check_profile
from lcert_verifier.vocabulary import Securing

BASE_URL = "http://127.0.0.1:8080"
DID = "did:web:127.0.0.1%3A8080"
TODAY = date(2026, 11, 20)
SIGNED = datetime(2026, 11, 20, 9, 30, 15, 999_999, tzinfo=UTC)
DIGEST = "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw"


def claims(edition: int = 1, supersedes: int | None = None, **changes: Any) -> EditionClaims:
    draft = parse_form(form(TODAY, **changes))
    return EditionClaims(
        base_url=BASE_URL,
        issuer_name="L Certification",
        content=draft.content,
        criteria_digest=DIGEST,
        number="LC-2026-0001",
        edition=edition,
        supersedes=supersedes,
        first_granted_on=draft.content.granted_on,
        valid_from=draft.valid_from,
        valid_through=draft.valid_through,
        list_number=1,
        list_index=123,
    )


@pytest.mark.parametrize("securing", Securing)
@pytest.mark.parametrize(("edition", "supersedes"), [(1, None), (4, 2)])
def test_the_verifiers_own_rules_pass(securing: Securing, edition: int, supersedes: int | None) -> None:
    payload = claims(edition, supersedes).payload(securing, SIGNED)
    credential = check_profile(payload, securing=securing, base_url=BASE_URL, issuer=DID, complete=True)
    assert credential.id == f"{BASE_URL}/c/LC-2026-0001/{edition}"
    assert (credential.status.uri, credential.status.index) == (f"{BASE_URL}/status/token/1", 123)  # type: ignore[union-attr]


def test_the_canonical_token_says_when_it_was_signed_and_the_compact_one_does_not() -> None:
    assert claims().payload(Securing.VC_JWT, SIGNED)["iat"] == int(SIGNED.timestamp())
    assert "iat" not in claims().payload(Securing.COMPACT, SIGNED)
    assert "iat" not in claims().canonical()


def test_an_open_badge_has_the_registered_claims_and_one_status_entry() -> None:
    payload = claims().payload(Securing.OPENBADGE, SIGNED)
    assert payload["iss"] == DID
    assert payload["sub"] == payload["credentialSubject"]["id"] == "https://quillwater.example/"
    assert payload["jti"] == payload["id"]
    assert payload["nbf"] == int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    assert payload["exp"] == int(datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC).timestamp())
    assert payload["credentialStatus"]["statusPurpose"] == "revocation"


def test_the_canonical_token_has_both_bitstring_entries() -> None:
    entries = claims().canonical()["credentialStatus"]
    assert [entry["statusPurpose"] for entry in entries] == ["revocation", "suspension"]
    assert entries[0]["statusListIndex"] == "123"


@pytest.mark.needs_shared
def test_the_open_badges_schema_holds() -> None:
    path = ROOT.parent / "shared" / "data" / "ob_v3p0_achievementcredential_schema.json"
    if not path.exists():
        pytest.skip("the schema of 1EdTech is kept beside the repository")
    schema = json.loads(path.read_text())
    jsonschema.Draft201909Validator(schema).validate(claims().payload(Securing.OPENBADGE, SIGNED))


def test_an_offline_code_stays_small() -> None:
    header = {"alg": "ES256", "kid": "x" * 43, "typ": "lc+jwt"}
    token = sign_compact(header, claims().payload(Securing.COMPACT, SIGNED), lambda data: bytes(64))
    assert len(token) < 480


def test_nothing_private_is_in_a_payload() -> None:
    text = json.dumps(claims().payload(Securing.VC_JWT, SIGNED))
    assert "null" not in text
    for word in ("fee", "revenue", "contract", "licensorName"):
        assert word not in text


def test_the_content_of_a_credential_can_be_said_again() -> None:
    original = claims()
    credential = check_profile(
        original.payload(Securing.VC_JWT, SIGNED), securing=Securing.VC_JWT, base_url=BASE_URL, issuer=DID
    )
    assert content_of(credential) == original.content


def test_search_words_are_case_folded() -> None:
    words = claims(holder__legalName="Straße & Søn").canonical()
    assert "strasse & søn" in claim_texts(words)
    assert "quillwater/compose-3" in claim_texts(words)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("credentialSubject.holder.lei", "holder.lei"),
        ("credentialSubject.certificate.validThrough", "validThrough"),
        ("credentialSubject.certificate.grantedOn", "assessment.grantedOn"),
        ("dom", "holder.domains"),
        ("sub", "holder.legalName"),
        ("status", "status"),
    ],
)
def test_paths_of_the_payload_are_told_as_the_form_has_them(path: str, wanted: str) -> None:
    assert form_path(path) == wanted


def test_an_unknown_version_of_the_criteria_is_refused() -> None:
    draft = parse_form(form(TODAY, assessment__criteria="L-2031.7"))
    plan = Plan(
        kind=Kind.ISSUED,
        content=draft.content,
        valid_from=draft.valid_from,
        valid_through=draft.valid_through,
        first_granted_on=draft.content.granted_on,
        row=7,
    )
    identity = Identity(base_url=BASE_URL, name="L Certification", policy="single-operator")
    with pytest.raises(InvalidInput, match=r"row 7: assessment\.criteria: .*known: L-2026\.1"):
        check_plan(plan, identity, {"L-2026.1": DIGEST})

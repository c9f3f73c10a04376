"""The profile: a payload that breaks a rule is named by the claim, in every securing; a whole one is read."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evidence import NOW, World, changed, instant, make_world

from lcert_verifier.credential import Credential
from lcert_verifier.errors import ClaimError
from lcert_verifier.policy import check_profile
from lcert_verifier.vocabulary import Securing

BOTH = (Securing.VC_JWT, Securing.OPENBADGE)
WORLD = make_world()


def check(
    claims: Any, securing: Securing = Securing.VC_JWT, world: World = WORLD, **options: Any
) -> Credential:
    return check_profile(claims, securing=securing, base_url=world.base_url, issuer=world.issuer, **options)


@pytest.mark.parametrize("securing", list(Securing))
def test_what_the_issuer_writes_passes(securing: Securing) -> None:
    credential = check(WORLD.claims(securing), securing, complete=True)
    assert (credential.id, credential.securing) == (WORLD.credential_id, securing)


def test_a_later_edition_names_the_one_before() -> None:
    world = make_world(edition=3)
    assert check(world.claims(), world=world).supersedes == f"{world.base_url}/c/LC-2026-0001/2"


@pytest.mark.parametrize("other", [None, "LC-2026-0001/2", "LC-2026-0001/3", "LC-2026-0002/1"])
def test_a_later_edition_that_names_no_earlier_one_is_refused(other: str | None) -> None:
    world = make_world(edition=2)
    named = f"{world.base_url}/c/{other}" if other else other
    with pytest.raises(ClaimError, match="must be the id of an earlier edition"):
        check(world.claims(**{f"{CERT}supersedes": named}), world=world)


CERT = "credentialSubject__certificate__"
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("vc", {"vc": {}}),
    ("vp", {"vp": {}}),
    ("aud", {"aud": "someone"}),
    ("aud", {"aud": []}),
    ("iat", {"iat": "1"}),
    ("iat", {"iat": 1.0}),
    ("iat", {"iat": -1}),
    ("iat", {"iat": 2**33 + 1}),
    ("iat", {"iat": True}),
    ("iat", {"iat": 10**400}),
    ("nbf", {"nbf": 1.5}),
    ("exp", {"exp": "never"}),
    ("exp", {"exp": [1]}),
    ("exp", {"exp": 5}),
    ("nbf", {"nbf": 5}),
    ("iss", {"iss": "did:web:other.example"}),
    ("sub", {"sub": "https://other.example/"}),
    ("jti", {"jti": "urn:uuid:1"}),
    ("@context", {"@context": None}),
    ("@context", {"@context": "https://www.w3.org/ns/credentials/v2"}),
    ("@context[0]", {"@context__0": "https://www.w3.org/2018/credentials/v1"}),
    ("@context[1]", {"@context__1": {"LCertification": "https://other.example/#x"}}),
    ("@context[1]", {"@context__1": "javascript:alert(1)"}),
    ("@context", {"@context__3": "https://other.example/contexts/l/v1"}),
    ("type", {"type": None}),
    ("type", {"type": "LCertification"}),
    ("type", {"type": ["VerifiableCredential", "LCertification"]}),
    ("type", {"type": ["VerifiableCredential", "OpenBadgeCredential"]}),
    ("type", {"type": [["VerifiableCredential"]]}),
    ("issuer", {"issuer": "did:web:certs.example"}),
    ("issuer.id", {"issuer__id": "did:web:certs.example/"}),
    ("issuer.type", {"issuer__type": "Profile"}),
    ("issuer.name", {"issuer__name": None}),
    ("id", {"id": None}),
    ("id", {"id": ["https://certs.example/c/LC-2026-0001/1"]}),
    ("id", {"id": "https://certs.example/c/LC-2026-0002/1"}),
    ("id", {"id": "https://certs.example/c/LC-2026-0001/2"}),
    ("id", {"id": "https://certs.example/c/LC-2026-0001/1/"}),
    ("id", {"id": "https://certs.example.evil.example/c/LC-2026-0001/1"}),
    ("id", {"id": "https://certs.example/c/lc-2026-0001/1"}),
    ("id", {"id": "https://certs.example/c/LC-2026-0001/01"}),
    ("validFrom", {"validFrom": None}),
    ("validFrom", {"validFrom": "2026-11-23"}),
    ("validFrom", {"validFrom": "2026-11-23T00:00:00"}),
    ("validFrom", {"validFrom": "2026-11-23T00:00:01Z"}),
    ("validFrom", {"validFrom": "2026-11-23T25:00:00Z"}),
    ("validFrom", {"validFrom": "2026-11-23 00:00:00Z"}),
    ("validUntil", {"validUntil": None}),
    ("validUntil", {"validUntil": "2037-11-22T23:59:59Z"}),
    ("validUntil", {"validUntil": 1}),
    ("awardedDate", {"awardedDate": "soon"}),
    ("name", {"name": 5}),
    ("description", {"description": {"en": "x"}}),
    ("termsOfUse", {"termsOfUse": [{}]}),
    ("termsOfUse", {"termsOfUse": "none"}),
    ("credentialSchema", {"credentialSchema": [{"id": "https://x.example/"}]}),
    ("credentialSchema.id", {"credentialSchema__0__id": "not a url"}),
    ("evidence", {"evidence": [{"id": "https://x.example/"}]}),
    ("refreshService", {"refreshService": {"id": "https://x.example/"}}),
    ("image", {"image": {"id": "https://x.example/a.png"}}),
    ("credentialSubject", {"credentialSubject": None}),
    ("credentialSubject", {"credentialSubject": []}),
    ("credentialSubject", {"credentialSubject": [{}]}),
    ("credentialSubject.id", {"credentialSubject__id": "https://other.example/"}),
    ("credentialSubject.type", {"credentialSubject__type": ["AchievementSubject"]}),
    ("credentialSubject.achievement.type", {"credentialSubject__achievement__type": "Achievement"}),
    ("credentialSubject.achievement.criteria", {"credentialSubject__achievement__criteria": None}),
    ("credentialSubject.certificate.number", {CERT + "number": "LC-26-1"}),
    ("credentialSubject.certificate.edition", {CERT + "edition": 0}),
    ("credentialSubject.certificate.edition", {CERT + "edition": "1"}),
    (
        "credentialSubject.certificate.supersedes",
        {CERT + "supersedes": "https://certs.example/c/LC-2026-0001/1"},
    ),
    ("credentialSubject.certificate.programme", {CERT + "programme": "M"}),
    ("credentialSubject.certificate.criteria", {CERT + "criteria": "anything"}),
    ("credentialSubject.certificate.criteriaDigest", {CERT + "criteriaDigest": "sha256-"}),
    ("credentialSubject.certificate.grantedOn", {CERT + "grantedOn": "2026-11-01"}),
    ("credentialSubject.certificate.firstGrantedOn", {CERT + "firstGrantedOn": "2026-11-20"}),
    ("credentialSubject.certificate.validThrough", {CERT + "validThrough": "2026-11-22"}),
    ("credentialSubject.certificate.validThrough", {CERT + "validThrough": "2027-11-24"}),
    ("credentialSubject.certificate.validThrough", {CERT + "validThrough": "2036-11-22"}),
    ("credentialSubject.certificate.validFrom", {CERT + "validFrom": "0001-01-01"}),
    ("credentialSubject.certificate.validThrough", {CERT + "validThrough": "9999-12-31"}),
    ("credentialSubject.holder.lei", {"credentialSubject__holder__lei": "999900QUILLWATER0156"}),
    ("credentialSubject.dataBasis[0].basis", {"credentialSubject__dataBasis__0__basis": "fair-use"}),
    ("credentialSubject.decision", {"credentialSubject__decision": None}),
    ("status", {"status": None, "credentialStatus": None}),
    ("status", {"status": []}),
    ("status.status_list", {"status__status_list": 1}),
    ("status.status_list.idx", {"status__status_list__idx": -1}),
    ("status.status_list.idx", {"status__status_list__idx": "4711"}),
    ("status.status_list.idx", {"status__status_list__idx": 131_072}),
    ("status.status_list.idx", {"status__status_list__idx": 4711.0}),
    ("status.status_list.uri", {"status__status_list__uri": "https://evil.example/status/token/1"}),
    ("status.status_list.uri", {"status__status_list__uri": "https://certs.example/status/token/1?x=1"}),
    ("status.status_list.uri", {"status__status_list__uri": "https://certs.example/status/token/../1"}),
    ("status.status_list.uri", {"status__status_list__uri": "https://certs.example/status/token/01"}),
    ("status.status_list.uri", {"status__status_list__uri": "https://certs.example/status/token/0"}),
    ("credentialStatus", {"credentialStatus__0__statusListIndex": "4712"}),
    ("credentialStatus", {"status__status_list__idx": 4712}),
]
STATUS_WRONG = [
    {"statusPurpose": "message"},
    {"statusPurpose": "suspension"},
    {"statusListIndex": 4711},
    {"statusListIndex": "04711"},
    {"statusListIndex": "-1"},
    {"statusListIndex": "131072"},
    {"statusListIndex": "٤٧١١"},
    {"statusListCredential": "https://evil.example/status/bitstring/revocation/1"},
    {"statusListCredential": "https://certs.example/status/bitstring/suspension/1"},
    {"id": "https://certs.example/status/bitstring/revocation/1"},
    {"type": None},
    {"type": []},
]


@pytest.mark.parametrize(("path", "changes"), WRONG, ids=lambda value: repr(value)[:90])
def test_a_broken_rule_is_named_by_its_claim(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ClaimError) as caught:
        check(WORLD.claims(**changes))
    assert caught.value.path == path


@pytest.mark.parametrize("change", STATUS_WRONG, ids=repr)
def test_a_status_entry_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    claims = WORLD.claims(Securing.OPENBADGE)
    with pytest.raises(ClaimError) as caught:
        check(
            changed(claims, **{f"credentialStatus__{name}": value for name, value in change.items()}), BOTH[1]
        )
    assert caught.value.path.startswith("credentialStatus")


def test_two_entries_of_one_purpose_are_refused() -> None:
    claims = WORLD.claims()
    claims["credentialStatus"] = [claims["credentialStatus"][0]] * 2
    with pytest.raises(ClaimError, match="one purpose"):
        check(claims)


def test_an_open_badge_has_one_entry_of_status() -> None:
    claims = WORLD.claims(Securing.OPENBADGE)
    claims["credentialStatus"] = [claims["credentialStatus"]]
    with pytest.raises(ClaimError, match=r"^credentialStatus: must be one object in an Open Badge"):
        check(claims, Securing.OPENBADGE)


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp"])
def test_an_open_badge_has_its_registered_claims(name: str) -> None:
    with pytest.raises(ClaimError) as caught:
        check(WORLD.claims(Securing.OPENBADGE, **{name: None}), Securing.OPENBADGE)
    assert caught.value.path == name


def test_a_mechanism_nobody_knows_is_noted_and_not_skipped_over() -> None:
    other = {"id": "https://certs.example/x#1", "type": "OtherStatus2031"}
    claims = WORLD.claims()
    assert check({**claims, "credentialStatus": other}).unknown_status == ("OtherStatus2031",)
    alone = {**claims, "credentialStatus": other}
    del alone["status"]
    credential = check(alone)
    assert (credential.status, credential.bitstrings) == (None, ())
    assert check({**claims, "status": {"identifier_list": {}}}).unknown_status == ("status.identifier_list",)


def test_a_type_nobody_knows_may_stand_beside_the_ones_wanted() -> None:
    types = [*WORLD.claims()["type"], "OtherCredential2031"]
    assert check(WORLD.claims(type=types))


def test_members_nobody_knows_are_ignored() -> None:
    assert check(WORLD.claims(futureMember={"a": [1]}, credentialSubject__holder__colour="red"))


def test_only_the_issuer_is_asked_for_what_others_read() -> None:
    claims = WORLD.claims(credentialSubject__achievement=None)
    assert check(claims)
    with pytest.raises(ClaimError) as caught:
        check(claims, complete=True)
    assert caught.value.path == "credentialSubject.achievement"
    with pytest.raises(ClaimError):
        check(WORLD.claims(credentialStatus=None), complete=True)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("iss", {"iss": "other.example"}),
        ("iss", {"iss": "CERTS.example"}),
        ("iss", {"iss": "did:web:certs.example"}),
        ("jti", {"jti": "LC-2026-0001"}),
        ("jti", {"jti": "LC-2026-0001/0"}),
        ("jti", {"jti": "LC-2026-0001/1/2"}),
        ("jti", {"jti": None}),
        ("sub", {"sub": ""}),
        ("sub", {"sub": None}),
        ("scp", {"scp": "a\u202eb"}),
        ("dom", {"dom": ""}),
        ("dom", {"dom": "a.example  b.example"}),
        ("dom", {"dom": "a.example a.example"}),
        ("dom", {"dom": "A.example"}),
        ("dom", {"dom": ["a.example"]}),
        ("nbf", {"nbf": None}),
        ("nbf", {"nbf": instant(NOW)}),
        ("exp", {"exp": None}),
        ("exp", {"exp": instant(NOW)}),
        ("exp", {"exp": 2**33 + 1}),
        ("validThrough", {"exp": 2**33 - (2**33 % 86_400) - 1}),
        ("st", {"st": None}),
        ("st", {"st": [1]}),
        ("st", {"st": [1, -1]}),
        ("st", {"st": [0, 1]}),
        ("st", {"st": [1, 131_072]}),
        ("st", {"st": [1, "2"]}),
        ("st", {"st": [True, 2]}),
        ("st", {"st": [1, 2.0]}),
        ("aud", {"aud": []}),
        ("vc", {"vc": {}}),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_broken_rule_of_the_compact_securing_is_named(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ClaimError) as caught:
        check(WORLD.claims(Securing.COMPACT, **changes), Securing.COMPACT)
    assert caught.value.path == path


@pytest.mark.parametrize("securing", list(Securing))
def test_the_claims_of_one_securing_are_none_of_another(securing: Securing) -> None:
    for other in Securing:
        if {securing, other} == {Securing.OPENBADGE, Securing.VC_JWT}:
            continue  # an Open Badge is a credential too; the header's typ tells them apart
        if other is not securing:
            with pytest.raises(ClaimError):
                check(WORLD.claims(securing), other)


PATHS = [
    "@context", "id", "type", "issuer", "issuer__id", "validFrom", "validUntil", "credentialStatus", "status",
    "status__status_list", "credentialStatus__0", "credentialStatus__0__type", "credentialSubject", "termsOfUse",
    "credentialSubject__id", "credentialSubject__type", "credentialSubject__achievement", "credentialSubject__scope",
    "credentialSubject__certificate", "credentialSubject__certificate__supersedes", "iat", "exp", "image", "name",
    "credentialSubject__certificate__edition", "credentialSubject__holder", "credentialSchema", "awardedDate",
]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(PATHS), ANYTHING)
def test_no_claims_raise_anything_but_a_claim_error(path: str, value: Any) -> None:
    for securing in BOTH:
        with contextlib.suppress(
            ClaimError, KeyError, TypeError if path.startswith("credentialStatus__") else ()
        ):
            claims = WORLD.claims(securing)
            claims = changed(claims, **{path: value})
            with contextlib.suppress(ClaimError):
                check(claims, securing)


@given(st.sampled_from(["iss", "jti", "sub", "dom", "scp", "nbf", "exp", "st", "iat"]), ANYTHING)
def test_no_compact_claims_raise_anything_but_a_claim_error(path: str, value: Any) -> None:
    with contextlib.suppress(ClaimError):
        check({**WORLD.claims(Securing.COMPACT), path: value}, Securing.COMPACT)

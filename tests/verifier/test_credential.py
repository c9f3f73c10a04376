"""A credential as a value: round trips, what Reports show of it, and its identity."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.support.evidence import World, changed, make_world

from lcert_verifier.credential import Credential, Domain, from_claims, to_claims
from lcert_verifier.vocabulary import Securing


def read(world: World, securing: Securing) -> Credential:
    return from_claims(
        world.claims(securing), securing=securing, trust_base_url=world.base_url, issuer=world.issuer
    )


@pytest.mark.parametrize("securing", list(Securing))
@pytest.mark.parametrize("edition", [1, 2])
def test_claims_come_back_as_the_same_credential(securing: Securing, edition: int) -> None:
    world = make_world(edition=edition)
    credential = read(world, securing)
    claims = json.loads(json.dumps(to_claims(credential)))
    if securing is Securing.OPENBADGE:
        whole = world.claims(securing)["credentialSubject"]
        claims["credentialSubject"]["achievement"] = whole["achievement"]
    again = from_claims(claims, securing=securing, trust_base_url=world.base_url, issuer=world.issuer)
    assert again == credential


def test_the_compact_claims_come_back_whole() -> None:
    world = make_world()
    assert to_claims(read(world, Securing.COMPACT)) == world.claims(Securing.COMPACT)


def test_the_members_we_read_come_back_letter_for_letter() -> None:
    world = make_world()
    claims, again = world.claims(Securing.OPENBADGE), to_claims(read(world, Securing.OPENBADGE))
    subject = claims["credentialSubject"]
    for name in again:
        if name != "credentialSubject":
            assert again[name] == claims[name], name
    for name, value in again["credentialSubject"].items():
        assert value == subject[name], name


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({"status": None}, "status"), ({"bitstrings": ()}, "credentialStatus"), ({"issued_at": None}, "iat")],
)
def test_what_a_credential_does_not_say_is_not_claimed(changes: dict[str, Any], missing: str) -> None:
    credential = replace(read(make_world(), Securing.VC_JWT), **changes)
    claims = to_claims(credential)
    assert missing not in claims
    again = from_claims(
        claims,
        securing=Securing.VC_JWT,
        trust_base_url=credential.base_url,
        issuer=credential.issuer,
    )
    assert again == credential


def test_every_securing_of_an_edition_is_one_credential() -> None:
    world = make_world()
    ids = {read(world, securing).id for securing in Securing}
    assert ids == {f"{world.base_url}/c/LC-2026-0001/1"}


def test_it_shows_dates_as_days_and_judges_by_seconds() -> None:
    credential = read(make_world(), Securing.VC_JWT)
    assert credential.certificate.valid_from == date(2026, 11, 23)
    assert credential.valid_from == datetime(2026, 11, 23, tzinfo=UTC)
    assert credential.valid_until == datetime(2027, 11, 22, 23, 59, 59, tzinfo=UTC)
    body = credential.to_json()
    assert (body["validFrom"], body["validThrough"]) == ("2026-11-23", "2027-11-22")
    assert body["url"] == "https://certs.example/c/LC-2026-0001"
    assert body["scope"]["notCovered"]
    assert json.dumps(body)


def test_a_compact_credential_says_little_and_claims_nothing_more() -> None:
    credential = read(make_world(), Securing.COMPACT)
    assert credential.holder.legal_name == "Quillwater Audio Ltd"
    assert credential.domain_names == ("quillwater.example",)
    assert (credential.decision, credential.scope.level, credential.holder.country) == (None, None, None)
    body = credential.to_json()
    assert body["dataBasis"] == body["evidence"] == []
    assert body["scope"] == {"statement": "Quillwater Compose 3.x (text-to-music)"}
    assert json.dumps(body)


def test_a_credential_cannot_be_changed() -> None:
    credential = read(make_world(), Securing.VC_JWT)
    with pytest.raises(FrozenInstanceError):
        credential.id = "another"  # type: ignore[misc]


def test_changed_helper_reaches_inside() -> None:
    assert changed({"a": [{"b": 1}], "c": 1}, a__0__b=2, c=None) == {"a": [{"b": 2}]}


def test_claims_leave_out_what_a_credential_does_not_have() -> None:
    world = make_world()
    compact = replace(read(world, Securing.COMPACT), status=None)
    assert to_claims(compact)["st"] == []
    two = replace(compact.holder, domains=(Domain(name="a.example"), Domain(name="b.example")))
    assert to_claims(replace(compact, holder=two))["dom"] == "a.example b.example"
    full = read(world, Securing.VC_JWT)
    bare = to_claims(replace(full, status=None, bitstrings=(), issued_at=None, decision=None))
    assert not {"status", "credentialStatus", "iat", "iss", "sub", "jti", "nbf", "exp"} & bare.keys()
    assert bare["credentialSubject"]["decision"] is None
    assert to_claims(replace(full, bitstrings=full.bitstrings[:1]))["credentialStatus"]["type"]
    assert to_claims(replace(full, issuer_name=None))["issuer"]["name"] == full.issuer


@pytest.mark.parametrize(("size", "ends"), [(283, "x"), (284, "x"), (285, "x")])
def test_a_name_is_cut_at_three_hundred(size: int, ends: str) -> None:
    full = read(make_world(), Securing.VC_JWT)
    name = to_claims(replace(full, scope=replace(full.scope, statement="x" * size)))["name"]
    assert (len(name), name[-1]) == (min(300, 17 + size), ends)
    spaced = to_claims(replace(full, scope=replace(full.scope, statement="x" * 282 + " y")))["name"]
    assert len(spaced) == 299


def test_a_report_shows_each_part() -> None:
    for securing in Securing:
        credential = read(make_world(), securing)
        body = credential.to_json()
        assert (body["number"], body["edition"], body["securing"]) == ("LC-2026-0001", 1, securing.value)
        assert (body["issuer"], body["issuerName"]) == (credential.issuer, credential.issuer_name)
        assert body["decision"] == (credential.decision.to_json() if credential.decision else None)
        assert replace(credential, status=None).to_json()["status"] is None
        assert body["status"] == {"uri": f"{credential.base_url}/status/token/1", "idx": 4711}
        assert credential.holder_name == body["holder"]["legalName"]
        assert credential.statement == body["scope"]["statement"]
        assert credential.domain_names == ("quillwater.example",)
        assert (credential.number, credential.edition, credential.supersedes) == ("LC-2026-0001", 1, None)


def test_it_is_named_and_names_what_it_replaced() -> None:
    first, second = (read(make_world(edition=edition), Securing.VC_JWT) for edition in (1, 2))
    assert (first.supersedes, second.supersedes) == (None, first.id)
    assert second.to_json()["id"] == second.id

"""Edges of the profile: the last value that keeps a rule, the first that breaks it, and which claim is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.evidence import make_world
from tests.verifier.test_policy import BOTH, CERT, WORLD, check

from lcert_verifier.errors import ClaimError
from lcert_verifier.policy import Judged
from lcert_verifier.vocabulary import LIST_ENTRIES, Securing

BASE = WORLD.base_url
LONG = " ".join(f"a{number:04d}.example" for number in range(1_168))
FILLED = f"{LONG} {'b' * (16_384 - len(LONG) - 9)}.example"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"dom": FILLED}, None),
        ({"dom": FILLED.replace(" b", " bb")}, "dom"),
        ({"dom": "a.example b.example"}, None),
        ({"st": [1, 2, 3]}, "st"),
        ({"st": [1_000_000, LIST_ENTRIES - 1]}, None),
        ({"st": [1_000_001, 1]}, "st"),
        ({"st": [1, 0]}, None),
        ({"nbf": 0, "exp": 86_399}, None),
        ({"nbf": 0, "exp": 86_400 * 366 - 1}, None),
        ({"nbf": 0, "exp": 86_400 * 367 - 1}, "validThrough"),
        ({"nbf": 0, "exp": 86_398}, "exp"),
        ({"nbf": 1, "exp": 86_399}, "nbf"),
        ({"nbf": 86_400, "exp": 86_399}, "validThrough"),
        ({"iat": 2**33}, None),
        ({"iat": 2**33 + 1}, "iat"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_the_compact_securing_is_read_up_to_its_edges(changes: dict[str, Any], path: str | None) -> None:
    assert len(FILLED) == 16_384
    claims = WORLD.claims(Securing.COMPACT) | changes
    if path is None:
        credential = check(claims, Securing.COMPACT)
        assert [domain.name for domain in credential.holder.domains] == claims["dom"].split(" ")
        return
    with pytest.raises(ClaimError) as caught:
        check(claims, Securing.COMPACT)
    assert caught.value.path == path


def test_what_the_compact_securing_says_is_what_is_read() -> None:
    credential = check(WORLD.claims(Securing.COMPACT) | {"iat": 1_000}, Securing.COMPACT)
    assert credential.issued_at == datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC)
    assert credential.status is not None
    assert (credential.status.uri, credential.status.index) == (f"{BASE}/status/token/1", WORLD.index)
    assert (credential.issuer, credential.issuer_name) == (WORLD.issuer, None)
    full = check(WORLD.claims())
    assert full.issued_at is not None
    assert full.issued_at.timestamp() == WORLD.claims()["iat"]
    assert check(WORLD.claims(iat=None)).issued_at is None
    assert (full.issuer_name, full.unknown_status, len(full.bitstrings)) == (WORLD.name, (), 2)


THIRD = make_world(edition=3)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({CERT + "supersedes": f"{BASE}/c/LC-2026-0001/1"}, None),
        ({CERT + "supersedes": f"{BASE}/c/LC-2026-0001/3"}, "supersedes"),
        ({CERT + "supersedes": f"{BASE}/c/LC-2026-0002/1"}, "supersedes"),
        ({CERT + "supersedes": "1"}, "supersedes"),
        ({CERT + "supersedes": None}, "supersedes"),
        ({CERT + "edition": 999_999, "id": f"{BASE}/c/LC-2026-0001/999999"}, None),
        ({CERT + "edition": 1_000_000}, "edition"),
        ({CERT + "firstGrantedOn": "2026-11-01"}, None),
    ],
    ids=repr,
)
def test_a_later_edition_names_an_earlier_one(changes: dict[str, Any], path: str | None) -> None:
    claims = THIRD.claims(**changes)
    if path is None:
        assert check(claims, world=THIRD).edition == claims["credentialSubject"]["certificate"]["edition"]
        return
    with pytest.raises(ClaimError) as caught:
        check(claims, world=THIRD)
    assert caught.value.path == f"credentialSubject.certificate.{path}"


def test_dates_may_fall_together() -> None:
    granted = WORLD.claims()["credentialSubject"]["certificate"]["grantedOn"]
    first = WORLD.claims()["validFrom"][:10]
    assert check(WORLD.claims(**{CERT + "assessedOn": granted, CERT + "firstGrantedOn": granted}))
    one_day = {CERT + "validThrough": first, "validUntil": f"{first}T23:59:59Z"}
    assert check(WORLD.claims(**one_day)).certificate.valid_through.isoformat() == first


@pytest.mark.parametrize("name", ["id", "name", "description", "criteria"])
def test_an_achievement_has_its_members(name: str) -> None:
    for value in (None, 1):
        with pytest.raises(ClaimError) as caught:
            check(WORLD.claims(**{f"credentialSubject__achievement__{name}": value}))
        assert caught.value.path == f"credentialSubject.achievement.{name}"
    for size, taken in ((4_096, True), (4_097, False)):
        changes = {"credentialSubject__achievement__description": "x" * size}
        if taken:
            assert check(WORLD.claims(**changes))
        else:
            with pytest.raises(ClaimError):
                check(WORLD.claims(**changes))


@pytest.mark.parametrize("securing", BOTH)
def test_an_issuer_refers_to_every_list(securing: Securing) -> None:
    whole = WORLD.claims(securing)
    assert check(whole, securing, complete=True)
    entries = whole["credentialStatus"]
    less = {name: value for name, value in whole.items() if name != "credentialStatus"}
    if isinstance(entries, list):
        less["credentialStatus"] = entries[:1]
    for claims in (less, {k: v for k, v in whole.items() if k != "status"}):
        assert check(claims, securing)
        with pytest.raises(ClaimError) as caught:
            check(claims, securing, complete=True)
        assert caught.value.path == "status"


def test_a_subject_that_two_share_is_judged_once() -> None:
    claims = WORLD.claims()
    judged: list[Judged] = []
    first = check(claims, judged=judged)
    (known,) = judged
    assert known.of is claims["credentialSubject"]
    assert check({**claims, "iat": 5}, judged=judged).certificate is first.certificate
    assert judged == [known]
    assert judged[0] is known
    check(claims, judged=judged, complete=True)
    assert judged[0] is not known
    assert judged[0].by == (BASE, True)
    again = judged[0]
    check(WORLD.claims(), judged=judged, complete=True)
    assert (len(judged), judged[0] is again) == (1, False)
    with pytest.raises(ClaimError, match="another number or edition"):
        check({**claims, "id": f"{BASE}/c/LC-2026-0001/2"}, judged=judged, complete=True)


UNKNOWN = {"type": "Other"}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"status": {}}, "status", "names no mechanism"),
        ({"status": {"status_list": {"idx": 0}}}, "status.status_list.uri", "is missing"),
        ({"status": {"status_list": {"idx": 0, "uri": f"{BASE}/x"}}}, "status.status_list.uri", "is not"),
        ({"credentialStatus": []}, "credentialStatus", "names no mechanism"),
        ({"credentialStatus": {}}, "credentialStatus.type", "is missing"),
        ({"credentialStatus": {"type": 1}}, "credentialStatus.type", "is missing"),
        ({"credentialStatus": 7}, "credentialStatus", "must be an object"),
        ({"credentialStatus": [UNKNOWN, {}]}, "credentialStatus[1].type", "is missing"),
        ({"credentialStatus": [UNKNOWN, 7]}, "credentialStatus[1]", "must be an object"),
        ({"credentialStatus__1__statusPurpose": "x"}, "credentialStatus[1].statusPurpose", "must be one"),
        (
            {"credentialStatus__1__statusListIndex": str(LIST_ENTRIES)},
            "credentialStatus[1].statusListIndex",
            "beyond",
        ),
        (
            {"credentialStatus__0__statusListCredential": f"{BASE}/status/bitstring/suspension/1"},
            "credentialStatus[0].statusListCredential",
            "is not a list",
        ),
        (
            {"credentialStatus__0__id": f"{BASE}/status/bitstring/revocation/1"},
            "credentialStatus[0].id",
            "list's own URL",
        ),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_wrong_reference_is_named(changes: dict[str, Any], path: str, words: str) -> None:
    claims = WORLD.claims()
    direct = {name: value for name, value in changes.items() if "__" not in name}
    claims = WORLD.claims(**{name: value for name, value in changes.items() if "__" in name}) | direct
    with pytest.raises(ClaimError, match=words) as caught:
        check(claims)
    assert caught.value.path == path


def test_two_references_of_one_purpose_are_named() -> None:
    claims = WORLD.claims()
    with pytest.raises(ClaimError, match="two entries") as caught:
        check({**claims, "credentialStatus": claims["credentialStatus"][:1] * 2})
    assert caught.value.path == "credentialStatus"
    with pytest.raises(ClaimError, match="is missing") as caught:
        check({name: value for name, value in claims.items() if name not in ("status", "credentialStatus")})
    assert caught.value.path == "status"


@pytest.mark.parametrize("index", [0, 1, LIST_ENTRIES - 1])
def test_a_place_may_be_anywhere_in_a_list(index: int) -> None:
    uri = f"{BASE}/status/token/1"
    claims = WORLD.claims() | {"status": {"status_list": {"idx": index, "uri": uri}}}
    del claims["credentialStatus"]
    status = check(claims).status
    assert status is not None
    assert (status.index, status.uri) == (index, uri)
    entry = WORLD.claims()["credentialStatus"][0] | {"statusListIndex": str(index)}
    del claims["status"]
    (found,) = check({**claims, "credentialStatus": entry}).bitstrings
    assert (found.index, found.purpose) == (index, "revocation")


def test_what_nobody_knows_is_named_briefly_and_the_rest_is_read() -> None:
    claims = WORLD.claims()
    other = {"type": "O" * 101}
    listed = {**claims, "credentialStatus": [other, *claims["credentialStatus"]]}
    credential = check(listed)
    assert credential.unknown_status == ("O" * 100,)
    assert [each.purpose for each in credential.bitstrings] == ["revocation", "suspension"]
    status = {**claims["status"], "s" * 101: {}}
    assert check({**claims, "status": status}).unknown_status == ("status." + "s" * 93,)

"""Domain linkage: an origin and a DID are one's when the DID signed so, and a linkage is no certificate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.edges import NOW, Reads, ec_key
from tests.support.evidence import make_world

from lcert_verifier import command
from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.fetch import Fetcher
from lcert_verifier.jose import sign_compact, split
from lcert_verifier.jwk import PublicKey
from lcert_verifier.linkage import (
    CONFIGURATION_PATH,
    DID_PATH,
    assertion_keys,
    check_linkage,
    did_configuration,
    did_document,
    make_linkage,
    read_linkage,
    resolver,
)
from lcert_verifier.published import NotPublished
from lcert_verifier.vocabulary import KeyPurpose
from lcert_verifier.wording import describe_linkage

ORIGIN = "https://shop.example"
DID = "did:web:shop.example"
KEY = ec_key("holder")
KID = f"{DID}#{KEY.thumbprint}"


def token(origin: str = ORIGIN, *, lifetime: timedelta = timedelta(days=90)) -> str:
    return make_linkage(origin, kid=KID, alg="ES256", sign=KEY.sign, now=NOW, lifetime=lifetime)


def resolve(did: str) -> Mapping[str, PublicKey]:
    if did != DID:
        raise EvidenceUnavailable("not asked")
    return {KID: KEY.public}


def changed(header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """The credential with other members (dots lead inwards, None removes), rightly signed."""
    parsed = split(token())
    head, body = {**parsed.header, **(header or {})}, json.loads(json.dumps(parsed.payload))
    for path, value in claims.items():
        *way, last = path.split("__")
        place = body
        for name in way:
            place = place[name]
        if value is None:
            del place[last]
        else:
            place[last.replace("AT", "@")] = value
    return sign_compact({name: value for name, value in head.items() if value is not None}, body, KEY.sign)


def test_a_linkage_has_the_form_of_the_specification() -> None:
    parsed = split(token())
    assert parsed.header == {"alg": "ES256", "kid": KID}
    assert set(parsed.payload) == {"iss", "sub", "nbf", "exp", "vc"}
    assert parsed.payload["vc"] == {
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            "https://identity.foundation/.well-known/did-configuration/v1",
        ],
        "issuer": DID,
        "issuanceDate": "2026-11-20T12:00:00Z",
        "expirationDate": "2027-02-18T12:00:00Z",
        "type": ["VerifiableCredential", "DomainLinkageCredential"],
        "credentialSubject": {"id": DID, "origin": ORIGIN},
    }
    link = check_linkage(token(), origin=ORIGIN, resolve=resolve, now=NOW)
    assert (link.did, link.problem) == (DID, None)


REFUSED: dict[str, Callable[[], str]] = {
    "another origin": lambda: changed(vc__credentialSubject__origin="https://other.example"),
    "origin with a slash": lambda: changed(vc__credentialSubject__origin=ORIGIN + "/"),
    "another subject": lambda: changed(vc__credentialSubject__id="did:web:other.example"),
    "another sub": lambda: changed(sub="did:web:other.example"),
    "another issuer inside": lambda: changed(vc__issuer="did:web:other.example"),
    "a typ": lambda: changed({"typ": "JWT"}),
    "no kid": lambda: changed({"kid": None}),
    "an unknown kid": lambda: changed({"kid": f"{DID}#other"}),
    "another alg": lambda: changed({"alg": "ES384"}),
    "an id": lambda: changed(vc__id="urn:x"),
    "a jti": lambda: changed(jti="x"),
    "no nbf": lambda: changed(nbf=None),
    "no exp": lambda: changed(exp=None),
    "a text as exp": lambda: changed(exp="1900000000"),
    "dates that differ": lambda: changed(exp=1_900_000_000),
    "expired": lambda: token(lifetime=timedelta(seconds=0)),
    "another type": lambda: changed(vc__type=["VerifiableCredential"]),
    "another context": lambda: changed(vc__ATcontext=["https://www.w3.org/ns/credentials/v2"]),
    "a stranger's signature": lambda: sign_compact(
        split(token()).header, split(token()).payload, ec_key("stranger").sign
    ),
    "no token": lambda: "x.y.z",
    "a negative time": lambda: changed(nbf=-1),
    "a text as vc": lambda: changed(vc="x"),
    "a text as type": lambda: changed(vc__type="VerifiableCredential"),
    "a text as subject": lambda: changed(vc__credentialSubject="x"),
    "issuers that are no DID": lambda: changed(iss=7, sub=7, vc__issuer=7, vc__credentialSubject__id=7),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_what_proves_nothing_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(Malformed):
        check_linkage(make(), origin=ORIGIN, resolve=resolve, now=NOW)


def test_every_entry_is_judged_by_itself() -> None:
    foreign = make_linkage(
        "https://other.example", kid="did:web:other.example#k", alg="ES256", sign=KEY.sign, now=NOW,
        lifetime=timedelta(days=1),
    )  # fmt: skip
    resource = did_configuration(changed({"typ": "JWT"}), token(), foreign)
    resource["linked_dids"].append({"proof": {}})
    found = read_linkage(json.dumps(resource).encode(), origin=ORIGIN, resolve=resolve, now=NOW)
    assert found.dids == (DID,)
    assert [link.problem is None for link in found.links] == [False, True, False, False]
    assert found.links[3].unknown
    assert describe_linkage(found).splitlines()[1].startswith("LINKED  did:web:shop.example")


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"@context": "x", "linked_dids": []},
        {**did_configuration(), "more": 1},
        {**did_configuration(), "linked_dids": "x"},
        did_configuration(*["a"] * 17),
        [],
    ],
)
def test_what_is_no_resource_is_malformed(resource: Any) -> None:
    with pytest.raises(Malformed):
        read_linkage(json.dumps(resource).encode(), origin=ORIGIN, resolve=resolve, now=NOW)


def test_keys_of_a_did_document_are_those_for_assertions() -> None:
    document = did_document(ORIGIN, KEY.public)
    assert assertion_keys(DID, json.dumps(document).encode()) == {KID: KEY.public}
    document["assertionMethod"] = []
    assert assertion_keys(DID, json.dumps(document).encode()) == {}
    with pytest.raises(Malformed):
        assertion_keys("did:web:other.example", json.dumps(document).encode())


def document(**changes: Any) -> bytes:
    return json.dumps({**did_document(ORIGIN, KEY.public), **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        document(id="did:web:other.example"),
        document(verificationMethod={}),
        document(assertionMethod=KID),
    ],
)
def test_what_is_no_did_document_of_the_did_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        assertion_keys(DID, data)


def test_one_bad_key_does_not_take_the_others_down() -> None:
    good = did_document(ORIGIN, KEY.public)["verificationMethod"][0]
    bad = {"id": f"{DID}#bad", "publicKeyJwk": {"kty": "oct", "k": "AAAA"}}
    methods = ["x", {}, {"id": 7}, bad, {"id": f"{DID}#none"}, good]
    data = document(
        verificationMethod=methods, assertionMethod=[f"{DID}#bad", f"{DID}#none", KID, {"id": "embedded"}]
    )
    assert assertion_keys(DID, data) == {KID: KEY.public}


def test_only_did_web_of_this_origin_or_a_trusted_one_is_resolved() -> None:
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        return document()

    find = resolver(ORIGIN, read, {})
    assert find(DID) == {KID: KEY.public}
    for did in ("did:key:z6Mk", "did:web:SHOP.example", "did:web:other.example"):
        with pytest.raises(EvidenceUnavailable):
            find(did)
    assert asked == [DID_PATH]
    trusted = resolver("https://other.example", Reads({}), {ORIGIN: read})
    assert trusted(DID) == {KID: KEY.public}


def test_an_origin_that_names_no_did_says_so() -> None:
    found = read_linkage(json.dumps(did_configuration()).encode(), origin=ORIGIN, resolve=resolve, now=NOW)
    assert (found.dids, found.links) == ((), ())
    assert describe_linkage(found) == f"{ORIGIN} names no DID"


def test_a_linkage_is_no_certificate() -> None:
    """Signed by the issuer's own key and without `typ`, as an Open Badge is, and yet never accepted."""
    world = make_world()
    key = next(key for key in world.trust().keys_for(KeyPurpose.ISSUER))
    signer = world.issuing
    linkage = make_linkage(
        world.base_url, kid=key.kid, alg="ES256", sign=signer.sign, now=world.clock(), lifetime=timedelta(1)
    )
    report = world.verifier().verify(linkage)
    assert report.verdict.value == "rejected"
    assert report.code.value == "untrusted_issuer", "it names its issuer where no certificate does"


class Web:
    """A fetcher of what lies in a folder, as if it were at ORIGIN."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reader(self, origin: str) -> Callable[[str], bytes]:
        def read(path: str) -> bytes:
            try:
                return (self._folder / path).read_bytes()
            except OSError:
                raise NotPublished(path) from None

        assert origin == ORIGIN
        return read


def run(folder: Path, *words: str, now: datetime = NOW) -> int:
    return command.main(["domain", ORIGIN, *words], clock=lambda: now, fetcher=cast(Fetcher, Web(folder)))


def test_a_holder_makes_the_two_files_and_anybody_checks_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 2, "nothing there"
    key = tmp_path / "key.jwk"
    assert run(tmp_path, "--out", str(tmp_path), "--key", str(key), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["key_made"]
    assert said["did"] == DID
    assert key.stat().st_mode & 0o077 == 0
    public = [(tmp_path / path).read_text() for path in (DID_PATH, CONFIGURATION_PATH)]
    secret = json.loads(key.read_text())["d"]
    assert all(secret not in text for text in public)

    assert run(tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["dids"] == [DID]
    assert run(tmp_path, now=datetime(2028, 1, 1, tzinfo=UTC)) == 1, "it has run out"
    assert "NOT LINKED" in capsys.readouterr().out

    assert run(tmp_path, "--out", str(tmp_path), "--key", str(key), "--days", "30") == 0, "renewed, same key"
    assert "made" not in capsys.readouterr().out
    (tmp_path / DID_PATH).unlink()
    assert run(tmp_path) == 2, "the DID cannot be resolved"
    (tmp_path / CONFIGURATION_PATH).write_text("{}")
    assert run(tmp_path) == 1


def test_an_origin_that_is_not_reached_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    down = Reads({})
    down.down = True
    fetcher = cast(Fetcher, SimpleNamespace(reader=lambda _: down))
    assert command.main(["domain", ORIGIN], clock=lambda: NOW, fetcher=fetcher) == 2
    assert "not reached" in capsys.readouterr().err


def test_files_that_cannot_be_used_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, out = tmp_path / "key.jwk", ["--out", str(tmp_path), "--key", str(tmp_path / "key.jwk")]
    key.write_text("{}")
    assert run(tmp_path, *out) == 64
    assert "--key: " in capsys.readouterr().err
    key.unlink()
    (tmp_path / ".well-known").write_text("in the way")
    assert run(tmp_path, *out) == 64
    assert ".well-known" in capsys.readouterr().err


@pytest.mark.parametrize(
    "origin", ["http://shop.example", "https://shop.example/x", "https://127.0.0.1", "x"]
)
def test_an_origin_that_is_none_is_64(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["domain", origin], clock=lambda: NOW, fetcher=cast(Fetcher, Web(Path()))) == 64
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--out", "."],
        ["--out", "missing", "--key", "k"],
        ["--days", "x"],
        ["--out", ".", "--key", "k", "--days", "0"],
    ],
)
def test_wrong_use_is_64(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = 64
    try:
        code = run(tmp_path, *words)
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 64

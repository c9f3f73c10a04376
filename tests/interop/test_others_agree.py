"""What we publish, judged by software that is not ours: openbadgeslib, jsonld, jose, two status list libraries.

Each case also has its opposite, so that a judge that accepts everything would be noticed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jwt
import pytest
from jsonschema import Draft201909Validator, FormatChecker
from openbadgeslib import verify_badge
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier
from tests.support.programs import fetch
from tests.support.site import Site
from tests.support.system import node

pytestmark = pytest.mark.xdist_group("site")

HERE = Path(__file__).resolve().parent
NAMES = ("active", "suspended", "withdrawn", "replaced")
SUBJECT = {name: f"https://{name}.example/" for name in NAMES}


def judge(script: str, question: dict[str, Any]) -> dict[str, Any]:
    """The answer of one of the Node programs beside this file."""
    done = subprocess.run(
        [node(), str(HERE / script)],
        input=json.dumps(question).encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def other_character(token: str) -> str:
    """The token with one character of its signature changed."""
    at = token.rindex(".") + 10
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


# JSON-LD


@pytest.fixture(scope="module")
def documents(published_site: Site) -> dict[str, Any]:
    """Every signed JSON-LD document of the site by a name of its own."""
    found = {
        f"{name} {securing}": claims(published_site.token(name, securing))
        for name in NAMES
        for securing in ("vc+jwt", "openbadge")
    }
    for purpose in ("revocation", "suspension"):
        found[purpose] = claims(published_site.get(f"/status/bitstring/{purpose}/1").decode())
    return found


def test_every_signed_document_expands_in_safe_mode(published_site: Site, documents: dict[str, Any]) -> None:
    found = judge("expand.mjs", {"contexts": published_site.contexts(), "documents": documents})
    assert {name: answer.get("error") for name, answer in found.items() if not answer["ok"]} == {}
    assert set(found) == set(documents)
    badge = "\n".join(found["active openbadge"]["quads"])
    for fact in (
        "Active Audio Ltd",
        "record-label",
        published_site.numbers["active"],
        '\\"status_list\\"',
        "#jti",
    ):
        assert fact in badge, f"{fact} is not in what JSON-LD understands of the badge"


@pytest.mark.parametrize("place", [(), ("credentialSubject",), ("issuer",), ("termsOfUse", 0)])
def test_a_member_no_context_defines_fails_in_safe_mode(
    published_site: Site, documents: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    changed = json.loads(json.dumps(documents["active vc+jwt"]))
    target = changed
    for step in place:
        target = target[step]
    target["surplus"] = "x"
    found = judge("expand.mjs", {"contexts": published_site.contexts(), "documents": {"changed": changed}})
    assert not found["changed"]["ok"]


# Signatures


def test_jose_verifies_every_token_with_the_published_keys(published_site: Site) -> None:
    tokens = {f"{name} vc": {"token": published_site.token(name), "typ": "vc+jwt"} for name in NAMES}
    for name in NAMES:
        badge = published_site.token(name, "openbadge")
        tokens[f"{name} badge"] = {"token": badge, "issuer": published_site.did, "subject": SUBJECT[name]}
    old = published_site.token("replaced", edition=1)
    tokens["replaced edition 1"] = {"token": old, "typ": "vc+jwt"}
    uri = f"{published_site.base_url}/status/token/1"
    tokens["list"] = {
        "token": published_site.get("/status/token/1").decode(),
        "typ": "statuslist+jwt",
        "issuer": published_site.did,
        "subject": uri,
    }
    for purpose in ("revocation", "suspension"):
        token = published_site.get(f"/status/bitstring/{purpose}/1").decode()
        tokens[purpose] = {"token": token, "typ": "vc+jwt"}
    found = judge("signatures.mjs", {"jwks": published_site.json("/.well-known/jwks.json"), "tokens": tokens})
    assert {name: answer.get("error") for name, answer in found.items() if not answer["ok"]} == {}
    assert set(found) == set(tokens)
    assert found["active vc"]["header"]["cty"] == "vc"
    assert set(found["active badge"]["header"]) == {"alg", "kid"}


def test_jose_refuses_a_changed_token_and_one_of_another_type(published_site: Site) -> None:
    tokens = {
        "changed": {"token": other_character(published_site.token("active"))},
        "a list where a credential is expected": {
            "token": published_site.get("/status/token/1").decode(),
            "typ": "vc+jwt",
        },
    }
    found = judge("signatures.mjs", {"jwks": published_site.json("/.well-known/jwks.json"), "tokens": tokens})
    assert [answer["ok"] for answer in found.values()] == [False, False]


def test_the_issuer_metadata_leads_to_the_same_keys(published_site: Site) -> None:
    metadata = published_site.json("/.well-known/jwt-vc-issuer")
    assert metadata["issuer"] == published_site.base_url
    assert ("jwks" in metadata) != ("jwks_uri" in metadata)
    keys = metadata.get("jwks") or json.loads(fetch(metadata["jwks_uri"]).body)
    found = judge(
        "signatures.mjs", {"jwks": keys, "tokens": {"a": {"token": published_site.token("active")}}}
    )
    assert found["a"]["ok"], found


# Status lists


def test_a_token_status_list_library_reads_our_status(published_site: Site) -> None:
    credentials = {
        **{f"{name} {s}": published_site.token(name, s) for name in NAMES for s in ("vc+jwt", "openbadge")},
        "replaced edition 1": published_site.token("replaced", edition=1),
    }
    uri = f"{published_site.base_url}/status/token/1"
    lists = {uri: published_site.get("/status/token/1").decode()}
    found = judge("tokenstatus.mjs", {"credentials": credentials, "lists": lists})
    assert {answer.get("bits") for answer in found.values()} == {2}, found
    expected = {"active": 0, "suspended": 2, "withdrawn": 1, "replaced": 0}
    assert {name: answer["status"] for name, answer in found.items()} == {
        **{f"{name} {s}": expected[name] for name in NAMES for s in ("vc+jwt", "openbadge")},
        "replaced edition 1": 3,
    }


def test_a_bitstring_library_reads_our_status(published_site: Site) -> None:
    credentials = {name: claims(published_site.token(name)) for name in NAMES}
    credentials["replaced edition 1"] = claims(published_site.token("replaced", edition=1))
    credentials["withdrawn badge"] = claims(published_site.token("withdrawn", "openbadge"))
    lists = {
        f"{published_site.base_url}{path}": claims(published_site.get(path).decode())
        for path in ("/status/bitstring/revocation/1", "/status/bitstring/suspension/1")
    }
    found = judge("bitstring.mjs", {"credentials": credentials, "lists": lists})
    bits = {
        name: {each["purpose"]: each["set"] for each in answer.get("results", [])}
        for name, answer in found.items()
    }
    assert bits == {
        "active": {"revocation": False, "suspension": False},
        "suspended": {"revocation": False, "suspension": True},
        "withdrawn": {"revocation": True, "suspension": False},
        "replaced": {"revocation": False, "suspension": False},
        "replaced edition 1": {"revocation": True, "suspension": False},
        "withdrawn badge": {"revocation": True},
    }, found


# Open Badges


class Downloads:
    """openbadgeslib's fetcher, over loopback: it asks for did:web by https, and refuses http of its own accord."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        path = url.removeprefix(f"https://127.0.0.1:{self.site.home.public_port}").removeprefix(
            self.site.base_url
        )
        assert path.startswith("/"), f"openbadgeslib was sent elsewhere: {url}"
        self.asked.append(path)
        return self.site.get(path)


@pytest.fixture
def download(published_site: Site) -> Downloads:
    return Downloads(published_site)


def baked(site: Site, name: str, form: str) -> bytes:
    return site.get(f"/badge/{site.numbers[name]}/baked.{form}")


@pytest.mark.parametrize("form", ["png", "svg"])
def test_openbadgeslib_accepts_a_baked_badge(published_site: Site, download: Downloads, form: str) -> None:
    found = verify_badge(
        baked(published_site, "active", form),
        resolve_did=True,
        check_status=True,
        expected_recipient=SUBJECT["active"],
        download=download,
    )
    assert (found.valid, found.trusted, found.reason) == (True, True, None)
    assert (found.proof_format, found.issuer_did) == ("vc-jwt", published_site.did)
    assert download.asked == ["/.well-known/did.json", "/status/bitstring/revocation/1"]


@pytest.mark.parametrize("form", ["png", "svg"])
def test_openbadgeslib_refuses_the_badge_of_a_withdrawn_certificate(
    published_site: Site, download: Downloads, form: str
) -> None:
    image = baked(published_site, "withdrawn", form)
    found = verify_badge(image, resolve_did=True, check_status=True, download=download)
    assert not found.valid
    assert "status 'revocation' is set" in str(found.reason)


def test_openbadgeslib_refuses_a_replaced_edition_and_accepts_the_one_in_force(
    published_site: Site, download: Downloads
) -> None:
    verifier = OB3Verifier.for_issuer_did(published_site.did, download=download)
    old = published_site.token("replaced", "openbadge", edition=1)
    with pytest.raises(OB3VerificationError, match="'revocation' is set"):
        verifier.verify(old, check_status=True, download=download)
    verifier.verify(published_site.token("replaced", "openbadge"), check_status=True, download=download)


def test_openbadgeslib_reads_only_revocation_and_so_misses_a_suspension(
    published_site: Site, download: Downloads
) -> None:
    """The documentation warns of this: an Open Badge carries one status entry, and ours is revocation."""
    verifier = OB3Verifier.for_issuer_did(published_site.did, download=download)
    verifier.verify(published_site.token("suspended", "openbadge"), check_status=True, download=download)


def test_openbadgeslib_refuses_a_changed_badge(published_site: Site, download: Downloads) -> None:
    verifier = OB3Verifier.for_issuer_did(published_site.did, download=download)
    with pytest.raises(OB3VerificationError):
        verifier.verify(other_character(published_site.token("active", "openbadge")))


@pytest.mark.needs_shared
def test_every_open_badge_is_valid_by_the_json_schema_it_names(published_site: Site, shared: Path) -> None:
    schema = json.loads((shared / "data" / "ob_v3p0_achievementcredential_schema.json").read_bytes())
    validator = Draft201909Validator(schema, format_checker=FormatChecker())
    badges = {name: claims(published_site.token(name, "openbadge")) for name in NAMES}
    problems = {
        name: [f"{e.json_path}: {e.message}" for e in validator.iter_errors(b)] for name, b in badges.items()
    }
    assert problems == {name: [] for name in NAMES}
    broken = {**badges["active"], "credentialSubject": {}}
    assert not validator.is_valid(broken)

"""Keys change through `lcert keys`, and every reader follows: by the published files alone, and by a bundle of them."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.support.forking import QuickHome
from tests.support.forms import form_file
from tests.support.published import Published

from lcert_keys import Signer, open_signer, read_passphrase_file
from lcert_verifier import Code, KeyPurpose, KeyState, Trust, Verdict, Verifier, read_trust
from lcert_verifier.checkpoint import open_note
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import sign_compact, split

SECURINGS = ("vc+jwt", "openbadge", "compact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, and what everybody must find published afterwards. Keys are `old` and `new`."""

    command: str
    states: str
    """Of the old key and the new one in the trust statement."""
    shown: str
    """Keys that third parties see in JWKS, DID document and issuer metadata, in the order of the DID document."""
    signs: str
    """The key of what is issued now."""
    old_tokens: Code = Code.VALID
    """The verdict on what the old key signed; what the new one signed is valid throughout."""


ISSUER_KEY = (
    Step(command="stage", states="active staged", shown="old new", signs="old"),
    Step(command="promote new", states="active active", shown="new old", signs="new"),
    Step(command="retire old", states="retired active", shown="new old", signs="new"),
    Step(
        command="compromise old",
        states="compromised active",
        shown="new",
        signs="new",
        old_tokens=Code.KEY_COMPROMISED,
    ),
)


@dataclass(slots=True, kw_only=True)
class Issuer:
    """The home and its published files, with the keys of one purpose by name."""

    home: QuickHome
    folder: Path
    kids: dict[str, str]

    @property
    def files(self) -> Published:
        return Published(folder=self.home.folder / "public", base_url=self.home.base_url)

    def keys(self, command: str, *more: str, purpose: str = "issuer") -> dict[str, Any]:
        """`lcert keys COMMAND`; a key's name stands for its kid. A staged key is called `new`, then `newer`."""
        verb, *names = command.split()
        words = [self.kids[name] for name in names]
        if verb == "stage":
            words = ["--purpose", purpose]
        said = self.home.done("keys", verb, *words, *more)
        if verb == "stage":
            self.kids["newer" if "new" in self.kids else "new"] = said["kid"]
        return said

    def issue(self) -> dict[str, Any]:
        return self.home.done("issue", str(form_file(self.folder)))

    def signer(self, name: str) -> Signer:
        """The private key itself, as a thief has it."""
        key = self.kids[name].rpartition("#")[2]
        (path,) = [
            path
            for path in (self.home.folder / "keys").glob("*.pem")
            if open_signer(f"file:{path}", passphrase=self._passphrase).thumbprint == key
        ]
        return open_signer(f"file:{path}", passphrase=self._passphrase)

    def _passphrase(self) -> bytes:
        return read_passphrase_file(self.home.folder / "keys" / "passphrase")

    def trust(self) -> Trust:
        """The trust statement, by the root that `init` printed."""
        root = next(
            line for line in self.home.lcert("keys", "list", "--json").lines if line["purpose"] == "root"
        )
        thumbprint = root["kid"].rpartition("#")[2]
        return read_trust(self.files.bytes("trust.json"), pin=thumbprint, now=datetime.now(UTC))

    def readers(self) -> Iterator[tuple[str, Verifier]]:
        """Readers with nothing from before: of the files, and of the bundle of this moment."""
        self.home.done("publish")
        yield "files", self.files.verifier()
        yield "bundle", Verifier.from_bundle(self.files.bytes("bundle.zip"))


@pytest.fixture
def issuer(home: QuickHome, tmp_path: Path) -> Issuer:
    kids = {line["purpose"]: line["kid"] for line in home.lcert("keys", "list", "--json").lines}
    return Issuer(home=home, folder=tmp_path, kids={"old": kids["issuer"], **kids})


def _kid(token: str) -> str:
    return str(split(token).header["kid"])


def _tokens(issuer: Issuer, number: str, edition: int = 1) -> dict[str, str]:
    return {
        securing: issuer.home.lcert(
            "token", number, "--securing", securing, "--edition", str(edition)
        ).out.strip()
        for securing in SECURINGS
    }


def _check_third_parties(issuer: Issuer, purpose_keys: list[str], tokens: Mapping[str, list[str]]) -> None:
    """JWKS, DID document and issuer metadata show these keys and no others of ours, and PyJWT agrees with them."""
    files = issuer.files
    jwks = files.json(".well-known/jwks.json")
    did = files.json(".well-known/did.json")
    methods = [method["id"] for method in did["verificationMethod"]]
    ours = [kid for kid in methods if kid in issuer.kids.values() and kid != issuer.kids["status"]]
    assert ours == purpose_keys
    assert did["assertionMethod"] == methods
    assert methods[0] == issuer.kids["status"], "some readers check status lists with the first key"
    assert {key["kid"] for key in jwks["keys"]} == set(methods)
    assert files.json(".well-known/jwt-vc-issuer") == {"issuer": issuer.home.base_url, "jwks": jwks}
    assert all("d" not in key for key in jwks["keys"])
    known = {key.key_id: key for key in jwt.PyJWKSet.from_dict(jwks).keys}
    for name, signed in tokens.items():
        for token in signed:
            kid = issuer.kids[name]
            assert (kid in known) == (kid in purpose_keys)
            if kid in known:
                jwt.decode(token, known[kid], algorithms=["ES256"], options={"verify_aud": False})


def test_an_issuer_key_from_stage_to_compromise(issuer: Issuer) -> None:
    number = issuer.home.lcert("list", "--json").object["number"]
    old = _tokens(issuer, number)
    signed: dict[str, list[str]] = {"old": list(old.values())[:2], "new": []}
    version = issuer.trust().version
    for step in ISSUER_KEY:
        said = issuer.keys(step.command)
        trust = issuer.trust()
        version += 1
        assert trust.version == version
        names = ["old", "new"]
        found = [trust.find(issuer.kids[name]) for name in names]
        assert " ".join(key.state.value for key in found if key) == step.states, step
        assert said["state"] == step.states.split()[0 if step.command.endswith("old") else 1]
        tokens = issuer.issue()["tokens"]
        assert _kid(tokens["vc+jwt"]) == issuer.kids[step.signs], step
        assert _kid(tokens["compact"]) == issuer.kids[step.signs].rpartition("#")[2]
        signed[step.signs].append(tokens["vc+jwt"])
        for where, reader in issuer.readers():
            for securing, token in old.items():
                assert reader.verify(token).code is step.old_tokens, (step, where, securing)
            for token in signed["new"]:
                assert reader.verify(token).code is Code.VALID, (step, where)
        _check_third_parties(issuer, [issuer.kids[name] for name in step.shown.split()], signed)
    assert said["affected"] == [number, f"{number[:-1]}2"]
    rekeyed = issuer.home.done("rekey", number)
    assert _kid(rekeyed["tokens"]["vc+jwt"]) == issuer.kids["new"]
    for _, reader in issuer.readers():
        assert reader.verify(rekeyed["tokens"]["vc+jwt"]).code is Code.VALID
        assert reader.verify(old["vc+jwt"]).code is Code.KEY_COMPROMISED


def test_what_was_recorded_before_the_theft_stands(issuer: Issuer) -> None:
    """`--since N`: proven before N stands, proven later is refused, unproven is not accepted."""
    first = issuer.home.lcert("list", "--json").object["number"]
    before = _tokens(issuer, first)
    later = issuer.issue()
    (entry,) = issuer.files.json(f"c/{later['number']}.json")["history"]
    thief = issuer.signer("old")
    stolen = sign_compact(
        split(before["vc+jwt"]).header, {**split(before["vc+jwt"]).payload, "iat": 1_700_000_000}, thief.sign
    )
    assert issuer.files.code(stolen) is Code.VALID, "nobody knows of the theft yet"

    said = issuer.keys("compromise old", "--since", str(entry["position"]))
    assert said["since"] == entry["position"]
    for where, reader in issuer.readers():
        for securing in SECURINGS:
            assert reader.verify(before[securing]).code is Code.VALID, (where, securing)
            assert reader.verify(later["tokens"][securing]).code is Code.KEY_COMPROMISED, (where, securing)
        unproven = reader.verify(stolen)
        assert unproven.verdict is not Verdict.ACCEPTED
        assert unproven.code is Code.STATUS_HISTORY_UNAVAILABLE, where
    new = issuer.issue()["tokens"]["vc+jwt"]
    assert _kid(new) != issuer.kids["old"], "the last active key was replaced in the same change"
    assert issuer.files.code(new) is Code.VALID

    proof = issuer.files.folder / "log" / "proof" / split(before["vc+jwt"]).digest
    evidence = proof.read_bytes()
    proof.unlink()
    assert issuer.files.code(before["vc+jwt"]) is Code.STATUS_HISTORY_UNAVAILABLE
    proof.write_bytes(evidence.replace(b'"position":', b'"position":1'))
    assert issuer.files.code(before["vc+jwt"]) is Code.STATUS_HISTORY_UNAVAILABLE
    other = issuer.files.folder / "log" / "proof" / split(later["tokens"]["vc+jwt"]).digest
    shutil.copyfile(other, proof)
    assert issuer.files.code(before["vc+jwt"]) is Code.STATUS_HISTORY_UNAVAILABLE
    issuer.home.done("publish", "--full")
    assert issuer.files.code(before["vc+jwt"]) is Code.VALID

    assert issuer.keys("compromise old")["since"] is None
    assert issuer.files.code(before["vc+jwt"]) is Code.KEY_COMPROMISED, (
        "what stood can still be refused whole"
    )


def test_a_position_beyond_the_journal_is_refused(issuer: Issuer) -> None:
    refused = issuer.home.lcert("keys", "compromise", issuer.kids["old"], "--since", "99999")
    assert refused.code == 1
    assert "99999" in refused.err
    assert issuer.trust().find(issuer.kids["old"]).state.value == "active"  # type: ignore[union-attr]


def test_a_status_key_is_replaced_and_its_lists_are_refused(issuer: Issuer) -> None:
    issuer.kids["old"] = issuer.kids["status"]
    token = _tokens(issuer, issuer.home.lcert("list", "--json").object["number"])["vc+jwt"]
    path = issuer.files.folder / "status" / "token" / "1"
    by_old = path.read_bytes()
    issuer.keys("stage", purpose="status")
    assert path.read_bytes() == by_old, "a staged key signs nothing"
    issuer.keys("promote new")
    by_new = path.read_bytes()
    assert _lists_are_by(issuer, "new")
    assert issuer.files.json(".well-known/did.json")["verificationMethod"][0]["id"] == issuer.kids["new"]
    path.write_bytes(by_old)
    assert issuer.files.code(token) is Code.VALID, "the old key is active until it is retired"
    path.write_bytes(by_new)

    issuer.keys("retire old")
    for _, reader in issuer.readers():
        assert reader.verify(token).code is Code.VALID
    by_new = path.read_bytes()
    path.write_bytes(by_old)
    assert issuer.files.code(token) is Code.STATUS_UNAVAILABLE, "a retired key's list is nobody's"
    path.write_bytes(by_new)

    issuer.keys("compromise new")
    assert path.read_bytes() != by_new
    for _, reader in issuer.readers():
        assert reader.verify(token).code is Code.VALID
    fresh = path.read_bytes()
    path.write_bytes(by_new)
    assert issuer.files.code(token) is Code.STATUS_UNAVAILABLE
    path.write_bytes(fresh)
    methods = [m["id"] for m in issuer.files.json(".well-known/did.json")["verificationMethod"]]
    assert issuer.kids["new"] not in methods
    assert methods[0] == _kid(fresh.decode())


def _lists_are_by(issuer: Issuer, name: str) -> bool:
    paths = ("status/token/1", "status/bitstring/revocation/1", "status/bitstring/suspension/1")
    return {_kid(issuer.files.bytes(path).decode()) for path in paths} == {issuer.kids[name]}


def test_a_log_key_is_replaced_and_its_signatures_are_refused(issuer: Issuer) -> None:
    issuer.kids["old"] = issuer.kids["log"]
    name = f"127.0.0.1:{issuer.home.public_port}/log"

    def signed_by() -> list[str]:
        """Names of the keys that the checkpoint opens with, by the trust statement."""
        note = issuer.files.bytes("log/checkpoint")
        found = []
        for key_name in ("old", "new"):
            key = issuer.trust().find(issuer.kids.get(key_name, ""))
            try:
                if key is not None and key.key is not None:
                    open_note(note, name, key.key.raw())
                    found.append(key_name)
            except Malformed:
                continue
        return found

    assert signed_by() == ["old"]
    issuer.keys("stage", purpose="log")
    assert signed_by() == ["old"]
    issuer.keys("promote new")
    assert signed_by() == ["new"]
    issuer.keys("retire old")
    size = issuer.files.log_size()
    issuer.keys("compromise new")
    assert signed_by() == [], "a key that came in its place"
    assert issuer.files.log_size() > size
    signing = [key for key in issuer.trust().keys_for(KeyPurpose.LOG) if key.state is KeyState.ACTIVE]
    assert len(signing) == 1
    assert signing[0].kid not in issuer.kids.values()
    jwks = issuer.files.json(".well-known/jwks.json")["keys"]
    assert not {key["kid"] for key in jwks} & {issuer.kids["old"], issuer.kids["new"], issuer.kids["root"]}
    for _, reader in issuer.readers():
        token = _tokens(issuer, issuer.home.lcert("list", "--json").object["number"])["vc+jwt"]
        assert reader.verify(token).code is Code.VALID


def test_an_older_trust_statement_does_not_bring_a_key_back(issuer: Issuer) -> None:
    token = _tokens(issuer, issuer.home.lcert("list", "--json").object["number"])["vc+jwt"]
    path = issuer.files.folder / "trust.json"
    older = path.read_bytes()
    reader = issuer.files.verifier()
    issuer.keys("compromise old")
    assert reader.verify(token).code is Code.KEY_COMPROMISED
    path.write_bytes(older)
    assert reader.verify(token).code is Code.KEY_COMPROMISED


def test_a_bundle_that_is_updated_learns_of_a_compromise(issuer: Issuer, tmp_path: Path) -> None:
    """A partner's bundle of yesterday goes on by what it knows; the new one refuses."""
    number = issuer.home.lcert("list", "--json").object["number"]
    token = tmp_path / "token.jwt"
    token.write_text(_tokens(issuer, number)["vc+jwt"])
    issuer.home.done("publish")
    old = tmp_path / "old.zip"
    shutil.copyfile(issuer.files.folder / "bundle.zip", old)
    issuer.keys("compromise old")
    issuer.home.done("publish")
    new = tmp_path / "new.zip"
    shutil.copyfile(issuer.files.folder / "bundle.zip", new)
    assert issuer.home.verify(str(token), "--offline", trust=str(old)).code == 0
    said = issuer.home.verify(str(token), "--offline", "--json", trust=str(new))
    assert (said.code, said.object["code"]) == (1, "key_compromised")


def test_another_algorithm_can_follow(issuer: Issuer) -> None:
    staged = issuer.home.done("keys", "stage", "--alg", "Ed25519")
    issuer.home.done("keys", "promote", staged["kid"])
    for securing, token in issuer.issue()["tokens"].items():
        assert split(token).header["alg"] == "EdDSA"
        for where, reader in issuer.readers():
            assert reader.verify(token).code is Code.VALID, (securing, where)


def test_the_trust_statement_says_who_may_do_what(issuer: Issuer) -> None:
    general = issuer.files.json("trust.json")
    payload = json.loads(base64.urlsafe_b64decode(general["payload"] + "=="))
    assert sorted(key["purpose"] for key in payload["keys"]) == ["issuer", "log", "status"]
    assert all("d" not in key["jwk"] for key in payload["keys"])
    moved = replace(issuer.files, base_url="https://other.example")
    token = _tokens(issuer, issuer.home.lcert("list", "--json").object["number"])["vc+jwt"]
    assert moved.verifier().verify(token).code is not Code.VALID

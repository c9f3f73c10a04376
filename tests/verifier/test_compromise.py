"""A stolen key: everything under it is refused, but for what the journal proves to be older than the theft."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.evidence import NOW, World, instant, make_world

from lcert_verifier.jose import b64u_encode, split
from lcert_verifier.merkle import inclusion_path, leaf_hash, nodes_of, root_of
from lcert_verifier.report import Outcome
from lcert_verifier.vocabulary import Securing

SINCE = 3


class Stolen:
    """A world whose issuing key is declared compromised from journal position `SINCE` on."""

    def __init__(self, world: World, position: int, **entry: Any) -> None:
        self.world = world
        self.tokens = {securing.value: world.token(securing) for securing in Securing}
        digests = {name: split(token).digest for name, token in self.tokens.items()}
        own = {"v": 1, "kind": "issued", "tokens": digests, **entry}
        self.entries = [json.dumps({"v": 1, "kind": "key_staged", "id": i}).encode() for i in range(7)]
        self.entries[position] = json.dumps(own).encode()
        leaves = [leaf_hash(data) for data in self.entries]
        self.root = root_of(leaves)
        path = inclusion_path(position, len(leaves), nodes_of(leaves))
        self.proof = {
            "position": position,
            "entry": b64u_encode(self.entries[position]),
            "path": [b64u_encode(item) for item in path],
        }
        self.declare(since=SINCE, size=len(leaves), root=b64u_encode(self.root))
        self.offer(self.proof)

    def declare(self, **anchor: Any) -> None:
        world = self.world
        key = world.entry(world.issuing, "issuer", "compromised", compromised_at=instant(NOW), **anchor)
        world.source.trusted = world.trust(version=2, keys=[key, world.entry(world.status, "status")])

    def offer(self, proof: Any) -> None:
        data = json.dumps(proof).encode()
        self.world.source.proofs = {split(token).digest: data for token in self.tokens.values()}

    def answer(self, securing: Securing = Securing.VC_JWT) -> tuple[str, str]:
        report = self.world.verifier().verify(self.tokens[securing.value])
        return report.verdict.value, report.code.value


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("securing", list(Securing))
@pytest.mark.parametrize(
    ("position", "code"),
    [(0, "valid"), (2, "valid"), (3, "key_compromised"), (6, "key_compromised")],
)
def test_what_is_proven_older_than_the_theft_stands(
    world: World, position: int, code: str, securing: Securing
) -> None:
    assert Stolen(world, position).answer(securing)[1] == code


def test_the_proof_is_asked_for_each_time(world: World) -> None:
    stolen, verifier = Stolen(world, 0), world.verifier()
    token = stolen.tokens["vc+jwt"]
    assert verifier.verify(token).code.value == "valid"
    world.source.proofs = {}
    assert verifier.verify(token).code.value == "status_history_unavailable"


def test_without_a_position_nothing_stands(world: World) -> None:
    stolen = Stolen(world, 0)
    stolen.declare()
    report = world.verifier().verify(stolen.tokens["vc+jwt"])
    assert report.code.value == "key_compromised"
    assert report.sentence.endswith("was declared compromised on 23 November 2026.")
    assert report.credential is None
    assert "proof" not in world.source.asked


@pytest.mark.parametrize(
    "spoil",
    [
        {"position": 1},
        {"position": -1},
        {"position": 7},
        {"position": "0"},
        {"position": True},
        {"position": None},
        {"entry": b64u_encode(b"{}")},
        {"entry": "*"},
        {"entry": None},
        {"path": []},
        {"path": ["AA"]},
        {"path": None},
        {"path": [b64u_encode(bytes(32))] * 3},
        {"path": [b64u_encode(bytes(32))] * 100},
        {"path": [1]},
    ],
    ids=repr,
)
def test_a_proof_that_proves_nothing_leaves_it_unknown(world: World, spoil: dict[str, Any]) -> None:
    stolen = Stolen(world, 0)
    stolen.offer(stolen.proof | spoil)
    assert stolen.answer() == ("indeterminate", "status_history_unavailable")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff", b"{" * 100, b'{"position":0,"position":0}'])
def test_a_proof_of_another_form_leaves_it_unknown(world: World, data: bytes) -> None:
    stolen = Stolen(world, 0)
    world.source.proofs = dict.fromkeys(world.source.proofs, data)
    assert stolen.answer() == ("indeterminate", "status_history_unavailable")


def test_a_missing_proof_leaves_it_unknown(world: World) -> None:
    stolen = Stolen(world, 0)
    world.source.proofs = {}
    assert stolen.answer() == ("indeterminate", "status_history_unavailable")


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "suspended"},
        {"kind": "key_promoted"},
        {"kind": None},
        {"tokens": {}},
        {"tokens": {"vc+jwt": "0" * 64}},
        {"tokens": []},
    ],
    ids=repr,
)
def test_only_an_entry_that_issues_this_token_counts(world: World, entry: dict[str, Any]) -> None:
    assert Stolen(world, 0, **entry).answer() == ("indeterminate", "status_history_unavailable")


def test_a_proof_against_another_tree_counts_for_nothing(world: World) -> None:
    stolen = Stolen(world, 0)
    stolen.declare(since=SINCE, size=7, root=b64u_encode(bytes(32)))
    assert stolen.answer()[1] == "status_history_unavailable"
    stolen.declare(since=SINCE, size=3, root=b64u_encode(stolen.root))
    assert stolen.answer()[1] == "status_history_unavailable"


def test_a_token_made_later_with_the_stolen_key_never_stands(world: World) -> None:
    stolen = Stolen(world, 0)
    forged = world.token(credentialSubject__holder__legalName="Thief Ltd")
    assert world.verifier().verify(forged).code.value == "status_history_unavailable"
    world.source.proofs[split(forged).digest] = json.dumps(stolen.proof).encode()
    assert world.verifier().verify(forged).verdict.value == "indeterminate"


def test_forgeries_under_the_stolen_key_fetch_no_proofs(world: World) -> None:
    token = Stolen(world, 0).tokens["vc+jwt"].rsplit(".", 1)[0] + "." + b64u_encode(b"\1" * 64)
    report = world.verifier().verify(token)
    assert report.code.value == "bad_signature"
    assert [check.outcome for check in report.checks if check.name == "signature"] == [Outcome.FAILED]
    assert "proof" not in world.source.asked


def test_what_stands_is_still_judged_to_the_end(world: World) -> None:
    stolen = Stolen(world, 0)
    world.set_status(1)
    assert stolen.answer() == ("rejected", "revoked")

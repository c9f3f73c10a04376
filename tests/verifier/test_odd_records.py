"""Forms that are read or refused by one rule each, where no whole token or bundle leads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lcert_verifier.badges import extract_token, png_chunks
from lcert_verifier.errors import Malformed, TrustError
from lcert_verifier.journal_events import parse_event, parse_record_event
from lcert_verifier.reading import is_spdx
from lcert_verifier.receipt_key import read_receipt_signer
from lcert_verifier.report import Verdict
from lcert_verifier.then import record_then
from lcert_verifier.tiles import tiled_nodes
from lcert_verifier.trusted import Trust

JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("MIT", True),
        ("(MIT OR Apache-2.0) AND CC0-1.0", True),
        ("MIT (CC0-1.0)", False),
        ("MIT #", False),
        ("(MIT", False),
        ("MIT)", False),
        ("AND MIT", False),
        ("MIT OR", False),
        ("()", False),
        ("", False),
    ],
)
def test_a_licence_has_the_form_of_an_spdx_expression(text: str, fits: bool) -> None:
    assert is_spdx(text) is fits


def test_a_verdict_has_no_truth_value() -> None:
    for verdict in Verdict:
        with pytest.raises(TypeError):
            bool(verdict)


@pytest.mark.parametrize("members", [{"number": 7}, {"reason": ["x"]}, {"edition": 0}, {"edition": True}])
def test_an_entry_s_members_are_of_their_kind(members: dict[str, Any]) -> None:
    body = {"v": 1, "kind": "x", "effectiveAt": "2027-01-01T00:00:00Z", "recordedAt": "2027-01-01T00:00:00Z"}
    parse_event(0, json.dumps(body).encode())
    with pytest.raises(Malformed):
        parse_event(0, json.dumps({**body, **members}).encode())


def test_a_node_outside_of_the_tree_is_in_no_tile() -> None:
    node = tiled_nodes(lambda _: bytes(3 * 32), 3)
    assert node(0, 2) == bytes(32)
    with pytest.raises(ValueError, match="not in a tree of 3"):
        node(0, 3)


@pytest.mark.parametrize("data", [b"\x89PNG", b"\xff\xfe<svg/>", b"hello"])
def test_a_file_that_is_neither_picture_holds_no_badge(data: bytes) -> None:
    with pytest.raises(Malformed):
        extract_token(data)


def test_a_record_without_a_known_edition_tells_no_past() -> None:
    assert record_then({"history": [], "editions": []}, at=JANUARY, known_at=None) is None
    assert record_then({"history": "x", "editions": [{"edition": 1}]}, at=JANUARY, known_at=JANUARY) is None


@pytest.mark.parametrize("members", [{"verificationMethod": {}}, {"assertionMethod": "x"}])
def test_a_did_document_without_lists_of_methods_is_not_trusted(members: dict[str, Any]) -> None:
    with pytest.raises(TrustError, match="no list of methods"):
        Trust.from_did_document({"id": "did:web:certs.example", **members})


@pytest.mark.parametrize(
    "item",
    ["x", {}, {"position": True, "kind": "x"}, {"position": "0", "kind": "x"}, {"position": 0, "kind": 7}],
)
def test_an_event_of_a_record_has_a_position_and_a_kind(item: Any) -> None:
    with pytest.raises(Malformed, match="no such event"):
        parse_record_event("LC-2027-0001", item)


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"kty":"EC"}', b'{"kty":"EC","d":7}'])
def test_a_public_key_signs_no_receipts(data: bytes) -> None:
    with pytest.raises(Malformed, match="not a private JWK"):
        read_receipt_signer(data)


def test_what_is_no_png_has_no_chunks() -> None:
    with pytest.raises(Malformed, match="not a PNG"):
        list(png_chunks(b"GIF89a"))

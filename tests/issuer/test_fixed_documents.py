"""Documents that credentials point at for ever: a change of a byte needs a new version beside them."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import pytest


@pytest.mark.parametrize(
    ("path", "digest"),
    [
        ("contexts/l-v1.jsonld", "071af72c4fe8d1e778c67c88e503933888cd3352a0b392dc8363009e718b983b"),
        ("criteria/L-2026.1.md", "826f438aeddf01d70ea0b47a2d7709a4c6d12a3dc64753edcbe1717b7183a6b6"),
    ],
)
def test_a_version_never_changes(path: str, digest: str) -> None:
    data = files("lcert_issuer").joinpath(path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest


def test_every_term_of_the_context_is_ours_and_protected() -> None:
    context = json.loads(files("lcert_issuer").joinpath("contexts/l-v1.jsonld").read_bytes())["@context"]
    assert context["@protected"] is True
    for term, definition in context.items():
        if not term.startswith("@"):
            iri = definition if isinstance(definition, str) else definition["@id"]
            assert iri == f"urn:lcert:l:v1:{term}"


def test_the_criteria_name_every_basis_and_no_fifth() -> None:
    text = files("lcert_issuer").joinpath("criteria/L-2026.1.md").read_text()
    for basis in ("explicit-license", "open-license", "public-domain", "owned"):
        assert f"| `{basis}` |" in text
    assert text.count("\n| `") == 4

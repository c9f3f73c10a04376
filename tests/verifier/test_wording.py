"""Reports, receipts and badges in words: what is not known is not told, and nothing steers a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.edges import NOW
from tests.support.evidence import make_world

from lcert_verifier.receipt import Receipt
from lcert_verifier.report import Code, Verdict
from lcert_verifier.vocabulary import Securing
from lcert_verifier.wording import describe_receipt, describe_report, plain

WORLD = make_world()


def test_a_refusal_without_evidence_tells_no_times() -> None:
    text = describe_report("token x", WORLD.verifier().verify("x"))
    assert text.startswith("REJECTED (malformed)  token x\n")
    assert "As of" not in text
    assert "edition" not in text


def test_the_edition_in_force_is_named_and_cannot_steer_a_terminal() -> None:
    report = replace(
        WORLD.verifier().verify(WORLD.token()), sentence="x", current_edition="https://c.example/\x1b[2J"
    )
    assert r"  Edition in force: https://c.example/\x1b[2J" in describe_report("t", report).splitlines()


@pytest.mark.parametrize("kind", list(Securing))
def test_whom_a_certificate_is_for_is_told_in_every_form(kind: Securing) -> None:
    report = WORLD.verifier().verify(WORLD.token(kind))
    assert (
        describe_report("t", report)
        .splitlines()[2]
        .startswith(
            f"  {WORLD.number} edition {WORLD.edition}, Quillwater Audio Ltd, quillwater.example, through "
        )
    )
    assert "    signature  ok" in describe_report("t", report, verbose=True)


def test_a_receipt_of_what_was_no_token_names_no_digest() -> None:
    receipt = Receipt(
        verifier="v\u202e", issued_at=NOW, kid="k", input_sha256="00", token_digest=None,
        verdict=Verdict.REJECTED, code=Code.MALFORMED, sentence="No.", at=None, known_at=None, domain=None,
        credential=None, as_of={},
    )  # fmt: skip
    text = describe_receipt(receipt)
    assert "token digest" not in text
    assert r"judged by v\u202e on 2026-" in text
    assert "  token digest 11" in describe_receipt(replace(receipt, token_digest="11"))


def test_everything_invisible_is_spelt() -> None:
    assert plain("a\nb\u200bc\u202ed é") == r"a\nb\u200bc\u202ed é"

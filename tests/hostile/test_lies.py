"""An issuer that lies over real HTTP is believed in nothing: no lie is accepted, and silence is never `revoked`."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from tests.hostile.liar import Impatient, Liar
from tests.hostile.lies import LIES, Lie

from lcert_verifier.report import Report, Verdict
from lcert_verifier.verify import Verifier

LONGEST = 8.0
"""Seconds that no lie may cost, on a busy machine."""


@pytest.fixture
def liar() -> Iterator[Liar]:
    liar = Liar()
    yield liar
    liar.close()


def _verifier(liar: Liar, *, pinned: bool = False) -> Verifier:
    pin = liar.issuer.root.thumbprint if pinned else None
    return Verifier.online(liar.origin, pin=pin, fetcher=Impatient(liar), clock=liar.clock)


def _lied_to(liar: Liar, lie: Lie, state: str) -> Report:
    """The Report on the certificate that is `state`, after the truth and then the lie."""
    verifier = _verifier(liar, pinned=lie.pinned)
    tokens = {name: liar.issuer.token(name) for name in (state, "withdrawn", "suspended")}
    if lie.before is not None:
        lie.before(liar)
        for token in tokens.values():
            verifier.verify(token)
        liar.later(lie.passed)
    lie.tell(liar)
    start = time.monotonic()
    report = verifier.verify(tokens[state])
    assert time.monotonic() - start < LONGEST, "a lie held the verifier up"
    for name in ("withdrawn", "suspended"):
        other = verifier.verify(tokens[name])
        assert other.verdict is not Verdict.ACCEPTED, f"{name} is accepted: {other.sentence}"
    return report


@pytest.mark.parametrize("lie", LIES, ids=[lie.name for lie in LIES])
def test_a_lie_gets_the_answer_it_deserves(liar: Liar, lie: Lie) -> None:
    report = _lied_to(liar, lie, lie.state)
    assert report.code.value == lie.code, [check.detail for check in report.checks if check.detail]
    if not lie.truth:
        assert report.verdict is not Verdict.ACCEPTED
    if report.verdict is Verdict.INDETERMINATE:
        assert not {"withdrawn", "revoked"} & set(report.sentence.lower().replace(".", " ").split())
    if report.current_edition is not None:
        assert report.current_edition.startswith(f"{liar.origin}/c/")


def test_there_are_enough_lies() -> None:
    names = [lie.name for lie in LIES]
    assert len(names) == len(set(names))
    assert sum(not lie.truth for lie in LIES) >= 40


def test_a_forged_token_stays_forged_whatever_keys_are_shown(liar: Liar) -> None:
    """Keys of a stranger, published after the truth was seen, make no token genuine."""
    from tests.hostile.lies import _other_keys, _stranger

    verifier = _verifier(liar)
    assert verifier.verify(liar.issuer.token()).verdict is Verdict.ACCEPTED
    liar.later(LIES[0].passed)
    _other_keys(liar)
    forged = _stranger(liar).token()
    report = verifier.verify(forged)
    assert (report.verdict, report.code.value) == (Verdict.INDETERMINATE, "unknown_key")


def test_nobody_is_asked_for_anything_before_the_signature_holds(liar: Liar) -> None:
    verifier = _verifier(liar)
    genuine = liar.issuer.token()
    verifier.verify(genuine.rpartition(".")[0] + "." + "A" * 86)
    assert liar.asked == ["trust.json"]
    verifier.verify(genuine)
    assert liar.asked == ["trust.json", "status/token/1"]

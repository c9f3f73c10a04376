"""Base and `fast`, careful and quick: every stored case and vector gets the same whole Report from both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from tests.cases.book.cases import stored_cases
from tests.cases.clients import Clients
from tests.support.evidence import make_world
from tests.support.spellings import SECURINGS, payload
from tests.verifier.test_vectors import VECTORS, answer

from lcert_verifier import Report, codec, spelling
from lcert_verifier.vocabulary import Securing

NEVER: Final = 10**9

Both = Callable[[Callable[[str], Report | None]], Report | None]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Asks twice: the standard library with every token parsed, and the faster ones with every token looked at."""
    before = codec.name

    def ask(judge: Callable[[str], Report | None]) -> Report | None:
        codec.use("base")
        monkeypatch.setattr(spelling, "_PATIENCE", NEVER)
        careful = judge("careful")
        codec.use("fast")
        monkeypatch.setattr(spelling, "_PATIENCE", 0)
        quick = judge("quick")
        assert quick == careful
        if quick is not None and careful is not None:
            assert json.dumps(quick.to_json()) == json.dumps(careful.to_json())
        return quick

    yield ask
    codec.use(before)


def test_every_vector_gets_the_same_report(both: Both) -> None:
    for vector in VECTORS:
        both(lambda _, vector=vector: answer(vector)[0])  # type: ignore[misc]


def test_every_case_gets_the_same_report(both: Both) -> None:
    clients = {"careful": Clients(), "quick": Clients()}
    for case in stored_cases():
        if not case.made:
            both(lambda kind, case=case: clients[kind].report(case))  # type: ignore[misc]


@pytest.mark.parametrize("securing", SECURINGS)
def test_a_payload_that_is_recognised_does_as_well(both: Both, securing: Securing) -> None:
    world = make_world()
    token = world.token(securing, payload=payload(securing).encode())
    for status, code in ((0, "valid"), (1, "revoked"), (2, "suspended"), (3, "superseded")):
        world.set_status(status)
        report = both(lambda _: world.verifier().verify(token))
        assert report is not None
        assert report.code.value == code

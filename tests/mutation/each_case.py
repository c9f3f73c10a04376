"""The case corpus, one test a case, so that a mutant meets only the cases that reach it. Collected by name alone."""

from __future__ import annotations

import pytest
from tests.cases.book.cases import Stored, stored_cases
from tests.cases.clients import Clients, disagreements


@pytest.mark.parametrize("case", stored_cases(), ids=lambda case: case.name)
def test_the_library_answers_rightly(case: Stored) -> None:
    assert disagreements([case], Clients().by_library) == []

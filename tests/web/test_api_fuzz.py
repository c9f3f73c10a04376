"""Whatever is asked by the OpenAPI documents, or against them, is answered as they say and never by a fault.

Schemathesis asks. `LCERT_FUZZ_EXAMPLES` questions to each address in each mode, from `LCERT_FUZZ_SEED`; `make fuzz-api`
asks many more.
"""

from __future__ import annotations

import os

import pytest
from tests.support.apps import APPS, TOKEN, make_app
from tests.support.registry import BASE_URL, Bench

schemathesis = pytest.importorskip(
    "schemathesis", reason="schemathesis is not installed: it is among the development dependencies"
)

EXAMPLES = int(os.environ.get("LCERT_FUZZ_EXAMPLES", "12"))
SEED = int(os.environ.get("LCERT_FUZZ_SEED", "1"))


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name", APPS)
def test_answers_are_what_the_document_says(bench: Bench, name: str, mode: str) -> None:
    from tests.support.fuzzing import check_operation, operations_of

    app = make_app(name, bench)
    operations = operations_of(app, BASE_URL)
    assert len(operations) >= 6
    for label, operation in operations.items():
        if mode == "negative" and not (operation.query.items or operation.body.items):
            continue
        alike = "/v1/watches/{" in label or not ("/v1/" in label or "/credentials/" in label)
        examples = max(1, EXAMPLES // 4) if alike else EXAMPLES
        check_operation(
            operation,
            schemathesis.GenerationMode(mode),
            examples=examples,
            at=SEED,
            token=app.extensions.get(TOKEN),
        )

"""Asks an app everything its OpenAPI document allows, and much that it does not, and holds it to its word."""

from __future__ import annotations

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

__all__ = ["check_operation", "operations_of"]

_LEFT_OUT = {
    "positive_data_acceptance",  # a cursor is opaque: one that was made up is refused
    "ignored_auth",  # tests of watches ask without a token, and with wrong ones
    "object_level_authorization",
    "missing_required_header",
    "use_after_free",
    "ensure_resource_availability",
}


def operations_of(app: Flask, base_url: str) -> dict[str, Any]:
    """Operations of the app's own document, by `METHOD /path`."""
    load_all_checks()
    refusals = ["400", "401", "404", "405", "406", "413", "415", "421", "431"]
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": refusals}}}
    )
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, base_url=base_url, config=config)
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


def check_operation(
    operation: Any, mode: GenerationMode, *, examples: int, at: int, token: str | None = None
) -> None:
    """Fails with how to repeat it when an answer is a fault, or is not what the document says.

    `token` is sent where one is needed.
    """
    secured = bool(operation.definition.raw.get("security"))
    headers = {"Accept-Encoding": "identity"}
    if secured and token:
        headers["Authorization"] = f"Bearer {token}"
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in _LEFT_OUT]

    @seed(at)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(checks=checks, headers=headers)

    ask()

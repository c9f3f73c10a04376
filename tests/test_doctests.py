"""The examples in the docstrings run, and every package begins with one."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest
from tests.support.system import ROOT

ROOMS = ("verifier", "keys", "issuer", "web")
PACKAGES = ("lcert_verifier", "lcert_keys", "lcert_issuer", "lcert_web")


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


WITH_EXAMPLES = sorted(
    _name(path)
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if "\n>>> " in path.read_text(encoding="utf-8") or "\n    >>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name: str) -> None:
    result = doctest.testmod(import_module(name), raise_on_error=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_every_package_begins_with_an_example() -> None:
    assert set(PACKAGES) <= set(WITH_EXAMPLES)

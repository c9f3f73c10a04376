"""System packages that tests use when they are there: the path of a program, or a skip that says what to install."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

__all__ = ["NODE_MODULES", "ROOT", "chromium", "node", "program"]

ROOT = Path(__file__).resolve().parent.parent.parent
NODE_MODULES = ROOT / "tests" / "interop" / "node_modules"


def program(*names: str, package: str) -> str:
    """Path of the first of `names` on PATH; skips the test, naming the system package, when there is none."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{names[0]} is not installed: install the system package `{package}`")


def chromium() -> str:
    return program("chromium", "chromium-browser", "google-chrome", package="chromium")


def node() -> str:
    """Path of Node, when the pinned checkers are installed beside the interop tests too."""
    path = program("node", package="nodejs")
    if not NODE_MODULES.is_dir():
        pytest.skip(
            "the JavaScript checkers are not installed: run `npm ci` in tests/interop (`make test` does)"
        )
    return path

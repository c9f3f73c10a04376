"""Issuers for the walks: commands that start at once, one home founded by `lcert init` and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.forking import QuickHome, Starter
from tests.support.forms import form_file
from tests.support.published import Published


@pytest.fixture(scope="session")
def template(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> QuickHome:
    """A home with one active certificate, LC-YEAR-0001; never used itself."""
    folder = tmp_path_factory.mktemp("template")
    home = QuickHome(folder=folder / "var", starter=starter)
    home.init()
    home.done("issue", str(form_file(folder)))
    return home


@pytest.fixture
def home(template: QuickHome, tmp_path: Path) -> QuickHome:
    """The founded issuer with one certificate, as a copy for this test."""
    return copy_home(template, tmp_path / "var")


@pytest.fixture(scope="module")
def shared_home(template: QuickHome, tmp_path_factory: pytest.TempPathFactory) -> QuickHome:
    """The same, shared by a module whose tests change nothing."""
    return copy_home(template, tmp_path_factory.mktemp("shared") / "var")


@pytest.fixture(scope="session")
def published() -> Callable[[QuickHome], Published]:
    return lambda home: Published(folder=home.folder / "public", base_url=home.base_url)


def copy_home(home: QuickHome, folder: Path) -> QuickHome:
    shutil.copytree(home.folder, folder)
    return replace(home, folder=folder)

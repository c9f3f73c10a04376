"""Issuers on both databases. `bench` is one on each in turn; `make_bench` chooses the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.support.registry import DIALECTS, Bench, SQLiteTemplates


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplates:
    return SQLiteTemplates(tmp_path_factory.mktemp("registry"))


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_bench(request: pytest.FixtureRequest, dialect: str) -> Iterator[Callable[..., Bench]]:
    """`make_bench(policy="four-eyes")`: a founded issuer of its own, closed after the test."""
    templates = request.getfixturevalue("sqlite_templates" if dialect == "sqlite" else "cluster")
    with ExitStack() as stack:
        yield lambda policy="single-operator": stack.enter_context(templates.bench(policy))


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def empty_url(
    request: pytest.FixtureRequest, dialect: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a database without tables."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('empty') / 'registry.sqlite3'}"
        return
    with request.getfixturevalue("cluster").database() as url:
        yield url

"""Issuers on both databases, for what the site reads from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.support.registry import DIALECTS, Bench, Cluster, SQLiteTemplates, start_cluster


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplates:
    return SQLiteTemplates(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with start_cluster() as started:
        yield started


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

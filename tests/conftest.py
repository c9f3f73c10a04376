"""House rules of the tests: what may be skipped, no network but loopback, nothing left behind.

`LCERT_TEST_ALL=1` turns a skip into a failure, except for tests marked `needs_shared`, whose data lies outside the
repository. The random seed is printed by pytest-randomly; `-p randomly -p "randomly_seed=N"` or `-p no:randomly`
repeat an order. Tests marked `needs_mount` run by `make full-disk-test` alone.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from tests.support import guard
from tests.support.forking import Starter, start_quickly
from tests.support.registry import Cluster, start_cluster
from tests.support.scratch import make_scratch, remove_scratch
from tests.support.site import Site, publish_site
from tests.support.statements import compile_statements_once
from tests.support.templates import compile_routes_once, compile_templates_once

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
ALL = os.environ.get("LCERT_TEST_ALL") == "1"


# No deadline: the machine is shared, and a slow example says nothing of the code. A failure prints how to repeat it.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs_shared: uses documents kept beside the repository; may be skipped"
    )
    config.addinivalue_line(
        "markers", "needs_mount: mounts disks of its own, which few containers permit; `make full-disk-test`"
    )
    sys.addaudithook(guard.refuse_network)
    compile_templates_once()
    compile_routes_once()
    compile_statements_once()
    if config.option.basetemp is None and (scratch := make_scratch()):
        config.add_cleanup(lambda: remove_scratch(scratch))


def pytest_collection_finish() -> None:
    gc.freeze()  # the collector need not look at every test and module again and again


def pytest_report_header(config: pytest.Config) -> str:
    return (
        "skips are failures (LCERT_TEST_ALL=1)"
        if ALL
        else "skips are allowed; LCERT_TEST_ALL=1 makes them failures"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from tests.support.scheduling import ByFileOrGroup

    return ByFileOrGroup(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if (
        ALL
        and report.skipped
        and not hasattr(report, "wasxfail")
        and not item.get_closest_marker("needs_shared")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped, and LCERT_TEST_ALL=1 allows none: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: Any = yield
    if ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped as a whole, and LCERT_TEST_ALL=1 allows none: {_reason(report)}"
    return report


def _reason(report: Any) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.fixture(scope="session", autouse=True)
def _no_process_left_behind() -> Iterator[None]:
    """Set up first, so torn down last: by then every server a test started must be gone."""
    before = guard.children()
    yield
    left = guard.wait_for_children(before)
    assert not left, f"tests left processes running: {left}"


@pytest.fixture(autouse=True)
def _surroundings_restored() -> Iterator[None]:
    """Settings of the developer's shell do not reach a test, and those of one test do not reach the next.

    It does not use `monkeypatch`, so a test's own `monkeypatch` is undone before this looks.
    """
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("LCERT_")}
    folder, before = Path.cwd(), _environment()
    yield
    after = _environment()
    os.environ.update(hidden)
    assert Path.cwd() == folder, "a test changed the working folder"
    changed = sorted(name for name in after.keys() | before.keys() if after.get(name) != before.get(name))
    assert not changed, f"a test changed the environment: {changed}"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, once a worker."""
    with start_cluster() as started:
        yield started


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared documents; tests that use it are marked `needs_shared`."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is not beside this repository")
    return SHARED


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """Starts `lcert` and `lcert-verify` at once; made when a test first asks for it."""
    with start_quickly() as started:
        yield started


@pytest.fixture(scope="session")
def published_site(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real programme, served; files that use it say `xdist_group("site")` so that it is made once."""
    with publish_site(tmp_path_factory.mktemp("site"), starter) as site:
        yield site

"""One site, one other site and one browser for all tests in this folder; they say `xdist_group("browser")`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.support.strangers import LiveSite, Shop, Visit, open_browser, serve_shop, serve_site, visiting


@pytest.fixture(scope="session")
def site() -> Iterator[LiveSite]:
    with serve_site() as served:
        yield served


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with serve_shop() as served:
        yield served


@pytest.fixture(scope="session")
def browser(shop: Shop) -> Iterator[Browser]:
    with open_browser(shop) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    with visiting(browser) as started:
        yield started

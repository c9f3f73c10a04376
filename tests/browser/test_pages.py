"""The kit's own page in a browser, how much a certificate page weighs, and that nothing scrolls sideways."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.support.browsing import LiveSite, Visit, visiting

pytestmark = pytest.mark.xdist_group("browser")

WIDTHS = [(360, 740), (1100, 900)]
MOST = 60_000


def test_a_snippet_is_copied(site: LiveSite, browser: Browser) -> None:
    with visiting(browser, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.open(f"{site.base_url}/embed/{site.number('active')}")
        button = page.locator("#html .copy")
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#html textarea").input_value()
        assert visit.complaints == []


def test_without_scripts_the_kit_has_everything_but_the_buttons(site: LiveSite, browser: Browser) -> None:
    with visiting(browser, java_script_enabled=False) as visit:
        page = visit.open(f"{site.base_url}/embed/{site.number('active')}?size=l&theme=dark")
        assert page.locator(".copy").count() == 0
        assert "size=l" in page.locator("#html textarea").input_value()
        expect(page.locator(".ground img")).to_have_attribute("width", "480")
        page.get_by_role("link", name="Small").click()
        expect(page.locator(".ground img")).to_have_attribute("width", "200")


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_no_page_scrolls_sideways(site: LiveSite, browser: Browser, width: int, height: int) -> None:
    with visiting(browser, viewport={"width": width, "height": height}) as visit:
        for path in (
            f"/embed/{site.number('hostile')}?theme=both&size=l",
            f"/v#{site.compact('hostile')}",
            "/v",
        ):
            page = visit.open(site.base_url + path)
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert over <= 0, path


def test_a_certificate_page_is_light(site: LiveSite, visit: Visit) -> None:
    """Everything that a first visit transfers, compressed, but for the web fonts, which text does not wait for."""
    protocol = visit.context.new_cdp_session(visit.page)
    protocol.send("Network.enable")
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    protocol.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    protocol.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page = visit.open(f"{site.base_url}/c/{site.number('active')}")
    page.wait_for_load_state("networkidle")
    assert sum(size for key, size in sizes.items() if not names[key].endswith(".woff2")) < MOST

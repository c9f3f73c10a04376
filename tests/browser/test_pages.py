"""The kit's own page in a browser, how much a certificate page weighs, and that nothing scrolls sideways."""

from __future__ import annotations

import mimetypes

import pytest
from playwright.sync_api import Browser, expect
from tests.support.strangers import LiveSite, Shop, Visit, visiting
from tests.support.system import ROOT

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
    """Everything that a first visit transfers, compressed, with fonts, but for the code that holds the token."""
    protocol = visit.context.new_cdp_session(visit.page)
    protocol.send("Network.enable")
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    protocol.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    protocol.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page = visit.open(f"{site.base_url}/c/{site.number('active')}")
    page.wait_for_load_state("networkidle")
    assert sum(size for key, size in sizes.items() if "/offline-qr." not in names[key]) < MOST


@pytest.mark.parametrize(("host", "state"), [("active.example", "valid"), ("grimsby.example", "mismatch")])
def test_the_example_page_works_under_its_own_policy(
    site: LiveSite, shop: Shop, visit: Visit, host: str, state: str
) -> None:
    """examples/product-page, about a certificate that is there: served as its `serve.py` does."""
    base = site.base_url
    policy = f"default-src 'self'; img-src 'self' {base}; script-src {base}; connect-src {base}"

    for name in ("index.html", "product.css", "mark.svg"):
        text = (ROOT / "examples" / "product-page" / name).read_text(encoding="utf-8")
        text = text.replace("http://127.0.0.1:8080", base).replace("LC-2024-0001", site.number("active"))
        path = "/" if name == "index.html" else f"/{name}"
        shop.put(path, text, kind=mimetypes.guess_type(name)[0] or "", policy=policy)
    home = f"http://{host}:{shop.port}"
    page = visit.open(f"{home}/")
    badge = page.locator("l-cert-badge")
    badge.scroll_into_view_if_needed()
    expect(badge).to_have_attribute("state", state)
    assert visit.complaints == []
    assert visit.origins() == {home, base}

"""The kit's own page in a browser, how much a certificate page weighs, and that nothing scrolls sideways."""

from __future__ import annotations

import mimetypes

import pytest
from playwright.sync_api import Browser, expect
from tests.support.judged_pages import public_app, served
from tests.support.shelf import NUMBERS, publish
from tests.support.strangers import LiveSite, Shop, Visit, visiting
from tests.support.system import ROOT

from lcert_issuer.badge.qr import offline_code
from lcert_verifier.vocabulary import Securing

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


@pytest.mark.parametrize("state", ["active", "suspended", "withdrawn", "terminated", "scheduled", "expired"])
def test_state_and_domain_fill_the_first_screen_of_a_phone(
    site: LiveSite, browser: Browser, state: str
) -> None:
    with visiting(browser, viewport={"width": 360, "height": 640}) as visit:
        page = visit.open(f"{site.base_url}/c/{site.number(state)}")
        places = [page.locator(name).first.bounding_box() for name in (".verdict-word", ".licensed-domain")]
        tops = [place["y"] for place in places if place]
        ends = [place["y"] + place["height"] for place in places if place]
        assert tops == sorted(tops)
        assert len(ends) == 2
        assert ends[1] <= 640


def test_a_printed_page_has_codes_that_can_be_scanned(site: LiveSite, visit: Visit) -> None:
    """0.4 mm a module at least, whatever the token holds; a CSS pixel is 1/96 inch on paper."""
    page = visit.open(f"{site.base_url}/c/{site.number('hostile')}")
    page.set_viewport_size({"width": 673, "height": 980})  # what A4 leaves between its margins
    page.emulate_media(media="print")
    modules = offline_code(site.base_url, site.compact("hostile")).side
    for which, side in (("/qr.svg", 37), ("/offline-qr.svg", modules)):
        box = page.locator(f'img[src$="{which}"]').bounding_box()
        assert box is not None
        assert box["width"] / side * 25.4 / 96 >= 0.4
        assert box["width"] == box["height"]


@pytest.mark.parametrize("width", [320, 360, 640])
def test_a_name_without_a_space_and_a_large_code_scroll_nothing_sideways(
    browser: Browser, width: int
) -> None:
    published = publish()
    number, word = NUMBERS["active"], "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 4
    published.world.number, published.world.edition = number, 1
    published.world.credential_id = f"{published.base_url}/c/{number}/1"
    published.world.index = 1011
    for securing, suffix, name in (
        (Securing.VC_JWT, "jwt", "credentialSubject__holder__legalName"),
        (Securing.COMPACT, "compact.jwt", "sub"),
    ):
        token = published.world.token(securing, **{name: word})
        published.storage.files[f"c/{number}/1.{suffix}"] = token.encode()
    with (
        served(public_app(published)) as origin,
        visiting(browser, viewport={"width": width, "height": 740}) as visit,
    ):
        page = visit.open(f"{origin}/c/{number}")
        assert word in page.locator(".verdict-sentence").inner_text()
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0

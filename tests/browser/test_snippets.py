"""Every snippet of the kit, pasted into a plain page of somebody else, shows the badge and leaves the page alone."""

from __future__ import annotations

import re
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect
from tests.support.strangers import LiveSite, Shop, Visit, visiting

pytestmark = pytest.mark.xdist_group("browser")

IMAGE_FORMS = ("html", "html-both", "html-small", "markdown", "model-card")
FIRST_VIEW = 15_000
UNCHANGED = 1_000


@pytest.fixture(scope="module")
def snippets(site: LiveSite, browser: Browser) -> dict[str, str]:
    """What the kit's page offers for the active certificate, as a person would copy it."""
    found: dict[str, str] = {}
    with visiting(browser) as visit:
        for suffix, query in (("", ""), ("-both", "?theme=both"), ("-small", "?size=s&theme=dark")):
            page = visit.open(f"{site.base_url}/embed/{site.number('active')}{query}")
            for box in page.locator("textarea").all():
                name = str(box.get_attribute("id")).rpartition("-")[0]
                found.setdefault(name + suffix, box.input_value())
    return found


def as_html(snippet: str) -> str:
    """Markdown as a README shows it; HTML as it is."""
    if not re.search(r"^\[!\[|^## ", snippet, re.MULTILINE):
        return snippet
    text = re.sub(r"^## (.*)$", r"<h2>\1</h2>", snippet, flags=re.MULTILINE)
    text = re.sub(r"!\[([^]]*)\]\(([^)]*)\)", r'<img alt="\1" src="\2">', text)
    return re.sub(r"\[(<img[^>]*>|[^]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', text)


def drawn(visit: Visit, selector: str = "img") -> tuple[int, int]:
    """Width and height of the badge on the page, once its picture has arrived."""
    image = visit.page.locator(selector).first
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    visit.page.wait_for_function("(image) => image.naturalWidth > 0", arg=image.element_handle())
    box = image.bounding_box()
    assert box is not None
    return round(box["width"]), round(box["height"])


@pytest.mark.parametrize("policy", [None, "default-src 'self'; img-src 'self' {site}"])
def test_an_image_form_shows_the_badge_and_links_to_the_certificate(
    site: LiveSite, shop: Shop, visit: Visit, snippets: dict[str, str], policy: str | None
) -> None:
    for form in IMAGE_FORMS if policy is None else ("html-both", "markdown"):
        page = visit.open(
            shop.page(as_html(snippets[form]), policy=policy and policy.format(site=site.base_url))
        )
        assert drawn(visit) == ((200, 60) if form == "html-small" else (320, 96)), form
        if form != "markdown":  # which can say no size; the kit tells so beside it
            assert visit.shift() == 0, form
        assert visit.complaints == [], form
        page.locator("a:has(img)").click()
        page.wait_for_url(f"{site.base_url}/c/{site.number('active')}", wait_until="commit")


def test_a_frame_shows_the_badge_and_opens_the_certificate_beside(
    site: LiveSite, shop: Shop, visit: Visit, snippets: dict[str, str]
) -> None:
    policy = f"default-src 'self'; frame-src {site.base_url}"
    page = visit.open(shop.page(snippets["frame"], policy=policy))
    frame = page.frame_locator("iframe")
    expect(frame.locator("img")).to_be_visible()
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (320, 96)
    inside = frame.locator("img").bounding_box()
    assert inside is not None
    assert (inside["width"], inside["height"]) == (320, 96)
    assert visit.shift() == 0
    assert visit.complaints == []
    with visit.context.expect_page() as opened:
        frame.locator("a").click()
    opened.value.wait_for_url(f"{site.base_url}/c/{site.number('active')}")


def test_a_link_leads_to_the_certificate(
    site: LiveSite, shop: Shop, visit: Visit, snippets: dict[str, str]
) -> None:
    page = visit.open(shop.page(snippets["link"], policy="default-src 'self'"))
    page.locator("a").click()
    page.wait_for_url(f"{site.base_url}/c/{site.number('active')}")


def test_nothing_is_kept_and_nobody_else_is_asked(
    site: LiveSite, shop: Shop, visit: Visit, snippets: dict[str, str]
) -> None:
    names = ("html-both", "markdown", "element", "frame", "link", "jsonld", "model-card")
    url = shop.page("\n".join(as_html(snippets[name]) for name in names), host="active.example")
    page = visit.open(url)
    page.locator("l-cert-badge[state]").scroll_into_view_if_needed()
    page.wait_for_selector('l-cert-badge[state="valid"]')
    page.frame_locator("iframe").locator("img").wait_for()
    assert visit.kept() == []
    assert visit.origins() == {site.base_url, url.rpartition("/")[0]}
    for request in visit.asked:
        assert "cookie" not in request.headers
    cookies = [request.response() for request in visit.asked]
    assert not any(reply and "set-cookie" in reply.headers for reply in cookies)


def test_a_first_view_is_small_and_the_next_one_almost_nothing(
    site: LiveSite, snippets: dict[str, str]
) -> None:
    source = unescape(re.findall(r'src="([^"]+)"', snippets["html"])[0])
    first, tag = _transfer(source)
    assert first < FIRST_VIEW
    again, _ = _transfer(source, tag)
    assert again < UNCHANGED
    script = re.findall(r'src="([^"]+l-cert-badge[^"]+)"', snippets["element"])[0]
    assert first + _transfer(script)[0] < FIRST_VIEW


def _transfer(url: str, tag: str | None = None) -> tuple[int, str]:
    """Bytes of an answer with its headers as a browser gets it, and its ETag."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {})
    connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
    reply = connection.getresponse()
    assert reply.status == (304 if tag else 200)
    size = len(reply.read()) + sum(len(f"{name}: {value}\r\n") for name, value in reply.getheaders()) + 20
    connection.close()
    return size, reply.headers["ETag"]

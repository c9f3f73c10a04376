"""Every page in every state, judged by axe-core: light and dark, six languages, narrow, zoomed, by keyboard.

A sample of the matrix that touches each page, each state, each language and both themes; `make a11y`
(LCERT_A11Y=all) goes through all of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.support.judged_pages import LANGUAGES, axe_script, public_app, served
from tests.support.shelf import NUMBERS, Published, publish
from tests.support.strangers import LiveSite

from lcert_verifier.published import NotPublished
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_web.speaking import SIX_LANGUAGES
from lcert_web.verifier import create_verifier_app

pytestmark = pytest.mark.xdist_group("browser")

ALL = os.environ.get("LCERT_A11Y") == "all"
PAGES = (
    "/",
    "/directory?q=nobody&state=withdrawn",
    *(f"/c/{number}" for number in NUMBERS.values()),
    f"/c/{NUMBERS['replaced']}/1",
    f"/c/{NUMBERS['active']}?from=elsewhere.example",
    f"/c/{NUMBERS['active']}?from=active.example",
    f"/c/{NUMBERS['active']}/report",
    "/report",
    "/about",
    "/check",
    "/complaints",
    "/imprint",
    "/privacy",
    "/terms/badge",
    "/criteria/L-2026.1",
    "/c/LC-1999-0001",
    "/nowhere",
    f"/embed/{NUMBERS['active']}",
    f"/embed/{NUMBERS['withdrawn']}?theme=both&size=l",
    "/docs",
    "/v",
)
READ_ON_THE_DEVICE = ("active", "suspended", "withdrawn", "expired", "replaced", "scheduled")
THEMES = ("light", "dark")


def matrix() -> list[tuple[str, str, str]]:
    """(page, language, theme): all, or each page once with language and theme going round."""
    if ALL:
        return list(product(PAGES, LANGUAGES, THEMES))
    return [(page, LANGUAGES[n % 6], THEMES[n // 2 % 2]) for n, page in enumerate(PAGES)]


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture(scope="module")
def origin(published: Published) -> Iterator[str]:
    with served(public_app(published)) as address:
        yield address


@pytest.fixture(scope="module")
def verifier(published: Published) -> Iterator[str]:
    clock = published.world.clock
    source = PublishedSource(_reader(published), base_url=published.base_url, clock=clock)
    app = create_verifier_app(
        verifier_factory=lambda: Verifier([source], clock=clock), clock=clock, speech=SIX_LANGUAGES
    )
    with served(app) as address:
        yield address


def _reader(published: Published) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        data = published.storage.get(path)
        if data is None:
            raise NotPublished(path)
        return data

    return read


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1000, "height": 800}, bypass_csp=True)
    yield context.new_page()
    context.close()


def violations(page: Any) -> list[str]:
    """What axe-core objects to, rule and element; every rule of WCAG 2.2 A and AA, and its best practices."""
    page.evaluate(axe_script())
    found = page.evaluate(
        "async () => { for (const d of document.querySelectorAll('details')) d.open = true;"
        " return (await axe.run(document, {resultTypes: ['violations']})).violations; }"
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def opened(page: Any, url: str, language: str, theme: str = "light", width: int = 1000) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{url}{'&' if '?' in url else '?'}lang={language}")


def test_no_page_breaks_a_rule(page: Any, origin: str) -> None:
    found = {}
    for path, language, theme in matrix():
        opened(page, origin + path, language, theme)
        assert page.get_attribute("html", "lang") == language
        assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        broken = violations(page)
        if broken:
            found[path, language, theme] = broken
    assert found == {}


@pytest.mark.parametrize("theme", THEMES)
def test_the_verifier_breaks_no_rule(page: Any, verifier: str, published: Published, theme: str) -> None:
    found = {}
    states = ("active", "suspended", "withdrawn") if ALL else ("active", "withdrawn")
    for language in LANGUAGES if ALL else (("en",) if theme == "light" else ("ar",)):
        opened(page, f"{verifier}/", language, theme)
        found["form", language] = violations(page)
        for state in states:
            opened(page, f"{verifier}/", language, theme)
            page.fill("#token", published.token(state))
            page.fill("#domain", "elsewhere.example")
            page.click("form.verify-form button[type=submit]")
            page.wait_for_selector("section.verdict")
            assert page.get_attribute("html", "lang") == language
            found[state, language] = violations(page)
    assert {key: value for key, value in found.items() if value} == {}


def test_what_a_code_is_found_to_be_breaks_no_rule(page: Any, site: LiveSite) -> None:
    found = {}
    every = list(product(READ_ON_THE_DEVICE, LANGUAGES, THEMES))
    some = [(state, LANGUAGES[n % 6], THEMES[n % 2]) for n, state in enumerate(READ_ON_THE_DEVICE)]
    for state, language, theme in every if ALL else some:
        for token in (site.compact(state), f"{site.compact(state)[:-4]}AAAA")[
            : 2 if state == "active" else 1
        ]:
            page.goto("about:blank")
            opened(page, f"{site.base_url}/v", language, theme)
            page.goto(f"{site.base_url}/v?lang={language}#{token}")
            page.wait_for_selector('[data-part="answer"][aria-busy="false"]')
            found[state, language, theme, token[-4:]] = violations(page)
    assert {key: value for key, value in found.items() if value} == {}


def test_nothing_scrolls_sideways_at_320_pixels_or_at_double_size(
    page: Any, origin: str, verifier: str
) -> None:
    """A window of 1280 pixels is 320 wide at 400 %, and 640 at 200 % (WCAG 2.2, 1.4.10, 1.4.4); or text alone grows."""
    wide = []
    languages = LANGUAGES if ALL else ("de", "ar", "ja")
    for number, path in enumerate((*(origin + path for path in PAGES), f"{verifier}/")):
        for language in languages if ALL else (languages[number % 3],):
            opened(page, path, language, width=320)
            for width, size in ((320, "100%"), (640, "100%"), (1280, "200%")):
                page.set_viewport_size({"width": width, "height": 800})
                over = page.evaluate(
                    "size => { document.documentElement.style.fontSize = size;"
                    " const root = document.documentElement; return root.scrollWidth - root.clientWidth; }",
                    size,
                )
                if over > 0:
                    wide.append((path, language, width, size, over))
    assert wide == []


def test_a_keyboard_reaches_everything_and_the_focus_is_seen(page: Any, origin: str) -> None:
    opened(page, f"{origin}/c/{NUMBERS['active']}", "en")
    wanted = page.evaluate(
        "() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]"
        ".filter(e => e.checkVisibility() && e.tabIndex >= 0).length"
    )
    seen: list[str] = []
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement; if (!e || e === document.body) return null;"
            " const s = getComputedStyle(e); const r = e.getBoundingClientRect();"
            " return [e.outerHTML.slice(0, 120), s.outlineStyle, r.width > 0]; }"
        )
        if found is None:
            break
        if found[0] in seen:
            continue
        assert found[1] != "none", f"the focus cannot be seen: {found[0]}"
        assert found[2], found[0]
        seen.append(found[0])
    assert seen[0].startswith('<a class="skip"')
    assert len(seen) >= wanted * 0.8, "the focus got stuck"


def test_a_switch_of_language_needs_no_script_and_stays(page: Any, origin: str) -> None:
    opened(page, f"{origin}/c/{NUMBERS['active']}", "en")
    page.focus(".languages summary")
    page.keyboard.press("Enter")
    page.click(".languages a[lang=ar]")
    assert page.get_attribute("html", "dir") == "rtl"
    page.click("header nav a >> nth=0")
    assert page.get_attribute("html", "lang") == "ar"


def test_a_badge_is_dropped_on_the_verifier(page: Any, verifier: str, published: Published) -> None:
    opened(page, f"{verifier}/", "en")
    assert page.is_visible("[data-drop-hint]")
    page.evaluate(
        "token => { const data = new DataTransfer();"
        " data.items.add(new File([token], 'certificate.jwt', {type: 'application/jwt'}));"
        " document.body.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data})); }",
        published.token("suspended"),
    )
    page.wait_for_selector("section.verdict.tone-suspended")

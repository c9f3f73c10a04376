"""The page behind an offline code: genuine or not without a network, the status with one, and the token stays here."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.support.strangers import LiveSite, Visit, visiting

pytestmark = pytest.mark.xdist_group("browser")


def opened(visit: Visit, url: str) -> Page:
    """The page as a scanned code opens it, not as a change of the fragment."""
    visit.page.goto("about:blank")
    return visit.open(url)


def word(page: Page) -> str:
    expect(page.locator('[data-part="answer"]')).to_have_attribute("aria-busy", "false")
    return page.locator('[data-part="word"]').inner_text()


STATES = {
    "active": ("Active", "tone-active"),
    "hostile": ("Active", "tone-active"),
    "suspended": ("Suspended", "tone-suspended"),
    "withdrawn": ("Withdrawn or ended", "tone-withdrawn"),
    "terminated": ("Withdrawn or ended", "tone-withdrawn"),
    "replaced": ("Replaced", "tone-off"),
    "expired": ("Expired", "tone-off"),
    "scheduled": ("Not started", "tone-off"),
}


def test_with_a_network_the_present_status_is_said(site: LiveSite, visit: Visit) -> None:
    for state, (expected, tone) in STATES.items():
        page = opened(visit, site.code(state))
        assert word(page) == expected
        assert tone in str(page.locator('[data-part="answer"]').get_attribute("class"))
        expect(page.locator('[data-part="number"]')).to_contain_text(site.number(state))
        assert visit.complaints == []


def test_company_scope_and_last_day_are_shown(site: LiveSite, visit: Visit) -> None:
    page = visit.open(site.code("active"))
    assert word(page) == "Active"
    credential = site.published.world.claims()["credentialSubject"]
    expect(page.locator('[data-part="holder"]')).to_have_text("Active Audio Ltd")
    expect(page.locator('[data-part="scope"]')).to_have_text(credential["scope"]["statement"])
    expect(page.locator('[data-part="domain-list"]')).to_have_text("active.example")
    year = credential["certificate"]["validThrough"][:4]
    expect(page.locator('[data-part="through"]')).to_contain_text(year)


def test_a_hostile_name_is_text(site: LiveSite, visit: Visit) -> None:
    page = visit.open(site.code("hostile"))
    expect(page.locator('[data-part="holder"]')).to_contain_text("<script>")
    assert page.locator('[data-part="holder"] *').count() == 0


def test_one_changed_character_is_refused(site: LiveSite, visit: Visit) -> None:
    for part in range(3):
        for where in (0.02, 0.5, 0.98):
            segments = site.compact("active").split(".")
            at = int(len(segments[part]) * where)
            other = "A" if segments[part][at] != "A" else "Q"
            segments[part] = f"{segments[part][:at]}{other}{segments[part][at + 1 :]}"
            page = opened(visit, f"{site.base_url}/v#{'.'.join(segments)}")
            assert word(page) in ("Not genuine", "Not a certificate")
            assert "tone-active" not in str(page.locator('[data-part="answer"]').get_attribute("class"))
            expect(page.locator('[data-part="holder"]')).to_be_hidden()


def signed_with_another(site: LiveSite) -> str:
    """The token, with a key named that the page did not come with."""
    header, claims, signature = site.compact("active").split(".")
    named = json.loads(urlsafe_b64decode(header + "=="))
    named["kid"] = "x" * len(named["kid"])
    return f"{urlsafe_b64encode(json.dumps(named).encode()).rstrip(b'=').decode()}.{claims}.{signature}"


def test_nothing_is_answered_before_the_present_keys_were_asked_for(site: LiveSite, visit: Visit) -> None:
    visit.page.add_init_script(
        "window.said = []; new MutationObserver(() => {"
        " const word = document.querySelector('[data-part=\"word\"]')?.textContent;"
        " if (word && word !== said.at(-1)) said.push(word);"
        "}).observe(document, {subtree: true, childList: true, characterData: true})"
    )
    page = opened(visit, f"{site.base_url}/v#{signed_with_another(site)}")
    assert word(page) == "Not genuine"
    assert page.evaluate("said") == ["Checking…", "Not genuine"]


def test_nothing_of_the_code_before_is_left_while_keys_are_asked_for(site: LiveSite, visit: Visit) -> None:
    page = opened(visit, site.code("active"))
    assert word(page) == "Active"
    held: list[Route] = []
    let_through = threading.Event()
    page.route(
        "**/trust.json", lambda route: route.continue_() if let_through.is_set() else held.append(route)
    )
    page.evaluate("token => { location.hash = token }", signed_with_another(site))
    expect(page.locator('[data-part="word"]')).to_have_text("Checking…")
    answer = page.locator('[data-part="answer"]')
    expect(answer).to_have_class("verdict tone-off")
    expect(answer).not_to_have_attribute("data-code", "valid")
    expect(page.locator('[data-part="holder"]')).to_be_hidden()
    assert page.title().startswith("Checking… ")
    let_through.set()
    for each in held:
        each.continue_()
    assert word(page) == "Not genuine"


def test_anything_else_is_no_certificate(site: LiveSite, visit: Visit) -> None:
    for text in ("x", "a.b.c", "%F0%9F", "<img src=x onerror=alert(1)>", "a" * 70_000):
        page = opened(visit, f"{site.base_url}/v#{text}")
        assert word(page) == "Not a certificate"
        assert visit.complaints == []


def test_other_tokens_of_the_certificate_are_not_offline_codes(site: LiveSite, visit: Visit) -> None:
    page = visit.open(f"{site.base_url}/v#{site.published.token('active')}")
    assert word(page) == "Not a certificate"


def test_once_visited_it_works_without_a_network_and_never_says_active(site: LiveSite, visit: Visit) -> None:
    page = visit.open(f"{site.base_url}/v")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    visit.context.set_offline(True)
    page = opened(visit, site.code("withdrawn"))
    assert word(page) == "Genuine; status unknown"
    expect(page.locator('[data-part="sentence"]')).to_contain_text("You are offline.")
    expect(page.locator('[data-part="holder"]')).to_have_text("Withdrawn Audio Ltd")
    assert "tone-off" in str(page.locator('[data-part="answer"]').get_attribute("class"))
    fonts = page.evaluate("document.fonts.ready.then(() => document.styleSheets.length)")
    assert fonts == 3

    changed = site.code("withdrawn")[:-9] + "AAAAAAAAA"
    opened(visit, changed)
    assert word(page) == "Not genuine"

    opened(visit, site.code("withdrawn"))
    assert word(page) == "Genuine; status unknown"
    visit.context.set_offline(False)
    expect(page.locator('[data-part="word"]')).to_have_text("Withdrawn or ended")


def test_when_only_the_status_cannot_be_had_it_says_so(site: LiveSite, visit: Visit) -> None:
    visit.context.route("**/status/**", lambda route: route.abort())
    page = visit.open(site.code("active"))
    assert word(page) == "Genuine; status unknown"
    expect(page.locator('[data-part="sentence"]')).to_contain_text("could not be looked up")
    visit.context.unroute("**/status/**")
    page.get_by_role("button", name="Check again").click()
    expect(page.locator('[data-part="word"]')).to_have_text("Active")


def test_the_token_is_never_sent_nor_the_number(site: LiveSite, visit: Visit) -> None:
    site.seen.clear()
    token, number = site.compact("active"), site.number("active")
    page = visit.open(site.code("active"))
    assert word(page) == "Active"
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page = opened(visit, site.code("active"))
    assert word(page) == "Active"
    sent = [
        f"{request.url.partition('#')[0]} {request.headers} {request.post_data}" for request in visit.asked
    ]
    told = " ".join([*sent, *site.seen])
    assert "/status/token/1" in told
    for secret in (*token.split("."), number):
        assert secret not in told
    assert visit.origins() == {site.base_url}
    assert visit.context.cookies() == []


def test_a_code_can_be_pasted_and_the_next_one_scanned(site: LiveSite, visit: Visit) -> None:
    page = visit.open(f"{site.base_url}/v")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check an offline code")
    page.get_by_label("Text of the code").fill(f"  {site.code('active')}\n")
    page.get_by_role("button", name="Check").click()
    assert word(page) == "Active"
    page.evaluate("(token) => { location.hash = token; }", site.compact("suspended"))
    expect(page.locator('[data-part="word"]')).to_have_text("Suspended")


def test_the_code_stays_when_the_language_changes(site: LiveSite, visit: Visit) -> None:
    page = visit.open(site.code("active"))
    assert word(page) == "Active"
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Deutsch").click()
    page.wait_for_url("**/v?lang=de#*")
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page.locator('[data-part="holder"]')).to_have_text("Active Audio Ltd")


def test_without_javascript_it_says_what_to_do(site: LiveSite, browser: Browser) -> None:
    with visiting(browser, java_script_enabled=False) as visit:
        page = visit.open(site.code("active"))
        expect(page.get_by_role("heading", level=1)).to_have_text("This code needs JavaScript to be checked")
        expect(page.locator("main").get_by_role("link", name="directory")).to_be_visible()
        expect(page.locator("main pre")).to_have_text(f"lcert-verify TOKEN --trust {site.base_url}")

"""<l-cert-badge> checks in the visitor's browser: what is not right is covered with words, and never shown as good."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect
from tests.support.strangers import LiveSite, Shop, Visit

from lcert_issuer.badge.embeds import ELEMENT_INTEGRITY, element_snippet
from lcert_issuer.badge.face import BadgeState, Face
from lcert_verifier.vocabulary import Securing

pytestmark = pytest.mark.xdist_group("browser")

STANDINGS = {
    "suspended": "Suspended",
    "withdrawn": "Not valid",
    "terminated": "Not valid",
    "expired": "Expired",
    "scheduled": "Not started",
}


def snippet(site: LiveSite, state: str = "active", **changes: str) -> str:
    face = Face(
        state=BadgeState.ACTIVE, number=site.number(state), covered="Compose", domain=f"{state}.example"
    )
    text = element_snippet(face, site.base_url)
    return text.replace(ELEMENT_INTEGRITY, changes.get("integrity", ELEMENT_INTEGRITY))


def strict(site: LiveSite) -> str:
    base = site.base_url
    return f"default-src 'none'; img-src {base}; script-src {base}; connect-src {base}"


def test_on_the_licensed_site_the_badge_stands_as_it_is(site: LiveSite, shop: Shop, visit: Visit) -> None:
    for host in ("active.example", "www.active.example"):
        page = visit.open(shop.page(snippet(site), policy=strict(site), host=host))
        badge = page.locator("l-cert-badge")
        expect(badge).to_have_attribute("state", "valid")
        expect(badge.locator("img")).to_be_visible()
        expect(badge.locator(".panel")).to_be_hidden()
        assert visit.shift() == 0
        assert visit.complaints == []


@pytest.mark.parametrize("host", ["grimsby.example", "notactive.example"])
def test_on_another_site_the_badge_is_covered(site: LiveSite, shop: Shop, visit: Visit, host: str) -> None:
    page = visit.open(shop.page(snippet(site), policy=strict(site), host=host))
    badge = page.locator("l-cert-badge")
    expect(badge).to_have_attribute("state", "mismatch")
    panel = badge.locator(".panel")
    expect(panel).to_contain_text("Licensed for \u2068active.example\u2069, not for this site.")
    expect(badge.locator("img")).to_be_hidden()
    assert panel.bounding_box() == badge.bounding_box()
    assert visit.shift() == 0
    panel.click()
    page.wait_for_url(f"{site.base_url}/c/{site.number('active')}")


def test_on_the_authors_own_machine_it_is_a_preview(site: LiveSite, shop: Shop, visit: Visit) -> None:
    page = visit.open(shop.page(snippet(site), policy=strict(site)))
    expect(page.locator("l-cert-badge")).to_have_attribute("state", "preview")
    expect(page.locator("l-cert-badge img")).to_be_visible()


def test_a_certificate_that_does_not_stand_is_never_green(site: LiveSite, shop: Shop, visit: Visit) -> None:
    for state, word in STANDINGS.items():
        page = visit.open(shop.page(snippet(site, state), host="active.example"))
        badge = page.locator("l-cert-badge")
        expect(badge).to_have_attribute("state", "invalid")
        expect(badge.locator(".panel b")).to_have_text(word)
        expect(badge.locator("img")).to_be_hidden()
        assert visit.shift() == 0


def _cut(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize(
    "missing", ["**/c/*.jwt", "**/trust.json", "**/status/token/1", "**/l-cert-verifier-1.js"]
)
def test_what_cannot_be_checked_is_unknown(site: LiveSite, shop: Shop, visit: Visit, missing: str) -> None:
    visit.context.route(missing, _cut)
    page = visit.open(shop.page(snippet(site), host="active.example"))
    badge = page.locator("l-cert-badge")
    expect(badge).to_have_attribute("state", "unknown")
    expect(badge.locator(".panel b")).to_have_text("Status unknown")
    expect(badge.locator("img")).to_be_hidden()


def test_a_policy_that_lets_it_ask_nobody_leaves_it_unknown(site: LiveSite, shop: Shop, visit: Visit) -> None:
    policy = f"script-src {site.base_url}; connect-src 'self'"
    page = visit.open(shop.page(snippet(site), policy=policy, host="active.example"))
    expect(page.locator("l-cert-badge")).to_have_attribute("state", "unknown")


@pytest.mark.parametrize("policy", ["default-src 'self'; img-src {site}", None])
def test_without_the_script_the_image_stays(
    site: LiveSite, shop: Shop, visit: Visit, policy: str | None
) -> None:
    body = snippet(site) if policy else snippet(site, integrity="sha384-" + "A" * 64)
    page = visit.open(
        shop.page(body, policy=policy and policy.format(site=site.base_url), host="grimsby.example")
    )
    expect(page.locator("l-cert-badge img")).to_be_visible()
    page.wait_for_timeout(100)
    assert page.locator("l-cert-badge").get_attribute("state") is None


def _answer(body: str) -> object:
    def handle(route: Route) -> None:
        route.fulfill(
            body=body, content_type="application/vc+jwt", headers={"Access-Control-Allow-Origin": "*"}
        )

    return handle


@pytest.mark.parametrize("kind", ["changed", "open badge", "another certificate", "nonsense"])
def test_a_forged_answer_is_never_green(site: LiveSite, shop: Shop, visit: Visit, kind: str) -> None:
    good = site.published.token("active")
    at = len(good) // 2
    forged = {
        "changed": f"{good[:at]}{'A' if good[at] != 'A' else 'B'}{good[at + 1 :]}",
        "open badge": site.published.token("active", Securing.OPENBADGE),
        "another certificate": site.published.token("hostile"),
        "nonsense": "a.b.c",
    }[kind]
    visit.context.route("**/c/*.jwt", _answer(forged))
    page = visit.open(shop.page(snippet(site), host="active.example"))
    badge = page.locator("l-cert-badge")
    expect(badge).to_have_attribute("state", "unknown" if kind == "another certificate" else "invalid")
    expect(badge.locator("img")).to_be_hidden()


def test_a_page_that_gives_the_number_alone_gets_the_badge_too(
    site: LiveSite, shop: Shop, visit: Visit
) -> None:
    script = snippet(site).partition("\n")[2]
    body = f'<l-cert-badge number="{site.number("active").lower()}" size="s"></l-cert-badge>{script}'
    page = visit.open(shop.page(body, policy=strict(site), host="active.example"))
    badge = page.locator("l-cert-badge")
    expect(badge).to_have_attribute("state", "valid")
    assert badge.locator("img").bounding_box() == {
        **badge.locator("img").bounding_box(),
        "width": 200,
        "height": 60,
    }  # type: ignore[dict-item]
    page.evaluate("document.querySelector('l-cert-badge').setAttribute('number', 'javascript:alert(1)')")
    expect(badge).to_have_attribute("state", "unknown")


def test_the_report_is_told_to_the_page(site: LiveSite, shop: Shop, visit: Visit) -> None:
    page = visit.open(shop.page(snippet(site), host="active.example"))
    expect(page.locator("l-cert-badge")).to_have_attribute("state", "valid")
    report = page.evaluate("document.querySelector('l-cert-badge').check()")
    assert report["verdict"] == "accepted"
    assert report["credential"]["number"] == site.number("active")


def test_the_cover_speaks_the_language_of_the_badge(site: LiveSite, shop: Shop, visit: Visit) -> None:
    words = {
        "de": "Ausgesetzt",
        "fr": "Suspendu",
        "es": "Suspendido",
        "ja": "一時停止中",
        "ar": "معلّقة",
        "xx": "Suspended",
    }
    first, script = snippet(site, "suspended").split("\n")
    badges = [first.replace("<l-cert-badge", f'<l-cert-badge lang="{lang}"') for lang in words]
    page = visit.open(shop.page("\n".join([*badges, script]), host="active.example"))
    for lang, word in words.items():
        badge = page.locator(f'l-cert-badge[lang="{lang}"]')
        badge.scroll_into_view_if_needed()
        expect(badge.locator(".panel b")).to_have_text(word)
        expect(badge.locator(".panel")).to_have_attribute("dir", "rtl" if lang == "ar" else "ltr")

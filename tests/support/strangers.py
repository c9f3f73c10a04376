"""A browser, the real public site with certificates in every state, and plain pages on other origins to embed in.

Names below `.example` lead to this machine, and the browser is told that they are secure, as https would make them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from tests.support.loopback import serving
from tests.support.programs import free_port
from tests.support.shelf import NUMBERS, Published, publish
from tests.support.system import chromium

from lcert_verifier.vocabulary import Securing
from lcert_web.public import create_public_app

__all__ = ["LiveSite", "Shop", "Visit", "open_browser", "serve_shop", "serve_site", "visiting"]

HOSTS = ("active.example", "www.active.example", "grimsby.example", "notactive.example")
_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""


@dataclass
class LiveSite:
    """The public site. `seen` has every request that reached it: method, path with query, headers and body."""

    published: Published
    seen: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.published.base_url

    def number(self, state: str) -> str:
        return NUMBERS[state]

    def compact(self, state: str) -> str:
        return self.published.token(state, Securing.COMPACT)

    def code(self, state: str) -> str:
        """What the offline code of a certificate opens."""
        return f"{self.base_url}/v#{self.compact(state)}"


@contextlib.contextmanager
def serve_site() -> Iterator[LiveSite]:
    port = free_port()
    published = publish(now=datetime.now(UTC).replace(microsecond=0), base_url=f"http://127.0.0.1:{port}")
    site = LiveSite(published)
    app = create_public_app(
        storage=published.storage, base_url=site.base_url, issuer_name="L Certification Office"
    )

    def recorded(environ: dict[str, Any], start: Any) -> Any:
        headers = [f"{name}={value}" for name, value in environ.items() if name.startswith("HTTP_")]
        target = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
        site.seen.append(" ".join([environ["REQUEST_METHOD"], target, *headers]))
        return app(environ, start)

    with serving(recorded, port):
        yield site


@dataclass
class Shop:
    """Plain pages of somebody else's site, by path: text, media type, and a Content-Security-Policy or None."""

    port: int
    pages: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)

    def page(self, body: str, *, policy: str | None = None, host: str = "localhost") -> str:
        """Puts a page with `body` up and returns its address on `host`."""
        path = f"/{len(self.pages)}"
        html = (
            "<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>"
            f"<h1>Synthesiser</h1><p>Makes music.</p>\n{body}\n<p id=after>Buy it now.</p>"
        )
        self.put(path, html, policy=policy)
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, text: str, *, kind: str = "text/html", policy: str | None = None) -> None:
        self.pages[path] = text, kind, policy

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        text, kind, policy = self.pages.get(environ["PATH_INFO"], ("", "text/plain", None))
        headers = [("Content-Type", f"{kind}; charset=utf-8")]
        if policy is not None:
            headers.append(("Content-Security-Policy", policy))
        start("200 OK" if text else "204 No Content", headers)
        return [text.encode()]


@contextlib.contextmanager
def serve_shop() -> Iterator[Shop]:
    shop = Shop(port=free_port())
    with serving(shop, shop.port):
        yield shop


@contextlib.contextmanager
def open_browser(shop: Shop) -> Iterator[Browser]:
    secure = ",".join(f"http://{host}:{shop.port}" for host in HOSTS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--host-resolver-rules=MAP *.example 127.0.0.1",
                f"--unsafely-treat-insecure-origin-as-secure={secure}",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page in a browser of its own, and everything it asked of anybody."""

    context: BrowserContext
    page: Page
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        self.page.goto(url, wait_until="load")
        return self.page

    def origins(self) -> set[str]:
        return {"/".join(request.url.split("/")[:3]) for request in self.asked if "://" in request.url}

    def shift(self) -> float:
        """Layout shift since the page began, of everything that was not the visitor's doing."""
        self.page.wait_for_timeout(50)
        return float(self.page.evaluate("window.shifted"))

    def kept(self) -> list[str]:
        """Whatever the page or its frames keep on the visitor's machine."""
        found = [f"cookie {cookie.get('name')}" for cookie in self.context.cookies()]
        state = self.context.storage_state()
        found += [str(entry) for entry in state.get("origins", [])]
        found += self.page.evaluate(
            "async () => [...(await indexedDB.databases()).map((d) => d.name), ...(await caches.keys()),"
            " ...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
        )
        return found


@contextlib.contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Visit]:
    context = browser.new_context(**options)
    try:
        context.add_init_script(_SHIFTS)
        visit = Visit(context=context, page=context.new_page())
        context.on("request", lambda request: visit.asked.append(request))
        visit.page.on("console", lambda message: visit.complaints.append(message.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        yield visit
    finally:
        context.close()

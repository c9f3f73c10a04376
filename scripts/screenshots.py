"""Pictures of the running site: `python -m scripts.screenshots [--public URL] [--verifier URL] [--out DIR] [PATH ...]`.

Needs a served demo (`make run` in another terminal) and Chromium. Every page is taken at phone and desktop width, light
and dark; certificate pages also as the A4 PDF that a browser would print. Reports pages that scroll sideways.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = {"phone": (390, 844), "desktop": (1100, 900)}
PLAIN = (
    *(
        "/",
        "/directory?q=nobody",
        "/about",
        "/check",
        "/complaints",
        "/imprint",
        "/privacy",
        "/report",
        "/docs",
    ),
    *("/terms/badge", "/criteria/L-2026.1", "/embed/LC-2024-0001", "/v", "/c/LC-1999-0001"),
)
_CHROMIUMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def main() -> int:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        numbers = _certificates(options.public)
    except urllib.error.URLError as error:
        print(f"{options.public} does not answer ({error.reason}): start it with `make run`", file=sys.stderr)
        return 1
    paths = options.paths or [*PLAIN, *(f"/c/{number}" for number in numbers.values())]
    wide = 0
    with _browser() as browser:
        for scheme in ("light", "dark"):
            for name, (width, height) in WIDTHS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=2
                )
                page = context.new_page()
                for path in paths:
                    wide += _take(
                        page, options.public + path, options.out / f"{_slug(path)}-{name}-{scheme}.png"
                    )
                if not options.paths:
                    out = options.out / f"verifier-{name}-{scheme}.png"
                    wide += _take(page, options.verifier + "/", out)
                    wide += _checked(page, options, numbers, name, scheme)
                context.close()
        _print(browser, options, numbers)
    print(f"{len(list(options.out.iterdir()))} files in {options.out}")
    return 1 if wide else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Takes pictures of the running site.")
    ports = {name: os.environ.get(f"LCERT_{name.upper()}_PORT") for name in ("public", "verifier")}
    parser.add_argument("--public", default=f"http://127.0.0.1:{ports['public'] or 8080}")
    parser.add_argument("--verifier", default=f"http://127.0.0.1:{ports['verifier'] or 8081}")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("paths", nargs="*", metavar="PATH", help="only these paths of the public site")
    return parser.parse_args()


def _certificates(public: str) -> dict[str, str]:
    """One number for each state that the directory has."""
    with urllib.request.urlopen(f"{public}/directory.json", timeout=10) as reply:  # noqa: S310 - the URL given
        body = json.load(reply)
    found: dict[str, str] = {}
    for entry in body["certificates"]:
        found.setdefault(entry["state"], entry["number"])
    return found


@contextmanager
def _browser() -> Iterator[Browser]:
    binary = next((path for path in _CHROMIUMS if Path(path).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        try:
            yield browser
        finally:
            browser.close()


def _take(page: Page, url: str, out: Path) -> int:
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=out, full_page=True)
    return _too_wide(page, url)


def _checked(page: Page, options: argparse.Namespace, numbers: dict[str, str], name: str, scheme: str) -> int:
    """What the verifier's page answers to a pasted token, for an active and a withdrawn certificate."""
    wide = 0
    for state in ("active", "withdrawn"):
        if state not in numbers:
            continue
        url = f"{options.public}/c/{numbers[state]}.jwt"
        with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310 - the URL given
            token = reply.read().decode()
        page.goto(options.verifier + "/")
        page.fill("#token", token)
        page.click("button[type=submit]")
        page.wait_for_load_state("networkidle")
        page.locator("details summary").first.click()
        page.screenshot(path=options.out / f"verifier-{state}-{name}-{scheme}.png", full_page=True)
        wide += _too_wide(page, f"{options.verifier}/ ({state})")
    return wide


def _too_wide(page: Page, url: str) -> int:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        print(f"{url} is {over} px wider than a {page.viewport_size} window", file=sys.stderr)
    return int(over > 0)


def _print(browser: Browser, options: argparse.Namespace, numbers: dict[str, str]) -> None:
    page = browser.new_page()
    for state, number in numbers.items():
        page.goto(f"{options.public}/c/{number}", wait_until="networkidle")
        page.pdf(path=options.out / f"print-{state}.pdf", prefer_css_page_size=True)
    page.close()


def _slug(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", path.strip("/")) or "directory"


if __name__ == "__main__":
    sys.exit(main())

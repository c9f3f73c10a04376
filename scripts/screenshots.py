"""Pictures of the demo's pages for people to look at: `make screenshots` writes PNG files to screenshots/.

Uses the system's Chromium through Playwright; no browser is downloaded.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.support.programs import Home, fetch, serving

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def pages(home: Home) -> dict[str, str]:
    """Name -> URL: the front pages, one certificate in each state, and the verifier."""
    found = {"directory": f"{home.base_url}/", "verifier": f"{home.verifier_url}/"}
    listing = fetch(f"{home.base_url}/directory.json").json
    rows = listing["certificates"] if isinstance(listing, dict) else listing
    for row in rows:
        found.setdefault(f"certificate-{row['state']}", f"{home.base_url}/c/{row['number']}")
    number = rows[0]["number"]
    found["embed"] = f"{home.base_url}/embed/{number}"
    found["criteria"] = f"{home.base_url}/criteria/L-2026.1"
    found["unknown"] = f"{home.base_url}/c/LC-1999-9999"
    return found


def take(page: Page, name: str, url: str, folder: Path) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(url, wait_until="networkidle")
        page.screenshot(path=str(folder / f"{name}-{size}.png"), full_page=True)
    print(name, flush=True)


def main(arguments: list[str]) -> int:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        print("chromium is not installed: install the system package `chromium`", file=sys.stderr)
        return 1
    folder = Path(arguments[0]) if arguments else ROOT / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        home = Home(folder=Path(name) / "var")
        ready = [f"{home.base_url}/readyz", f"{home.verifier_url}/readyz"]
        with serving(["demo"], env=home.env, ready=ready, seconds=180), sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            for theme in ("light", "dark"):
                page = chromium.new_page(color_scheme=theme, locale="en-GB")
                for title, url in pages(home).items():
                    take(page, title if theme == "light" else f"{title}-dark", url, folder)
                page.close()
            chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

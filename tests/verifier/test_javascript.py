"""The JavaScript verifier: in Node and in Chromium it gives the same Reports as this one, on the same vectors."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Error, Route, sync_playwright
from tests.support.system import ROOT, chromium, program
from tests.verifier.test_vectors import VECTORS, answer, area

PACKAGE = ROOT / "verifier" / "js"
ORIGIN = "https://certs.example"


def node() -> str:
    """Path of Node 20 or newer; nothing else is needed, the package has no dependencies."""
    path = program("node", package="nodejs")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"Node {version.strip()} is too old: install nodejs 20 or newer")
    return path


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), *arguments],
        cwd=PACKAGE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


JUDGED_HERE = {"vectors.test.js", "cases.test.js"}
"""Vectors are compared whole below, and the case corpus in tests/cases/test_corpus.py: not run twice."""


def test_its_own_tests_pass() -> None:
    """Codecs, network, built files."""
    names = {path.name for path in (PACKAGE / "test").glob("*.test.js")}
    assert names > JUDGED_HERE
    done = run("--test", *sorted(f"test/{name}" for name in names - JUDGED_HERE))
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def without_details(report: dict[str, Any]) -> dict[str, Any]:
    """What people read of a failure may be worded differently; everything else is equal."""
    checks = [{name: check[name] for name in ("name", "outcome")} for check in report["checks"]]
    return {**report, "checks": checks}


def test_every_report_is_the_same_in_both_languages() -> None:
    """Verdict, code, sentence, checks, credential, times and edition, member by member."""
    done = run("test/reports.js")
    assert done.returncode == 0, done.stderr[-2_000:]
    theirs = {item["id"]: item["report"] for item in map(json.loads, done.stdout.rstrip("\n").split("\n"))}
    assert set(theirs) == {vector["id"] for vector in VECTORS}
    for vector in VECTORS:
        ours, _ = answer(vector)
        assert without_details(theirs[vector["id"]]) == without_details(ours.to_json()), vector["id"]


def test_the_built_files_are_up_to_date() -> None:
    done = run("scripts/build.mjs", "--check")
    assert done.returncode == 0, done.stderr


class Page:
    """A page on the issuer's own origin in Chromium; every request is answered here, no socket is opened."""

    def __init__(self, playwright: Any) -> None:
        try:
            self.browser = playwright.chromium.launch(
                executable_path=chromium(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except Error as error:
            pytest.fail(f"Chromium does not start: {error}")
        self.page = self.browser.new_page()
        self.asked: list[str] = []
        self.published: dict[str, Any] = area("forms")["evidence"]["good"]["files"]
        self.page.route("**/*", self.serve)
        self.page.goto(f"{ORIGIN}/v")

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(f"{ORIGIN}/").partition("#")[0]
        self.asked.append(path)
        if path == "v":
            route.fulfill(content_type="text/html", body="<!doctype html><title>v</title>")
        elif path in ("dist/lcert-verifier.js", "dist/lcert-compact.js", "test/world.js"):
            route.fulfill(content_type="text/javascript", path=PACKAGE / path)
        elif path.startswith("vectors/"):
            route.fulfill(content_type="application/json", path=ROOT / "tests" / path)
        elif path in self.published:
            kind = "application/statuslist+jwt" if path.startswith("status/token") else "application/vc+jwt"
            kind = "application/json" if path == "trust.json" else kind
            route.fulfill(content_type=kind, body=self.published[path])
        else:
            route.fulfill(status=404, body="")


COMPACT = """async ([module, token, domain]) => {
  const lib = await import(module);
  const verifier = lib.CompactVerifier.online(location.origin, { clock: () => new Date('2026-11-23T12:00:00Z') });
  return JSON.parse(JSON.stringify(await verifier.verify(token, { domain })));
}"""

EVERY_VECTOR = """async (names) => {
  const lib = await import('/dist/lcert-verifier.js');
  const { answer, difference } = await import('/test/world.js');
  const wrong = [];
  let count = 0;
  for (const name of names) {
    const area = await (await fetch(`/vectors/${name}.json`)).json();
    for (const vector of area.vectors) {
      const found = difference(await answer(lib, area, vector), vector.expected);
      if (found !== null) wrong.push(`${vector.id}: ${found}`);
      count += 1;
    }
  }
  return { count, wrong };
}"""


def test_chromium_gives_every_answer_with_the_built_file() -> None:
    # In a thread of its own: another test of this process may have left its Playwright running, one a thread.
    with ThreadPoolExecutor(1) as own:
        own.submit(_ask_chromium).result()


def _ask_chromium() -> None:
    token = next(item["token"] for item in area("forms")["vectors"] if item["id"] == "forms/good-compact")
    names = sorted({vector["id"].split("/")[0] for vector in VECTORS})
    with sync_playwright() as playwright:
        page = Page(playwright)
        try:
            for module in ("/dist/lcert-compact.js", "/dist/lcert-verifier.js"):
                page.asked.clear()
                report = page.page.evaluate(COMPACT, [module, token, "quillwater.example"])
                assert (report["verdict"], report["code"]) == ("accepted", "valid"), report
                assert page.asked == [module.lstrip("/"), "trust.json", "status/token/1"]
            other = page.page.evaluate(COMPACT, ["/dist/lcert-compact.js", token, "grimsbybeats.example"])
            assert other["code"] == "domain_mismatch"
            page.published = {}
            lost = page.page.evaluate(COMPACT, ["/dist/lcert-compact.js", token, None])
            assert (lost["verdict"], lost["code"]) == ("indeterminate", "trust_unavailable")
            found = page.page.evaluate(EVERY_VECTOR, names)
        finally:
            page.browser.close()
    assert found["wrong"] == []
    assert found["count"] == len(VECTORS)

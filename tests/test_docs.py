"""The documentation is true: its links lead somewhere, its commands exist, and the README's examples run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from scripts.docs_images import BADGE
from tests.support.forking import QuickHome, Starter
from tests.support.forms import form_file
from tests.support.programs import Result
from tests.support.site import Site
from tests.support.system import ROOT

from lcert_issuer.badge.artwork import render_svg

pytestmark = pytest.mark.xdist_group("site")

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
PARTNERS_COMMANDS = [
    [name] for name in ("bundle", "find", "changes", "ci", "domain", "page", "sbom", "receipt")
]
NUMBER = re.compile(r"LC-\d{4}-\d{4}")


def blocks(page: Path, language: str) -> list[str]:
    return [text for name, text in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def commands(page: Path) -> Iterator[list[str]]:
    """Every line of a console block that runs one of our programs, as its words."""
    for text in blocks(page, "console"):
        for line in text.splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] in {"lcert", "lcert-verify"}:
                yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [first or second for first, second in LINK.findall(text)]
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:|#", target) and not (page.parent / target.partition("#")[0]).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_and_options_exist(page: Path, starter: Starter) -> None:
    for program, *words in commands(page):
        # The sub-command is what comes before the first word that is an option, a value or a placeholder.
        named = [word for word in words if re.fullmatch(r"[a-z]+", word)]
        depth = 2 if named[:1] in (["keys"], ["serve"], ["db"], ["bundle"], ["partner"], ["webhooks"]) else 1
        asked = named[:depth] if program == "lcert" or named[:1] in PARTNERS_COMMANDS else []
        if asked[:1] == ["serve"]:
            asked = ["serve"]  # what is served is an argument
        help_text = help_of(starter, program, *asked)
        assert help_text.code == 0, f"{page.name}: {program} {' '.join(words)}: {help_text.err}"
        for option in (word for word in words if word.startswith("--")):
            assert option in help_text.out, f"{page.name}: {program} {' '.join(asked)} has no {option}"


@cache
def help_of(starter: Starter, program: str, *words: str) -> Result:
    return starter.run(program, *words, "--help")


def test_the_badge_of_the_readme_is_what_the_code_draws() -> None:
    """Made by `python -m scripts.docs_images`."""
    assert (ROOT / "docs" / "images" / "badge.svg").read_bytes() == render_svg(BADGE)


def test_every_make_target_of_the_documentation_exists() -> None:
    targets = set(
        re.findall(r"^([a-z][a-z-]*)(?: [a-z-]+)*:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    )
    targets |= {"type", "lint"}
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named - targets == set()


@pytest.fixture
def desk(published_site: Site, tmp_path: Path) -> Path:
    """A folder with what the README's reader has: a form to issue and a badge to check."""
    form_file(tmp_path)
    number = published_site.numbers["active"]
    (tmp_path / "baked.png").write_bytes(published_site.get(f"/badge/{number}/baked.png"))
    (tmp_path / "l-certification.zip").write_bytes(published_site.get("/bundle.zip"))
    return tmp_path


def test_the_readmes_python_runs(published_site: Site, desk: Path) -> None:
    (text,) = blocks(ROOT / "README.md", "python")
    program = text.replace("http://127.0.0.1:8080", published_site.base_url)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True "), done.stdout


def test_the_readmes_commands_run(published_site: Site, desk: Path, starter: Starter) -> None:
    home = QuickHome(folder=desk / "var", starter=starter)
    issued = ""
    ran = 0
    for program, *words in commands(ROOT / "README.md"):
        if words[0] == "serve":
            continue
        replaced = [
            NUMBER.sub(issued or "LC-0000-0000", word)
            .replace("http://127.0.0.1:8080", published_site.base_url)
            .replace("https://certs.example", home.base_url)
            for word in words
        ]
        done = starter.run(program, *replaced, env=home.env if program == "lcert" else None, cwd=desk)
        assert done.code == 0, f"{program} {' '.join(words)}: {done.err}"
        if words[0] == "issue" and (found := NUMBER.search(done.out)):
            issued = found.group()
        ran += 1
    assert ran >= 5
    assert (desk / "badge" / "baked.png").is_file()
    assert (desk / "l.zip").is_file()

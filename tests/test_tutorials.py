"""The tutorials do what they say: every command and program in them is run, in their order. `# exit N` is expected."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.support.forking import QuickHome, start_quickly
from tests.support.site import Site
from tests.support.system import ROOT

from lcert_verifier.command import main

pytestmark = pytest.mark.xdist_group("site")

TUTORIALS = ROOT / "docs" / "tutorials"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN_ON = date(2026, 11, 20)
ELSEWHERE = ("pip", "export", "lcert serve")
"""What a reader runs that a test does not: installing, settings of a shell, and a server, of which there is one."""


def blocks(name: str) -> Iterator[tuple[str, str]]:
    (path,) = TUTORIALS.glob(f"?-{name}.md")
    yield from FENCE.findall(path.read_text(encoding="utf-8"))


def lines(text: str) -> Iterator[tuple[str, list[str], int]]:
    """Program, arguments and expected exit code of every line that is run."""
    for line in filter(None, text.splitlines()):
        if not line.startswith(ELSEWHERE):
            expected = int(found[1]) if (found := re.search(r"# exit ([0-9]+)", line)) else 0
            program, *words = shlex.split(line, comments=True)
            yield program, words, expected


def verify(words: list[str], expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        assert main(words) == expected, words


def _dated(text: str) -> str:
    """A form as if it had been written today."""
    moved = datetime.now(UTC).date() - WRITTEN_ON
    return re.sub(r"20\d\d-\d\d-\d\d", lambda day: (date.fromisoformat(day[0]) + moved).isoformat(), text)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[QuickHome]:
    with start_quickly() as starter:
        yield QuickHome(folder=tmp_path / "first", starter=starter)


def test_a_first_certificate_is_issued_and_its_badge_embedded(
    home: QuickHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    number = ""
    ran = 0
    for language, text in [*blocks("issue"), *blocks("embed")]:
        if language == "json":
            (tmp_path / "certificate.json").write_text(_dated(text), encoding="utf-8")
            continue
        for program, words, expected in lines(text):
            said = [
                re.sub("LC-2026-0001", number or "LC-0000-0000", word).replace(
                    "http://127.0.0.1:8080", home.base_url
                )
                for word in words
            ]
            if program == "lcert-verify":
                bundle = home.folder / "public" / "bundle.zip"
                verify(
                    [str(bundle) if w == "https://certs.example" else w for w in said], expected, monkeypatch
                )
            else:
                done = home.starter.run("lcert", *said, env=home.env, cwd=tmp_path)
                assert done.code == expected, f"{program} {' '.join(words)}: {done.err}"
                if words[0] == "issue" and "--dry-run" not in words:
                    number = re.findall(r"LC-\d{4}-\d{4}", done.out)[0]
                    assert home.lcert("publish").code == 0
            ran += 1
    assert ran >= 8
    assert (tmp_path / "badge" / "snippets" / "badge.html").is_file()


@pytest.mark.parametrize("name", ["verify-thousands", "follow-changes"])
def test_partners_verify_and_follow(
    published_site: Site,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    badges = tmp_path / "badges"
    badges.mkdir()
    number = published_site.numbers["active"]
    (badges / "a.png").write_bytes(published_site.get(f"/badge/{number}/baked.png"))
    (badges / "b.jwt").write_text(published_site.token("active"), encoding="ascii")
    words = {"https://certs.example": published_site.base_url, "LC-2026-0001": number}

    def said(text: str) -> str:
        return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], text)

    ran = 0
    for language, text in blocks(name):
        if language == "python":
            exec(compile(said(text), name, "exec"), {"__name__": "__main__"})
            ran += 1
            continue
        for program, arguments, expected in lines(said(text)):
            assert program == "lcert-verify"
            verify(arguments, expected, monkeypatch)
            ran += 1
    assert ran >= 4
    out = capsys.readouterr().out
    if name == "follow-changes":
        assert (tmp_path / "cursor.txt").read_text(encoding="utf-8")
        assert f"withdrawn {published_site.numbers['withdrawn']}" in out
        assert json.loads(out.splitlines()[-1])["next"] > 6
    else:
        assert "Counter({'valid': 2})" in out

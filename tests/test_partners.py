"""What docs/partners.md tells partners to run, run against a real programme. `# exit N` is the code to expect."""

from __future__ import annotations

import io
import json
import re
import secrets
import shlex
import sys
import time
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.site import Site
from tests.support.system import ROOT

from lcert_issuer.watching.signing import new_secret, signed_headers
from lcert_verifier.command import main

pytestmark = pytest.mark.xdist_group("site")

PAGE = ROOT / "docs" / "partners.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


OFFLINE_COMMAND, ONLINE_COMMAND = "--trust l.zip --offline", "--trust https://certs.example"
OFFLINE_PROGRAM, ONLINE_PROGRAM = 'Verifier.from_bundle("l.zip")', 'Verifier.online("https://certs.example")'


def both_ways(text: str, offline: str, online: str) -> list[tuple[str, str]]:
    """What the page asks of a bundle is asked of the running service too, and gets the same answer."""
    if offline in text:
        return [("offline", text), ("running service", text.replace(offline, online))]
    return [("offline" if "l.zip" in text else "running service", text)]


class Reader:
    """Somebody who reads the page with the files that it speaks of at hand."""

    def __init__(
        self,
        site: Site,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        number = site.numbers["active"]
        now = datetime.now(UTC)
        self._words = {
            "https://quillwater.example/compose": "https://quillwater.example/compose",  # stays: it is in the scope
            "https://certs.example": site.base_url,
            "LC-2026-0001": number,
            "2026-11-20T00:00:00Z": f"{now.date().isoformat()}T00:00:00Z",
            "2026-11-20T12:00:00Z": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "2026-11-20": now.date().isoformat(),
            "Quillwater Audio": "Active Audio",
            "quillwater.example": "active.example",
        }
        badges = folder / "badges"
        badges.mkdir()
        badge = site.get(f"/badge/{number}/baked.png")
        for path in (folder / "baked.png", badges / "a.png"):
            path.write_bytes(badge)
        for path in (folder / "token.jwt", badges / "b.jwt"):
            path.write_text(site.token("active"), encoding="ascii")
        (folder / "shop.html").write_text(
            f'<a href="{site.base_url}/c/{number}"><img src="{site.base_url}/badge/{number}.svg"></a>',
            encoding="utf-8",
        )
        self._deliver(site, number)
        needs = (ROOT / "examples" / "ci" / "lcert.toml").read_text(encoding="utf-8")
        (folder / "lcert.toml").write_text(self.said(needs), encoding="utf-8")

    def _deliver(self, site: Site, number: str) -> None:
        """An API token, and a webhook as it would arrive now."""
        added = site.home.lcert("partner", "add", f"Reader {secrets.token_hex(4)}", "--json")
        assert added.code == 0, added.err
        body = json.dumps({"type": "certificate.suspended", "data": {"number": number}}).encode()
        secret = new_secret()
        headers = signed_headers("evt_1", int(time.time()), body, keys=[secret])
        for name, text in {
            "api-token": added.object["token"],
            "webhook-secret": secret,
            "delivery.json": body.decode(),
            "delivery.headers.json": json.dumps(headers),
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def said(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self._words)), lambda match: self._words[match[0]], text)

    def command(self, line: str) -> None:
        expected = int(found[1]) if (found := re.search(r"# exit ([0-9]+)", line)) else 0
        words = shlex.split(self.said(line), comments=True)
        settings = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
        program, *rest = words[len(settings) :]
        assert program == "lcert-verify"
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
            for name, value in settings.items():
                patch.setenv(name, value)
            code = main(rest)
        out, err = self._capsys.readouterr()
        assert code == expected, f"{line}: {code} {out}{err}"
        if "--new-key" in rest:
            (self.folder / "public.json").write_text(out, encoding="utf-8")

    def program(self, text: str) -> None:
        exec(compile(self.said(text), str(PAGE), "exec"), {"__name__": "__main__"})


def test_everything_on_the_partners_page_runs(
    published_site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In order, as later blocks use what earlier ones made."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(published_site, tmp_path, monkeypatch, capsys)
    ran: Counter[str] = Counter()
    for language, text in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if language == "python":
            for way, program in both_ways(text, OFFLINE_PROGRAM, ONLINE_PROGRAM):
                reader.program(program)
                ran[way] += 1
        elif language == "console":
            for line in filter(None, text.splitlines()):
                for way, command in both_ways(line, OFFLINE_COMMAND, ONLINE_COMMAND):
                    reader.command(command)
                    ran[way] += 1
    print(f"{dict(ran)} commands and programs of the page ran")
    assert ran["offline"] >= 25
    assert ran["running service"] >= 30
    assert json.loads((tmp_path / "bom.json").read_text(encoding="utf-8"))["specVersion"] == "1.6"


def test_the_example_of_requirements_can_be_read() -> None:
    folder = ROOT / "examples" / "ci"
    assert tomllib.loads((folder / "lcert.toml").read_text(encoding="utf-8"))["require"]
    for name in ("check.sh", "github-workflow.yml"):
        assert "lcert-verify ci lcert.toml" in (folder / name).read_text(encoding="utf-8")


def test_every_question_has_its_answer() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for number in range(1, 16):
        assert re.search(rf"^## (?:.* )?{number}\. ", text, re.MULTILINE), number

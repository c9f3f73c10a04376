"""The runbook in SECURITY.md for a stolen key, rehearsed with its own commands against a served issuer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.forking import QuickHome, Starter
from tests.support.forms import form_file
from tests.support.programs import Result, serving
from tests.support.system import ROOT

from lcert_keys.open import file_uri, open_signer
from lcert_keys.passphrase import read_passphrase_file
from lcert_verifier.jose import sign_compact, split
from lcert_verifier.verify import Verifier

_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def runbook() -> list[str]:
    """The commands of the runbook, in order, as written there."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## A signing key was stolen")[2]
    return [line for block in _BLOCK.findall(text) for line in block.splitlines()]


@dataclass(frozen=True)
class Stolen:
    home: QuickHome
    number: str
    genuine: str
    bundle: Path
    key: Any
    """The thief's copy of the issuer's key."""

    def command(self, line: str, **words: str) -> Result:
        """One line of the runbook, its capital words replaced."""
        program, *words_of_line = line.split()
        arguments = [words.get(word, word) for word in words_of_line]
        if program == "lcert":
            return self.home.lcert(*arguments)
        return self.home.starter.run(program, *arguments)

    def forge(self) -> str:
        """What a thief makes: a certificate with a free number and a free place in the status list."""
        parsed = split(self.genuine)
        text = json.dumps(parsed.payload).replace(self.number, "LC-2026-9999")
        index = parsed.payload["status"]["status_list"]["idx"]
        claims = json.loads(text.replace(str(index), str((index + 1) % 131_072)))
        return sign_compact(parsed.header, claims, self.key.sign)

    def list_token(self) -> str:
        """The status list as published now."""
        return (self.home.folder / "public" / "status" / "token" / "1").read_text()

    def online(self, token: str) -> str:
        """What a verifier without any memory says now."""
        return Verifier.online(self.home.base_url).verify(token).code.value

    def offline(self, token: str) -> str:
        return Verifier.from_bundle(self.bundle).verify(token).code.value


@pytest.fixture(scope="module")
def stolen(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stolen]:
    folder = tmp_path_factory.mktemp("stolen")
    home = QuickHome(folder=folder / "var", starter=starter)
    home.init()
    issued = home.lcert("issue", str(form_file(folder)), "--json").object
    (path,) = (home.folder / "keys").glob("issuer-*.pem")
    secret = read_passphrase_file(home.folder / "keys" / "passphrase")
    key = open_signer(file_uri(path), passphrase=lambda *_: secret)
    bundle = folder / "l.zip"
    with serving(["serve", "public"], env=home.env, ready=[f"{home.base_url}/readyz"]):
        assert starter.run("lcert-verify", "bundle", "fetch", home.base_url, "--out", str(bundle)).code == 0
        yield Stolen(home, issued["number"], issued["tokens"]["vc+jwt"], bundle, key)


def test_the_runbook_as_written_ends_a_theft(stolen: Stolen, runbook: list[str]) -> None:
    forged = stolen.forge()
    assert stolen.online(stolen.genuine) == "valid"
    assert stolen.online(forged) == "valid", "a stolen key is a stolen key, until somebody notices"

    listed, shown, compromise, rekey, publish, doctor, update = runbook
    keys = stolen.command(listed)
    (kid,) = [line.split()[-1] for line in keys.out.splitlines() if line.startswith("* issuer")]
    history = stolen.command(shown, NUMBER=stolen.number)
    assert history.code == 0, history.err
    size = (stolen.home.folder / "public" / "log" / "checkpoint").read_text().split("\n")[1]

    done = stolen.command(compromise, KID=kid, N=size)
    assert done.code == 0, done.err
    assert f"lcert rekey {stolen.number}" in done.out
    assert stolen.online(stolen.genuine) == "valid", "what the journal proves older stands"
    assert stolen.online(forged) == "status_history_unavailable"
    assert stolen.offline(forged) == "valid", "a partner's old bundle cannot know yet"

    again = stolen.command(rekey, NUMBER=stolen.number)
    assert again.code == 0, again.err
    assert stolen.online(stolen.genuine) == "superseded"
    assert stolen.command(publish).code == 0
    examined = stolen.command(doctor)
    assert examined.code == 0, examined.out + examined.err

    updated = stolen.command(update, FILE=str(stolen.bundle))
    assert updated.code == 0, updated.err
    assert stolen.offline(forged) == "status_history_unavailable"
    assert stolen.offline(stolen.genuine) == "superseded"
    renewed = (stolen.home.folder / "public" / "c" / f"{stolen.number}.jwt").read_text()
    assert (stolen.online(renewed), stolen.offline(renewed)) == ("valid", "valid")
    # The thief goes on with the new edition's words, and gets nowhere.
    assert (
        stolen.online(sign_compact(split(stolen.genuine).header, split(renewed).payload, stolen.key.sign))
        != "valid"
    )


def test_a_stolen_status_key_is_replaced_in_the_same_step(stolen: Stolen, runbook: list[str]) -> None:
    kid = split(stolen.list_token()).kid
    assert kid is not None
    current = (stolen.home.folder / "public" / "c" / f"{stolen.number}.jwt").read_text()
    assert Verifier.online(stolen.home.base_url).verify(current).code.value == "valid"
    done = stolen.command(runbook[2].partition(" --since")[0], KID=kid)
    assert done.code == 0, done.err
    assert split(stolen.list_token()).kid != kid
    assert stolen.online(current) == "valid", "the lists are signed again with a new key at once"

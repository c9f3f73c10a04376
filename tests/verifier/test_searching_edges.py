"""The searching commands on a small bundle: which option asks what, what is printed, and how each ends."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.command_desk import Desk
from tests.support.edges import NOW, Issuer, Reads
from tests.support.records import record

from lcert_verifier import command
from lcert_verifier.fetch import Fetcher

TIMES = {"effectiveAt": "2026-11-01T00:00:00Z", "recordedAt": "2026-11-02T00:00:00Z"}
ENTRIES: list[dict[str, Any]] = [
    {"v": 1, "kind": "key_activated", "kid": "did:web:certs.example#k", **TIMES},
    {"v": 1, "kind": "issued", "number": "LC-2026-0001", "edition": 1, "tokens": {}, **TIMES},
    {"v": 1, "kind": "suspended", "number": "LC-2026-0001", "reason": "fee-unpaid", **TIMES},
]
ISSUER = Issuer(entries=[json.dumps(entry).encode() for entry in ENTRIES])
TILES = {path: body for path, body in ISSUER.tiles().items() if "/entries/" in path}
LONG = [{"edition": 1, "validFrom": "2026-01-01", "validThrough": "2027-12-31"}]
ONE = record("LC-2026-0001") | {"editions": LONG}
TWO = record(
    "LC-2026-0002",
    holder__legalName="Nightjar Ltd",
    holder__tradingNames=[],
    holder__registration={"scheme": "FI-YTJ", "id": "0002"},
    holder__domains__0__name="nightjar.example",
    scope__covered__0__name="Narrator",
    scope__covered__0__ids=[
        {"type": "sha256", "value": "ab" * 32},
        {"type": "url", "value": "https://nightjar.example/n"},
        {"type": "hf", "value": "night/jar", "revision": "abcdef0123"},
    ],
) | {"editions": LONG, "state": "withdrawn", "reason": "unlicensed-data", "since": "2026-11-10T00:00:00Z"}


def bundle(*records: dict[str, Any], history: bool = True) -> bytes:
    lines = "".join(json.dumps(each) + "\n" for each in records).encode()
    files = ISSUER.bundle_files(**{"records.jsonl": lines})
    return ISSUER.bundle({**files, **(TILES if history else {})})


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "l.zip").write_bytes(bundle(ONE, TWO))
    return Desk(tmp_path, capsys, NOW)


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        ([], 0, [1, 2]),
        (["--number", "lc-2026-0002"], 0, [2]),
        (["--number", "LC-2026-0003"], 1, []),
        (["--holder", "nightjar"], 0, [2]),
        (["--domain", "www.nightjar.example"], 0, [2]),
        (["--lei", "999900quillwater0155"], 0, [1, 2]),
        (["--registration", "FI-YTJ 0002"], 0, [2]),
        (["--hf", "night/jar"], 0, [2]),
        (["--hf", "night/jar@"], 0, [2]),
        (["--hf", "night/jar@abcdef0"], 0, [2]),
        (["--hf", "night/jar@abcdef1"], 1, []),
        (["--sha256", "ab" * 32], 0, [2]),
        (["--url", "https://nightjar.example/n"], 0, [2]),
        (["--state", "withdrawn"], 0, [2]),
        (["--state", "active", "--holder", "nightjar"], 1, []),
        (["--covers", "Narrator"], 0, [2]),
        (["--covers", "Narrator@3.5"], 0, [2]),
        (["--covers", "Narrator@4"], 1, [2]),
        (["--covers", "Narrator@new"], 2, [2]),
        (["--covers", "Prompt assistant"], 1, [1, 2]),
        (["--at", "2025-12-31", "--state", "scheduled"], 0, [1, 2]),
        (["--known-at", "2020-01-01"], 1, []),
    ],
)
def test_each_option_asks_for_what_it_says(desk: Desk, words: list[str], code: int, found: list[int]) -> None:
    assert desk("find", "--json", *words) == code
    assert [line["number"] for line in desk.lines] == [f"LC-2026-000{n}" for n in found]
    assert desk("find", *words) == code
    assert desk.out.endswith(f"{len(found)} found\n")
    assert [line.split()[0] for line in desk.out.splitlines() if line.startswith("LC-")] == [
        f"LC-2026-000{n}" for n in found
    ]


def test_one_that_covers_it_is_enough(desk: Desk) -> None:
    other = record("LC-2026-0003", scope__covered__0__versions="latest") | {"editions": LONG}
    (desk.folder / "l.zip").write_bytes(bundle(ONE, other))
    for version, code in (("3.1", 0), ("4", 2)):
        assert desk("find", "--covers", f"Quillwater Compose@{version}") == code


def test_what_is_asked_wrongly_is_told(desk: Desk) -> None:
    for words in (["--state", "gone"], ["--at", "x"], ["--num", "x"], ["x"]):
        assert desk("find", *words) == 64
        assert desk.err.startswith("lcert-verify: ")
    assert desk("changes", "--since", "-1") == 64
    assert desk("changes", "--since", "x") == 64


def test_changes_are_told_in_one_line_each(desk: Desk) -> None:
    assert desk("changes") == 0
    assert desk.out.splitlines() == [
        "0  2026-11-02T00:00:00Z  key_activated  did:web:certs.example#k",
        "1  2026-11-02T00:00:00Z  issued  LC-2026-0001/1",
        "2  2026-11-02T00:00:00Z  suspended  LC-2026-0001  fee-unpaid",
        "next: 3",
    ]
    assert desk.err == ""
    assert desk("changes", "--json", "--since", "2") == 0
    event, end = desk.lines
    assert (event["position"], event["kind"], end) == (2, "suspended", {"next": 3})
    assert desk("changes", "--json") == 0
    assert [line.get("position", line.get("next")) for line in desk.lines] == [0, 1, 2, 3]
    assert desk("changes", "--since", "3") == 0
    assert desk.out == "next: 3\n"
    (desk.folder / "l.zip").write_bytes(bundle(ONE, history=False))
    assert desk("changes") == 2
    assert "entries about keys are missing" in desk.err
    assert desk.out.splitlines() == ["3  2027-01-01T00:00:00Z  issued  LC-2026-0001/1", "next: 3"]
    assert desk("changes", "--trust", desk.folder / "l.zip") == 64
    assert "give one --trust" in desk.err


def test_a_bill_of_materials_is_written_or_refused(desk: Desk) -> None:
    assert desk("sbom", "lc-2026-0002") == 0
    told = json.loads(desk.out)
    assert told["metadata"]["component"]["supplier"]["name"] == "Nightjar Ltd"
    assert told["metadata"]["timestamp"] == "2026-11-20T12:00:00Z"
    assert told["declarations"]["assessors"][0]["organization"]["name"] == ISSUER.name
    assert f"by {ISSUER.did}" in told["declarations"]["attestations"][0]["summary"]
    printed, file = desk.out, desk.folder / "bom.json"
    assert desk("sbom", "LC-2026-0002", "--out", file) == 0
    assert (desk.out, file.read_text(encoding="utf-8")) == ("", printed)
    assert printed.startswith('{\n  "$schema"')
    assert printed.endswith("}\n")
    assert desk("sbom", "LC-2026-0003") == 1
    assert desk.err == "lcert-verify: there is no certificate LC-2026-0003\n"
    assert desk("sbom", "LC-2026-0002", "--out", desk.folder / "none" / "x") == 64
    assert "cannot be written: No such file" in desk.err


@pytest.mark.parametrize("words", [["find"], ["changes"], ["sbom", "LC-2026-0001"], ["ci", "lcert.toml"]])
def test_trust_that_cannot_be_searched_is_no_answer(
    desk: Desk, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    (desk.folder / "lcert.toml").write_text('[[require]]\nnumber = "LC-2026-0001"\n')
    (desk.folder / "bad.zip").write_bytes(b"x")
    assert desk(*words, trust="bad.zip") == 2
    assert desk.err.splitlines()[0].startswith("lcert-verify: bad.zip cannot be used: ")
    assert desk.err.splitlines()[1] == "lcert-verify: nothing that is trusted can be searched"
    assert desk.out == ""
    desk.fetcher = cast(Fetcher, SimpleNamespace(reader=lambda _: Reads({})))
    assert desk(*words, trust="https://certs.example") == 2
    assert desk.out == ""
    assert desk(*words, trust="none.zip") == 64
    if words[0] != "changes":
        assert desk(*words, "--trust", "l.zip", trust="bad.zip") == 0, "the rest is searched"
        assert desk(*words, "--trust", "bad.zip") == 0, "whichever comes first"


def test_an_expired_bundle_is_searched_and_never_green(desk: Desk) -> None:
    file = desk.folder / "lcert.toml"
    file.write_text('[[require]]\nnumber = "LC-2026-0001"\n')
    assert desk("ci", file) == 0
    assert desk.err == ""
    assert desk.out.startswith("ok  LC-2026-0001  LC-2026-0001: Quillwater Compose 3.x")
    desk.now = NOW + timedelta(days=7, seconds=1)
    assert desk("ci", file) == 2
    assert "the bundle has expired" in desk.err
    file.write_text('[[require]]\nnumber = "LC-2026-0002"\n')
    assert desk("ci", file) == 1
    assert desk("find") == 0
    assert "the bundle has expired" in desk.err


def test_requirements_are_answered_each_in_a_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    file = desk.folder / "lcert.toml"
    text = '[[require]]\nnumber = "LC-2026-0001"\n[[require]]\nnumber = "LC-2026-0002"\ntitle = "T"\n'
    file.write_text(text)
    assert desk("ci") == 1, "lcert.toml is the file when none is named"
    assert (
        desk.out.splitlines()[1] == "NOT MET  T  LC-2026-0002: the certificate is withdrawn, unlicensed-data"
    )
    assert desk("ci", "--json", "lcert.toml") == 1
    assert [line["verdict"] for line in desk.lines] == ["accepted", "rejected"]
    assert desk("ci", "none.toml") == 64
    assert desk.err.startswith("lcert-verify: none.toml cannot be read: No such file")
    file.write_text("x")
    assert desk("ci") == 64
    assert desk.err.startswith("lcert-verify: lcert.toml: is not TOML")


def test_a_file_of_requirements_names_its_own_trust(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    file = desk.folder / "lcert.toml"
    file.write_text('trust = ["l.zip"]\n[[require]]\nnumber = "LC-2026-0001"\n')
    assert command.main(["ci", str(file)], clock=lambda: NOW) == 0
    file.write_text('trust = ["https://certs.example"]\n[[require]]\nnumber = "LC-2026-0001"\n')
    assert command.main(["ci", str(file), "--offline"], clock=lambda: NOW) == 64
    assert "not https://certs.example" in capsys.readouterr().err


def test_a_trusted_origin_is_asked_about_the_token_itself(desk: Desk) -> None:
    """Its bundle has a record that says active, and no token can be had: that is not green."""
    file = desk.folder / "lcert.toml"
    file.write_text('[[require]]\nnumber = "LC-2026-0001"\n')
    read = Reads({**ISSUER.site(), "bundle.zip": bundle(ONE)})
    desk.fetcher = cast(Fetcher, SimpleNamespace(reader=lambda _: read))
    assert desk("ci", file, trust=ISSUER.base_url) != 0
    assert any(path.endswith(".jwt") for path in read.seen)
    assert desk("find", trust=ISSUER.base_url) == 0

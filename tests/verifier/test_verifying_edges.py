"""`lcert-verify` on several inputs: what is written for each and in sum, receipts that others check, times and ages."""

from __future__ import annotations

import argparse
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.command_desk import Desk
from tests.support.edges import Reads
from tests.support.evidence import NOW, SoftKey, World
from tests.verifier.test_command import bundle_of

from lcert_verifier import command
from lcert_verifier.commands.common import exit_of, parse_age, parse_time
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.report import Verdict

WORLD = World()
BUNDLE = bundle_of(WORLD)
GOOD = WORLD.token()
UNKNOWN = WORLD.token(key=SoftKey())


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "l.zip").write_bytes(BUNDLE)
    return Desk(tmp_path, capsys, NOW)


def test_each_input_is_told_and_then_the_sum(desk: Desk) -> None:
    assert desk(GOOD, "x", "y", UNKNOWN) == 1
    assert [line.split()[0] for line in desk.out.splitlines() if line[0] not in " n4"] == [
        "ACCEPTED",
        "REJECTED",
        "REJECTED",
        "INDETERMINATE",
    ]
    assert desk.out.splitlines()[-2:] == [
        "4 judged: 1 accepted, 2 rejected, 1 indeterminate",
        "not accepted: 2 malformed, 1 unknown_key",
    ]
    assert desk(GOOD, GOOD) == 0
    assert desk.out.splitlines()[-1] == "2 judged: 2 accepted, 0 rejected, 0 indeterminate"
    assert desk(GOOD, UNKNOWN) == 2
    assert desk(GOOD) == 0
    assert "judged" not in desk.out
    assert desk.err == ""


def test_quietly_only_what_is_not_accepted_is_told(desk: Desk) -> None:
    assert desk("--quiet", GOOD) == 0
    assert desk.out == ""
    assert desk("--quiet", GOOD, "x") == 1
    first, *_, judged, reasons = desk.out.splitlines()
    assert first == "REJECTED (malformed)  x"
    assert judged == "2 judged: 1 accepted, 1 rejected, 0 indeterminate"
    assert reasons == "not accepted: 1 malformed"
    assert desk("--quiet", "--json", GOOD, "x") == 1
    assert [line["code"] for line in desk.lines] == ["malformed"]


def test_short_options_are_the_long_ones(desk: Desk) -> None:
    assert desk("-q", GOOD) == 0
    assert desk.out == ""
    assert desk("-v", GOOD) == 0
    assert "    signature  ok" in desk.out
    assert desk("--max-age", "1d", GOOD) == 0
    assert desk("--max-age", "1w", GOOD) == 64
    assert desk("--hel") == 64, "and not cut short"
    assert desk("bundle", "--hel", trust=None) == 64


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("words", "seen", "shown"), [([], False, True), ([], True, False), (["-q"], True, True)]
)
def test_a_person_who_waits_sees_how_far_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], seen: bool, shown: bool
) -> None:
    out, err = Terminal() if seen else io.StringIO(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    given = [*words, "--jobs", "1", GOOD, GOOD, "--trust", str(desk.folder / "l.zip")]
    assert command.main(given, clock=lambda: NOW) == 0
    assert ("2 of 2 judged" in err.getvalue()) is shown
    assert ("1 of 2 judged" in err.getvalue()) is shown
    if shown:
        assert err.getvalue().endswith("\r\x1b[K"), "it is taken away"


def test_the_bar_is_taken_away_before_an_answer_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setattr("sys.stderr", screen)
    given = ["-q", "--jobs", "1", GOOD, "x", "--trust", str(desk.folder / "l.zip")]
    assert command.main(given, clock=lambda: NOW) == 1
    bar, _, _ = screen.getvalue().partition("REJECTED")
    assert "1 of 2 judged" in bar
    assert bar.endswith("\r\x1b[K")


def test_evidence_may_be_as_old_as_was_asked_for(desk: Desk) -> None:
    desk.now = NOW + timedelta(hours=2)
    assert [desk(*words, GOOD) for words in ([], ["--max-age", "3h"], ["--max-age", "1h"])] == [0, 0, 2]


def origin() -> Any:
    """A fetcher that reaches what the world publishes."""
    files = {
        "trust.json": WORLD.trust_bytes(),
        "status/token/1": WORLD.status_token().encode(),
        f"c/{WORLD.number}.jwt": GOOD.encode(),
    }
    return SimpleNamespace(reader=lambda _: Reads(files))


@pytest.mark.parametrize(
    ("words", "trust", "shared"),
    [
        (["--jobs", "2", GOOD, GOOD], "l.zip", [2]),
        (["--jobs", "2", "-"], "l.zip", [2]),
        (["--jobs", "2", GOOD], "l.zip", []),
        (["--jobs", "1", GOOD, GOOD], "l.zip", []),
        ([GOOD, GOOD], "l.zip", []),
        (["--jobs", "2", GOOD, GOOD], WORLD.base_url, []),
    ],
)
def test_processes_are_for_many_inputs_offline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], trust: str, shared: list[int]
) -> None:
    used: list[int] = []

    def work_through(work: Any, items: Any, jobs: int) -> Any:
        used.append(jobs)
        return work(list(items))

    monkeypatch.setattr("lcert_verifier.parallel.work_through", work_through)
    monkeypatch.setattr("lcert_verifier.parallel.can_fork", lambda: True)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(GOOD.encode() + b"\n")))
    desk.fetcher = origin()
    assert desk(*words, trust=trust) == 0
    assert used == shared


@pytest.mark.parametrize(
    ("words", "at", "known_at"),
    [
        ([], None, None),
        (["--at", "2026-12-01"], datetime(2026, 12, 1, tzinfo=UTC), None),
        (["--known-at", "2026-12-01"], NOW, datetime(2026, 12, 1, tzinfo=UTC)),
        (
            ["--at", "2026-11-30", "--known-at", "2026-12-01"],
            datetime(2026, 11, 30, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
        ),
    ],
)
def test_an_address_is_asked_for_the_edition_of_the_time(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    at: datetime | None,
    known_at: datetime | None,
) -> None:
    """What was known then is about now, unless another time is asked for."""
    asked: list[Any] = []

    def judge_link(url: str, readers: Any, verify: Any, **when: Any) -> Any:
        asked.append((when["at"], when["known_at"]))
        return WORLD.verifier().verify("x")

    monkeypatch.setattr("lcert_verifier.commands.verifying.judge_link", judge_link)
    desk.fetcher = origin()
    assert desk(*words, f"{WORLD.base_url}/c/{WORLD.number}", trust=WORLD.base_url) == 1
    assert asked == [(at, known_at)]


def test_files_that_are_passed_over_are_said(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "badges"
    folder.mkdir()
    (folder / "good.jwt").write_text(GOOD)
    said = "passed over: folders are searched for .jwt, .png and .svg\n"
    for count, files in ((0, ""), (1, f"1 other file was {said}"), (2, f"2 other files were {said}")):
        for n in range(count):
            (folder / f"{n}.json").touch()
        assert desk(folder) == 0
        assert desk.err == (f"lcert-verify: {files}" if files else "")


def test_the_receipt_of_an_address_is_about_the_token_found_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, receipts = desk.folder / "key.jwk", desk.folder / "receipts"
    assert desk("receipt", "--new-key", key, trust=None) == 0
    public, token = desk.write("public.json", desk.out), desk.write("good.jwt", GOOD)
    monkeypatch.setenv("LCERT_RECEIPT_KEY", str(key))
    desk.fetcher = origin()
    url = f"{WORLD.base_url}/c/{WORLD.number}"
    assert desk("--receipts", receipts, url, trust=WORLD.base_url) == 0
    assert desk("receipt", receipts, "--key", public, "--of", token, trust=None) == 0
    address = desk.write("address", url)
    assert desk("receipt", receipts, "--key", public, "--of", address, trust=None) == 1
    receipts.unlink()
    assert desk("--receipts", receipts, f"{WORLD.base_url}/c/LC-2026-9999", trust=WORLD.base_url) != 0
    address = desk.write("address", f"{WORLD.base_url}/c/LC-2026-9999")
    assert desk("receipt", receipts, "--key", public, "--of", address, trust=None) == 0


def test_several_processes_say_the_same(desk: Desk) -> None:
    inputs = [GOOD, "x", UNKNOWN] * 4
    told = []
    for jobs in ("1", "2"):
        assert desk("--json", "--jobs", jobs, *inputs) == 1
        told.append(desk.lines)
    assert told[0] == told[1]
    assert [line["code"] for line in told[0]] == ["valid", "malformed", "unknown_key"] * 4
    assert desk("--jobs", "0", GOOD) == 64
    assert desk("--jobs", "1", desk.folder / "none.jwt") == 64
    (desk.folder / "empty").mkdir()
    assert desk(desk.folder / "empty") == 64
    assert desk.err == "lcert-verify: there is nothing to verify\n"


def test_receipts_are_kept_one_a_line_and_checked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key, receipts = desk.folder / "key.jwk", desk.folder / "receipts"
    assert desk("receipt", "--new-key", key, trust=None) == 0
    public = desk.write("public.json", desk.out)
    (jwk,) = json.loads(desk.out)["keys"]
    assert desk("--receipts", receipts, GOOD) == 64
    assert "needs a key in LCERT_RECEIPT_KEY" in desk.err
    with monkeypatch.context() as patch:
        patch.setenv("LCERT_RECEIPT_KEY", str(key))
        assert desk("--receipts", receipts, "--domain", "quillwater.example", GOOD, "x") == 1
        assert desk("--receipts", receipts, GOOD) == 0, "is added"
        assert desk("--receipts", desk.folder, GOOD) == 64
        assert "cannot be written: Is a directory" in desk.err
        patch.setenv("LCERT_RECEIPT_KEY", str(public))
        assert desk("--receipts", receipts, GOOD) == 64
        assert "LCERT_RECEIPT_KEY: " in desk.err
    lines = receipts.read_text().splitlines()
    assert len(lines) == 3
    for given in (public, public.read_text(), json.dumps(jwk), "  " + json.dumps(jwk)):
        assert desk("receipt", receipts, "--key", given, "--json", trust=None) == 0
        assert [line["code"] for line in desk.lines] == ["valid", "malformed", "valid"]
        assert {line["verifier"] for line in desk.lines} == {"lcert-verify"}
        assert [line["domain"] for line in desk.lines] == ["quillwater.example"] * 2 + [None]
    assert desk("receipt", receipts, "--key", public, trust=None) == 0
    assert desk.out.count("GENUINE") == 3
    first, second = desk.write("first", lines[0] + "\n"), desk.write("second", lines[1])
    token, other = desk.write("good.jwt", GOOD + "\n"), desk.write("other.jwt", UNKNOWN)
    for receipt, of, code in ((first, token, 0), (first, other, 1), (second, token, 1)):
        assert desk("receipt", receipt, "--key", public, "--of", of, trust=None) == code
    assert "the receipt is not genuine" in desk.err
    assert desk("receipt", first, trust=None) == 2
    assert f"give --key to check it: signed with the key {jwk['kid']}" in desk.err
    strange = desk.write("strange", "\u00e9\n" + lines[0])
    assert desk("receipt", strange, "--key", public, trust=None) == 1
    assert desk.out.count("GENUINE") == 1, "the rest is checked"
    mixed = desk.write("mixed", f"{lines[0]}\n{lines[0][:-4]}AAAA\n{lines[2]}\n")
    assert desk("receipt", mixed, "--key", public, trust=None) == 1
    assert desk.out.count("GENUINE") == 2


def test_the_key_of_a_receipt_may_be_fetched(desk: Desk) -> None:
    asked: list[tuple[str, bool]] = []

    def get(url: str, *, limit: int, loopback: bool) -> Any:
        asked.append((url, loopback))
        if "none" in url:
            raise EvidenceUnavailable("it is away")
        return SimpleNamespace(body=b"{}")

    desk.fetcher = SimpleNamespace(get=get)
    receipt = desk.write("receipt", GOOD)
    assert desk("receipt", receipt, "--key", "https://v.example/none", trust=None) == 2
    assert "the key cannot be read: it is away" in desk.err
    assert desk("receipt", receipt, "--key", "http://127.0.0.1:9/jwks", trust=None) == 64
    assert desk.err.startswith("lcert-verify: --key: ")
    assert asked == [("https://v.example/none", False), ("http://127.0.0.1:9/jwks", True)]
    for words in (["--key", "none.json"], ["--key", "{"], ["--of", "none.jwt"]):
        assert desk("receipt", receipt, *words, trust=None) == 64
    assert desk("receipt", desk.folder / "none", trust=None) == 64
    assert desk("receipt", "--new-key", desk.folder / "none" / "key", trust=None) == 64
    assert "cannot be made: No such file" in desk.err


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90m", timedelta(minutes=90)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("0m", timedelta(0)),
        ("99999d", timedelta(days=99_999)),
        ("999999d", None),
        ("m", None),
        ("", None),
        ("7", None),
        ("1w", None),
        ("-1h", None),
        ("1.5h", None),
        ("١h", None),
        ("²d", None),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, age: timedelta | None) -> None:
    if age is None:
        with pytest.raises(argparse.ArgumentTypeError, match="is not an age"):
            parse_age(text)
    else:
        assert parse_age(text) == age


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20t12:00:00+02:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T12:00:00", "no offset"),
        ("0001-01-01T00:00:00+01:00", "out of range"),
        ("2026-13-20", "is not a time"),
        ("now", "is not a time"),
    ],
)
def test_a_time_is_a_day_or_has_an_offset(text: str, moment: datetime | str) -> None:
    if isinstance(moment, str):
        with pytest.raises(argparse.ArgumentTypeError, match=moment):
            parse_time(text)
    else:
        assert parse_time(text) == moment
        assert parse_time(text).tzinfo is UTC


def test_the_worst_answer_is_how_it_ends() -> None:
    yes, no, unsure = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.INDETERMINATE
    assert [exit_of(each) for each in ([], [yes], [yes, unsure], [unsure, no, yes])] == [0, 0, 2, 1]


@pytest.mark.parametrize(
    "words",
    [["show", "l.zip", "--js"], ["update", "l.zip", "--hist"], ["fetch", "https://x.example", "--ou", "x"]],
)
def test_no_option_of_the_bundle_commands_is_shortened(desk: Desk, words: list[str]) -> None:
    assert desk("bundle", *words, trust=None) == 64
    assert "--help" in desk.err

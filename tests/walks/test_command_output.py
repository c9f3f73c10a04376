"""What commands say when they do what was asked: JSON shapes that scripts rely on, clean streams, and warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.forking import QuickHome, Starter
from tests.support.forms import form, form_file
from tests.support.programs import Result
from tests.support.published import Published
from tests.support.sheets import row_of, sheet_of

from lcert_verifier import Code
from lcert_verifier.evidence import utc_now

ISSUED = {"number", "edition", "id", "url", "valid_from", "valid_through", "published", "tokens"}
DECIDED = {"number", "state", "published"}
KEY = {
    *("kid", "purpose", "alg", "state", "since", "published"),
    *("staged_at", "promoted_at", "retired_at", "compromised_at"),
}
KIT = {
    *("badge.svg", "badge.png", "badge@2x.png", "baked.svg", "baked.png", "token.jwt"),
    *("qr.svg", "qr.png", "offline-qr.svg", "offline-qr.png"),
}
LISTED = {"number", "state", "edition", "holder", "statement", "valid_from", "valid_through", "url"}


@pytest.fixture
def empty(starter: Starter, tmp_path: Path) -> QuickHome:
    return QuickHome(folder=tmp_path / "var", starter=starter)


def _day(days: int) -> str:
    return (date.fromisoformat(form()["validFrom"]) + timedelta(days=days)).isoformat()


def test_every_command_has_its_shape(empty: QuickHome, tmp_path: Path) -> None:
    """A certifier's first year, each command with `--json`: one object a line, nothing else on standard output."""
    home, file = empty, str(form_file(tmp_path))
    renewed = str(form_file(tmp_path, "renewal.json", validFrom=_day(365), validThrough=_day(700)))
    sheet = tmp_path / "many.csv"
    sheet.write_text(sheet_of([row_of(form())] * 2))

    founded = _one(home, {"home", "base_url", "did", "root", "published"}, *_init(home))
    assert founded["published"] is True
    first = _one(home, ISSUED, "issue", file)
    number = first["number"]
    assert set(first["tokens"]) == {"vc+jwt", "openbadge", "compact"}
    assert (first["edition"], first["valid_from"], first["valid_through"]) == (1, _day(0), _day(364))
    assert first["id"] == f"{home.base_url}/c/{number}/1"
    assert first["url"] == f"{home.base_url}/c/{number}"
    assert [line["edition"] for line in _lines(home, ISSUED, "issue", "--csv", str(sheet))] == [1, 1]
    second, third = (line["number"] for line in home.lcert("list", "--json").lines[1:])
    assert {line["state"] for line in _lines(home, LISTED, "list")} == {"active"}
    record = _lines(home, None, "show", number)[0]
    assert {"number", "state", "editions", "history", "currentEdition", "certificate"} <= set(record)

    decided = [
        ("suspend", "fee-unpaid", "suspended"),
        ("reinstate", "remedied", "active"),
        ("terminate", "holder-request", "terminated"),
    ]
    for verb, reason, state in decided:
        assert _one(home, DECIDED, verb, second, "--reason", reason)["state"] == state
    assert _one(home, DECIDED, "withdraw", third, "--reason", "unlicensed-data")["state"] == "withdrawn"
    editions = [
        _one(home, ISSUED, "rescope", number, file),
        _one(home, ISSUED, "correct", number, file),
        _one(home, ISSUED, "rekey", number),
        _one(home, ISSUED, "renew", number, renewed, "--through", _day(700)),
    ]
    assert [edition["edition"] for edition in editions] == [2, 3, 4, 5]
    assert _one(home, ISSUED, "appeal", third, file)["edition"] == 2

    token = _one(home, {"number", "securing", "token"}, "token", number, "--securing", "compact")
    assert token["token"].count(".") == 2
    kit = _one(home, {"number", "files"}, "badge", number, "--out", str(tmp_path / "kit"))
    assert {Path(path).name for path in kit["files"]} >= KIT
    assert all(Path(path).is_file() for path in kit["files"])

    assert len(_lines(home, (KEY - {"published"}) | {"signs"}, "keys", "list")) == 4
    kid = _one(home, KEY, "keys", "stage")["kid"]
    assert _one(home, KEY, "keys", "promote", kid)["state"] == "active"
    old = next(k for k in home.lcert("keys", "list", "--json").lines if k["purpose"] == "issuer")["kid"]
    assert _one(home, KEY, "keys", "retire", old)["state"] == "retired"
    lost = _one(home, KEY | {"affected"}, "keys", "compromise", old)
    assert lost["affected"] == [number, third]

    assert _one(home, {"published", "size", "written"}, "publish")["published"] is True
    worked = {"moved", "written", "size", "delivered", "failed", "published"}
    assert _one(home, worked, "worker", "--once")["moved"] == []
    partner = {"id", "name", "created_at", "revoked_at", "prefixes", "watches"}
    told = _one(home, {*partner, "token"}, "partner", "add", "Label & Co")
    assert told["token"].startswith(told["prefixes"][0])
    assert len(_one(home, {*partner, "token"}, "partner", "token", "Label & Co")["prefixes"]) == 2
    assert _one(home, partner, "partner", "revoke", told["prefixes"][0])["revoked_at"] is None
    assert _one(home, partner, "partner", "revoke", "Label & Co")["prefixes"] == []
    assert _one(home, partner, "partner", "list")["name"] == "Label & Co"
    assert home.lcert("webhooks", "list", "--json").out == ""
    assert home.lcert("webhooks", "log", "0" * 32, "--json").code == 1
    assert {line["level"] for line in _lines(home, {"name", "level", "detail"}, "doctor", code=1)[:-1]} == {
        "good",
        "note",
        "wrong",
    }, "certificates under a compromised key are something to do"
    for each in (number, third):
        _one(home, ISSUED, "rekey", each)
    _one(home, {"revision"}, "db", "upgrade")
    made = {"folder", "base_url", "size", "keys", "bytes"}
    backup = _one(home, made, "backup", str(tmp_path / "backup"), "--with-keys")
    assert backup["keys"] == 5
    other = replace(home, folder=tmp_path / "other")
    restored = {"home", "base_url", "size", "keys", "published_size", "older", "kept"}
    assert _one(other, restored, "restore", str(tmp_path / "backup"))["size"] == backup["size"]


def _init(home: QuickHome) -> tuple[str, ...]:
    return ("init", "--name", "The Programme", "--base-url", home.base_url)


def _lines(home: QuickHome, members: set[str] | None, *args: str, code: int = 0) -> list[dict[str, Any]]:
    said = home.lcert(*args, "--json")
    assert said.code == code, said.err
    assert said.out.count("\n") == len(said.lines)
    for line in said.lines:
        assert members is None or set(line) == members or "error" in line, (args, set(line) ^ members)
    assert "error" not in said.lines[-1] or code
    return said.lines


def _one(home: QuickHome, members: set[str], *args: str) -> dict[str, Any]:
    (line,) = _lines(home, members, *args)
    return line


def test_people_get_words_and_scripts_get_the_token_alone(shared_home: QuickHome) -> None:
    number = shared_home.lcert("list", "--json").object["number"]
    token = shared_home.lcert("token", number)
    assert token.out.count("\n") == 1
    assert token.out.startswith("eyJ")
    listed = shared_home.lcert("list")
    assert number in listed.out
    assert "Quillwater Audio Ltd" in listed.out
    assert f"{shared_home.base_url}/c/{number}" in shared_home.lcert("show", number.lower()).out
    for said in (token, listed):
        assert said.err == ""


def test_the_history_says_when_it_was_decided_and_from_when_it_counts(
    home: QuickHome, tmp_path: Path
) -> None:
    start = utc_now().date() - timedelta(days=3)
    form = form_file(tmp_path, validFrom=f"{start}", validThrough=f"{start + timedelta(days=300)}")
    number = home.done("issue", str(form))["number"]
    home.done("withdraw", number, "--reason", "issued-in-error", "--effective", "ab-initio")
    said = home.lcert("show", number).out
    assert f"  {utc_now().date()}  withdrawn (issued-in-error), from {start}\n" in said
    assert f"  {utc_now().date()}  issued, from {start}\n" in said


def test_people_are_told_of_every_change_whether_it_is_published(empty: QuickHome, tmp_path: Path) -> None:
    home, file, sheet = empty, str(form_file(tmp_path)), tmp_path / "many.csv"
    sheet.write_text(sheet_of([row_of(form())] * 2))

    def tell(*args: str) -> str:
        said = home.lcert(*args)
        assert said.code == 0, said
        assert said.out.splitlines()[-1] == "published: true"
        assert said.out.count("published") == 1
        return said.out

    tell(*_init(home))
    first, year = tell("issue", file).split()[0], form()["assessment"]["grantedOn"][:4]
    assert tell("issue", "--csv", str(sheet)).count(f"LC-{year}-") == 4, "two lines, each with its address"
    tell("suspend", first, "--reason", "fee-unpaid")
    tell("reinstate", first, "--reason", "remedied")
    for verb in ("rescope", "correct"):
        tell(verb, first, file)
    tell("rekey", first)
    tell("renew", first, "--through", _day(700))
    tell("withdraw", first, "--reason", "unlicensed-data")
    tell("appeal", first, file)
    tell("terminate", first, "--reason", "holder-request")
    kid = tell("keys", "stage").split()[0]
    tell("keys", "promote", kid)
    old = next(
        k for k in home.lcert("keys", "list", "--json").lines if k["purpose"] == "issuer" and k["kid"] != kid
    )
    tell("keys", "retire", old["kid"])
    tell("keys", "compromise", old["kid"])
    tell("keys", "renew-trust")
    tell("keys", "replace-root")
    tell("erase", first)
    tell("publish")
    tell("worker", "--once")


def test_a_number_is_read_in_any_case_and_written_in_one(shared_home: QuickHome, tmp_path: Path) -> None:
    number = shared_home.lcert("list", "--json").object["number"]
    for args in (("show",), ("token",), ("badge", "--out", str(tmp_path / "kit"))):
        assert shared_home.done(args[0], f" {number.lower()} ", *args[1:])["number"] == number


def test_settings_are_shown_and_secrets_are_not(shared_home: QuickHome) -> None:
    secret = (shared_home.folder / "keys" / "passphrase").read_text().strip()
    said = shared_home.lcert("doctor", more={"LCERT_KEY_PASSPHRASE": secret})
    assert said.code == 0, said.out
    for name in ("HOME", "DATABASE_URL", "STORAGE_URL", "BASE_URL", "BIND", "PUBLIC_PORT", "VERIFIER_PORT"):
        assert f"LCERT_{name} " in said.out
    assert secret not in said.out + said.err
    assert f"init fixed {shared_home.base_url}" in said.out
    file = str(shared_home.folder / "keys" / "passphrase")
    for more, told in (
        ({"LCERT_KEY_PASSPHRASE": secret}, ("(set)", f"(not set: {file}, if it is there)")),
        ({"LCERT_KEY_PASSPHRASE_FILE": file}, ("(not set)", file)),
    ):
        shown = {f["name"]: f["detail"] for f in shared_home.lcert("doctor", "--json", more=more).lines}
        assert (shown["LCERT_KEY_PASSPHRASE"], shown["LCERT_KEY_PASSPHRASE_FILE"]) == told


def test_what_cannot_be_published_is_recorded_and_said(home: QuickHome, tmp_path: Path) -> None:
    """A file lies where the storage's folder should be: the change is done, the warning says what to do."""
    blocked = tmp_path / "in the way"
    blocked.write_text("")
    more = {"LCERT_STORAGE_URL": blocked.as_uri()}
    number = home.lcert("list", "--json").object["number"]
    token = home.lcert("token", number).out.strip()
    files = Published(folder=home.folder / "public", base_url=home.base_url)
    changes = [
        ("issue", str(form_file(tmp_path))),
        ("suspend", number, "--reason", "fee-unpaid"),
        ("rekey", number),
        ("keys", "stage"),
    ]
    for args in changes:
        said = home.lcert(*args, "--json", more=more)
        _recorded_only(said)
        assert said.object["published"] is False
    assert "published: false" in home.lcert("reinstate", number, "--reason", "remedied", more=more).out
    home.lcert("suspend", number, "--reason", "fee-unpaid", more=more)
    for args in (("publish",), ("worker", "--once")):
        said = home.lcert(*args, more=more)
        assert (said.code, said.out) == (1, "")
        assert str(blocked) in said.err
    assert files.code(token) is Code.VALID, "readers still have what was published before"
    home.done("publish")
    assert files.code(home.lcert("token", number).out.strip()) is Code.SUSPENDED
    assert home.lcert("doctor").code == 0


def _recorded_only(said: Result) -> None:
    assert said.code == 0
    assert "warning: recorded, but not published" in said.err
    assert "`lcert publish` tries again" in said.err


STORY: tuple[tuple[str, int, str], ...] = (
    ("reinstate N --reason remedied", 1, "must be suspended"),
    ("suspend N --reason fee-unpaid", 0, "suspended"),
    ("suspend N --reason fee-unpaid", 1, "is suspended"),
    ("renew N --through 400", 0, ""),
    ("reinstate N --reason remedied", 0, "active"),
    ("withdraw N --reason unlicensed-data", 0, "withdrawn"),
    ("withdraw N --reason unlicensed-data", 1, "is withdrawn"),
    ("suspend N --reason fee-unpaid", 1, "is withdrawn"),
    ("reinstate N --reason remedied", 1, "is withdrawn"),
    ("terminate N --reason holder-request", 1, "is withdrawn"),
    ("renew N --through 800", 1, "is withdrawn"),
    ("rescope N FORM", 1, "is withdrawn"),
    ("correct N FORM", 1, "is withdrawn"),
    ("rekey N", 1, "is withdrawn"),
    ("appeal N FORM", 0, ""),
    ("appeal N FORM", 1, "is active"),
    ("terminate N --reason holder-request", 0, "terminated"),
    ("appeal N FORM", 1, "is terminated"),
    ("suspend N --reason fee-unpaid", 1, "is terminated"),
)


def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(home: QuickHome, tmp_path: Path) -> None:
    number = home.lcert("list", "--json").object["number"]
    words = {"N": number, "FORM": str(form_file(tmp_path)), "400": _day(400), "800": _day(800)}
    files = Published(folder=home.folder / "public", base_url=home.base_url)
    for line, code, text in STORY:
        size = files.log_size()
        said = home.lcert(*[words.get(word, word) for word in line.split()], "--json")
        assert said.code == code, (line, said)
        if code:
            assert text in said.object["error"]["message"], (line, said)
            assert number in said.err
        else:
            assert text in (said.object.get("state"), ""), (line, said)
        assert files.log_size() == size + (0 if code else 1), line


def test_numbers_go_on_after_the_highest_of_the_year(home: QuickHome, tmp_path: Path) -> None:
    year = form()["assessment"]["grantedOn"][:4]
    imported = form_file(tmp_path, "a.json", number=f"LC-{year}-0500")
    assert home.done("issue", str(imported))["number"] == f"LC-{year}-0500"
    assert home.done("issue", str(form_file(tmp_path)))["number"] == f"LC-{year}-0501"
    large = form_file(tmp_path, "b.json", number=f"LC-{year}-12000")
    assert home.done("issue", str(large))["number"] == f"LC-{year}-12000"
    assert home.done("issue", str(form_file(tmp_path)))["number"] == f"LC-{year}-12001"
    listed = [line["number"] for line in home.lcert("list", "--json").lines]
    assert listed[-3:] == [f"LC-{year}-{serial}" for serial in ("0501", "12000", "12001")]
    assert home.done("issue", str(form_file(tmp_path, "c.json", number=f"LC-{year}-9999")))["number"]
    assert home.lcert("list", "--json").lines[-3]["number"] == f"LC-{year}-9999"


def test_a_form_comes_from_standard_input_too(home: QuickHome, tmp_path: Path) -> None:
    said = home.lcert("issue", "-", "--json", stdin=form_file(tmp_path).read_text())
    assert said.object["published"] is True

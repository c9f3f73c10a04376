"""Wrong input to every command, option and field: the exit code, the place that is named, and nothing half done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.forking import QuickHome
from tests.support.forms import form, form_file
from tests.support.published import Published
from tests.support.sheets import row_of, sheet_of

USAGE, REFUSED = 64, 1


@pytest.fixture(scope="module")
def home(shared_home: QuickHome) -> QuickHome:
    """Shared, because nothing here changes it."""
    return shared_home


@pytest.fixture(scope="module")
def number(home: QuickHome) -> str:
    return str(home.lcert("list", "--json").object["number"])


@pytest.fixture(scope="module")
def kids(home: QuickHome) -> dict[str, str]:
    return {line["purpose"]: line["kid"] for line in home.lcert("keys", "list", "--json").lines}


def _snapshot(home: QuickHome) -> dict[str, Any]:
    """What a refused command must leave alone: journal, numbers, indices, keys, everything published."""
    with closing(sqlite3.connect(home.folder / "registry.sqlite3")) as database:
        tables = ("journal", "certificate", "edition", "intent", "token", "key", "trust", "setting")
        counts = {table: database.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}
        taken = database.execute("SELECT count(*) FROM status_slot WHERE taken").fetchone()
    files = {
        str(path.relative_to(home.folder))
        for path in home.folder.rglob("*")
        if not path.name.endswith(("-wal", "-shm"))
    }
    published = Published(folder=home.folder / "public", base_url=home.base_url).state()
    return {**counts, "taken": taken, "files": files, "published": published}


@contextmanager
def unchanged(home: QuickHome) -> Iterator[None]:
    before = _snapshot(home)
    yield
    assert _snapshot(home) == before


def _check(
    home: QuickHome, args: list[str], code: int, named: tuple[str, ...], stdin: str = "", **more: str
) -> None:
    """The command refuses, names what is wrong on standard error, and says nothing else; with `--json` as JSON too."""
    with unchanged(home):
        said = home.lcert(*args, stdin=stdin, more=more)
        assert said.code == code, said
        assert said.out == ""
        assert said.err.startswith(("lcert: ", "Usage: "))
        assert "Traceback" not in said.err
        for text in named:
            assert text in said.err, said.err
        if code == REFUSED:
            told = home.lcert(*args, "--json", stdin=stdin, more=more)
            assert told.code == code
            error = told.object["error"]
            assert error["code"]
            assert error["message"]


# Commands: arguments (NUMBER, KID, FORM, FOLDER stand for real ones), exit code, what must be named.
COMMANDS: list[tuple[str, int, tuple[str, ...]]] = [
    ("", USAGE, ("issue", "withdraw", "--help")),
    ("certify", USAGE, ("certify", "--help")),
    ("--verbose", USAGE, ("--verbose",)),
    ("list --state green", USAGE, ("--state", "'active'")),
    ("list everything", USAGE, ("everything",)),
    ("init", USAGE, ("--name",)),
    ("init --name Other", USAGE, ("--base-url", "LCERT_BASE_URL")),
    ("init --name Other --base-url https://other.example", REFUSED, ("already", "LCERT_HOME")),
    ("issue", USAGE, ("FILE.json", "--csv")),
    ("issue FORM --csv FORM", USAGE, ("FILE.json", "--csv")),
    ("issue missing.json", USAGE, ("missing.json", "No such file")),
    ("issue FOLDER", USAGE, ("FOLDER", "directory")),
    ("issue --csv missing.csv", USAGE, ("missing.csv", "No such file")),
    ("issue --draft FORM", USAGE, ("--draft",)),
    ("show", USAGE, ("NUMBER",)),
    ("show LC-2026-9999", REFUSED, ("LC-2026-9999", "lcert list")),
    ("show ../../etc/passwd", REFUSED, ("../../etc/passwd",)),
    ("suspend NUMBER", USAGE, ("--reason", "unlicensed-data")),
    ("suspend NUMBER --reason because", USAGE, ("--reason", "'because'", "'unlicensed-data'")),
    ("suspend LC-2026-9999 --reason fee-unpaid", REFUSED, ("LC-2026-9999",)),
    ("reinstate NUMBER --reason remedied", REFUSED, ("NUMBER is active", "must be suspended")),
    ("terminate LC-2026-9999 --reason holder-request", REFUSED, ("LC-2026-9999",)),
    ("withdraw NUMBER", USAGE, ("--reason",)),
    ("withdraw NUMBER --reason fee-unpaid --effective soon", USAGE, ("--effective", "ab-initio", "'soon'")),
    ("withdraw NUMBER --reason fee-unpaid --effective 2999-01-01", REFUSED, ("effective", "future")),
    ("withdraw NUMBER --reason fee-unpaid --effective 2001-01-01", REFUSED, ("effective", "ab-initio")),
    ("withdraw LC-2026-9999 --reason fee-unpaid", REFUSED, ("LC-2026-9999",)),
    ("renew NUMBER", USAGE, ("--through",)),
    ("renew NUMBER --through later", USAGE, ("--through", "2027-11-19", "'later'")),
    ("renew NUMBER --through 2028-11-31", USAGE, ("--through", "does not exist")),
    ("renew NUMBER --through 2001-01-01", REFUSED, ("validThrough", "before")),
    ("renew NUMBER --through 2999-01-01", REFUSED, ("validThrough", "366 days")),
    ("renew NUMBER missing.json --through 2027-01-01", USAGE, ("missing.json",)),
    ("renew LC-2026-9999 --through 2027-01-01", REFUSED, ("LC-2026-9999",)),
    ("rescope NUMBER", USAGE, ("FILE",)),
    ("rescope LC-2026-9999 FORM", REFUSED, ("LC-2026-9999",)),
    ("correct LC-2026-9999 FORM", REFUSED, ("LC-2026-9999",)),
    ("appeal NUMBER FORM", REFUSED, ("NUMBER is active", "must be withdrawn")),
    ("rekey LC-2026-9999", REFUSED, ("LC-2026-9999",)),
    ("token", USAGE, ("NUMBER",)),
    ("token LC-2026-9999", REFUSED, ("LC-2026-9999",)),
    ("token NUMBER --edition 7", REFUSED, ("edition 7",)),
    ("token NUMBER --edition 0", REFUSED, ("edition 0",)),
    ("token NUMBER --edition one", USAGE, ("--edition", "'one'")),
    ("token NUMBER --securing sd-jwt", USAGE, ("--securing", "'openbadge'")),
    ("badge NUMBER", USAGE, ("--out",)),
    ("badge LC-2026-9999 --out FOLDER/kit", REFUSED, ("LC-2026-9999",)),
    ("badge NUMBER --out FORM", REFUSED, ("FORM", "cannot be written")),
    ("badge NUMBER --out FORM/below", REFUSED, ("FORM/below", "cannot be written")),
    ("keys", USAGE, ("stage", "compromise")),
    ("keys rotate", USAGE, ("rotate",)),
    ("keys stage --purpose root", USAGE, ("--purpose", "'status'")),
    ("keys stage --alg RS256", USAGE, ("--alg", "'ES256'")),
    ("keys stage --purpose log --alg ES256", REFUSED, ("alg", "Ed25519")),
    ("keys promote", USAGE, ("KID",)),
    ("keys promote nobody", REFUSED, ("nobody", "lcert keys list")),
    ("keys promote KID", REFUSED, ("KID is active", "staged")),
    ("keys retire KID", REFUSED, ("only active issuer key", "promote another first")),
    ("keys retire nobody", REFUSED, ("nobody", "lcert keys list")),
    ("keys compromise nobody", REFUSED, ("nobody", "lcert keys list")),
    ("keys compromise KID --since yesterday", USAGE, ("--since", "'yesterday'")),
    ("keys compromise KID --since -1", USAGE, ("--since",)),
    ("keys compromise KID --since 999999", REFUSED, ("999999", "entries")),
    ("publish everything", USAGE, ("everything",)),
    ("worker --twice", USAGE, ("--twice",)),
    ("doctor who", USAGE, ("who",)),
    ("db", USAGE, ("upgrade",)),
    ("db downgrade", USAGE, ("downgrade",)),
    ("serve", USAGE, ("public", "verifier", "all")),
    ("serve console-of-mine", USAGE, ("console-of-mine",)),
    ("serve verifier", USAGE, ("LCERT_TRUST",)),
    ("backup", USAGE, ("DIR",)),
    ("backup FORM", REFUSED, ("FORM", "not empty")),
    ("restore", USAGE, ("DIR",)),
    ("restore FOLDER", REFUSED, ("FOLDER", "not a backup", "manifest.json")),
]


@pytest.mark.parametrize(("line", "code", "named"), COMMANDS, ids=[row[0] or "nothing" for row in COMMANDS])
def test_a_wrong_command(
    line: str,
    code: int,
    named: tuple[str, ...],
    home: QuickHome,
    number: str,
    kids: dict[str, str],
    tmp_path: Path,
) -> None:
    (tmp_path / "folder").mkdir()
    meant = {
        "NUMBER": number,
        "KID": kids["issuer"],
        "FORM": str(form_file(tmp_path)),
        "FOLDER": str(tmp_path / "folder"),
    }

    def real(text: str) -> str:
        for word, value in meant.items():
            text = (
                text.replace(word, value)
                if text.startswith(word) and not text.startswith("NUMBER.")
                else text
            )
        return text

    options = {"NUMBER", "KID", "FILE", "DIR"}  # names that click prints as they are
    wanted = tuple(text if text in options else real(text) for text in named)
    _check(home, [real(word) for word in line.split()], code, wanted)


# Settings: variables, a command that meets them, exit code, what must be named.
SETTINGS: list[tuple[dict[str, str], str, int, tuple[str, ...]]] = [
    (
        {"LCERT_BASE_URL": "https://other.example"},
        "list",
        REFUSED,
        ("LCERT_BASE_URL", "https://other.example"),
    ),
    ({"LCERT_BASE_URL": "other.example"}, "list", USAGE, ("LCERT_BASE_URL", "https://certs.example")),
    ({"LCERT_PUBLIC_PORT": "http"}, "list", USAGE, ("LCERT_PUBLIC_PORT", "65535")),
    ({"LCERT_VERIFIER_PORT": "0"}, "list", USAGE, ("LCERT_VERIFIER_PORT",)),
    (
        {"LCERT_DATABASE_URL": "mysql://user:secret@host/x"},
        "list",
        USAGE,
        ("LCERT_DATABASE_URL", "postgresql://"),
    ),
    ({"LCERT_DATABASE_URL": "registry.sqlite3"}, "list", USAGE, ("LCERT_DATABASE_URL", "sqlite:///PATH")),
    ({"LCERT_STORAGE_URL": "ftp://host/x"}, "publish", USAGE, ("LCERT_STORAGE_URL", "file:///FOLDER")),
    ({"LCERT_STORAGE_URL": "s3:///prefix"}, "publish", USAGE, ("LCERT_STORAGE_URL", "s3://BUCKET")),
    ({"LCERT_KEY_PASSPHRASE": "wrong"}, "issue FORM", REFUSED, ("passphrase", "LCERT_KEY_PASSPHRASE")),
    ({"LCERT_KEY_PASSPHRASE_FILE": "/none"}, "issue FORM", REFUSED, ("passphrase", "/none")),
    ({"LCERT_KEY_PASSPHRASE": "wrong"}, "keys stage", REFUSED, ("passphrase",)),
    ({"LCERT_HOME": "FORM"}, "list", USAGE, ("LCERT_HOME", "folder")),
    (
        {"LCERT_TRUST": "http://x.example"},
        "serve verifier",
        USAGE,
        ("LCERT_TRUST", "'http://x.example'", "https"),
    ),
    (
        {"LCERT_TRUST": "l.zip,https://x.example/c"},
        "serve all",
        USAGE,
        ("LCERT_TRUST", "more than an origin"),
    ),
    ({"LCERT_BIND": "256.1.1.1"}, "serve public", REFUSED, ("cannot listen on 256.1.1.1", "LCERT_BIND")),
    ({"LCERT_HOME": "NOWHERE"}, "list", REFUSED, ("NOWHERE", "lcert init", "LCERT_HOME")),
    ({"LCERT_HOME": "NOWHERE"}, "issue FORM", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "NOWHERE"}, "worker --once", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "NOWHERE"}, "serve public", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "NOWHERE"}, "serve all", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "NOWHERE"}, "db upgrade", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "NOWHERE"}, "backup NOWHERE", REFUSED, ("lcert init",)),
    ({"LCERT_HOME": "DAMAGED"}, "list", REFUSED, ("database", "damaged")),
    ({"LCERT_HOME": "DAMAGED"}, "demo", REFUSED, ("DAMAGED", "LCERT_HOME")),
    ({"LCERT_STORAGE_URL": "file://FORM"}, "publish", REFUSED, ("storage", "FORM")),
    ({"LCERT_STORAGE_URL": "file://FORM"}, "worker --once", REFUSED, ("storage", "FORM")),
]


@pytest.mark.parametrize(
    ("settings", "line", "code", "named"),
    SETTINGS,
    ids=[f"{next(iter(row[0].items()))} {row[1]}" for row in SETTINGS],
)
def test_a_wrong_setting(
    settings: dict[str, str], line: str, code: int, named: tuple[str, ...], home: QuickHome, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "registry.sqlite3").write_bytes(b"not a database" * 100)
    nowhere = tmp_path / "nowhere"
    meant = {"FORM": str(form_file(tmp_path)), "NOWHERE": str(nowhere), "DAMAGED": str(damaged)}

    def real(text: str) -> str:
        for word, value in meant.items():
            text = text.replace(word, value)
        return text

    more = {name: real(value) for name, value in settings.items()}
    wanted = tuple(text if text.startswith("LCERT_") else real(text) for text in named)
    _check(home, [real(word) for word in line.split()], code, wanted, **more)
    assert not nowhere.exists(), "looking for an issuer does not make one"
    assert "secret" not in home.lcert(*line.split(), more=more).err if "secret" in str(more) else True


@pytest.mark.parametrize("variable", ["LCERT_KEY_PASSPHRASE_FILE", "LCERT_HOME"])
def test_a_founding_that_fails_leaves_nothing(variable: str, home: QuickHome, tmp_path: Path) -> None:
    """No passphrase to be had, or a home that cannot be made."""
    elsewhere = tmp_path / "new"
    more = {"LCERT_HOME": str(elsewhere), variable: f"{form_file(tmp_path)}/none"}
    said = home.lcert("init", "--name", "N", "--base-url", "https://certs.example", more=more)
    assert said.code == REFUSED
    assert f"{form_file(tmp_path)}/none" in said.err
    assert not elsewhere.exists()


BASE_URLS = [
    "certs.example",
    "http://certs.example",
    "https://certs.example/path",
    "https://certs.example?x=1",
    "https://certs.example#x",
    "https://user@certs.example",
    "https://127.0.0.1:8080",
    "https://certs.exämple",
    "https://certs.example:99999",
    "https://",
    "ftp://certs.example",
    "https://certs example",
    "",
]


@pytest.mark.parametrize("origin", BASE_URLS)
def test_a_wrong_origin_founds_nothing(origin: str, home: QuickHome, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new"
    said = home.lcert("init", "--name", "N", "--base-url", origin, more={"LCERT_HOME": str(elsewhere)})
    assert said.code == USAGE
    assert "--base-url" in said.err
    assert not elsewhere.exists()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 301, "\u202eesrever", "e\u0301"])
def test_a_wrong_name_founds_nothing(name: str, home: QuickHome, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new"
    said = home.lcert(
        "init", "--name", name, "--base-url", "https://certs.example", more={"LCERT_HOME": str(elsewhere)}
    )
    assert said.code == USAGE
    assert "--name" in said.err
    assert not elsewhere.exists()


# Fields: what is changed in a good form, the path that must be named as the input writes it.
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"holder__legalName": ""}, "holder.legalName"),
    ({"holder__legalName": 7}, "holder.legalName"),
    ({"holder__legalName": "x" * 301}, "holder.legalName"),
    ({"holder__legalName": "a\u202eb"}, "holder.legalName"),
    ({"holder__tradingNames": "Quillwater"}, "holder.tradingNames"),
    ({"holder__tradingNames__0": None}, "holder.tradingNames[0]"),
    ({"holder__country": "UK"}, "holder.country"),
    ({"holder__country": "gb"}, "holder.country"),
    ({"holder__registration": {"scheme": "GB-COH"}}, "holder.registration.id"),
    ({"holder__lei": "999900QUILLWATER0156"}, "holder.lei"),
    ({"holder__domains": []}, "holder.domains"),
    ({"holder__domains__0__name": "Quillwater.example"}, "holder.domains[0].name"),
    ({"holder__domains__0__name": "https://quillwater.example"}, "holder.domains[0].name"),
    ({"holder__domains__0__checkedOn": "yesterday"}, "holder.domains[0].checkedOn"),
    ({"holder__phone": "1"}, "holder.phone"),
    ({"scope__level": "planet"}, "scope.level"),
    ({"scope__statement": " "}, "scope.statement"),
    ({"scope__modalities": []}, "scope.modalities"),
    ({"scope__modalities__0": "smell"}, "scope.modalities[0]"),
    ({"scope__covered": []}, "scope.covered"),
    ({"scope__covered__0__kind": "company"}, "scope.covered[0].kind"),
    ({"scope__covered__0__ids__0__type": ""}, "scope.covered[0].ids[0].type"),
    ({"scope__notCovered": None}, "scope.notCovered"),
    ({"scope__upstream": None}, "scope.upstream"),
    ({"dataBasis": []}, "dataBasis"),
    ({"dataBasis__0__basis": "fair-use"}, "dataBasis[0].basis"),
    ({"dataBasis__0__share": "most"}, "dataBasis[0].share"),
    ({"dataBasis__0__share": "90-80"}, "dataBasis[0].share"),
    ({"dataBasis__0__share": "1-2"}, "dataBasis"),
    ({"dataBasis__0__licenses": ["GPL 3"]}, "dataBasis[0].licenses[0]"),
    ({"evidence": []}, "evidence"),
    ({"evidence__0__digest": "sha256-short"}, "evidence[0].digest"),
    ({"assessment__criteria": "L-2020.9"}, "assessment.criteria"),
    ({"assessment__grantedOn": "2020-01-01"}, "assessment.grantedOn"),
    ({"decision__separation": "none"}, "decision.separation"),
    ({"decision__reviewer": ""}, "decision.reviewer"),
    ({"validFrom": "2026-02-30"}, "validFrom"),
    ({"validFrom": 20260101}, "validFrom"),
    ({"validThrough": "2036-01-01"}, "validThrough"),
    ({"validThrough": "2001-01-01"}, "validThrough"),
    ({"number": "LC-26-1"}, "number"),
    ({"number": "lc-2026-0500"}, "number"),
    ({"fee": 500}, "fee"),
]


@pytest.mark.parametrize(
    ("changes", "path"), FIELDS, ids=[f"{next(iter(row[0]))}-{number}" for number, row in enumerate(FIELDS)]
)
def test_a_wrong_field(changes: dict[str, Any], path: str, home: QuickHome, tmp_path: Path) -> None:
    with unchanged(home):
        said = home.lcert("issue", str(form_file(tmp_path, **changes)), "--json")
    assert said.code == REFUSED
    paths = [problem["path"] for problem in said.object["error"]["problems"]]
    assert path in paths
    assert f"{path}: " in said.err


def test_every_problem_is_told_at_once(home: QuickHome, tmp_path: Path) -> None:
    wrong = {"holder__country": "UK", "dataBasis__0__basis": "fair-use", "validThrough": "soon"}
    said = home.lcert("issue", str(form_file(tmp_path, **wrong)))
    assert said.code == REFUSED
    for path in ("holder.country", "dataBasis[0].basis", "validThrough"):
        assert said.err.count(f"{path}: ") == 1


FILES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("half", b'{"holder": {', "line 1, column"),
    ("list", b"[]", "one JSON object"),
    ("text", b'"LC-2026-0001"', "one JSON object"),
    ("twice", b'{"validFrom": 1, "validFrom": 2}', "twice"),
    ("byte-order mark", b"\xef\xbb\xbf{}", "byte-order mark"),
    ("UTF-16", '{"a": 1}'.encode("utf-16"), "UTF-8"),
    ("not a number", b'{"a": NaN}', "NaN"),
    ("deep", b"[" * 1000 + b"]" * 1000, "nested"),
    ("large", b'"' + b"x" * (5 * 1024 * 1024) + b'"', "bytes"),
]


@pytest.mark.parametrize(("name", "data", "named"), FILES, ids=[row[0] for row in FILES])
def test_a_file_that_is_no_form(name: str, data: bytes, named: str, home: QuickHome, tmp_path: Path) -> None:
    path = tmp_path / "form.json"
    path.write_bytes(data)
    _check(home, ["issue", str(path)], REFUSED, (str(path), named))


def test_standard_input_is_named_too(home: QuickHome) -> None:
    _check(home, ["issue", "-"], REFUSED, ("standard input", "empty"))
    _check(home, ["issue", "-"], REFUSED, ("standard input", "line 1"), stdin="{holder}")


def test_a_sheet_is_refused_whole_and_each_row_is_named(home: QuickHome, tmp_path: Path) -> None:
    good = row_of(form())
    path = tmp_path / "many.csv"
    rows = [
        good,
        {**good, "holder.lei": "999900QUILLWATER0156"},
        good,
        {**good, "dataBasis.0.basis": "fair-use"},
    ]
    path.write_text(sheet_of(rows))
    with unchanged(home):
        said = home.lcert("issue", "--csv", str(path), "--json")
    assert said.code == REFUSED
    paths = [problem["path"] for problem in said.object["error"]["problems"]]
    assert paths == ["row 3: holder.lei", "row 5: dataBasis[0].basis"]
    assert "row 3: holder.lei: " in said.err


SHEETS: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("no row", b"holder.legalName\n", "row"),
    ("unknown column", b"holder.legalName,colour\nA,red\n", "row 2: colour"),
    ("not UTF-8", b"\xff\xfe\x00", "UTF-8"),
    ("cells too many", b"holder.legalName\nA,B,C\n", "row 2"),
    ("a column twice", b"validFrom,validFrom\n1,2\n", "validFrom"),
]


@pytest.mark.parametrize(("name", "data", "named"), SHEETS, ids=[row[0] for row in SHEETS])
def test_a_sheet_of_no_use(name: str, data: bytes, named: str, home: QuickHome, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_bytes(data)
    _check(home, ["issue", "--csv", str(path)], REFUSED, (named,))


def test_an_imported_number_is_free_once(home: QuickHome, number: str, tmp_path: Path) -> None:
    taken = str(form_file(tmp_path, number=number))
    _check(home, ["issue", taken], REFUSED, ("number", number, "taken"))
    _check(home, ["issue", taken, "--dry-run"], REFUSED, (number, "taken"))
    twice = tmp_path / "twice.csv"
    row = {**row_of(form()), "number": "LC-2026-0500"}
    twice.write_text(sheet_of([row, row]))
    _check(home, ["issue", "--csv", str(twice)], REFUSED, ("row 3: number", "row 2"))


def test_a_dry_run_changes_nothing(home: QuickHome, tmp_path: Path) -> None:
    with unchanged(home):
        said = home.lcert("issue", str(form_file(tmp_path)), "--dry-run", "--json")
        assert said.code == 0
        assert said.object["dry_run"] is True
        path = tmp_path / "many.csv"
        path.write_text(sheet_of([row_of(form())] * 3))
        assert len(home.lcert("issue", "--csv", str(path), "--dry-run", "--json").lines) == 3


def test_a_correction_keeps_number_and_term(home: QuickHome, number: str, tmp_path: Path) -> None:
    other = str(form_file(tmp_path, "a.json", number="LC-2026-0042"))
    longer = str(form_file(tmp_path, "b.json", validThrough=form()["validFrom"]))
    for verb in ("correct", "rescope"):
        _check(home, [verb, number, other], REFUSED, ("number", number))
        _check(home, [verb, number, longer], REFUSED, ("validThrough",))


def test_json_errors_are_one_object_a_line(home: QuickHome) -> None:
    said = home.lcert("show", "LC-2026-9999", "--json")
    assert json.loads(said.out) == {
        "error": {
            "code": "not_found",
            "message": json.loads(said.out)["error"]["message"],
            **_problems(said.out),
        }
    }
    usage = home.lcert("show", "--json")
    assert (usage.code, usage.out) == (USAGE, "")


def _problems(line: str) -> dict[str, Any]:
    error = json.loads(line)["error"]
    return {"problems": error["problems"]} if "problems" in error else {}

"""What goes on, what stops and what is said while something an issuer stands on is gone: each fault is a real one.

Mode bits do not bind root, as whom tests may run: those commands run without the capability that passes over them.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from flask.testing import FlaskClient
from tests.support.forking import QuickHome, Starter
from tests.support.forms import form_file
from tests.support.programs import Result, fetch, serving, wait_until
from tests.support.published import Published
from tests.support.registry import Cluster
from tests.support.system import ROOT

from lcert_issuer.doctor import examine
from lcert_issuer.registry.session import open_registry
from lcert_issuer.settings import read_settings
from lcert_issuer.storage.folder import FolderStorage
from lcert_verifier import Code
from lcert_verifier.source import utc_now
from lcert_web.cli import lcert
from lcert_web.public import create_public_app

OPERATIONS = ROOT / "examples" / "operations"

_BOUND = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; refused to who has none, who needs it not
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a program that mode bits bind, whoever its user is."""

_FULL = """
import resource
from lcert_issuer.publish import Publisher
publish = Publisher.publish
def full(*args, **more):  # no file may grow beyond this: the kernel refuses the write, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    return publish(*args, **more)
Publisher.publish = full
from lcert_web.command import main
main()
"""

_AT = """
import functools, os
from datetime import UTC, datetime, timedelta
import lcert_issuer.assembly as assembly
import lcert_issuer.commands.operations as operations
import lcert_issuer.commands.running as running
def clock():
    return datetime.now(UTC) + timedelta(seconds=int(os.environ["LCERT_TEST_AHEAD"]))
running.clock_now = operations.clock_now = clock
assembly.open_registry = functools.partial(assembly.open_registry, clock=clock)
from lcert_web.command import main
main()
"""


def _python(home: QuickHome, code: str, *args: str, **more: str) -> Result:
    env = {name: value for name, value in os.environ.items() if not name.startswith("LCERT_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env={**env, **home.env, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Result(code=done.returncode, out=done.stdout, err=done.stderr)


def _bound(home: QuickHome, *args: str) -> Result:
    return _python(home, _BOUND, str(Path(sys.executable).parent / "lcert"), *args)


def _number(home: QuickHome) -> str:
    return str(home.lcert("list", "--json").lines[0]["number"])


def _files(home: QuickHome) -> Published:
    return Published(folder=home.folder / "public", base_url=home.base_url)


def _whole(home: QuickHome) -> dict[str, str]:
    """What is published, without the storage's own files."""
    return {path: digest for path, digest in _files(home).state().items() if not path.startswith(".")}


def _size(home: QuickHome) -> int:
    registry = open_registry(f"sqlite:///{home.folder / 'registry.sqlite3'}", existing=True)
    with contextlib.closing(registry), registry.read() as session:
        from lcert_issuer.registry import journal

        return journal.head(session).size


@contextlib.contextmanager
def _site(
    home: QuickHome, *, ahead: timedelta = timedelta(0), url: str | None = None
) -> Iterator[FlaskClient]:
    """The public site as `lcert serve public` makes it, its clock so far ahead."""
    registry = open_registry(url or f"sqlite:///{home.folder / 'registry.sqlite3'}", existing=True)
    app = create_public_app(
        storage=FolderStorage(home.folder / "public"),
        base_url=home.base_url,
        issuer_name="L",
        registry=registry,
        clock=lambda: utc_now() + ahead,
    )
    with contextlib.closing(registry):
        yield app.test_client()


@pytest.mark.parametrize(
    ("fault", "why"),
    [("missing", "is missing"), ("folder", "unable to open"), ("damaged", "is damaged, or none")],
)
def test_without_its_database_a_running_site_reads_on(
    home: QuickHome, tmp_path: Path, fault: str, why: str
) -> None:
    number, form, database = _number(home), str(form_file(tmp_path)), home.folder / "registry.sqlite3"
    published, away = _whole(home), tmp_path / "away.sqlite3"
    with _site(home) as client:
        assert client.get("/readyz").status_code == 200, "it has the file open"
        database.rename(away)
        if fault == "folder":
            database.mkdir()
        elif fault == "damaged":
            database.write_bytes(b"no database" * 1000)
        for path in ("/trust.json", f"/c/{number}", f"/c/{number}.json", f"/badge/{number}.svg"):
            assert client.get(path).status_code == 200, path
        for path in ("/directory", "/directory.json", "/v1/changes.atom"):
            reply = client.get(path)
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "30"), path
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.get_json()["checks"] == {
            "storage": "ok",
            "database": "the registry's database does not answer",
        }
        assert "\nlcert_database_up 0\n" in client.get("/metrics").text
        if fault == "missing":
            assert not database.exists(), "nobody makes an empty one in its place"
        refused, examined = home.lcert("issue", form), home.lcert("doctor")
        assert refused.code == examined.code == 1
        assert why in refused.err
        assert "init" not in refused.err, "another issuer is not what is wanted"
        assert why in examined.out
        assert "certificates are confirmed until" in examined.out
        assert "trust statement        version 1" in examined.out
        assert _whole(home) == published
        if fault == "folder":
            database.rmdir()
        away.replace(database)
    with _site(home) as client:
        assert client.get("/readyz").status_code == 200
    assert home.done("issue", form)["number"].endswith("-0002"), "no number was lost"


def test_a_site_starts_without_its_database_and_finds_it_when_it_is_back(
    home: QuickHome, tmp_path: Path
) -> None:
    number, database, away = _number(home), home.folder / "registry.sqlite3", tmp_path / "away.sqlite3"
    database.rename(away)
    with serving(["serve", "public"], env=home.env, ready=[f"{home.base_url}/healthz"]) as process:
        assert (
            fetch(f"{home.base_url}/c/{number}").status == fetch(f"{home.base_url}/trust.json").status == 200
        )
        assert fetch(f"{home.base_url}/directory").status == fetch(f"{home.base_url}/readyz").status == 503
        away.replace(database)
        for found in ("readyz", "directory"):  # which may be answered by another process, with its own pause
            wait_until(
                lambda path=found: fetch(f"{home.base_url}/{path}").status == 200,
                seconds=30,
                what="it is found again",
            )
    assert process.returncode == 0


def test_another_issuers_settings_are_refused_without_the_database_too(home: QuickHome) -> None:
    (home.folder / "registry.sqlite3").unlink()
    other = home.lcert("serve", "public", more={"LCERT_BASE_URL": "https://other.example"})
    assert other.code == 1
    assert "was founded as" in other.err


@pytest.mark.parametrize(
    ("spoilt", "hours", "said"),
    [
        (None, 30, "list 1 expired"),
        ("status/token/1", 0, "list 1 cannot be read"),
        ("trust.json", 0, "trust statement cannot be read"),
        ("gone", 0, "none is published"),
    ],
)
def test_without_the_database_doctor_says_how_what_is_published_stands(
    home: QuickHome, spoilt: str | None, hours: int, said: str
) -> None:
    (home.folder / "registry.sqlite3").unlink()
    if spoilt == "gone":
        shutil.rmtree(home.folder / "public" / "status")
    elif spoilt:
        (home.folder / "public" / spoilt).write_bytes(b"{")
    found = examine(read_settings(home.env), now=utc_now() + timedelta(hours=hours))
    assert any(item.level == "wrong" and said in item.detail for item in found), found


@pytest.mark.parametrize("note", [None, "{", '{"base_url": "http://127.0.0.1", "name": 1, "root": "x"}'])
def test_without_database_and_note_there_is_nothing_to_serve(home: QuickHome, note: str | None) -> None:
    (home.folder / "registry.sqlite3").unlink()
    known = home.folder / "issuer.json"
    if note is None:
        known.unlink()
    else:
        known.write_text(note)
    refused = home.lcert("serve", "public")
    assert refused.code == 1
    assert "is missing" in refused.err


def test_a_server_of_databases_that_stopped_and_came_back(
    cluster: Cluster, starter: Starter, tmp_path: Path
) -> None:
    form = str(form_file(tmp_path))
    with cluster.database() as url:
        name = url.partition("?")[0].rpartition("/")[2]
        home = QuickHome(folder=tmp_path / "home", starter=starter, more={"LCERT_DATABASE_URL": url})
        home.init()
        number = home.done("issue", form)["number"]
        with _site(home, url=url) as client:
            assert client.get("/directory.json").get_json()["total"] == 1
            cluster.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            assert (
                client.get(f"/c/{number}").status_code
                == client.get(f"/badge/{number}.svg").status_code
                == 200
            )
            assert client.get("/directory").status_code == client.get("/readyz").status_code == 503
            refused, examined = home.lcert("issue", form), home.lcert("doctor")
            assert refused.code == examined.code == 1
            assert "the database does not answer" in refused.err
            assert "the database does not answer" in examined.out
            assert "host=" not in refused.err, "the address may hold a password"
            cluster.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            wait_until(lambda: client.get("/readyz").status_code == 200, seconds=30, what="it is found again")
            assert client.get("/directory").status_code == 200
        assert home.done("issue", form)["number"].endswith("-0002")


def test_a_running_site_reads_the_database_that_was_restored(home: QuickHome, tmp_path: Path) -> None:
    form = str(form_file(tmp_path))
    with _site(home) as client:
        assert client.get("/directory.json").get_json()["total"] == 1
        copy = tmp_path / "copy"
        shutil.copyfile(home.folder / "registry.sqlite3", copy)
        home.done("issue", form)
        assert client.get("/directory.json").get_json()["total"] == 2
        for name in ("-wal", "-shm"):
            (home.folder / f"registry.sqlite3{name}").unlink(missing_ok=True)
        copy.replace(home.folder / "registry.sqlite3")
        assert client.get("/directory.json").get_json()["total"] == 1, (
            "not the file that has no name any more"
        )


def test_a_full_storage_holds_publication_up_and_nothing_else(home: QuickHome) -> None:
    number, token, before = _number(home), home.lcert("token", _number(home)).out.strip(), _whole(home)
    changed = _python(home, _FULL, "suspend", number, "--reason", "fee-unpaid", "--json")
    assert changed.code == 0, changed.err
    assert changed.object["published"] is False
    assert "recorded, but not published" in changed.err
    assert "File too large" in changed.err
    assert _whole(home) == before, "what was published is untouched"
    assert list((home.folder / "public" / ".staging").iterdir()) == [], "no halves are left"
    assert _files(home).code(token) is Code.VALID
    examined = home.lcert("doctor")
    assert examined.code == 1
    assert "entries are not published: run `lcert publish`" in examined.out
    home.done("publish")
    assert _files(home).code(token) is Code.SUSPENDED
    assert home.lcert("doctor").code == 0


def test_a_storage_that_may_only_be_read(home: QuickHome) -> None:
    number, public, before = _number(home), home.folder / "public", _whole(home)
    kept = {path: path.stat().st_mode for path in (public, *public.rglob("*"))}
    for path, mode in kept.items():
        path.chmod(mode & 0o555)
    try:
        changed = _bound(home, "suspend", number, "--reason", "fee-unpaid", "--json")
        with _site(home) as client:
            assert client.get(f"/c/{number}").status_code == client.get("/readyz").status_code == 200
    finally:
        for path, mode in kept.items():
            path.chmod(mode)
    assert changed.code == 0, changed.err
    assert changed.object["published"] is False
    assert f"the storage {public} cannot be" in changed.err
    assert "Permission denied" in changed.err
    assert _whole(home) == before
    home.done("publish")
    assert _files(home).json(f"c/{number}.json")["state"] == "suspended"


def test_a_key_that_may_not_be_read(home: QuickHome, tmp_path: Path) -> None:
    form, size, before = str(form_file(tmp_path)), _size(home), _whole(home)
    (key,) = (home.folder / "keys").glob("issuer-*.pem")
    mode = key.stat().st_mode
    key.chmod(0)
    try:
        refused, examined = _bound(home, "issue", form), _bound(home, "doctor")
    finally:
        key.chmod(mode)
    assert refused.code == examined.code == 1
    assert key.name in refused.err
    assert "Permission denied" in refused.err
    assert re.search(rf"WRONG issuer key .*{key.name}.*Permission denied", examined.out), examined.out
    assert (_size(home), _whole(home)) == (size, before)
    assert home.done("issue", form)["number"].endswith("-0002")


def test_a_clock_that_jumped_back_records_nothing(home: QuickHome, tmp_path: Path) -> None:
    number, size, before = _number(home), _size(home), _whole(home)
    change = ("suspend", number, "--reason", "fee-unpaid", "--json")
    refused = _python(home, _AT, *change, LCERT_TEST_AHEAD="-7200")
    assert refused.code == 1
    assert refused.object["error"]["code"] == "clock_behind"
    assert "set the clock right" in refused.err
    assert (_size(home), _whole(home)) == (size, before)
    examined = _python(home, _AT, "doctor", LCERT_TEST_AHEAD="-7200")
    assert examined.code == 1
    assert "WRONG clock" in examined.out
    with _site(home, ahead=timedelta(hours=-2)) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.get_json()["checks"]["database"] == "ok"
        assert "trust statement cannot be read: " in ready.get_json()["checks"]["storage"]
        (row,) = client.get("/directory.json").get_json()["certificates"]
        assert row["state"] == "unknown", "never green by a wrong clock"
        assert client.get(f"/c/{number}").status_code == 200


def test_a_clock_that_jumped_forward(home: QuickHome) -> None:
    ahead = str(3 * 86_400)
    examined = _python(home, _AT, "doctor", LCERT_TEST_AHEAD=ahead)
    assert examined.code == 1
    assert "WRONG status list" in examined.out, examined.out
    with _site(home, ahead=timedelta(days=3)) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "status list 1 expired at " in ready.get_json()["checks"]["storage"]
        (row,) = client.get("/directory.json").get_json()["certificates"]
        assert (row["state"], row["code"]) == ("unknown", "status_stale")
    signed = _python(home, _AT, "publish", "--json", LCERT_TEST_AHEAD=ahead)
    assert signed.code == 0, signed.err
    before = _whole(home)
    back = home.lcert("publish")
    assert back.code == 1, "versions do not go back with the clock"
    assert "set the clock right" in back.err
    assert _whole(home) == before


def _commands(group: click.Group) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, command in group.commands.items():
        below = _commands(command) if isinstance(command, click.Group) else {()}
        found |= {(name, *rest) for rest in below}
    return found


@pytest.mark.parametrize("path", sorted(OPERATIONS.glob("*.service")), ids=lambda path: path.stem)
def test_the_units_are_sound(path: Path, tmp_path: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text())
    program, *words = unit["Service"]["ExecStart"].split()
    assert tuple(words) in _commands(lcert)  # type: ignore[arg-type]
    assert unit["Service"]["Restart"] == "always"
    if (analyze := shutil.which("systemd-analyze")) is None:
        return
    here = tmp_path / path.name  # it wants to find the program
    here.write_text(path.read_text().replace(program, str(Path(sys.executable).parent / "lcert")))
    checked = subprocess.run(
        [analyze, "verify", str(here)], capture_output=True, text=True, timeout=60, check=False
    )
    ours = [line for line in checked.stderr.splitlines() if path.name in line]
    assert (checked.returncode, ours) == (0, []), checked.stderr


def test_each_figure_that_alarms_is_measured(home: QuickHome) -> None:
    rules = (OPERATIONS / "prometheus-rules.yml").read_text()
    wanted = set(re.findall(r"lcert_[a-z_]+", " ".join(re.findall(r"expr: (.*)", rules))))
    assert len(wanted) >= 6
    home.done("worker", "--once")
    with _site(home) as client:
        measured = {line.split()[0] for line in client.get("/metrics").text.splitlines() if line[:1] != "#"}
    assert wanted <= measured, wanted - measured

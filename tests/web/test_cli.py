"""The `lcert` entry point itself: what it loads, what it answers when nobody listens, and its exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from lcert_issuer.commands.output import EXIT_REFUSED, EXIT_USAGE
from lcert_web import cli, programs

HEAVY = ("sqlalchemy", "alembic", "flask", "cryptography", "uharfbuzz", "PIL", "gunicorn")


def _run(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lcert", *args])
    return cli.run()


@pytest.mark.parametrize("args", ["--help", "--version", "issue --help", "keys --help", "serve --help"])
def test_help_is_there_at_once(args: str) -> None:
    """Nothing heavy is imported to show a help text: that would be a second of waiting."""
    program = (
        "import sys; from lcert_web import cli; "
        f"code = cli.run(); print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args.split()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert done.stdout


def test_every_command_of_the_contract_is_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {
        *(
            "init",
            "issue",
            "list",
            "show",
            "suspend",
            "reinstate",
            "terminate",
            "withdraw",
            "renew",
            "rescope",
        ),
        *(
            "correct",
            "appeal",
            "rekey",
            "token",
            "badge",
            "keys",
            "publish",
            "worker",
            "serve",
            "demo",
            "doctor",
        ),
        *("backup", "restore", "replay", "db", "audit", "erase"),
    }
    assert wanted <= set(cli.lcert.commands)
    keys = cli.lcert.commands["keys"]
    assert isinstance(keys, click.Group)
    assert {"list", "stage", "promote", "retire", "compromise"} <= set(keys.commands)
    assert _run(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in wanted)
    assert "..." not in shown.replace("[ARGS]...", ""), "every command is told in one whole line"


def _commands(group: click.Group) -> list[click.Command]:
    found: list[click.Command] = []
    for command in group.commands.values():
        found += _commands(command) if isinstance(command, click.Group) else [command]
    return found


def test_every_command_speaks_json() -> None:
    without = {
        command.name for command in _commands(cli.lcert) if "as_json" not in {p.name for p in command.params}
    }
    assert without == set()


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{command.name} {option.opts[0]}"
        for command in _commands(cli.lcert)
        for option in command.params
        if isinstance(option, click.Option) and not option.help and not isinstance(option.type, click.Choice)
    ]
    assert silent == []


def test_nobody_reading_on_is_no_traceback(tmp_path: Path) -> None:
    """`lcert issue --help | head -0`: the pipe is closed before anything was written."""
    script = f"{sys.executable} -m lcert_web --help | true"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("cause", "said"), [(None, "nothing was changed"), (KeyboardInterrupt(), "interrupted")]
)
def test_stopping_is_exit_1_and_never_promises_too_much(
    cause: BaseException | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_args: object, **_options: object) -> None:
        raise click.Abort from cause

    monkeypatch.setattr(cli.lcert, "main", stop)
    assert _run(monkeypatch, "issue") == EXIT_REFUSED
    assert said in capsys.readouterr().err


def test_wrong_usage_says_where_to_read_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "keys", "promote") == EXIT_USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lcert: Missing argument 'KID'")
    assert "`lcert keys promote --help`" in shown.err


def test_a_verifier_that_trusts_a_file_not_there_yet_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    served: list[str] = []
    monkeypatch.setattr(cli, "_serving", lambda _output, app: served.append(app))
    monkeypatch.setenv("LCERT_HOME", str(tmp_path))
    monkeypatch.setenv("LCERT_TRUST", f"https://certs.example,{tmp_path}/none.zip")
    assert _run(monkeypatch, "serve", "verifier") == 0
    assert served == ["verifier"]
    shown = capsys.readouterr().err
    assert f"{tmp_path}/none.zip" in shown
    assert "certs.example" not in shown


def test_serving_all_says_where_things_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "check_ready", lambda _: None)
    monkeypatch.setattr(cli, "_serve_all", lambda _output, _chosen: 0)
    monkeypatch.setenv("LCERT_HOME", str(tmp_path))
    monkeypatch.setenv("LCERT_BIND", "::1")
    monkeypatch.setenv("LCERT_PUBLIC_PORT", "18080")
    with pytest.raises(SystemExit, match="0"):
        _run(monkeypatch, "serve", "all")
    said = capsys.readouterr().out
    assert "Public site   http://[::1]:18080\n" in said
    assert "Verifier      http://[::1]:8081\n" in said

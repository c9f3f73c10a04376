"""What a program meets first: the names of the package, the words of its errors, how its command begins and ends."""

from __future__ import annotations

import gc
import io
import os
from pathlib import Path

import pytest

import lcert_verifier
from lcert_verifier import Report, Verifier, command
from lcert_verifier.errors import ClaimError


def test_every_name_of_the_package_is_loaded_when_it_is_asked_for() -> None:
    for name in lcert_verifier.__all__:
        value = lcert_verifier.__getattr__(name)
        assert value is getattr(lcert_verifier, name)
        assert value is not None
    assert {*lcert_verifier.__all__, "__all__"} <= {*dir(lcert_verifier)}
    assert dir(lcert_verifier) == sorted(dir(lcert_verifier))
    with pytest.raises(AttributeError, match="'lcert_verifier' has no attribute 'Verifer'"):
        lcert_verifier.__getattr__("Verifer")


def test_errors_say_where() -> None:
    assert str(ClaimError("a.b", "is missing")) == "a.b: is missing"
    assert str(ClaimError("", "is missing")) == "is missing"
    report: Report = Verifier([]).verify("x")
    with pytest.raises(lcert_verifier.NotAccepted) as refused:
        report.require_accepted()
    assert report.sentence in str(refused.value)


def test_the_command_takes_its_words_from_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = gc.get_threshold()
    monkeypatch.setattr("sys.argv", ["lcert-verify", "find", "--state", "gone"])
    assert command.main() == 64
    assert "find --help" in capsys.readouterr().err
    assert gc.get_threshold() == before


def test_what_a_terminal_cannot_show_is_spelt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2))
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    assert command.main(["ci", str(tmp_path / "größe.toml")]) == 64
    err.flush()
    assert b"gr\\xf6\\xdfe.toml cannot be read" in err.buffer.getvalue()  # type: ignore[attr-defined]


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.number = os.open(file, os.O_WRONLY | os.O_CREAT)

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        return self.number


def test_a_reader_that_leaves_ends_it_quietly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = Gone(tmp_path / "pipe")
    monkeypatch.setattr("sys.stdout", gone)
    monkeypatch.setenv("LCERT_TRUST", "https://certs.example")
    try:
        assert command.main(["x"]) == 1
        assert os.write(gone.number, b"what is left is thrown away") > 0
        assert (tmp_path / "pipe").read_bytes() == b""
    finally:
        os.close(gone.number)

"""Where the passphrase comes from, and that it does not show."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pytest

from lcert_keys import (
    Passphrase,
    PassphraseError,
    create_passphrase_file,
    passphrase_source,
    read_passphrase_file,
)


def test_the_environment_comes_before_its_file_the_default_file_and_the_prompt(tmp_path: Path) -> None:
    named, default = tmp_path / "named", tmp_path / "default"
    named.write_text("from the named file\n")
    default.write_text("from the default file\n")
    environ = {"LCERT_KEY_PASSPHRASE": "from the environment", "LCERT_KEY_PASSPHRASE_FILE": str(named)}
    source = passphrase_source(environ, default_file=default, prompt=lambda: "typed")
    assert source() == b"from the environment"
    del environ["LCERT_KEY_PASSPHRASE"]
    assert source() == b"from the named file"
    del environ["LCERT_KEY_PASSPHRASE_FILE"]
    assert source() == b"from the default file"
    default.unlink()
    assert source() == b"typed"


def test_without_any_source_the_message_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(PassphraseError, match="LCERT_KEY_PASSPHRASE or LCERT_KEY_PASSPHRASE_FILE"):
        passphrase_source({}, default_file=tmp_path / "none")()


def test_a_named_file_that_is_missing_is_not_passed_over(tmp_path: Path) -> None:
    default = tmp_path / "default"
    default.write_text("x")
    source = passphrase_source({"LCERT_KEY_PASSPHRASE_FILE": str(tmp_path / "gone")}, default_file=default)
    with pytest.raises(PassphraseError, match="cannot be read"):
        source()


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"a\n", b"a"),
        (b"a\r\n", b"a"),
        (b"a", b"a"),
        (b" a b \n\n", b" a b \n"),
        ("é\n".encode(), "é".encode()),
    ],
)
def test_one_line_ending_is_not_part_of_the_passphrase(tmp_path: Path, content: bytes, value: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert read_passphrase_file(tmp_path / "f") == value


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"x" * 5000])
def test_an_empty_or_endless_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(PassphraseError):
        read_passphrase_file(tmp_path / "f")


def test_a_made_file_is_for_its_owner_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "home" / "passphrase"
    value = create_passphrase_file(path)
    assert read_passphrase_file(path) == value
    assert len(value) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        create_passphrase_file(path)


def test_a_passphrase_does_not_show_and_is_not_pickled() -> None:
    value = Passphrase(b"secret")
    assert "secret" not in f"{value} {value!r} {value!s} {[value]} %r" % value
    with pytest.raises(TypeError):
        pickle.dumps(value)

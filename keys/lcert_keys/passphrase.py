"""Where the passphrase of the key files comes from: environment, a file or a person. No repr shows it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from .errors import PassphraseError

__all__ = [
    "PASSPHRASE_FILE_VARIABLE",
    "PASSPHRASE_VARIABLE",
    "Passphrase",
    "PassphraseSource",
    "create_passphrase_file",
    "passphrase_source",
    "read_passphrase_file",
]

PASSPHRASE_VARIABLE = "LCERT_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
PASSPHRASE_FILE_VARIABLE = "LCERT_KEY_PASSPHRASE_FILE"  # noqa: S105 - likewise
_MAX_FILE_BYTES = 4096


class Passphrase(bytes):
    """Bytes that print as `Passphrase(...)` and are not pickled, so that no log or traceback shows them."""

    def __repr__(self) -> str:
        return "Passphrase(...)"

    __str__ = __repr__

    def __format__(self, spec: str, /) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError("a passphrase is not pickled or copied")


PassphraseSource = Callable[[], bytes]
"""Asked each time a key file is opened; the answer is not kept."""


def passphrase_source(
    environ: Mapping[str, str],
    *,
    default_file: Path | None = None,
    prompt: Callable[[], str] | None = None,
) -> PassphraseSource:
    """The first of: LCERT_KEY_PASSPHRASE, LCERT_KEY_PASSPHRASE_FILE, `default_file` if it exists, `prompt`.

    Nothing is read before the source is called. With none of them the call raises PassphraseError.
    """

    def source() -> bytes:
        if value := environ.get(PASSPHRASE_VARIABLE):
            return Passphrase(value.encode())
        if named := environ.get(PASSPHRASE_FILE_VARIABLE):
            return read_passphrase_file(Path(named))
        if default_file is not None and default_file.exists():
            return read_passphrase_file(default_file)
        if prompt is not None and (answer := prompt()):
            return Passphrase(answer.encode())
        raise PassphraseError(
            f"the key files need their passphrase: set {PASSPHRASE_VARIABLE} or {PASSPHRASE_FILE_VARIABLE}"
            + (f", or put it into {default_file}" if default_file is not None else "")
        )

    return source


def read_passphrase_file(path: Path) -> Passphrase:
    """The content of `path` less one trailing line ending. Raises PassphraseError when empty or unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except OSError as fault:
        raise PassphraseError(f"the passphrase file {path} cannot be read: {fault.strerror}") from None
    if len(data) > _MAX_FILE_BYTES:
        raise PassphraseError(f"the passphrase file {path} is longer than {_MAX_FILE_BYTES} bytes")
    value = Passphrase(data.removesuffix(b"\n").removesuffix(b"\r"))
    if not value:
        raise PassphraseError(f"the passphrase file {path} is empty")
    return value


def create_passphrase_file(path: Path) -> Passphrase:
    """Write 256 random bits as text to a new file of mode 0600 in a folder of mode 0700, and return them.

    An existing file is never overwritten: FileExistsError.
    """
    value = Passphrase(secrets.token_urlsafe(32).encode())
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return value

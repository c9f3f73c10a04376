"""From the URI kept with a key to something that signs. Every scheme is in one table; nothing is searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import UnknownSchemeError
from .file import FileSigner
from .passphrase import PassphraseSource
from .signer import Signer

__all__ = ["file_uri", "open_signer"]


def open_signer(uri: str, *, passphrase: PassphraseSource, base: Path | None = None) -> Signer:
    """The signer at `uri`. `file:PATH`, relative to `base` (the home folder), so that a home can be moved.

    Raises UnknownSchemeError, or KeyFileError when the key is not there. The private key is not touched yet.
    """
    scheme, separator, rest = uri.partition(":")
    opener = _SCHEMES.get(scheme) if separator and rest else None
    if opener is None:
        raise UnknownSchemeError(
            f"{uri!r} is not the place of a key; known are: {', '.join(sorted(_SCHEMES))}"
        )
    return opener(rest, passphrase, base)


def file_uri(path: Path, *, base: Path | None = None) -> str:
    """The URI of a key file: relative to `base` when it lies below it, absolute otherwise."""
    path = path.absolute()
    if base is not None and path.is_relative_to(base.absolute()):
        return f"file:{path.relative_to(base.absolute()).as_posix()}"
    return f"file:{path.as_posix()}"


def _open_file(rest: str, passphrase: PassphraseSource, base: Path | None) -> Signer:
    return FileSigner((base or Path()) / rest.removeprefix("//"), passphrase)


_SCHEMES: Mapping[str, Callable[[str, PassphraseSource, Path | None], Signer]] = {"file": _open_file}

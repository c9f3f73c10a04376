"""What `lcert-verify` was given to judge: tokens, files, folders, addresses, lines of standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from .jose import MAX_TOKEN
from .links import is_link, parse_link
from .vocabulary import MAX_BADGE_BYTES, NUMBER_PATTERN

__all__ = ["Input", "UsageError", "count_inputs", "count_others", "load_input", "read_inputs"]

_IMAGES: Final = frozenset({".png", ".svg"})
_FILES: Final = _IMAGES | {".jwt"}
_OTHER_FILES: Final = frozenset({".json", ".txt", ".zip", ".jpg", ".jpeg", ".webp", ".pdf"})
_LINE: Final = MAX_TOKEN + 2
_NUMBER: Final = re.compile(NUMBER_PATTERN, re.IGNORECASE)


class UsageError(Exception):
    """The command was called wrongly; nothing was judged, or not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing to judge: exactly one of `token`, `image`, `url`, or `path` of a file that is not read yet.

    `name` is the input as given.
    """

    name: str
    token: str | bytes | None = None
    image: bytes | None = None
    url: str | None = None
    path: Path | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Further members of the JSON output: the line of a token that is one of many."""

    @property
    def title(self) -> str:
        """What to call it when talking to a person."""
        if "line" in self.more:
            return (
                f"line {self.more['line']}" if self.name == "-" else f"{self.name}, line {self.more['line']}"
            )
        if self.token is not None and self.name == self.token and len(self.name) > 40:
            return f"token {self.name[:16]}… ({len(self.name)} characters)"
        return self.name


def count_inputs(inputs: Sequence[str], *, offline: bool) -> int | None:
    """How many things `inputs` are, None when only reading tells. UsageError for a missing file, before any work."""
    total: int | None = 0
    for given in inputs:
        found: int | None = 1
        if given == "-" or _is_list(given):
            found = None
        elif is_link(given):
            if offline and _needs_network(given):
                raise UsageError(f"{given} would have to be fetched: leave --offline out")
        elif _is_folder(given):
            found = sum(1 for _ in _walk(Path(given)))
        elif not os.path.lexists(given):
            if _looks_like_a_file(given):
                raise UsageError(f"there is no file {given}")
            if _NUMBER.fullmatch(given):
                raise UsageError(
                    f"{given} is a number, not a token: give the address of its page, or ask "
                    f"`lcert-verify find --number {given}`"
                )
        total = None if total is None or found is None else total + found
    return total


def count_others(inputs: Sequence[str]) -> int:
    """How many files in the folders among `inputs` are not judged, because their names are not those of badges."""
    folders = [given for given in inputs if given != "-" and not is_link(given) and _is_folder(given)]
    return sum(
        not _is_judged(name) for folder in folders for _, _, files in os.walk(folder) for name in files
    )


def read_inputs(inputs: Sequence[str], stdin: BinaryIO) -> Iterator[Input]:
    """Everything to judge, in order. Files are only named: see `load_input`."""
    for given in inputs:
        if given == "-":
            yield from _lines(stdin, given)
        elif _is_list(given):
            try:
                with Path(given).open("rb") as stream:
                    yield from _lines(stream, given)
            except OSError as error:
                raise UsageError(f"{given} cannot be read: {error.strerror or error}") from None
        elif is_link(given):
            yield Input(name=given, url=given)
        elif _is_folder(given):
            for path in _walk(Path(given)):
                yield Input(name=str(path), path=path)
        elif os.path.lexists(given):
            yield Input(name=given, path=Path(given))
        else:
            yield Input(name=given, token=given)


def _needs_network(url: str) -> bool:
    try:
        return parse_link(url).token is None
    except ValueError:
        return False


def _is_folder(text: str) -> bool:
    return text != "" and _is(Path.is_dir, text)


def _is_list(text: str) -> bool:
    """Whether `text` is a file with one token a line."""
    return text.lower().endswith(".txt") and _is(Path.is_file, text)


def _is(kind: Callable[[Path], bool], text: str) -> bool:
    try:
        return kind(Path(text))
    except (OSError, ValueError):  # too long for a name, so a token
        return False


def _looks_like_a_file(text: str) -> bool:
    """A token has neither separators nor these endings, so this was meant as a file."""
    suffix = Path(text).suffix.lower()
    return "/" in text or os.sep in text or suffix in _FILES or suffix in _OTHER_FILES


def _is_judged(name: str) -> bool:
    """Whether a file of a folder is a token or a badge by its name."""
    return Path(name).suffix.lower() in _FILES


def _walk(folder: Path) -> Iterator[Path]:
    """The tokens and badges below `folder`, in the order of their names."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if _is_judged(name):
                yield Path(parent, name)


def load_input(item: Input) -> Input:
    """The input with its file read; UsageError when that cannot be done."""
    if item.path is None:
        return item
    path, name = item.path, item.name
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BADGE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    suffix = path.suffix.lower()
    if suffix in _IMAGES or (suffix != ".jwt" and data.startswith((b"\x89PNG", b"<", b"\xef\xbb\xbf<"))):
        return Input(name=name, image=data)
    return Input(name=name, token=_without_line_ending(data))


def _lines(stream: BinaryIO, name: str) -> Iterator[Input]:
    """One token a line, each bounded; of an endless line only as much as shows that it is no token is kept."""
    number = 0
    while line := stream.readline(_LINE):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(_LINE)):
            line = line[:_LINE] + b"."
        yield Input(name=name, token=_without_line_ending(line), more={"line": number})


def _without_line_ending(data: bytes) -> bytes:
    """`data` without one `\\n` or `\\r\\n` at its end."""
    if data.endswith(b"\r\n"):
        return data[:-2]
    return data.removesuffix(b"\n")

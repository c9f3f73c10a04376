"""What every command shares: opening the issuer, turning refusals into exit codes, publishing before exit.

Registry, badges and crypto are imported when a command runs, not with this module: `lcert --help` answers at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.termui import progressbar

from lcert_verifier.errors import LcertError, Malformed

from ..refusals import Refused
from ..settings import Settings, SettingsError, read_settings
from ..storage import StorageError
from .output import Failure, Output

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from ..assembly import House

__all__ = [
    "Actor",
    "an_issuer",
    "clock_now",
    "progress_bar",
    "published",
    "read_json_file",
    "refusals",
    "settings",
]

Actor = click.option(
    "--actor", default="operator", show_default=True, help="Who does this, for the audit log."
)
_MAX_INPUT = 4 * 1024 * 1024


def clock_now() -> datetime:
    return datetime.now(UTC)


def settings() -> Settings:
    """The settings of this process; wrong usage when one cannot be used."""
    try:
        chosen = read_settings(os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if chosen.home.exists() and not chosen.home.is_dir():
        raise click.UsageError(f"LCERT_HOME must be a folder; {chosen.home} is none")
    return chosen


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Every refusal and foreseeable fault as one plain message and exit 1."""
    try:
        yield
    except Refused as refusal:
        problems = [(problem.path, problem.message) for problem in refusal.problems]
        raise Failure(refusal.message, code=refusal.code, problems=problems) from refusal
    except (StorageError, SettingsError, LcertError) as fault:
        raise Failure(str(fault), code=getattr(fault, "code", "failed")) from fault
    except BrokenPipeError:
        raise  # whoever reads our output went away; not a fault of ours
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        raise Failure(f"{where}{fault.strerror or fault}", code="system") from fault


@contextlib.contextmanager
def an_issuer() -> Iterator[House]:
    """The issuer that `init` made in LCERT_HOME; refusals inside become exit 1."""
    from ..assembly import open_house

    chosen = settings()
    with refusals(), open_house(chosen, clock=clock_now) as house:
        yield house


def published(house: House, output: Output, *, bundle: bool = False, full: bool = False) -> bool:
    """Publish what the command changed. The change itself is recorded already, so a failure here only warns."""
    try:
        with progress_bar(output) as progress:
            publication = house.publisher.publish(full=full, bundle=bundle, progress=progress)
    except (Refused, StorageError, LcertError, OSError) as fault:
        output.warn(f"recorded, but not published: {fault}. `lcert publish` tries again.")
        return False
    for problem in publication.problems:
        output.warn(problem)
    return True


@contextlib.contextmanager
def progress_bar(output: Output, label: str = "Publishing") -> Iterator[Callable[[int, int], None]]:
    """A progress bar for people, from the second of many steps on; gives `progress(done, total)`."""
    with contextlib.ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def progress(done: int, total: int) -> None:
            if not bars and output.shows_progress() and total > 1:
                bars.append(stack.enter_context(progressbar(length=total, label=label, file=sys.stderr)))
            for bar in bars:
                bar.update(done - bar.pos)

        yield progress


def read_json_file(path: Path) -> Any:
    """The JSON of a file, or of standard input for `-`; strict, and at most 4 MiB."""
    from lcert_verifier.jose import parse_json

    name = "standard input" if str(path) == "-" else str(path)
    try:
        data = sys.stdin.buffer.read(_MAX_INPUT + 1) if str(path) == "-" else path.read_bytes()
    except OSError as fault:
        raise click.UsageError(f"{name} cannot be read: {fault.strerror}") from fault
    try:
        value = parse_json(data, max_bytes=_MAX_INPUT)
    except Malformed as error:
        raise Failure(f"{name}: {error}{_place(data)}", code="invalid_input") from error
    if not isinstance(value, dict):
        raise Failure(f"{name}: must be one JSON object, the issue form", code="invalid_input")
    return value


def _place(data: bytes) -> str:
    """Where a file stops being JSON, or what is better about plain JSON."""
    if not data.strip():
        return ": it is empty"
    try:
        json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return f": {error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return ""
    return " (it must be plain UTF-8 JSON without duplicate names)"

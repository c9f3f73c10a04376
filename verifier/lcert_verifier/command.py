"""`lcert-verify`: judges tokens, badges and certificate addresses, keeps offline bundles, and searches them.

Exit codes: 0 all accepted, 1 something rejected (or a bundle refused), 2 nothing rejected but something could not be
told (or a bundle not reached), 64 wrong usage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from .commands.common import EXIT_REJECTED, EXIT_USAGE, Clock, Setting
from .fetch import Fetcher
from .inputs import UsageError
from .source import utc_now

__all__ = ["main"]

_COMMANDS: Final = {
    "bundle": ("bundles", "run"),
    "changes": ("finding", "changes"),
    "ci": ("requiring", "run"),
    "domain": ("domains", "run"),
    "find": ("finding", "find"),
    "page": ("pages", "run"),
    "receipt": ("receipts", "run"),
    "sbom": ("sboms", "run"),
}
"""Module in `commands` and function of each sub-command; without one, inputs are judged."""


def main(argv: Sequence[str] | None = None, *, clock: Clock = utc_now, fetcher: Fetcher | None = None) -> int:
    """Runs the command line and gives its exit code. `clock` and `fetcher` are replaced in tests."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    setting = Setting(clock=clock, fetcher=fetcher or Fetcher())
    module, function = "verifying", "run"
    if arguments and arguments[0] in _COMMANDS:
        module, function = _COMMANDS[arguments.pop(0)]
    try:
        run = getattr(import_module(f".commands.{module}", __package__), function)
        return int(run(arguments, setting))
    except UsageError as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_REJECTED
    except KeyboardInterrupt:
        return 130

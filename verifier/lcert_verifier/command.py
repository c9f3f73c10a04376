"""`lcert-verify`: judges tokens, badges and certificate addresses, keeps offline bundles, and searches them.

Exit codes: 0 all accepted, 1 something rejected (or a bundle refused), 2 nothing rejected but something could not be
told (or a bundle not reached), 64 wrong usage.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .commands.common import Clock
    from .fetch import Fetcher

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


_FEW_SEARCHES: Final = 20_000
"""Objects made before garbage is looked for: loading makes many and drops none."""


def main(
    argv: Sequence[str] | None = None, *, clock: Clock | None = None, fetcher: Fetcher | None = None
) -> int:
    """Runs the command line and gives its exit code. `clock` and `fetcher` are replaced in tests."""
    before = gc.get_threshold()
    gc.set_threshold(_FEW_SEARCHES, *before[1:])
    try:
        return _main(list(sys.argv[1:] if argv is None else argv), clock, fetcher)
    finally:
        gc.set_threshold(*before)


def _main(arguments: list[str], clock: Clock | None, fetcher: Fetcher | None) -> int:
    from .commands.common import EXIT_REJECTED, EXIT_USAGE, Setting
    from .evidence import utc_now
    from .inputs import UsageError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    setting = Setting(clock=clock or utc_now, given_fetcher=fetcher)
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

"""What the sub-commands share: arguments, trust, lookups, and how they end."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, NoReturn

from ..bundle import BundleSource
from ..errors import LcertError
from ..inputs import UsageError
from ..report import Verdict
from ..trusting import OpenTrust, open_trust
from ..verify import Verifier

if TYPE_CHECKING:
    from ..fetch import Fetcher
    from ..lookup import Lookup

__all__ = [
    "EXIT_INDETERMINATE",
    "EXIT_REJECTED",
    "EXIT_USAGE",
    "Clock",
    "Parser",
    "Setting",
    "add_trust",
    "exit_of",
    "make_parser",
    "open_lookups",
    "open_sources",
    "parse_age",
    "parse_time",
]

EXIT_REJECTED: Final = 1
EXIT_INDETERMINATE: Final = 2
EXIT_USAGE: Final = 64

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The surroundings of a command, replaced in tests."""

    clock: Clock
    given_fetcher: Fetcher | None = None

    @cached_property
    def fetcher(self) -> Fetcher:
        """Made when something is fetched: what it loads takes as long as judging does."""
        from ..fetch import Fetcher

        return self.given_fetcher or Fetcher()


class Parser(argparse.ArgumentParser):
    """Ends wrong usage with a UsageError instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def make_parser(name: str, description: str, epilog: str | None = None) -> Parser:
    parser = Parser(prog=f"lcert-verify {name}", description=description, epilog=epilog, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="JSON on standard output, one object a line")
    return parser


def add_trust(parser: argparse.ArgumentParser, *, offline: bool = True) -> None:
    """The options that say whom to believe."""
    parser.add_argument(
        "--trust",
        action="append",
        metavar="BUNDLE-FILE-OR-ORIGIN",
        help="whose certificates to accept (default: LCERT_TRUST, several with commas)",
    )
    if offline:
        parser.add_argument("--offline", action="store_true", help="open no connection: bundles only")


def parse_time(text: str) -> datetime:
    """RFC 3339 with an offset, or a date, which means its first second in UTC."""
    try:
        if "T" not in text.upper():
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-11-20T12:00:00Z") from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset: end it with Z for UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise argparse.ArgumentTypeError(f"{text!r} is out of range") from None


def parse_age(text: str) -> timedelta:
    """`90m`, `24h` or `7d`."""
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}.get(text[-1:])
    number = text[:-1]
    if unit is None or not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise argparse.ArgumentTypeError(f"{text!r} is not an age such as 90m, 24h or 7d")
    return int(number) * unit


def open_sources(
    options: argparse.Namespace, setting: Setting, *, otherwise: Sequence[str] = ()
) -> tuple[OpenTrust, Verifier]:
    """The trust that options, else LCERT_TRUST, else `otherwise` name; on standard error, what cannot be used."""
    given = options.trust or [part.strip() for part in os.environ.get("LCERT_TRUST", "").split(",")]
    trust = open_trust(
        [item for item in given if item] or list(otherwise),
        fetcher=lambda: setting.fetcher,
        clock=setting.clock,
        offline=getattr(options, "offline", False),
    )
    for problem in trust.problems:
        sys.stderr.write(f"lcert-verify: {problem}\n")
    max_age = getattr(options, "max_age", None)
    return trust, Verifier(trust.sources, clock=setting.clock, max_age=max_age)


def open_lookups(trust: OpenTrust, setting: Setting) -> list[Lookup]:
    """A lookup for each bundle, and for the bundle of each origin. Raises LcertError when one cannot be had."""
    from ..lookup import Lookup  # most commands search nothing
    from ..source import PublishedSource

    found = []
    for source in trust.sources:
        bundle: BundleSource | None = None
        if isinstance(source, BundleSource):
            bundle = source
        elif isinstance(source, PublishedSource):
            bundle = source.bundle(setting.clock())
        if bundle is None:
            continue  # the reason was said when it was opened
        found.append(Lookup.from_bundle(bundle, clock=setting.clock))
        if found[-1].expired:
            sys.stderr.write(
                "lcert-verify: the bundle has expired: update it, as this may not be so any more\n"
            )
    if not found:
        raise LcertError("nothing that is trusted can be searched")
    return found


def exit_of(verdicts: Sequence[Verdict]) -> int:
    """1 if anything is rejected, else 2 if anything is indeterminate, else 0."""
    if Verdict.REJECTED in verdicts:
        return EXIT_REJECTED
    return EXIT_INDETERMINATE if Verdict.INDETERMINATE in verdicts else 0

"""`lcert-verify`: judges tokens, badges and certificate addresses, and keeps offline trust bundles.

Exit codes: 0 all accepted, 1 something rejected (or a bundle refused), 2 nothing rejected but something could not be
told (or a bundle not reached), 64 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from .bundle_update import BundleFacts, fetch_bundle, show_bundle, update_bundle
from .errors import EvidenceUnavailable, LcertError
from .fetch import Fetcher
from .inputs import Input, UsageError, count_inputs, read_inputs
from .links import judge_link
from .report import Report, Verdict
from .source import utc_now
from .trusting import open_trust
from .verify import Verifier
from .wording import describe_bundle, describe_report

__all__ = ["main"]

EXIT_REJECTED: Final = 1
EXIT_INDETERMINATE: Final = 2
EXIT_USAGE: Final = 64

Clock = Callable[[], datetime]


def main(argv: Sequence[str] | None = None, *, clock: Clock = utc_now, fetcher: Fetcher | None = None) -> int:
    """Runs the command line and gives its exit code. `clock` and `fetcher` are replaced in tests."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    fetcher = fetcher or Fetcher()
    try:
        if arguments[:1] == ["bundle"]:
            return _bundle(_bundle_parser().parse_args(arguments[1:]), clock, fetcher)
        return _verify(_parser().parse_args(arguments), clock, fetcher)
    except UsageError as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_REJECTED
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lcert-verify",
        description="Judge L Certifications. `lcert-verify bundle --help` tells about offline trust bundles.",
        epilog="Exit: 0 all accepted, 1 any rejected, 2 none rejected but some could not be told, 64 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a token; a .jwt, .png or .svg file, or a folder of them; a certificate URL; - for one token a line",
    )
    parser.add_argument(
        "--trust",
        action="append",
        metavar="BUNDLE-FILE-OR-ORIGIN",
        help="whose certificates to accept (default: LCERT_TRUST, several with commas)",
    )
    parser.add_argument(
        "--at", type=_time, metavar="TIME", help="judge as of this time, e.g. 2026-11-20T12:00:00Z"
    )
    parser.add_argument("--known-at", type=_time, metavar="TIME", help="by what was known at this time")
    parser.add_argument("--domain", metavar="HOST", help="ask also whether the badge may stand on this host")
    parser.add_argument("--offline", action="store_true", help="open no connection: bundles only")
    parser.add_argument("--json", action="store_true", help="one JSON Report a line")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every check")
    return parser


def _bundle_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lcert-verify bundle",
        description="Offline trust bundles.",
        epilog="Exit: 0 done, 1 refused (older, forked or forged), 2 not reached, 64 wrong usage.",
        allow_abbrev=False,
    )
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    commands = parser.add_subparsers(
        dest="action", required=True, metavar="fetch|update|show", parser_class=_Parser
    )
    fetch = commands.add_parser("fetch", parents=[common], help="fetch a bundle and pin its root key")
    fetch.add_argument("where", metavar="ORIGIN-OR-URL")
    fetch.add_argument("--out", required=True, type=Path, metavar="FILE")
    for name, text in (
        ("update", "replace a bundle by a newer one, never an older"),
        ("show", "describe a bundle"),
    ):
        command = commands.add_parser(name, parents=[common], help=text)
        command.add_argument("file", type=Path, metavar="FILE")
    return parser


def _time(text: str) -> datetime:
    """RFC 3339 with an offset, or a date, which means its first second in UTC."""
    try:
        if "T" not in text.upper():
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-11-20T12:00:00Z") from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset: end it with Z for UTC")
    return value.astimezone(UTC)


def _verify(options: argparse.Namespace, clock: Clock, fetcher: Fetcher) -> int:
    given = options.trust or [part.strip() for part in os.environ.get("LCERT_TRUST", "").split(",")]
    trust = open_trust(
        [item for item in given if item], fetcher=fetcher, clock=clock, offline=options.offline
    )
    for problem in trust.problems:
        sys.stderr.write(f"lcert-verify: {problem}\n")
    verifier = Verifier(trust.sources, clock=clock)
    total = count_inputs(options.inputs, offline=options.offline)
    progress = _Progress(sys.stderr, total)
    rejected = undecided = done = 0
    for item in read_inputs(options.inputs, sys.stdin.buffer):
        report = _judge(item, verifier, options, trust.readers)
        rejected += report.verdict is Verdict.REJECTED
        undecided += report.verdict is Verdict.INDETERMINATE
        done += 1
        progress.clear()
        _write_report(item, report, options)
        progress.show(done)
    progress.clear()
    if not done:
        raise UsageError("there is nothing to verify")
    if done > 1 and not options.json:
        accepted = done - rejected - undecided
        sys.stdout.write(
            f"{done} judged: {accepted} accepted, {rejected} rejected, {undecided} indeterminate\n"
        )
    sys.stdout.flush()
    return EXIT_REJECTED if rejected else EXIT_INDETERMINATE if undecided else 0


def _judge(
    item: Input, verifier: Verifier, options: argparse.Namespace, readers: dict[str, Callable[[str], bytes]]
) -> Report:
    asked: dict[str, Any] = {"at": options.at, "known_at": options.known_at, "domain": options.domain}
    if item.url is not None:
        return judge_link(item.url, readers, lambda token: verifier.verify(token, **asked))
    if item.image is not None:
        return verifier.verify_badge(item.image, **asked)
    assert item.token is not None
    return verifier.verify(item.token, **asked)


def _write_report(item: Input, report: Report, options: argparse.Namespace) -> None:
    if options.json:
        line = json.dumps({"input": item.name, **item.more, **report.to_json()})
        sys.stdout.write(line + "\n")
    else:
        sys.stdout.write(describe_report(item.title, report, verbose=options.verbose) + "\n")


def _bundle(options: argparse.Namespace, clock: Clock, fetcher: Fetcher) -> int:
    facts: BundleFacts
    try:
        if options.action == "fetch":
            if not options.out.absolute().parent.is_dir():
                raise UsageError(f"there is no folder {options.out.parent}")
            facts = fetch_bundle(options.where, options.out, fetcher=fetcher, now=clock())
        elif not options.file.is_file():
            raise UsageError(f"there is no file {options.file}")
        elif options.action == "update":
            facts = update_bundle(options.file, fetcher=fetcher, now=clock())
        else:
            facts = show_bundle(options.file, now=clock())
    except EvidenceUnavailable as error:
        sys.stderr.write(f"lcert-verify: not reached: {error}\n")
        return EXIT_INDETERMINATE
    except (LcertError, OSError) as error:
        sys.stderr.write(f"lcert-verify: refused: {error}\n")
        return EXIT_REJECTED
    except ValueError as error:
        raise UsageError(str(error)) from None
    text = json.dumps(facts.to_json()) if options.json else describe_bundle(facts, options.action)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return 0


class _Progress:
    """A counter on standard error, for a person who waits for many answers."""

    def __init__(self, stream: IO[str], total: int | None) -> None:
        self._stream = stream
        self._total = total
        self._shown = False
        self._on = stream.isatty() and not sys.stdout.isatty() and (total is None or total > 1)

    def show(self, done: int) -> None:
        if self._on and (done % 50 == 0 or done == self._total):
            of = f" of {self._total}" if self._total is not None else ""
            self._stream.write(f"\r{done}{of} judged")
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False

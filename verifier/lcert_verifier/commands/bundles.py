"""`lcert-verify bundle`: fetch, update and show offline trust bundles."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ..bundle_update import BundleFacts, fetch_bundle, show_bundle, update_bundle
from ..errors import EvidenceUnavailable, LcertError
from ..inputs import UsageError
from ..wording import describe_bundle
from .common import EXIT_INDETERMINATE, EXIT_REJECTED, Parser, Setting

__all__ = ["run"]


def _parser() -> Parser:
    parser = Parser(
        prog="lcert-verify bundle",
        description="Offline trust bundles.",
        epilog="Exit: 0 done, 1 refused (older, forked or forged), 2 not reached, 64 wrong usage.",
        allow_abbrev=False,
    )
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    history = Parser(add_help=False)
    history.add_argument(
        "--history",
        action="store_true",
        help="keep the journal in a file beside, for a bundle that is too long to hold it; it is updated from then on",
    )
    commands = parser.add_subparsers(
        dest="action", required=True, metavar="fetch|update|show", parser_class=Parser
    )
    fetch = commands.add_parser(
        "fetch",
        parents=[common, history],
        help="fetch a bundle and pin its root key",
        allow_abbrev=False,
    )
    fetch.add_argument("where", metavar="ORIGIN-OR-URL")
    fetch.add_argument("--out", required=True, type=Path, metavar="FILE")
    update = commands.add_parser(
        "update",
        parents=[common, history],
        help="replace a bundle by a newer one, never an older",
        allow_abbrev=False,
    )
    update.add_argument("file", type=Path, metavar="FILE")
    show = commands.add_parser(
        "show", parents=[common], help="describe a bundle: how old, which root key", allow_abbrev=False
    )
    show.add_argument("file", type=Path, metavar="FILE")
    return parser


def run(arguments: Sequence[str], setting: Setting) -> int:
    options = _parser().parse_args(list(arguments))
    try:
        facts = _do(options, setting)
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


def _do(options: argparse.Namespace, setting: Setting) -> BundleFacts:
    now = setting.clock()
    if options.action == "fetch":
        if not options.out.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {options.out.parent}")
        return fetch_bundle(
            options.where, options.out, fetcher=setting.fetcher, now=now, history=options.history
        )
    if not options.file.is_file():
        raise UsageError(f"there is no file {options.file}")
    if options.action == "update":
        return update_bundle(options.file, fetcher=setting.fetcher, now=now, history=options.history)
    return show_bundle(options.file, now=now)

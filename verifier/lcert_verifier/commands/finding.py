"""`lcert-verify find` and `lcert-verify changes`: what the directory and the feed answer, from a trust bundle."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from ..entries import Covers, Found
from ..errors import LcertError
from ..inputs import UsageError
from ..lookup import STATES
from ..wording import describe_found, plain
from .common import (
    EXIT_INDETERMINATE,
    EXIT_REJECTED,
    Setting,
    add_trust,
    make_parser,
    open_lookups,
    open_sources,
    parse_time,
)

__all__ = ["changes", "find"]


def find(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "find",
        "Certificates that fit everything asked for. From an origin, its offline bundle is searched.",
        "Exit: 0 found (and with --covers: covered by one of them), 1 not, 2 cannot be told, 64 wrong usage.",
    )
    add_trust(parser)
    parser.add_argument("--number", metavar="LC-…")
    parser.add_argument("--holder", metavar="NAME", help="part of a legal or trading name")
    parser.add_argument("--domain", metavar="HOST", help="a host that the badge may stand on")
    parser.add_argument("--lei", metavar="LEI")
    parser.add_argument(
        "--registration", metavar="ID", help="in a company register, with or without its scheme"
    )
    parser.add_argument("--hf", metavar="ID[@REVISION]", help="a model on Hugging Face")
    parser.add_argument("--sha256", metavar="HEX", help="of a model file")
    parser.add_argument("--url", metavar="URL", help="of a model or product")
    parser.add_argument("--covers", metavar="NAME[@VERSION]", help="a product or model, at a version")
    parser.add_argument("--state", choices=STATES)
    parser.add_argument("--at", type=parse_time, metavar="TIME", help="as things stood at this time")
    parser.add_argument("--known-at", type=parse_time, metavar="TIME", help="by what was known at this time")
    options = parser.parse_args(list(arguments))
    trust, _ = open_sources(options, setting)
    wanted: dict[str, Any] = {
        name: getattr(options, name)
        for name in (
            "number",
            "holder",
            "domain",
            "lei",
            "registration",
            "sha256",
            "url",
            "state",
            "at",
            "known_at",
        )
        if getattr(options, name) is not None
    }
    for name in ("hf", "covers"):
        if getattr(options, name) is not None:
            first, _, second = getattr(options, name).partition("@")
            wanted[name] = (first, second or None)
    try:
        found = [entry for lookup in open_lookups(trust, setting) for entry in lookup.find(**wanted)]
    except (LcertError, OSError) as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_INDETERMINATE
    for entry in found:
        sys.stdout.write((json.dumps(entry.to_json()) if options.json else describe_found(entry)) + "\n")
    if not options.json:
        sys.stdout.write(f"{len(found)} found\n")
    sys.stdout.flush()
    return _exit(found)


def _exit(found: Sequence[Found]) -> int:
    answers = {entry.coverage.answer for entry in found if entry.coverage is not None}
    if not found or answers == {Covers.NO}:
        return EXIT_REJECTED
    return EXIT_INDETERMINATE if answers and Covers.YES not in answers else 0


def changes(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "changes",
        "Journal entries from a position on, in order. The last line says where to go on.",
        "Exit: 0 told, 2 not reached or not without gaps, 64 wrong usage.",
    )
    add_trust(parser)
    parser.add_argument("--since", type=int, default=0, metavar="N", help="position to begin at (default 0)")
    options = parser.parse_args(list(arguments))
    if options.since < 0:
        raise UsageError("--since is a position from 0")
    trust, _ = open_sources(options, setting)
    try:
        lookups = open_lookups(trust, setting)
        if len(lookups) != 1:
            raise UsageError("positions belong to one issuer: give one --trust")
        (lookup,) = lookups
        for event in lookup.changes(options.since):
            body = event.to_json()
            if options.json:
                sys.stdout.write(json.dumps(body) + "\n")
                continue
            edition = f"/{event.edition}" if event.edition else ""
            what = f"{event.number}{edition}" if event.number else event.kid or ""
            reason = f"  {event.reason}" if event.reason else ""
            sys.stdout.write(
                plain(f"{event.position}  {body['recordedAt']}  {event.kind}  {what}{reason}") + "\n"
            )
    except (LcertError, OSError) as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_INDETERMINATE
    if not lookup.gapless:
        sys.stderr.write("lcert-verify: the bundle holds no history, so entries about keys are missing\n")
    sys.stdout.write(json.dumps({"next": lookup.size}) + "\n" if options.json else f"next: {lookup.size}\n")
    sys.stdout.flush()
    return 0 if lookup.gapless else EXIT_INDETERMINATE

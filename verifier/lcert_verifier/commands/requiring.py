"""`lcert-verify ci`: fails when something a project depends on is not certified, or no more."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..entries import Found
from ..errors import LcertError, Malformed
from ..inputs import UsageError
from ..links import is_link, judge_link
from ..report import Report
from ..requirements import Requirements, check_requirement, parse_requirements
from ..wording import describe_answer
from .common import EXIT_INDETERMINATE, Setting, add_trust, exit_of, make_parser, open_lookups, open_sources

__all__ = ["run"]

_MOST: Final = 1024 * 1024


def run(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "ci",
        "Check the requirements in a file such as lcert.toml: what must be certified, and at which version. Against an "
        "origin every token is verified afresh; against a bundle its records answer.",
        "Exit: 0 all met, 1 one is not, 2 one cannot be told, 64 wrong usage.",
    )
    add_trust(parser)
    parser.add_argument("file", type=Path, nargs="?", default=Path("lcert.toml"), metavar="FILE")
    options = parser.parse_args(list(arguments))
    wanted = _requirements(options.file)
    trust, verifier = open_sources(options, setting, otherwise=_beside(wanted, options.file))
    try:
        lookups = open_lookups(trust, setting)
    except (LcertError, OSError) as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_INDETERMINATE
    origins = {origin: trust.readers[origin] for origin in trust.origins}

    def judge(found: Found) -> Report | None:
        if not any(found.url.startswith(f"{origin}/") for origin in origins):
            return None
        return judge_link(found.url, origins, verifier.verify)

    now = setting.clock()
    answers = [check_requirement(item, lookups, judge, now=now) for item in wanted.require]
    for answer in answers:
        text = json.dumps(answer.to_json()) if options.json else describe_answer(answer)
        sys.stdout.write(text + "\n")
    sys.stdout.flush()
    code = exit_of([answer.verdict for answer in answers])
    expired = any(lookup.expired for lookup in lookups)
    return EXIT_INDETERMINATE if code == 0 and expired else code


def _requirements(path: Path) -> Requirements:
    try:
        with path.open("rb") as stream:
            return parse_requirements(stream.read(_MOST))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except Malformed as error:
        raise UsageError(f"{path}: {error}") from None


def _beside(wanted: Requirements, file: Path) -> list[str]:
    """The file's own trust; bundle files lie beside it."""
    return [item if is_link(item) else str(file.parent / item) for item in wanted.trust]

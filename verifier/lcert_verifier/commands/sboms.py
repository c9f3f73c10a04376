"""`lcert-verify sbom`: a certificate as CycloneDX 1.6."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import LcertError
from ..inputs import UsageError
from ..sbom import to_cyclonedx
from .common import (
    EXIT_INDETERMINATE,
    EXIT_REJECTED,
    Setting,
    add_trust,
    make_parser,
    open_lookups,
    open_sources,
)

__all__ = ["run"]


def run(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "sbom",
        "Write a certificate as CycloneDX 1.6: an ML-BOM of what it covers, with declarations of who attests what.",
        "Exit: 0 written, 1 there is no such certificate, 2 not reached, 64 wrong usage.",
    )
    add_trust(parser)
    parser.add_argument("number", metavar="NUMBER")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of standard output")
    options = parser.parse_args(list(arguments))
    trust, _ = open_sources(options, setting)
    try:
        lookups = open_lookups(trust, setting)
    except (LcertError, OSError) as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_INDETERMINATE
    for lookup in lookups:
        found = lookup.get(options.number)
        if found is not None:
            issuer = lookup.issuer
            assert issuer is not None, "it comes from a bundle"
            document = to_cyclonedx(found, issuer=issuer[0], issuer_name=issuer[1], made_at=setting.clock())
            return _write(json.dumps(document, ensure_ascii=False, indent=2) + "\n", options.out)
    sys.stderr.write(f"lcert-verify: there is no certificate {options.number}\n")
    return EXIT_REJECTED


def _write(text: str, out: Path | None) -> int:
    if out is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from None
    return 0

"""`lcert-verify INPUT...`: the verdict on tokens, badges and certificate addresses, one or many thousands."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ..errors import EvidenceUnavailable, LcertError
from ..inputs import Input, UsageError, count_inputs, count_others, load_input, read_inputs
from ..links import judge_link
from ..report import Code, Report, Verdict
from ..trusting import OpenTrust
from ..verify import Verifier
from ..wording import describe_report
from .common import Parser, Setting, add_trust, exit_of, open_sources, parse_age, parse_time
from .progress import Progress

if TYPE_CHECKING:
    from ..receipt import ReceiptSigner

__all__ = ["run"]

_MORE: Final = """\
Other commands, each with --help: bundle (offline trust bundles), find, changes, ci (requirements of a
project), page (badges on a page), domain (whose an origin is), sbom (CycloneDX), receipt. A file that has the
name of one is written ./find.
Exit: 0 all accepted, 1 any rejected, 2 none rejected but some could not be told, 64 wrong usage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came out of one input, small enough to be sent between processes."""

    verdict: Verdict
    code: Code
    text: str
    receipt: str | None = None


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="lcert-verify",
        description="Judge L Certifications.",
        epilog=_MORE,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a token; a .jwt, .png or .svg file, or a folder of them; a certificate URL; a .txt file, or - for "
        "standard input, with one token a line",
    )
    add_trust(parser)
    parser.add_argument(
        "--at", type=parse_time, metavar="TIME", help="judge as of this time, e.g. 2026-11-20T12:00:00Z"
    )
    parser.add_argument("--known-at", type=parse_time, metavar="TIME", help="by what was known at this time")
    parser.add_argument(
        "--max-age",
        type=parse_age,
        metavar="AGE",
        help="how old the evidence may be before a yes is unknown, e.g. 24h (default: 1h, of a bundle 7d)",
    )
    parser.add_argument("--domain", metavar="HOST", help="ask also whether the badge may stand on this host")
    parser.add_argument("--json", action="store_true", help="one JSON Report a line")
    parser.add_argument("-q", "--quiet", action="store_true", help="only what is not accepted, and the sum")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every check")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="processes for many inputs offline (default: one a processor)"
    )
    parser.add_argument(
        "--receipts",
        type=Path,
        metavar="FILE",
        help="append a signed receipt a line, by the key in LCERT_RECEIPT_KEY",
    )
    return parser


def run(arguments: Sequence[str], setting: Setting) -> int:
    options = _parser().parse_args(list(arguments))
    if options.jobs is not None and options.jobs < 1:
        raise UsageError("--jobs is a number from 1")
    signer = _signer() if options.receipts else None
    trust, verifier = open_sources(options, setting)
    total = count_inputs(options.inputs, offline=options.offline)
    judge = _judge_of(options, trust, verifier, setting, signer)
    inputs = read_inputs(options.inputs, sys.stdin.buffer)
    jobs = options.jobs or os.cpu_count() or 1
    answers: Iterable[Answer] = map(judge, inputs)
    if jobs > 1 and total != 1 and all(source.offline for source in trust.sources):
        from ..parallel import work_through, worth_it

        if worth_it(total, jobs, explicit=options.jobs is not None):
            _warm(verifier, options, setting)
            answers = work_through(lambda some: [judge(item) for item in some], inputs, jobs)
    if options.receipts is None:
        return _tell(answers, options, total)
    try:
        with options.receipts.open("a", encoding="ascii") as receipts:
            return _tell(answers, options, total, receipts)
    except OSError as error:
        raise UsageError(f"{options.receipts} cannot be written: {error.strerror or error}") from None


def _judge_of(
    options: argparse.Namespace,
    trust: OpenTrust,
    verifier: Verifier,
    setting: Setting,
    signer: ReceiptSigner | None,
) -> Callable[[Input], Answer]:
    asked: dict[str, Any] = {"at": options.at, "known_at": options.known_at, "domain": options.domain}

    def judge(item: Input) -> Answer:
        loaded = load_input(item)
        at = options.at if options.known_at is None else options.at or setting.clock()
        report, judged = _report(loaded, trust, verifier, asked, at)
        receipt = None
        if signer is not None:
            from ..receipt import make_receipt

            receipt = make_receipt(
                report,
                judged,
                signer=signer,
                verifier="lcert-verify",
                now=setting.clock(),
                domain=options.domain,
            )
        return Answer(
            verdict=report.verdict,
            code=report.code,
            text=_text(loaded, report, options),
            receipt=receipt,
        )

    return judge


def _report(
    item: Input, trust: OpenTrust, verifier: Verifier, asked: dict[str, Any], at: datetime | None
) -> tuple[Report, str | bytes]:
    """The Report, and the bytes it is about: for an address, the token found there, of the edition of `at`."""
    if item.url is not None:
        seen: list[str] = []

        def verify(token: str) -> Report:
            seen.append(token)
            return verifier.verify(token, **asked)

        report = judge_link(item.url, trust.readers, verify, at=at, known_at=asked["known_at"])
        return report, seen[0] if seen else item.url
    if item.image is not None:
        return verifier.verify_badge(item.image, **asked), item.image
    assert item.token is not None
    return verifier.verify(item.token, **asked), item.token


def _text(item: Input, report: Report, options: argparse.Namespace) -> str:
    if options.quiet and report.verdict is Verdict.ACCEPTED:
        return ""
    if options.json:
        return json.dumps({"input": item.name, **item.more, **report.to_json()}) + "\n"
    return describe_report(item.title, report, verbose=options.verbose) + "\n"


def _tell(
    answers: Iterable[Answer],
    options: argparse.Namespace,
    total: int | None,
    receipts: IO[str] | None = None,
) -> int:
    """Writes the answers as they come, and the sum; gives the exit code."""
    progress = Progress(sys.stderr, total, busy=sys.stdout.isatty() and not options.quiet)
    codes: Counter[tuple[Verdict, Code]] = Counter()
    for done, answer in enumerate(answers, start=1):
        codes[answer.verdict, answer.code] += 1
        if answer.text:
            progress.clear()
            sys.stdout.write(answer.text)
        if receipts is not None and answer.receipt is not None:
            receipts.write(answer.receipt + "\n")
        progress.show(done)
    progress.clear()
    if not codes:
        raise UsageError("there is nothing to verify")
    if others := count_others(options.inputs):
        files = "file was" if others == 1 else "files were"
        kinds = "folders are searched for .jwt, .png and .svg"
        sys.stderr.write(f"lcert-verify: {others} other {files} passed over: {kinds}\n")
    if codes.total() > 1 and not options.json:
        sys.stdout.writelines(_sum(codes))
    sys.stdout.flush()
    return exit_of([verdict for verdict, _ in codes])


def _sum(codes: Counter[tuple[Verdict, Code]]) -> Iterator[str]:
    by_verdict: Counter[Verdict] = Counter()
    for (verdict, _), count in codes.items():
        by_verdict[verdict] += count
    parts = ", ".join(f"{by_verdict[verdict]} {verdict.value}" for verdict in Verdict)
    yield f"{codes.total()} judged: {parts}\n"
    reasons = [(count, code.value) for (_, code), count in codes.most_common() if code is not Code.VALID]
    if reasons:
        yield "not accepted: " + ", ".join(f"{count} {code}" for count, code in reasons) + "\n"


def _warm(verifier: Verifier, options: argparse.Namespace, setting: Setting) -> None:
    """Has what every process will ask for read once, before they share it."""
    if options.at is None and options.known_at is None:
        return
    from ..history import HistorySource

    for source in verifier.sources:
        if isinstance(source, HistorySource):
            with suppress(EvidenceUnavailable):
                source.history(setting.clock())


def _signer() -> ReceiptSigner:
    from ..receipt_key import open_receipt_signer

    given = os.environ.get("LCERT_RECEIPT_KEY")
    if not given:
        raise UsageError("--receipts needs a key in LCERT_RECEIPT_KEY (see lcert-verify receipt --help)")
    try:
        return open_receipt_signer(given)
    except (LcertError, OSError) as error:
        raise UsageError(f"LCERT_RECEIPT_KEY: {error}") from None

"""Changes the verifier a little, again and again, and sees whether a test notices; goes on where the last run ended.

Works for MUTATION_SECONDS (default 600) through the modules given (default: all of lcert_verifier), and prints the
score of what was tried so far. Each mutant runs in a fork of one process that has collected the unit tests of the
verifier and the case corpus, and only the tests run that reach the changed line: those that noticed the last changes of
the same function first, then one case of each test function in turn, the quickest first. What is found goes into
tests/mutation/scores.json, which is committed, and in detail into build/mutation: one file a module, with every mutant
by a key that holds as long as its function's text does. A module whose source the ledger knows is not tried again;
`--again` tries anew what no test noticed.
Survivors that are no gap are explained in tests/mutation/survivors.md.

Mutants of what runs at import (constants, defaults, class bodies) are not tried here: a fork has imported it already.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402 - the path comes first
from tests.mutation.ledger import table  # noqa: E402
from tests.mutation.session import SOURCE, Session  # noqa: E402

TESTS = ("tests/verifier", "tests/mutation/each_case.py")
FOLDER = ROOT / "build" / "mutation"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", help="such as jose status/check; all without")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("MUTATION_SECONDS") or 600))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--tests", nargs="+", default=TESTS, help="other tests, quicker or more")
    parser.add_argument("--budget", type=float, default=12, help="seconds of tests that a mutant may cost")
    parser.add_argument("--most", type=int, default=10_000, help="mutants of a module: a random sample")
    parser.add_argument("--again", action="store_true", help="try those anew that no test noticed")
    parser.add_argument("--scores", action="store_true", help="only tell what is known")
    options = parser.parse_args(arguments)
    if not options.scores:
        session = Session(
            options.modules,
            seconds=options.seconds,
            folder=options.folder,
            budget=options.budget,
            most=options.most,
            again=options.again,
        )
        plain = ["-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
        pytest.main([*plain, *options.tests], plugins=[session])
    print(table(SOURCE))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Fuzzes for FUZZ_SECONDS (default 300), going on where the last run ended, and prints the counts as JSON.

FUZZ_JOBS processes (default 2) try seeds, each seed once, ever: their state files hold the next seed and all counts so
far. Time is shared out so that a run of half an hour reaches the figures of GOALS. An input may take two seconds of
processor time, a process one gibibyte more than it began with. With Atheris installed (requirements/fuzz.txt) a
quarter of the time goes to it, on targets that take the hostile bytes themselves; its findings of coverage stay in
build/fuzz/corpus.

What breaks a promise is kept in build/fuzz/crashes with the traceback, and the exit code is 1; `--repeat NAME SEED`
tries that seed again. Turn it into a case below tests/cases, numbered from 975, and mend it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--atheris"]:  # it instruments the verifier, which must not have been imported yet
        from tests.fuzz.guided import run_atheris

        run_atheris(arguments[1], arguments[2:])
        return 0
    from tests.fuzz.campaign import run

    return run(arguments, script=__file__, folder=ROOT / "build" / "fuzz", description=__doc__ or "")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

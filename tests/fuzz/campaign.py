"""A run of `make fuzz`: processes over the seeds, then Atheris, then the counts of this run and of all runs."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fuzz.guided import guided
from tests.fuzz.seeded import GOALS, GROUPS, limit_memory, load, repeat, seeded, totals

__all__ = ["run"]

_ATHERIS_SHARE = 0.25


def _in_processes(seconds: float, folder: Path, jobs: int, script: str) -> list[str]:
    """Runs `jobs` processes over the seeds, side by side; the crashes that they kept."""
    command = [sys.executable, script, "--seconds", str(seconds), "--folder", str(folder), "--worker"]
    started = [subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE) for number in range(jobs)]
    crashes: list[str] = []
    for number, process in enumerate(started):
        out, _ = process.communicate(timeout=seconds + 300)
        if process.returncode:
            crashes.append(f"process {number} ended with {process.returncode}")
        else:
            crashes += json.loads(out)["crashes"]
    return crashes


def _parser(folder: Path, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FUZZ_SECONDS") or 300))
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("FUZZ_JOBS") or 2))
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--seeded-only", action="store_true", help="leave Atheris out")
    parser.add_argument("--repeat", nargs=2, metavar=("NAME", "SEED"), help="try one seed again")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser


def _summary(folder: Path, before: dict[str, dict[str, Any]], crashes: list[str]) -> dict[str, Any]:
    """Counts of this run and of all runs, by group of targets."""
    after = load(folder)
    ever, old = totals(after), totals(before)
    return {
        "tried": {group: ever[group] - old[group] for group in GROUPS},
        "ever": ever,
        "processor_seconds_ever": round(sum(each["seconds"] for each in after.values())),
        "answers_ever": {name: each["counts"] for name, each in after.items()},
        "slowest_ms_ever": {name: round(each["slowest"] * 1000, 1) for name, each in after.items()},
        "crashes": crashes,
    }


def run(arguments: list[str], *, script: str, folder: Path, description: str) -> int:
    """The exit code: 1 if a promise was broken or a process died."""
    options = _parser(folder, description).parse_args(arguments)
    if options.repeat:
        print(repeat(options.repeat[0], options.repeat[1]))
        return 0
    if options.worker is not None:
        limit_memory()
        print(json.dumps(seeded(options.seconds, options.folder, worker=options.worker)))
        return 0
    use = not options.seeded_only and importlib.util.find_spec("atheris") is not None
    print(f"fuzzing for {options.seconds:g} s{' with Atheris' if use else ''}", file=sys.stderr, flush=True)
    before = load(options.folder)
    share = 1 - _ATHERIS_SHARE if use else 1.0
    crashes = _in_processes(options.seconds * share, options.folder, options.jobs, script)
    found = guided(options.seconds * (1 - share), options.folder, script, jobs=options.jobs) if use else {}
    result = {"seconds": options.seconds, **_summary(options.folder, before, crashes), "atheris": found}
    print(json.dumps(result, indent=1))
    for group, goal in GOALS.items():
        share_of_goal = int(goal * options.seconds / 1800)
        print(f"{group}: {result['tried'][group]:,} tried, wanted {share_of_goal:,}", file=sys.stderr)
    print(f"wrongly accepted or crashed: {len(crashes)}", file=sys.stderr)
    return 1 if crashes or any(each["exit"] for each in found.values()) else 0

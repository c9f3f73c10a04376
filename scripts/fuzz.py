"""Fuzzes for FUZZ_SECONDS (default 300), going on where the last run ended, and prints the counts as JSON.

Every seed is tried once, ever: the state file remembers the next one of each target. With Atheris installed
(requirements/fuzz.txt) half of the time goes to it, on targets that take the hostile bytes themselves; its findings of
coverage stay in build/fuzz/corpus. What breaks a promise is kept in build/fuzz/crashes, and the exit code is 1: turn it
into a case below tests/cases, numbered from 975, and mend it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "build" / "fuzz"
_SLICE = 1.0
_MOST = 20


def seeded(seconds: float, folder: Path) -> dict[str, Any]:
    """Tries seed after seed of every target in turn, for `seconds`."""
    from tests.fuzz.targets import SEEDED

    state_file = folder / "state.json"
    state: dict[str, int] = json.loads(state_file.read_text()) if state_file.exists() else {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in SEEDED}
    crashes: list[str] = []
    end = time.monotonic() + seconds
    piece = min(_SLICE, seconds / len(SEEDED))
    while time.monotonic() < end and len(crashes) < _MOST:
        for name, target in SEEDED.items():
            until = min(end, time.monotonic() + piece)
            while time.monotonic() < until:
                seed = state.get(name, 0)
                state[name] = seed + 1
                try:
                    counts[name][target(f"{name} {seed}".encode())] += 1
                except Exception:
                    crashes.append(_keep(folder, name, seed))
    folder.mkdir(parents=True, exist_ok=True)
    state_file.write_text(json.dumps(state, indent=1, sort_keys=True))
    tried = {name: sum(count.values()) for name, count in counts.items()}
    return {
        "tried": sum(tried.values()),
        "ever": sum(state.values()),
        "targets": {name: dict(count.most_common()) for name, count in counts.items()},
        "crashes": crashes,
    }


def _keep(folder: Path, name: str, seed: int) -> str:
    crash = folder / "crashes" / f"{name}-{seed}.txt"
    crash.parent.mkdir(parents=True, exist_ok=True)
    crash.write_text(f"{name} {seed}\n\n{traceback.format_exc()}")
    return f"{name} {seed}"


def guided(seconds: float, folder: Path) -> dict[str, Any]:
    """Runs Atheris on every raw target, one process each, for `seconds` in all."""
    from tests.fuzz.targets import RAW, examples

    found: dict[str, Any] = {}
    for name in RAW:
        corpus = folder / "corpus" / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(examples(name)):
            (corpus / f"example-{number}").write_bytes(data)
        command = [sys.executable, __file__, "--atheris", name, str(corpus)]
        command += [
            f"-max_total_time={max(1, int(seconds / len(RAW)))}",
            "-max_len=20000",
            "-rss_limit_mb=1024",
        ]
        command += [f"-artifact_prefix={folder / 'crashes' / name}-", "-print_final_stats=1"]
        (folder / "crashes").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 120)
        runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        found[name] = {
            "runs": int(runs[1]) if runs else 0,
            "kept": len(list(corpus.iterdir())),
            "exit": done.returncode,
        }
        if done.returncode:
            (folder / "crashes" / f"{name}.log").write_text(done.stderr[-20_000:])
    return found


def _atheris(name: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["lcert_verifier"]):
        from tests.fuzz.targets import RAW

    target = RAW[name]

    def one(data: bytes) -> None:
        target(data)

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--atheris"]:
        _atheris(arguments[1], arguments[2:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FUZZ_SECONDS") or 300))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seeded-only", action="store_true", help="leave Atheris out")
    options = parser.parse_args(arguments)
    use = not options.seeded_only and importlib.util.find_spec("atheris") is not None
    print(f"fuzzing for {options.seconds:g} s{' with Atheris' if use else ''}", file=sys.stderr, flush=True)
    result = {"seconds": options.seconds, **seeded(options.seconds / (2 if use else 1), options.folder)}
    result["atheris"] = guided(options.seconds / 2, options.folder) if use else None
    failed = bool(result["crashes"]) or (use and any(each["exit"] for each in result["atheris"].values()))
    print(json.dumps(result, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

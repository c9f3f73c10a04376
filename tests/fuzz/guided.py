"""Atheris on every raw target, one process each: it finds its own way by the coverage of the verifier."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

__all__ = ["guided", "run_atheris"]


def guided(seconds: float, folder: Path, script: str, *, jobs: int) -> dict[str, Any]:
    """Runs `script --atheris NAME` on every raw target, `jobs` at a time, for `seconds` in all."""
    from tests.fuzz.targets import RAW

    each = max(1, int(seconds * jobs / len(RAW)))
    with ThreadPoolExecutor(jobs) as pool:
        done = pool.map(lambda name: _run(name, each, folder, script), RAW)
        return dict(zip(RAW, done, strict=True))


def _run(name: str, seconds: int, folder: Path, script: str) -> dict[str, Any]:
    from tests.fuzz.targets import examples

    corpus = folder / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    (folder / "crashes").mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(examples(name)):
        (corpus / f"example-{number}").write_bytes(data)
    command = [
        sys.executable,
        script,
        "--atheris",
        name,
        str(corpus),
        f"-max_total_time={seconds}",
        "-max_len=20000",
        "-rss_limit_mb=1024",
        "-timeout=10",
        f"-artifact_prefix={folder / 'crashes' / name}-",
        "-print_final_stats=1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 300)
    if done.returncode:
        (folder / "crashes" / f"{name}.log").write_text(done.stderr[-20_000:])
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    return {
        "runs": int(runs[1]) if runs else 0,
        "kept": len(list(corpus.iterdir())),
        "exit": done.returncode,
    }


def run_atheris(name: str, arguments: list[str]) -> None:
    """Fuzzes one raw target in this process, until libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["lcert_verifier"]):
        from tests.fuzz.targets import RAW

    target = RAW[name]

    def one(data: bytes) -> None:
        target(data)

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()

"""Measures a programme of N certificates: issuing, publishing, verifying (`python -m bench.programme 1000`).

Everything is done by the installed programs in a temporary folder, as an operator would; only verification is timed
inside this process, because starting Python would hide it.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.forms import form

from lcert_verifier import Verdict, Verifier

__all__ = ["main"]

PROGRAM = Path(sys.executable).parent / "lcert"


def flat(value: Any, path: str = "") -> dict[str, str]:
    """A JSON form as CSV cells: names with dots and positions, lists of plain words joined by `;`."""
    if isinstance(value, dict):
        parts = [flat(item, f"{path}.{name}" if path else name) for name, item in value.items()]
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        parts = [flat(item, f"{path}.{position}") for position, item in enumerate(value)]
    else:
        return {path: ";".join(value) if isinstance(value, list) else str(value)}
    return {name: cell for part in parts for name, cell in part.items()}


def timed(label: str, work: Callable[[], Any], *, count: int = 1, unit: str = "") -> Any:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    rate = f"{count / seconds:10,.0f} {unit} a second" if unit else ""
    print(f"{label:<46} {seconds:8.2f} s {rate}", flush=True)
    return result


def lcert(*args: str) -> str:
    done = subprocess.run([str(PROGRAM), *args], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def write_csv(path: Path, count: int) -> None:
    rows = [
        flat(form(holder__legalName=f"Holder {i} Ltd", holder__domains__0__name=f"holder-{i}.example"))
        for i in range(count)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 500
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LCERT_HOME"] = str(folder / "var")
        write_csv(folder / "forms.csv", count)
        timed(
            "init", lambda: lcert("init", "--name", "Bench", "--base-url", "http://127.0.0.1:8080", "--json")
        )
        issued = timed(
            f"issue and publish {count} certificates",
            lambda: lcert("issue", "--csv", str(folder / "forms.csv"), "--json"),
            count=count,
            unit="certificates",
        )
        number = json.loads(issued.splitlines()[0])["number"]
        timed(
            "suspend one, and publish", lambda: lcert("suspend", number, "--reason", "unspecified", "--json")
        )
        timed("publish everything again", lambda: lcert("publish", "--full", "--json"))
        timed(
            "draw one certificate's badge kit", lambda: lcert("badge", number, "--out", str(folder / "kit"))
        )
        public = folder / "var" / "public"
        bundle = (public / "bundle.zip").read_bytes()
        print(f"{'the offline bundle':<46} {len(bundle) / 2**20:8.2f} MiB")
        tokens = [path.read_text(encoding="ascii") for path in sorted((public / "c").glob("*/1.jwt"))]
        verifier = timed("open the bundle", lambda: Verifier.from_bundle(bundle))
        first = timed("verify the first token", lambda: verifier.verify(tokens[0]))
        reports = timed(
            f"verify {len(tokens)} tokens offline",
            lambda: list(verifier.verify_many(tokens)),
            count=len(tokens),
            unit="tokens",
        )
        accepted = sum(report.verdict is Verdict.ACCEPTED for report in reports)
        print(
            f"{accepted} accepted, {len(reports) - accepted} not (one is suspended); first: {first.code.value}"
        )
    return 0 if accepted == count - 1 else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

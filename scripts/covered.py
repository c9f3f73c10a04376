"""Prints how much of each room the tests reach, from build/coverage/coverage.json: lines, branches, and what is missed.

`make coverage` makes that file. Exit code 1 when a room is below what it must reach: 100 % of the branches of verifier
and keys, 90 % of the others.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "coverage" / "coverage.json"
ROOMS = {"verifier": 100.0, "keys": 100.0, "issuer": 90.0, "web": 90.0}
"""Room -> percent of its branches that must be reached."""


def rooms(report: dict[str, Any]) -> dict[str, Counter[str]]:
    """Counts by room: statements, lines reached, branches, branches reached."""
    found: dict[str, Counter[str]] = {room: Counter() for room in ROOMS}
    for path, file in report["files"].items():
        summary = file["summary"]
        found[path.split("/")[0]].update(
            {
                "statements": summary["num_statements"],
                "reached": summary["covered_lines"],
                "branches": summary["num_branches"],
                "taken": summary["covered_branches"],
            }
        )
    return found


def percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def missed(report: dict[str, Any], room: str) -> list[str]:
    """File and lines or branches that no test reaches, in one room."""
    lines = []
    for path, file in sorted(report["files"].items()):
        if not path.startswith(f"{room}/"):
            continue
        branches = [f"{begin}->{end}" for begin, end in file["missing_branches"]]
        if file["missing_lines"] or branches:
            lines.append(f"{path}: {' '.join([*map(str, file['missing_lines']), *branches])}")
    return lines


def main(arguments: list[str]) -> int:
    report = json.loads(Path(arguments[0] if arguments else REPORT).read_text(encoding="utf-8"))
    low = []
    for room, counts in rooms(report).items():
        line, branch = (
            percent(counts["reached"], counts["statements"]),
            percent(counts["taken"], counts["branches"]),
        )
        print(
            f"{room:10} {line:6.2f} % of {counts['statements']} lines, {branch:6.2f} % of {counts['branches']} branches"
        )
        if branch < ROOMS[room]:
            low.append(room)
    for room in low:
        print("\n".join(missed(report, room)))
        print(f"{room}: below {ROOMS[room]:g} % of branches", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

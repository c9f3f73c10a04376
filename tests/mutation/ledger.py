"""What mutation has found, kept in the repository: `scores.json`, one entry a module, written by the driver.

`source` is the digest of the module the figures are of; another one makes the entry stale, not wrong. Mutants are tried
in a random order that the module's name decides, so fewer `tried` than `mutants` is a random sample. `left` names the
mutants that no test noticed, and survivors.md says why some of them are no gap.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["FILE", "SURVIVORS", "digest", "entry", "explained", "faults", "keep", "read", "table"]

FILE = Path(__file__).with_name("scores.json")
SURVIVORS = Path(__file__).with_name("survivors.md")
_ROW = re.compile(r"^\| `([\w/]+)` \| (.*) \| .* \|$", re.MULTILINE)


def digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def entry(source: str, mutants: int, results: Mapping[str, str]) -> dict[str, Any]:
    """`results` are those of the module's mutants, by a name that is unique in it."""
    found = Counter(result.split(" by ")[0] for result in results.values())
    left = sorted(name for name, result in results.items() if result in ("survived", "not reached"))
    return {
        "source": digest(source),
        "mutants": mutants,
        "tried": found["killed"] + len(left),
        "killed": found["killed"],
        "left": left,
    }


def read(file: Path = FILE) -> dict[str, dict[str, Any]]:
    value: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return value


def keep(name: str, told: dict[str, Any], file: Path = FILE) -> None:
    """Replaces the entry of one module; what another run wrote of others stays."""
    every = read(file) | {name: told}
    new = file.with_suffix(".new")
    new.write_text(json.dumps(every, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(file)


def explained(text: str | None = None) -> dict[str, set[str]]:
    """By module, the mutants that survivors.md gives a reason for."""
    found: dict[str, set[str]] = {}
    for module, mutants in _ROW.findall(SURVIVORS.read_text(encoding="utf-8") if text is None else text):
        found.setdefault(module, set()).update(re.findall(r"`([^`]+)`", mutants))
    return found


def faults(every: Mapping[str, Mapping[str, Any]], folder: Path) -> list[str]:
    """What cannot be true of a ledger that the driver wrote. That a module changed since is none."""
    found = []
    for name, told in every.items():
        if not (folder / f"{name}.py").is_file():
            found.append(f"{name}: no such module")
        if not re.fullmatch("[0-9a-f]{16}", told["source"]):
            found.append(f"{name}: no digest")
        if told["left"] != sorted(set(told["left"])):
            found.append(f"{name}: mutants named twice or out of order")
        if not 0 <= told["killed"] <= told["tried"] <= told["mutants"]:
            found.append(f"{name}: more than there are")
        if told["killed"] + len(told["left"]) != told["tried"]:
            found.append(f"{name}: does not add up")
    return found


def table(folder: Path, every: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The score of each module and of all, with what is stale, a sample, or missing."""
    every = read() if every is None else every
    reasons, total, lines = explained(), Counter[str](), []
    for name, told in sorted(every.items()):
        source = folder / f"{name}.py"
        stale = not source.is_file() or digest(source.read_text(encoding="utf-8")) != told["source"]
        counts = {
            "mutants": told["mutants"],
            "tried": told["tried"],
            "killed": told["killed"],
            "explained": len(reasons.get(name, set()) & set(told["left"])),
        }
        total.update(counts)
        sample = f", a sample of {told['mutants']}" if told["tried"] < told["mutants"] else ""
        lines.append(_line(name, counts) + sample + (", stale" if stale else ""))
    names = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.py")}
    missing = sorted(names - every.keys())
    lines.append(_line("all", total) + f" ({total['mutants']} mutants)")
    return "\n".join([*lines, *(["never tried: " + " ".join(missing)] if missing else [])])


def _line(name: str, counts: Mapping[str, int]) -> str:
    tried, killed = counts["tried"], counts["killed"]
    share = 100 * killed / tried if tried else 100.0
    rest = tried - killed
    left = f", {rest} left of which {counts['explained']} explained" if rest else ""
    return f"{name:20} {share:5.1f} %  {killed} of {tried} killed{left}"

"""Writes the case corpus below tests/cases anew: the same keys, the same clock, the same bytes.

`--check` only tells what differs; `--large FOLDER` writes the inputs that are too large to keep, for clients in other
languages; `--list` prints every case as one JSON object a line: folder, verdict, code, settings.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.cases.book.cases import HERE, stored_cases  # noqa: E402 - the path comes first
from tests.cases.book.large import make  # noqa: E402
from tests.cases.book.shelf import CRASHES, corpus  # noqa: E402


def differences() -> list[str]:
    """What on disk is not as made from the book."""
    wanted = {f"{folder}/{path}": data for folder, files in corpus().items() for path, data in files.items()}
    folders = [folder for folder in HERE.glob("[0-9][0-9][0-9]-*") if int(folder.name[:3]) < CRASHES]
    there = {
        str(path.relative_to(HERE)): path.read_bytes()
        for folder in (*folders, HERE / "issuers")
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))


def write() -> None:
    for folder in (*HERE.glob("[0-9][0-9][0-9]-*"), HERE / "issuers"):
        if folder.name == "issuers" or int(folder.name[:3]) < CRASHES:
            shutil.rmtree(folder, ignore_errors=True)
    for name, files in corpus().items():
        for path, data in files.items():
            (HERE / name / path).parent.mkdir(parents=True, exist_ok=True)
            (HERE / name / path).write_bytes(data)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--large", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if options.list:
        for case in stored_cases():
            line = {"folder": str(case.folder), "verdict": case.verdict, "code": case.code, **case.settings}
            print(json.dumps(line))
        return 0
    if options.large is not None:
        for case in stored_cases():
            if case.made:
                (options.large / case.name).mkdir(parents=True, exist_ok=True)
                (options.large / case.name / case.settings["input"]).write_bytes(make(case.settings["input"]))
        return 0
    if options.check:
        found = differences()
        print("\n".join(found) or "the corpus is as its book says")
        return 1 if found else 0
    write()
    print(f"{len(stored_cases())} cases")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

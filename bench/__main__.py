"""`make bench`: measures every row, prints the table, and writes it to docs/performance.md.

With the beginnings of rows' names as arguments it measures only these and writes nothing.
"""

from __future__ import annotations

import pkgutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from . import rows as package
from .harness import Measured, Row, Skipped, measure
from .table import markdown, splice, text

__all__ = ["main"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(arguments: list[str]) -> int:
    """0 when all was measured, whatever came out: a miss is a finding, not a failure."""
    start = time.monotonic()
    wanted = tuple(arguments)
    results: list[Measured | Skipped] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = import_module(f"{package.__name__}.{info.name}")
        if wanted and not any(name.startswith(wanted) for name in module.NAMES):
            continue
        for result in _measured(module, wanted):
            results.append(result)
            print(text([result]), flush=True)
    took = time.monotonic() - start
    missed = [row.name for row in results if isinstance(row, Measured) and row.passed is False]
    print(f"\n{len(results)} rows in {took:.0f} s; missed: {', '.join(missed) or 'none'}")
    if not wanted:
        splice(PAGE, markdown(results, datetime.now(UTC), took))
        print(f"written to {PAGE.relative_to(PAGE.parent.parent)}")
    return 0 if results else 64


def _measured(module: Any, wanted: tuple[str, ...]) -> Iterator[Measured | Skipped]:
    """A module's rows, one after the other. What cannot start or fails is told of, and stops none of the others."""
    seen: set[str] = set()
    with ExitStack() as stack:
        try:
            for row in module.rows(stack):
                seen.add(row.name)
                if wanted and not row.name.startswith(wanted):
                    continue
                yield _tried(row) if isinstance(row, Row) else row
        except Exception as fault:
            for name in module.NAMES:
                if name not in seen and (not wanted or name.startswith(wanted)):
                    yield Skipped(name=name, what=name, why=_why(fault))


def _tried(row: Row) -> Measured | Skipped:
    try:
        return measure(row)
    except Exception as fault:
        return Skipped(name=row.name, what=row.what, why=_why(fault))


def _why(fault: Exception) -> str:
    return f"failed: {type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

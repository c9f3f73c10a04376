"""`make bench`: measures every row, prints the table, and writes it to docs/performance.md.

With the beginnings of rows' names as arguments it measures only these and writes nothing.
"""

from __future__ import annotations

import pkgutil
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

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
        with ExitStack() as stack:
            for row in module.rows(stack):
                if wanted and not row.name.startswith(wanted):
                    continue
                result = measure(row) if isinstance(row, Row) else row
                results.append(result)
                print(text([result]), flush=True)
    took = time.monotonic() - start
    missed = [row.name for row in results if isinstance(row, Measured) and row.passed is False]
    print(f"\n{len(results)} rows in {took:.0f} s; missed: {', '.join(missed) or 'none'}")
    if not wanted:
        splice(PAGE, markdown(results, datetime.now(UTC), took))
        print(f"written to {PAGE.relative_to(PAGE.parent.parent)}")
    return 0 if results else 64


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

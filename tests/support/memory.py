"""How much memory a process and its children hold, as Linux tells it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resident_of_tree"]


def resident_of_tree(pid: int) -> float:
    """MiB that are private to the process `pid` and to everything below it; 0 where /proc does not say."""
    total, waiting = 0, [pid]
    while waiting:
        each = waiting.pop()
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            for listing in Path(f"/proc/{each}/task").glob("*/children"):
                waiting += [int(word) for word in listing.read_text().split()]
        except OSError:
            continue
        for line in rollup.splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1])
    return total / 1024

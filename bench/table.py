"""The table of a run, for the terminal and for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .harness import Measured, Skipped
from .machine import describe

__all__ = ["markdown", "splice", "text"]

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
Result = Measured | Skipped


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def ratio(value: float) -> str:
    return (
        f"{value:.0f}"
        if value >= 100
        else f"{value:.1f}"
        if value >= 10
        else f"{value:.2f}"
        if value >= 0.1
        else f"{value:.3f}"
    )


def verdict(row: Measured) -> str:
    return "" if row.passed is None else "pass" if row.passed else "MISS"


def _cells(row: Measured) -> tuple[str, ...]:
    plain = row.limit is None
    show = seconds if plain else ratio
    wanted = "" if row.target is None else ("≥ " if row.at_least else "≤ ") + show(row.target)
    return (
        row.name,
        row.what,
        "" if plain else f"{row.limit_is} {seconds(row.limit or 0)}",
        ", ".join(f"{name} {show(value)}" for name, value in row.peers.items()),
        seconds(row.ours),
        "" if plain else f"{ratio(row.ratio)} ({ratio(row.low)}-{ratio(row.high)})",
        wanted,
        verdict(row),
    )


HEAD = ("row", "what", "limit", "peers", "ours", "ratio (quartiles)", "target", "")


def text(results: Sequence[Result]) -> str:
    """For the terminal: three short lines a row."""
    lines = []
    for row in results:
        if isinstance(row, Skipped):
            lines.append(f"  --   {row.name}: {row.why}")
            continue
        name, what, limit, peers, ours, found, wanted, word = _cells(row)
        lines.append(f"{word or '  --':>6} {name}: {found or ours}  target {wanted or 'none'}    {what}")
        lines.append(f"       ours {ours}; limit: {limit or 'none'}" + (f"; peers: {peers}" if peers else ""))
    return "\n".join(lines)


def markdown(results: Sequence[Result], when: datetime, took: float) -> str:
    lines = [BEGIN, f"Measured on {when:%Y-%m-%d} in {took / 60:.1f} minutes, on:", ""]
    lines += [f"- {line}" for line in describe()]
    lines += ["", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for row in results:
        if isinstance(row, Measured):
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(row)) + " |")
    left = [row for row in results if isinstance(row, Skipped)]
    if left:
        lines += [
            "",
            "Not measured in this run: " + "; ".join(f"{row.what} ({row.why})" for row in left) + ".",
        ]
    notes = [row for row in results if isinstance(row, Measured) and row.note]
    if notes:
        lines += ["", *(f"- `{row.name}`: {row.note}" for row in notes)]
    return "\n".join([*lines, END])


def splice(page: Path, table: str) -> None:
    """Puts the table where the last one stood; the text around it is kept."""
    old = page.read_text(encoding="utf-8")
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    if not rest or END not in rest:
        raise ValueError(f"{page} has no place for the table")
    page.write_text(before + table + after, encoding="utf-8")

"""Table and plots of the growth figures, in docs/performance.md and docs/images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from .machine import describe

__all__ = ["plot", "write_page"]

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]

_DOCS = Path(__file__).resolve().parent.parent / "docs"
_BEGIN, _END = "<!-- growth: begin -->", "<!-- growth: end -->"
_COLOURS = ("#0b6e4f", "#b3541e", "#3a5fcd", "#8b1a62", "#5a5a5a", "#c59b08", "#1b8a9e")
_SMALL = ("issue", "withdraw", "publish after a change", "publish, nothing new", "verify by number",
          "directory, a name and a state", "page of changes", "start-up")  # fmt: skip
_WHOLE = ("publish everything", "bundle build", "bundle check")


def write_page(figures: Figures) -> None:
    """Replaces what stands between the marks, or adds it at the end."""
    page = _DOCS / "performance.md"
    text = page.read_text(encoding="utf-8")
    parts = [_BEGIN, "", *(f"- {line}" for line in describe()), ""]
    for database, sizes in figures.items():
        (_DOCS / "images" / f"growth-{database}.svg").write_text(plot(database, sizes), encoding="utf-8")
        parts += [f"![Growth on {database}](images/growth-{database}.svg)", "", *_table(database, sizes), ""]
    block = "\n".join([*parts, _END])
    if _BEGIN in text:
        before, _, rest = text.partition(_BEGIN)
        text = before + block + rest.partition(_END)[2]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")


def _table(database: str, sizes: Mapping[str, Mapping[str, float]]) -> list[str]:
    order = sorted(sizes, key=int)
    names = list(dict.fromkeys(name for size in order for name in sizes[size]))
    head = [f"| {database}, certificates | {' | '.join(f'{int(size):,}' for size in order)} |"]
    return [
        *head,
        "|---|" + "---|" * len(order),
        *(
            f"| {name} | {' | '.join(_shown(name, sizes[size].get(name)) for size in order)} |"
            for name in names
        ),
    ]


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name == "load":
        return f"{value:.1f}"
    if name.startswith("certificates a second"):
        return f"{value:,.0f}"
    if name.endswith("bytes"):
        return f"{value / 2**20:,.1f} MiB"
    return f"{value:,.1f} s" if value >= 1 else f"{value * 1000:,.1f} ms"


def plot(database: str, sizes: Mapping[str, Mapping[str, float]]) -> str:
    """Seconds over certificates, both axes logarithmic: what grows linearly rises by one decade a decade."""
    order = sorted(int(size) for size in sizes)
    left, top, width, height = 70, 30, 520, 320
    low, high = -4, 4
    first, last = math.log10(order[0]), math.log10(max(order[-1], order[0] * 10))

    def x(size: float) -> float:
        return left + (math.log10(size) - first) / (last - first) * width

    def y(seconds: float) -> float:
        return top + (high - math.log10(max(seconds, 1e-4))) / (high - low) * height

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" role="img" font-family="sans-serif" '
        f'font-size="12"><title>Growth on {database}</title><rect width="800" height="400" fill="#fff"/>'
    ]
    for decade in range(low, high + 1):
        at = y(10.0**decade)
        label = f"{10**decade:g} s" if decade >= 0 else f"{10 ** (decade + 3):g} ms"
        lines.append(f'<path d="M{left} {at:.0f}h{width}" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 8}" y="{at + 4:.0f}" text-anchor="end">{label}</text>')
    for size in order:
        lines.append(f'<text x="{x(size):.0f}" y="{top + height + 20}" text-anchor="middle">{size:,}</text>')
    for n, name in enumerate((*_SMALL, *_WHOLE)):
        colour = _COLOURS[n % len(_COLOURS)]
        dashes = ' stroke-dasharray="6 3"' if name in _WHOLE else ""
        points = [(x(size), y(sizes[str(size)][name])) for size in order if name in sizes[str(size)]]
        path = " ".join(f"{px:.0f},{py:.0f}" for px, py in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        lines += [f'<circle cx="{px:.0f}" cy="{py:.0f}" r="3" fill="{colour}"/>' for px, py in points]
        key = top + 14 + n * 20
        lines.append(f'<path d="M610 {key - 4}h24" stroke="{colour}" stroke-width="2"{dashes}/>')
        lines.append(f'<text x="640" y="{key}">{name}</text>')
    return "\n".join([*lines, "</svg>", ""])

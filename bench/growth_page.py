"""Table and plots of the growth figures, in docs/performance.md and docs/images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .machine import describe

__all__ = ["plot", "write_page"]

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]

_DOCS = Path(__file__).resolve().parent.parent / "docs"
_BEGIN, _END = "<!-- growth: begin -->", "<!-- growth: end -->"
_COLOURS = (
    "#0b6e4f",
    "#b3541e",
    "#3a5fcd",
    "#8b1a62",
    "#5a5a5a",
    "#c59b08",
    "#1b8a9e",
    "#d1495b",
    "#6a4c93",
    "#2f2f2f",
    "#7a9e1f",
    "#a0522d",
)
_SMALL = ("issue", "withdraw", "publish after a change", "publish, nothing new", "verify by number",
          "directory, a name and a state", "directory, one in a hundred", "directory, a domain",
          "page of changes", "start-up")  # fmt: skip
_MEMORY = ("memory bytes", "memory, publishing everything, bytes", "memory, building the bundle, bytes")
_LEFT, _WIDTH = 80, 520
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
    """Seconds, and below them memory, over certificates; all axes logarithmic: what grows linearly rises by one decade
    a decade."""
    order = sorted(int(size) for size in sizes)
    first, last = math.log10(order[0]), math.log10(max(order[-1], order[0] * 10))

    def x(size: float) -> float:
        return _LEFT + (math.log10(size) - first) / (last - first) * _WIDTH

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 540" role="img" font-family="sans-serif" '
        f'font-size="12"><title>Growth on {database}</title><rect width="880" height="540" fill="#fff"/>'
    ]
    times = _Panel(top=30, height=320, low=-4, high=4, unit=1, label=_seconds)
    memory = _Panel(top=400, height=90, low=1, high=4, unit=2**20, label=lambda decade: f"{10**decade} MiB")
    for panel, names in ((times, (*_SMALL, *_WHOLE)), (memory, _MEMORY)):
        lines += panel.grid()
        for n, name in enumerate(names):
            colour = _COLOURS[n % len(_COLOURS)]
            dashes = ' stroke-dasharray="6 3"' if name in _WHOLE else ""
            points = [
                (x(size), panel.y(sizes[str(size)][name])) for size in order if name in sizes[str(size)]
            ]
            path = " ".join(f"{px:.0f},{py:.0f}" for px, py in points)
            lines.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
            )
            lines += [f'<circle cx="{px:.0f}" cy="{py:.0f}" r="3" fill="{colour}"/>' for px, py in points]
            key = panel.top + 14 + n * 20
            lines.append(f'<path d="M620 {key - 4}h24" stroke="{colour}" stroke-width="2"{dashes}/>')
            lines.append(f'<text x="650" y="{key}">{name.removesuffix(" bytes").removesuffix(",")}</text>')
    for size in order:
        for panel in (times, memory):
            below = panel.top + panel.height + 20
            lines.append(f'<text x="{x(size):.0f}" y="{below}" text-anchor="middle">{size:,}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _seconds(decade: int) -> str:
    return f"{10**decade:g} s" if decade >= 0 else f"{10 ** (decade + 3):g} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """A part of the picture with an axis of its own, from 10 to the power of `low` units to that of `high`."""

    top: int
    height: int
    low: int
    high: int
    unit: float
    label: Callable[[int], str]

    def y(self, value: float) -> float:
        decades = math.log10(max(value / self.unit, 10.0**self.low))
        return self.top + (self.high - decades) / (self.high - self.low) * self.height

    def grid(self) -> Iterator[str]:
        for decade in range(self.low, self.high + 1):
            at = self.y(10.0**decade * self.unit)
            yield f'<path d="M{_LEFT} {at:.0f}h{_WIDTH}" stroke="#ddd"/>'
            yield f'<text x="{_LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{self.label(decade)}</text>'

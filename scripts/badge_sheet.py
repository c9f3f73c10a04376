"""Draws every badge onto one sheet, to be looked at: `python scripts/badge_sheet.py OUT.png [--svg CHROMIUM]`.

`--langs en,de,fr,es,ja,ar` lays languages across.
Without `--svg` the PNG renderer draws; with it, the SVGs are shown by a headless browser, so that the two
sheets can be laid beside each other. States run down, themes and sizes across; hostile names come last.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from lcert_issuer.badge.artwork import Kind, Size, Theme, pixel_size, render_svg
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.png import render_png
from lcert_issuer.badge.qr import live_code

GAP = 16
GROUNDS: dict[Theme, str] = {"light": "#eef1f5", "dark": "#0a1120"}
EXAMPLES = {
    BadgeState.ACTIVE: ("LC-2024-0001", "Quillwater Compose 3.1", "quillwater.example"),
    BadgeState.SUSPENDED: ("LC-2024-0003", "Nightjar Studio Voices", "nightjar.example"),
    BadgeState.WITHDRAWN: ("LC-2024-0005", "Brackenfold Motion", "brackenfold.example"),
    BadgeState.TERMINATED: ("LC-2025-0011", "Saltmeadow Canvas + 2 more", "saltmeadow.example"),
    BadgeState.EXPIRED: ("LC-2024-0004", "Tallow 7B", "tallowpike.example"),
    BadgeState.SCHEDULED: ("LC-2025-0009", "Hollowreed Foley", "hollowreed.example"),
    BadgeState.SUPERSEDED: ("LC-2025-0007", "Marrowlight Narrator 2.0", "marrowlight.example"),
    BadgeState.UNKNOWN: ("LC-2024-0006", "Ostrobeat Oy", "ostrobeat.example"),
}
NAMES = [
    "Copperfen World Soundtrack Generator for Interactive Games",
    "Fernglass Imaging GmbH, every model and product of the company in every region and version since 2019",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichengenerator",
    "Ψηφιακή Μούσα 2 / Цифровая Муза",
    "ピクセルタイプ生成モデル 第二版",
    "نموذج الصوت العربي المرخّص Nightjar 2.1",
    "מודל קול מורשה",
]


def faces() -> Iterator[Face]:
    for state, (number, covered, domain) in EXAMPLES.items():
        yield _face(state, number, covered, domain)
    for index, name in enumerate(NAMES):
        domain = "a-rather-long-name-of-a-company.subsidiary.example" if index == 1 else "names.example"
        yield _face(BadgeState.ACTIVE, f"LC-2027-{index + 20:04}", name, domain)


def _face(state: BadgeState, number: str, covered: str, domain: str) -> Face:
    return Face(
        state=state,
        number=number,
        covered=covered,
        domain=domain,
        level="model",
        since=date(2027, 3, 4),
        valid_from=date(2027, 6, 20),
        valid_through=date(2027, 11, 19),
        current_edition=2,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One badge on the sheet."""

    face: Face
    theme: Theme
    size: Size
    kind: Kind
    lang: str

    def options(self) -> dict[str, Any]:
        code = live_code("https://certs.example", self.face.number) if self.kind == "label" else None
        return {"size": self.size, "kind": self.kind, "lang": self.lang, "code": code}

    def pixels(self) -> tuple[int, int]:
        return pixel_size(self.face, **self.options())


def sheet_of_pngs(cells: list[list[Cell]], scale: int) -> Image.Image:
    columns = [max(cell.pixels()[0] for cell in column) for column in cells]
    heights = [max(column[row].pixels()[1] for column in cells) for row in range(len(cells[0]))]
    width = (sum(columns) + GAP * (len(columns) + 1)) * scale
    sheet = Image.new("RGB", (width, (sum(heights) + GAP * (len(heights) + 1)) * scale), "#eef1f5")
    x = GAP
    for column, wide in zip(cells, columns, strict=True):
        y = GAP
        if column[0].theme == "dark":
            sheet.paste(
                GROUNDS["dark"], ((x - GAP // 2) * scale, 0, (x + wide + GAP // 2) * scale, sheet.height)
            )
        for cell, tall in zip(column, heights, strict=True):
            png = render_png(cell.face, theme=cell.theme, scale=scale, **cell.options())
            badge = Image.open(io.BytesIO(png)).convert("RGBA")
            sheet.paste(badge, (x * scale, y * scale), badge)
            y += tall + GAP
        x += wide + GAP
    return sheet


def sheet_of_svgs(cells: list[list[Cell]], scale: int, browser: str, out: Path) -> None:
    columns = [max(cell.pixels()[0] for cell in column) for column in cells]
    heights = [max(column[row].pixels()[1] for column in cells) for row in range(len(cells[0]))]
    with tempfile.TemporaryDirectory() as folder:
        html, x = "", GAP
        for i, (column, wide) in enumerate(zip(cells, columns, strict=True)):
            y = GAP
            if column[0].theme == "dark":
                place = f"left:{x - GAP // 2}px;top:0;width:{wide + GAP}px;height:100%"
                html += f'<div style="{place};background:{GROUNDS["dark"]}"></div>'
            for j, (cell, tall) in enumerate(zip(column, heights, strict=True)):
                svg = render_svg(cell.face, theme=cell.theme, **cell.options())
                (Path(folder) / f"{i}-{j}.svg").write_bytes(svg)
                html += f'<img src="{i}-{j}.svg" style="left:{x}px;top:{y}px">'
                y += tall + GAP
            x += wide + GAP
        page = Path(folder) / "sheet.html"
        style = "<style>body{margin:0;background:#eef1f5}img,div{position:absolute}</style>"
        page.write_text(f"<!doctype html><meta charset=utf-8>{style}{html}", encoding="utf-8")
        height = sum(heights) + GAP * (len(heights) + 1)
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={out}",
             f"--window-size={x},{height}", f"--force-device-scale-factor={scale}",
             f"--user-data-dir={folder}/profile", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--svg", metavar="CHROMIUM", help="draw the SVGs with this browser")
    parser.add_argument("--kind", choices=["wide", "square", "inline", "label"], default="wide")
    parser.add_argument("--sizes", default="sml")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--langs", default="en")
    parser.add_argument("--scale", type=int, default=1)
    given = parser.parse_args()
    themes: list[Theme] = given.themes.split(",")
    sizes: list[Size] = list(given.sizes)
    cells = [
        [Cell(face=face, theme=theme, size=size, kind=given.kind, lang=lang) for face in faces()]
        for theme in themes
        for size in sizes
        for lang in given.langs.split(",")
    ]
    if given.svg:
        sheet_of_svgs(cells, given.scale, given.svg, given.out)
    else:
        sheet_of_pngs(cells, given.scale).save(given.out)


if __name__ == "__main__":
    main()

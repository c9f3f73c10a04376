"""Makes the bundled fonts from three npm packages: needs npm, fonttools, brotli and cffsubr.

- `issuer/lcert_issuer/badge/fonts/NotoSans{JP,Arabic}-{Regular,Bold}.otf`: for badges in these scripts. Japanese has
  kana and the kanji of JIS level 1, in bold level 2 as well, because names are bold; Arabic is whole, with its
  shaping, and every glyph is also reachable as U+F0000 + its index, so that Pillow can draw what HarfBuzz chose.

Two products of Inter's static weights:

- `issuer/lcert_issuer/badge/fonts/Inter-{Regular,Bold}.otf`: what badges are drawn with. Cubic outlines on a
  1000-unit em (shorter path data than the quadratic original), no hints, kerning, and the tabular figures also
  reachable as U+E030..U+E039, so that any renderer can ask for them without OpenType features.
- `web/lcert_web/static/brand/inter-*.woff2`: what pages are set in, split by script for `unicode-range`. Bold is
  semibold too: a third weight would cost every first visit 17 kB. `make_script_fonts.py` adds Japanese and Arabic: run
  it afterwards, as `fonts.css` is written anew.
"""

from __future__ import annotations

import argparse
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import cffsubr
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

INTER = "inter-ui@4.1.1"
JAPANESE = "@fontsource/noto-sans-jp@5.3.0"
ARABIC = "@fontsource/noto-sans-arabic@5.3.0"
GLYPH_BASE = 0xF0000
ROOT = Path(__file__).resolve().parent.parent
BADGE_FONTS = ROOT / "issuer/lcert_issuer/badge/fonts"
WEB_FONTS = ROOT / "web/lcert_web/static/brand"

LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x131, 0x152, 0x153, 0x2C6, 0x2DA, 0x2DC]
PUNCTUATION = [
    *range(0x2010, 0x2028),
    *range(0x2030, 0x203B),
    0x2044,
    0x20AC,
    0x2116,
    0x2122,
    0x2190,
    0x2192,
    0x2212,
]
WIDER = [*range(0x100, 0x250), *range(0x1E00, 0x1F00), *range(0x370, 0x400), *range(0x400, 0x530)]
TABULAR_BASE = 0xE030  # private use: U+E030 is a tabular 0

KANA = [*range(0x3000, 0x3020), *range(0x3030, 0x3040), *range(0x3041, 0x3100), *range(0xFF01, 0xFFA0)]
SHAPING = ["ccmp", "fina", "init", "medi", "liga", "locl", "rlig", "kern", "mark", "mkmk"]

FACES = {
    "latin": (LATIN + PUNCTUATION, "U+0020-007E, U+00A0-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, "
              "U+2010-2027, U+2030-203A, U+2044, U+20AC, U+2116, U+2122, U+2190, U+2192, U+2212"),
    "wider": (WIDER, "U+0100-0130, U+0132-0151, U+0154-024F, U+0370-052F, U+1E00-1EFF"),
}  # fmt: skip


def subset(
    path: Path, characters: list[int], features: list[str], extra_glyphs: list[str] | None = None
) -> TTFont:
    font = TTFont(path)
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["STAT", "DSIG", "meta", "gasp"]
    subsetter = Subsetter(options=options)
    subsetter.populate(unicodes=characters, glyphs=extra_glyphs or [])
    subsetter.subset(font)
    return font


def tabular_figures(path: Path) -> list[str]:
    """Glyph names of the tabular 0..9, read from the `tnum` feature."""
    font = TTFont(path)
    gsub, cmap = font["GSUB"].table, font.getBestCmap()
    mapping: dict[str, str] = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[index].SubTable:
                mapping.update(getattr(table, "ExtSubTable", table).mapping)
    return [mapping.get(cmap[ord(digit)], cmap[ord(digit)]) for digit in "0123456789"]


def to_cubic(font: TTFont) -> None:
    """Replaces `glyf` by `CFF `: merged cubic curves, within a thousandth em of the quadratic original."""
    glyphs = font.getGlyphSet()
    order = font.getGlyphOrder()
    names: dict[int, str | None] = {i: font["name"].getDebugName(i) for i in (1, 2, 4, 5, 6)}
    charstrings: dict[str, Any] = {}
    for name in order:
        pen = T2CharStringPen(round(font["hmtx"][name][0]), glyphs)
        glyphs[name].draw(Qu2CuPen(pen, 1.0, all_cubic=True))
        charstrings[name] = pen.getCharString()
    for tag in ("glyf", "loca", "cvt ", "fpgm", "prep"):
        if tag in font:
            del font[tag]
    font.sfntVersion = "OTTO"
    builder = FontBuilder(font=font)
    builder.isTTF = False
    builder.setupCFF(names[6] or "Inter", {"FullName": names[4] or "Inter"}, charstrings, {})
    maxp = font["maxp"]
    maxp.tableVersion = 0x00005000
    for name in [n for n in vars(maxp) if n not in ("tableTag", "tableVersion", "numGlyphs")]:
        delattr(maxp, name)
    builder.setupPost(keepGlyphNames=False)


def make_badge_font(source: Path, target: Path) -> None:
    figures = tabular_figures(source)
    font = subset(source, LATIN + PUNCTUATION + WIDER, ["kern"], figures)
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format in (4, 12):
            table.cmap.update({TABULAR_BASE + i: name for i, name in enumerate(figures)})
    scale_upem(font, 1000)
    to_cubic(font)
    font.flavor = None
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    cffsubr.subroutinize(font)  # what outlines share is stored once: a third of the bytes, the same outlines
    font.save(target)


def kanji(rows: range) -> list[int]:
    """The characters of these rows of JIS X 0208: 16 to 47 are level 1, 48 to 84 level 2."""
    cells = [
        bytes([row + 0xA0, cell + 0xA0]).decode("euc_jp", "ignore") for row in rows for cell in range(1, 95)
    ]
    return [ord(cell) for cell in cells if cell]


def make_japanese_font(source: Path, target: Path, rows: range) -> None:
    font = subset(source, KANA + kanji(rows), [])
    for table in font["cmap"].tables:
        if table.isUnicode() and 0x301C in table.cmap:
            table.cmap[0xFF5E] = table.cmap[0x301C]  # the wave dash as most software types it
    _finish(font, target)


def make_arabic_font(source: Path, target: Path) -> None:
    font = subset(source, sorted(set(TTFont(source).getBestCmap())), SHAPING)
    order = font.getGlyphOrder()
    wide = CmapSubtable.newSubtable(12)
    wide.platformID, wide.platEncID, wide.language = 3, 10, 0
    wide.cmap = dict(font.getBestCmap()) | {GLYPH_BASE + index: name for index, name in enumerate(order)}
    font["cmap"].tables = [table for table in font["cmap"].tables if table.format != 12] + [wide]
    _finish(font, target)


def _finish(font: TTFont, target: Path) -> None:
    for tag in ("vhea", "vmtx", "BASE"):
        if tag in font:
            del font[tag]
    to_cubic(font)
    font.flavor = None
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    cffsubr.subroutinize(font)  # what outlines share is stored once: a third of the bytes, the same outlines
    font.save(target)


def make_web_fonts(source: Path, weight: int) -> None:
    for name, (characters, _) in FACES.items():
        font = subset(
            source, characters, ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]
        )
        font.flavor = "woff2"
        font.recalcTimestamp = False
        font.save(WEB_FONTS / f"inter-{name}-{weight}.woff2")


def font_face_css(weights: dict[int, str]) -> str:
    """`weights`: of a file -> the weights it is used for."""
    rules = [
        f'@font-face {{\n  font-family: "Inter";\n  font-style: normal;\n  font-weight: {used};\n'
        f"  font-display: swap;\n"
        f'  src: url("inter-{name}-{weight}.woff2") format("woff2");\n  unicode-range: {ranges};\n}}\n'
        for weight, used in weights.items()
        for name, (_, ranges) in FACES.items()
    ]
    return "/* Made by scripts/make_fonts.py. Inter, SIL Open Font License 1.1: see OFL.txt. */\n" + "".join(
        rules
    )


def unpacked(package: str, folder: Path, archives: Path | None) -> Path:
    """The package's content: from `archives` when its .tgz lies there, else fetched by npm."""
    stem = package.rpartition("@")[0].lstrip("@").replace("/", "-")
    found = next(iter(sorted(archives.glob(f"{stem}-*.tgz"))), None) if archives else None
    place = folder / stem
    place.mkdir()
    if found is None:
        subprocess.run(["npm", "pack", package, "--silent"], cwd=place, check=True)
        found = next(place.glob("*.tgz"))
    with tarfile.open(found) as bundle:
        bundle.extractall(place, filter="data")
    return place / "package"


def make_inter(source: Path) -> None:
    for style in ("Regular", "Bold"):
        make_badge_font(source / f"web/Inter-{style}.woff2", BADGE_FONTS / f"Inter-{style}.otf")
    for style, weight in (("Regular", 400), ("Bold", 700)):
        make_web_fonts(source / f"web/Inter-{style}.woff2", weight)
    (WEB_FONTS / "fonts.css").write_text(font_face_css({400: "400", 700: "600 700"}), encoding="utf-8")
    licence = (source / "LICENSE.txt").read_text(encoding="utf-8")
    for target in (BADGE_FONTS, WEB_FONTS):
        (target / "OFL.txt").write_text(licence, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--archives", type=Path, help="a folder with the packages' .tgz; default: npm fetches them"
    )
    archives = parser.parse_args().archives
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        BADGE_FONTS.mkdir(parents=True, exist_ok=True)
        WEB_FONTS.mkdir(parents=True, exist_ok=True)
        make_inter(unpacked(INTER, folder, archives))
        japanese, arabic = unpacked(JAPANESE, folder, archives), unpacked(ARABIC, folder, archives)
        for style, weight, rows in (("Regular", 400, range(16, 48)), ("Bold", 700, range(16, 85))):
            make_japanese_font(
                japanese / f"files/noto-sans-jp-japanese-{weight}-normal.woff2",
                BADGE_FONTS / f"NotoSansJP-{style}.otf",
                rows,
            )
            make_arabic_font(
                arabic / f"files/noto-sans-arabic-arabic-{weight}-normal.woff2",
                BADGE_FONTS / f"NotoSansArabic-{style}.otf",
            )
        for source, label in ((japanese, "NotoSansJP"), (arabic, "NotoSansArabic")):
            text = (source / "LICENSE").read_text(encoding="utf-8")
            (BADGE_FONTS / f"OFL-{label}.txt").write_text(text, encoding="utf-8")
    for path in sorted([*BADGE_FONTS.iterdir(), *WEB_FONTS.iterdir()]):
        print(f"{path.stat().st_size:>8}  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""Makes the pages' fonts for Japanese and Arabic from the badges' fonts: needs fonttools, brotli and babel.

`web/lcert_web/static/brand/noto-{japanese,arabic}-{400,700}.woff2` hold what the catalogues say, kana and the Arabic
letters, and no more: names in other characters are left to the visitor's device. A device that has a good font of the
script uses its own (`local()`) and fetches nothing. Run it again when the Japanese texts have new characters.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
BADGE_FONTS = ROOT / "issuer/lcert_issuer/badge/fonts"
WEB_FONTS = ROOT / "web/lcert_web/static/brand"
CATALOGUES = ROOT / "issuer/lcert_issuer/language/locale"
MARK = "/* Made by scripts/make_script_fonts.py. Noto Sans, SIL Open Font License 1.1: see OFL-*.txt. */\n"

WEIGHTS = {400: ("Regular", "400"), 700: ("Bold", "600 700")}
SCRIPTS = {
    "japanese": ("ja", "NotoSansJP", [*range(0x3000, 0x3020), *range(0x3041, 0x3100)],
                 "U+3000-30FF, U+3400-9FFF, U+F900-FAFF, U+FF01-FFEF"),
    "arabic": ("ar", "NotoSansArabic", [*range(0x600, 0x670)], "U+0600-06FF, U+0750-077F, U+FB50-FDFF, U+FE70-FEFC"),
}  # fmt: skip
OWN = {
    ("japanese", 400): ("Hiragino Sans W3", "HiraginoSans-W3", "Noto Sans CJK JP", "NotoSansCJKjp-Regular",
                        "Noto Sans JP", "NotoSansJP-Regular", "Yu Gothic Regular", "YuGothic-Regular", "Meiryo"),
    ("japanese", 700): ("Hiragino Sans W6", "HiraginoSans-W6", "Noto Sans CJK JP Bold", "NotoSansCJKjp-Bold",
                        "Noto Sans JP Bold", "NotoSansJP-Bold", "Yu Gothic Bold", "YuGothic-Bold", "Meiryo Bold"),
    ("arabic", 400): ("Noto Sans Arabic", "NotoSansArabic-Regular", "Segoe UI", "Geeza Pro"),
    ("arabic", 700): ("Noto Sans Arabic Bold", "NotoSansArabic-Bold", "Segoe UI Bold", "Geeza Pro Bold"),
}  # fmt: skip


def said(code: str) -> set[int]:
    """Every character of a catalogue's translations, of dates and countries, and of the languages' own names."""
    with (CATALOGUES / code / "LC_MESSAGES/lcert.po").open("rb") as file:
        catalog = read_po(file, locale=code)
    texts = ["日本語", "العربية", "年月日時分秒", *Locale(code).territories.values()]
    for message in catalog:
        texts += [message.string] if isinstance(message.string, str) else message.string
    return {ord(char) for text in texts for char in text}


def make(name: str, weight: int) -> str:
    """Writes one file and gives its rule."""
    code, family, always, ranges = SCRIPTS[name]
    style, used = WEIGHTS[weight]
    font = TTFont(BADGE_FONTS / f"{family}-{style}.otf")
    options = Options()
    options.layout_features = ["*"]
    options.hinting = False
    options.notdef_outline = True
    subsetter = Subsetter(options=options)
    script = [char for char in said(code) if char >= 0x600]  # the rest is Inter's
    subsetter.populate(unicodes=[*script, *always])
    subsetter.subset(font)
    font.flavor = "woff2"
    font.recalcTimestamp = False
    file = WEB_FONTS / f"noto-{name}-{weight}.woff2"
    font.save(file)
    print(f"{file.stat().st_size:>8}  {file.relative_to(ROOT)}")
    sources = ", ".join(
        [*(f'local("{own}")' for own in OWN[name, weight]), f'url("{file.name}") format("woff2")']
    )
    return (
        f'@font-face {{\n  font-family: "L {name.title()}";\n  font-style: normal;\n  font-weight: {used};\n'
        f"  font-display: swap;\n  src: {sources};\n  unicode-range: {ranges};\n}}\n"
    )


def main() -> None:
    sheet = WEB_FONTS / "fonts.css"
    others = sheet.read_text(encoding="utf-8").partition(MARK)[0]
    rules = "".join(make(name, weight) for name in SCRIPTS for weight in WEIGHTS)
    sheet.write_text(others + MARK + rules, encoding="utf-8")
    for _, family, _, _ in SCRIPTS.values():
        shutil.copy(BADGE_FONTS / f"OFL-{family}.txt", WEB_FONTS)


if __name__ == "__main__":
    main()

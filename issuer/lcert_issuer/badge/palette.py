"""The colours of badges, as tokens in two themes, and the arithmetic that keeps them readable."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["PALETTES", "Rgb", "Theme", "Token", "contrast", "rgb"]

Theme = Literal["light", "dark"]
Token = Literal["ground", "ink", "muted", "active", "suspended", "withdrawn", "off", "hairline", "glyph"]
Rgb = tuple[int, int, int]

PALETTES: Final[Mapping[Theme, Mapping[Token, str]]] = MappingProxyType(
    {
        "light": MappingProxyType(
            {
                "ground": "#ffffff",
                "ink": "#14213d",
                "muted": "#4a5568",
                "active": "#0b6e4f",
                "suspended": "#8a5a00",
                "withdrawn": "#9b1c1c",
                "off": "#4a5568",
                "hairline": "#d5dae3",
                "glyph": "#ffffff",
            }
        ),
        "dark": MappingProxyType(
            {
                "ground": "#101a2e",
                "ink": "#f4f6fa",
                "muted": "#b4bfd0",
                "active": "#35b98a",
                "suspended": "#d99a2b",
                "withdrawn": "#e57373",
                "off": "#97a6bb",
                "hairline": "#2c3a55",
                "glyph": "#101a2e",
            }
        ),
    }
)


def rgb(colour: str) -> Rgb:
    """`#rrggbb` as three integers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, for 1.4.3 and 1.4.11)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

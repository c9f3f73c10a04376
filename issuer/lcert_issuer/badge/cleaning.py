"""Makes text from records fit to be shown: one line, no control or direction characters, no towers of marks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["clean"]

_SPACES: Final = re.compile(r"[\s\u2028\u2029]+")
_MARKS_IN_A_ROW: Final = 4


def clean(text: str) -> str:
    """NFC text without control, direction, private-use and unassigned characters; white space runs become one space.

    Joiners stay (Indic, Persian and emoji need them); more than four combining marks in a row are cut,
    so that stacked marks cannot leave their line.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return _clean(text)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category == "Cs":
            kept.append("\ufffd")
        elif category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif (
            category in {"Co", "Cn"}
            or (category == "Cf" and char not in "\u200c\u200d")
            or marks > _MARKS_IN_A_ROW
        ):
            continue
        else:
            kept.append(char)
    return _SPACES.sub(" ", "".join(kept)).strip()

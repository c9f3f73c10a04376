"""The six languages, and which of them a visitor gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["DEFAULT", "LANGUAGES", "Language", "choose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`code` is the tag for `lang=` and `?lang=`; `name` is its name in itself; `locale` names Babel's data."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    locale: str

    @property
    def rtl(self) -> bool:
        return self.direction == "rtl"


LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {
        "en": Language(code="en", name="English", locale="en_GB"),
        "de": Language(code="de", name="Deutsch", locale="de"),
        "fr": Language(code="fr", name="Français", locale="fr"),
        "es": Language(code="es", name="Español", locale="es"),
        "ja": Language(code="ja", name="日本語", locale="ja"),
        "ar": Language(code="ar", name="العربية", direction="rtl", locale="ar"),
    }
)
DEFAULT: Final = LANGUAGES["en"]

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_WEIGHT: Final = re.compile(r"[qQ]\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LONGEST_HEADER: Final = 1000
_MOST_RANGES: Final = 32


def choose(asked: str | None, accept_language: str | None = None) -> Language:
    """The language asked for by name, else the best of an Accept-Language header (RFC 9110, 12.5.4), else English.

    `de-AT` counts as `de`. What cannot be read is passed over; at most 1000 characters and 32 ranges are looked at.
    """
    return (_known(asked) if asked else None) or _accepted(accept_language or "") or DEFAULT


def _known(tag: str) -> Language | None:
    if len(tag) > 45 or _TAG.fullmatch(tag) is None:
        return None
    return LANGUAGES.get(tag.partition("-")[0].lower())


def _accepted(header: str) -> Language | None:
    best: tuple[float, Language] | None = None
    for part in header[:_LONGEST_HEADER].split(",")[:_MOST_RANGES]:
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        language = DEFAULT if tag == "*" else _known(tag)
        weight = 1.0
        if parameters:
            given = _WEIGHT.fullmatch(parameters[0])
            weight = float(given[1]) if given and len(parameters) == 1 else 0.0
        if language is not None and weight > 0 and (best is None or weight > best[0]):
            best = weight, language
    return best[1] if best else None

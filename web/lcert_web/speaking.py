"""The six languages of the issuer's catalogues, for the apps that are started with them."""

from __future__ import annotations

from functools import cache
from typing import Final

from babel import Locale

from lcert_issuer.language import LANGUAGES, choose, facts_of, sentence, texts
from lcert_verifier.report import Report

from .language import Speech

__all__ = ["SIX_LANGUAGES"]


def _sentence(report: Report, host: str | None, code: str) -> str:
    """English is the Report's own sentence, word for word."""
    return report.sentence if code == "en" else sentence(report, facts_of(report, host=host), code)


@cache
def _countries(code: str) -> dict[str, str]:
    return dict(Locale.parse(LANGUAGES[code].locale).territories)


def _country(country: str, code: str) -> str:
    """A country's name from its ISO 3166-1 code; the code where there is no name."""
    return _countries(code).get(country, country)


SIX_LANGUAGES: Final = Speech(
    languages=LANGUAGES,
    choose=choose,
    texts=texts,
    sentence=_sentence,
    country=_country,
)

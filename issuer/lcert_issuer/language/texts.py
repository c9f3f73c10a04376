"""Words, dates, numbers and lists in one language: gettext catalogues beside this file, and Babel's locale data.

The message is its English text, with `%(name)s` for what is filled in; English needs no catalogue. Catalogues are
read once a process; a Texts may be shared by threads.
"""

from __future__ import annotations

import gettext as catalogues
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from .languages import DEFAULT, LANGUAGES, Language

__all__ = ["N_", "Texts", "install_in", "isolate", "texts"]

_ENGLISH: Final = {"short": "d MMM y", "long": "d MMMM y"}
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT: Final = frozenset({"R", "AL", "AN"})
_LEFT: Final = frozenset({"L", "EN"})


def N_(message: str) -> str:  # noqa: N802  # the name that translators' tools know
    """The message itself: marks a text in a table for extraction, to be looked up later with `gettext`."""
    return message


def isolate(text: str, language: Language = DEFAULT) -> str:
    """Text between U+2068 and U+2069 if it may reorder its neighbours in a sentence of that language."""
    if not language.rtl and text.isascii():
        return text
    foreign = _LEFT if language.rtl else _RIGHT
    if any(unicodedata.bidirectional(char) in foreign for char in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


class Texts:
    """One language's texts. Get one with `texts(code)`: making one reads a file."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.catalogue = _catalogue(language.code)
        self._locale = Locale.parse(language.locale)

    def gettext(self, message: str, /, **values: object) -> str:
        """The message in this language, with values filled in."""
        text = self.catalogue.gettext(message)
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """The form for `count`, which may be used as `%(count)s`."""
        return self.catalogue.ngettext(singular, plural, count) % {"count": self.number(count), **values}

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """`gettext` for a short text that means different things in different places."""
        text = self.catalogue.pgettext(context, message)
        return text % values if values else text

    def npgettext(self, context: str, singular: str, plural: str, count: int, /, **values: object) -> str:
        text = self.catalogue.npgettext(context, singular, plural, count)
        return text % {"count": self.number(count), **values}

    def isolate(self, text: str) -> str:
        """`isolate` in this language: for names, domains and numbers inside a sentence that is not HTML."""
        return isolate(text, self.language)

    def short_date(self, value: date) -> str:
        """`19 Nov 2027`: the day with a short month name, in UTC for a datetime."""
        return _date(_day(value), self.language.code, "short")

    def long_date(self, value: date) -> str:
        """`19 November 2027`."""
        return _date(_day(value), self.language.code, "long")

    def time(self, value: datetime) -> str:
        """`19 November 2027, 09:30 UTC`, of an aware time."""
        moment = value.astimezone(UTC)
        return self.gettext("%(date)s, %(time)s UTC", date=self.long_date(moment), time=f"{moment:%H:%M}")

    def number(self, value: int) -> str:
        """Digits grouped as is usual; Western digits in every language, as in certificate numbers."""
        if 0 <= value < 1000:
            return str(value)
        return str(format_decimal(value, locale=self._locale, numbering_system="latn"))

    def percent(self, value: float) -> str:
        """`0.9` as `90%`."""
        return str(format_percent(value, locale=self._locale, numbering_system="latn"))

    def list(self, items: Iterable[str]) -> str:
        """`a, b and c`; each item isolated."""
        return str(format_list([self.isolate(item) for item in items], locale=self._locale))


@cache
def _texts(code: str) -> Texts:
    return Texts(LANGUAGES[code])


def texts(language: str | Language) -> Texts:
    """The texts of a language by code; English for a code that is not one of ours."""
    code = language if isinstance(language, str) else language.code
    return _texts(code if code in LANGUAGES else DEFAULT.code)


def install_in(environment: Any, current: Callable[[], Texts]) -> None:
    """Gives a Jinja environment `_()`, `gettext`, `ngettext`, `pgettext` and `{% trans %}`.

    `current` is asked at each text, for example for the request's. Values are escaped as everywhere in a template.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(
        gettext=lambda message: current().catalogue.gettext(message),
        ngettext=lambda one, many, n: current().catalogue.ngettext(one, many, n),
        pgettext=lambda context, message: current().catalogue.pgettext(context, message),
        npgettext=lambda context, one, many, n: current().catalogue.npgettext(context, one, many, n),
        newstyle=True,
    )


def _catalogue(code: str) -> catalogues.NullTranslations:
    if code == DEFAULT.code:
        return catalogues.NullTranslations()
    path = resources.files(__package__) / "locale" / code / "LC_MESSAGES" / "lcert.mo"
    with path.open("rb") as file:
        return catalogues.GNUTranslations(file)


def _day(value: date) -> date:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _date(value: date, code: str, length: str) -> str:
    if code == DEFAULT.code:  # months as the verifier writes them: `Sep`, which en_GB has as `Sept`
        return format_date(value, _ENGLISH[length], locale="en")
    if length == "short":
        return str(format_skeleton("yMMMd", value, locale=LANGUAGES[code].locale))
    return format_date(value, "long", locale=LANGUAGES[code].locale)

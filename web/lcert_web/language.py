"""Which language an answer speaks: `?lang=` first, `Accept-Language` second, English else. Nothing is remembered.

The public site and the verifier share this; who starts an app hands in the languages it can speak (`Speech`), because
the verifier's app imports nothing of the issuer, where the catalogues lie. Without any an app speaks English.
"""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, g, has_request_context, request

from lcert_verifier.report import Report

__all__ = [
    "ENGLISH",
    "N_",
    "Language",
    "Speech",
    "SpokenLanguage",
    "Texts",
    "install_language",
    "link_to",
    "spoken_language",
]

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def N_(message: str) -> str:  # noqa: N802 - the name that translators' tools know
    """The message itself: marks a text in a table for extraction, to be looked up later."""
    return message


class Language(Protocol):
    """`code` is the tag for `lang=`; `name` its name in itself."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def direction(self) -> str: ...


class Texts(Protocol):
    """Words, dates and lists in one language; see `lcert_issuer.language.Texts`."""

    catalogue: catalogues.NullTranslations

    @property
    def language(self) -> Language: ...
    def gettext(self, message: str, /, **values: object) -> str: ...
    def short_date(self, value: date) -> str: ...
    def time(self, value: datetime) -> str: ...
    def list(self, items: Iterable[str]) -> str: ...
    def isolate(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The languages an app can speak. `sentence(report, host, code)` and `country(code, language)` speak for people."""

    languages: Mapping[str, Language]
    choose: Callable[[str | None, str | None], Language]
    texts: Callable[[str], Texts]
    sentence: Callable[[Report, str | None, str], str]
    country: Callable[[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _English:
    code: str = "en"
    name: str = "English"
    direction: str = "ltr"


class _EnglishTexts:
    """English without any catalogue or locale data."""

    def __init__(self) -> None:
        self.catalogue = catalogues.NullTranslations()
        self.language: Language = _English()

    def gettext(self, message: str, /, **values: object) -> str:
        return message % values if values else message

    def short_date(self, value: date) -> str:
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
        return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"

    def time(self, value: datetime) -> str:
        moment = value.astimezone(UTC)
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"

    def list(self, items: Iterable[str]) -> str:
        *first, last = [*items] or [""]
        return f"{', '.join(first)} and {last}" if first else last

    def isolate(self, text: str) -> str:
        return text


_TEXTS: Final = _EnglishTexts()
ENGLISH: Final = Speech(
    languages={"en": _TEXTS.language},
    choose=lambda asked, accepted: _TEXTS.language,
    texts=lambda code: _TEXTS,
    sentence=lambda report, host, code: report.sentence,
    country=lambda code, language: code,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLanguage:
    """What this answer speaks. `asked` is true when the address itself names the language, so that links keep it."""

    speech: Speech
    texts: Texts
    asked: bool

    @property
    def code(self) -> str:
        return self.texts.language.code

    def gettext(self, message: str, /, **values: object) -> str:
        return self.texts.gettext(message, **values)

    def sentence(self, report: Report, host: str | None = None) -> str:
        """The verifier's sentence about a Report."""
        return self.speech.sentence(report, host, self.code)

    def country(self, code: object) -> str:
        return self.speech.country(str(code), self.code)


_EXTENSION: Final = "lcert_speech"
_OUTSIDE: Final = SpokenLanguage(speech=ENGLISH, texts=_TEXTS, asked=False)


def spoken_language() -> SpokenLanguage:
    """The language of the present request; English outside of one."""
    if not has_request_context():
        return _OUTSIDE
    found: SpokenLanguage | None = g.get("spoken_language")
    if found is None:
        speech: Speech | None = current_app.extensions.get(_EXTENSION)
        found = g.spoken_language = _OUTSIDE if speech is None else _chosen(speech)
    return found


def _chosen(speech: Speech) -> SpokenLanguage:
    asked = request.args.get("lang")
    language = speech.choose(asked, request.headers.get("Accept-Language"))
    named = asked is not None and speech.choose(asked, None).code == asked.partition("-")[0].lower()
    return SpokenLanguage(speech=speech, texts=speech.texts(language.code), asked=named)


def link_to(path: str) -> str:
    """A path of this site in the language that was asked for by the address, if one was."""
    spoken = spoken_language()
    if not spoken.asked or not path.startswith("/"):
        return path
    path, mark, fragment = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}lang={spoken.code}{mark}{fragment}"


def install_language(app: Flask, speech: Speech) -> None:
    """An answer chooses its language when it first speaks; templates get `_()`, `language`, `link_to`, `switcher`."""

    app.extensions[_EXTENSION] = speech

    @app.after_request
    def _say(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", spoken_language().code)
            response.vary.add("Accept-Language")
        return response

    environment: Any = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(
        gettext=lambda message: spoken_language().texts.catalogue.gettext(message),
        ngettext=lambda one, many, n: spoken_language().texts.catalogue.ngettext(one, many, n),
        pgettext=lambda context, message: spoken_language().texts.catalogue.pgettext(context, message),
        npgettext=lambda context, one, many, n: spoken_language().texts.catalogue.npgettext(
            context, one, many, n
        ),
        newstyle=True,
    )
    environment.globals.update(link_to=link_to, switcher=lambda: _switcher(speech))
    app.context_processor(lambda: {"spoken": spoken_language(), "language": spoken_language().texts.language})


def _switcher(speech: Speech) -> list[tuple[Language, str]]:
    """Every language and the address of this page in it. A page that was posted to is asked for anew."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    path = quote(request.path)
    return [
        (language, f"{path}?{urlencode([*kept, ('lang', language.code)])}")
        for language in speech.languages.values()
    ]

"""Reading of JSON objects member by member, with errors that name the member as written: `dataBasis[0].basis`.

The verifier stops at the first fault; the issuer reads the same rules with a `problems` list, gets placeholders for
what is wrong, and shows all of it at once. A `strict` reading also refuses members nobody knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date as Date  # noqa: N812 - `Fields.date` would hide it
from typing import Any, Final

from .errors import ClaimError

__all__ = ["MAX_ITEMS", "MAX_TEXT", "Fields", "text_problem"]

MAX_TEXT: Final = 300
MAX_ITEMS: Final = 1_000
_DATE: Final = re.compile(r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_NO_DATE: Final = Date(1970, 1, 1)
_MISSING: Final = object()
# Controls, line separators, bidirectional embeddings, overrides and isolates, byte-order mark, noncharacters,
# surrogates.
_UNSAFE: Final = re.compile(
    "[\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef\\ufeff\\ufffe\\uffff\\ud800-\\udfff]"
)


_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that leave a gap."""


def text_problem(value: str, limit: int = MAX_TEXT) -> str | None:
    """Why a text for people cannot be in a certificate; None if it can."""
    if not value.strip():
        return "must not be empty"
    if len(value) > limit:
        return f"is longer than {limit} characters"
    if value.strip() != value:
        return "begins or ends with white space"
    if value.isascii() and value.isprintable():
        return None
    if _UNSAFE.search(value):
        return "holds a control character, a direction override or half a character"
    if not unicodedata.is_normalized("NFC", value):
        return "is not in Unicode normal form NFC"
    return None


def _is_seen(char: str) -> bool:
    """Whether a reader sees the character: a letter, digit, mark of punctuation or symbol that is not blank."""
    return unicodedata.category(char)[0] in "LNPS" and char not in _BLANK


class Fields:
    """One JSON object being read. Methods return the member's value, or report and return a placeholder."""

    __slots__ = ("_data", "_problems", "path", "strict")

    def __init__(
        self,
        value: Any,
        path: str = "",
        *,
        problems: list[ClaimError] | None = None,
        strict: bool = False,
    ) -> None:
        self.path = path
        self.strict = strict
        self._problems = problems
        self._data: Mapping[str, Any] = {}
        if isinstance(value, dict):
            self._data = value
        else:
            self.refuse("must be an object")

    def __contains__(self, name: str) -> bool:
        return name in self._data

    @property
    def raw(self) -> Mapping[str, Any]:
        """The object itself."""
        return self._data

    def refuse(self, message: str) -> None:
        """Reports a fault of this object as a whole."""
        self._report(self.path, message)

    def fail(self, name: str, message: str) -> None:
        """Reports a fault of one member: raises ClaimError, or collects it."""
        self._report(f"{self.path}.{name}" if self.path else name, message)

    def _report(self, path: str, message: str) -> None:
        error = ClaimError(path, message)
        if self._problems is None:
            raise error
        self._problems.append(error)

    def only(self, names: Collection[str]) -> None:
        """In a strict reading, reports every member that is not in `names`."""
        if self.strict:
            for name in self._data:
                if name not in names:
                    self.fail(str(name)[:MAX_TEXT], "is not a member of this form")

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """A mandatory text for people, of at most `limit` characters."""
        value = self._data.get(name, _MISSING)
        if type(value) is str:
            # What a certificate nearly always holds, in four quick looks; the rest is judged in full.
            if 0 < len(value) <= limit and value.isascii() and value.isprintable() and value.strip() == value:
                return value
            if self._problems is not None and not _UNSAFE.search(value):
                value = unicodedata.normalize(
                    "NFC", value
                )  # unsigned input may be put in order; a signed token not
                value = value if any(map(_is_seen, value)) else ""
            problem = text_problem(value, limit)
            if problem is None:
                return value
            self.fail(name, problem)
        else:
            self.fail(name, "is missing" if value is _MISSING else "must be a text")
        return ""

    def maybe_text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        return self.text(name, limit) if name in self._data else None

    def pattern(self, name: str, pattern: re.Pattern[str], meaning: str) -> str:
        """A mandatory string that matches `pattern` whole; `meaning` completes `must be ...`."""
        value = self._data.get(name, _MISSING)
        if type(value) is str and pattern.fullmatch(value):
            return value
        self.fail(name, "is missing" if value is _MISSING else f"must be {meaning}")
        return ""

    def maybe_pattern(self, name: str, pattern: re.Pattern[str], meaning: str) -> str | None:
        return self.pattern(name, pattern, meaning) if name in self._data else None

    def word(self, name: str, words: Collection[str]) -> str:
        """A mandatory word of a fixed vocabulary; an unknown one is refused."""
        value = self._data.get(name, _MISSING)
        if type(value) is str and value in words:
            return value
        self.fail(name, "is missing" if value is _MISSING else f"must be one of {', '.join(sorted(words))}")
        return ""

    def date(self, name: str) -> Date:
        """A mandatory ISO 8601 calendar date."""
        value = self._data.get(name, _MISSING)
        if type(value) is str and _DATE.fullmatch(value):
            try:
                return Date.fromisoformat(value)
            except ValueError:
                pass
        self.fail(name, "is missing" if value is _MISSING else "must be a date such as 2026-11-20")
        return _NO_DATE

    def maybe_date(self, name: str) -> Date | None:
        return self.date(name) if name in self._data else None

    def integer(self, name: str, low: int, high: int) -> int:
        """A mandatory JSON integer between `low` and `high`, both included; `true` and `1.0` are none."""
        value = self._data.get(name, _MISSING)
        if type(value) is int and low <= value <= high:
            return value
        self.fail(name, "is missing" if value is _MISSING else f"must be an integer from {low} to {high}")
        return low

    def object(self, name: str) -> Fields:
        """A mandatory object."""
        path = f"{self.path}.{name}" if self.path else name
        if name not in self._data:
            self.fail(name, "is missing")
            # Its members were not given either; saying so for each would bury the one fault that matters.
            return Fields({}, path, problems=[], strict=False)
        return Fields(self._data[name], path, problems=self._problems, strict=self.strict)

    def items(self, name: str, *, least: int = 0, most: int = MAX_ITEMS) -> tuple[Any, ...]:
        """A mandatory array of between `least` and `most` items, as they are."""
        value = self._data.get(name, _MISSING)
        if type(value) is list and least <= len(value) <= most:
            return tuple(value)
        if value is _MISSING:
            self.fail(name, "is missing")
        elif type(value) is not list:
            self.fail(name, "must be an array")
        else:
            self.fail(
                name, f"must have at least {least}" if len(value) < least else f"has more than {most} items"
            )
        return ()

    def objects(self, name: str, *, least: int = 0, most: int = MAX_ITEMS) -> tuple[Fields, ...]:
        """A mandatory array of objects."""
        path = f"{self.path}.{name}" if self.path else name
        items = self.items(name, least=least, most=most)
        return tuple(
            Fields(item, f"{path}[{index}]", problems=self._problems, strict=self.strict)
            for index, item in enumerate(items)
        )

    def texts(self, name: str, *, least: int = 0, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
        """A mandatory array of different texts, each of which matches `pattern` when one is given."""
        items = self.items(name, least=least)
        for index, item in enumerate(items):
            problem = text_problem(item) if type(item) is str else "must be a text"
            if problem is None and pattern is not None and not pattern.fullmatch(item):
                problem = "is not of the form wanted here"
            if problem is not None:
                self.fail(f"{name}[{index}]", problem)
                return ()
        if len(set(items)) != len(items):
            self.fail(name, "names something twice")
        return items

    def words(self, name: str, words: Collection[str], *, least: int = 0) -> tuple[str, ...]:
        """A mandatory array of different words of a fixed vocabulary."""
        items = self.items(name, least=least)
        for index, item in enumerate(items):
            if type(item) is not str or item not in words:
                self.fail(f"{name}[{index}]", f"must be one of {', '.join(sorted(words))}")
                return ()
        if len(set(items)) != len(items):
            self.fail(name, "names something twice")
        return items

"""Data rules of the W3C Verifiable Credentials Data Model 2.0, as far as our credentials meet them (pure)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from .errors import ClaimError
from .fields import Fields
from .vocabulary import CONTEXT_OB, CONTEXT_OB_EXT, CONTEXT_PATH, CONTEXT_VC

__all__ = [
    "check_contexts",
    "check_typed_members",
    "check_types",
    "check_url",
    "datetime_of",
    "is_type",
    "read_datetime",
]

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"\\^`{|}]{1,2000}")
_DATETIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-5][0-9])"
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_BADGE_CONTEXT: Final = re.compile(
    r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(?:-3\.[0-9]\.[0-9])*\.json"
)
"""The second context of an Open Badge, as 1EdTech's schema has it."""
_TYPED: Final = ("credentialSchema", "termsOfUse", "evidence", "refreshService", "image")
_NAMED: Final = ("credentialSchema", "image")
"""Of these, what is nothing without its `id`."""


def check_contexts(fields: Fields, base_url: str, *, badge: bool) -> None:
    """The contexts of a credential; `badge` asks for that of Open Badges in the second place."""
    contexts = fields.items("@context", least=2, most=16)
    if contexts == (CONTEXT_VC, CONTEXT_OB, CONTEXT_OB_EXT, base_url + CONTEXT_PATH):
        return  # what the issuer writes
    if contexts[0] != CONTEXT_VC:
        fields.fail("@context[0]", f"must be {CONTEXT_VC}")
    for index, item in enumerate(contexts):
        # An embedded context could give the protected terms another meaning.
        if (
            type(item) is not str
            or not item.startswith(("https://", base_url + "/"))
            or not _URL.fullmatch(item)
        ):
            fields.fail(f"@context[{index}]", "must be an https URL")
    if base_url + CONTEXT_PATH not in contexts:
        fields.fail("@context", "lacks the context of the L Certification")
    if badge and not _BADGE_CONTEXT.fullmatch(contexts[1]):
        fields.fail("@context[1]", "must be the context of Open Badges 3.0")


def check_types(fields: Fields, name: str, wanted: tuple[str, ...]) -> None:
    types = fields.items(name, least=1, most=16)
    if types == wanted:
        return
    if not all(type(item) is str for item in types) or any(item not in types for item in wanted):
        fields.fail(name, f"must be an array of names with {', '.join(wanted)}")


def check_typed_members(fields: Fields) -> None:
    """VCDM 2.0 section 4: these members are objects, or arrays of them, each with a `type`; texts are texts."""
    for name in _TYPED:
        value = fields.raw.get(name)
        if value is None and name not in fields:
            continue
        for item in value if isinstance(value, list) and value else [value]:
            if not isinstance(item, dict) or not is_type(item.get("type")):
                fields.fail(name, "must be typed objects")
            elif name in _NAMED or "id" in item:
                check_url(Fields(item, name), "id")
    for name in ("name", "description"):
        value = fields.raw.get(name)
        if name in fields and not (isinstance(value, str) or _is_language_value(value)):
            fields.fail(name, "must be a text or language values")
    if "awardedDate" in fields:
        read_datetime(fields, "awardedDate")


def check_url(fields: Fields, name: str) -> None:
    """A mandatory URL."""
    fields.pattern(name, _URL, "a URL")


def is_type(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and item for item in value)
    return isinstance(value, str) and bool(value)


def _is_language_value(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, dict) and _is_language_object(item) for item in items)


def _is_language_object(item: dict[str, Any]) -> bool:
    """VCDM 2.0 section 11.1: `@value`, and at most language and direction beside it."""
    language, direction = item.get("@language", "en"), item.get("@direction", "ltr")
    return (
        item.keys() <= {"@value", "@language", "@direction"}
        and isinstance(item.get("@value"), str)
        and isinstance(language, str)
        and _LANGUAGE.fullmatch(language) is not None
        and direction in ("ltr", "rtl")
    )


def read_datetime(fields: Fields, name: str) -> datetime:
    """A mandatory xsd:dateTimeStamp: an offset is required, fractions are allowed."""
    found = datetime_of(fields.pattern(name, _DATETIME, "a time with an offset such as 2026-11-20T00:00:00Z"))
    if found is None:
        raise ClaimError(name, "is not a time")
    return found


def datetime_of(text: str) -> datetime | None:
    """The aware time that an xsd:dateTimeStamp tells; None for any other text."""
    if _DATETIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

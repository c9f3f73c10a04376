"""Data rules of the W3C Verifiable Credentials Data Model 2.0, as far as our credentials meet them (pure)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from .errors import ClaimError
from .fields import Fields
from .vocabulary import CONTEXT_OB, CONTEXT_OB_EXT, CONTEXT_PATH, CONTEXT_VC

__all__ = ["check_contexts", "check_typed_members", "check_types", "is_type", "read_datetime"]

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"\\^`{|}]{1,2000}")
_DATETIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def check_contexts(fields: Fields, base_url: str) -> None:
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


def check_types(fields: Fields, name: str, wanted: tuple[str, ...]) -> None:
    types = fields.items(name, least=1, most=16)
    if types == wanted:
        return
    if not all(type(item) is str for item in types) or any(item not in types for item in wanted):
        fields.fail(name, f"must be an array of names with {', '.join(wanted)}")


def check_typed_members(fields: Fields) -> None:
    """VCDM 2.0 section 4: these members are objects, or arrays of them, each with a `type`; texts are texts."""
    for name in ("credentialSchema", "termsOfUse", "evidence", "refreshService", "image"):
        value = fields.raw.get(name)
        if value is None and name not in fields:
            continue
        for item in value if isinstance(value, list) and value else [value]:
            if not isinstance(item, dict) or not is_type(item.get("type")):
                fields.fail(name, "must be typed objects")
            elif "id" in item and not (isinstance(item["id"], str) and _URL.fullmatch(item["id"])):
                fields.fail(f"{name}.id", "must be a URL")
    for name in ("name", "description"):
        value = fields.raw.get(name)
        if name in fields and not (isinstance(value, str) or _is_language_value(value)):
            fields.fail(name, "must be a text or language values")
    if "awardedDate" in fields:
        read_datetime(fields, "awardedDate")


def is_type(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and item for item in value)
    return isinstance(value, str) and bool(value)


def _is_language_value(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(
        isinstance(item, dict) and isinstance(item.get("@value"), str) for item in items
    )


def read_datetime(fields: Fields, name: str) -> datetime:
    """A mandatory xsd:dateTimeStamp: an offset is required, fractions are allowed."""
    text = fields.pattern(name, _DATETIME, "a time with an offset such as 2026-11-20T00:00:00Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ClaimError(name, "is not a time") from error

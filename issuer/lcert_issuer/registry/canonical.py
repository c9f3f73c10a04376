"""RFC 8785 canonical JSON for the values the registry hashes: objects, arrays, strings, booleans and integers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["canonical_json"]

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_ENCODE_SORTED: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode

_LARGEST: Final = 2**53 - 1
"""Integers beyond this are not exact in every JSON reader (RFC 7493 section 2.2)."""


def canonical_json(value: Any) -> bytes:
    """The one spelling of `value`, UTF-8. Raises ValueError for null, floats, big integers and lone surrogates.

    Null is refused because an absent member says the same in fewer ways.
    """
    if _is_plain(value):
        return _ENCODE_SORTED(value).encode("utf-8")
    return _ENCODE(_ordered(value)).encode("utf-8")


def _is_plain(value: Any) -> bool:
    """Whether names in the order of their characters are in that of RFC 8785: ASCII names are. Else it may raise."""
    kind = type(value)
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                return False
            if type(item) is not str and not _is_plain(item):
                return False
        return True
    if kind is list or kind is tuple:
        return all(type(item) is str or _is_plain(item) for item in value)
    return kind is str or kind is bool or (kind is int and abs(value) <= _LARGEST)


def _ordered(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is int:
        if abs(value) > _LARGEST:
            raise ValueError(f"{value} is beyond 2^53 - 1")
        return value
    if isinstance(value, Mapping):
        # RFC 8785 section 3.2.3 sorts names by UTF-16 code units.
        return {name: _ordered(value[name]) for name in sorted(value, key=_utf16)}
    if kind is list or kind is tuple:
        return [_ordered(item) for item in value]
    raise ValueError(f"{type(value).__name__} has no canonical JSON here")


def _utf16(name: Any) -> bytes:
    if type(name) is not str:
        raise ValueError("a member's name is a string")
    return name.encode("utf-16-be")

"""Strict JSON: one reading for every text, or none. What two parsers could read differently is refused.

RFC 8259 as restricted by I-JSON (RFC 7493): UTF-8, no duplicate names, no lone surrogates; bounded in size and depth.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from .errors import Malformed

__all__ = ["MAX_DEPTH", "parse_json"]

MAX_DEPTH: Final = 32
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # takes an unterminated string whole: linear
_NOT_BRACKETS: Final = bytes(i for i in range(256) if i not in b"[]{}")
_NOT_STRUCTURE: Final = bytes(i for i in range(256) if i not in b'[]{}"')


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Malformed("a number is out of range")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("a name appears twice in one object")
    return value


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_constant, parse_float=_finite)


def _check_depth(data: bytes, max_depth: int) -> None:
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return
    brackets = data.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    # Without a backslash quotes alternate, so a bracket inside a string leaves an odd run of quotes before it.
    if b"\\" in data or b'"' in brackets:
        outside = _STRING.sub("", data.decode("utf-8", "replace"))
        brackets = outside.encode("utf-8").translate(None, _NOT_BRACKETS)
    for _ in range(max_depth):
        # Marked first, so that a round takes away one level and not the pair around it as well.
        brackets = brackets.replace(b"[]", b"-").replace(b"{}", b"-").replace(b"-", b"")
        if not brackets:
            return
    raise Malformed(f"is nested deeper than {max_depth}, or its brackets do not match")


def _read(data: bytes, max_depth: int) -> Any:
    _check_depth(data, max_depth)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("is not UTF-8") from error
    if text.startswith("\ufeff"):
        raise Malformed("begins with a byte-order mark")
    try:
        value = _DECODER.decode(text)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("is not JSON") from error
    if "\\" in text:
        _check_escapes(text)
    return value


def _check_escapes(text: str) -> None:
    """Refuses NUL and lone surrogates written as escapes; raw ones never get through the UTF-8 and JSON decoders."""
    for match in _STRING.finditer(text):
        piece = match.group()
        if "\\u" not in piece:
            continue
        string = json.loads(piece)
        if "\0" in string:
            raise Malformed("a string holds NUL")
        try:
            string.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Malformed("a string holds half a surrogate pair") from error


def parse_json(data: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """The value of strict JSON; raises Malformed.

    Refuses more than `max_bytes`, nesting deeper than `max_depth` (before parsing), duplicate names at any depth,
    NaN and infinities, byte-order marks, lone surrogates, NUL, and anything that is not UTF-8.
    """
    if len(data) > max_bytes:
        raise Malformed(f"is longer than {max_bytes} bytes")
    return _read(data, max_depth)

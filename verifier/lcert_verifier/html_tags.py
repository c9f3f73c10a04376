"""The start tags of an HTML page with their attributes, in one pass whose cost grows with the page and no faster.

As HTML says: comments, and the text of scripts and styles, hold no tags; a page that ends inside a tag ends there.
Nothing is built and nothing runs. (The standard library's parser is quadratic on what a hostile page can hold.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from .errors import Malformed

__all__ = ["MAX_PAGE_BYTES", "Tag", "start_tags"]

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
_MAX_TAGS: Final = 200_000
_MAX_ATTRIBUTES: Final = 100
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]{0,99}")
_ATTRIBUTE: Final = re.compile(r"[^\s/>=][^\s/>=]{0,99}")
_SPACE: Final = re.compile(r"[\s/]*")
_EQUALS: Final = re.compile(r"\s*=\s*")
_BARE: Final = re.compile(r"[^\s>]*")
_RAW: Final = frozenset({"script", "style", "textarea", "title", "xmp", "noembed", "plaintext"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A start tag; names in lower case, values without character references."""

    name: str
    attributes: dict[str, str]
    line: int


def start_tags(page: bytes) -> Iterator[Tag]:
    """Every start tag of the page, in order. Malformed when it is over the bounds."""
    if len(page) > MAX_PAGE_BYTES:
        raise Malformed(f"the page is over {MAX_PAGE_BYTES // 1024 // 1024} MiB")
    text = page.decode("utf-8", "replace")
    position, line, counted, tags = 0, 1, 0, 0
    while (begin := text.find("<", position)) >= 0:
        if text.startswith("<!--", begin):
            end = text.find("-->", begin + 4)
            if end < 0:
                return
            position = end + 3
            continue
        match = _NAME.match(text, begin + 1)
        if match is None:
            position = begin + 1
            continue
        tags += 1
        if tags > _MAX_TAGS:
            raise Malformed("the page has too many tags")
        attributes, position = _attributes(text, match.end())
        if position < 0:
            return
        line += text.count("\n", counted, begin)
        counted = begin
        name = match.group().lower()
        yield Tag(name=name, attributes=attributes, line=line)
        if name in _RAW:
            position = _after_raw(text, position, name)
            if position < 0:
                return


def _attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes from `position` on, the first of each name; and where the tag ends, -1 when it does not."""
    found: dict[str, str] = {}
    while True:
        position = _end(_SPACE, text, position)
        if position >= len(text):
            return found, -1
        if text[position] == ">":
            return found, position + 1
        match = _ATTRIBUTE.match(text, position)
        if match is None:  # a stray equals sign
            position += 1
            continue
        name, position, value = match.group().lower(), match.end(), ""
        equals = _EQUALS.match(text, position)
        if equals is not None:
            position = equals.end()
            quote = text[position : position + 1]
            if quote in ('"', "'"):
                end = text.find(quote, position + 1)
                if end < 0:
                    return found, -1
                value, position = text[position + 1 : end], end + 1
            else:
                end = _end(_BARE, text, position)
                value, position = text[position:end], end
        if name not in found and len(found) < _MAX_ATTRIBUTES:
            found[name] = unescape(value) if "&" in value else value


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _after_raw(text: str, position: int, name: str) -> int:
    """Where the element's text ends; -1 when the page ends in it."""
    if name == "plaintext":
        return -1
    match = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(text, position)
    return match.start() + 1 if match else -1

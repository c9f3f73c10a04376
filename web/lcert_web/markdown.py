"""The little Markdown our criteria are written in, as HTML: headings, paragraphs, lists, tables, bold, italics, code.

Everything is escaped first; links, images and raw HTML do not exist here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import zip_longest
from typing import Final

from markupsafe import Markup

__all__ = ["render_markdown"]

_HEADING: Final = re.compile(r"(#{1,4})\s+(.*)")
_ITEM: Final = re.compile(r"(?:([0-9]{1,3})[.)]|[-*])\s+(.*)")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?")
_TAG: Final = re.compile(r"<[^>]+>")
_INLINE: Final = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
)


def render_markdown(text: str) -> Markup:
    """HTML safe to place in a page."""
    return Markup("\n".join(_render(block) for block in _blocks(text)))  # noqa: S704 - every part went through escape


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if line.strip():
            if _HEADING.fullmatch(line) and block:
                yield block
                block = []
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _render(block: list[str]) -> str:
    heading = _HEADING.fullmatch(block[0])
    if heading:
        level = len(heading[1])
        rest = block[1:]
        return f"<h{level}>{_inline(heading[2])}</h{level}>" + ("\n" + _render(rest) if rest else "")
    if block[0].startswith("|") and len(block) > 1 and _RULE.fullmatch(block[1]):
        return _table(block)
    if _ITEM.match(block[0]):
        return _list(block)
    starts = next((n for n, line in enumerate(block) if n and _ITEM.match(line)), None)
    if starts is not None:
        return _render(block[:starts]) + "\n" + _list(block[starts:])
    return f"<p>{_inline(' '.join(line.strip() for line in block))}</p>"


def _list(block: list[str]) -> str:
    items: list[str] = []
    first = _ITEM.match(block[0])
    ordered = first is not None and first[1] is not None
    for line in block:
        match = _ITEM.match(line)
        if match:
            items.append(match[2])
        else:
            items[-1] += " " + line.strip()
    tag = "ol" if ordered else "ul"
    return f"<{tag}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{tag}>"


def _table(block: list[str]) -> str:
    def cells(line: str) -> list[str]:
        return [_inline(cell.strip()) for cell in line.strip().strip("|").split("|")]

    titles = cells(block[0])
    head = "".join(f'<th scope="col" role="columnheader">{cell}</th>' for cell in titles)
    labels = [_TAG.sub("", title) for title in titles]
    rows = "".join(
        '<tr role="row">'
        + "".join(
            f'<td role="cell" data-label="{label}">{cell}</td>'
            for label, cell in zip_longest(labels, cells(line), fillvalue="")
        )
        + "</tr>"
        for line in block[2:]
    )
    return (
        f'<table class="stacks" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _inline(text: str) -> str:
    html = escape(text, quote=True)
    for pattern, replacement in _INLINE:
        html = pattern.sub(replacement, html)
    return html

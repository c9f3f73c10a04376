"""Making a line fit: smaller, on two lines, and only then cut with an ellipsis."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

from .text import Base, Run, Weight, shape

__all__ = ["ELLIPSIS", "ellipsize", "fit", "wrap"]

ELLIPSIS: Final = "…"
_NEVER_FIRST: Final = frozenset(
    "、。，．・：；？！ー）」』】］〉》〕…‥々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～"
)
_NEVER_LAST: Final = frozenset("（「『【［〈《〔")
_FARTHEST: Final = 80


def ellipsize(
    text: str,
    weight: Weight,
    room: float,
    tracking: int = 0,
    *,
    at: Literal["start", "end"] = "end",
    base: Base = "auto",
) -> Run:
    """The longest run within `room` units, an ellipsis in place of what was cut.

    Domains are cut at the start: the end of a name is what tells whose it is.
    """
    run = shape(text, weight, tracking, False, base)
    if run.width <= room:
        return run
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if shape(_cut(text, middle, at), weight, tracking, False, base).width <= room:
            low = middle
        else:
            high = middle - 1
    space = text.rfind(" ", 0, low + 1)
    if at == "end" and space >= low * 0.7:  # rather whole words, when that costs little
        low = space
    return shape(_cut(text, low, at), weight, tracking, False, base)


def _cut(text: str, count: int, at: Literal["start", "end"]) -> str:
    if at == "start":
        return ELLIPSIS + text[len(text) - count :] if count else ELLIPSIS
    while 0 < count < len(text) and _joins(text, count):
        count -= 1
    return text[:count].rstrip(" +,;:.-–—/&、。・") + ELLIPSIS


def fit(
    text: str,
    weight: Weight,
    room: float,
    sizes: Sequence[float],
    lines: int,
    tracking: int = 0,
    *,
    base: Base = "auto",
    tight: Sequence[float] = (),
) -> tuple[float, Sequence[Run]]:
    """(size, runs): one line at the first of `sizes` that fits `room` pixels; else on more lines, or cut, at the last.

    `tight` has smaller sizes for names that would be cut otherwise.
    """
    return _fit(text, weight, room, tuple(sizes), lines, tracking, base, tuple(tight))


@lru_cache(maxsize=4096)
def _fit(
    text: str,
    weight: Weight,
    room: float,
    sizes: tuple[float, ...],
    lines: int,
    tracking: int,
    base: Base,
    tight: tuple[float, ...],
) -> tuple[float, Sequence[Run]]:
    whole = shape(text, weight, tracking, False, base)
    for size in sizes:
        if whole.width * size <= room * 1000:
            return size, [whole]
    if lines < 2:
        for size in tight:
            if whole.width * size <= room * 1000:
                return size, [whole]
        size = (*sizes, *tight)[-1]
        return size, [ellipsize(text, weight, room * 1000 / size, tracking, base=base)]
    halves = _halves(text, weight, tracking, base)
    for size in (sizes[-1], *tight):
        if halves and max(run.width for run in halves) * size <= room * 1000:
            return size, halves
        if lines > 2:
            thirds = wrap(text, weight, room * 1000 / size, tracking, base=base)
            if len(thirds) <= lines and not thirds[-1].text.endswith(ELLIPSIS):
                return size, thirds
    size = (*sizes, *tight)[-1]
    return size, _two_lines(text, weight, room * 1000 / size, tracking, base)


def _halves(text: str, weight: Weight, tracking: int, base: Base) -> list[Run]:
    """The two lines whose longer one is shortest, rather between words; empty when there is nowhere to break."""
    best: tuple[float, list[Run]] | None = None
    for head, tail in _splits(text):
        runs = [shape(part, weight, tracking, False, base) for part in (head, tail)]
        longer = max(run.width for run in runs) * (1 if _good(head[-1], tail[0]) else 1.3)
        if best is None or longer < best[0]:
            best = longer, runs
    return best[1] if best else []


def _splits(text: str) -> list[tuple[str, str]]:
    """Ways to break: at a space, none with a lone sign after it; between kana and kanji, by the usual exceptions."""
    found = _breaks(text)
    middle = len(text) / 2
    if len(found) > _FARTHEST:
        found = sorted(found, key=lambda pair: abs(len(pair[0]) - middle))[:_FARTHEST]
    return found


def _breaks(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for i in range(1, len(text)):
        before, after = text[i - 1], text[i]
        if after == " " and i + 1 < len(text) and (text[i + 1].isalnum() or text[i + 1] in "(“\"'（「『"):
            found.append((text[:i], text[i + 1 :]))
        elif (
            (_wide(before) or _wide(after))
            and not (before == " " or after == " " or after in _NEVER_FIRST or before in _NEVER_LAST)
            and not _joins(text, i)
        ):
            found.append((text[:i], text[i:]))
    return found


def _good(before: str, after: str) -> bool:
    """Whether a word probably ends here: not between two kanji or two katakana, nor before the hiragana of a verb."""
    if not (_wide(before) and _wide(after)):
        return True
    kinds = [unicodedata.name(char, "?").split()[0] for char in (before, after)]
    return kinds[0] != kinds[1] and kinds[1] != "HIRAGANA"


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in {"W", "F"}


def _two_lines(text: str, weight: Weight, units: float, tracking: int, base: Base) -> list[Run]:
    """Fills the first line at a break, or inside an endless word, and cuts the second."""
    head, tail = text, ""
    for one, two in sorted(_splits(text), key=lambda pair: len(pair[0]), reverse=True):
        if shape(one, weight, tracking, False, base).width <= units:
            head, tail = one, two
            break
    if not tail or shape(head, weight, tracking, False, base).width < units * 0.4:
        count = 1
        while count < len(text) and shape(text[: count + 1], weight, tracking, False, base).width <= units:
            count += 1
        while count > 1 and _joins(text, count):
            count -= 1
        head, tail = text[:count], text[count:].lstrip()
    return [
        shape(head, weight, tracking, False, base),
        ellipsize(tail, weight, units, tracking, base=base),
    ]


def wrap(text: str, weight: Weight, room: float, tracking: int = 0, *, base: Base = "auto") -> list[Run]:
    """As many lines as the text needs within `room` units, each as full as its breaks allow."""
    lines: list[Run] = []
    while text:
        run = shape(text, weight, tracking, False, base)
        if run.width <= room:
            return [*lines, run]
        fitting = [
            pair for pair in _breaks(text) if shape(pair[0], weight, tracking, False, base).width <= room
        ]
        if not fitting:
            return [*lines, ellipsize(text, weight, room, tracking, base=base)]
        head, text = fitting[-1]
        lines.append(shape(head, weight, tracking, False, base))
    return lines


def _joins(text: str, at: int) -> bool:
    """Whether the characters around a position belong together (marks, joiners)."""
    return (
        unicodedata.category(text[at]) in {"Mn", "Mc", "Me"}
        or text[at] in "\u200c\u200d"
        or text[at - 1] == "\u200d"
    )

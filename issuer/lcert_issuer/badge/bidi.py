"""The order in which the characters of one line are drawn (Unicode UAX #9).

Lines here hold no embeddings and no overrides (`clean` takes them out of names), which leaves the implicit rules
and isolates: a name may be wrapped in U+2066 to U+2068 and U+2069 and is then ordered by itself, as one neutral thing
in the line around it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal

__all__ = ["Base", "is_rtl", "levels", "visual_runs"]

Base = Literal["auto", "ltr", "rtl"]
_STARTS: Final = {"\u2066": "ltr", "\u2067": "rtl", "\u2068": "auto"}
_END: Final = "\u2069"
_ISOLATES: Final = frozenset({*_STARTS, _END})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON"})
_PAIRS: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "⟨": "⟩",
    "「": "」",
    "『": "』",
    "（": "）",
    "【": "】",
    "［": "］",
}


def is_rtl(text: str) -> bool:
    """Whether the first strong character, outside isolates, runs right to left (rules P2 and P3)."""
    depth = 0
    for char in text:
        if char in _STARTS:
            depth += 1
        elif char == _END:
            depth = max(0, depth - 1)
        elif not depth:
            direction = unicodedata.bidirectional(char)
            if direction in {"L", "R", "AL"}:
                return direction != "L"
    return False


def visual_runs(text: str, base: Base = "auto") -> list[tuple[int, int, bool]]:
    """(start, end, right-to-left) of the pieces of a line from left to right; isolate characters are in none."""
    pieces: list[tuple[int, int, int]] = []
    at = 0
    keys = [(level, char in _ISOLATES) for level, char in zip(levels(text, base), text, strict=True)]
    for (level, _), group in groupby(keys):
        length = len(list(group))
        pieces.append((at, at + length, level))
        at += length
    for level in range(max((level for *_, level in pieces), default=0), 0, -1):  # rule L2
        pieces = _reversed_at(pieces, level)
    return [(start, end, level % 2 == 1) for start, end, level in pieces if text[start] not in _ISOLATES]


def _reversed_at(pieces: list[tuple[int, int, int]], level: int) -> list[tuple[int, int, int]]:
    out: list[tuple[int, int, int]] = []
    for inside, group in groupby(pieces, key=lambda piece: piece[2] >= level):
        run = list(group)
        out += reversed(run) if inside else run
    return out


def levels(text: str, base: Base = "auto") -> list[int]:
    """The embedding level of each character."""
    rtl = is_rtl(text) if base == "auto" else base == "rtl"
    found = [1 if rtl else 0] * len(text)
    _resolve(text, range(len(text)), int(rtl), found)
    for at in range(len(text) - 1, -1, -1):  # rule L1
        if text[at] not in _ISOLATES and unicodedata.bidirectional(text[at]) not in {"WS", "BN", "S", "B"}:
            break
        found[at] = int(rtl)
    return found


def _resolve(text: str, span: range, level: int, found: list[int]) -> None:
    """Levels of one isolating run sequence; what stands in inner isolates is resolved on its own (rule X10)."""
    places: list[int] = []
    kinds: list[str] = []
    ends: dict[int, int] = {}
    at = span.start
    while at < span.stop:
        char = text[at]
        if char in _STARTS:
            end = _matching(text, at, span.stop)
            inner = range(at + 1, end)
            wanted = _STARTS[char]
            rtl = is_rtl(text[inner.start : inner.stop]) if wanted == "auto" else wanted == "rtl"
            _resolve(text, inner, (level + 1) | 1 if rtl else (level + 2) & ~1, found)
            places.append(at)
            kinds.append("ON")
            ends[at] = end
            at = end + 1
        else:
            if char != _END:
                places.append(at)
                kinds.append(unicodedata.bidirectional(char) or "L")
            at += 1
    characters = [text[place] for place in places]
    edge = "R" if level % 2 else "L"
    original = list(kinds)
    _weak(kinds, edge)
    _brackets(characters, kinds, original, edge)
    _neutral(kinds, edge)
    for place, char, kind in zip(places, characters, kinds, strict=True):
        if level % 2:  # rules I1 and I2
            found[place] = level if kind == "R" else level + 1
        else:
            found[place] = level + {"L": 0, "R": 1}.get(kind, 2)
        if char in _STARTS and ends[place] < len(text):
            found[ends[place]] = found[place]


def _matching(text: str, start: int, stop: int) -> int:
    depth = 0
    for at in range(start, stop):
        depth += (text[at] in _STARTS) - (text[at] == _END)
        if depth == 0:
            return at
    return stop


def _weak(kinds: list[str], edge: str) -> None:
    """Rules W1 to W7, in place."""
    previous = edge
    for i, kind in enumerate(kinds):
        if kind in {"NSM", "BN"}:
            kinds[i] = previous  # W1; BN, a joiner here, goes with what it joins (rule X9)
        previous = kinds[i]
    strong = edge
    for i, kind in enumerate(kinds):
        if kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"  # W2
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for i in range(1, len(kinds) - 1):  # W4
        before, after = kinds[i - 1], kinds[i + 1]
        if before == after and (
            (kinds[i] == "ES" and before == "EN") or (kinds[i] == "CS" and before in {"EN", "AN"})
        ):
            kinds[i] = before
    for start, end in _groups(kinds, {"ET"}):  # W5
        if (start and kinds[start - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN"):
            kinds[start:end] = ["EN"] * (end - start)
    kinds[:] = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in kinds]  # W6
    strong = edge
    for i, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"  # W7


def _brackets(characters: Sequence[str], kinds: list[str], original: Sequence[str], edge: str) -> None:
    """Rule N0: a pair of brackets goes with what is in it, else with what is before it."""
    pairs: list[tuple[int, int]] = []
    open_ones: list[tuple[str, int]] = []
    for i, char in enumerate(characters):
        if kinds[i] != "ON":
            continue
        if char in _PAIRS:
            if len(open_ones) == 63:
                break
            open_ones.append((_PAIRS[char], i))
        else:
            for depth in range(len(open_ones) - 1, -1, -1):
                if open_ones[depth][0] == char:
                    pairs.append((open_ones[depth][1], i))
                    del open_ones[depth:]
                    break
    for start, end in sorted(pairs):
        inside = {_strong(kind) for kind in kinds[start + 1 : end]}
        if edge in inside:
            side = edge
        elif inside & {"L", "R"}:
            before = next((_strong(k) for k in reversed(kinds[:start]) if _strong(k)), edge)
            side = before if before != edge else edge
        else:
            continue
        for place in (start, end):
            kinds[place] = side
            for after in range(place + 1, len(kinds)):
                if original[after] != "NSM":
                    break
                kinds[after] = side


def _neutral(kinds: list[str], edge: str) -> None:
    """Rules N1 and N2, in place."""
    for start, end in _groups(kinds, _NEUTRAL):
        before = _strong(kinds[start - 1]) if start else edge
        after = _strong(kinds[end]) if end < len(kinds) else edge
        kinds[start:end] = [before if before == after and before else edge] * (end - start)


def _strong(kind: str) -> str:
    return "R" if kind in {"R", "EN", "AN"} else "L" if kind == "L" else ""


def _groups(kinds: Sequence[str], wanted: frozenset[str] | set[str]) -> list[tuple[int, int]]:
    groups: list[tuple[int, int]] = []
    at = 0
    for inside, group in groupby(list(kinds), key=lambda kind: kind in wanted):
        length = len(list(group))
        if inside:
            groups.append((at, at + length))
        at += length
    return groups

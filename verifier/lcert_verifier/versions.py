"""Versions and ranges of them as certificates name them: PEP 440 specifiers such as `>=3.0,<4`, read strictly.

What is not of that form is not guessed at: `in_range` then says None, and nobody may take that for a yes. Also taken
are `3.x` and `3.*` for `==3.*`, a bare `3.1` for `==3.1`, and `*` for every version.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["Version", "in_range", "parse_version"]

_NUMBER: Final = r"(?:0|[1-9][0-9]{0,8}|0[0-9]{1,8})"
_VERSION: Final = re.compile(
    rf"""v?(?P<release>{_NUMBER}(?:\.{_NUMBER}){{0,9}})
    (?:[-_.]?(?P<stage>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?P<pre>{_NUMBER})?)?
    (?P<post>-(?P<bare>{_NUMBER})|[-_.]?(?:post|rev|r)[-_.]?(?P<after>{_NUMBER})?)?
    (?P<dev>[-_.]?dev[-_.]?(?P<day>{_NUMBER})?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"(~=|==|!=|<=|>=|<|>|)\s*(\S+)")
_WILD: Final = re.compile(rf"v?({_NUMBER}(?:\.{_NUMBER}){{0,8}})\.[x*]", re.IGNORECASE)
_STAGES: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_LONGEST: Final = 300
_FIRST: Final = (-1, 0)
_LAST: Final = (3, 0)
_NO_DEV: Final = float("inf")

Version = tuple[tuple[int, ...], tuple[int, int], int, float]
"""A version as a key that sorts as PEP 440 says: release without trailing zeros, stage, post-release, development."""


def parse_version(text: str) -> Version | None:
    """The sort key of a public version without epoch; None for anything else, local versions (`1.0+x`) too."""
    match = _VERSION.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        return None
    release = _release(match["release"])
    has_post, has_dev = match["post"] is not None, match["dev"] is not None
    if match["stage"] is not None:
        stage = (_STAGES[match["stage"].lower()], int(match["pre"] or 0))
    else:
        stage = _FIRST if has_dev and not has_post else _LAST
    post = int(match["bare"] or match["after"] or 0) if has_post else -1
    dev = float(match["day"] or 0) if has_dev else _NO_DEV
    return release, stage, post, dev


def in_range(version: str, specifiers: str) -> bool | None:
    """Whether `version` is in the range; pre-releases count by their order. None when either cannot be read."""
    found = parse_version(version)
    if found is None or len(specifiers) > _LONGEST:
        return None
    answers = [_clause(found, part.strip()) for part in specifiers.split(",")]
    if None in answers:
        return None
    return all(answers)


def _clause(version: Version, clause: str) -> bool | None:
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        return None
    operator, operand = match.groups()
    if operand == "*" and operator in ("", "=="):
        return True
    wild = _WILD.fullmatch(operand)
    if wild is not None:
        if operator not in ("", "==", "!="):
            return None
        return _begins(version, wild[1]) == (operator != "!=")
    bound = parse_version(operand)
    if bound is None:
        return None
    if operator == "~=":
        parts = _VERSION.fullmatch(operand)
        assert parts is not None
        series = parts["release"].rpartition(".")[0]
        return version >= bound and _begins(version, series) if series else None
    return _COMPARE[operator or "=="](version, bound)


def _release(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _begins(version: Version, series: str) -> bool:
    wanted = tuple(int(part) for part in series.split("."))
    padded = version[0] + (0,) * (len(wanted) - len(version[0]))
    return padded[: len(wanted)] == wanted


def _below(version: Version, bound: Version) -> bool:
    """`<V` does not mean V's own pre-releases, unless V is one: so it ends before the first of them, `V.dev0`."""
    release, stage, post, dev = bound
    if stage == _LAST and dev == _NO_DEV:
        bound = (release, _LAST if post >= 0 else _FIRST, post, 0.0)
    return version < bound


def _above(version: Version, bound: Version) -> bool:
    """`>V` does not mean V's own post-releases, unless V is one."""
    own = version[:2] == bound[:2] and bound[3] == _NO_DEV and version[2] >= 0
    return version > bound and (bound[2] >= 0 or not own)


_COMPARE: Final[dict[str, Callable[[Version, Version], bool]]] = {
    "==": lambda version, bound: version == bound,
    "!=": lambda version, bound: version != bound,
    "<=": lambda version, bound: version <= bound,
    ">=": lambda version, bound: version >= bound,
    "<": _below,
    ">": _above,
}

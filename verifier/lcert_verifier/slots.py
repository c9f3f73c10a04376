"""Frozen values filled slot by slot, where so many are made that `__init__` with keywords would take too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["setters"]


def setters(cls: type, *names: str) -> tuple[Callable[[Any, Any], None], ...]:
    """For each slot of `cls` a function that sets it in an object; for the module of the class alone."""
    return tuple(cls.__dict__[name].__set__ for name in names)

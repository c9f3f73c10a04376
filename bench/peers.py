"""Other people's libraries, as far as they are installed: a table without them is still a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from .harness import Work

__all__ = ["found", "load"]


def load(name: str) -> Any:
    """The module, or None when it cannot be imported here."""
    try:
        return import_module(name)
    except Exception:  # a peer that does not even import is absent, whatever its reason
        return None


def found(peers: Mapping[str, Callable[[], Work | None]]) -> dict[str, Work]:
    """The peers whose preparation succeeded; one that is absent or fails on our input is left out and says so."""
    works: dict[str, Work] = {}
    for name, prepare in peers.items():
        try:
            work = prepare()
        except Exception as error:
            print(f"       peer {name} left out: {type(error).__name__}: {error}"[:200])
            continue
        if work is not None:
            works[name] = work
    return works

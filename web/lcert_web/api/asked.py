"""What a request to the programming interface may ask: only what is declared, each at most once."""

from __future__ import annotations

from flask import request

from ..problems import Kind, Problem
from .operations import Operation

__all__ = ["only", "split_version"]


def only(operation: Operation) -> None:
    """Refuses parameters that the operation does not declare: no program shall take all for some.

    An empty text is as good as none; an empty number, flag or choice is a mistake.
    """
    known = {item.name: item.schema for item in operation.parameters if item.place == "query"}
    for name, value in request.args.items():
        if name not in known:
            raise Problem(Kind.INVALID_PARAMETER, f"Parameters here: {', '.join(sorted(known)) or 'none'}.")
        if len(request.args.getlist(name)) > 1:
            raise Problem(Kind.INVALID_PARAMETER, f"{name} is given twice.")
        if not value and ("enum" in known[name] or known[name].get("type") in ("integer", "boolean")):
            raise Problem(Kind.INVALID_PARAMETER, f"{name} is empty.")


def split_version(text: str) -> tuple[str, str | None]:
    """`name@version` at the last `@`; without a version there is none. A scope's `@org/name` stays a name."""
    name, at, version = text.rpartition("@")
    return (name.strip(), version.strip() or None) if at and name.strip() else (text.strip(), None)

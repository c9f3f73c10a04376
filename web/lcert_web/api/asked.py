"""What a request to the programming interface may ask: only what is declared, each at most once."""

from __future__ import annotations

from flask import request

from ..problems import Kind, Problem
from .operations import Operation

__all__ = ["only", "split_version"]


def only(operation: Operation) -> None:
    """Refuses parameters that the operation does not declare: no program shall take all for some."""
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    for name in request.args:
        if name not in known:
            raise Problem(Kind.INVALID_PARAMETER, f"Parameters here: {', '.join(sorted(known)) or 'none'}.")
        if len(request.args.getlist(name)) > 1:
            raise Problem(Kind.INVALID_PARAMETER, f"{name} is given twice.")


def split_version(text: str) -> tuple[str, str | None]:
    """`name@version` at the last `@`; without a version there is none. A scope's `@org/name` stays a name."""
    name, at, version = text.rpartition("@")
    return (name.strip(), version.strip() or None) if at and name.strip() else (text.strip(), None)

"""`--idempotency-key`: a command that may be asked again, when its answer was lost, without doing its work twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..once import Once

__all__ = ["IdempotencyKey", "once_of"]

IdempotencyKey = click.option(
    "--idempotency-key",
    "once",
    metavar="KEY",
    help="Any text of yours: asked again with it, the command gives the same answer and changes nothing.",
)


def once_of(key: str | None, *asked: Any) -> Once | None:
    """The request as one to be answered once, if a key was given. `asked` is all that makes it another request."""
    if key is None:
        return None
    from ..once import Once

    return Once.of(key, *(part if isinstance(part, bytes) else _canonical(part) for part in asked))


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

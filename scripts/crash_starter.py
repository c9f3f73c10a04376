"""The waiting interpreter of the crash test: `tests.support.forking`, and every token that is signed is written down.

A token counts as signed the moment it exists, before anything else of its program goes on: that is how orphans of a
crash are known, which no database and no published file names.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from tests.support.forking import wait_for_orders

from lcert_issuer import issuance

__all__ = ["SIGNED"]

SIGNED: Final = "LCERT_CRASH_SIGNED"
"""Environment variable: the file that gets a line for every signed token."""

_sign: Any = issuance.sign_compact  # type: ignore[attr-defined]


def _noting(*args: Any, **kwargs: Any) -> str:
    token: str = _sign(*args, **kwargs)
    if path := os.environ.get(SIGNED):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, token.encode() + b"\n")
        os.close(descriptor)
    return token


if __name__ == "__main__":
    issuance.sign_compact = _noting  # type: ignore[attr-defined]
    wait_for_orders(sys.stdin.buffer, sys.stdout.buffer)

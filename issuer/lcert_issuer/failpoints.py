"""Named places where a test kills the process, to prove that a crash there loses nothing and invents nothing.

Nothing happens unless the environment names the place: `LCERT_FAILPOINT=issue.after_intent`.
"""

from __future__ import annotations

import os
import signal
from typing import Final

__all__ = ["FAILPOINTS", "VARIABLE", "failpoint"]

VARIABLE: Final = "LCERT_FAILPOINT"

FAILPOINTS: Final = (
    "issue.before_intent",
    "issue.after_intent",
    "issue.after_sign",
    "issue.after_append",
    "issue.after_commit",
    "decide.before_append",
    "decide.after_append",
    "decide.after_commit",
    "keys.after_sign",
    "keys.after_append",
    "keys.after_commit",
    "restore.after_keys",
    "restore.after_copy",
    "restore.after_aside",
    "restore.after_database",
    "replay.before_append",
    "replay.after_append",
    "replay.after_commit",
)
"""Of issuing, deciding, changing keys, restoring, replaying, in the order they are passed; publishing has its own."""


def failpoint(name: str) -> None:
    """Ends the process as `kill -9` would if `LCERT_FAILPOINT` is `name`; otherwise does nothing."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)

"""The `lcert` command: the issuer's commands, `serve` and `demo`. Without the server extra it says what to install."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Entry point. Exit 0 done, 1 refused or failed, 64 wrong usage (contract section 2)."""
    missing = [name for name in ("click", "flask", "sqlalchemy") if find_spec(name) is None]
    if missing:  # the base install has none of these, and must still get a helpful answer
        sys.stderr.write(
            f"lcert: the issuer's programs are not installed ({', '.join(missing)} missing).\n"
            "  Install them with: pip install 'lcert[server]'\n"
            "  To check certificates you need only lcert-verify, which is here.\n"
        )
        sys.exit(1)
    from .cli import run

    sys.exit(run())

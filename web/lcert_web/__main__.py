"""`python -m lcert_web` is the `lcert` command."""

from __future__ import annotations

from .command import main

main()

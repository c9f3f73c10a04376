"""Where a test stands to use `lcert-verify`: a folder with a bundle `l.zip`, a clock, and what was printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from lcert_verifier import command
from lcert_verifier.fetch import Fetcher

__all__ = ["Desk"]


@dataclass
class Desk:
    folder: Path
    capsys: pytest.CaptureFixture[str]
    now: datetime
    fetcher: Any = None
    out: str = ""
    err: str = ""

    def __call__(self, *words: str | Path, trust: str | Path | None = "l.zip") -> int:
        """The exit code. `trust`: a file in the folder or an origin, None for none."""
        given = [] if trust is None else ["--trust", self._named(trust)]
        fetcher = cast(Fetcher, self.fetcher)
        code = command.main([*map(str, words), *given], clock=lambda: self.now, fetcher=fetcher)
        self.out, self.err = self.capsys.readouterr()
        return code

    def _named(self, trust: str | Path) -> str:
        return str(self.folder / trust) if trust == "l.zip" else str(trust)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    def write(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text)
        return self.folder / name

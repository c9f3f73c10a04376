"""An issuer's published folder as readers see it: the files, what they say, and a verifier that has nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lcert_verifier import Code, Verifier
from lcert_verifier.checkpoint import parse_checkpoint
from lcert_verifier.jose import split
from lcert_verifier.published import NotPublished
from lcert_verifier.source import PublishedSource

__all__ = ["Published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    folder: Path
    base_url: str

    def bytes(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def json(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def payload(self, path: str) -> dict[str, Any]:
        """The payload of a published token, unchecked."""
        return dict(split(self.bytes(path).decode("ascii")).payload)

    def list_size(self, number: int = 1) -> int:
        """Journal size that a status list speaks of."""
        return int(self.payload(f"status/token/{number}")["journal"]["size"])

    def log_size(self) -> int:
        """Journal size of the checkpoint; 0 before the first one."""
        try:
            note = self.bytes("log/checkpoint").decode()
        except FileNotFoundError:
            return 0
        return parse_checkpoint(note.rpartition("\n\n")[0] + "\n").size

    def verifier(
        self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), pin: str | None = None
    ) -> Verifier:
        """A verifier with nothing but the files, looking anew each time."""

        def read(path: str) -> bytes:
            try:
                return self.bytes(path)
            except OSError:
                raise NotPublished(path) from None

        source = PublishedSource(read, base_url=self.base_url, clock=clock, list_ttl=0, trust_ttl=0, pin=pin)
        return Verifier([source], clock=clock)

    def code(self, token: str) -> Code:
        """What a reader of the files says about a token."""
        return self.verifier().verify(token).code

    def state(self) -> dict[str, str]:
        """Every file with a digest, to see that nothing changed."""
        import hashlib

        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

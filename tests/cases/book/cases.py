"""What a case is, and how it lies on disk: one folder `NNN-slug--verdict--code` with its inputs and a README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .issuer import NOW, Issuer

__all__ = ["HERE", "ISSUERS", "Book", "Case", "Stored", "read_case", "stored_cases"]

HERE = Path(__file__).resolve().parent.parent
ISSUERS = HERE / "issuers"
_UNDECIDED = {"trust_unavailable", "status_stale", "status_unavailable", "status_history_unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question and its one right answer. `token`, `png` or `svg` is the input; `make` names one made on the fly."""

    slug: str
    code: str
    about: str
    covers: tuple[str, ...]
    token: str | bytes | None = None
    png: bytes | None = None
    svg: bytes | None = None
    make: str | None = None
    undecided: bool | None = None
    trust: tuple[str, ...] = ("certs",)
    """Issuers whose published files are trusted; `certs.zip` means that issuer's bundle."""
    site: Mapping[str, bytes] = field(default_factory=dict)
    """Published files of the first issuer that differ in this case."""
    gone: tuple[str, ...] = ()
    """Published paths that do not answer in this case."""
    bundle: bytes | None = None
    """A bundle of this case alone, trusted instead."""
    ask: Mapping[str, str] = field(default_factory=dict)
    """`at`, `known_at`, `domain`."""
    clock: datetime = NOW

    @property
    def verdict(self) -> str:
        if self.code == "valid":
            return "accepted"
        undecided = self.code in _UNDECIDED if self.undecided is None else self.undecided
        return "indeterminate" if undecided else "rejected"

    @property
    def input_name(self) -> str:
        if self.make:
            return self.make
        return "badge.png" if self.png is not None else "badge.svg" if self.svg is not None else "token.jwt"

    def files(self) -> dict[str, bytes]:
        """The files of its folder, by name."""
        settings: dict[str, Any] = {"input": self.input_name, "clock": _time(self.clock)}
        if self.bundle is not None:
            settings["trust"] = ["bundle.zip"]
        else:
            settings["trust"] = list(self.trust)
        settings |= dict(self.ask)
        if self.gone:
            settings["gone"] = list(self.gone)
        settings["covers"] = list(self.covers)
        found = {"README.md": f"{self.about}\n".encode(), "case.json": (json.dumps(settings) + "\n").encode()}
        found |= {f"site/{path}": data for path, data in self.site.items()}
        if self.bundle is not None:
            found["bundle.zip"] = self.bundle
        for data in (self.token, self.png, self.svg):
            if data is not None:
                found[self.input_name] = data.encode() if isinstance(data, str) else data
        return found


@dataclass(slots=True)
class Book:
    """Collects cases of one chapter, numbered from `first`."""

    issuer: Issuer
    first: int = 1
    cases: list[Case] = field(default_factory=list)

    def add(self, slug: str, code: str, about: str, *covers: str, **parts: Any) -> None:
        self.cases.append(Case(slug=slug, code=code, about=about, covers=covers, **parts))

    def folders(self) -> Iterator[tuple[str, Case]]:
        for number, case in enumerate(self.cases, self.first):
            yield f"{number:03d}-{case.slug}--{case.verdict}--{case.code}", case


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A case as any client reads it: from its folder alone."""

    name: str
    folder: Path
    verdict: str
    code: str
    settings: Mapping[str, Any]

    @property
    def input(self) -> Path:
        return self.folder / self.settings["input"]

    @property
    def made(self) -> bool:
        """Whether its input is too large to keep and is made on the fly (see `large`)."""
        return not self.input.exists()


def read_case(folder: Path) -> Stored:
    _, verdict, code = folder.name.split("--")
    settings = json.loads((folder / "case.json").read_bytes())
    return Stored(name=folder.name, folder=folder, verdict=verdict, code=code, settings=settings)


def stored_cases() -> list[Stored]:
    return [read_case(folder) for folder in sorted(HERE.glob("[0-9][0-9][0-9]-*"))]


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

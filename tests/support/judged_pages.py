"""Every page of the public site for a browser to judge: served on a loopback port from memory; and axe-core."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from tests.support.loopback import serving
from tests.support.shelf import NUMBERS, Published
from tests.support.system import NODE_MODULES

from lcert_web.finding import Change, Hit, Query
from lcert_web.public import create_public_app
from lcert_web.reporting import Given, NotStored
from lcert_web.speaking import SIX_LANGUAGES

__all__ = ["LANGUAGES", "MemoryReports", "axe_script", "find_in", "public_app", "served"]

LANGUAGES = tuple(SIX_LANGUAGES.languages)
_AXE = NODE_MODULES / "axe-core" / "axe.min.js"


@dataclass
class Count:
    received: int
    resolved: int

    @property
    def open(self) -> int:
        return self.received - self.resolved


class MemoryReports:
    """Keeps reports in a list. `gone` is a database that does not answer."""

    def __init__(self) -> None:
        self.filed: list[tuple[Given, str | None, str]] = []
        self.gone = False

    def file(self, given: Given, number: str | None, language: str, now: datetime) -> str:
        if self.gone:
            raise NotStored("gone")
        self.filed.append((given, number, language))
        return f"ref{len(self.filed)}"

    def tally(self) -> Any:
        if self.gone:
            raise NotStored("gone")
        return Count(received=len(self.filed), resolved=0)


def find_in(published: Published) -> Any:
    """Searches the records of a published folder by holder."""

    def find(query: Query, limit: int, now: datetime) -> tuple[Sequence[Hit], int]:
        hits = []
        for number in NUMBERS.values():
            record = json.loads(published.storage.files[f"c/{number}.json"])
            if query.q.lower() not in record["holder"]["legalName"].lower():
                continue
            hits.append(
                Hit(
                    number=number,
                    holder=record["holder"]["legalName"],
                    statement=record["scope"]["statement"],
                    domains=tuple(domain["name"] for domain in record["holder"]["domains"]),
                    valid_from=record["certificate"]["validFrom"],
                    valid_through=record["certificate"]["validThrough"],
                    same_person=True,
                )
            )
        return hits[:limit], len(hits) if query.q else 120

    return find


def public_app(published: Published, **options: Any) -> Flask:
    """The public site of a published folder, with everything a page can show."""
    changes: list[Change] = []
    return create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
        **{
            "contact": "report@certs.example",
            "imprint": "L Certification Office\n1 Fiction Street",
            "verifier_url": "https://verify.certs.example",
            "find": find_in(published),
            "reports": MemoryReports(),
            "changes": lambda limit: changes,
            **options,
        },
    )


@contextlib.contextmanager
def served(app: Flask) -> Iterator[str]:
    """The origin of an app served by a thread of this process."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def axe_script() -> str:
    """axe-core as text to be run in a page; skips where npm has not brought it."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in tests/interop (`make test` does)")
    return _AXE.read_text(encoding="utf-8")

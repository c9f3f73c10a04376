"""The shared vectors: what every verifier of ours, in whatever language, must answer."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from scripts import vectors as generator

from lcert_verifier.bundle import BundleSource
from lcert_verifier.errors import EvidenceUnavailable, LcertError, TrustError
from lcert_verifier.pinned import PinnedSource
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.trust import Trust
from lcert_verifier.verify import Verifier

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
Vector = dict[str, Any]


@cache
def area(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return value


def every_vector() -> list[Vector]:
    return [vector for path in sorted(FOLDER.glob("*.json")) for vector in area(path.stem)["vectors"]]


VECTORS = every_vector()


class Unusable:
    """Trust that was named and cannot be used."""

    offline = True

    def trust(self, now: datetime, *, refresh: bool = False) -> Any:
        raise TrustError("cannot be used")

    def journal_time(self) -> None:
        return None


class World:
    """The evidence of one vector, which may change between two questions, and a clock that stands still."""

    def __init__(self, vector: Vector) -> None:
        self.named = area(vector["id"].split("/")[0])["evidence"]
        self.files: dict[str, Any] = {}
        self.time = datetime.fromisoformat("2026-11-23T12:00:00Z")
        self.opens = True

    def at(self, step: Vector) -> None:
        self.time = datetime.fromisoformat(step["now"])
        evidence = self.whole(step["evidence"])
        self.files = evidence.get("files", evidence.get("lists", {}))

    def whole(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = dict(self.named[name])
        if "like" in value:
            first = self.whole(value["like"])
            files = {path: body for path, body in first["files"].items() if path not in value["without"]}
            return {**first, **value, "files": {**files, **value["files"]}}
        return value

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise NotPublished(path)
        body = self.files[path]
        if body is None:
            raise EvidenceUnavailable("does not answer")
        return base64.b64decode(body["base64"]) if isinstance(body, dict) else body.encode()

    def verifier(self, name: str) -> Verifier:
        evidence = self.whole(name)
        if evidence["kind"] == "none":
            return Verifier([], clock=lambda: self.time)
        sources: dict[str, Callable[[], Any]] = {
            "published": lambda: self._published(evidence),
            "bundle": lambda: BundleSource(
                base64.b64decode(evidence["base64"]), pin=evidence["pin"], clock=lambda: self.time
            ),
            "jwks": lambda: self._pinned(Trust.from_jwks(evidence["issuer"], evidence["jwks"])),
            "did": lambda: self._pinned(
                Trust.from_did_document(evidence["document"], issuer=evidence.get("issuer"))
            ),
        }
        try:
            source = sources[evidence["kind"]]()
        except LcertError:
            self.opens = False
            source = Unusable()
        return Verifier([source], clock=lambda: self.time)

    def _published(self, evidence: dict[str, Any]) -> PublishedSource:
        ticks = count()
        return PublishedSource(
            self.read,
            base_url=evidence["base_url"],
            pin=evidence["pin"],
            clock=lambda: self.time,
            monotonic=lambda: float(next(ticks)) * 1000,
        )

    def _pinned(self, trust: Trust) -> PinnedSource:
        return PinnedSource(trust, lambda uri: self.read(uri).decode())


def answer(vector: Vector) -> tuple[Report, bool]:
    """The Report on a vector, and whether its evidence could be opened."""
    steps = [*vector.get("before", []), vector]
    world = World(vector)
    world.at(steps[0])
    verifier = world.verifier(steps[0]["evidence"])
    report: Report | None = None
    token = area(vector["id"].split("/")[0])["tokens"].get(vector.get("token_of"), vector.get("token"))
    for step in steps:
        world.at(step)
        options: dict[str, Any] = {
            name: datetime.fromisoformat(vector[name]) for name in ("at", "known_at") if name in vector
        }
        options["domain"] = vector.get("domain")
        report = (
            verifier.verify_badge(base64.b64decode(vector["badge"]), **options)
            if "badge" in vector
            else verifier.verify(token, **options)
        )
    assert report is not None
    return report, world.opens


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_answer_is_the_expected_one(vector: Vector) -> None:
    report, opens = answer(vector)
    expected = vector["expected"]
    assert (report.verdict.value, report.code.value) == (expected["verdict"], expected["code"]), (
        report.to_json()
    )
    assert [check.outcome.value for check in report.checks] == expected["checks"]
    assert opens == expected.get("opens", True)
    if "current_edition" in expected:
        assert report.current_edition == expected["current_edition"]
    assert not any(check.detail.startswith("fault") for check in report.checks)


def test_the_files_are_those_of_the_tables() -> None:
    wanted = generator.files()
    for path, text in wanted.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python -m scripts.vectors"
    assert sorted(FOLDER.glob("*.json")) == sorted(wanted)


def test_there_are_enough_and_most_must_be_refused() -> None:
    verdicts = Counter(vector["expected"]["verdict"] for vector in VECTORS)
    assert verdicts["rejected"] >= 600
    assert verdicts["indeterminate"] >= 250
    assert verdicts["accepted"] >= 120
    codes = {vector["expected"]["code"] for vector in VECTORS}
    assert codes >= {
        "valid",
        "malformed",
        "wrong_type",
        "trust_unavailable",
        "untrusted_issuer",
        "unknown_key",
    }
    assert codes >= {"key_compromised", "bad_signature", "profile_violation", "not_yet_valid", "expired"}
    assert codes >= {
        "status_unavailable",
        "status_invalid",
        "revoked",
        "superseded",
        "suspended",
        "status_stale",
    }
    assert codes >= {"status_history_unavailable", "domain_mismatch"}

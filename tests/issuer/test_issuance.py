"""Issuing: what is recorded, what is refused, and what a crash leaves behind."""

from __future__ import annotations

from tests.support.registry import Bench


def test_an_issued_certificate_is_active_at_once(bench: Bench) -> None:
    issued = bench.desk.issue(bench.draft())
    assert (issued.number, issued.edition) == ("LC-2026-0001", 1)
    assert bench.state(issued.number) == "active"

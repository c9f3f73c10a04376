"""What audits, measures and loads says no unless it is sure."""

from __future__ import annotations

import json
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from bench.rows.starting import as_installed
from scripts.audit import judge
from scripts.covered import missed, percent, rooms
from scripts.load import Fleet, _judge, broken, percentile


def _answer(*items: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(items), "fixes": []})


CLEAN = {"name": "flask", "version": "3.1", "vulns": []}
BAD = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]}
SKIPPED = {"name": "babel", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("out", "code", "said"),
    [
        (_answer(CLEAN), 0, "1 packages, none"),
        (_answer(CLEAN, BAD), 1, "jinja2 2.0: PYSEC-1, GHSA-2"),
        (_answer(BAD, SKIPPED), 1, "vulnerable"),
        (_answer(CLEAN, SKIPPED), 2, "no answer about babel"),
        (_answer(SKIPPED), 2, "answered about none"),
        (_answer(), 2, "NOT AUDITED"),
        ("", 2, "Name or service not known"),
        ("[]", 2, "NOT AUDITED"),
        ("<html>", 2, "NOT AUDITED"),
    ],
)
def test_an_audit_passes_only_when_the_service_answered_about_everything(
    out: str, code: int, said: str
) -> None:
    found, sentence = judge(1, out, "a traceback\nConnectionError: Name or service not known")
    assert (found, said in sentence) == (code, True), sentence


def test_coverage_is_counted_by_room() -> None:
    def file(statements: int, lines: int, branches: int, taken: int) -> dict[str, Any]:
        return {
            "summary": {
                "num_statements": statements,
                "covered_lines": lines,
                "num_branches": branches,
                "covered_branches": taken,
            },
            "missing_lines": [7] if lines < statements else [],
            "missing_branches": [[3, 5]] if taken < branches else [],
        }

    report = {
        "files": {
            "verifier/lcert_verifier/a.py": file(10, 10, 4, 3),
            "verifier/lcert_verifier/b.py": file(10, 9, 0, 0),
            "web/lcert_web/c.py": file(5, 5, 2, 2),
        }
    }
    found = rooms(report)
    assert percent(found["verifier"]["taken"], found["verifier"]["branches"]) == 75
    assert percent(found["verifier"]["reached"], found["verifier"]["statements"]) == 95
    assert percent(found["web"]["taken"], found["web"]["branches"]) == 100
    assert missed(report, "verifier") == [
        "verifier/lcert_verifier/a.py: 3->5",
        "verifier/lcert_verifier/b.py: 7",
    ]
    assert missed(report, "web") == []


def _result(**changes: Any) -> dict[str, Any]:
    sound = {"errors": 0, "memory_growth_percent": 1.0, "withdrawals": 9, "published_after_s": {"p99": 1.0}}
    return {**sound, **changes}


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"errors": 1}, 1),
        ({"memory_growth_percent": 5.1}, 1),
        ({"published_after_s": {"p99": 5.01}}, 1),
        ({"withdrawals": 0}, 1),
    ],
)
def test_a_load_that_breaks_a_promise_fails(changes: dict[str, Any], count: int) -> None:
    assert len(broken(_result(**changes))) == count


@pytest.mark.parametrize(
    ("code", "since", "wrong"),
    [
        ("valid", None, False),
        ("revoked", None, True),
        ("revoked", 99.0, False),
        ("valid", 99.0, False),
        ("valid", 30.0, True),
        ("status_unavailable", None, True),
        ("status_stale", 99.0, True),
    ],
)
def test_a_load_minds_what_the_verifier_says(code: str, since: float | None, wrong: bool) -> None:
    fleet = Fleet({}, {}, withdrawn={} if since is None else {"LC-1": since})
    assert (_judge("LC-1", 100.0, 200, json.dumps({"code": code}).encode(), fleet) is not None) == wrong
    assert _judge("LC-1", 100.0, 500, b"", fleet) is not None


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.5) == 0.0


def test_starting_is_measured_with_bytecode_as_pip_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "inner" / "module.py"
    module.parent.mkdir()
    module.write_text("x = 1\n")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    as_installed(tmp_path)
    assert Path(cache_from_source(str(module))).exists()
    module.with_name("broken.py").write_text("x =\n")
    with pytest.raises(OSError, match="cannot be compiled"):
        as_installed(tmp_path)

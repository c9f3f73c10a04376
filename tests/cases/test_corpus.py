"""Every case gets its one right answer, whoever is asked: library, service, command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cases.book.cases import Stored, stored_cases
from tests.cases.book.threats import ROWS, TESTED_ELSEWHERE
from tests.cases.clients import Clients, by_command, disagreements, input_of
from tests.support.system import ROOT

from lcert_verifier.report import Code

CASES = stored_cases()
JAVASCRIPT = ROOT / "verifier" / "js" / "test" / "cases.mjs"


def test_the_library_answers_every_case_rightly() -> None:
    assert disagreements(CASES, Clients().by_library) == []


def test_what_was_judged_before_changes_no_answer() -> None:
    clients = Clients()
    assert disagreements(CASES[::-1], clients.by_library) == []
    some = [case for case in CASES if not case.made]
    assert disagreements(some, clients.by_library) == []


def test_the_service_answers_every_case_rightly() -> None:
    assert disagreements(CASES, Clients().by_service) == []


def test_the_command_answers_every_case_rightly(tmp_path: Path) -> None:
    assert disagreements(CASES, lambda case: by_command(case, tmp_path)) == []


def test_there_are_enough_cases_and_most_are_refused() -> None:
    refused = sum(case.verdict != "accepted" for case in CASES)
    print(f"\n{len(CASES)} cases, {refused} not accepted")
    assert len(CASES) >= 300
    assert refused >= 200
    assert {case.code for case in CASES} == {code.value for code in Code}


def test_every_threat_has_a_case_or_a_test() -> None:
    covered = {row for case in CASES for row in case.settings["covers"]}
    assert covered <= ROWS.keys(), "a case names a row that does not exist"
    assert TESTED_ELSEWHERE.keys() <= ROWS.keys()
    assert ROWS.keys() - covered - TESTED_ELSEWHERE.keys() == set()


@pytest.mark.parametrize("row", sorted(TESTED_ELSEWHERE))
def test_rows_tested_elsewhere_really_are(row: str) -> None:
    path, _, text = TESTED_ELSEWHERE[row].partition("::")
    assert text
    assert text in (ROOT / path).read_text(encoding="utf-8")


def test_each_case_tells_in_a_sentence_what_it_is() -> None:
    for case in CASES:
        sentence = (case.folder / "README.md").read_text(encoding="utf-8")
        assert sentence.strip(), case.name
        assert sentence.count("\n") == 1, case.name
    numbers = [case.name[:3] for case in CASES]
    assert len(numbers) == len(set(numbers))


def test_the_corpus_is_what_its_book_makes() -> None:
    script = str(ROOT / "scripts" / "cases.py")
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_corpus_stays_small() -> None:
    size = sum(path.stat().st_size for case in CASES for path in case.folder.rglob("*") if path.is_file())
    assert size < 6_000_000


if JAVASCRIPT.exists():

    def test_the_javascript_verifier_answers_every_case_rightly(tmp_path: Path) -> None:
        """With the inputs that are too large to keep."""
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed: install the system package `nodejs`")
        asked = "".join(
            json.dumps(
                {"folder": str(case.folder), "verdict": case.verdict, "code": case.code, **case.settings}
            )
            + "\n"
            for case in CASES
        )
        for case in CASES:
            if case.made:
                (tmp_path / case.name).mkdir()
                (tmp_path / case.name / case.settings["input"]).write_bytes(input_of(case))
        done = subprocess.run(
            [node, str(JAVASCRIPT)],
            input=asked,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, "LCERT_LARGE": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr
        answers = {line["folder"]: line for line in map(json.loads, done.stdout.splitlines())}
        assert answers.keys() == {str(case.folder) for case in CASES}
        assert not any("skip" in answer for answer in answers.values())

        def answer(case: Stored) -> tuple[str, str]:
            found = answers[str(case.folder)]
            return found["verdict"], found["code"]

        assert disagreements(CASES, answer) == []

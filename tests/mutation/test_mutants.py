"""Mutants are small, differ from the module, compile, and are named the same while their function's text is."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from tests.mutation.mutants import function_code, mutants_of, mutated_tree
from tests.mutation.session import SOURCE, scores

MODULE = '''
"""Words."""
from __future__ import annotations

LIMIT: int = 3

def f(a: int, b: str = "x") -> bool:
    """Words for people."""
    if a < LIMIT and b != "y":
        raise ValueError("words for people")
    for item in [c for c in b if c]:
        if not item:
            continue
        g(item)
    return a + 1 == 2
'''


def _changes() -> list[str]:
    plain = ast.unparse(ast.parse(MODULE))
    found = []
    for mutant in mutants_of(MODULE):
        text = ast.unparse(mutated_tree(MODULE, mutant.number))
        assert text != plain, mutant
        (line,) = {*text.splitlines()} - {*plain.splitlines()} or {f"{mutant.what} only drops"}
        found.append(line.strip())
    return found


def test_each_mutant_changes_one_thing() -> None:
    assert sorted(_changes()) == sorted(
        [
            "LIMIT: int = 4",
            "def f(a: int, b: str='xX') -> bool:",
            "if True:",
            "if False:",
            "if a < LIMIT or b != 'y':",
            "if a <= LIMIT and b != 'y':",
            "if a < LIMIT and b == 'y':",
            "if a < LIMIT and b != 'yX':",
            "pass",
            "for item in [c for c in b]:",
            "if True:",
            "if False:",
            "if item:",
            "break",
            "pass",
            "return None",
            "return a + 1 != 2",
            "return a - 1 == 2",
            "return a + 2 == 2",
            "return a + 1 == 3",
        ]
    )


def test_a_key_holds_until_the_function_changes() -> None:
    before = {mutant.key for mutant in mutants_of(MODULE)}
    assert len(before) == len(mutants_of(MODULE))
    assert {
        mutant.key for mutant in mutants_of("\n\n" + MODULE + "\ndef other() -> int:\n    return 1\n")
    } > before
    changed = {mutant.key for mutant in mutants_of(MODULE.replace("a < LIMIT", "a > LIMIT"))}
    assert len(changed & before) == 2, "only the two constants outside the body keep their keys"


@pytest.mark.parametrize("name", ["jose", "status/check", "policy"])
def test_mutants_of_the_verifier_compile_and_belong_to_functions(name: str) -> None:
    path = SOURCE / f"{name}.py"
    source = path.read_text(encoding="utf-8")
    plain = compile(source, str(path), "exec")
    mutants = mutants_of(source)
    assert len(mutants) > 50
    for mutant in mutants[::25]:
        compile(mutated_tree(source, mutant.number), str(path), "exec")
    functions = [mutant for mutant in mutants if mutant.function]
    assert any(function_code(plain, mutant.function.split(".")[0]) for mutant in functions)


def test_what_is_left_out_does_not_count(tmp_path: Path) -> None:
    results: list[Any] = ["killed", "killed by the clock", "survived", "not reached", "at import"]
    known = {str(number): {"result": result} for number, result in enumerate(results)}
    (tmp_path / "jose.json").write_text(json.dumps(known))
    assert "50.0 %  2 of 4 killed, 1 survived, 1 not reached, 1 at import left out" in scores(tmp_path)

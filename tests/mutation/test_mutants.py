"""Mutants are small, differ from the module, compile, and are named the same while their function's text is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from tests.mutation import ledger
from tests.mutation.mutants import function_code, mutants_of, mutated
from tests.mutation.session import SOURCE, Results

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
        with mutated(MODULE, mutant.number) as tree:
            text = ast.unparse(tree)
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
        with mutated(source, mutant.number) as tree:
            compile(tree, str(path), "exec")
    functions = [mutant for mutant in mutants if mutant.function]
    assert any(function_code(plain, mutant.function.split(".")[0]) for mutant in functions)


RESULTS = {"a": "killed", "b": "killed by the clock", "c": "survived", "d": "not reached"}


def test_a_part_is_called_a_sample_and_another_source_stale() -> None:
    told = ledger.entry("source", 9, RESULTS)
    assert told | {"source": ""} == {"source": "", "mutants": 9, "tried": 4, "killed": 2, "left": ["c", "d"]}
    text = ledger.table(SOURCE, {"jose": told})
    assert (
        "jose                  50.0 %  2 of 4 killed, 2 left of which 0 explained, a sample of 9, stale"
        in text
    )
    assert "\nnever tried: " in text


def test_the_ledger_is_one_that_the_driver_wrote() -> None:
    assert ledger.faults(ledger.read(), SOURCE) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": "jose"}, "no digest"),
        ({"killed": 3}, "does not add up"),
        ({"tried": 10, "killed": 8}, "more than there are"),
        ({"left": ["d", "c"]}, "mutants named twice or out of order"),
    ],
)
def test_a_ledger_made_by_hand_is_found_out(change: dict[str, Any], fault: str) -> None:
    told = ledger.entry("source", 9, RESULTS)
    assert ledger.faults({"jose": told}, SOURCE) == []
    assert ledger.faults({"nothing": told}, SOURCE) == ["nothing: no such module"]
    assert ledger.faults({"jose": told | change}, SOURCE) == [f"jose: {fault}"]


def test_reasons_are_read_by_module() -> None:
    text = (
        "| module | mutants | why |\n|---|---|---|\n| `status/check` | `f: a -> b`, `f: a -> b 2` | same |\n"
    )
    assert ledger.explained(text) == {"status/check": {"f: a -> b", "f: a -> b 2"}}
    assert ledger.explained().keys() <= {
        str(path.relative_to(SOURCE).with_suffix("")) for path in SOURCE.rglob("*.py")
    }


def test_a_run_goes_on_where_the_ledger_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = SOURCE / "urls.py"
    source = path.read_text(encoding="utf-8")
    mutants = mutants_of(source)

    def known(**changes: Any) -> dict[str, str]:
        told = {"urls": {"source": ledger.digest(source), "mutants": len(order), "tried": 5, **changes}}
        monkeypatch.setattr(ledger, "read", lambda: told)
        return Results(tmp_path, path, source, mutants).known

    order = Results(tmp_path, path, source, mutants).order
    assert {each.number for each in order} == {each.number for each in mutants if not each.at_import}
    left = [order[3].name]
    assert known(left=left) == {each.key: "survived" if each is order[3] else "killed" for each in order[:5]}
    assert known(left=[order[5].name]) == known(left=left, source="0") == known(left=left, mutants=1) == {}

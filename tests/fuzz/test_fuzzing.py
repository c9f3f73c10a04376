"""A short run of what `make fuzz` does for longer: promises hold for seeds that nobody chose."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.fuzz import seeded
from tests.fuzz.targets import RAW, SEEDED, examples

SECONDS = 6.0


def test_seeds_that_nobody_chose_break_no_promise(tmp_path: Path) -> None:
    result = seeded(SECONDS, tmp_path)
    print(f"\n{result['tried']} mutations in {SECONDS:g} s")
    assert result["crashes"] == []
    assert result["targets"].keys() == SEEDED.keys()
    assert all(result["targets"].values()), "a target was never tried"


def test_a_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    first, second = seeded(0.2, tmp_path), seeded(0.2, tmp_path)
    assert second["ever"] == first["tried"] + second["tried"]
    assert sum(json.loads((tmp_path / "state.json").read_text()).values()) == second["ever"]


def test_genuine_inputs_are_read_by_the_raw_targets() -> None:
    found = {name: {target(data) for data in examples(name)} for name, target in RAW.items()}
    assert "valid" in found["token_bytes"]
    assert found["picture"] == found["json_text"] == found["bundle"] == found["trust"] == {"read"}

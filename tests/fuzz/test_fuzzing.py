"""A short run of what `make fuzz` does for longer: promises hold for seeds that nobody chose."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.fuzz import seeded as fuzzing
from tests.fuzz.seeded import GOALS, GROUPS, load, repeat, seeded, totals
from tests.fuzz.targets import RAW, SEEDED, examples
from tests.support.system import ROOT

SECONDS = 5.0


def test_seeds_that_nobody_chose_break_no_promise(tmp_path: Path) -> None:
    chosen = int(time.time())
    result = seeded(SECONDS, tmp_path, worker=chosen)
    print(f"\n{sum(result['tried'].values())} mutations in {SECONDS:g} s, worker {chosen}")
    assert result["crashes"] == []
    assert result["tried"].keys() == SEEDED.keys()
    assert all(result["tried"].values()), "a target was never tried"


def test_a_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    runs = [seeded(0.1, tmp_path), seeded(0.1, tmp_path), seeded(0.1, tmp_path, worker=1)]
    state = load(tmp_path)
    tried = {name: sum(run["tried"][name] for run in runs) for name in SEEDED}
    assert {name: each["next"] for name, each in state.items()} == tried
    assert {name: sum(each["counts"].values()) for name, each in state.items()} == tried
    assert sum(totals(state).values()) == sum(tried.values())


def test_every_target_belongs_to_a_group_with_a_goal() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(SEEDED)
    assert GOALS.keys() == GROUPS.keys()


def test_a_broken_promise_is_kept_with_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(data: bytes) -> str:
        assert not data.endswith(b"0.3"), "accepted, although it is wrong"
        return "fine"

    monkeypatch.setattr(fuzzing, "SEEDED", {"link": breaks})
    result = seeded(0.3, tmp_path)
    assert result["crashes"] == ["link 0.3: AssertionError: accepted, although it is wrong"]
    assert "Traceback" in (tmp_path / "crashes" / "link-0.3.txt").read_text()
    with pytest.raises(AssertionError):
        repeat("link", "0.3")


def test_an_input_that_takes_too_long_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(_: bytes) -> str:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue

    monkeypatch.setattr(fuzzing, "SECONDS_AN_INPUT", 0.05)
    monkeypatch.setattr(fuzzing, "SEEDED", {"link": hangs})
    with pytest.raises(fuzzing.TooSlow):
        repeat("link", "0")


def test_an_input_that_takes_too_much_memory_ends_in_an_error() -> None:
    code = (
        "from tests.fuzz.seeded import limit_memory\n"
        "limit_memory(100_000_000)\n"
        "try:\n    bytes(200_000_000)\nexcept MemoryError:\n    print('bounded')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == "bounded\n", done.stderr


def test_genuine_inputs_are_read_by_the_raw_targets() -> None:
    found = {name: {target(data) for data in examples(name)} for name, target in RAW.items()}
    assert found["token_bytes"] == {"genuine"}
    assert found["picture"] == found["json_text"] == found["bundle"] == found["trust"] == {"read"}

"""A disk that is really full: changes are refused with what to do, what is published is read, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from tests.support.full_disk import NOT_PERMITTED
from tests.support.system import ROOT

pytestmark = pytest.mark.needs_mount


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the issuer of `full_disk` saw, in a mount namespace of its own, which takes its disks along when it ends."""
    folder = tmp_path_factory.mktemp("disks")
    words = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.support.full_disk"]
    try:
        done = subprocess.run(
            [*words, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )
    except FileNotFoundError:
        pytest.fail("a small disk cannot be mounted: install the system package `util-linux`")
    if done.returncode == NOT_PERMITTED or "unshare" in done.stderr.partition(":")[0]:
        pytest.fail(f"a small disk cannot be mounted: not permitted here {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_with_room_everything_is_well(seen: dict[str, Any]) -> None:
    assert seen["before"]["ready"][0] == 200
    assert seen["before"]["doctor"] == ["good: there is space"]


def test_a_database_whose_disk_is_full_records_nothing_and_says_what_to_do(seen: dict[str, Any]) -> None:
    full = seen["home full"]
    assert full["issue"].startswith("RegistryUnavailable: ")
    assert "is full" in full["issue"]
    assert "free some space there, then do it again" in full["issue"]
    assert full["entries"] == seen["before"]["entries"]
    assert full["ready"][0] == 503
    assert "is full" in full["ready"][1]["database"]
    assert full["ready"][1]["storage"] == "ok", "the other disk has room"
    (said,) = full["doctor"]
    assert "/one" in said
    assert "is full" in said


def test_a_storage_whose_disk_is_full_keeps_what_it_had_and_says_what_to_do(seen: dict[str, Any]) -> None:
    full = seen["public full"]
    assert full["issue"] == "done", "what is recorded does not wait for it"
    assert full["publish"].startswith("StorageError: ")
    assert "No space left on device; free some space on its disk, then `lcert publish`" in full["publish"]
    assert full["staged"] == 0, "no halves are left"
    assert full["ready"][0] == 503
    assert "is full" in full["ready"][1]["storage"]
    assert full["ready"][1]["database"] == "ok"
    (said,) = full["doctor"]
    assert "/two" in said


@pytest.mark.parametrize("when", ["before", "home full", "home freed", "public full", "public freed"])
def test_what_is_published_is_read_and_verifies_all_the_time(seen: dict[str, Any], when: str) -> None:
    assert seen[when]["pages"] == [200, 200, 200, 200]
    assert seen[when]["first"] == "valid"
    assert seen[when]["whole"] == "ok", "the database is whole"


def test_with_room_again_everything_goes_on_and_nothing_was_lost(seen: dict[str, Any]) -> None:
    freed, last = seen["home freed"], seen["public freed"]
    assert (freed["issue"], freed["publish"], last["publish"]) == ("done", "done", "done")
    assert freed["entries"] == seen["before"]["entries"] + 1
    assert last["entries"] == freed["entries"] + 1, "what was recorded while the other disk was full is there"
    for after in (freed, last):
        assert after["ready"][0] == 200
        assert after["doctor"] == ["good: there is space"]

"""Where reading a history ends, and what one that is known already saves and never changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.edges import Issuer, Reads

from lcert_verifier import history as histories
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.history import (
    History,
    history_paths,
    load_history,
    read_tile,
    read_tiles_at_once,
    shard_paths,
)

TIMES = {"effectiveAt": "2027-01-01T00:00:00Z", "recordedAt": "2027-01-01T00:00:00Z"}


def entry(number: object = None, size: int = 0) -> bytes:
    data = json.dumps({"v": 1, "kind": "suspended", **TIMES, "number": number, "x": ""}).encode()
    return data.replace(b'"x": ""', b'"x": "%s"' % (b"a" * (size - len(data)))) if size else data


def load(
    entries: list[bytes], read: Callable[[str], bytes] | None = None, previous: History | None = None
) -> History:
    issuer = Issuer(entries=entries)
    return load_history(read or Reads(issuer.tiles()), *issuer.head(), previous=previous)


def positions(history: History, number: str = "A") -> list[int]:
    return [event.position for event in history.about(number)]


def test_a_history_goes_on_from_one_that_is_shorter_as_long_or_longer() -> None:
    entries = [entry("A" if n % 3 else "B") for n in range(600)]
    right = [n for n in range(600) if n % 3]
    for known in (10, 256, 300, 600):
        issuer = Issuer(entries=entries)
        read = Reads(issuer.tiles())
        longer = load(entries, read, load(entries[:known]))
        assert positions(longer) == right, known
        assert sorted(read.seen) == history_paths(600, since=known), "whole tiles are not read again"
        shorter = load(entries[:known], None, load(entries))
        assert positions(shorter) == [n for n in right if n < known]
    none = load([])
    assert positions(load(entries, None, none)) == right
    assert (none.last_recorded(), list(none.entries())) == (None, [])


def test_a_journal_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [entry() for _ in range(5)]
    monkeypatch.setattr(histories, "MAX_ENTRIES", 5)
    assert load(entries).size == 5
    monkeypatch.setattr(histories, "MAX_ENTRIES", 4)
    with pytest.raises(EvidenceUnavailable, match="more than 4 entries"):
        load(entries)


@pytest.mark.parametrize("known", [0, 256])
def test_entries_are_four_thousand_bytes_long_on_the_average_and_a_mebibyte_together(known: int) -> None:
    before = [entry() for _ in range(known)]
    previous = load(before) if known else None
    full = [*before, *[entry("A", 65_535)] * 17]
    left = 4_096 * 18 + 1_048_576 - 17 * 65_535
    assert load([*full, entry("A", left)], None, previous).size == known + 18
    with pytest.raises(EvidenceUnavailable, match="too long"):
        load([*full, entry("A", left + 1)], None, previous)


@pytest.mark.parametrize("odd", [b"[]", b"7", b'"x"', entry(7), entry([]), entry({})])
def test_an_entry_about_nothing_known_is_passed_over(odd: bytes) -> None:
    assert positions(load([odd, entry("A"), odd])) == [1]


def test_an_entry_that_is_not_json_gives_no_history() -> None:
    with pytest.raises(EvidenceUnavailable, match="not JSON"):
        load([entry("A"), b"{"])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 64, 65, 130, 200])
def test_tiles_come_in_their_order_each_once(count: int) -> None:
    paths = [f"p{n}" for n in range(count)]
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        return path.encode()

    assert list(read_tiles_at_once(read, paths)) == [path.encode() for path in paths]
    assert sorted(asked) == sorted(paths)


def test_only_a_partial_tile_has_a_whole_one_in_its_place() -> None:
    read = Reads({"log/tile/entries/001": b"whole"})
    assert read_tile(read, "log/tile/entries/001.p/44") == b"whole"
    for path in ("log/tile/entries/002.p/44", "log/tile/entries/002"):
        with pytest.raises(EvidenceUnavailable):
            read_tile(read, path)


def test_a_shard_holds_thirty_two_whole_tiles() -> None:
    for number, names in ((0, range(32)), (1, range(32, 64))):
        assert shard_paths(number) == [f"log/tile/entries/{name:03d}" for name in names]


def test_an_older_head_is_known_by_its_root_alone() -> None:
    history: Any = load([entry("A") for _ in range(512)])
    for size in (-1, 513):
        assert history.holds(size, history.root) is False
    assert history.holds(256, load([entry("A") for _ in range(256)]).root) is True
    assert history.holds(512, bytes(32)) is False

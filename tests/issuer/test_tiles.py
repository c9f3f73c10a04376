"""The journal's tiles, read back the way a verifier reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcert_issuer.tiles import new_tiles, stale_partials
from lcert_verifier.merkle import leaf_hash, nodes_of, root_at, root_of
from lcert_verifier.tiles import decode_entries, tiled_nodes

ENTRIES = [f"entry {n}".encode() for n in range(66_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODE = nodes_of(LEAVES)


def tiles(old: int, size: int) -> dict[str, bytes]:
    return dict(
        new_tiles(
            old,
            size,
            hashes=lambda level, start, stop: [NODE(level, n) for n in range(start, stop)],
            entries=lambda start, stop: ENTRIES[start:stop],
        )
    )


def read_root(published: dict[str, bytes], size: int) -> bytes:
    return root_at(size, tiled_nodes(lambda path: published["log/" + path], size))


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_a_reader_of_the_tiles_arrives_at_the_root(size: int) -> None:
    assert read_root(tiles(0, size), size) == root_of(LEAVES[:size])


def test_tiles_of_a_journal_that_grows_are_enough_at_every_size() -> None:
    published: dict[str, bytes] = {}
    old = 0
    for size in (1, 2, 200, 256, 300, 511, 512, 1030, 65_536, 65_600):
        published |= tiles(old, size)
        assert read_root(published, size) == root_of(LEAVES[:size])
        old = size


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 1500), min_size=1, max_size=5))
def test_it_does_not_matter_in_which_steps_it_grew(steps: list[int]) -> None:
    published: dict[str, bytes] = {}
    size = 0
    for step in steps:
        published |= tiles(size, size + step)
        size += step
    assert published.items() >= tiles(0, size).items()


def test_nothing_is_written_when_nothing_was_added() -> None:
    assert tiles(300, 300) == {}


def test_whole_tiles_are_written_once() -> None:
    assert set(tiles(600, 601)) == {
        "log/tile/entries/002.p/89",
        "log/tile/0/002.p/89",
        "log/tile/1/000.p/2",
    }


def test_entry_tiles_hold_the_entries_behind_their_lengths() -> None:
    published = tiles(0, 300)
    assert decode_entries(published["log/tile/entries/000"], 256) == ENTRIES[:256]
    assert decode_entries(published["log/tile/entries/001.p/44"], 44) == ENTRIES[256:300]


def test_partial_tiles_go_when_the_whole_one_is_there_but_for_the_last_named_one() -> None:
    assert list(stale_partials(100, 200)) == []
    assert list(stale_partials(0, 300)) == []
    assert list(stale_partials(256, 300)) == []
    assert list(stale_partials(200, 256)) == [
        ("log/tile/0/000.p/", "log/tile/0/000.p/200"),
        ("log/tile/entries/000.p/", "log/tile/entries/000.p/200"),
    ]
    assert ("log/tile/1/000.p/", "log/tile/1/000.p/255") in list(stale_partials(65_300, 65_536))

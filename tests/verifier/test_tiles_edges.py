"""Edges of tiles and of the state beside a bundle: which hashes lie where, and what may not go back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lcert_verifier.bundle_state import BundleState, check_not_older, read_state, state_path, write_state
from lcert_verifier.errors import BundleError, Malformed, RollbackError
from lcert_verifier.jose import b64u_encode
from lcert_verifier.merkle import leaf_hash, nodes_of
from lcert_verifier.tiles import (
    decode_entries,
    encode_entries,
    entries_path,
    tile_path,
    tiled_nodes,
    tiles_of,
)

LEAVES = [leaf_hash(bytes([n % 251, n // 251])) for n in range(600)]
NODE = nodes_of(LEAVES)


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "000"),
        (999, 255, "999.p/255"),
        (1_000, 1, "x001/000.p/1"),
        (1_234_067, 256, "x001/x234/067"),
        (1_000_000, 256, "x001/x000/000"),
    ],
)
def test_paths_count_in_thousands(index: int, width: int, path: str) -> None:
    assert tile_path(3, index, width) == f"tile/3/{path}"
    assert entries_path(index, width) == f"tile/entries/{path}"
    if width == 256:
        assert (tile_path(3, index), entries_path(index)) == (f"tile/3/{path}", f"tile/entries/{path}")
    for wrong in (0, 257):
        with pytest.raises(ValueError, match="1 to 256 wide"):
            tile_path(0, index, wrong)
    with pytest.raises(ValueError, match="not negative"):
        tile_path(0, -1)


@pytest.mark.parametrize(
    ("size", "since", "tiles"),
    [
        (0, 0, []),
        (1, 0, [(0, 0, 1)]),
        (255, 0, [(0, 0, 255)]),
        (256, 0, [(0, 0, 256), (1, 0, 1)]),
        (257, 0, [(0, 0, 256), (0, 1, 1), (1, 0, 1)]),
        (600, 255, [(0, 0, 256), (0, 1, 256), (0, 2, 88), (1, 0, 2)]),
        (600, 256, [(0, 1, 256), (0, 2, 88), (1, 0, 2)]),
        (600, 599, [(0, 2, 88), (1, 0, 2)]),
        (65_536, 65_535, [(0, 255, 256), (1, 0, 256), (2, 0, 1)]),
    ],
)
def test_a_tree_has_these_tiles(size: int, since: int, tiles: list[tuple[int, int, int]]) -> None:
    assert list(tiles_of(size, since=since)) == tiles
    if not since:
        assert list(tiles_of(size)) == tiles


def published(size: int) -> dict[str, bytes]:
    found = {}
    for level, index, width in tiles_of(size):
        hashes = [NODE(8 * level, index * 256 + place) for place in range(width)]
        found[tile_path(level, index, width)] = b"".join(hashes)
    return found


def test_every_whole_node_is_read_from_its_tile_once() -> None:
    files, asked = published(600), list[str]()

    def read(path: str) -> bytes:
        asked.append(path)
        return files[path]

    node = tiled_nodes(read, 600)
    for level, index in ((0, 0), (0, 255), (0, 256), (0, 599), (1, 127), (7, 3), (8, 0), (8, 1), (9, 0)):
        assert node(level, index) == NODE(level, index)
    assert sorted(asked) == sorted(set(asked))
    assert set(asked) == {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}
    with pytest.raises(ValueError, match="node 0/600 is not in a tree of 600"):
        node(0, 600)
    with pytest.raises(ValueError, match="node 3/75 is not in a tree of 600"):
        node(3, 75)
    for damaged in (b"", b"x" * 31, files["tile/0/002.p/88"] + b"x"):
        with pytest.raises(Malformed, match="instead of 2816"):
            tiled_nodes(lambda _, data=damaged: data, 600)(0, 599)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "width", "entries"),
    [
        (b"", 0, []),
        (b"\0\0", 1, [b""]),
        (b"\0\1a\0\2bc", 2, [b"a", b"bc"]),
        (b"\0\1a", 2, "truncated"),
        (b"\0\1a\0", 2, "truncated"),
        (b"\0\2a", 1, "truncated"),
        (b"\0", 1, "truncated"),
        (b"", 1, "truncated"),
        (b"\0\1ab", 1, "data follows"),
        (b"\0", 0, "data follows"),
    ],
)
def test_entries_lie_behind_their_lengths(data: bytes, width: int, entries: Any) -> None:
    if isinstance(entries, str):
        with pytest.raises(Malformed, match=entries):
            decode_entries(data, width)
    else:
        assert decode_entries(data, width) == entries
        assert encode_entries(entries) == data


def test_an_entry_is_as_long_as_two_bytes_count() -> None:
    longest = b"x" * 65_535
    assert decode_entries(encode_entries([longest]), 1) == [longest]
    with pytest.raises(ValueError, match="at most 65,535"):
        encode_entries([longest + b"x"])


STATE = BundleState(issuer="did:web:x", pin="p", size=7, root=hashlib.sha256(b"").digest(), trust_version=3)


def test_a_state_is_kept_in_plain_sight(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    assert state_path(path) == tmp_path / "l.zip.state.json"
    assert read_state(path) is None
    write_state(path, STATE)
    assert read_state(path) == STATE
    assert state_path(path).stat().st_mode & 0o777 == 0o644
    root = b64u_encode(STATE.root)
    assert state_path(path).read_text() == (
        '{\n  "issuer": "did:web:x",\n  "root_pin": "p",\n  "size": 7,\n'
        f'  "root": "{root}",\n  "trust_version": 3\n}}\n'
    )
    assert [each.name for each in tmp_path.iterdir()] == ["l.zip.state.json"]


@pytest.mark.parametrize("member", ["issuer", "root_pin", "size", "root", "trust_version"])
@pytest.mark.parametrize("value", ["null", "true", "[]", "1.5"])
def test_a_damaged_state_is_named(tmp_path: Path, member: str, value: str) -> None:
    path = tmp_path / "l.zip"
    write_state(path, STATE)
    text = state_path(path).read_text()
    begin = text.index(f'"{member}": ') + len(member) + 4
    end = min(place for place in (text.find(",", begin), text.find("\n", begin)) if place > 0)
    state_path(path).write_text(text[:begin] + value + text[end:])
    with pytest.raises(BundleError, match=f"is damaged: {member} is missing or of the wrong type"):
        read_state(path)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({}, None),
        ({"size": 8, "root": b"x"}, None),
        ({"trust_version": 4, "pin": "q"}, None),
        ({"size": 6}, "has 6 entries, and 7 were already seen"),
        ({"trust_version": 2}, "trust statement is older"),
        ({"root": b"x"}, "contradicts"),
        ({"issuer": "did:web:y"}, "is of did:web:y"),
    ],
)
def test_a_bundle_does_not_go_back(new: dict[str, Any], words: str | None) -> None:
    if words is None:
        check_not_older(replace(STATE, **new), STATE)
    else:
        with pytest.raises(RollbackError, match=words):
            check_not_older(replace(STATE, **new), STATE)

"""Trees, proofs and tiles of the journal."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcert_verifier.errors import Malformed
from lcert_verifier.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_path,
    leaf_hash,
    nodes_of,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from lcert_verifier.tiles import (
    decode_entries,
    encode_entries,
    entries_path,
    tile_path,
    tiled_nodes,
    tiles_of,
)

# The eight leaves and the roots that Certificate Transparency implementations test with.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(entry) for entry in CT_LEAVES]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of([]) == hashlib.sha256(b"").digest() == EMPTY_ROOT
    assert root_at(0, nodes_of([])) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of(HASHES[:size]).hex() == CT_ROOTS[size - 1]
    assert root_at(size, nodes_of(HASHES)).hex() == CT_ROOTS[size - 1]


def test_inclusion_paths_are_those_of_certificate_transparency() -> None:
    node = nodes_of(HASHES)
    assert [item.hex() for item in inclusion_path(0, 8, node)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [item.hex() for item in inclusion_path(5, 8, node)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [item.hex() for item in inclusion_path(1, 5, node)] == [
        HASHES[0].hex(),
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


def test_consistency_proofs_are_those_of_certificate_transparency() -> None:
    node = nodes_of(HASHES)
    assert [item.hex() for item in consistency_proof(6, 8, node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert consistency_proof(8, 8, node) == []
    assert consistency_proof(0, 8, node) == []


def test_every_inclusion_and_consistency_of_small_trees_verifies_and_nothing_else() -> None:
    most = 20
    all_leaves = leaves(most)
    node = nodes_of(all_leaves)
    roots = [root_at(size, node) for size in range(most + 1)]
    for size in range(1, most + 1):
        for index in range(size):
            path = inclusion_path(index, size, node)
            assert verify_inclusion(all_leaves[index], index, size, path, roots[size])
            assert not verify_inclusion(all_leaves[index], (index + 1) % (size + 1), size, path, roots[size])
            assert not verify_inclusion(all_leaves[index], index, size, [*path, roots[1]], roots[size])
            assert not path or not verify_inclusion(all_leaves[index], index, size, path[:-1], roots[size])
        for old in range(size + 1):
            proof = consistency_proof(old, size, node)
            assert verify_consistency(old, size, roots[old], roots[size], proof)
            assert not verify_consistency(old, size, roots[old], roots[size], [*proof, roots[1]])
            if 0 < old < size:
                assert not verify_consistency(old, size, roots[old - 1], roots[size], proof)
                assert not verify_consistency(old, size, roots[old], roots[size - 1], proof)
                assert not verify_consistency(old, size, roots[old], roots[size], proof[:-1])


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_no_consistency_backwards(old: int, new: int) -> None:
    assert not verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])
    with pytest.raises(ValueError, match="no consistency"):
        consistency_proof(old, new, nodes_of(leaves(4)))


def test_a_leaf_outside_of_the_tree_has_no_path() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_path(3, 3, nodes_of(leaves(3)))
    assert not verify_inclusion(leaves(1)[0], -1, 1, [], leaves(1)[0])
    assert not verify_inclusion(leaves(1)[0], 0, 1, [b"short"], leaves(1)[0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700))
def test_a_frontier_knows_the_root_and_survives_storage(size: int) -> None:
    some = leaves(size)
    frontier, seen = Frontier(), {}
    for leaf in some:
        frontier, completed = frontier.append_noting(leaf)
        seen.update({(level, index): value for level, index, value in completed})
    assert frontier.root == root_of(some)
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier
    node = nodes_of(some)
    assert all(node(level, index) == value for (level, index), value in seen.items())


@pytest.mark.parametrize(("size", "data"), [(3, b"x" * 32), (1, b"x" * 31), (0, b"x" * 32)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(Malformed):
        Frontier.from_bytes(size, data)


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 999, 112, "tile/1/999.p/112"),
        (2, 1000, 1, "tile/2/x001/000.p/1"),
    ],
)
def test_tile_paths_are_those_of_the_specification(level: int, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path
    assert entries_path(index, width) == path.replace(f"tile/{level}/", "tile/entries/")


@pytest.mark.parametrize("width", [0, 257, -1])
def test_a_tile_of_an_impossible_width_has_no_path(width: int) -> None:
    with pytest.raises(ValueError, match="wide"):
        tile_path(0, 0, width)


def test_the_tiles_of_a_size_are_those_of_the_specification() -> None:
    # The specification's example: 70,000 entries are 273 whole tiles and one of 112, one whole and one of 17, one of 1.
    found = list(tiles_of(70_000))
    assert [item for item in found if item[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert len(found) == 274 + 2 + 1
    assert list(tiles_of(0)) == []
    assert next(iter(tiles_of(70_000, since=69_999))) == (0, 273, 112)
    assert len(list(tiles_of(70_000, since=69_000))) < 10


@pytest.mark.parametrize("size", [1, 5, 255, 256, 257, 600, 66_000])
def test_published_tiles_serve_every_proof(size: int) -> None:
    some = leaves(size)
    node = nodes_of(some)
    tiles = {
        tile_path(level, index, width): b"".join(
            node(level * 8, index * 256 + offset) for offset in range(width)
        )
        for level, index, width in tiles_of(size)
    }
    served = tiled_nodes(tiles.__getitem__, size)
    assert root_at(size, served) == root_of(some)
    for old in {1, size // 3, size // 2, size - 1} - {0}:
        proof = consistency_proof(old, size, served)
        assert proof == consistency_proof(old, size, node)
        assert verify_consistency(old, size, root_at(old, node), root_of(some), proof)


def test_a_tile_of_another_length_is_refused() -> None:
    with pytest.raises(Malformed, match="bytes instead"):
        tiled_nodes(lambda path: b"x" * 31, 5)(0, 0)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_survive_their_tile(entries: list[bytes]) -> None:
    data = encode_entries(entries)
    assert decode_entries(data, len(entries)) == entries
    with pytest.raises(Malformed):
        decode_entries(data + b"x", len(entries))
    with pytest.raises(Malformed):
        decode_entries(data, len(entries) + 1)


def test_an_entry_that_its_length_cannot_tell_is_refused() -> None:
    assert len(encode_entries([b"x" * 65_535])) == 65_537
    with pytest.raises(ValueError, match="65,535"):
        encode_entries([b"x" * 65_536])

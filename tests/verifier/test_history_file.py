"""The history beside a bundle: shards first, then tiles, and whatever was damaged is read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.edges import Issuer, Reads

from lcert_verifier import bundle_file, history, history_file
from lcert_verifier.bundle_file import write_bundle
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.history import history_paths, shard_paths
from lcert_verifier.history_file import history_path, read_history_file, update_history_file
from lcert_verifier.published import shard_path

ISSUER = Issuer(entries=[json.dumps({"n": n}).encode() for n in range(1_100)])
SIZE, ROOT = ISSUER.head()
TILES = ISSUER.tiles()


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (history, history_file):
        monkeypatch.setattr(module, "SHARD_ENTRIES", 512)


def shard(number: int, **changes: bytes) -> bytes:
    return write_bundle({path: changes.get("body", TILES[path]) for path in shard_paths(number)})


def test_shards_are_read_before_tiles_and_only_once(tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    served = Reads({**TILES, shard_path(0): shard(0), shard_path(1): shard(1)})
    assert update_history_file(bundle, SIZE, ROOT, served) == 1, "the tile that is in no shard yet"
    assert served.seen == [shard_path(0), shard_path(1), history_paths(SIZE)[-1]]
    assert set(read_history_file(bundle)) == set(history_paths(SIZE))
    nothing = Reads({})
    assert update_history_file(bundle, SIZE, ROOT, nothing) == 0
    assert nothing.seen == []


def test_of_shards_only_those_that_are_not_held_are_read(tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    history_path(bundle).write_bytes(shard(0))
    served = Reads({**TILES, shard_path(1): shard(1)})
    assert update_history_file(bundle, SIZE, ROOT, served) == 1
    assert served.seen == [shard_path(1), history_paths(SIZE)[-1]]


def test_a_file_as_long_as_may_be_is_read_and_no_longer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, data = tmp_path / "l.zip", shard(0)
    history_path(bundle).write_bytes(data)
    monkeypatch.setattr(history_file, "MAX_BUNDLE_BYTES", len(data))
    assert set(read_history_file(bundle)) == set(shard_paths(0))
    monkeypatch.setattr(bundle_file, "MAX_BUNDLE_BYTES", len(data) - 1)
    assert read_history_file(bundle) == {}


@pytest.mark.parametrize("served", [{}, {shard_path(0): b"no zip"}, {shard_path(0): b"PK\x03\x04 cut"}])
def test_an_issuer_without_usable_shards_is_read_tile_by_tile(
    served: dict[str, bytes], tmp_path: Path
) -> None:
    assert update_history_file(tmp_path / "l.zip", SIZE, ROOT, Reads({**TILES, **served})) == 5


def test_a_shard_that_lies_is_thrown_away(tmp_path: Path) -> None:
    served = Reads({**TILES, shard_path(0): shard(0, body=TILES[shard_paths(1)[0]])})
    assert update_history_file(tmp_path / "l.zip", SIZE, ROOT, served) == 5, "all of it, from tiles"
    assert read_history_file(tmp_path / "l.zip")[shard_paths(0)[0]] == TILES[shard_paths(0)[0]]


def test_a_shard_that_lacks_a_tile_is_filled_up(tmp_path: Path) -> None:
    path = shard_paths(0)[0]
    served = Reads({**TILES, shard_path(0): write_bundle({path: TILES[path], "log/other": b"x"})})
    assert update_history_file(tmp_path / "l.zip", SIZE, ROOT, served) == 4
    assert "log/other" not in read_history_file(tmp_path / "l.zip")


def test_what_cannot_be_had_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    with pytest.raises(EvidenceUnavailable):
        update_history_file(bundle, SIZE, ROOT, Reads({}))
    assert not history_path(bundle).exists()
    assert update_history_file(bundle, SIZE, ROOT, Reads(TILES)) == 5
    before = history_path(bundle).read_bytes()
    with pytest.raises(EvidenceUnavailable):
        update_history_file(bundle, SIZE, bytes(32), Reads(TILES))
    assert history_path(bundle).read_bytes() == before

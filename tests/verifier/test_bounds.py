"""Bounds that other tests pass by: the first value beyond is refused by name."""

from __future__ import annotations

import pytest

from lcert_verifier.errors import Malformed
from lcert_verifier.merkle import verify_consistency
from lcert_verifier.strict_json import parse_json
from lcert_verifier.tiles import tile_path


def test_json_is_as_long_as_it_may_be_and_no_longer() -> None:
    assert parse_json(b'"aa"', max_bytes=4) == "aa"
    with pytest.raises(Malformed, match="longer than 3 bytes"):
        parse_json(b'"aa"', max_bytes=3)


def test_tiles_are_counted_from_nothing() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    with pytest.raises(ValueError, match="not negative"):
        tile_path(0, -1)


def test_growth_is_not_proven_by_nothing() -> None:
    assert not verify_consistency(3, 5, bytes(32), bytes(32), [])

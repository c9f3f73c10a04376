"""Bundles of past days stay at their address for as long as promised, and the journal's history comes in shards."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.support.press import Press, press, press_template

from lcert_issuer import archive
from lcert_issuer.archive import KEPT_DAYS, KEPT_MONTHS, kept_dates
from lcert_issuer.registry.events import Kind
from lcert_verifier import Verifier, history, history_file
from lcert_verifier.bundle import read_bundle
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.history import load_history
from lcert_verifier.history_file import history_path, update_history_file
from lcert_verifier.published import shard_path
from lcert_verifier.report import Code, format_time

__all__ = ["press", "press_template"]


def index(press: Press) -> dict[str, list[dict[str, object]]]:
    return dict(json.loads(press.read("bundles/index.json")))


def test_the_first_bundle_of_a_day_stays_as_it_is(press: Press) -> None:
    (first,) = press.issue()
    press.now += timedelta(minutes=5)
    press.publisher.publish(bundle=True)
    path = f"bundles/{press.now.date()}.zip"
    kept = press.read(path)
    assert kept == press.read("bundle.zip")
    press.now += timedelta(minutes=10)
    press.decide(first.number, kind=Kind.SUSPENDED, standing="suspended")
    press.publisher.publish(bundle=True)
    assert press.read("bundle.zip") != kept
    assert press.read(path) == kept

    (entry,) = index(press)["bundles"]
    assert entry["url"] == f"https://certs.example/{path}"
    assert entry["sha256"] == hashlib.sha256(kept).hexdigest()
    assert entry["bytes"] == len(kept)
    assert entry["issued_at"] == format_time(read_bundle(kept, now=press.now).issued_at)

    # Weeks later it tells what was known then, and nothing about now.
    press.now += timedelta(days=20)
    verifier = Verifier.from_bundle(kept, clock=lambda: press.now)
    token = first.tokens["vc+jwt"]
    assert verifier.verify(token).code is Code.STATUS_STALE
    then = read_bundle(kept, now=press.now).issued_at - timedelta(minutes=1)
    assert verifier.verify(token, at=then, known_at=then).code is Code.VALID


def test_old_bundles_go_and_the_index_says_what_is_there(press: Press) -> None:
    begun = press.now.date()
    for _ in range(10):
        press.publisher.publish(bundle=True)
        press.now += timedelta(days=8)
    press.publisher.publish(bundle=True)
    there = sorted(path for path in press.storage.list("bundles/") if path.endswith(".zip"))
    named = sorted(
        str(entry["url"]).removeprefix("https://certs.example/") for entry in index(press)["bundles"]
    )
    assert there == named
    assert f"bundles/{begun}.zip" in there, "the first of its month"
    assert len([path for path in there if path >= f"bundles/{press.now.date() - timedelta(days=29)}"]) == 4
    assert len(there) < 11


def test_what_is_kept_is_bounded() -> None:
    today = date(2028, 3, 15)
    every_day = [date(2025, 1, 1) + timedelta(days=n) for n in range((today - date(2025, 1, 1)).days + 1)]
    kept = kept_dates(every_day, today)
    assert kept[-KEPT_DAYS:] == every_day[-KEPT_DAYS:]
    monthly = kept[:-KEPT_DAYS]
    assert all(day.day == 1 for day in monthly)
    assert kept[0] == date(2026, 4, 1)
    assert len(kept) == KEPT_DAYS + KEPT_MONTHS - 1
    assert kept_dates(kept, today) == kept


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (archive, history, history_file):
        monkeypatch.setattr(module, "SHARD_ENTRIES", 512)
    return 512


def test_history_comes_in_shards_and_then_in_tiles(press: Press, small_shards: int, tmp_path: Path) -> None:
    press.append_notice(1_300)
    done = press.publisher.publish(bundle=True)
    shards = index(press)["history"]
    assert [(shard["first"], shard["end"]) for shard in shards] == [(0, 512), (512, 1024)]
    for number, shard in enumerate(shards):
        data = press.read(shard_path(number))
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()
        with zipfile.ZipFile(io.BytesIO(data)) as archived:
            assert len(archived.namelist()) == 2
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        data = press.storage.get(path)
        if data is None:
            raise EvidenceUnavailable(path)
        return data

    bundle = tmp_path / "l.zip"
    update_history_file(bundle, done.size, done.root, read)
    assert asked[:2] == [shard_path(0), shard_path(1)]
    assert len(asked) == 2 + 2, "and the two tiles that are in no shard yet"
    with zipfile.ZipFile(history_path(bundle)) as archived:
        tiles = {name: archived.read(name) for name in archived.namelist()}
    assert load_history(tiles.__getitem__, done.size, done.root).size == done.size

    before = [press.read(shard_path(number)) for number in range(2)]
    press.append_notice(300)
    done = press.publisher.publish(bundle=True)
    assert [press.read(shard_path(number)) for number in range(2)] == before
    asked.clear()
    update_history_file(bundle, done.size, done.root, read)
    assert shard_path(0) not in asked
    assert shard_path(2) in asked


def test_a_shard_that_lies_is_found_out(press: Press, small_shards: int, tmp_path: Path) -> None:
    """Nothing signs a shard: its tiles must give the root of the checkpoint."""
    press.append_notice(600)
    done = press.publisher.publish(bundle=True)
    with zipfile.ZipFile(io.BytesIO(press.read(shard_path(0)))) as archived:
        tiles = {name: archived.read(name) for name in archived.namelist()}
    first = min(tiles)
    tiles[first] = (
        tiles[first].replace(b"expired", b"erased!", 1) if b"expired" in tiles[first] else tiles[max(tiles)]
    )
    from lcert_verifier.bundle_file import write_bundle

    press.storage.put(shard_path(0), write_bundle(tiles))
    asked = update_history_file(tmp_path / "l.zip", done.size, done.root, press.read)
    assert asked == 3, "every tile was read, none of the shard's was kept"
    good = press.read(first)
    with zipfile.ZipFile(history_path(tmp_path / "l.zip")) as archived:
        assert archived.read(first) == good

    press.storage.put(first, tiles[first])
    with pytest.raises(EvidenceUnavailable):
        update_history_file(tmp_path / "m.zip", done.size, done.root, press.read)
    assert not history_path(tmp_path / "m.zip").exists()


def test_without_shards_tiles_are_read(press: Press, small_shards: int, tmp_path: Path) -> None:
    press.append_notice(600)
    done = press.publisher.publish(bundle=True)
    press.storage.delete(shard_path(0))

    def read(path: str) -> bytes:
        data = press.storage.get(path)
        if data is None:
            raise EvidenceUnavailable(path)
        return data

    update_history_file(tmp_path / "l.zip", done.size, done.root, read)
    assert history_path(tmp_path / "l.zip").exists()

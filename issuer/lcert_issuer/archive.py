"""Bundles of past days and history shards, at addresses that always give the same bytes, and the index of them.

`bundles/DATE.zip` is the first bundle made on that UTC day. Its lists are too old after seven days, as those of any
bundle; its journal goes on answering what was known that day. Kept are those of the last 30 days, and the first of
each of the last 24 months. `bundles/history/N.zip` holds 8,192 entries of the journal as whole tiles, for readers who
ask about the past of a journal that is too long for the bundle. `bundles/index.json` lists both; it is not signed,
because what it points to is checked by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from lcert_verifier.bundle_file import write_bundle
from lcert_verifier.errors import Malformed
from lcert_verifier.history import SHARD_ENTRIES, shard_paths
from lcert_verifier.jose import parse_json
from lcert_verifier.published import BUNDLE_INDEX_PATH, BUNDLES_PREFIX, dated_bundle_path, shard_path
from lcert_verifier.report import format_time

from .bundling import bundle_stamp
from .release import Release
from .statuslists import BUNDLE_LIFETIME

__all__ = ["KEPT_DAYS", "KEPT_MONTHS", "kept_dates", "put_archive"]

KEPT_DAYS: Final = 30
KEPT_MONTHS: Final = 24
_MAX_INDEX: Final = 2**22


def put_archive(release: Release, bundle: bytes) -> None:
    """Keeps `bundle` if it is the day's first, adds shards that are whole now, and removes what is too old."""
    today = release.now.date()
    dates = set(_dates(release))
    if today not in dates:
        release.put([(dated_bundle_path(today), bundle)])
    release.put(_unknown(release, dates))
    kept = kept_dates({*dates, today}, today)
    shards = range(release.head.size // SHARD_ENTRIES)
    release.put(_shards(release, shards))
    release.put([(BUNDLE_INDEX_PATH, _index(release, kept, shards))])
    for day in sorted(dates - set(kept)):
        release.remove([dated_bundle_path(day)])  # after the index, which does not name it any more


def kept_dates(dates: Iterable[date], today: date) -> list[date]:
    """Which of the days' bundles stay, in order: the last 30 days', and the first of each of the last 24 months."""
    firsts: dict[tuple[int, int], date] = {}
    for day in sorted(dates):
        firsts.setdefault((day.year, day.month), day)
    month = today.year * 12 + today.month
    monthly = {day for (y, m), day in firsts.items() if month - (y * 12 + m) < KEPT_MONTHS}
    return sorted(day for day in dates if day in monthly or day > today - timedelta(days=KEPT_DAYS))


def _dates(release: Release) -> Iterator[date]:
    for path in release.storage.list(BUNDLES_PREFIX):
        try:
            day = date.fromisoformat(path.removeprefix(BUNDLES_PREFIX).removesuffix(".zip"))
        except ValueError:
            continue
        if path == dated_bundle_path(day):
            yield day


def _unknown(release: Release, dates: Iterable[date]) -> Iterator[tuple[str, bytes]]:
    """Bundles whose digest is not kept yet, because their publication was cut short or is older than that."""
    for path in map(dated_bundle_path, sorted(dates)):
        data = None if release.has_digest(path) else release.storage.get(path)
        if data is not None:
            yield path, data


def _shards(release: Release, numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        path = shard_path(number)
        if release.full or not release.storage.exists(path) or not release.has_digest(path):
            tiles = {path: release.storage.get(path) for path in shard_paths(number)}
            yield shard_path(number), write_bundle({p: data for p, data in tiles.items() if data is not None})


def _index(release: Release, dates: Iterable[date], shards: range) -> bytes:
    known = _known(release)

    def described(path: str) -> dict[str, Any]:
        """What never changes of a file is computed once, and read from the last index from then on."""
        url = f"{release.issuer.base_url}/{path}"
        return known[url] if url in known and not release.full else _describe(release, path, url)

    index = {
        "issuer": release.issuer.did,
        "newest": f"{release.issuer.base_url}/bundle.zip",
        "bundles": [
            {"date": day.isoformat(), **described(dated_bundle_path(day))}
            for day in sorted(dates, reverse=True)
        ],
        "history": [
            {
                "first": number * SHARD_ENTRIES,
                "end": (number + 1) * SHARD_ENTRIES,
                **described(shard_path(number)),
            }
            for number in shards
        ],
        "kept": {"days": KEPT_DAYS, "months": KEPT_MONTHS},
    }
    return json.dumps(index, separators=(",", ":")).encode()


def _describe(release: Release, path: str, url: str) -> dict[str, Any]:
    data = release.storage.get(path) or b""
    found: dict[str, Any] = {"url": url, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    stamp = bundle_stamp(data)
    if stamp is not None:
        found["issued_at"] = format_time(stamp.issued_at)
        found["expires_at"] = format_time(stamp.issued_at + BUNDLE_LIFETIME)
    return found


def _known(release: Release) -> Mapping[str, dict[str, Any]]:
    """The descriptions in the published index, by URL; none when it cannot be read."""
    data = release.storage.get(BUNDLE_INDEX_PATH)
    try:
        value = parse_json(data, max_bytes=_MAX_INDEX) if data else {}
        entries = [*value.get("bundles", []), *value.get("history", [])]
        place = ("date", "first", "end")
        return {e["url"]: {name: v for name, v in e.items() if name not in place} for e in entries}
    except (Malformed, AttributeError, TypeError, KeyError):
        return {}

"""Evidence from an offline bundle: never fresh, never fetched, the same until the file is replaced."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .bundle_file import EDITIONS, LEFT_OUT, PROOFS, RECORDS, write_bundle
from .bundle_reading import Bundle, manifest_claims, open_bundle_file, read_bundle
from .errors import BundleError, EvidenceUnavailable, Malformed, TrustError
from .evidence import FetchedList, TrustView, utc_now
from .jose import parse_json
from .published import path_below

if TYPE_CHECKING:
    from .history import History

__all__ = ["Bundle", "BundleSource", "manifest_claims", "open_bundle_file", "read_bundle", "write_bundle"]

_MAX_LINE: Final = 1024 * 1024


class BundleSource:
    """Evidence from one bundle: never fresh, never fetched, immutable once read.

    `data` is the bundle or the path of its file; a state file beside the path pins root and journal. `history` are
    entry tiles by published path, for a bundle without; a history file beside the path serves too. Raises
    BundleError, RollbackError or TrustError when it cannot be used, OSError when it cannot be read.
    """

    offline: Final = True

    def __init__(
        self,
        data: bytes | str | Path,
        *,
        pin: str | None = None,
        history: Mapping[str, bytes] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        if isinstance(data, bytes):
            self.bundle = read_bundle(data, now=clock(), pin=pin)
        else:
            self.bundle = open_bundle_file(Path(data), now=clock(), pin=pin)
            history = _beside(Path(data)) if history is None else history
        self._lock = threading.Lock()
        self._view = TrustView(trust=self.bundle.trust, fetched_at=self.bundle.issued_at, fresh=False)
        self._lists: dict[str, FetchedList] = {}
        self._more_tiles = dict(history or {})
        self._history: History | None = None
        self._indexed: dict[str, dict[str, bytes]] = {}

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        """The bundle's trust statement, never fresh; TrustError once it has expired itself."""
        expires_at = self.bundle.trust.expires_at
        if expires_at is not None and now > expires_at:
            raise TrustError("the bundle's trust statement has expired")
        return self._view

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        found = self._lists.get(uri)
        if found is None:
            found = self._lists[uri] = self._open_list(uri)
        return found

    def _open_list(self, uri: str) -> FetchedList:
        path = path_below(self.bundle.trust.base_url, uri)
        body = self.bundle.files.get(path) if path is not None and path.startswith("status/") else None
        if body is None:
            raise EvidenceUnavailable("the bundle does not hold this status list")
        return FetchedList(token=body.decode("ascii", "replace"), fetched_at=self.bundle.issued_at)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        return self.status_list(uri, now)

    def record(self, number: str) -> dict[str, Any] | None:
        return _line(self._index(RECORDS, "number").get(number))

    def proof(self, digest: str) -> bytes | None:
        found = _line(self._index(PROOFS, "digest").get(digest))
        return None if found is None else json.dumps(found, separators=(",", ":")).encode()

    def journal_time(self) -> datetime | None:
        return self.bundle.issued_at

    def history(self, now: datetime, *, least: int = 0) -> History:
        """The whole journal up to the bundle's checkpoint, hashed when first asked for."""
        with self._lock:
            if self._history is None:
                from .history import load_history

                self._history = load_history(self._tile, self.bundle.size, self.bundle.root)
            return self._history

    def _tile(self, path: str) -> bytes:
        found = self.bundle.files.get(path) or self._more_tiles.get(path) or self._wider(path)
        if found is None:
            raise EvidenceUnavailable("the bundle holds no history")
        return found

    def _wider(self, path: str) -> bytes | None:
        """A tile that has grown since: a history file may be newer than the bundle."""
        folder, partial, width = path.partition(".p/")
        if not partial:
            return None
        at_least = int(width)
        wider = (
            data
            for name, data in self._more_tiles.items()
            if name.startswith(folder + partial) and int(name.rpartition("/")[2]) >= at_least
        )
        return next(wider, None)

    def contents(self, number: str, edition: int) -> dict[str, Any] | None:
        """Holder, scope and the rest of an edition that is not in force; None when the bundle does not hold it."""
        if EDITIONS not in self.bundle.files:
            return None
        found = _line(self._index(EDITIONS, "id").get(f"{number}/{edition}"))
        return None if found is None else {name: value for name, value in found.items() if name != "id"}

    def records(self) -> Iterator[dict[str, Any]]:
        """Every public record in the bundle. BundleError when they were left out, which is not the same as none."""
        if LEFT_OUT in self.bundle.files:
            raise BundleError(
                "the issuer has too many certificates for their records to lie in a bundle: ask its site for them"
            )
        for line in self._index(RECORDS, "number").values():
            if (record := _line(line)) is not None:
                yield record

    def _index(self, name: str, key: str) -> Mapping[str, bytes]:
        """The lines of a file by one of their members, found on first use; each is read when it is asked for."""
        with self._lock:
            if name not in self._indexed:
                found: dict[str, bytes] = {}
                begin = f'{{"{key}":"'.encode()
                for line in self.bundle.files[name].split(b"\n"):
                    word = _quick_word(line, begin) or (_line(line) or {}).get(key)
                    if isinstance(word, str):
                        found[word] = line
                self._indexed[name] = found
            return self._indexed[name]


def _beside(path: Path) -> Mapping[str, bytes]:
    """The tiles in the history file beside a bundle; few have one, and reading it takes much code."""
    if not path.with_name(f"{path.stem}.history.zip").exists():
        return {}
    from .history_file import read_history_file

    return read_history_file(path)


def _quick_word(line: bytes, begin: bytes) -> str | None:
    """The value of the first member, where the line is spelt as issuers spell it; None to read it properly."""
    end = line.find(b'"', len(begin))
    word = line[len(begin) : end] if line.startswith(begin) and end > 0 else b""
    return word.decode() if word.isalnum() or word.replace(b"-", b"").isalnum() else None


def _line(line: bytes | None) -> dict[str, Any] | None:
    """The object in a line; None when there is none."""
    try:
        value = None if line is None else parse_json(line, max_bytes=_MAX_LINE)
    except Malformed:
        return None
    return value if isinstance(value, dict) else None

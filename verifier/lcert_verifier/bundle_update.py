"""Getting a bundle, and a newer one: the root is pinned at first sight, and no update goes back or forks.

A newer bundle must extend the journal that the state file remembers; that is proven with a Merkle consistency proof
made from the log tiles on the issuer's origin, so nobody has to be believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .bundle import Bundle, open_bundle_file, read_bundle
from .bundle_file import RECORDS
from .bundle_state import BundleState, check_not_older, read_state, write_atomically, write_state
from .checkpoint import parse_checkpoint
from .errors import BundleError, EvidenceUnavailable, LcertError, Malformed, RollbackError
from .fetch import Fetcher, is_loopback_url, origin_of
from .history import history_paths
from .history_file import history_path, read_history_file, update_history_file
from .jose import b64u_encode
from .merkle import consistency_proof, verify_consistency
from .published import BUNDLE_PATH, CHECKPOINT_PATH, LOG_PREFIX, most_bytes
from .report import format_time
from .tiles import tiled_nodes

__all__ = ["BundleFacts", "check_extends", "fetch_bundle", "show_bundle", "update_bundle"]

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """What to tell a person about a bundle."""

    bundle: Bundle
    pin: str
    age: timedelta
    expired: bool
    changed: bool = False
    """Whether the file was replaced by a newer one."""
    has_history: bool = False
    """Whether questions about the past can be answered."""

    @property
    def certificates(self) -> int:
        return sum(1 for line in self.bundle.files[RECORDS].split(b"\n") if line)

    def to_json(self) -> dict[str, Any]:
        bundle = self.bundle
        return {
            "issuer": bundle.trust.issuer,
            "name": bundle.trust.name,
            "base_url": bundle.trust.base_url,
            "root_pin": self.pin,
            "trust_version": bundle.trust.version,
            "issued_at": format_time(bundle.issued_at),
            "expires_at": format_time(bundle.expires_at),
            "age_seconds": int(self.age.total_seconds()),
            "expired": self.expired,
            "journal": {"size": bundle.size, "root": b64u_encode(bundle.root)},
            "certificates": self.certificates,
            "files": len(bundle.files),
            "history": self.has_history,
            "changed": self.changed,
        }


def _facts(bundle: Bundle, pin: str, path: Path, now: datetime, *, changed: bool = False) -> BundleFacts:
    tiles = {*bundle.files, *read_history_file(path)}
    return BundleFacts(
        has_history=all(name in tiles for name in history_paths(bundle.size)),
        bundle=bundle,
        pin=pin,
        age=max(now - bundle.issued_at, timedelta(0)),
        expired=now > bundle.expires_at,
        changed=changed,
    )


def fetch_bundle(
    where: str, out: Path, *, fetcher: Fetcher, now: datetime, history: bool = False
) -> BundleFacts:
    """Fetches a bundle to `out` and pins its root in the state file beside it.

    `where` is the issuer's origin, any URL on it, or the URL of a bundle elsewhere (which then only the thumbprint
    vouches for). When there is a state file already, it is an update: the same root, and nothing goes back. `history`
    keeps the journal beside a bundle that does not hold it. ValueError when `where` is no URL.
    """
    facts = _fetch(where, out, fetcher, now)
    return _with_history(facts, out, fetcher, wanted=history)


def _fetch(where: str, out: Path, fetcher: Fetcher, now: datetime) -> BundleFacts:
    origin = origin_of(where)
    if where.lower().endswith(".zip"):
        response = fetcher.get(where, limit=most_bytes(BUNDLE_PATH), loopback=is_loopback_url(where))
        data = response.body
    else:
        data = fetcher.reader(origin)(BUNDLE_PATH)
    state = read_state(out)
    if state is not None:
        return _replace(out, data, state, _held(out, now), fetcher.reader, now)
    bundle = read_bundle(data, now=now)
    if bundle.trust.base_url != origin and not where.lower().endswith(".zip"):
        raise BundleError(f"{origin} publishes the bundle of another issuer, {bundle.trust.issuer}")
    fresh = bundle.state(now=now)
    write_atomically(out, data)
    write_state(out, fresh)
    return _facts(bundle, fresh.pin, out, now, changed=True)


def update_bundle(path: Path, *, fetcher: Fetcher, now: datetime, history: bool = False) -> BundleFacts:
    """Replaces the bundle at `path` by the one its issuer publishes now, unless that goes back, forks or is forged.

    A history file beside it is brought up to date as well; `history` makes one.
    """
    facts = _update(path, fetcher, now)
    return _with_history(facts, path, fetcher, wanted=history)


def _with_history(facts: BundleFacts, path: Path, fetcher: Fetcher, *, wanted: bool) -> BundleFacts:
    bundle = facts.bundle
    if all(name in bundle.files for name in history_paths(bundle.size)):
        return facts
    if not wanted and not history_path(path).exists():
        return facts
    update_history_file(path, bundle.size, bundle.root, fetcher.reader(bundle.trust.base_url))
    return replace(facts, has_history=True)


def _update(path: Path, fetcher: Fetcher, now: datetime) -> BundleFacts:
    state = read_state(path)
    held = _held(path, now) if state is not None else open_bundle_file(path, now=now)
    if held is None:
        raise BundleError(f"{path} cannot be read: fetch it again")
    data = fetcher.reader(held.trust.base_url)(BUNDLE_PATH)
    return _replace(path, data, state or held.state(now=now), held, fetcher.reader, now)


def show_bundle(path: Path, *, now: datetime) -> BundleFacts:
    """The facts of the bundle at `path`, checked as for use."""
    bundle = open_bundle_file(path, now=now)
    state = read_state(path)
    return _facts(bundle, state.pin if state else bundle.state(now=now).pin, path, now)


def _held(path: Path, now: datetime) -> Bundle | None:
    """The present bundle, None when it is missing or unusable: the state file alone then says what is known."""
    try:
        return open_bundle_file(path, now=now)
    except (LcertError, OSError):
        return None


def _replace(
    path: Path,
    data: bytes,
    state: BundleState,
    held: Bundle | None,
    reader: Callable[[str], Read],
    now: datetime,
) -> BundleFacts:
    bundle = read_bundle(
        data, now=now, pin=None if held else state.pin, previous=held.trust if held else None
    )
    fresh = bundle.state(now=now, pin=state.pin)
    check_not_older(fresh, state)
    known = state
    if held is not None:
        check_not_older(fresh, held.state(now=now, pin=state.pin))
        if bundle.issued_at < held.issued_at:
            raise RollbackError("the bundle is older than the one at hand")
        known = max(state, held.state(now=now), key=lambda item: item.size)
    check_extends(known.size, known.root, bundle, reader(bundle.trust.base_url))
    changed = held is None or bundle.files != held.files
    if changed:
        write_atomically(path, data)
    write_state(path, fresh)
    return _facts(bundle, fresh.pin, path, now, changed=changed)


def check_extends(size: int, root: bytes, bundle: Bundle, read: Read) -> None:
    """RollbackError unless the bundle's journal begins with that of `size` and `root`, proven from published tiles.

    The tiles are those of the log's present size, since narrower ones are not kept. EvidenceUnavailable when they
    cannot be read.
    """
    if size in (0, bundle.size):
        return
    try:
        present = parse_checkpoint(_note_text(read(CHECKPOINT_PATH))).size
        node = tiled_nodes(lambda path: read(LOG_PREFIX + path), max(present, bundle.size))
        proof = consistency_proof(size, bundle.size, node)
    except Malformed as error:
        raise EvidenceUnavailable(f"the journal's consistency cannot be checked: {error}") from None
    if not verify_consistency(size, bundle.size, root, bundle.root, proof):
        raise RollbackError("the new journal does not extend the one already seen")


def _note_text(note: bytes) -> str:
    """The text of a note, unverified: only a size to look for tiles is taken from it."""
    text, _, _ = note.decode("utf-8", "replace").rpartition("\n\n")
    return text + "\n"

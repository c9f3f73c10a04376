"""The offline trust bundle: what it must hold, and evidence read from it.

A bundle is believed because a status key of its own trust statement signed the manifest, the manifest names the hash
of every file, and the trust statement is signed by the pinned root. It answers until it expires (7 days); an expired
one still opens, and the verifier says that it is too old.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from .bundle_file import (
    CHECKPOINT,
    MANIFEST,
    MANIFEST_TYP,
    MAX_BUNDLE_BYTES,
    PROOFS,
    RECORDS,
    TRUST,
    read_files,
    write_bundle,
)
from .bundle_state import BundleState, check_not_older, read_state
from .errors import BundleError, EvidenceUnavailable, Malformed, TrustError
from .evidence import FetchedList, TrustView
from .heads import open_checkpoint
from .history import History, load_history
from .history_file import read_history_file
from .jose import b64u_decode, b64u_encode, parse_json, split, verify_signature
from .published import path_below
from .source import utc_now
from .trust import Trust, read_trust
from .vocabulary import KeyPurpose, KeyState

__all__ = ["Bundle", "BundleSource", "manifest_claims", "open_bundle_file", "read_bundle", "write_bundle"]

_LEEWAY: Final = timedelta(seconds=60)
_LATEST: Final = 2**33
_MAX_LINE: Final = 1024 * 1024
_NEEDED: Final = (TRUST, CHECKPOINT, RECORDS, PROOFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An authentic bundle."""

    trust: Trust
    issued_at: datetime
    expires_at: datetime
    size: int
    """Entries of the journal it was made from."""
    root: bytes
    files: Mapping[str, bytes] = field(repr=False)

    def state(self, *, now: datetime, pin: str | None = None) -> BundleState:
        """What to remember of it. The pin stays while its root is listed, and else becomes a root that signed."""
        roots = sorted(self.trust.roots, key=lambda root: root != pin)
        signing = (root for root in roots if self._signed_by(root, now))
        return BundleState(
            issuer=self.trust.issuer,
            pin=next(signing, roots[0]),
            size=self.size,
            root=self.root,
            trust_version=self.trust.version,
        )

    def _signed_by(self, root: str, now: datetime) -> bool:
        try:
            read_trust(self.files[TRUST], pin=root, now=now)
        except TrustError:
            return False
        return True


def manifest_claims(
    files: Mapping[str, bytes],
    *,
    issuer: str,
    issued_at: datetime,
    expires_at: datetime,
    size: int,
    root: bytes,
) -> dict[str, Any]:
    """The claims of the manifest over `files`; a status key signs them with `typ` MANIFEST_TYP."""
    return {
        "iss": issuer,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "journal": {"size": size, "root": b64u_encode(root)},
        "files": {
            name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files) if name != MANIFEST
        },
    }


def read_bundle(
    data: bytes, *, now: datetime, pin: str | None = None, previous: Trust | None = None
) -> Bundle:
    """The bundle in `data`, every signature and hash checked.

    `pin` is the root thumbprint the trust statement must be signed by, `previous` one it must not go back from.
    Raises BundleError, RollbackError or TrustError.
    """
    found: list[tuple[Trust, dict[str, Any]]] = []

    def vouch(first: Mapping[str, bytes], names: frozenset[str]) -> None:
        for name in (MANIFEST, *_NEEDED):
            if name not in names:
                raise BundleError(f"the bundle has no {name}")
        trust = read_trust(first[TRUST], pin=pin, previous=previous, now=now)
        found.append((trust, _manifest(first[MANIFEST], names, trust)))

    try:
        files = read_files(data, first=(MANIFEST, TRUST), vouch=vouch)
        trust, claims = found[0]
        for name, digest in claims["files"].items():
            if hashlib.sha256(files[name]).hexdigest() != digest:
                raise Malformed(f"{name} is not the file that the manifest lists")
        bundle = Bundle(
            trust=trust,
            issued_at=_instant(claims, "iat"),
            expires_at=_instant(claims, "exp"),
            size=_size(claims),
            root=_root(claims),
            files=files,
        )
        _check_head(bundle)
    except Malformed as error:
        raise BundleError(f"the bundle is not authentic: {error}") from None
    if bundle.issued_at > now + _LEEWAY:
        raise BundleError("the bundle comes from the future: is this machine's clock right?")
    return bundle


def _manifest(data: bytes, names: frozenset[str], trust: Trust) -> dict[str, Any]:
    """The claims of the manifest, which a status key signed and which lists every file in the zip."""
    parsed = split(data.decode("ascii", "replace").removesuffix("\n"))
    entry = trust.find(parsed.kid) if parsed.kid else None
    if parsed.typ != MANIFEST_TYP:
        raise Malformed(f"the manifest's type is not {MANIFEST_TYP}")
    if entry is None or KeyPurpose.STATUS not in entry.purposes:
        raise Malformed("the manifest is not signed by a status key of the issuer")
    if entry.state not in (KeyState.STAGED, KeyState.ACTIVE) or not verify_signature(parsed, entry.key):
        raise Malformed("the manifest's signature does not count")
    claims = parsed.payload
    if claims.get("iss") != trust.issuer:
        raise Malformed("the manifest names another issuer")
    listed = claims.get("files")
    if not isinstance(listed, dict) or set(listed) != names - {MANIFEST}:
        raise Malformed("the manifest lists other files than the bundle holds")
    return claims


def _check_head(bundle: Bundle) -> None:
    head = open_checkpoint(bundle.files[CHECKPOINT], bundle.trust)
    if (head.size, head.root) != (bundle.size, bundle.root):
        raise Malformed("the checkpoint is not that of the manifest")


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise Malformed(f"the manifest's {name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _journal(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    journal = claims.get("journal")
    return journal if isinstance(journal, dict) else {}


def _size(claims: Mapping[str, Any]) -> int:
    size = _journal(claims).get("size")
    if type(size) is not int or not 0 <= size < 2**53:
        raise Malformed("the manifest has no journal size")
    return size


def _root(claims: Mapping[str, Any]) -> bytes:
    root = _journal(claims).get("root")
    data = b64u_decode(root) if isinstance(root, str) else b""
    if len(data) != 32:
        raise Malformed("the manifest has no journal root")
    return data


def open_bundle_file(path: Path, *, now: datetime, pin: str | None = None) -> Bundle:
    """The bundle at `path`, held to the state file beside it when there is one. Raises OSError for a missing file."""
    with path.open("rb") as stream:
        data = stream.read(MAX_BUNDLE_BYTES + 1)
    state = read_state(path)
    bundle = read_bundle(data, now=now, pin=pin or (state.pin if state else None))
    if state is not None:
        check_not_older(bundle.state(now=now), state)
    return bundle


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
            history = read_history_file(Path(data)) if history is None else history
        self._lock = threading.Lock()
        self._more_tiles = dict(history or {})
        self._history: History | None = None
        self._indexed: dict[str, dict[str, dict[str, Any]]] = {}

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        """The bundle's trust statement, never fresh; TrustError once it has expired itself."""
        expires_at = self.bundle.trust.expires_at
        if expires_at is not None and now > expires_at:
            raise TrustError("the bundle's trust statement has expired")
        return TrustView(trust=self.bundle.trust, fetched_at=self.bundle.issued_at, fresh=False)

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        path = path_below(self.bundle.trust.base_url, uri)
        body = self.bundle.files.get(path) if path is not None and path.startswith("status/") else None
        if body is None:
            raise EvidenceUnavailable("the bundle does not hold this status list")
        return FetchedList(token=body.decode("ascii", "replace"), fetched_at=self.bundle.issued_at)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        return self.status_list(uri, now)

    def record(self, number: str) -> dict[str, Any] | None:
        return self._index(RECORDS, "number").get(number)

    def proof(self, digest: str) -> bytes | None:
        found = self._index(PROOFS, "digest").get(digest)
        return None if found is None else json.dumps(found, separators=(",", ":")).encode()

    def journal_time(self) -> datetime | None:
        return self.bundle.issued_at

    def history(self, now: datetime, *, least: int = 0) -> History:
        """The whole journal up to the bundle's checkpoint, hashed when first asked for."""
        with self._lock:
            if self._history is None:
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

    def records(self) -> Iterator[dict[str, Any]]:
        """Every public record in the bundle."""
        return iter(self._index(RECORDS, "number").values())

    def _index(self, name: str, key: str) -> Mapping[str, dict[str, Any]]:
        """The lines of a file by one of their members, read on first use; other lines are left out."""
        with self._lock:
            if name not in self._indexed:
                found: dict[str, dict[str, Any]] = {}
                for line in self.bundle.files[name].split(b"\n"):
                    try:
                        value = parse_json(line, max_bytes=_MAX_LINE) if line else None
                    except Malformed:
                        continue
                    if isinstance(value, dict) and isinstance(value.get(key), str):
                        found[value[key]] = value
                self._indexed[name] = found
            return self._indexed[name]

"""What an offline trust bundle must hold, and the checking of it.

A bundle is believed because a status key of its own trust statement signed the manifest, the manifest names the hash
of every file, and the trust statement is signed by the pinned root. It answers until it expires (7 days); an expired
one still opens, and the verifier says that it is too old.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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
)
from .bundle_state import BundleState, check_not_older, read_state
from .errors import BundleError, Malformed, TrustError
from .heads import open_checkpoint
from .jose import b64u_decode, b64u_encode, split, verify_signature
from .trust import Trust, read_trust
from .vocabulary import KeyPurpose, KeyState

__all__ = ["Bundle", "manifest_claims", "open_bundle_file", "read_bundle"]

_LEEWAY: Final = timedelta(seconds=60)
_LATEST: Final = 2**33
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

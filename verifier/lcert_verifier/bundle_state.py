"""The state file beside a bundle: which root is pinned and how far the journal was, so that no update goes back."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .errors import BundleError, Malformed, RollbackError
from .jose import b64u_decode, b64u_encode, parse_json

__all__ = ["BundleState", "check_not_older", "read_state", "state_path", "write_atomically", "write_state"]

_MAX_STATE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleState:
    """What the newest bundle seen said. `pin` is the thumbprint of the root it is held to."""

    issuer: str
    pin: str
    size: int
    root: bytes
    trust_version: int


def state_path(path: Path) -> Path:
    return path.with_name(path.name + ".state.json")


def read_state(path: Path) -> BundleState | None:
    """The state of the bundle at `path`, None when there is no file. BundleError when it is damaged."""
    try:
        data = state_path(path).read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = parse_json(data, max_bytes=_MAX_STATE)
        return BundleState(
            issuer=_typed(value, "issuer", str),
            pin=_typed(value, "root_pin", str),
            size=_typed(value, "size", int),
            root=b64u_decode(_typed(value, "root", str)),
            trust_version=_typed(value, "trust_version", int),
        )
    except Malformed as error:
        raise BundleError(f"{state_path(path)} is damaged: {error}") from None


def _typed(value: Any, name: str, kind: type) -> Any:
    member = value.get(name) if isinstance(value, dict) else None
    if type(member) is not kind:
        raise Malformed(f"{name} is missing or of the wrong type")
    return member


def write_state(path: Path, state: BundleState) -> None:
    """Replaces the state of the bundle at `path`."""
    body = {
        "issuer": state.issuer,
        "root_pin": state.pin,
        "size": state.size,
        "root": b64u_encode(state.root),
        "trust_version": state.trust_version,
    }
    write_atomically(state_path(path), json.dumps(body, indent=2).encode() + b"\n")


def check_not_older(new: BundleState, old: BundleState) -> None:
    """RollbackError when `new` goes back from `old`, or contradicts it: issuer, trust version, journal."""
    if new.issuer != old.issuer:
        raise RollbackError(f"the bundle is of {new.issuer}, and this file was one of {old.issuer}")
    if new.trust_version < old.trust_version:
        raise RollbackError("the bundle's trust statement is older than one already seen")
    if new.size < old.size:
        raise RollbackError(f"the bundle's journal has {new.size} entries, and {old.size} were already seen")
    if new.size == old.size and new.root != old.root:
        raise RollbackError("the bundle's journal contradicts the one already seen")


def write_atomically(path: Path, data: bytes) -> None:
    """Replaces `path` whole or not at all, and has it on disk before returning."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system can; the rename itself is atomic all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

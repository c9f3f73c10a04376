"""C2SP tlog-checkpoint in a signed note: the journal's size and root, signed with the log's Ed25519 key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import Malformed
from .merkle import HASH_BYTES

__all__ = [
    "ALG_ED25519",
    "Checkpoint",
    "encode_checkpoint",
    "key_id",
    "open_note",
    "parse_checkpoint",
    "sign_note",
]

ALG_ED25519 = 0x01
_DASH = "—"
_MOST_BYTES = 64 * 1024
_MOST_SIGNATURES = 100
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: `origin` names the log, `size` counts its entries."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def encode_checkpoint(origin: str, size: int, root: bytes) -> str:
    """The note text of a tree head, ending in a newline. ValueError for values no reader would take."""
    if not origin or any(not character.isprintable() for character in origin) or size < 0:
        raise ValueError("a checkpoint has a printable origin and a size")
    if len(root) != HASH_BYTES:
        raise ValueError("a root is 32 bytes")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def parse_checkpoint(text: str, *, origin: str | None = None) -> Checkpoint:
    """The tree head in a note's text; Malformed unless canonical, and of `origin` when one is given."""
    if not text.endswith("\n"):
        raise Malformed("a checkpoint ends with a newline")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Malformed("a checkpoint has origin, size and root, and no empty line")
    if origin is not None and lines[0] != origin:
        raise Malformed(f"the checkpoint is of {lines[0]!r}, not of {origin!r}")
    if not _SIZE.fullmatch(lines[1]):
        raise Malformed("a checkpoint's size is a decimal number")
    root = _b64(lines[2])
    if len(root) != HASH_BYTES:
        raise Malformed("a checkpoint's root is 32 bytes")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, extensions=tuple(lines[3:]))


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that name an Ed25519 key in a signature line (signed-note, type 01)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ALG_ED25519]) + public_key).digest()[:4]


def sign_note(text: str, name: str, sign: Callable[[bytes], bytes], public_key: bytes) -> str:
    """The note: `text`, an empty line, one signature line. `sign` is Ed25519, `public_key` its 32 bytes."""
    if not text.endswith("\n") or any(ord(character) < 0x20 and character != "\n" for character in text):
        raise ValueError("a note's text ends with a newline and has no control characters")
    if not name or any(character.isspace() or character == "+" for character in name):
        raise ValueError("a key name has no spaces and no plus")
    signature = base64.b64encode(key_id(name, public_key) + sign(text.encode())).decode()
    return f"{text}\n{_DASH} {name} {signature}\n"


def open_note(note: bytes | str, name: str, public_keys: bytes | Iterable[bytes]) -> str:
    """The text of a note signed by `name` with one of the Ed25519 `public_keys`.

    Malformed when the form is wrong, no known key signed, or a line of a known key does not verify. Lines of
    other keys (cosignatures) are passed over.
    """
    data = note.encode("utf-8", "surrogatepass") if isinstance(note, str) else note
    if len(data) > _MOST_BYTES:
        raise Malformed("the note is too long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the note is not UTF-8") from None
    if any(ord(character) < 0x20 and character != "\n" for character in whole):
        raise Malformed("the note has control characters")
    text, separator, signatures = whole.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise Malformed("the note has no signatures")
    text += "\n"
    known = {key_id(name, key): key for key in _as_tuple(public_keys)}
    verified = False
    lines = signatures[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise Malformed("the note has too many signatures")
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != _DASH or not parts[1]:
            raise Malformed("a signature line of the note is malformed")
        raw = _b64(parts[2])
        if len(raw) < 5:
            raise Malformed("a signature of the note is too short")
        key = known.get(raw[:4]) if parts[1] == name else None
        if key is None:
            continue
        if not _verifies(key, raw[4:], text.encode()):
            raise Malformed("a signature of the note does not verify")
        verified = True
    if not verified:
        raise Malformed(f"the note is not signed by a known key of {name!r}")
    return text


def _as_tuple(keys: bytes | Iterable[bytes]) -> tuple[bytes, ...]:
    return (keys,) if isinstance(keys, bytes) else tuple(keys)


def _verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _b64(text: str) -> bytes:
    """Canonical standard base64, padded."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64 is not canonical")
    return data

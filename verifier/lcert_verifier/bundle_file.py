"""The zip of a trust bundle is the same for the same files, and is read within bounds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from typing import Final

from .errors import BundleError, LcertError

__all__ = [
    "CHECKPOINT",
    "EDITIONS",
    "LEFT_OUT",
    "MANIFEST",
    "MANIFEST_TYP",
    "MAX_BUNDLE_BYTES",
    "MAX_CONTENT_BYTES",
    "PROOFS",
    "RECORDS",
    "TRUST",
    "read_files",
    "write_bundle",
]

MANIFEST: Final = "manifest.jws"
TRUST: Final = "trust.json"
CHECKPOINT: Final = "checkpoint"
RECORDS: Final = "records.jsonl"
PROOFS: Final = "proofs.jsonl"
EDITIONS: Final = "editions.jsonl"
"""What editions say that are not in force, for questions about other days; bundles made before have none."""
LEFT_OUT: Final = "records.left-out"
"""An empty file that stands in a bundle of more certificates than their records fit into: it can verify, not find."""
MANIFEST_TYP: Final = "lc-bundle+jwt"

MAX_BUNDLE_BYTES: Final = 64 * 1024 * 1024
"""Of the zip as a file."""
MAX_CONTENT_BYTES: Final = 512 * 1024 * 1024
"""Of everything in it, decompressed."""
_MAX_FIRST: Final = 4 * 1024 * 1024
"""Of a file that is read before the rest is vouched for."""
_MAX_FILES: Final = 5_000
_MAX_DIRECTORY: Final = 512 * 1024
_END: Final = 22
"""Bytes of a zip's end record (APPNOTE section 4.3.16)."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_bundle(files: Mapping[str, bytes]) -> bytes:
    """The zip of `files`: manifest first, then by name, without times or owners: equal files, equal bytes."""
    names = sorted(files, key=lambda name: (name != MANIFEST, name))
    for name in names:
        if not _NAME.fullmatch(name):
            raise BundleError(f"{name!r} cannot be a name in a bundle")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in names:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def read_files(
    data: bytes,
    *,
    first: Collection[str] = (),
    vouch: Callable[[Mapping[str, bytes], frozenset[str]], None] | None = None,
) -> dict[str, bytes]:
    """Every file of a bundle's zip. BundleError for what is not plainly one, and beyond the bounds.

    `vouch` is given the files `first` (small ones) and all names before anything else is decompressed, and may raise:
    so a zip that nobody signed costs no memory, whatever it would grow to.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleError("the bundle is too large")
    if not data.startswith(b"PK\x03\x04"):
        raise BundleError("the file is not a bundle")
    # The directory lies right before the end, without a comment: `zipfile` would read one of any size into objects.
    end = data[-_END:]
    if not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0":
        raise BundleError("the bundle is damaged")
    if (
        int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY
        or data[-_END - 20 : -_END - 16] == b"PK\x06\x07"
    ):
        raise BundleError("the bundle has too many files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = _entries(archive)
            files = {name: _read(archive, infos[name], _MAX_FIRST) for name in first if name in infos}
            if vouch is not None:
                vouch(files, frozenset(infos))
            return files | {name: _read(archive, info) for name, info in infos.items() if name not in files}
    except LcertError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise BundleError("the bundle is damaged") from None


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MAX_FILES:
        raise BundleError("the bundle has too many files")
    if sum(info.file_size for info in infos) > MAX_CONTENT_BYTES:
        raise BundleError("the bundle's content is too large")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if not _NAME.fullmatch(info.filename) or info.filename in found or info.flag_bits & 0x1:
            raise BundleError(f"the bundle has an odd entry {info.filename[:80]!r}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BundleError("the bundle uses an unknown compression")
        found[info.filename] = info
    return found


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int = MAX_CONTENT_BYTES) -> bytes:
    if info.file_size > most:
        raise BundleError(f"{info.filename} is too large")
    with archive.open(info) as stream:
        body = stream.read(info.file_size + 1)
    if len(body) != info.file_size:
        raise BundleError(f"{info.filename} has another size than the bundle says")
    return body

"""Builds the offline bundle from what is published, and says when it is time for a new one. No I/O of its own."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lcert_verifier.bundle import manifest_claims, write_bundle
from lcert_verifier.bundle_file import (
    CHECKPOINT,
    EDITIONS,
    LEFT_OUT,
    MANIFEST,
    MANIFEST_TYP,
    MAX_BUNDLE_BYTES,
    MAX_CONTENT_BYTES,
    PROOFS,
    RECORDS,
    TRUST,
)
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import sign_compact, split

from .statuslists import BUNDLE_LIFETIME, ListMaker

__all__ = [
    "BUNDLE_INTERVAL",
    "MOST_HISTORY",
    "BundleStamp",
    "build_bundle",
    "bundle_stamp",
    "fitting",
    "proof_line",
]

BUNDLE_INTERVAL: Final = timedelta(minutes=3)
"""A changed bundle is rebuilt no more often than this by the worker."""
MOST_HISTORY: Final = 32_768
"""Entries of a journal that lies in the bundle as a whole, at some 300 bytes each; readers of a longer one keep its
tiles in a file of their own (`lcert-verify bundle fetch --history`)."""
_SAMPLE: Final = 1_000
_MOST_CONTENT: Final = MAX_CONTENT_BYTES - 2**20
"""The manifest is not counted yet when this is asked."""
_RENEW_AFTER: Final = timedelta(days=1)
"""An unchanged bundle is rebuilt then, so that one fetched at any time lasts six days or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleStamp:
    """What a published bundle says of itself, and the checkpoint in it."""

    issued_at: datetime
    kid: str
    checkpoint: bytes
    trust: bytes

    def is_due(self, *, checkpoint: bytes | None, trust: bytes | None, now: datetime) -> bool:
        """Whether a new one should be made, given what else is published."""
        age = now - self.issued_at
        if age >= _RENEW_AFTER or age < -BUNDLE_INTERVAL:
            return True
        return age >= BUNDLE_INTERVAL and (self.checkpoint != checkpoint or self.trust != trust)


def build_bundle(
    maker: ListMaker,
    values: Mapping[int, bytes],
    *,
    trust: bytes,
    checkpoint: bytes,
    records: bytes | None,
    proofs: Iterable[bytes],
    now: datetime,
    editions: Iterable[bytes] = (),
    history: Mapping[str, bytes] | None = None,
) -> bytes:
    """The zip: trust, checkpoint, the lists of `values` signed anew by `maker`, records and proofs as lines.

    `editions` are lines of `edition_line`, of editions not in force. `history` are the journal's entry tiles by
    published path; without them the bundle cannot tell the past.
    Without `records`, or when they make it larger than verifiers read, the bundle says that they were left out.
    `maker` must make lists for bundles and be of the journal state in `checkpoint`.
    """
    if not maker.for_bundle:
        raise ValueError("a bundle holds lists made for bundles")
    issued_at = now.replace(microsecond=0)
    files = {
        TRUST: trust,
        CHECKPOINT: checkpoint,
        RECORDS: records or b"",
        PROOFS: b"".join(proofs),
        **(history or {}),
        **({LEFT_OUT: b""} if records is None else {EDITIONS: b"".join(editions)}),
    }
    for number, column in values.items():
        files |= maker.make(number, column, issued_at=issued_at)
    if records is not None and sum(map(len, files.values())) > _MOST_CONTENT:
        files = _without_records(files)
    data = _signed(maker, files, issued_at)
    return data if len(data) <= MAX_BUNDLE_BYTES else _signed(maker, _without_records(files), issued_at)


def _without_records(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**{name: data for name, data in files.items() if name != EDITIONS}, RECORDS: b"", LEFT_OUT: b""}


def _signed(maker: ListMaker, given: Mapping[str, bytes], issued_at: datetime) -> bytes:
    files = dict(given)
    claims = manifest_claims(
        files,
        issuer=maker.issuer,
        issued_at=issued_at,
        expires_at=issued_at + BUNDLE_LIFETIME,
        size=maker.size,
        root=maker.root,
    )
    header = {"alg": maker.signer.alg.value, "kid": maker.key.kid, "typ": MANIFEST_TYP}
    files[MANIFEST] = sign_compact(header, claims, maker.signer.sign).encode("ascii")
    return write_bundle(files)


def fitting(records: Iterable[bytes], count: int) -> bytes | None:
    """The records of `count` certificates as one file; None when they will not fit, as the first of them foretell."""
    kept: list[bytes] = []
    size = 0
    for n, record in enumerate(records, start=1):
        kept.append(record)
        size += len(record)
        if n == _SAMPLE:
            packed = len(zlib.compress(b"".join(kept), 6))
            if size * count > n * _MOST_CONTENT or packed * count > n * MAX_BUNDLE_BYTES:
                return None
        if size > _MOST_CONTENT:
            return None
    return b"".join(kept)


def proof_line(digest: str, proof: bytes) -> bytes:
    """A published proof as a line of the bundle's proofs."""
    return json.dumps({"digest": digest, **json.loads(proof)}, separators=(",", ":")).encode() + b"\n"


def bundle_stamp(data: bytes | None) -> BundleStamp | None:
    """The stamp of a bundle this issuer published; None when there is none or it is damaged. Not verified."""
    if data is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = split(archive.read(MANIFEST).decode("ascii"))
            return BundleStamp(
                issued_at=datetime.fromtimestamp(manifest.payload["iat"], UTC),
                kid=manifest.header["kid"],
                checkpoint=archive.read(CHECKPOINT),
                trust=archive.read(TRUST),
            )
    except (
        zipfile.BadZipFile,
        Malformed,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
    ):
        return None

"""What an operator alarms on, measured when asked: the worker's last round, and when published things expire."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from lcert_issuer.refusals import Refused
from lcert_issuer.registry import journal
from lcert_issuer.registry.heartbeats import WORKER, last_round
from lcert_verifier.bundle_file import MANIFEST
from lcert_verifier.checkpoint import parse_checkpoint
from lcert_verifier.jose import split
from lcert_verifier.published import BUNDLE_PATH, CHECKPOINT_PATH, token_list_path

from .shelf import ReadableStorage

if TYPE_CHECKING:
    from lcert_issuer.registry.session import Registry

__all__ = ["operator_gauges"]

Gauges = Callable[[], str]


def operator_gauges(storage: ReadableStorage, registry: Registry | None) -> Gauges:
    """Text of Prometheus gauges. A gauge whose source does not answer is left out; `up` of its source says so."""

    def gauges() -> str:
        lines = [*_published(storage), *(_recorded(registry) if registry is not None else ())]
        return "".join(f"{line}\n" for line in lines)

    return gauges


def _gauge(name: str, told: str, value: float) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    yield f"{name} {value:.0f}"


def _seconds(at: datetime) -> float:
    return at.timestamp()


def _expiry(token: bytes) -> float:
    """`exp` of one of our own tokens, unchecked."""
    return float(split(token.decode("ascii").strip()).payload["exp"])


def _published(storage: ReadableStorage) -> Iterator[str]:
    try:
        expiries, number = [], 1
        while (data := storage.get(token_list_path(number))) is not None:
            expiries.append(_expiry(data))
            number += 1
        note, bundle = storage.get(CHECKPOINT_PATH), storage.get(BUNDLE_PATH)
        size = parse_checkpoint(note.decode().rpartition("\n\n")[0] + "\n").size if note else 0
        ends = _expiry(zipfile.ZipFile(io.BytesIO(bundle)).read(MANIFEST)) if bundle else None
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        yield from _gauge("lcert_storage_up", "Whether the published files can be read.", 0)
        return
    yield from _gauge("lcert_storage_up", "Whether the published files can be read.", 1)
    yield from _gauge("lcert_published_entries", "Journal entries that are published.", size)
    if expiries:
        yield from _gauge(
            "lcert_status_list_expires_timestamp_seconds",
            "When the first status list expires.",
            min(expiries),
        )
    if ends is not None:
        yield from _gauge("lcert_bundle_expires_timestamp_seconds", "When the offline bundle expires.", ends)


def _recorded(registry: Registry) -> Iterator[str]:
    try:
        with registry.read() as session:
            size = journal.head(session).size
            last = last_round(session, WORKER)
    except Refused:
        yield from _gauge("lcert_database_up", "Whether the registry answers.", 0)
        return
    yield from _gauge("lcert_database_up", "Whether the registry answers.", 1)
    yield from _gauge("lcert_journal_entries", "Journal entries that are recorded.", size)
    if last is not None:
        yield from _gauge(
            "lcert_worker_last_round_timestamp_seconds",
            "When the worker last finished a round.",
            _seconds(last),
        )

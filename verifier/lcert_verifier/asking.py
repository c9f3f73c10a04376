"""What a verification asks a source besides trust and lists: proofs after a compromise, and what is nice to have."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Final

from .answers import Stop
from .credential import Credential
from .errors import LcertError
from .evidence import EvidenceSource
from .jose import Parsed, verify_signature
from .proof import recorded_position
from .report import Code
from .trust import TrustedKey

__all__ = ["check_compromise", "current_edition", "journal_time"]

_LOG: Final = logging.getLogger("lcert_verifier")


def check_compromise(key: TrustedKey, parsed: Parsed, source: EvidenceSource) -> None:
    """Tokens that the journal proves older than the compromise of `key` stand; the others end here (Stop)."""
    if key.since is None:
        raise Stop(Code.KEY_COMPROMISED, "the key was compromised", day=key.compromised_at)
    if not verify_signature(parsed, key.key):
        return  # the next step says so, and nobody makes us fetch proofs for forgeries
    digest = parsed.digest
    position = recorded_position(source.proof(digest), digest, key)
    if position is None:
        raise Stop(
            Code.STATUS_HISTORY_UNAVAILABLE,
            "the key was compromised, and it is not proven that the token was recorded before",
            day=key.compromised_at,
        )
    if position >= key.since:
        raise Stop(Code.KEY_COMPROMISED, "it was recorded after the compromise", day=key.compromised_at)


def current_edition(source: EvidenceSource, credential: Credential, now: datetime) -> str | None:
    """The URL of a later edition that the public record names; made from numbers, as the record is not signed.

    The one it calls current, or a renewal that has taken over by `now`, since the record was made.
    """
    try:
        record = source.record(credential.number)
    except Exception:  # a name that is only nice to have must not cost the answer
        _LOG.exception("fault of a source that was asked for a record")
        return None
    if not isinstance(record, dict):
        return None
    named = (record.get("currentEdition"), _edition_in_force(record, now))
    edition = max((number for number in named if type(number) is int), default=0)
    return f"{credential.url}/{edition}" if credential.edition < edition <= 999_999 else None


def _edition_in_force(record: dict[str, Any], now: datetime) -> Any:
    from .entries import in_force  # it needs what few answers do

    try:
        return in_force(record["editions"], now)["edition"]
    except (LcertError, LookupError, TypeError, ValueError):
        return None


def journal_time(source: EvidenceSource) -> datetime | None:
    """When the newest journal head that the source has seen was made."""
    try:
        return source.journal_time()
    except Exception:  # nor must this
        _LOG.exception("fault of a source that was asked for the journal's time")
        return None

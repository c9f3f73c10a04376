"""A token that was accepted a moment ago, by evidence that is still the very same: trust, dates and status asked anew.

Everything that can change is looked at again, mostly by identity: the same trust statement still trusts the same key,
and in the same list the same place holds the same value. Whatever is not the same is left to `judging`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from .answers import ALL_BUT_DOMAIN, PLAINLY
from .credential import Credential
from .evidence import EvidenceSource
from .known import Known
from .report import AsOf, Report
from .standing import Standing
from .status.lists import ListMemory, StatusList

__all__ = ["LEEWAY", "Grounds", "grounds_of", "judge_again"]

LEEWAY: Final = timedelta(seconds=60)
"""Of our clock behind the issuer's."""
_SECOND: Final = timedelta(seconds=1)


class Grounds(NamedTuple):
    """What an accepted token rested on besides signature and profile."""

    source: EvidenceSource
    uri: str
    """Of the token status list."""
    text: str
    """The list's token."""
    found: StatusList
    """The same, checked; it says valid."""
    begins: datetime
    """From when on it is accepted: its first second, or when it and the list were signed, less the leeway."""
    ends: datetime
    """From when on it is not any more."""
    as_of: AsOf


def grounds_of(
    source: EvidenceSource, credential: Credential, standing: Standing, as_of: AsOf
) -> Grounds | None:
    """What a credential that was just accepted rests on; None unless a token status list of today decided."""
    if standing.basis is None or credential.status is None or credential.issued_at is None:
        return None
    fetched, found = standing.basis
    begins = max(credential.valid_from, credential.issued_at, found.issued_at) - LEEWAY
    ends = credential.valid_until + _SECOND
    return Grounds(source, credential.status.uri, fetched.token, found, begins, ends, as_of)


def judge_again(
    known: Known,
    sources: Sequence[tuple[EvidenceSource, ListMemory]],
    now: datetime,
    max_age: timedelta | None = None,
) -> Report | None:
    """The Report on a token as of `now`; None when it takes the whole way to tell."""
    grounds = known.grounds
    source, memory = sources[0]
    if grounds is None or grounds.source is not source or not grounds.begins <= now < grounds.ends:
        return None
    view = source.trust(now)
    trust, found = view.trust, grounds.found
    if trust is not known.trust or (trust.expires_at is not None and now >= trust.expires_at):
        return None
    fetched = source.status_list(grounds.uri, now)
    if fetched.token is not grounds.text or not found.is_fresh(
        now=now, fetched_at=fetched.fetched_at, offline=source.offline, max_age=max_age
    ):
        return None
    memory.advance(found)
    as_of, journal = grounds.as_of, source.journal_time()
    if as_of.keys != view.fetched_at or as_of.journal != journal:
        as_of = AsOf(keys=view.fetched_at, status=found.issued_at, journal=journal)
    return Report.accepted(ALL_BUT_DOMAIN, known.credential, as_of, now, None, PLAINLY)

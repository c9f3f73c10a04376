"""What the journal says of an edition at a past instant, by what was known at another. Pure.

Entries count that were recorded by `known_at` and in effect by `at`, in the order of the journal. The rules are the
issuer's: an edition supersedes every earlier one, a suspension belongs to the certificate, a withdrawal ends all
editions there are, and an appeal's edition begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .errors import Malformed
from .journal_events import Event
from .proof import ISSUING_KINDS
from .vocabulary import StatusValue

__all__ = ["Past", "replay"]

_LEEWAY: Final = timedelta(seconds=60)
_ENDING: Final = frozenset({"withdrawn", "terminated"})
_NOTICES: Final = frozenset({"activated", "expired", "superseded"})
_KINDS: Final = ISSUING_KINDS | _ENDING | _NOTICES | {"suspended", "reinstated", "abandoned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """`value` is the status at that time; None when the edition was not there (yet), and `issued` says why."""

    value: StatusValue | None
    issued: Event | None
    """The entry that issued the token, whether or not it counts; None when the journal has none."""
    event: Event | None = None
    """The entry that decided, when the value is not VALID."""


def replay(
    events: Sequence[Event], *, digest: str, edition: int, at: datetime, known_at: datetime | None
) -> Past:
    """The status of the edition whose token has `digest`, at `at`, by the entries recorded by `known_at` (None: all).

    `events` are all those about its certificate. Malformed when one of them is of a kind that this version does not
    know: it could have ended the certificate.
    """
    unknown = next((event.kind for event in events if event.kind not in _KINDS), None)
    if unknown is not None:
        raise Malformed(f"the journal has an entry of the unknown kind {unknown[:40]!r}")
    issued = next((e for e in events if e.kind in ISSUING_KINDS and digest in e.tokens.values()), None)
    if issued is None:
        given_up = next((e for e in events if e.kind == "abandoned" and e.edition == edition), None)
        return Past(value=StatusValue.INVALID if given_up else None, issued=None, event=given_up)
    if issued.edition != edition:
        raise Malformed("the journal lists the token under another edition")
    if (known_at is not None and issued.recorded_at > known_at) or issued.effective_at > at + _LEEWAY:
        return Past(value=None, issued=issued)
    suspended: Event | None = None
    superseded: Event | None = None
    ended: Event | None = None
    for event in events:
        if event.effective_at > at or (known_at is not None and event.recorded_at > known_at):
            continue
        if event.kind == "suspended":
            suspended = event
        elif event.kind == "reinstated":
            suspended = None
        elif event.position > issued.position and event.kind in _ENDING:
            ended = ended or event
        elif event.kind in ISSUING_KINDS:
            if event.position > issued.position:
                superseded = superseded or event
            if event.kind == "appealed":
                suspended = None
    if ended is not None:
        return Past(value=StatusValue.INVALID, issued=issued, event=ended)
    if superseded is not None:
        return Past(value=StatusValue.SUPERSEDED, issued=issued, event=superseded)
    if suspended is not None:
        return Past(value=StatusValue.SUSPENDED, issued=issued, event=suspended)
    return Past(value=StatusValue.VALID, issued=issued)

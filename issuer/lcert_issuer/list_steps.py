"""The step of a publication for status lists: followed from those published where that is proven, or derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from lcert_verifier.vocabulary import KeyPurpose

from . import readmodel, surveys
from .anchors import PublishRefused
from .listcolumns import Changes, count_ended, find_changes
from .listledger import KnownList
from .release import Release
from .statuslists import (
    Stamp,
    content_digest,
    list_contents,
    list_paths,
    read_stamp,
    tally,
    with_entries,
)

__all__ = ["put_lists"]

_CLOCK_LEEWAY: Final = timedelta(seconds=60)
_A_ROUND: Final = 4
_ROUND_SECONDS: Final = 5
"""How often the worker comes, about."""


def put_lists(release: Release) -> None:
    """Lists that say something else now, that new entries touch, that are due to be signed again, or finished."""
    key = release.signing(KeyPurpose.STATUS, "the status lists")
    if key is None:
        return
    before = release.known_lists
    after = before.looked_at if before is not None else release.at
    changes = find_changes(release.session, release.numbers, after=after, at=release.at)
    release.lists.update(before.lists if before is not None else {})
    numbers = _lists_to_examine(release, changes, key.kid)
    finished = surveys.finished_lists(release.session, release.now, numbers)
    for number in numbers:
        stamps = [read_stamp(release.storage.get(path)) for path in list_paths(number)]
        known = [stamp for stamp in stamps if stamp is not None]
        contents = _followed(release, number, known, changes) or list_contents(release.column(number))
        newest = max((stamp.issued_at for stamp in known), default=release.now)
        if newest > release.now + _CLOCK_LEEWAY:
            raise PublishRefused(
                f"status list {number} was published at {newest:%Y-%m-%d %H:%M:%S}Z, and the clock says "
                f"{release.now:%Y-%m-%d %H:%M:%S}Z: set the clock right"
            )
        stays = (
            len(known) == len(stamps)
            and not release.full
            and not any(stamp.is_due(kid=key.kid, now=release.now) for stamp in known)
            and all(stamp.is_final == (number in finished) for stamp in known)
            and not (number in changes.touched and any(stamp.size < release.head.size for stamp in known))
            and tuple(stamp.content for stamp in known) == contents
        )
        issued_at = min((stamp.issued_at for stamp in known), default=newest)
        expires_at = min((stamp.expires_at for stamp in known), default=newest)
        if not stays:
            issued_at = max(release.now, newest)  # (size, iat) never goes back
            maker = release.list_maker(key, final=number in finished)
            release.put(maker.make_packed(number, contents, issued_at=issued_at).items())
            expires_at = issued_at + maker.lifetime
        release.lists[number] = KnownList(
            kid=key.kid, issued_at=issued_at, expires_at=expires_at, digest=content_digest(contents)
        )


def _followed(
    release: Release, number: int, published: Sequence[Stamp], changes: Changes
) -> tuple[bytes, ...] | None:
    """The published list with what changed since; None unless it is the one this home knows, and comes out right.

    A list of which nothing is known to have changed is derived: it is looked at to see whether it is well.
    """
    before = release.known_lists
    known = before.lists.get(number) if before is not None and not release.full else None
    contents = tuple(stamp.content for stamp in published)
    if before is None or known is None or content_digest(contents) != known.digest:
        return None
    changed = changes.entries.get(number) if changes.entries is not None else None
    if not changed:
        return None
    followed = with_entries(contents, changed)
    return followed if tally(followed) == count_ended(release.session, number, release.at) else None


def _lists_to_examine(release: Release, changes: Changes, kid: str) -> list[int]:
    """All of them, or when they are known those that a new entry, the time or another key may have changed."""
    numbers, known = readmodel.list_numbers(release.session), release.known_lists
    if known is None or release.full:
        return numbers
    in_turn = _in_turn(numbers, release) if release.since == release.head.size else ()
    return [
        number
        for number in numbers
        if number in changes.touched
        or number in changes.moved
        or number in in_turn
        or number not in known.lists
        or known.lists[number].is_due(kid=kid, now=release.now)
    ]


def _in_turn(numbers: Sequence[int], release: Release) -> Sequence[int]:
    """Some of the lists, others each time: with nothing new to publish there is time to see whether they are well."""
    turns = -(-len(numbers) // _A_ROUND) or 1
    first = int(release.now.timestamp() / _ROUND_SECONDS) % turns * _A_ROUND
    return numbers[first : first + _A_ROUND]

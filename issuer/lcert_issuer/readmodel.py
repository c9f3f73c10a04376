"""What publishing and pages read: certificates with editions, history and tokens, and the status of every index.

Everything here is a function of the database snapshot and an instant. What people decided is in force from the moment
it is recorded, whatever the reader's clock says: instants before the newest entry are taken as that entry's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import BindParameter, Table, bindparam, or_, select
from sqlalchemy.orm import Session

from lcert_verifier.vocabulary import StatusValue

from .certificate import (
    EditionFacts,
    StandingFacts,
    edition_status,
)
from .registry import journal
from .registry.models import (
    CertificateRow,
    EditionRow,
    Intent,
    JournalRow,
    PayloadRow,
    StatusListRow,
    TokenRow,
)
from .registry.session import fetch
from .views import CertificateView, EditionView, HistoryView

__all__ = [
    "all_numbers",
    "changed_numbers",
    "erased_numbers",
    "find_token",
    "issued_position",
    "list_numbers",
    "load_certificate",
    "load_certificates",
    "statuses",
]

_PIECE = 400
"""Certificates read at once: SQLite limits the variables of a statement."""
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_CERTIFICATES: Final = select(*cast(Table, CertificateRow.__table__).columns).where(
    CertificateRow.number.in_(_NUMBERS)
)
_TOKENS: Final = (
    select(TokenRow.credential_id, TokenRow.securing, TokenRow.token)
    .join(EditionRow, EditionRow.credential_id == TokenRow.credential_id)
    .where(EditionRow.number.in_(_NUMBERS))
)
_EDITIONS: Final = (
    select(
        EditionRow.number,
        EditionRow.edition,
        EditionRow.credential_id,
        EditionRow.kind,
        EditionRow.list_number,
        EditionRow.list_index,
        EditionRow.kid,
        EditionRow.valid_from,
        EditionRow.valid_through,
        EditionRow.superseded_from,
        EditionRow.withdrawn_at,
        EditionRow.claims,
        EditionRow.issued_position,
        JournalRow.recorded_at,
    )
    .join(JournalRow, JournalRow.position == EditionRow.issued_position)
    .where(EditionRow.number.in_(_NUMBERS))
    .order_by(EditionRow.number, EditionRow.edition)
)
_HISTORY: Final = (
    select(
        JournalRow.number,
        JournalRow.position,
        JournalRow.kind,
        JournalRow.edition,
        JournalRow.effective_at,
        JournalRow.recorded_at,
        JournalRow.entry,
        PayloadRow.erased_at,
    )
    .join(PayloadRow, PayloadRow.event_id == JournalRow.event_id, isouter=True)
    .where(JournalRow.number.in_(_NUMBERS))
    .order_by(JournalRow.position)
)
_CHANGED: Final = select(JournalRow.number).where(JournalRow.position >= bindparam("since"))
_ERASED: Final = select(PayloadRow.event_id).where(PayloadRow.erased_at.is_not(None))
_ERASED_SINCE: Final = _ERASED.where(PayloadRow.erased_at >= bindparam("since"))
_LISTS: Final = select(StatusListRow.number).order_by(StatusListRow.number)


def changed_numbers(session: Session, since_size: int) -> list[str]:
    """Numbers of the certificates that entries from position `since_size` on speak of, sorted.

    A number may be of an abandoned issue, for which `load_certificate` finds nothing.
    """
    # Sorted here: asked to, SQLite goes through the index of all numbers rather than through the new entries.
    changed = fetch(session, _CHANGED, {"since": since_size}).scalars()
    return sorted({number for number in changed if number is not None})


def erased_numbers(session: Session, since: datetime | None = None) -> list[str]:
    """Numbers of certificates with a private part that was erased, since then if told; each once, in no order."""
    query = _ERASED if since is None else _ERASED_SINCE
    events = list(fetch(session, query, {} if since is None else {"since": since}).scalars())
    found: set[str] = set()
    for start in range(0, len(events), _PIECE):
        some = JournalRow.event_id.in_(events[start : start + _PIECE])
        numbers = session.execute(select(JournalRow.number).where(some)).scalars()
        found.update(number for number in numbers if number is not None)
    return list(found)


def all_numbers(session: Session) -> list[str]:
    """Numbers of every certificate, sorted."""
    return list(session.execute(select(CertificateRow.number).order_by(CertificateRow.number)).scalars())


def load_certificate(session: Session, number: str) -> CertificateView | None:
    """The certificate with editions, tokens and history; None when there is none of this number."""
    return next(load_certificates(session, [number]), None)


def load_certificates(
    session: Session,
    numbers: Sequence[str],
    *,
    with_tokens: bool = True,
    with_history: bool = True,
    as_of: datetime | None = None,
) -> Iterator[CertificateView]:
    """Certificates in the order of `numbers`, read in pieces; numbers without one are left out.

    `as_of`: the time of the newest entry of this snapshot, for whoever has read it already.
    """
    as_of = as_of or journal.head(session).recorded_at
    for start in range(0, len(numbers), _PIECE):
        yield from _load_piece(session, numbers[start : start + _PIECE], as_of, with_tokens, with_history)


def _load_piece(
    session: Session, numbers: Sequence[str], as_of: datetime, with_tokens: bool, with_history: bool
) -> Iterator[CertificateView]:
    session.flush()
    certificates = {row.number: row for row in fetch(session, _CERTIFICATES, {"numbers": list(numbers)})}
    editions = _editions(session, list(certificates), with_tokens)
    history: Mapping[str, list[HistoryView]] = _history(session, list(certificates)) if with_history else {}
    for number in numbers:
        row = certificates.get(number)
        if row is None:
            continue
        yield CertificateView(
            number=number,
            version=row.version,
            standing=row.standing,
            since=row.since,
            reason=row.reason,
            ab_initio=row.ab_initio,
            first_granted_on=row.first_granted_on,
            latest_edition=row.latest_edition,
            editions=tuple(editions[number]),
            history=tuple(history.get(number, ())),
            as_of=as_of,
        )


def _editions(session: Session, numbers: Sequence[str], with_tokens: bool) -> Mapping[str, list[EditionView]]:
    tokens: defaultdict[str, dict[str, str]] = defaultdict(dict)
    if with_tokens:
        for token in fetch(session, _TOKENS, {"numbers": numbers}):
            tokens[token.credential_id][token.securing] = token.token
    found: defaultdict[str, list[EditionView]] = defaultdict(list)
    for row in fetch(session, _EDITIONS, {"numbers": numbers}):
        found[row.number].append(
            EditionView(
                number=row.number,
                edition=row.edition,
                credential_id=row.credential_id,
                kind=journal.Kind(row.kind),
                list_number=row.list_number,
                list_index=row.list_index,
                kid=row.kid,
                valid_from=row.valid_from,
                valid_through=row.valid_through,
                superseded_from=row.superseded_from,
                withdrawn_at=row.withdrawn_at,
                claims=row.claims,
                issued_at=row.recorded_at,
                issued_position=row.issued_position,
                tokens=tokens[row.credential_id],
            )
        )
    return found


def _history(session: Session, numbers: Sequence[str]) -> Mapping[str, list[HistoryView]]:
    found: defaultdict[str, list[HistoryView]] = defaultdict(list)
    for row in fetch(session, _HISTORY, {"numbers": numbers}):
        members = journal.members_of(row.entry)
        found[row.number].append(
            HistoryView(
                position=row.position,
                kind=journal.Kind(row.kind),
                edition=row.edition,
                effective_at=row.effective_at,
                recorded_at=row.recorded_at,
                reason=members.get("reason"),
                kid=members.get("kid"),
                separation=members.get("separation"),
                erased_at=row.erased_at,
            )
        )
    return found


def list_numbers(session: Session) -> list[int]:
    """Numbers of the status lists that are open, from 1."""
    return list(fetch(session, _LISTS).scalars())


def statuses(session: Session, list_number: int, now: datetime) -> Iterator[tuple[int, StatusValue]]:
    """(index, value) of every index of a list that is not VALID: all others are 0, allocated or not."""
    at = max(now, journal.head(session).recorded_at)
    query = (
        select(
            EditionRow.edition,
            EditionRow.list_index,
            EditionRow.valid_from,
            EditionRow.valid_through,
            EditionRow.superseded_from,
            EditionRow.withdrawn_at,
            CertificateRow.standing,
            CertificateRow.since,
        )
        .join(CertificateRow, CertificateRow.number == EditionRow.number)
        .where(
            EditionRow.list_number == list_number,
            or_(
                EditionRow.withdrawn_at.is_not(None),
                EditionRow.superseded_from <= at,
                CertificateRow.standing != "standing",
            ),
        )
    )
    for row in session.execute(query):
        facts = EditionFacts(
            edition=row.edition,
            valid_from=row.valid_from,
            valid_through=row.valid_through,
            superseded_from=row.superseded_from,
            withdrawn_at=row.withdrawn_at,
        )
        value = edition_status(facts, StandingFacts(standing=row.standing, since=row.since), at)
        if value is not StatusValue.VALID:
            yield row.list_index, value
    abandoned = select(Intent.list_index).where(
        Intent.list_number == list_number, Intent.state == "abandoned"
    )
    for index in session.execute(abandoned).scalars():
        yield index, StatusValue.INVALID


def find_token(session: Session, number: str, edition: int, securing: str) -> str | None:
    """The stored token, byte for byte as issued."""
    return session.execute(
        select(TokenRow.token)
        .join(EditionRow, EditionRow.credential_id == TokenRow.credential_id)
        .where(EditionRow.number == number, EditionRow.edition == edition, TokenRow.securing == securing)
    ).scalar_one_or_none()


def issued_position(session: Session, digest: str) -> int | None:
    """Position of the journal entry that lists the token with this digest (hex)."""
    return session.execute(
        select(EditionRow.issued_position)
        .join(TokenRow, TokenRow.credential_id == EditionRow.credential_id)
        .where(TokenRow.digest == digest)
    ).scalar_one_or_none()

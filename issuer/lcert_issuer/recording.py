"""Writes signed editions into journal and registry, as the last step of the commit transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .certificate import day_start, end_of
from .claims import claim_texts
from .plans import Issued, SignedEdition
from .refusals import Conflict
from .registry import journal, outbox
from .registry.events import Event, Kind, Recorded
from .registry.models import CertificateRow, EditionRow
from .registry.session import add_rows

__all__ = [
    "edition_values",
    "lock_certificates",
    "new_certificate",
    "record_editions",
    "supersede",
    "suspended_from",
    "token_rows",
]


def lock_certificates(
    session: Session, versions: Mapping[str, int]
) -> dict[str, tuple[CertificateRow, list[EditionRow]]]:
    """Locks certificates and their editions. Conflict unless each still has the version the caller saw.

    Every change takes these locks before the journal's head, so that changes never wait for each other in a circle.
    """
    if not versions:
        return {}
    certificates = session.execute(
        select(CertificateRow)
        .where(CertificateRow.number.in_(versions))
        .order_by(CertificateRow.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalars()
    found: dict[str, tuple[CertificateRow, list[EditionRow]]] = {}
    for row in certificates:
        if row.version != versions[row.number]:
            raise Conflict(f"{row.number} was changed by somebody else meanwhile; look at it again")
        found[row.number] = (row, [])
    if len(found) != len(versions):
        raise Conflict("a certificate is gone: was the database restored meanwhile?")
    editions = session.execute(
        select(EditionRow)
        .where(EditionRow.number.in_(versions))
        .order_by(EditionRow.number, EditionRow.edition)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalars()
    for edition in editions:
        found[edition.number][1].append(edition)
    return found


def token_rows(signed: Iterable[SignedEdition]) -> list[dict[str, str]]:
    """The rows of `TokenRow` for all that was signed: one a securing."""
    return [
        {
            "digest": edition.digests[securing],
            "credential_id": edition.reserved.claims.credential_id,
            "securing": securing.value,
            "kid": edition.kid,
            "token": token,
        }
        for edition in signed
        for securing, token in edition.tokens.items()
    ]


def suspended_from(certificate: CertificateRow) -> datetime | None:
    """What every edition of a certificate says of its suspension, which no new edition lifts."""
    return certificate.since if certificate.standing == "suspended" else None


def record_editions(
    session: Session, signed: Sequence[SignedEdition], *, actor: str, recorded_at: datetime | None
) -> list[Issued]:
    """The journal entries of these editions, their rows, and what they change in the earlier ones."""
    plans = [item.reserved.plan for item in signed]
    existing = lock_certificates(
        session,
        {plan.number: plan.certificate_version for plan in plans if not plan.is_new and plan.number},
    )
    recorded = journal.append(session, [_event(item, actor) for item in signed], recorded_at=recorded_at)
    editions: defaultdict[str, list[EditionRow]] = defaultdict(list)
    for number, (certificate, rows) in existing.items():
        certificate.version += 1
        editions[number] = rows
    new = [(item, place) for item, place in zip(signed, recorded, strict=True) if item.reserved.plan.is_new]
    if new:  # as plain rows: there may be a thousand, and nothing in this transaction changes them again
        add_rows(session, CertificateRow, [new_certificate(item) for item, _ in new])
        add_rows(session, EditionRow, [edition_values(item, place) for item, place in new])
    replaced: list[tuple[str, int, Recorded]] = []
    for item, place in zip(signed, recorded, strict=True):
        if item.reserved.plan.is_new:
            continue
        claims = item.reserved.claims
        certificate = existing[claims.number][0]
        certificate.latest_edition = claims.edition
        if item.reserved.plan.kind is Kind.APPEALED:
            certificate.standing, certificate.since = "standing", None
            certificate.reason, certificate.ab_initio = None, False
        for earlier in editions[claims.number]:
            if supersede(earlier, place):
                replaced.append((earlier.number, earlier.edition, place))
        row = EditionRow(**edition_values(item, place), suspended_from=suspended_from(certificate))
        session.add(row)
        editions[claims.number].append(row)
    outbox.add_superseded(session, replaced)
    return [_issued(item, place) for item, place in zip(signed, recorded, strict=True)]


def _event(item: SignedEdition, actor: str) -> Event:
    plan, claims = item.reserved.plan, item.reserved.claims
    return Event(
        kind=plan.kind,
        number=claims.number,
        edition=claims.edition,
        credential=claims.credential_id,
        tokens={securing.value: digest for securing, digest in item.digests.items()},
        list_number=claims.list_number,
        list_index=claims.list_index,
        kid=item.kid,
        supersedes=claims.supersedes_id,
        effective_at=plan.effective_at,
        reason=plan.reason,
        valid_from=claims.valid_from,
        valid_through=claims.valid_through,
        payload={
            "actor": actor,
            "holder": claims.content.holder.to_json(),
            "scope": claims.content.scope.to_json(),
            "decision": claims.content.decision.to_json(),
            **plan.private,
        },
    )


def supersede(earlier: EditionRow, place: Recorded) -> bool:
    """Lets an earlier edition end when the new one takes effect, unless it ended before.

    True when that is now and only the new edition's entry says so: whoever watches is told of the old one too.
    """
    at = place.effective_at
    if earlier.superseded_from is not None and earlier.superseded_from <= at:
        return False
    earlier.superseded_from = at
    if at <= place.recorded_at:
        earlier.next_notice_at = None  # this entry says it; a notice would say it twice
        return earlier.withdrawn_at is None
    if earlier.next_notice_at is not None and earlier.next_notice_at > at:
        earlier.next_notice_at = at
    return False


def new_certificate(item: SignedEdition) -> dict[str, Any]:
    """The row of a certificate whose first edition this is."""
    claims = item.reserved.claims
    _, year, serial = claims.number.split("-")
    return {
        "number": claims.number,
        "year": int(year),
        "serial": int(serial),
        "version": 1,
        "standing": "standing",
        "ab_initio": False,
        "first_granted_on": claims.first_granted_on,
        "latest_edition": 1,
    }


def edition_values(item: SignedEdition, place: Recorded) -> dict[str, Any]:
    """The row of an edition whose entry stands at `place`."""
    plan, claims = item.reserved.plan, item.reserved.claims
    content = claims.content
    start = day_start(claims.valid_from)
    return {
        "number": claims.number,
        "edition": claims.edition,
        "credential_id": claims.credential_id,
        "kind": plan.kind.value,
        "list_number": claims.list_number,
        "list_index": claims.list_index,
        "kid": item.kid,
        "valid_from": claims.valid_from,
        "valid_through": claims.valid_through,
        "next_notice_at": start if start > place.recorded_at else end_of(claims.valid_through),
        "holder_name": content.holder.legal_name,
        "domains": _spaced(domain.name for domain in content.holder.domains),
        "search_text": claim_texts(item.canonical),
        "level": content.scope.level or "",
        "modalities": _spaced(content.scope.modalities),
        "bases": _spaced(dict.fromkeys(basis.basis for basis in content.data_basis)),
        "claims": dict(item.canonical),
        "issued_position": place.position,
    }


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _issued(item: SignedEdition, place: Recorded) -> Issued:
    claims = item.reserved.claims
    return Issued(
        number=claims.number,
        edition=claims.edition,
        credential_id=claims.credential_id,
        url=claims.url,
        kind=item.reserved.plan.kind,
        valid_from=claims.valid_from,
        valid_through=claims.valid_through,
        list_number=claims.list_number,
        list_index=claims.list_index,
        kid=item.kid,
        tokens=dict(item.tokens),
        position=place.position,
        recorded_at=place.recorded_at,
    )

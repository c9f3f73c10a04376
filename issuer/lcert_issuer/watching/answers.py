"""Requests that name an Idempotency-Key are done once: a repetition gets the first answer, for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from ..refusals import Conflict, NotFound
from ..registry.watch_tables import AnswerRow, PartnerRow

__all__ = ["answer_once"]


def answer_once(
    session: Session,
    partner_id: str,
    key: str | None,
    request: bytes,
    work: Callable[[], tuple[int, str]],
    *,
    now: datetime,
) -> tuple[int, str]:
    """Status and body of `work`, which is done in this transaction; or of the request that had this key before.

    Conflict when that was another request. A refusal of `work` is not kept.
    """
    if key is None:
        return work()
    if session.get(PartnerRow, partner_id, with_for_update=True) is None:  # one at a time for each partner
        raise NotFound("there is no such partner")
    digest = hashlib.sha256(request).hexdigest()
    known = session.get(AnswerRow, (partner_id, key))
    if known is not None:
        if known.request != digest:
            raise Conflict("this Idempotency-Key was used for another request")
        return known.status, known.body
    status, body = work()
    session.add(
        AnswerRow(partner_id=partner_id, key=key, request=digest, status=status, body=body, created_at=now)
    )
    session.flush()
    return status, body

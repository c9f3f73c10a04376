"""Requests that are answered once: the same key and the same request give the first answer again, and change nothing.

The key is written in the transaction of the change, so that there is never one without the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lcert_verifier.identity import certificate_url
from lcert_verifier.vocabulary import Securing

from . import readmodel
from .plans import Issued
from .refusals import Conflict, InvalidInput
from .registry.canonical import canonical_json
from .registry.models import OnceRow

__all__ = ["Once", "answered", "answered_key", "keep_answer", "keep_key"]

_KEY: Final = re.compile(r"[!-~]{1,120}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """The key somebody chose for a request, and a digest of what was asked for."""

    key: str
    request: str

    @classmethod
    def of(cls, key: str, *asked: Any) -> Once:
        """`asked`: everything that makes the request another one, as JSON values or bytes. InvalidInput for no key."""
        if not _KEY.fullmatch(key):
            raise InvalidInput.at("idempotency-key", "must be 1 to 120 visible ASCII characters")
        digest = hashlib.sha256()
        for part in asked:
            data = part if isinstance(part, bytes) else canonical_json(part)
            digest.update(len(data).to_bytes(8, "big") + data)
        return cls(key=key, request=digest.hexdigest())

    def part(self, number: int) -> Once:
        """For one of several transactions that a request takes; the first keeps the key as it is."""
        return self if not number else Once(key=f"{self.key}#{number}", request=self.request)


def answered(session: Session, once: Once, *, base_url: str) -> list[Issued] | None:
    """What the request brought the first time; None when it is new. Conflict when the key was used for another one."""
    answer = _answer(session, once)
    if answer is None:
        return None
    return [_issued(session, number, edition, base_url) for number, edition in answer]


def keep_answer(session: Session, once: Once, issued: Sequence[Issued], *, at: datetime) -> None:
    """In the transaction of the change. Conflict when somebody with the same key was faster."""
    _keep(session, once, [[item.number, item.edition] for item in issued], at=at)


def answered_key(session: Session, once: Once) -> str | None:
    """The `kid` that a request for a new key brought the first time; None when it is new. Conflict as `answered`."""
    answer = _answer(session, once)
    return None if answer is None else str(answer[0][0])


def keep_key(session: Session, once: Once, kid: str, *, at: datetime) -> None:
    """In the transaction that stages the key. Conflict when somebody with the same idempotency key was faster."""
    _keep(session, once, [[kid]], at=at)


def _answer(session: Session, once: Once) -> list[Any] | None:
    row = session.execute(
        select(OnceRow.request, OnceRow.answer).where(OnceRow.key == once.key)
    ).one_or_none()
    if row is None:
        return None
    if row.request != once.request:
        raise Conflict(
            f"the idempotency key {once.key} was used for another request: choose a new one for this",
            code="idempotency_conflict",
            path="idempotency-key",
        )
    answer: list[Any] = row.answer
    return answer


def _keep(session: Session, once: Once, answer: list[Any], *, at: datetime) -> None:
    try:
        session.execute(insert(OnceRow).values(key=once.key, request=once.request, answer=answer, at=at))
    except IntegrityError as error:
        raise Conflict("a request with this idempotency key is under way; ask again") from error


def _issued(session: Session, number: str, edition: int, base_url: str) -> Issued:
    view = readmodel.load_certificate(session, number)
    found = view.edition(edition) if view is not None else None
    if found is None:
        raise Conflict(f"{number} edition {edition} is gone: was the database restored meanwhile?")
    return Issued(
        number=number,
        edition=edition,
        credential_id=found.credential_id,
        url=certificate_url(base_url, number),
        kind=found.kind,
        valid_from=found.valid_from,
        valid_through=found.valid_through,
        list_number=found.list_number,
        list_index=found.list_index,
        kid=found.kid,
        tokens={Securing(securing): token for securing, token in found.tokens.items()},
        position=found.issued_position,
        recorded_at=found.issued_at,
    )

"""Partners and their API tokens. A token is told once; kept is its beginning, to find it by, and its SHA-256.

256 random bits cannot be guessed from a hash, so the hash needs no salt and no slowness.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lcert_verifier.fields import text_problem

from ..refusals import Conflict, InvalidInput, NotFound
from ..registry.watch_tables import ApiTokenRow, PartnerRow, WatchRow

__all__ = ["Partner", "add_partner", "add_token", "authenticate", "list_partners", "revoke"]

_TOKEN: Final = re.compile(r"(lcert_[a-z2-7]{8})_[A-Za-z0-9_-]{43}")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_LONGEST_NAME: Final = 100
_NOBODY: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """`prefixes` are the beginnings of its tokens that are good, oldest first."""

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    prefixes: tuple[str, ...]
    watches: int


def add_partner(session: Session, name: str, *, now: datetime) -> tuple[Partner, str]:
    """A new partner and its first token. Conflict when there is one of that name, InvalidInput for an odd name."""
    name = name.strip()
    if problem := text_problem(name):
        raise InvalidInput.at("name", problem)
    if len(name) > _LONGEST_NAME:
        raise InvalidInput.at("name", f"takes at most {_LONGEST_NAME} characters")
    if session.execute(select(PartnerRow.id).where(PartnerRow.name == name)).first():
        raise Conflict(f"there is a partner {name} already; `lcert partner token` gives it another token")
    row = PartnerRow(id=secrets.token_hex(16), name=name, created_at=now)
    session.add(row)
    session.flush()
    token = _new_token(session, row.id, now)
    return _partner(session, row), token


def add_token(session: Session, name: str, *, now: datetime) -> tuple[Partner, str]:
    """A further token, so that the old one can be replaced without a gap. NotFound, or Conflict for a revoked one."""
    row = _named(session, name)
    if row.revoked_at is not None:
        raise Conflict(f"{row.name} was revoked")
    token = _new_token(session, row.id, now)
    return _partner(session, row), token


def revoke(session: Session, name: str, *, now: datetime) -> Partner:
    """Refuses a partner's tokens, or the one token that `name` is the beginning of, from now on. NotFound."""
    token = session.get(ApiTokenRow, name.strip())
    if token is not None:
        token.revoked_at = token.revoked_at or now
        session.flush()
        row = session.get(PartnerRow, token.partner_id)
        assert row is not None, "a token belongs to a partner"
        return _partner(session, row)
    row = _named(session, name)
    row.revoked_at = row.revoked_at or now
    session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.partner_id == row.id, ApiTokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.flush()
    return _partner(session, row)


def list_partners(session: Session) -> list[Partner]:
    """Every partner by name, revoked ones too."""
    rows = session.execute(select(PartnerRow).order_by(PartnerRow.name)).scalars().all()
    return [_partner(session, row) for row in rows]


def authenticate(session: Session, token: str) -> str | None:
    """The id of the partner whose token this is; None for any other text. Compares in constant time."""
    match = _TOKEN.fullmatch(token) if len(token) <= 200 else None
    row = session.get(ApiTokenRow, match[1]) if match else None
    same = hmac.compare_digest(_digest(token), row.digest if row is not None else _NOBODY)
    if row is None or not same or row.revoked_at is not None:
        return None
    partner = session.get(PartnerRow, row.partner_id)
    return row.partner_id if partner is not None and partner.revoked_at is None else None


def _new_token(session: Session, partner_id: str, now: datetime) -> str:
    prefix = f"lcert_{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    session.add(ApiTokenRow(prefix=prefix, partner_id=partner_id, digest=_digest(token), created_at=now))
    session.flush()
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _named(session: Session, name: str) -> PartnerRow:
    row = session.execute(select(PartnerRow).where(PartnerRow.name == name.strip())).scalar_one_or_none()
    if row is None:
        raise NotFound(f"there is no partner {name}; `lcert partner list` shows those there are")
    return row


def _partner(session: Session, row: PartnerRow) -> Partner:
    prefixes = session.execute(
        select(ApiTokenRow.prefix)
        .where(ApiTokenRow.partner_id == row.id, ApiTokenRow.revoked_at.is_(None))
        .order_by(ApiTokenRow.created_at)
    ).scalars()
    watches = session.execute(
        select(func.count()).select_from(WatchRow).where(WatchRow.partner_id == row.id)
    ).scalar_one()
    return Partner(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        prefixes=tuple(prefixes),
        watches=watches,
    )

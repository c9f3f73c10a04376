"""Issuing: reserve and say so, build and judge, sign and check, record, and only then let the tokens out.

A crash leaves an open intent whose lease runs out; its number, edition and status index are never used again, and the
index says INVALID for ever, so that a token that was signed but never recorded is worth nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lcert_keys import Key, Signer
from lcert_verifier.jose import sign_compact, split, verify_signature
from lcert_verifier.vocabulary import KeyPurpose, KeyState, Securing

from .failpoints import failpoint
from .numbering import number_plans
from .office import Office, audit_all, criteria_digests, load_keyring
from .once import Once, keep_answer
from .plans import Issued, Plan, SignedEdition, check_plan
from .preparing import Prepared, prepare
from .recording import record_editions, token_rows
from .refusals import Conflict, InvalidInput, NotAllowed, Problem, Refused
from .registry import journal
from .registry.events import Event, Kind
from .registry.models import Intent, KeyRow, TokenRow
from .registry.session import add_rows, database_now, fetch
from .registry.slots import draw

__all__ = ["LEASE", "MAX_BATCH", "abandon", "check_plans", "issue_plans"]

LEASE: Final = timedelta(minutes=5)
"""How long signing may take."""
MAX_BATCH: Final = 1_000
"""Editions that share one intent transaction and one commit."""

_INTENTS: Final = (
    select(Intent.id, Intent.state, Intent.lease_until, Intent.claims_digest)
    .where(Intent.id.in_(bindparam("ids", expanding=True)))
    .order_by(Intent.id)
    .with_for_update()
)
_CLOSE: Final = (
    update(cast(Table, Intent.__table__))
    .where(Intent.id.in_(bindparam("ids", expanding=True)))
    .values(state="committed")
)
_KEY_STATE: Final = select(KeyRow.state).where(KeyRow.kid == bindparam("of")).with_for_update(read=True)


def check_plans(office: Office, plans: Sequence[Plan]) -> None:
    """Raises InvalidInput with the problems of all that break the rules; nothing is reserved."""
    with office.registry.read() as session:
        criteria = criteria_digests(session)
    problems: list[Problem] = []
    for plan in plans:
        try:
            check_plan(plan, office.identity, criteria)
        except InvalidInput as refusal:
            problems.extend(refusal.problems)
    if problems:
        raise InvalidInput(problems)


def issue_plans(
    office: Office,
    plans: Sequence[Plan],
    *,
    actor: str,
    recorded_at: datetime | None = None,
    once: Once | None = None,
) -> list[Issued]:
    """Issues up to MAX_BATCH editions, all or none, and returns them once they are recorded.

    `once`: the request these answer, kept with them. InvalidInput when one breaks the rules: then nothing was
    reserved. Refused when the keys or somebody else's change stand against it; what was reserved is then abandoned.
    """
    if not 0 < len(plans) <= MAX_BATCH:
        raise ValueError(f"between 1 and {MAX_BATCH} editions are issued at once")
    with office.registry.read() as session:
        key = load_keyring(session).signing(KeyPurpose.ISSUER)
    signer = office.signer(key)
    signer.unlock()  # a key that does not open must not cost a number
    failpoint("issue.before_intent")
    prepared = office.registry.again(lambda: _reserve(office, plans))
    failpoint("issue.after_intent")
    try:
        signed = [_sign(office, item, key, signer) for item in prepared]
        failpoint("issue.after_sign")
        issued = office.registry.again(
            lambda: _commit(office, signed, key, actor=actor, recorded_at=recorded_at, once=once)
        )
    except BaseException:
        # Best effort: if the database is gone as well, the lease runs out and the clock does the same.
        with contextlib.suppress(Refused):
            intents = [item.reserved.intent_id for item in prepared]
            abandon(office, intents, recorded_at=recorded_at)
        raise
    failpoint("issue.after_commit")
    return issued


def abandon(
    office: Office, intent_ids: Sequence[str], *, recorded_at: datetime | None = None
) -> list[Intent]:
    """Gives up the intents that are still open: an `abandoned` entry each, and their indices INVALID for ever."""
    with office.registry.write() as session:
        intents = list(
            session.execute(
                select(Intent)
                .where(Intent.id.in_(intent_ids), Intent.state == "open")
                .order_by(Intent.id)
                .with_for_update()
            ).scalars()
        )
        abandon_rows(session, intents, recorded_at=recorded_at)
        return intents


def abandon_rows(session: Session, intents: Sequence[Intent], *, recorded_at: datetime | None = None) -> None:
    """Like `abandon`, for open intents this transaction has locked."""
    for intent in intents:
        intent.state = "abandoned"
    session.flush()
    journal.append(
        session,
        [
            Event(
                kind=Kind.ABANDONED,
                number=intent.number,
                edition=intent.edition,
                credential=intent.credential_id,
                list_number=intent.list_number,
                list_index=intent.list_index,
            )
            for intent in intents
        ],
        recorded_at=recorded_at,
    )


def _reserve(office: Office, plans: Sequence[Plan]) -> list[Prepared]:
    """The intent transaction. What breaks the rules ends it before anything is taken."""
    try:
        with office.registry.write() as session:
            now = database_now(session)
            slots = draw(session, len(plans), now=now)
            prepared = prepare(
                office.identity, number_plans(session, office.identity, plans, slots), office.clock()
            )
            add_rows(
                session,
                Intent,
                [
                    {
                        "id": item.intent_id,
                        "number": item.claims.number,
                        "year": year,
                        "serial": serial,
                        "edition": item.claims.edition,
                        "credential_id": item.claims.credential_id,
                        "claims_digest": ready.claims_digest,
                        "list_number": item.claims.list_number,
                        "list_index": item.claims.list_index,
                        "certificate_version": item.plan.certificate_version,
                        "state": "open",
                        "lease_until": now + LEASE,
                    }
                    for ready in prepared
                    for item in [ready.reserved]
                    for year, serial in [_year_serial(item.claims.number)]
                ],
            )
            return prepared
    except IntegrityError as error:
        raise Conflict("somebody else took the same number or edition; try again") from error


def _sign(office: Office, item: Prepared, key: Key, signer: Signer) -> SignedEdition:
    """Every securing: judged when it was prepared, read again and checked with the public key once it is signed."""
    issued_at = int(office.clock().timestamp())
    tokens: dict[Securing, str] = {}
    digests: dict[Securing, str] = {}
    for securing, claims in item.payloads.items():
        if "iat" in claims:
            claims["iat"] = issued_at
        token = sign_compact(_header(securing, key), claims, signer.sign)
        parsed = split(token)
        if parsed.payload != claims or not verify_signature(parsed, key.public_key):
            raise NotAllowed(f"the signature of {key.kid} does not verify: look at the key and its signer")
        tokens[securing], digests[securing] = token, parsed.digest
    return SignedEdition(
        reserved=item.reserved,
        kid=key.kid,
        canonical=item.payloads[Securing.VC_JWT],
        claims_digest=item.claims_digest,
        tokens=tokens,
        digests=digests,
    )


def _header(securing: Securing, key: Key) -> dict[str, str]:
    match securing:
        case Securing.VC_JWT:
            return {"alg": key.alg.value, "kid": key.kid, "typ": "vc+jwt", "cty": "vc"}
        case Securing.OPENBADGE:
            return {"alg": key.alg.value, "kid": key.kid}
        case Securing.COMPACT:
            return {"alg": key.alg.value, "kid": key.thumbprint, "typ": "lc+jwt"}


def _commit(
    office: Office,
    signed: Sequence[SignedEdition],
    key: Key,
    *,
    actor: str,
    recorded_at: datetime | None,
    once: Once | None,
) -> list[Issued]:
    """The commit transaction: journal, tokens and registry, or nothing."""
    with office.registry.write() as session:
        _close_intents(session, signed)
        state = fetch(session, _KEY_STATE, {"of": key.kid}).scalar_one_or_none()
        if state != KeyState.ACTIVE:
            raise Conflict(f"the key {key.kid} is {state} by now; try again with the one that signs")
        add_rows(session, TokenRow, token_rows(signed))
        issued = record_editions(session, signed, actor=actor, recorded_at=recorded_at)
        now = office.clock()
        if once is not None:
            keep_answer(session, once, issued, at=now)
        audit_all(
            session,
            at=now,
            actor=actor,
            done=[(item.kind.value, f"{item.number}/{item.edition}") for item in issued],
        )
        session.flush()
        failpoint("issue.after_append")
        return issued


def _close_intents(session: Session, signed: Sequence[SignedEdition]) -> None:
    """Locks the intents and marks them committed. Conflict unless each is open, in its lease, and says the same."""
    wanted = {item.reserved.intent_id: item.claims_digest for item in signed}
    ids = {"ids": list(wanted)}
    intents = fetch(session, _INTENTS, ids).all()
    now, open_ones = database_now(session), 0
    for intent in intents:
        if intent.state != "open" or intent.lease_until <= now:
            raise Conflict(
                "signing took longer than the lease, so it was abandoned; try again", code="lease_expired"
            )
        if intent.claims_digest != wanted[intent.id]:
            raise Conflict("what was signed is not what was announced")
        open_ones += 1
    if open_ones != len(wanted):
        raise Conflict("an intent is missing: was the database restored meanwhile?")
    fetch(session, _CLOSE, ids)


def _year_serial(number: str) -> tuple[int, int]:
    _, year, serial = number.split("-")
    return int(year), int(serial)

"""Grows a registry fast: the rows that issuing in bulk writes, every token really signed.

What issuing does for safety is left out: no payload is judged, no signature is verified, no intent is committed before
the signing; a thousand certificates are one transaction, and SQLite does not wait for the disk. Rows, journal, Merkle
tree and audit log are written by the issuer's own code, so that `doctor` is content with what comes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert

from lcert_issuer.assembly import House
from lcert_issuer.claims import EditionClaims
from lcert_issuer.editions import plan_new
from lcert_issuer.intake import Draft
from lcert_issuer.issuance import LEASE
from lcert_issuer.numbering import number_plans
from lcert_issuer.office import audit_all
from lcert_issuer.plans import Issued, Reserved, SignedEdition
from lcert_issuer.preparing import _claims_digest as claims_digest
from lcert_issuer.recording import record_editions
from lcert_issuer.registry.models import Intent, TokenRow
from lcert_issuer.registry.session import database_now
from lcert_issuer.registry.slots import draw
from lcert_keys import Key, Signer
from lcert_verifier.jose import sign_compact
from lcert_verifier.vocabulary import KeyPurpose, Securing

__all__ = ["fill", "hurried", "varied"]


@contextmanager
def hurried(house: House) -> Iterator[None]:
    """SQLite neither waits for the disk nor reads it for what fits into memory; a server is left as it is."""
    if house.registry.dialect != "sqlite":
        yield
        return

    def prepare(connection: Any, _entry: Any) -> None:
        for pragma in ("synchronous = OFF", "cache_size = -1500000", "wal_autocheckpoint = 100000"):
            connection.execute(f"PRAGMA {pragma}")

    engine = house.registry.engine
    engine.dispose()
    event.listen(engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(engine, "connect", prepare)
        engine.dispose()


def varied(model: Draft, first: int, count: int) -> Iterator[Draft]:
    """Drafts like `model`, each with a holder, a domain and a name of what it covers of its own."""
    content = model.content
    domain, covered = content.holder.domains[0], content.scope.covered[0]
    for n in range(first, first + count):
        holder = replace(
            content.holder,
            legal_name=f"Holder {n} Ltd",
            domains=(replace(domain, name=f"holder-{n}.example"),),
        )
        scope = replace(content.scope, covered=(replace(covered, name=f"Compose {n}"),))
        yield replace(model, content=replace(content, holder=holder, scope=scope))


def fill(house: House, drafts: Sequence[Draft], signer: Signer) -> list[Issued]:
    """Issues a thousand or fewer, in one transaction."""
    desk = house.desk
    key = house.keyring().signing(KeyPurpose.ISSUER)
    plans = [plan_new(draft, house.identity) for draft in drafts]
    with house.registry.write() as session:
        now = database_now(session)
        reserved = number_plans(session, house.identity, plans, draw(session, len(plans), now=now))
        signed = [_sign(item, key, signer, now) for item in reserved]
        session.execute(insert(Intent), [_intent(item, now) for item in signed])
        session.execute(insert(TokenRow), [row for item in signed for row in _tokens(item)])
        issued = record_editions(session, signed, actor="filler", recorded_at=None)
        audit_all(
            session,
            at=desk.office.clock(),
            actor="filler",
            done=[(item.kind.value, f"{item.number}/{item.edition}") for item in issued],
        )
        return issued


def _sign(item: Reserved, key: Key, signer: Signer, now: datetime) -> SignedEdition:
    claims: EditionClaims = item.claims
    payloads = claims.payloads(now)
    alg = key.alg.value
    headers = {
        Securing.VC_JWT: {"alg": alg, "kid": key.kid, "typ": "vc+jwt", "cty": "vc"},
        Securing.OPENBADGE: {"alg": alg, "kid": key.kid},
        Securing.COMPACT: {"alg": alg, "kid": key.thumbprint, "typ": "lc+jwt"},
    }
    tokens = {securing: sign_compact(headers[securing], of, signer.sign) for securing, of in payloads.items()}
    return SignedEdition(
        reserved=item,
        kid=key.kid,
        canonical=payloads[Securing.VC_JWT],
        claims_digest=claims_digest(payloads[Securing.VC_JWT]),
        tokens=tokens,
        digests={
            securing: hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()
            for securing, token in tokens.items()
        },
    )


def _intent(item: SignedEdition, now: datetime) -> dict[str, Any]:
    claims = item.reserved.claims
    _, year, serial = claims.number.split("-")
    return {
        "id": item.reserved.intent_id,
        "number": claims.number,
        "year": int(year),
        "serial": int(serial),
        "edition": claims.edition,
        "credential_id": claims.credential_id,
        "claims_digest": item.claims_digest,
        "list_number": claims.list_number,
        "list_index": claims.list_index,
        "certificate_version": 0,
        "state": "committed",
        "lease_until": now + LEASE,
    }


def _tokens(item: SignedEdition) -> list[dict[str, str]]:
    return [
        {
            "digest": item.digests[securing],
            "credential_id": item.reserved.claims.credential_id,
            "securing": securing.value,
            "kid": item.kid,
            "token": token,
        }
        for securing, token in item.tokens.items()
    ]

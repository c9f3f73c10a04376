"""Grows a registry fast: the rows that issuing in bulk writes, every token really signed.

What issuing does for safety is left out: payloads are made of one form and not judged, no signature is verified, no
intent is committed before the signing; a thousand certificates are one transaction, and SQLite does not wait for the
disk. Rows, journal, Merkle tree and audit log are written by the issuer's own code, so that `doctor` is content with
what comes out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert

from lcert_issuer.assembly import House
from lcert_issuer.editions import plan_new
from lcert_issuer.intake import Content, Draft
from lcert_issuer.issuance import LEASE
from lcert_issuer.numbering import number_plans
from lcert_issuer.office import audit_all
from lcert_issuer.plans import Issued, Reserved, SignedEdition
from lcert_issuer.recording import record_editions
from lcert_issuer.registry.canonical import canonical_json
from lcert_issuer.registry.models import Intent, TokenRow
from lcert_issuer.registry.session import database_now
from lcert_issuer.registry.slots import draw
from lcert_keys import Key, Signer
from lcert_verifier.jose import sign_compact
from lcert_verifier.vocabulary import KeyPurpose, Securing

__all__ = ["drafts_like", "fill", "hurried"]

_NUMBER, _SERIAL, _LIST, _INDEX = "LC-9999-99999977", 99_999_771, 999_983, 999_979
"""Stand in the form for what each certificate has of its own; none of them is in anything else that is signed."""


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


def drafts_like(model: Draft, first: int, count: int) -> Iterator[Draft]:
    """Drafts like `model`, each with a holder, a domain and a name of what it covers of its own."""
    for content in varied(model.content, first, count):
        yield replace(model, content=content)


def varied(content: Content, first: int, count: int) -> Iterator[Content]:
    """Contents like one, numbered from `first`."""
    domain, covered = content.holder.domains[0], content.scope.covered[0]
    for n in range(first, first + count):
        holder = replace(
            content.holder,
            legal_name=f"Holder {n} Ltd",
            domains=(replace(domain, name=f"holder-{n}.example"),),
        )
        scope = replace(content.scope, covered=(replace(covered, name=f"Compose {n}"),))
        yield replace(content, holder=holder, scope=scope)


def fill(house: House, drafts: Sequence[Draft], signer: Signer) -> list[Issued]:
    """Issues a thousand or fewer, in one transaction."""
    desk = house.desk
    key = house.keyring().signing(KeyPurpose.ISSUER)
    plans = [plan_new(draft, house.identity) for draft in drafts]
    with house.registry.write() as session:
        now = database_now(session)
        reserved = number_plans(session, house.identity, plans, draw(session, len(plans), now=now))
        form = _Form(reserved[0], key, now)
        signed = [form.sign(item, key.kid, signer) for item in reserved]
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


class _Form:
    """The payloads of one edition as JSON, in which what differs from the next is put in as text."""

    def __init__(self, item: Reserved, key: Key, now: datetime) -> None:
        alg = key.alg.value
        self._headers = {
            Securing.VC_JWT: {"alg": alg, "kid": key.kid, "typ": "vc+jwt", "cty": "vc"},
            Securing.OPENBADGE: {"alg": alg, "kid": key.kid},
            Securing.COMPACT: {"alg": alg, "kid": key.thumbprint, "typ": "lc+jwt"},
        }
        standing_in = replace(
            item.claims,
            content=next(varied(item.plan.content, _SERIAL, 1)),
            number=_NUMBER,
            list_number=_LIST,
            list_index=_INDEX,
        )
        payloads = standing_in.payloads(now)
        self._texts = {
            securing: json.dumps(of, ensure_ascii=False, separators=(",", ":"))
            for securing, of in payloads.items()
        }
        self._announced = canonical_json({**payloads[Securing.VC_JWT], "iat": 0}).decode()
        self._announced = self._announced.replace('"iat":0,', "")

    def sign(self, item: Reserved, kid: str, signer: Signer) -> SignedEdition:
        claims = item.claims
        serial = claims.content.holder.legal_name.split()[1]
        said = (
            (_NUMBER, claims.number),
            (str(_SERIAL), serial),
            (str(_LIST), str(claims.list_number)),
            (str(_INDEX), str(claims.list_index)),
        )
        texts = {securing: _put_in(text, said) for securing, text in self._texts.items()}
        tokens = {
            securing: sign_compact(self._headers[securing], text.encode(), signer.sign)
            for securing, text in texts.items()
        }
        return SignedEdition(
            reserved=item,
            kid=kid,
            canonical=json.loads(texts[Securing.VC_JWT]),
            claims_digest=hashlib.sha256(_put_in(self._announced, said).encode()).hexdigest(),
            tokens=tokens,
            digests={
                securing: hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()
                for securing, token in tokens.items()
            },
        )


def _put_in(text: str, said: Sequence[tuple[str, str]]) -> str:
    for standing_in, its in said:
        text = text.replace(standing_in, its)
    return text


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

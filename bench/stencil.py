"""One certificate as the issuer writes it, out of which others are made: its rows, and its signed texts.

What a certificate has of its own stands in these texts as `%(name)s`. `cut` finds it by issuing a certificate whose own
values are like nothing else in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, insert
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from lcert_issuer.assembly import House
from lcert_issuer.editions import plan_new
from lcert_issuer.intake import Draft
from lcert_issuer.issuance import LEASE
from lcert_issuer.numbering import number_plans
from lcert_issuer.office import audit_all
from lcert_issuer.plans import Issued, SignedEdition
from lcert_issuer.recording import record_editions, token_rows
from lcert_issuer.registry.canonical import canonical_json
from lcert_issuer.registry.models import Base, Intent, TokenRow
from lcert_issuer.registry.slots import Slot
from lcert_keys import Key
from lcert_verifier.vocabulary import KeyPurpose, Securing

__all__ = ["TABLES", "Stencil", "cut"]

TABLES = ("intent", "token", "journal", "payload", "outbox", "certificate", "edition", "audit")
"""In the order in which rows may be written."""
_SERIAL, _HOLDER, _LIST, _INDEX = 99_999_977, 99_999_771, 999_983, 999_979
"""Of the certificate that is undone; none is a part of another, or of anything else that is written."""
_BY_CODE = frozenset(
    {"journal.entry", "journal.leaf_hash", "audit.digest", "intent.claims_digest", "payload.salt"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stencil:
    first_serial: int
    recorded_at: datetime
    announced: str
    """What the intent's digest is of."""
    payloads: Sequence[tuple[str, Mapping[str, str], str]]
    """Securing, header and payload."""
    texts: Sequence[tuple[str, str]]
    """`table.column` and text, of columns that are text with something of its own in it."""
    entry: str
    link: str
    """What the audit log's digest is of."""
    same: Mapping[str, Any]
    """`table.column` of what is the same in all."""
    rows: Sequence[tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]]
    """Table, and how a row of it is taken out of a certificate's values."""
    columns: Mapping[str, Sequence[str]]

    def add_rows(self, own: Mapping[str, Any], rows: Mapping[str, list[tuple[Any, ...]]]) -> None:
        """The rows of the certificate that has these values of its own."""
        values = {**self.same, **own}
        for table, take in self.rows:
            rows[table].append(take(values))

    def write(self, session: Session, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Rows as the database keeps them, past SQLAlchemy: by `COPY` on PostgreSQL."""
        connection = session.connection()
        for table in TABLES:
            names = ", ".join(self.columns[table])
            if connection.dialect.name == "sqlite":
                marks = ", ".join("?" * len(self.columns[table]))
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows[table])
                )
                continue
            raw: Any = connection.connection.driver_connection
            with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)


def cut(session: Session, house: House, model: Draft, now: datetime) -> Stencil:
    """The stencil of certificates like `model` in this transaction, which writes nothing else by it."""
    key = house.keyring().signing(KeyPurpose.ISSUER)
    plan = plan_new(model, house.identity)
    slot = Slot(list_number=_LIST, list_index=_INDEX)
    reserved = number_plans(session, house.identity, [plan], [slot])[0]
    year, serial = reserved.claims.number.split("-")[1:]
    holder, scope = plan.content.holder, plan.content.scope
    content = replace(
        plan.content,
        holder=replace(
            holder,
            legal_name=f"Holder {_HOLDER} Ltd",
            domains=(replace(holder.domains[0], name=f"holder-{_HOLDER}.example"),),
        ),
        scope=replace(scope, covered=(replace(scope.covered[0], name=f"Compose {_HOLDER}"),)),
    )
    claims = replace(reserved.claims, content=content, number=f"LC-{year}-{_SERIAL}")
    item = replace(reserved, claims=claims, plan=replace(plan, content=content))
    payloads = claims.payloads(now)
    compact = {
        securing: json.dumps(of, ensure_ascii=False, separators=(",", ":"))
        for securing, of in payloads.items()
    }
    signed = SignedEdition(
        reserved=item,
        kid=key.kid,
        canonical=json.loads(compact[Securing.VC_JWT]),
        claims_digest="c" * 64,
        tokens={securing: f"token of {securing}" for securing in Securing},
        digests={securing: f"{n:x}" * 64 for n, securing in enumerate(Securing, start=10)},
    )
    rows, issued = _written(session, house, signed, now)
    entry, note = rows["journal"][0], rows["audit"][0]
    form = _Form(
        {
            str(_SERIAL): "serial",
            str(_HOLDER): "holder",
            str(_LIST): "list",
            str(_INDEX): "index",
            entry["event_id"]: "event",
            json.loads(entry["entry"])["payload"].removeprefix("sha256-"): "sealed",
            **{digest: f"digest {securing.value}" for securing, digest in signed.digests.items()},
            **{token: f"token {securing.value}" for securing, token in signed.tokens.items()},
        }
    )
    taken = [
        (table, f"{table}{n or ''}", row) for table, found in rows.items() for n, row in enumerate(found)
    ]
    values = {f"{name}.{column}": value for _, name, row in taken for column, value in row.items()}
    texts = {
        name: form.text(value)
        for name, value in values.items()
        if isinstance(value, str) and name not in _BY_CODE and form.has_own(value)
    }
    announced = canonical_json({**payloads[Securing.VC_JWT], "iat": 0}).decode().replace('"iat":0,', "")
    return Stencil(
        first_serial=int(serial),
        recorded_at=issued.recorded_at,
        announced=form.text(announced),
        payloads=[
            (securing.value, _header(securing, key), form.text(text)) for securing, text in compact.items()
        ],
        texts=list(texts.items()),
        entry=form.text(entry["entry"].decode()),
        link=form.text(_link(note))
        .replace('"before":""', '"before":"%(before)s"')
        .replace('"id":0', '"id":%(audit.id)d'),
        same={name: value for name, value in values.items() if name not in texts},
        rows=[(table, itemgetter(*(f"{name}.{column}" for column in row))) for table, name, row in taken],
        columns={table: list(found[0]) for table, found in rows.items()},
    )


class _Form:
    """Finds what a certificate has of its own in a text."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._own = own
        self._any = re.compile("|".join(re.escape(value) for value in sorted(own, key=len, reverse=True)))

    def has_own(self, text: str) -> bool:
        return self._any.search(text) is not None

    def text(self, text: str) -> str:
        """The text with `%(name)s` in place of what is the certificate's own."""
        return self._any.sub(lambda found: f"%({self._own[found[0]]})s", text.replace("%", "%%"))


def _header(securing: Securing, key: Key) -> dict[str, str]:
    return {
        Securing.VC_JWT: {"alg": key.alg.value, "kid": key.kid, "typ": "vc+jwt", "cty": "vc"},
        Securing.OPENBADGE: {"alg": key.alg.value, "kid": key.kid},
        Securing.COMPACT: {"alg": key.alg.value, "kid": key.thumbprint, "typ": "lc+jwt"},
    }[securing]


def _link(note: Mapping[str, Any]) -> str:
    """What `registry.auditing.row_digest` makes a digest of, without the digest before and the row's number."""
    members = {name: value for name, value in note.items() if value is not None and name != "digest"}
    return canonical_json({**members, "at": str(note["at"]), "before": "", "id": 0}).decode()


def _written(
    session: Session, house: House, item: SignedEdition, now: datetime
) -> tuple[dict[str, list[dict[str, Any]]], Issued]:
    """The rows of this edition by table, as the database keeps them, which are undone again; and where it stood."""
    number, credential = item.reserved.claims.number, item.reserved.claims.credential_id
    with session.begin_nested() as point:
        session.execute(insert(Intent), [_intent(item, now)])
        session.execute(insert(TokenRow), token_rows([item]))
        (issued,) = record_editions(session, [item], actor="filler", recorded_at=None)
        audit_all(
            session,
            at=house.desk.office.clock(),
            actor="filler",
            done=[(item.reserved.plan.kind.value, f"{number}/1")],
        )
        (event_id,) = session.execute(
            sql("SELECT event_id FROM journal WHERE position = :at"), {"at": issued.position}
        ).one()
        wanted = {
            "intent": ("id", item.reserved.intent_id),
            "token": ("credential_id", credential),
            "journal": ("event_id", event_id),
            "payload": ("event_id", event_id),
            "outbox": ("event_id", event_id),
            "certificate": ("number", number),
            "edition": ("number", number),
            "audit": ("target", f"{number}/1"),
        }
        rows = {table: _rows(session, table, *wanted[table]) for table in TABLES}
        point.rollback()
    return rows, issued


def _rows(session: Session, table: str, column: str, value: str) -> list[dict[str, Any]]:
    """Rows of a table without what the database numbers itself, JSON as the text that it is kept as."""
    columns = [of for of in Base.metadata.tables[table].columns if (table, of.name) != ("outbox", "sequence")]
    names = ", ".join(
        f"CAST({of.name} AS TEXT) AS {of.name}" if isinstance(of.type, JSON) else of.name for of in columns
    )
    found = session.execute(sql(f"SELECT {names} FROM {table} WHERE {column} = :value"), {"value": value})
    return [dict(row._mapping) for row in found]


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

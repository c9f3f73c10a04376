"""The public record of a certificate: what `c/NUMBER.json` says. Pure.

It holds nothing that a token or the journal does not. `state` is that of the moment of publication: readers derive
scheduled, active and expired from the dates again, and for a verdict they ask the verifier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lcert_verifier.identity import certificate_url
from lcert_verifier.jose import b64u_encode
from lcert_verifier.vocabulary import Securing

from .certificate import CertificateState, EditionStatus
from .registry.journal import TreeHead, format_instant
from .views import CertificateView, EditionView, HistoryView

__all__ = ["edition_line", "encode_record", "public_record", "same_record", "token_file"]

_SUFFIX: Final = {
    Securing.VC_JWT: "jwt",
    Securing.OPENBADGE: "openbadge.jwt",
    Securing.COMPACT: "compact.jwt",
}
_DECIDED: Final = (CertificateState.SUSPENDED, CertificateState.WITHDRAWN, CertificateState.TERMINATED)
_SUBJECT_PARTS: Final = ("holder", "scope", "dataBasis", "evidence", "decision", "certificate")


def token_file(number: str, edition: int, securing: Securing) -> str:
    """The published path of one token."""
    return f"c/{number}/{edition}.{_SUFFIX[securing]}"


def public_record(view: CertificateView, *, base_url: str, head: TreeHead, now: datetime) -> dict[str, Any]:
    """The record of a certificate with history, as of journal `head`, published at `now`."""
    state = view.state(now)
    current = view.in_force(now)
    subject = current.claims["credentialSubject"]
    record: dict[str, Any] = {
        "number": view.number,
        "url": certificate_url(base_url, view.number),
        "state": state.value,
    }
    if state in _DECIDED:
        if view.since is not None:
            record["since"] = format_instant(view.since)
        if view.reason is not None:
            record["reason"] = view.reason
        if view.ab_initio:
            record["abInitio"] = True
    erased = [event.erased_at for event in view.history if event.erased_at is not None]
    if erased:
        record["privateErasedAt"] = format_instant(max(erased))
    record |= {name: subject[name] for name in _SUBJECT_PARTS}
    record |= {
        "currentEdition": current.edition,
        "editions": [_edition(view, edition, base_url, now) for edition in view.editions],
        "history": [_event(event) for event in view.history],
        "journal": {"size": head.size, "root": b64u_encode(head.root)},
        "publishedAt": format_instant(now.replace(microsecond=0)),
    }
    return record


def encode_record(record: dict[str, Any]) -> bytes:
    """One physical line of JSON, so that bundles can hold records as lines."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def edition_line(number: str, edition: int, claims: Mapping[str, Any]) -> bytes:
    """What an edition says, as a line of a bundle: the members that the record takes from the one in force."""
    subject = claims["credentialSubject"]
    line = {"id": f"{number}/{edition}", **{name: subject[name] for name in _SUBJECT_PARTS}}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def same_record(published: bytes | None, record: dict[str, Any]) -> bool:
    """Whether the published bytes say the same already, whenever and from whatever journal size they were made."""
    if published is None:
        return False
    try:
        old = json.loads(published)
    except ValueError:
        return False
    fleeting = {"journal": record["journal"], "publishedAt": record["publishedAt"]}
    return isinstance(old, dict) and {**old, **fleeting} == record


def _edition(view: CertificateView, edition: EditionView, base_url: str, now: datetime) -> dict[str, Any]:
    replaced = edition.superseded_from
    return {
        "edition": edition.edition,
        "id": edition.credential_id,
        "kind": edition.kind.value,
        "validFrom": edition.valid_from.isoformat(),
        "validThrough": edition.valid_through.isoformat(),
        "status": EditionStatus.of(view.status(edition, now)).value,
        **({} if replaced is None else {"supersededFrom": format_instant(replaced)}),
        "issuedAt": format_instant(edition.issued_at),
        "kid": edition.kid,
        "tokens": {
            securing.value: f"{base_url}/{token_file(view.number, edition.edition, securing)}"
            for securing in Securing
            if securing.value in edition.tokens
        },
        "list": edition.list_number,
        "index": edition.list_index,
    }


def _event(event: HistoryView) -> dict[str, Any]:
    optional = {
        "edition": event.edition,
        "reason": event.reason,
        "kid": event.kid,
        "separation": event.separation,
    }
    return {
        "position": event.position,
        "kind": event.kind.value,
        **{name: value for name, value in optional.items() if value is not None},
        "effectiveAt": format_instant(event.effective_at),
        "recordedAt": format_instant(event.recorded_at),
    }

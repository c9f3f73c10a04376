"""The rows that a published journal entry stands for, rebuilt by the same code that wrote them the first time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from lcert_keys import Key, Keyring
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import split
from lcert_verifier.policy import check_profile
from lcert_verifier.published import token_list_path
from lcert_verifier.trust import Trust
from lcert_verifier.vocabulary import KeyPurpose, Securing

from .certificate import Action
from .claims import EditionClaims, content_of
from .clockwork import notice_after
from .lifecycle import Decision, apply_decision
from .office import Identity, row_of
from .plans import Plan, Reserved, SignedEdition
from .recording import edition_values, new_certificate, supersede, suspended_from, token_rows
from .records import token_file
from .registry.canonical import canonical_json
from .registry.events import EDITION_KINDS, NOTICES, Kind, Recorded, members_of
from .registry.models import CertificateRow, EditionRow, Intent, StatusListRow, StatusSlot, TokenRow
from .registry.slots import LOST, burn, open_list
from .storage import Storage

__all__ = ["FindKey", "Rebuilding", "ReplayedEntry"]

FindKey = Callable[[str], str | None]
"""The signer URI of the key with a thumbprint; None when its file is not here."""

_ACTIONS = {
    Kind.SUSPENDED: Action.SUSPEND,
    Kind.REINSTATED: Action.REINSTATE,
    Kind.WITHDRAWN: Action.WITHDRAW,
    Kind.TERMINATED: Action.TERMINATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEntry:
    """An entry as it was published."""

    position: int
    event_id: str
    kind: Kind
    number: str | None
    edition: int | None
    effective_at: datetime
    recorded_at: datetime
    members: dict[str, Any]

    @classmethod
    def read(cls, position: int, data: bytes) -> ReplayedEntry:
        members = members_of(data)
        return cls(
            position=position,
            event_id=members["id"],
            kind=Kind(members["kind"]),
            number=members.get("number"),
            edition=members.get("edition"),
            effective_at=datetime.fromisoformat(members["effectiveAt"]),
            recorded_at=datetime.fromisoformat(members["recordedAt"]),
            members=members,
        )

    @property
    def place(self) -> Recorded:
        return Recorded(
            position=self.position,
            event_id=self.event_id,
            recorded_at=self.recorded_at,
            effective_at=self.effective_at,
        )


class Rebuilding:
    """Applies entries in order, in the transaction that appends them."""

    def __init__(
        self,
        session: Session,
        *,
        storage: Storage,
        identity: Identity,
        ring: Keyring,
        trust: Trust,
        find_key: FindKey,
    ) -> None:
        self.ring = ring
        self.without_key: list[str] = []
        self._session = session
        self._storage = storage
        self._identity = identity
        self._trust = trust
        self._find_key = find_key
        self._lists = set(session.execute(select(StatusListRow.number)).scalars())
        self._known_lists = frozenset(self._lists)

    def apply(self, entry: ReplayedEntry) -> None:
        if entry.kind in EDITION_KINDS:
            self._issue(entry)
        elif entry.kind in _ACTIONS:
            self._decide(entry)
        elif entry.kind in NOTICES:
            row = self._edition(entry)
            row.next_notice_at = notice_after(row, entry.kind)
        elif entry.kind is Kind.ABANDONED:
            self._reserve(entry, state="abandoned", digest="")
        else:
            self._key(entry)
        self._session.flush()

    def finish(self, now: datetime) -> None:
        """Indices that issues of the lost time drew, and that no entry names, are INVALID for ever.

        Of a list that was opened in the lost time that is every index no entry names: nobody knows any more in which
        order they were drawn. New certificates then go into a list that is opened now, behind all that were published.
        """
        self._session.flush()
        burn(self._session, sorted(self._known_lists), now=now)
        lost = (self._lists | self._published_lists()) - self._known_lists
        if not lost:
            return
        for number in sorted(lost):
            open_list(self._session, number, now=now)
        burn(self._session, sorted(lost), now=now, whole=True)
        open_list(self._session, max(lost) + 1, now=now)

    def _published_lists(self) -> set[int]:
        names = (path.rpartition("/")[2] for path in self._storage.list(token_list_path(1).removesuffix("1")))
        return {int(name) for name in names if name.isascii() and name.isdigit()}

    def _issue(self, entry: ReplayedEntry) -> None:
        signed = self._signed(entry)
        number = signed.reserved.claims.number
        self._session.execute(insert(TokenRow), token_rows([signed]))
        self._reserve(entry, state="committed", digest=signed.claims_digest)
        certificate = self._session.get(CertificateRow, number)
        if certificate is None:
            self._session.add(CertificateRow(**new_certificate(signed)))
            self._session.flush()
        else:
            certificate.version += 1
            certificate.latest_edition = signed.reserved.claims.edition
            if entry.kind is Kind.APPEALED:
                certificate.standing, certificate.since = "standing", None
                certificate.reason, certificate.ab_initio = None, False
            for earlier in self._editions(number):
                supersede(earlier, entry.place)
        row = EditionRow(**edition_values(signed, entry.place))
        if certificate is not None:
            row.suspended_from = suspended_from(certificate)
        self._session.add(row)

    def _signed(self, entry: ReplayedEntry) -> SignedEdition:
        """The edition as it was signed, from its published tokens, each of which is the one that the entry lists."""
        number, edition, listed = entry.members["number"], entry.members["edition"], entry.members["tokens"]
        tokens: dict[Securing, str] = {}
        for securing in Securing:
            path = token_file(number, edition, securing)
            data = self._storage.get(path)
            if data is None or split(data.decode("ascii", "replace")).digest != listed[securing.value]:
                raise Malformed(f"{path} is not the token that entry {entry.position} lists")
            tokens[securing] = data.decode("ascii")
        claims = split(tokens[Securing.VC_JWT]).payload
        credential = check_profile(
            claims, securing=Securing.VC_JWT, base_url=self._identity.base_url, issuer=self._identity.did
        )
        content, facts = content_of(credential), claims["credentialSubject"]["certificate"]
        supersedes = entry.members.get("supersedes")
        known = self._session.get(CertificateRow, number)
        plan = Plan(
            kind=entry.kind,
            content=content,
            valid_from=credential.certificate.valid_from,
            valid_through=credential.certificate.valid_through,
            first_granted_on=datetime.fromisoformat(facts["firstGrantedOn"]).date(),
            number=number,
            certificate_version=known.version if known is not None else 0,
        )
        reserved = Reserved(
            intent_id=secrets.token_hex(16),
            plan=plan,
            claims=EditionClaims(
                base_url=self._identity.base_url,
                issuer_name=self._identity.name,
                content=content,
                criteria_digest=facts["criteriaDigest"],
                number=number,
                edition=edition,
                supersedes=int(supersedes.rpartition("/")[2]) if supersedes else None,
                first_granted_on=plan.first_granted_on,
                valid_from=plan.valid_from,
                valid_through=plan.valid_through,
                list_number=entry.members["list"],
                list_index=entry.members["index"],
            ),
        )
        announced = {name: value for name, value in claims.items() if name != "iat"}
        return SignedEdition(
            reserved=reserved,
            kid=entry.members["kid"],
            canonical=claims,
            claims_digest=hashlib.sha256(canonical_json(announced)).hexdigest(),
            tokens=tokens,
            digests={securing: listed[securing.value] for securing in Securing},
        )

    def _reserve(self, entry: ReplayedEntry, *, state: str, digest: str) -> None:
        """The intent and the status index behind an entry, as used."""
        members = entry.members
        number, edition = members["number"], members["edition"]
        self._session.execute(
            delete(Intent).where(
                Intent.list_number == members["list"],
                Intent.list_index == members["index"],
                Intent.number.startswith(LOST),
            )
        )
        known = self._session.execute(
            select(Intent).where(Intent.number == number, Intent.edition == edition)
        ).scalar_one_or_none()
        if known is not None:
            known.state = state
        else:
            _, year, serial = number.split("-")
            self._session.add(
                Intent(
                    id=secrets.token_hex(16),
                    number=number,
                    year=int(year),
                    serial=int(serial),
                    edition=edition,
                    credential_id=members["credential"],
                    claims_digest=digest,
                    list_number=members["list"],
                    list_index=members["index"],
                    certificate_version=0,
                    state=state,
                    lease_until=entry.recorded_at,
                )
            )
        if members["list"] not in self._lists:
            open_list(self._session, members["list"], now=entry.recorded_at)
            self._lists.add(members["list"])
        self._session.execute(
            update(StatusSlot)
            .where(StatusSlot.list_number == members["list"], StatusSlot.list_index == members["index"])
            .values(taken=True)
            .execution_options(synchronize_session=False)
        )

    def _decide(self, entry: ReplayedEntry) -> None:
        row = self._session.get(CertificateRow, entry.number)
        if row is None:
            raise Malformed(f"entry {entry.position} is about a certificate that was never issued")
        reason = entry.members.get("reason", "unspecified")
        decision = Decision(action=_ACTIONS[entry.kind], reason=reason)
        apply_decision(row, self._editions(row.number), decision, entry.kind, entry.effective_at)

    def _key(self, entry: ReplayedEntry) -> None:
        """The key after what the entry tells of it."""
        kid, at = entry.members["kid"], entry.recorded_at
        told = self._trust.keys.get(kid)
        if entry.kind is Kind.KEY_STAGED:
            key = self._staged(entry, kid)
        elif entry.kind is Kind.KEY_PROMOTED:
            key = self.ring.promote(kid, at=at)
        elif entry.kind is Kind.KEY_RETIRED:
            key = self.ring.retire(kid, at=at)
        else:
            since = entry.members.get("since")
            anchored = since is not None and told is not None
            key = self.ring.compromise(
                kid,
                at=at,
                since=since,
                size=told.size if anchored and told else None,
                root=told.root if anchored and told else None,
            )
        self.ring = self.ring.with_key(key)
        self._session.merge(row_of(key))

    def _staged(self, entry: ReplayedEntry, kid: str) -> Key:
        """A new key: its public half from the trust statement, its private one wherever it lies."""
        thumbprint = kid.rpartition("#")[2]
        told = self._trust.keys.get(kid)
        roots = {key.thumbprint: key for key in self._trust.root_keys}
        public_key = told.key if told is not None else roots.get(thumbprint)
        if public_key is None:
            raise Malformed(f"the published trust statement does not know the key {kid}")
        uri = self._find_key(thumbprint)
        if uri is None:
            self.without_key.append(kid)
        return self.ring.stage(
            did=self._identity.did,
            public_key=public_key,
            purpose=KeyPurpose(entry.members["purpose"]),
            signer_uri=uri or f"file:keys/missing-{thumbprint}.pem",
            at=entry.recorded_at,
        )

    def _edition(self, entry: ReplayedEntry) -> EditionRow:
        row = self._session.get(EditionRow, (entry.number, entry.edition))
        if row is None:
            raise Malformed(f"entry {entry.position} is about an edition that was never issued")
        return row

    def _editions(self, number: str) -> list[EditionRow]:
        return list(
            self._session.execute(
                select(EditionRow).where(EditionRow.number == number).order_by(EditionRow.edition)
            ).scalars()
        )

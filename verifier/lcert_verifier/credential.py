"""A credential as a value: what one edition of a certificate says, whichever way it was secured.

`from_claims` and `to_claims` are the only borders to dicts; `to_json` is how Reports show it. A compact credential
carries a handful of claims, so most parts are None or empty there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .identity import certificate_url
from .jose import b64u_decode, split
from .parts import (
    BitstringReference,
    CertificateFacts,
    Covered,
    DataBasis,
    Decision,
    Domain,
    Evidence,
    Holder,
    Identifier,
    NotCovered,
    Registration,
    Scope,
    StatusReference,
    Upstream,
)
from .report import format_time
from .slots import setters
from .vocabulary import (
    CONTEXT_OB,
    CONTEXT_OB_EXT,
    CONTEXT_PATH,
    CONTEXT_VC,
    CREDENTIAL_TYPE,
    SUBJECT_TYPE,
    Securing,
)

__all__ = [
    "BitstringReference",
    "CertificateFacts",
    "Covered",
    "Credential",
    "DataBasis",
    "Decision",
    "Domain",
    "Evidence",
    "Holder",
    "Identifier",
    "NotCovered",
    "Registration",
    "Scope",
    "StatusReference",
    "Unread",
    "Upstream",
    "from_claims",
    "to_claims",
]


class Unread(NamedTuple):
    """A token that passed all rules (see `plain`) and is not made into parts yet, and what judging needs of it."""

    token: str
    """The whole of it; its payload is read once more for the parts."""
    number: str
    edition: int
    valid_from: datetime
    valid_until: datetime
    holder_name: str
    statement: str
    domain_names: tuple[str, ...]

    def parts(self) -> dict[str, Any]:
        """The parts as Reports show them, as they stand in the payload: the pattern has every member and its order."""
        subject = json.loads(b64u_decode(self.token.split(".")[1]))["credentialSubject"]
        return {name: subject[name] for name in _PARTS}


_PARTS: Final = ("certificate", "holder", "scope", "dataBasis", "evidence", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One edition of a certificate. Its identity is `id`, never the bytes of a token.

    The parts of one that a verification made are read from its payload when the first of them is asked for.
    """

    id: str
    securing: Securing
    issuer: str
    """The issuer's DID."""
    issuer_name: str | None
    base_url: str
    certificate: CertificateFacts
    holder: Holder
    scope: Scope
    data_basis: tuple[DataBasis, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    decision: Decision | None = None
    status: StatusReference | None = None
    bitstrings: tuple[BitstringReference, ...] = ()
    unknown_status: tuple[str, ...] = ()
    """Status mechanisms the credential names and this verifier cannot check."""
    issued_at: datetime | None = None
    """The signature's `iat`; None in the compact securing."""
    _rest: Unread | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def unread(
        cls,
        id_: str,
        securing: Securing,
        issuer: str,
        issuer_name: str,
        base_url: str,
        status: StatusReference,
        issued_at: datetime,
        rest: Unread,
    ) -> Credential:
        """The credential of a payload that was judged, and whose parts are to be read later."""
        made = object.__new__(cls)
        _SET_ID(made, id_)
        _SET_SECURING(made, securing)
        _SET_ISSUER(made, issuer)
        _SET_ISSUER_NAME(made, issuer_name)
        _SET_BASE_URL(made, base_url)
        _SET_STATUS(made, status)
        _SET_UNKNOWN_STATUS(made, ())
        _SET_ISSUED_AT(made, issued_at)
        _SET_REST(made, rest)
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Reads all parts when the first one is missing: an attribute that is there never comes here."""
            if name not in _LATER:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            whole = from_claims(
                split(self._rest.token).payload,
                securing=self.securing,
                trust_base_url=self.base_url,
                issuer=self.issuer,
            )
            for part in _LATER:
                object.__setattr__(self, part, getattr(whole, part))
            return getattr(whole, name)

    @property
    def number(self) -> str:
        return self._rest.number if self._rest else self.certificate.number

    @property
    def edition(self) -> int:
        return self._rest.edition if self._rest else self.certificate.edition

    @property
    def supersedes(self) -> str | None:
        return self.certificate.supersedes

    @property
    def url(self) -> str:
        """The certificate's page."""
        return certificate_url(self.base_url, self.number)

    @property
    def valid_from(self) -> datetime:
        if self._rest:
            return self._rest.valid_from
        return datetime.combine(self.certificate.valid_from, time(), UTC)

    @property
    def valid_until(self) -> datetime:
        """The last second of the last day."""
        if self._rest:
            return self._rest.valid_until
        return datetime.combine(self.certificate.valid_through, time(23, 59, 59), UTC)

    @property
    def holder_name(self) -> str:
        return self._rest.holder_name if self._rest else self.holder.legal_name

    @property
    def statement(self) -> str:
        """What is certified, in words."""
        return self._rest.statement if self._rest else self.scope.statement

    @property
    def domain_names(self) -> tuple[str, ...]:
        if self._rest:
            return self._rest.domain_names
        return tuple(domain.name for domain in self.holder.domains)

    def to_json(self) -> dict[str, Any]:
        """The credential as Reports show it."""
        own = {
            "id": self.id,
            "securing": self.securing.value,
            "issuer": self.issuer,
            "issuerName": self.issuer_name,
            "number": self.number,
            "edition": self.edition,
            "url": self.url,
            "validFrom": self.valid_from.date().isoformat(),
            "validThrough": self.valid_until.date().isoformat(),
            "issuedAt": format_time(self.issued_at),
        }
        parts = (
            self._rest.parts()
            if self._rest
            else {
                "certificate": self.certificate.to_json(),
                "holder": self.holder.to_json(),
                "scope": self.scope.to_json(),
                "dataBasis": [item.to_json() for item in self.data_basis],
                "evidence": [item.to_json() for item in self.evidence],
                "decision": self.decision.to_json() if self.decision else None,
            }
        )
        return {**own, **parts, "status": self.status.to_json() if self.status else None}


_LATER: Final = ("certificate", "holder", "scope", "data_basis", "evidence", "decision", "bitstrings")
(
    _SET_ID,
    _SET_SECURING,
    _SET_ISSUER,
    _SET_ISSUER_NAME,
    _SET_BASE_URL,
    _SET_STATUS,
    _SET_UNKNOWN_STATUS,
    _SET_ISSUED_AT,
    _SET_REST,
) = setters(
    Credential,
    "id",
    "securing",
    "issuer",
    "issuer_name",
    "base_url",
    "status",
    "unknown_status",
    "issued_at",
    "_rest",
)


def from_claims(
    claims: Mapping[str, Any], *, securing: Securing, trust_base_url: str, issuer: str
) -> Credential:
    """The credential in a token's payload; raises ClaimError (see `policy`, which holds the rules)."""
    from .policy import check_profile

    return check_profile(claims, securing=securing, base_url=trust_base_url, issuer=issuer)


def to_claims(credential: Credential) -> dict[str, Any]:
    """The claims that this library reads, as they stand in a payload: `from_claims` of it gives the credential back.

    The issuer adds the texts for other readers (achievement, description, image, terms); an Open Badge is none
    without the achievement.
    """
    facts, status = credential.certificate, credential.status
    nbf = int(credential.valid_from.timestamp())
    exp = int((credential.valid_until).timestamp())
    if credential.securing is Securing.COMPACT:
        place = [int(status.uri.rsplit("/", 1)[1]), status.index] if status else []
        return {
            "iss": credential.base_url.split("://", 1)[1],
            "jti": f"{facts.number}/{facts.edition}",
            "sub": credential.holder.legal_name,
            "dom": " ".join(credential.domain_names),
            "scp": credential.scope.statement,
            "nbf": nbf,
            "exp": exp,
            "st": place,
        }
    subject_id = f"https://{credential.domain_names[0]}/"
    claims: dict[str, Any] = {
        "@context": [CONTEXT_VC, CONTEXT_OB, CONTEXT_OB_EXT, credential.base_url + CONTEXT_PATH],
        "id": credential.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential", CREDENTIAL_TYPE],
        "issuer": {
            "id": credential.issuer,
            "type": ["Profile"],
            "name": credential.issuer_name or credential.issuer,
            "url": credential.base_url,
        },
        "name": f"L Certification: {credential.scope.statement}"[:300].rstrip(),
        "validFrom": format_time(credential.valid_from),
        "validUntil": format_time(credential.valid_until),
        "credentialSubject": {
            "id": subject_id,
            "type": ["AchievementSubject", SUBJECT_TYPE],
            "certificate": facts.to_json(),
            "holder": credential.holder.to_json(),
            "scope": credential.scope.to_json(),
            "dataBasis": [item.to_json() for item in credential.data_basis],
            "evidence": [item.to_json() for item in credential.evidence],
            "decision": credential.decision.to_json() if credential.decision else None,
        },
    }
    entries = [entry.to_json() for entry in credential.bitstrings]
    if entries:
        claims["credentialStatus"] = entries if len(entries) > 1 else entries[0]
    if status:
        claims["status"] = {"status_list": status.to_json()}
    if credential.issued_at is not None:
        claims["iat"] = (credential.issued_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if credential.securing is Securing.OPENBADGE:
        claims |= {"iss": credential.issuer, "sub": subject_id, "jti": credential.id, "nbf": nbf, "exp": exp}
    return claims

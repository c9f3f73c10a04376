"""A credential as a value: what one edition of a certificate says, whichever way it was secured.

`from_claims` and `to_claims` are the only borders to dicts; `to_json` is how Reports show it. A compact credential
carries a handful of claims, so most parts are None or empty there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from .identity import certificate_url
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
from .vocabulary import Securing

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
    "Upstream",
    "from_claims",
    "to_claims",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One edition of a certificate. Its identity is `id`, never the bytes of a token."""

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

    @property
    def number(self) -> str:
        return self.certificate.number

    @property
    def edition(self) -> int:
        return self.certificate.edition

    @property
    def supersedes(self) -> str | None:
        return self.certificate.supersedes

    @property
    def url(self) -> str:
        """The certificate's page."""
        return certificate_url(self.base_url, self.certificate.number)

    @property
    def valid_from(self) -> datetime:
        return datetime.combine(self.certificate.valid_from, time(), UTC)

    @property
    def valid_until(self) -> datetime:
        """The last second of the last day."""
        return datetime.combine(self.certificate.valid_through, time(23, 59, 59), UTC)

    @property
    def domain_names(self) -> tuple[str, ...]:
        return tuple(domain.name for domain in self.holder.domains)

    def to_json(self) -> dict[str, Any]:
        """The credential as Reports show it."""
        return {
            "id": self.id,
            "securing": self.securing.value,
            "issuer": self.issuer,
            "issuerName": self.issuer_name,
            "number": self.number,
            "edition": self.edition,
            "url": self.url,
            "validFrom": self.certificate.valid_from.isoformat(),
            "validThrough": self.certificate.valid_through.isoformat(),
            "issuedAt": format_time(self.issued_at),
            "certificate": self.certificate.to_json(),
            "holder": self.holder.to_json(),
            "scope": self.scope.to_json(),
            "dataBasis": [item.to_json() for item in self.data_basis],
            "evidence": [item.to_json() for item in self.evidence],
            "decision": self.decision.to_json() if self.decision else None,
            "status": self.status.to_json() if self.status else None,
        }


def from_claims(
    claims: Mapping[str, Any], *, securing: Securing, trust_base_url: str, issuer: str
) -> Credential:
    """The credential in a token's payload; raises ClaimError (see `policy`, which holds the rules)."""
    from .policy import check_profile

    return check_profile(claims, securing=securing, base_url=trust_base_url, issuer=issuer)


def to_claims(credential: Credential) -> dict[str, Any]:
    """The claims that this library reads, as they stand in a payload: `from_claims` of it gives the credential back.

    The issuer adds the texts for other readers (achievement, description, image, terms).
    """
    from .vocabulary import (
        CONTEXT_OB,
        CONTEXT_OB_EXT,
        CONTEXT_PATH,
        CONTEXT_VC,
        CREDENTIAL_TYPE,
        SUBJECT_TYPE,
    )

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

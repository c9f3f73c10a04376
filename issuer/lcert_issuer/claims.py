"""From what is certified to the payloads that are signed: one credential, three securings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from lcert_verifier.credential import Credential
from lcert_verifier.identity import certificate_url, credential_id, did_of, host_of
from lcert_verifier.report import format_time
from lcert_verifier.vocabulary import (
    BITSTRING_ENTRY,
    CONTEXT_OB,
    CONTEXT_OB_EXT,
    CONTEXT_PATH,
    CONTEXT_VC,
    CREDENTIAL_TYPE,
    OB_SCHEMA,
    PROGRAMME,
    SUBJECT_TYPE,
    Securing,
)

from .certificate import day_start
from .intake import Content

__all__ = ["EditionClaims", "claim_texts", "content_of"]

_ACHIEVEMENT_NAME: Final = "L Certification (Licensed Model)"
_ACHIEVEMENT: Final = (
    "Certifies that all training data of what it covers was licensed for training, under an open licence, in the "
    "public domain, or owned by the company."
)
_LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionClaims:
    """Everything one edition says, once number, edition and status index are known."""

    base_url: str
    issuer_name: str
    content: Content
    criteria_digest: str
    number: str
    edition: int
    supersedes: int | None
    """The edition before."""
    first_granted_on: date
    valid_from: date
    valid_through: date
    list_number: int
    list_index: int

    @property
    def credential_id(self) -> str:
        return credential_id(self.base_url, self.number, self.edition)

    @property
    def supersedes_id(self) -> str | None:
        return credential_id(self.base_url, self.number, self.supersedes) if self.supersedes else None

    def payload(self, securing: Securing, issued_at: datetime) -> dict[str, Any]:
        """The payload for one securing. `issued_at` is the time of signing, cut to seconds; compact tokens omit it."""
        return self.payloads(issued_at)[securing]

    def payloads(self, issued_at: datetime) -> dict[Securing, dict[str, Any]]:
        """The payload for each securing; what they share is one object."""
        iat = {"iat": int(issued_at.timestamp())}
        canonical = self.canonical()
        return {
            Securing.VC_JWT: {**canonical, **iat},
            Securing.OPENBADGE: self._openbadge(canonical, iat),
            Securing.COMPACT: self._compact(),
        }

    def _openbadge(self, canonical: Mapping[str, Any], iat: Mapping[str, int]) -> dict[str, Any]:
        return {
            "iss": did_of(self.base_url),
            "sub": self._subject_id,
            "jti": self.credential_id,
            "nbf": self._nbf,
            "exp": self._exp,
            **iat,
            **canonical,
            "credentialStatus": canonical["credentialStatus"][0],
            # only here: the canonical token carries two status entries, which 1EdTech's schema does not allow
            "credentialSchema": [{"id": OB_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        }

    def canonical(self) -> dict[str, Any]:
        """The canonical credential without the time of its signature: what the claims digest of an intent covers."""
        return self._shared([self._entry("revocation"), self._entry("suspension")])

    @property
    def _subject_id(self) -> str:
        return f"https://{self.content.holder.domains[0].name}/"

    @property
    def _nbf(self) -> int:
        return int(day_start(self.valid_from).timestamp())

    @property
    def _exp(self) -> int:
        return int(datetime.combine(self.valid_through, _LAST_SECOND, tzinfo=UTC).timestamp())

    def _entry(self, purpose: str) -> dict[str, str]:
        uri = f"{self.base_url}/status/bitstring/{purpose}/{self.list_number}"
        return {
            "id": f"{uri}#{self.list_index}",
            "type": BITSTRING_ENTRY,
            "statusPurpose": purpose,
            "statusListIndex": str(self.list_index),
            "statusListCredential": uri,
        }

    def _shared(self, status_entries: object) -> dict[str, Any]:
        content, base_url = self.content, self.base_url
        statement = content.scope.statement
        return {
            "@context": [CONTEXT_VC, CONTEXT_OB, CONTEXT_OB_EXT, base_url + CONTEXT_PATH],
            "id": self.credential_id,
            "type": ["VerifiableCredential", "OpenBadgeCredential", CREDENTIAL_TYPE],
            "issuer": {
                "id": did_of(base_url),
                "type": ["Profile"],
                "name": self.issuer_name,
                "url": base_url,
            },
            "name": f"L Certification: {statement}",
            "description": (
                f"{content.holder.legal_name} holds the L (Licensed Model) Certification for: {statement}."
            ),
            "image": {"id": f"{base_url}/badge/{self.number}.png", "type": "Image"},
            "awardedDate": format_time(day_start(content.granted_on)),
            "validFrom": format_time(day_start(self.valid_from)),
            "validUntil": format_time(datetime.combine(self.valid_through, _LAST_SECOND, tzinfo=UTC)),
            "credentialSubject": {
                "id": self._subject_id,
                "type": ["AchievementSubject", SUBJECT_TYPE],
                "achievement": self._achievement(),
                "certificate": self._certificate(),
                "holder": content.holder.to_json(),
                "scope": content.scope.to_json(),
                "dataBasis": [item.to_json() for item in content.data_basis],
                "evidence": [item.to_json() for item in content.evidence],
                "decision": content.decision.to_json(),
            },
            "credentialStatus": status_entries,
            "termsOfUse": [{"id": f"{base_url}/terms/badge", "type": "LBadgeTerms"}],
            "status": {
                "status_list": {
                    "idx": self.list_index,
                    "uri": f"{base_url}/status/token/{self.list_number}",
                }
            },
        }

    def _achievement(self) -> dict[str, Any]:
        criteria = f"{self.base_url}/criteria/{self.content.criteria}"
        return {
            "id": f"{criteria}#achievement",
            "type": ["Achievement"],
            "achievementType": "Certification",
            "name": _ACHIEVEMENT_NAME,
            "description": _ACHIEVEMENT,
            "criteria": {
                "id": criteria,
                "narrative": (
                    f"Assessed on {self.content.assessed_on.isoformat()} against the criteria "
                    f"{self.content.criteria}: the rights to the data of every training run, the diligence behind "
                    "them, and the models and generators built upon."
                ),
            },
        }

    def _certificate(self) -> dict[str, Any]:
        content = self.content
        supersedes = {"supersedes": self.supersedes_id} if self.supersedes else {}
        return {
            "number": self.number,
            "edition": self.edition,
            **supersedes,
            "programme": PROGRAMME,
            "criteria": content.criteria,
            "criteriaDigest": self.criteria_digest,
            "assessedOn": content.assessed_on.isoformat(),
            "grantedOn": content.granted_on.isoformat(),
            "firstGrantedOn": self.first_granted_on.isoformat(),
            "validFrom": self.valid_from.isoformat(),
            "validThrough": self.valid_through.isoformat(),
        }

    def _compact(self) -> dict[str, Any]:
        """As short as can be, because it becomes a QR code; no time of signing in it."""
        content = self.content
        return {
            "iss": host_of(self.base_url),
            "jti": f"{self.number}/{self.edition}",
            "sub": content.holder.legal_name,
            "dom": " ".join(domain.name for domain in content.holder.domains),
            "scp": content.scope.statement,
            "nbf": self._nbf,
            "exp": self._exp,
            "st": [self.list_number, self.list_index],
        }

    @property
    def url(self) -> str:
        return certificate_url(self.base_url, self.number)


def content_of(credential: Credential) -> Content:
    """What a credential of ours says, to say it again in a new edition."""
    facts, decision = credential.certificate, credential.decision
    if decision is None or facts.criteria is None or facts.assessed_on is None or facts.granted_on is None:
        raise ValueError("a compact credential does not hold the whole content")
    return Content(
        holder=credential.holder,
        scope=credential.scope,
        data_basis=credential.data_basis,
        evidence=credential.evidence,
        decision=decision,
        criteria=facts.criteria,
        assessed_on=facts.assessed_on,
        granted_on=facts.granted_on,
    )


def claim_texts(claims: Mapping[str, Any]) -> str:
    """Case-folded names, domains, products and identifiers: what the directory searches."""
    subject = claims["credentialSubject"]
    holder, scope = subject["holder"], subject["scope"]
    words = [
        subject["certificate"]["number"],
        holder["legalName"],
        *holder.get("tradingNames", ()),
        holder["registration"]["id"],
        holder.get("lei", ""),
        *(domain["name"] for domain in holder["domains"]),
        scope["statement"],
    ]
    for item in scope["covered"]:
        words.append(item["name"])
        words.extend(entry["value"] for entry in item.get("ids", ()))
    return "\n".join(word for word in words if word).casefold()

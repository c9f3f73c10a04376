"""The payloads of a certificate in its three securings, whole and valid; cases break one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

__all__ = ["Certificate", "compact_claims", "full_claims"]

_DIGEST = "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw"
_PURPOSES = ("revocation", "suspension")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One edition of a certificate."""

    number: str
    index: int
    status: int
    first: date
    last: date
    holder: str
    domain: str
    edition: int = 1
    level: str = "model"
    domains: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.domains or (self.domain,)

    @property
    def statement(self) -> str:
        return f"{self.holder.removesuffix(' Audio Ltd')} Compose 3.x (text-to-music)"


def _window(each: Certificate) -> tuple[int, int]:
    first = datetime.combine(each.first, time(), UTC)
    last = datetime.combine(each.last, time(23, 59, 59), UTC)
    return int(first.timestamp()), int(last.timestamp())


def compact_claims(
    each: Certificate, _: str, *, base_url: str, did: str, name: str, now: datetime
) -> dict[str, Any]:
    nbf, exp = _window(each)
    return {
        "iss": base_url.partition("://")[2],
        "jti": f"{each.number}/{each.edition}",
        "sub": each.holder,
        "dom": " ".join(each.names),
        "scp": each.statement,
        "nbf": nbf,
        "exp": exp,
        "st": [1, each.index],
    }


def full_claims(
    each: Certificate, securing: str, *, base_url: str, did: str, name: str, now: datetime
) -> dict[str, Any]:
    criteria, subject = f"{base_url}/criteria/L-2026.1", f"https://{each.names[0]}/"
    identity = f"{base_url}/c/{each.number}/{each.edition}"
    granted = each.first - timedelta(days=4)
    entries = [_entry(base_url, purpose, each.index) for purpose in _PURPOSES]
    claims: dict[str, Any] = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
            f"{base_url}/contexts/l/v1",
        ],
        "id": identity,
        "type": ["VerifiableCredential", "OpenBadgeCredential", "LCertification"],
        "issuer": {"id": did, "type": ["Profile"], "name": name, "url": base_url},
        "name": f"L Certification: {each.statement}",
        "description": "All training data is licensed, owned or in the public domain.",
        "image": {"id": f"{base_url}/badge/{each.number}.png", "type": "Image"},
        "awardedDate": f"{granted}T00:00:00Z",
        "validFrom": f"{each.first}T00:00:00Z",
        "validUntil": f"{each.last}T23:59:59Z",
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject", "LCertifiedSubject"],
            "achievement": {
                "id": f"{criteria}#achievement",
                "type": ["Achievement"],
                "achievementType": "Certification",
                "name": "L Certification (Licensed Model)",
                "description": "Training data under licence.",
                "criteria": {"id": criteria, "narrative": "The criteria."},
            },
            "certificate": _facts(each, base_url, granted),
            "holder": _holder(each, granted),
            "scope": _scope(each, granted),
            "dataBasis": [
                {
                    "basis": "explicit-license",
                    "share": "80-90",
                    "measure": "hours",
                    "licensorTypes": ["label"],
                },
                {"basis": "owned", "share": "10-20", "measure": "hours"},
            ],
            "evidence": [{"id": "ev-1", "type": "submission", "digest": _DIGEST, "held": "issuer"}],
            "decision": {"reviewer": "rv-02", "decider": "dm-01", "separation": "independent"},
        },
        "credentialStatus": entries if securing == "vc+jwt" else entries[0],
        "termsOfUse": [{"id": f"{base_url}/terms/badge", "type": "LBadgeTerms"}],
        "status": {"status_list": {"idx": each.index, "uri": f"{base_url}/status/token/1"}},
        "iat": int(now.timestamp()) - 3600,
    }
    if securing == "openbadge":
        nbf, exp = _window(each)
        claims |= {"iss": did, "sub": subject, "jti": identity, "nbf": nbf, "exp": exp}
    return claims


def _entry(base_url: str, purpose: str, index: int) -> dict[str, Any]:
    uri = f"{base_url}/status/bitstring/{purpose}/1"
    return {
        "id": f"{uri}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": uri,
    }


def _facts(each: Certificate, base_url: str, granted: date) -> dict[str, Any]:
    facts = {
        "number": each.number,
        "edition": each.edition,
        "programme": "L",
        "criteria": "L-2026.1",
        "criteriaDigest": _DIGEST,
        "assessedOn": str(granted - timedelta(days=7)),
        "grantedOn": str(granted),
        "firstGrantedOn": str(granted),
        "validFrom": str(each.first),
        "validThrough": str(each.last),
    }
    if each.edition > 1:
        facts["supersedes"] = f"{base_url}/c/{each.number}/{each.edition - 1}"
    return facts


def _holder(each: Certificate, granted: date) -> dict[str, Any]:
    return {
        "legalName": each.holder,
        "tradingNames": [each.holder.partition(" ")[0]],
        "country": "GB",
        "registration": {"scheme": "GB-COH", "id": "99000001"},
        "lei": "999900QUILLWATER0155",
        "domains": [{"name": name, "method": "dns-txt", "checkedOn": str(granted)} for name in each.names],
    }


def _scope(each: Certificate, granted: date) -> dict[str, Any]:
    company = each.level == "company"
    return {
        "level": each.level,
        "statement": each.statement,
        "modalities": ["music"],
        "covered": [
            {
                "kind": each.level,
                "name": "Compose",
                "versions": ">=3.0,<4",
                "modality": "music",
                "dataCutoff": str(granted - timedelta(days=90)),
                "ids": [{"type": "hf", "value": "corpus/compose-3", "revision": "4f1c2d9"}],
            }
        ],
        "notCovered": []
        if company
        else [{"name": "Prompt assistant", "function": "lyrics", "reason": "third-party"}],
        "upstream": [
            {"name": "text encoder", "role": "pretrained-component", "basis": "assessed", "ref": "ev-1"}
        ],
    }

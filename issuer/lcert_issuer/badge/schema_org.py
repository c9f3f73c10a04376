"""A certificate as schema.org `Certification`, alone or as `hasCertification` of what it is about.

Search engines read it from a page. What a holder pastes is a copy: it says what was so on the day it was copied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

__all__ = ["SUBJECTS", "Subject", "certification", "has_certification", "script_element"]

Subject = Literal["Organization", "Product", "Service"]
SUBJECTS: Final[tuple[Subject, ...]] = ("Organization", "Product", "Service")

_CONTEXT: Final = "https://schema.org"


def certification(
    record: Mapping[str, Any], *, active: bool, base_url: str, issuer_name: str
) -> dict[str, Any]:
    """JSON-LD of a certificate from its public record. `active`: the verifier accepted it just now, nothing less."""
    return {"@context": _CONTEXT, **_certification(record, active, base_url, issuer_name), **_about(record)}


def has_certification(
    subject: Subject, record: Mapping[str, Any], *, active: bool, base_url: str, issuer_name: str
) -> dict[str, Any]:
    """JSON-LD of the holder, or of what it offers, that carries the certificate."""
    organisation = _organisation(record)
    if subject == "Organization":
        described = organisation
    else:
        items = _covered(record)
        name = items[0] if items else _mapping(record.get("scope")).get("statement")
        maker = "brand" if subject == "Product" else "provider"
        described = {"@type": subject, "name": name, maker: organisation}
    body = {**described, "hasCertification": _certification(record, active, base_url, issuer_name)}
    return {"@context": _CONTEXT, **_present(body)}


def script_element(body: Mapping[str, Any], *, indent: int | None = None) -> str:
    """The data as a `<script>` element for a page. No text in it can end the element or begin another."""
    text = json.dumps(body, ensure_ascii=False, indent=indent)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f'<script type="application/ld+json">{text}</script>'


def _certification(
    record: Mapping[str, Any], active: bool, base_url: str, issuer_name: str
) -> dict[str, Any]:
    number, facts = str(record.get("number", "")), _mapping(record.get("certificate"))
    page = f"{base_url}/c/{number}"
    return _present(
        {
            "@type": "Certification",
            "@id": page,
            "url": page,
            "name": f"L Certification: {_mapping(record.get('scope')).get('statement', '')}",
            "certificationIdentification": number,
            "certificationStatus": f"{_CONTEXT}/Certification{'Active' if active else 'Inactive'}",
            "issuedBy": {"@type": "Organization", "name": issuer_name, "url": base_url},
            "logo": f"{base_url}/badge/{number}.svg",
            "validFrom": facts.get("validFrom"),
            "expires": facts.get("validThrough"),
            "auditDate": facts.get("assessedOn"),
        }
    )


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    organisation = _organisation(record)
    products = [{"@type": "Product", "name": name} for name in _covered(record)]
    if _mapping(record.get("scope")).get("level") == "company" or not products:
        return {"about": organisation}
    return {"about": [*products, organisation]}


def _organisation(record: Mapping[str, Any]) -> dict[str, Any]:
    holder = _mapping(record.get("holder"))
    domains = [_mapping(item).get("name") for item in _sequence(holder.get("domains"))]
    return _present(
        {
            "@type": "Organization",
            "name": holder.get("legalName"),
            "url": f"https://{domains[0]}/" if domains and domains[0] else None,
            "leiCode": holder.get("lei"),
        }
    )


def _covered(record: Mapping[str, Any]) -> list[str]:
    items = _sequence(_mapping(record.get("scope")).get("covered"))
    return [str(name) for name in (_mapping(item).get("name") for item in items) if name]


def _present(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()

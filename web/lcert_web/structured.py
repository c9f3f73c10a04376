"""A certificate as schema.org `Certification`, for search engines and product pages."""

from __future__ import annotations

from typing import Any

from .pages import Site
from .shelf import Judged
from .verdicts import Shown

__all__ = ["certification_jsonld"]


def certification_jsonld(judged: Judged, site: Site) -> dict[str, Any]:
    """JSON-LD; only a certificate that verifies now is `CertificationActive`, everything else is inactive."""
    record = judged.record
    holder, scope = record.get("holder") or {}, record.get("scope") or {}
    certificate = record.get("certificate") or {}
    base = site.base_url or ""
    organisation: dict[str, Any] = {"@type": "Organization", "name": holder.get("legalName")}
    domains = [d.get("name") for d in holder.get("domains") or []]
    if domains:
        organisation["url"] = f"https://{domains[0]}/"
    if holder.get("lei"):
        organisation["leiCode"] = holder["lei"]
    products = [{"@type": "Product", "name": item.get("name")} for item in scope.get("covered") or []]
    active = judged.view.shown is Shown.ACTIVE
    body: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Certification",
        "@id": f"{base}/c/{judged.number}",
        "url": f"{base}/c/{judged.number}",
        "name": f"L Certification: {scope.get('statement', '')}",
        "certificationIdentification": judged.number,
        "certificationStatus": f"https://schema.org/Certification{'Active' if active else 'Inactive'}",
        "issuedBy": {"@type": "Organization", "name": site.name, "url": base},
        "about": organisation
        if scope.get("level") == "company" or not products
        else [*products, organisation],
        "logo": f"{base}/badge/{judged.number}.svg",
        "validFrom": certificate.get("validFrom"),
        "expires": certificate.get("validThrough"),
        "auditDate": certificate.get("assessedOn"),
    }
    return {key: value for key, value in body.items() if value is not None}

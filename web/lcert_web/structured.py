"""A judged certificate as schema.org data, for search engines and product pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcert_issuer.badge.schema_org import SUBJECTS, Subject, certification, has_certification

from .pages import Site
from .shelf import Judged
from .verdicts import Shown

__all__ = ["carried_jsonld", "certification_jsonld"]


def certification_jsonld(judged: Judged, site: Site) -> dict[str, Any]:
    """JSON-LD; only a certificate that verifies now is `CertificationActive`, everything else is inactive."""
    return certification(
        judged.told, active=_active(judged), base_url=site.base_url or "", issuer_name=site.name
    )


def carried_jsonld(judged: Judged, site: Site) -> Mapping[Subject, dict[str, Any]]:
    """The same as `hasCertification` of an organisation, a product and a service: what a holder's own page says."""
    return {
        subject: has_certification(
            subject,
            judged.told,
            active=_active(judged),
            base_url=site.base_url or "",
            issuer_name=site.name,
        )
        for subject in SUBJECTS
    }


def _active(judged: Judged) -> bool:
    return judged.view.shown is Shown.ACTIVE

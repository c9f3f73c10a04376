"""A certificate as CycloneDX 1.6: an ML-BOM of what it covers, and declarations of who attests what to it (ECMA-424).

For supply-chain tools that collect such statements. It repeats the certificate and is not itself signed: the reference
to the token, with its hash left to the reader, leads to what is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from .entries import Found
from .parts import Covered, DataBasis
from .report import format_time

__all__ = ["to_cyclonedx"]

_NAMESPACE: Final = uuid.UUID("5c7a2f6e-54a3-5a54-9d0a-6f1b1f0c8a11")
_CLAIMS: Final = {
    "explicit-license": "Training data was provided under contract by a party that holds the rights",
    "open-license": "Training data was under an open licence that fits the use",
    "public-domain": "Training data was in the public domain globally",
    "owned": "Training data was fully owned by the holder",
}
_MODALITIES: Final = {"3d": "other", "sfx": "audio", "voice": "audio", "music": "audio"}


def to_cyclonedx(found: Found, *, issuer: str, issuer_name: str, made_at: datetime) -> dict[str, Any]:
    """The document as JSON. `made_at` is when it was made; the same certificate at the same time gives the same one."""
    serial = uuid.uuid5(_NAMESPACE, f"{found.url}/{found.edition}@{format_time(made_at)}")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": format_time(made_at),
            "component": {
                "type": "application",
                "bom-ref": "certified",
                "name": found.scope.statement,
                "supplier": _holder(found),
                "externalReferences": list(_references(found)),
            },
            "properties": [
                {"name": "lcert:number", "value": found.number},
                {"name": "lcert:edition", "value": str(found.edition)},
                {"name": "lcert:state", "value": found.state},
                {"name": "lcert:validFrom", "value": found.valid_from.isoformat()},
                {"name": "lcert:validThrough", "value": found.valid_through.isoformat()},
            ],
        },
        "components": [_component(item, n) for n, item in enumerate(found.scope.covered, 1)],
        "definitions": {"standards": [_standard(found)]},
        "declarations": _declarations(found, issuer, issuer_name),
    }


def _holder(found: Found) -> dict[str, Any]:
    return {
        "name": found.holder.legal_name,
        "url": [f"https://{domain.name}/" for domain in found.holder.domains],
    }


def _references(found: Found) -> Iterator[dict[str, str]]:
    yield {"type": "certification-report", "url": found.url, "comment": "The certificate"}
    if found.token_url:
        yield {
            "type": "attestation",
            "url": found.token_url,
            "comment": "The signed credential (application/vc+jwt)",
        }


def _component(item: Covered, position: int) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "machine-learning-model" if item.kind == "model" else "application",
        "bom-ref": f"covered-{position}",
        "name": item.name,
    }
    if item.versions:
        component["version"] = item.versions
    hashes = [{"alg": "SHA-256", "content": i.value} for i in item.ids if i.type == "sha256"]
    references = [{"type": "distribution", "url": i.value} for i in item.ids if i.type == "url"]
    models = [i for i in item.ids if i.type == "hf"]
    if models:
        revision = f"@{models[0].revision}" if models[0].revision else ""
        component["purl"] = f"pkg:huggingface/{models[0].value}{revision}"
        references.append({"type": "distribution", "url": f"https://huggingface.co/{models[0].value}"})
    if hashes:
        component["hashes"] = hashes
    if references:
        component["externalReferences"] = references
    if item.kind == "model" and item.modality:
        kind = _MODALITIES.get(item.modality, item.modality)
        component["modelCard"] = {"modelParameters": {"outputs": [{"format": kind}]}}
    return component


def _standard(found: Found) -> dict[str, Any]:
    version = found.criteria or "L"
    base_url = found.url.partition("/c/")[0]
    return {
        "bom-ref": "criteria",
        "name": "L Certification (Licensed Model)",
        "version": version,
        "requirements": [
            {
                "bom-ref": f"criteria-{basis.basis}",
                "identifier": basis.basis,
                "title": _CLAIMS[basis.basis],
            }
            for basis in found.data_basis
        ],
        "externalReferences": [{"type": "documentation", "url": f"{base_url}/criteria/{version}"}],
    }


def _declarations(found: Found, issuer: str, issuer_name: str) -> dict[str, Any]:
    targets = [
        {"type": "application", "bom-ref": f"target-{n}", "name": item.name}
        | ({"version": item.versions} if item.versions else {})
        for n, item in enumerate(found.scope.covered, 1)
    ]
    covered = [target["bom-ref"] for target in targets]
    claims = [
        {
            "bom-ref": f"claim-{basis.basis}-{target}",
            "target": target,
            "predicate": _predicate(basis),
            "evidence": [f"evidence-{item.id}" for item in found.evidence],
        }
        for basis in found.data_basis
        for target in covered
    ]
    score = 1 if found.state == "active" else 0
    return {
        "assessors": [
            {
                "bom-ref": "assessor",
                "thirdParty": True,
                "organization": {"name": issuer_name, "url": [found.url.partition("/c/")[0]]},
            }
        ],
        "attestations": [
            {
                "summary": f"L Certification {found.number}, edition {found.edition}, by {issuer}: {found.state}",
                "assessor": "assessor",
                "map": [
                    {
                        "requirement": f"criteria-{basis.basis}",
                        "claims": [f"claim-{basis.basis}-{target}" for target in covered],
                        "conformance": {"score": score, "rationale": f"The certificate is {found.state}."},
                    }
                    for basis in found.data_basis
                ],
            }
        ],
        "claims": claims,
        "evidence": [
            {
                "bom-ref": f"evidence-{item.id}",
                "propertyName": item.type,
                "description": f"Held by {item.held}; salted digest {item.digest}",
            }
            for item in found.evidence
        ],
        "targets": {"components": targets},
    }


def _predicate(basis: DataBasis) -> str:
    parts = [_CLAIMS[basis.basis]]
    if basis.share:
        parts.append(f"{basis.share} % by {basis.measure or 'items'}")
    if basis.licenses:
        parts.append(", ".join(basis.licenses))
    return "; ".join(parts)

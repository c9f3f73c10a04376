"""The CycloneDX document of a certificate, member by member, as supply-chain tools read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.records import record

from lcert_verifier.entries import Found, read_entry
from lcert_verifier.parts import Covered, Identifier
from lcert_verifier.sbom import to_cyclonedx

AT = datetime(2027, 1, 10, tzinfo=UTC)
NUMBER = "LC-2027-0001"
URL = f"https://certs.example/c/{NUMBER}"


def found(*, state: str = "active", token: str | None = f"{URL}/1.jwt", **changes: Any) -> Found:
    told = record(**changes)
    told["state"] = state
    told["certificate"] = {"criteria": "L-2026.1"}
    if token:
        told["editions"][0]["tokens"] = {"vc+jwt": token}
    return read_entry(told, AT)


def document(entry: Found, made_at: datetime = AT) -> dict[str, Any]:
    return to_cyclonedx(entry, issuer="did:web:certs.example", issuer_name="The Office", made_at=made_at)


def test_the_document_says_what_the_certificate_says() -> None:
    told = document(found())
    owned = "Training data was fully owned by the holder"
    licensed = "Training data was provided under contract by a party that holds the rights"
    assert told.pop("serialNumber").startswith("urn:uuid:")
    assert told == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2027-01-10T00:00:00Z",
            "component": {
                "type": "application",
                "bom-ref": "certified",
                "name": "Quillwater Compose 3.x (text-to-music)",
                "supplier": {"name": "Quillwater Audio Ltd", "url": ["https://quillwater.example/"]},
                "externalReferences": [
                    {"type": "certification-report", "url": URL, "comment": "The certificate"},
                    {
                        "type": "attestation",
                        "url": f"{URL}/1.jwt",
                        "comment": "The signed credential (application/vc+jwt)",
                    },
                ],
            },
            "properties": [
                {"name": "lcert:number", "value": NUMBER},
                {"name": "lcert:edition", "value": "1"},
                {"name": "lcert:state", "value": "active"},
                {"name": "lcert:validFrom", "value": "2027-01-01"},
                {"name": "lcert:validThrough", "value": "2027-12-31"},
            ],
        },
        "components": [
            {
                "type": "machine-learning-model",
                "bom-ref": "covered-1",
                "name": "Quillwater Compose",
                "version": ">=3.0,<4",
                "purl": "pkg:huggingface/quillwater/compose-3@4f1c2d9",
                "externalReferences": [
                    {"type": "distribution", "url": "https://quillwater.example/compose"},
                    {"type": "distribution", "url": "https://huggingface.co/quillwater/compose-3"},
                ],
                "modelCard": {"modelParameters": {"outputs": [{"format": "audio"}]}},
            }
        ],
        "definitions": {
            "standards": [
                {
                    "bom-ref": "criteria",
                    "name": "L Certification (Licensed Model)",
                    "version": "L-2026.1",
                    "requirements": [
                        {
                            "bom-ref": "criteria-explicit-license",
                            "identifier": "explicit-license",
                            "title": licensed,
                        },
                        {"bom-ref": "criteria-owned", "identifier": "owned", "title": owned},
                    ],
                    "externalReferences": [
                        {"type": "documentation", "url": "https://certs.example/criteria/L-2026.1"}
                    ],
                }
            ]
        },
        "declarations": {
            "assessors": [
                {
                    "bom-ref": "assessor",
                    "thirdParty": True,
                    "organization": {"name": "The Office", "url": ["https://certs.example"]},
                }
            ],
            "attestations": [
                {
                    "summary": f"L Certification {NUMBER}, edition 1, by did:web:certs.example: active",
                    "assessor": "assessor",
                    "map": [
                        {
                            "requirement": f"criteria-{basis}",
                            "claims": [f"claim-{basis}-target-1"],
                            "conformance": {"score": 1, "rationale": "The certificate is active."},
                        }
                        for basis in ("explicit-license", "owned")
                    ],
                }
            ],
            "claims": [
                {
                    "bom-ref": f"claim-{basis}-target-1",
                    "target": "target-1",
                    "predicate": words,
                    "evidence": ["evidence-ev-1", "evidence-ev-2"],
                }
                for basis, words in (
                    ("explicit-license", f"{licensed}; 80-90 % by hours"),
                    ("owned", f"{owned}; 10-20 % by hours"),
                )
            ],
            "evidence": [
                {
                    "bom-ref": "evidence-ev-1",
                    "propertyName": "submission",
                    "description": "Held by issuer; salted digest "
                    "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw",
                },
                {
                    "bom-ref": "evidence-ev-2",
                    "propertyName": "upstream-assessment",
                    "description": "Held by issuer; salted digest "
                    "sha256-WThj_1hduncZxWNx77mz4rVIhCq1_4cUdUB9pymjtbc",
                },
            ],
            "targets": {
                "components": [
                    {
                        "type": "application",
                        "bom-ref": "target-1",
                        "name": "Quillwater Compose",
                        "version": ">=3.0,<4",
                    }
                ]
            },
        },
    }


def test_a_document_has_one_serial_number_for_one_certificate_at_one_time() -> None:
    first, again = document(found()), document(found())
    assert first == again
    later = document(found(), AT.replace(day=11))
    assert later["serialNumber"] != first["serialNumber"]


@pytest.mark.parametrize("state", ["suspended", "withdrawn", "terminated"])
def test_a_certificate_that_is_not_in_force_conforms_to_nothing(state: str) -> None:
    (attestation,) = document(found(state=state))["declarations"]["attestations"]
    assert [each["conformance"] for each in attestation["map"]] == [
        {"score": 0, "rationale": f"The certificate is {state}."}
    ] * 2


IMAGE = {"modelCard": {"modelParameters": {"outputs": [{"format": "image"}]}}}
HASH = Identifier(type="sha256", value="ab" * 32)


@pytest.mark.parametrize(
    ("covered", "component"),
    [
        (
            Covered(kind="model", name="M", modality="image", ids=(HASH,)),
            {
                "type": "machine-learning-model",
                "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
                **IMAGE,
            },
        ),
        (
            Covered(kind="model", name="M", modality="image", ids=(Identifier(type="hf", value="a/b"),)),
            {
                "type": "machine-learning-model",
                "purl": "pkg:huggingface/a/b",
                "externalReferences": [{"type": "distribution", "url": "https://huggingface.co/a/b"}],
                **IMAGE,
            },
        ),
        (Covered(kind="model", name="M", modality=None), {"type": "machine-learning-model"}),
        (Covered(kind="product", name="M", modality="text"), {"type": "application"}),
        (Covered(kind="company", name="M", modality="text"), {"type": "application"}),
    ],
)
def test_each_thing_covered_is_a_component(covered: Covered, component: dict[str, Any]) -> None:
    entry = found()
    both = (covered, replace(covered, name="N", versions="1.x"))
    told = document(replace(entry, scope=replace(entry.scope, covered=both)))
    assert told["components"] == [
        {"bom-ref": "covered-1", "name": "M", **component},
        {"bom-ref": "covered-2", "name": "N", "version": "1.x", **component},
    ]
    assert told["declarations"]["targets"]["components"] == [
        {"type": "application", "bom-ref": "target-1", "name": "M"},
        {"type": "application", "bom-ref": "target-2", "name": "N", "version": "1.x"},
    ]


def test_what_a_certificate_leaves_out_is_left_out() -> None:
    told = record(
        dataBasis=[{"basis": "open-license", "licenses": ["MIT", "CC0-1.0"]}],
    )
    told["certificate"] = {}
    made = document(read_entry(told, AT))
    assert [each["type"] for each in made["metadata"]["component"]["externalReferences"]] == [
        "certification-report"
    ]
    (standard,) = made["definitions"]["standards"]
    assert standard["version"] == "L"
    assert standard["externalReferences"][0]["url"] == "https://certs.example/criteria/L"
    (claim,) = made["declarations"]["claims"]
    assert claim["predicate"] == "Training data was under an open licence that fits the use; MIT, CC0-1.0"
    told["dataBasis"] = [{"basis": "public-domain", "share": "100"}]
    (claim,) = document(read_entry(told, AT))["declarations"]["claims"]
    assert claim["predicate"] == "Training data was in the public domain globally; 100 % by items"

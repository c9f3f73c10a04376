"""The OpenAPI documents: they describe what is there, all of it, for programs and for people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from tests.support.apps import APPS, make_app
from tests.support.registry import Bench

from lcert_web.api.elsewhere import HEALTH, PUBLISHED
from lcert_web.api.openapi import undescribed_rules

PAGES = re.compile(
    r"/(|about|check|complaints|imprint|privacy|report|docs|v|v/worker\.js|directory.*|terms/badge|criteria/.*|embed/.*|"
    r"oembed|badge/.*|card/.*|static/.*|contexts/l/v1|log/<path:tile>|<any\('c', 'C'\):.*)"
)
"""For people, pictures, and immutable files: not in the document."""


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def public(bench: Bench) -> Flask:
    return make_app("public", bench)


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest, bench: Bench) -> Flask:
    return make_app(request.param, bench)


def test_every_route_is_in_the_document_or_a_page(public: Flask, bench: Bench) -> None:
    verifier = make_app("verifier", bench)
    left_out = undescribed_rules(public, {**HEALTH, **PUBLISHED})
    assert [rule for rule in left_out if not PAGES.fullmatch(rule)] == []
    answered_for = {"/v1/verify", "/v1/verify/batch", "/credentials/verify"}  # their OPTIONS
    left_out = [rule for rule in undescribed_rules(verifier, HEALTH) if rule not in answered_for]
    assert [rule for rule in left_out if not PAGES.fullmatch(rule)] == []


def test_the_document_is_one(app: Flask) -> None:
    document = app.test_client().get("/openapi.json", base_url="https://certs.example").get_json()
    assert document["openapi"] == "3.1.0"
    names = [op["operationId"] for methods in document["paths"].values() for op in methods.values()]
    assert len(names) == len(set(names)) >= 6
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', str(document).replace("'", '"')):
        assert reference in document["components"]["schemas"]


def test_the_page_for_people_needs_no_script_and_nothing_from_elsewhere(app: Flask) -> None:
    reply = app.test_client().get("/docs", base_url="https://certs.example")
    assert reply.status_code == 200
    assert "<script" not in reply.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!certs\.example)', reply.text)
    document = app.test_client().get("/openapi.json", base_url="https://certs.example").get_json()
    for path, methods in document["paths"].items():
        assert path in reply.text
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in reply.text


def test_a_document_fits_the_answers_of_a_real_register(public: Flask) -> None:
    client = public.test_client()
    document = client.get("/openapi.json", base_url="https://certs.example").get_json()

    def check(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)

    page = client.get("/v1/certificates?covers=Quillwater Compose@3.1", base_url="https://certs.example")
    assert page.get_json()["certificates"]
    check("CertificatePage", page.get_json())
    changes = client.get("/v1/changes", base_url="https://certs.example").get_json()
    assert changes["changes"]
    check("Changes", changes)
    for record in ("LC-2026-0001", "LC-2026-0002?at=2026-11-21", "LC-2026-0007"):
        check(
            "Certificate",
            client.get(f"/v1/certificates/{record}", base_url="https://certs.example").get_json(),
        )


def test_the_documentation_names_every_code_problem_and_setting() -> None:
    from lcert_verifier.report import Code
    from lcert_web.problems import Kind

    text = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for word in (
        *(f"`{code.value}`" for code in Code),
        *(f"`{kind.slug}`" for kind in Kind),
        "`LCERT_RECEIPT_KEY`",
        "`LCERT_RECEIPT_ISSUER`",
        "`LCERT_RATE_LIMIT`",
    ):
        assert word in text, word

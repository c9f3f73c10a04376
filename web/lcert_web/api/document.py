"""`/openapi.json` and `/docs`: what an app offers, for programs and for people. Nothing comes from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, render_template

from ..caching import cache_for
from ..security import allow_any_origin
from .openapi import document_of
from .operations import JSON, Answer, Operation, Schema, describe

__all__ = ["document_routes"]

_FRESH = 300
_DOCUMENT = Operation(
    name="getDocument",
    summary="This document",
    tag="Operations",
    answers={200: Answer(description="OpenAPI 3.1", content={JSON: {"type": "object"}})},
)


def document_routes(
    app: Flask,
    *,
    title: str,
    description: str,
    server: str | None,
    schemas: Mapping[str, Schema],
    elsewhere: Mapping[str, Operation],
) -> Blueprint:
    """The two addresses. The document is made at the first request, when every route is there."""
    routes = Blueprint("document", __name__)

    @cache
    def document() -> dict[str, Any]:
        return document_of(
            app,
            title=title,
            description=description,
            server=server,
            schemas=schemas,
            elsewhere=elsewhere,
        )

    @routes.get("/openapi.json")
    @describe(_DOCUMENT)
    def as_json() -> Response:
        text = json.dumps(document(), ensure_ascii=False, indent=1)
        return allow_any_origin(cache_for(Response(text, content_type=JSON), _FRESH))

    @routes.get("/docs")
    def as_page() -> Response:
        html = render_template(
            "api.html", api=document(), resolve=lambda schema: _resolved(document(), schema)
        )
        return cache_for(Response(html, content_type="text/html; charset=utf-8"), _FRESH)

    return routes


def _resolved(document: Mapping[str, Any], schema: Any) -> Any:
    """The schema that a reference names, with the name as `title`; any other as it is."""
    if isinstance(schema, dict) and "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return {"title": name, **document["components"]["schemas"][name]}
    return schema

"""The OpenAPI 3.1 document of an app, made from its routes and what they declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from werkzeug.routing import Rule

from ..problems import PROBLEM_MEDIA_TYPE
from .operations import Answer, Operation, Parameter, Schema, operation_of, ref

__all__ = ["Described", "described_operations", "document_of", "undescribed_rules"]

_PLACEHOLDER: Final = re.compile(r"<(?:[^:<>]+:)?([a-z_]+)>")
_ALWAYS: Final = (421, 431)
_LIMITED: Final = (429,)
_TITLES: Final = {
    400: "The request cannot be read, or a parameter has a wrong value",
    401: "The token is missing, unknown or revoked",
    404: "There is no such thing",
    405: "The address does not take this method",
    406: "None of the media types asked for is offered",
    409: "It contradicts what is there already",
    413: "The body is too large",
    415: "The body's media type is not read here",
    421: "This server does not answer for that host",
    429: "The quota is used up; see Retry-After",
    431: "The address or the headers are too large",
    501: "This server does not offer that",
    503: "What the answer needs cannot be reached; see Retry-After",
}
_LIMIT_HEADERS: Final = {
    "RateLimit-Policy": "The quota (`q`) for each window of `w` seconds",
    "RateLimit": "What remains of it (`r`), and in how many seconds it is full again (`t`)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    path: str
    method: str
    operation: Operation


def described_operations(app: Flask, elsewhere: Mapping[str, Operation]) -> list[Described]:
    """Every operation that is declared, by path. `elsewhere`: endpoint -> operation of routes that declare nothing."""
    found = {
        (item.path, item.method): item
        for rule in app.url_map.iter_rules()
        for item in _of_rule(app, rule, elsewhere)
    }
    return [found[key] for key in sorted(found)]


def undescribed_rules(app: Flask, elsewhere: Mapping[str, Operation]) -> list[str]:
    """Patterns of the routes that the document leaves out."""
    return sorted(rule.rule for rule in app.url_map.iter_rules() if not list(_of_rule(app, rule, elsewhere)))


def document_of(
    app: Flask,
    *,
    title: str,
    description: str,
    server: str | None,
    schemas: Mapping[str, Schema],
    elsewhere: Mapping[str, Operation],
) -> dict[str, Any]:
    """The document. `server` None: relative to where it was fetched from."""
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, None] = {}
    for item in described_operations(app, elsewhere):
        tags.setdefault(item.operation.tag)
        paths.setdefault(item.path, {})[item.method.lower()] = _operation(item.operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": server or "/"}],
        "tags": [{"name": name} for name in tags],
        "paths": paths,
        "components": {"schemas": dict(schemas), **_security(app, elsewhere)},
    }


def _security(app: Flask, elsewhere: Mapping[str, Operation]) -> dict[str, Any]:
    if not any(item.operation.secured for item in described_operations(app, elsewhere)):
        return {}
    what = "An API token that the certifier gave"
    return {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": what},
            "basic": {"type": "http", "scheme": "basic", "description": f"{what}, as the password"},
        }
    }


def _of_rule(app: Flask, rule: Rule, elsewhere: Mapping[str, Operation]) -> Iterator[Described]:
    operation = elsewhere.get(rule.endpoint) or operation_of(app.view_functions[rule.endpoint])
    if operation is not None:
        path = operation.path or _PLACEHOLDER.sub(r"{\1}", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
            yield Described(path=path, method=method, operation=operation)


def _operation(operation: Operation) -> dict[str, Any]:
    limited = _LIMITED if operation.limited else ()
    answers = {
        str(status): _answer(answer, operation.limited) for status, answer in operation.answers.items()
    }
    for status in sorted({*operation.problems, *limited, *_ALWAYS}):
        answers.setdefault(str(status), _problem(status))
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": dict(sorted(answers.items())),
    }
    if operation.description:
        told["description"] = operation.description
    if operation.parameters:
        told["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.secured:
        told["security"] = [{"bearer": []}, {"basic": []}]
    if operation.body:
        told["requestBody"] = {"required": True, "content": _content(operation.body.items())}
    return told


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }
    return told if parameter.example is None else {**told, "example": parameter.example}


def _answer(answer: Answer, limited: bool) -> dict[str, Any]:
    headers = {**answer.headers, **(_LIMIT_HEADERS if limited else {})}
    told: dict[str, Any] = {"description": answer.description}
    if answer.content:
        told["content"] = _content(answer.content.items())
    if headers:
        told["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    return told


def _content(items: Iterable[tuple[str, Schema | None]]) -> dict[str, Any]:
    return {media_type: {"schema": dict(schema)} if schema else {} for media_type, schema in items}


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": _TITLES[status],
        "content": {PROBLEM_MEDIA_TYPE: {"schema": dict(ref("Problem"))}},
    }

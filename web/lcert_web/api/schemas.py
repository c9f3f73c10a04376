"""JSON schemas that both documents share, of what the verifier answers and of every problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lcert_verifier.report import CHECKS, Code, Outcome, Verdict
from lcert_verifier.vocabulary import NUMBER_PATTERN, Securing

from ..problems import Kind
from .operations import Schema, array_of, query, ref

__all__ = ["DATE", "INSTANT", "NUMBER", "SHARED_SCHEMAS", "TIME", "object_of", "time_parameters"]

DATE: Final = {"type": "string", "format": "date"}
INSTANT: Final = {"type": "string", "format": "date-time"}
TIME: Final = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "maxLength": 0},
    ],
    "description": "An RFC 3339 time, or a date, which means its first instant in UTC; empty is not given.",
}
NUMBER: Final = {"type": "string", "pattern": f"^{NUMBER_PATTERN}$", "examples": ["LC-2026-0001"]}


def object_of(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None, **more: Any) -> Schema:
    """An object; members that are not named may be added at any time."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        **more,
    }


def time_parameters(of: str) -> tuple[Any, ...]:
    return (
        query("at", f"{of} as of this time; without it, now", example="2026-03-01", **_untyped(TIME)),
        query(
            "known_at",
            "By what had been recorded at this time; without it, by everything known now",
            example="2026-03-02T12:00:00Z",
            **_untyped(TIME),
        ),
    )


def _untyped(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "description"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Final = {"type": "string"}
_MAYBE_TIME: Final = _or_null(INSTANT)

SHARED_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Problem": object_of(
        {
            "type": {
                "type": "string",
                "format": "uri",
                "enum": [kind.uri for kind in Kind],
                "description": "The kind of refusal; the only member to branch on beside the status.",
            },
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
        },
        {"detail": _TEXT, "instance": {"type": "string", "format": "uri"}},
        description="RFC 9457 problem details.",
    ),
    "Check": object_of(
        {
            "name": {"type": "string", "enum": list(CHECKS)},
            "outcome": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
            "detail": _TEXT,
        }
    ),
    "Credential": object_of(
        {
            "id": {"type": "string", "format": "uri"},
            "securing": {"type": "string", "enum": [securing.value for securing in Securing]},
            "issuer": {"type": "string", "description": "The issuer's DID."},
            "issuerName": _or_null(_TEXT),
            "number": NUMBER,
            "edition": {"type": "integer", "minimum": 1},
            "url": {"type": "string", "format": "uri"},
            "validFrom": DATE,
            "validThrough": {**DATE, "description": "The last day, inclusive, UTC."},
            "issuedAt": _MAYBE_TIME,
            "certificate": {"type": "object"},
            "holder": {"type": "object"},
            "scope": {"type": "object"},
            "dataBasis": array_of({"type": "object"}),
            "evidence": array_of({"type": "object"}),
            "decision": {"type": ["object", "null"]},
            "status": {"type": ["object", "null"]},
        },
        description="What the token says, member by member as in the certificate's public record.",
    ),
    "Report": object_of(
        {
            "verdict": {
                "type": "string",
                "enum": [verdict.value for verdict in Verdict],
                "description": "Only `accepted` means yes. `indeterminate` means that it could not be told.",
            },
            "code": {
                "type": "string",
                "enum": [code.value for code in Code],
                "description": "Why, for programs.",
            },
            "sentence": {"type": "string", "description": "Why, for people, in English."},
            "checks": array_of(ref("Check")),
            "credential": {
                **_or_null(ref("Credential")),
                "description": "null unless the signature verified.",
            },
            "as_of": object_of(
                {"keys": _MAYBE_TIME, "status": _MAYBE_TIME, "journal": _MAYBE_TIME},
                description="When the evidence was made; null where it was not consulted.",
            ),
            "at": _MAYBE_TIME,
            "known_at": _MAYBE_TIME,
            "current_edition": {
                **_or_null({"type": "string", "format": "uri"}),
                "description": "The edition now in force, when the answer is `superseded` or `expired`.",
            },
        },
        {"receipt": {"type": "string", "description": "A signed receipt, when one was asked for."}},
    ),
}

"""Operations of routes that other modules hold, by endpoint: health, and published documents that programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lcert_verifier.vocabulary import NUMBER_PATTERN

from .operations import JSON, Answer, Operation, Parameter, array_of, ref
from .schemas import object_of

__all__ = ["HEALTH", "PUBLISHED"]

_TEXT: Final = {"type": "string"}


def _operation(name: str, summary: str, tag: str, content: dict[str, Any], **more: Any) -> Operation:
    answers = {200: Answer(description=summary, content=content)}
    return Operation(name=name, summary=summary, tag=tag, **{"answers": answers, **more})


def _path(name: str, description: str, schema: dict[str, Any]) -> Parameter:
    return Parameter(name=name, place="path", schema=schema, description=description)


_NUMBER: Final = _path(
    "number", "A certificate's number", {"type": "string", "pattern": f"^{NUMBER_PATTERN}$"}
)
_LIST: Final = _path("number", "The list's number", {"type": "integer", "minimum": 1, "maximum": 1_000_000})
_READY: Final = object_of({"ready": {"type": "boolean"}, "checks": {"type": "object"}})

HEALTH: Final[Mapping[str, Operation]] = {
    "healthz": _operation(
        "isAlive", "This process answers", "Operations", {JSON: object_of({"status": _TEXT})}
    ),
    "readyz": _operation(
        "isReady",
        "Whether it can answer questions",
        "Operations",
        {JSON: _READY},
        answers={
            200: Answer(description="Ready", content={JSON: _READY}),
            503: Answer(description="Not ready, with what is missing", content={JSON: _READY}),
        },
    ),
    "metrics": _operation(
        "getMetrics", "Metrics in Prometheus' text format", "Operations", {"text/plain": None}
    ),
}

_PUBLISHED: Final[dict[str, Any]] = {"tag": "Published documents", "problems": (404, 503)}
PUBLISHED: Final[Mapping[str, Operation]] = {
    "directory.all_changes": _operation(
        "changesFeed",
        "The newest changes, newest first, for feed readers",
        "Changes",
        {"application/atom+xml": None},
        problems=(503,),
        limited=True,
    ),
    "discovery.trust": _operation(
        "getTrust",
        "The trust statement, signed by the root key",
        content={JSON: object_of({"payload": _TEXT, "signatures": array_of({"type": "object"})})},
        **_PUBLISHED,
    ),
    "discovery.well_known": _operation(
        "getKeys",
        "Keys for third parties",
        content={
            JSON: {"type": "object"},
        },
        parameters=(
            _path(
                "name",
                "Which form",
                {
                    "type": "string",
                    "enum": ["jwks.json", "did.json", "did-configuration.json", "jwt-vc-issuer"],
                },
            ),
        ),
        **_PUBLISHED,
    ),
    "discovery.token_list": _operation(
        "getStatusList",
        "A token status list, signed",
        content={"application/statuslist+jwt": None},
        parameters=(_LIST,),
        **_PUBLISHED,
    ),
    "discovery.token_lists": _operation(
        "getStatusLists",
        "Every token status list there is",
        content={JSON: object_of({"status_lists": array_of({"type": "string", "format": "uri"})})},
        tag="Published documents",
        problems=(503,),
    ),
    "discovery.bitstring_list": _operation(
        "getBitstringList",
        "A bitstring status list, signed",
        content={"application/vc+jwt": None},
        parameters=(
            _path("purpose", "Which bit", {"type": "string", "enum": ["revocation", "suspension"]}),
            _LIST,
        ),
        **_PUBLISHED,
    ),
    "discovery.checkpoint": _operation(
        "getCheckpoint", "The journal's signed head", content={"text/plain": None}, **_PUBLISHED
    ),
    "discovery.proof": _operation(
        "getProof",
        "The proof that the journal holds the entry that issued a token",
        content={JSON: {"type": "object"}},
        parameters=(
            _path(
                "digest", "Hex SHA-256 of `header.payload`", {"type": "string", "pattern": "^[0-9a-f]{64}$"}
            ),
        ),
        **_PUBLISHED,
    ),
    "discovery.bundle": _operation(
        "getBundle", "The offline trust bundle", content={"application/zip": None}, **_PUBLISHED
    ),
    "discovery.bundle_index": _operation(
        "getBundleIndex",
        "Which bundles of past days and which history shards are kept",
        content={
            JSON: object_of(
                {
                    "issuer": _TEXT,
                    "newest": _TEXT,
                    "bundles": array_of({"type": "object"}),
                    "history": array_of({"type": "object"}),
                    "kept": object_of({"days": {"type": "integer"}, "months": {"type": "integer"}}),
                }
            )
        },
        **_PUBLISHED,
    ),
    "discovery.dated_bundle": _operation(
        "getDatedBundle",
        "The first bundle of a day (UTC); never replaced, kept for 30 days, the first of a month for 24 months",
        content={"application/zip": None},
        parameters=(_path("day", "The day", {"type": "string", "format": "date"}),),
        **_PUBLISHED,
    ),
    "discovery.history_shard": _operation(
        "getHistoryShard",
        "A zip of 8,192 entries of the journal, as entry tiles",
        content={"application/zip": None},
        parameters=(_path("number", "Counted from 0", {"type": "integer", "minimum": 0}),),
        **_PUBLISHED,
    ),
    "certificates.certificate": _operation(
        "getToken",
        "The token of the edition in force, byte for byte as issued; or the page, record or schema.org form",
        content={
            "application/vc+jwt": None,
            "text/html": None,
            JSON: ref("Certificate"),
            "application/ld+json": {"type": "object"},
        },
        parameters=(_NUMBER,),
        path="/c/{number}",
        **_PUBLISHED,
    ),
}
"""What is read most. The route answers by `Accept`, and under `.jwt`, `.json` and `.jsonld`."""

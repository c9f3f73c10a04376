"""What the verifier's addresses take and give, declared."""

from __future__ import annotations

from typing import Any, Final

from .batches import NDJSON
from .operations import JSON, Answer, Operation, Parameter, array_of, query, ref
from .schemas import TIME, object_of, time_parameters

__all__ = ["BATCH", "VC_API", "VERIFY"]

_OR_NULL: Final = {"anyOf": [*TIME["anyOf"], {"type": "null"}], "description": TIME["description"]}
_OPTIONS: Final[dict[str, Any]] = {
    "at": {**_OR_NULL, "description": "Judge as of this time; without it, now."},
    "known_at": {**_OR_NULL, "description": "By what had been recorded at this time."},
    "domain": {
        "type": ["string", "null"],
        "maxLength": 253,
        "description": "Also ask whether the badge may stand on this host.",
    },
    "receipt": {
        "type": ["boolean", "null"],
        "description": "Sign a receipt. A problem (400) where the verifier has no key for it.",
    },
}
_FORM: Final[dict[str, Any]] = {
    "at": TIME,
    "known_at": TIME,
    "domain": {"type": "string", "maxLength": 253},
    "receipt": {"type": "string", "enum": ["true", "false"]},
}
_QUERY: Final = (
    *time_parameters("The answer"),
    query("domain", "Also ask whether the badge may stand on this host", maxLength=253),
    Parameter(
        name="receipt", place="query", schema={"type": "boolean"}, description="Sign a receipt of each answer"
    ),
)
_REPORT: Final = Answer(description="The Report, whatever the verdict", content={JSON: ref("Report")})
_PROBLEMS: Final = (400, 413, 415)

VERIFY: Final = Operation(
    name="verify",
    summary="Judge one token, certificate address or badge image",
    tag="Verification",
    description=(
        "Any string is a token and any file an image: what is none is judged `malformed`. Options may stand in the "
        "body or in the query; the body's count. At most 8 MiB."
    ),
    parameters=_QUERY,
    body={
        JSON: {
            "type": "object",
            "properties": {
                "token": {"type": "string"},
                "url": {"type": "string", "description": "Of a certificate, on a trusted origin."},
                **_OPTIONS,
            },
            "oneOf": [{"required": ["token"]}, {"required": ["url"]}],
        },
        "multipart/form-data": object_of(
            {"badge": {"type": "string", "contentMediaType": "application/octet-stream"}}, _FORM
        ),
    },
    answers={200: _REPORT},
    problems=_PROBLEMS,
    limited=True,
)
BATCH: Final = Operation(
    name="verifyBatch",
    summary="Judge many tokens",
    tag="Verification",
    description=(
        "Reports come in the order of the tokens. As lines (NDJSON), each report is sent as soon as it is made, before "
        "the last token was read: read while you write. A line is a token, a JSON string, or an object with `token` "
        "and options of its own; empty lines are skipped. A line of the answer that has `type` instead of `verdict` "
        "is a problem, and the last one. At most 64 MiB."
    ),
    parameters=_QUERY,
    body={
        JSON: object_of({"tokens": array_of({"type": "string"})}, _OPTIONS),
        NDJSON[0]: {"type": "string"},
    },
    answers={
        200: Answer(
            description="The Reports",
            content={JSON: object_of({"reports": array_of(ref("Report"))}), NDJSON[0]: None},
        )
    },
    problems=_PROBLEMS,
    limited=True,
)
_ENVELOPED: Final = object_of(
    {
        "@context": array_of({"type": "string"}),
        "id": {"type": "string", "pattern": "^data:application/vc\\+jwt,"},
        "type": {
            "anyOf": [
                {"const": "EnvelopedVerifiableCredential"},
                {"type": "array", "contains": {"const": "EnvelopedVerifiableCredential"}},
            ]
        },
    }
)
_VERIFIED: Final = object_of({"verified": {"type": "boolean"}, "report": ref("Report")})
VC_API: Final = Operation(
    name="verifyCredential",
    summary="The same in the form of the VC-API",
    tag="Verification",
    parameters=_QUERY,
    body={JSON: object_of({"verifiableCredential": {"anyOf": [_ENVELOPED, {"type": "string"}]}}, _OPTIONS)},
    answers={
        200: Answer(description="Accepted", content={JSON: _VERIFIED}),
        400: Answer(
            description="Not accepted, with the Report; or a problem",
            content={JSON: _VERIFIED, "application/problem+json": ref("Problem")},
        ),
    },
    problems=(413, 415),
    limited=True,
)

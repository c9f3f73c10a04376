"""JSON schemas of public records and journal entries, as the public site gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lcert_verifier.entries import Covers
from lcert_verifier.lookup import STATES
from lcert_verifier.vocabulary import BASIS_CODES, MODALITIES, Securing

from .operations import Schema, array_of, ref
from .schemas import DATE, INSTANT, NUMBER, SHARED_SCHEMAS, object_of

__all__ = ["PUBLIC_SCHEMAS"]

_TEXT: Final = {"type": "string"}
_URI: Final = {"type": "string", "format": "uri"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_ORDINAL: Final = {"type": "integer", "minimum": 1}

_HOLDER: Final = object_of(
    {"legalName": _TEXT, "country": {"type": "string", "pattern": "^[A-Z]{2}$"}},
    {
        "tradingNames": array_of(_TEXT),
        "registration": object_of({"scheme": _TEXT, "id": _TEXT}),
        "lei": _TEXT,
        "domains": array_of(object_of({"name": _TEXT}, {"method": _TEXT, "checkedOn": DATE})),
    },
)
_IDENTIFIER: Final = object_of({"type": _TEXT, "value": _TEXT}, {"revision": _TEXT})
_COVERED: Final = object_of(
    {"kind": _TEXT, "name": _TEXT},
    {
        "versions": {"type": "string", "description": "PEP 440 specifiers."},
        "modality": {"type": "string", "enum": list(MODALITIES)},
        "dataCutoff": DATE,
        "ids": array_of(_IDENTIFIER),
    },
)
_SCOPE: Final = object_of(
    {
        "level": _TEXT,
        "statement": _TEXT,
        "modalities": array_of({"type": "string", "enum": list(MODALITIES)}),
    },
    {
        "covered": array_of(_COVERED),
        "notCovered": array_of(object_of({"name": _TEXT}, {"function": _TEXT, "reason": _TEXT})),
        "upstream": array_of({"type": "object"}),
    },
)
_BASIS: Final = object_of(
    {"basis": {"type": "string", "enum": list(BASIS_CODES)}},
    {
        "share": {"type": "string", "description": "A band in per cent, such as `80-90`."},
        "measure": _TEXT,
        "licensorTypes": array_of(_TEXT),
        "licenses": array_of({"type": "string", "description": "An SPDX id."}),
    },
)
_FACTS: Final = object_of(
    {
        "number": NUMBER,
        "edition": _ORDINAL,
        "criteria": _TEXT,
        "assessedOn": DATE,
        "grantedOn": DATE,
        "validFrom": DATE,
        "validThrough": {**DATE, "description": "The last day, inclusive, UTC."},
    },
    {"supersedes": _URI, "firstGrantedOn": DATE, "criteriaDigest": _TEXT, "programme": _TEXT},
)
_SUMMARY: Final[Mapping[str, Any]] = {
    "number": NUMBER,
    "url": _URI,
    "state": {
        "type": "string",
        "enum": list(STATES),
        "description": "How it stands by the record; for a verdict, verify a token.",
    },
    "holder": _HOLDER,
    "scope": _SCOPE,
    "dataBasis": array_of(_BASIS),
    "evidence": array_of({"type": "object"}),
    "decision": {"type": "object"},
    "certificate": _FACTS,
    "currentEdition": {**_ORDINAL, "description": "The edition in force."},
}
_DECIDED: Final[Mapping[str, Any]] = {
    "since": {**INSTANT, "description": "When it was suspended, withdrawn or terminated."},
    "reason": {"type": "string", "description": "The public reason code."},
    "abInitio": {"type": "boolean", "description": "Withdrawn from the start."},
    "privateErasedAt": {**INSTANT, "description": "When what was private about it was erased."},
    "coverage": ref("Coverage"),
}
_ENTRY: Final[Mapping[str, Any]] = {
    "position": _COUNT,
    "kind": _TEXT,
    "effectiveAt": INSTANT,
    "recordedAt": INSTANT,
}
_ABOUT: Final[Mapping[str, Any]] = {
    "edition": _ORDINAL,
    "reason": _TEXT,
    "kid": _TEXT,
    "separation": _TEXT,
}

PUBLIC_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Problem": SHARED_SCHEMAS["Problem"],
    "Coverage": object_of(
        {
            "answer": {"type": "string", "enum": [answer.value for answer in Covers]},
            "detail": {"type": "string", "description": "The covered item and its range, or why not."},
        },
        description="Whether the scope includes the name and version asked for.",
    ),
    "CertificateSummary": object_of(_SUMMARY, _DECIDED),
    "Edition": object_of(
        {
            "edition": _ORDINAL,
            "id": _URI,
            "kind": _TEXT,
            "validFrom": DATE,
            "validThrough": DATE,
            "status": {"type": "string", "enum": ["valid", "invalid", "suspended", "superseded"]},
        },
        {
            "supersededFrom": INSTANT,
            "issuedAt": INSTANT,
            "kid": _TEXT,
            "tokens": {
                "type": "object",
                "propertyNames": {"enum": [securing.value for securing in Securing]},
                "additionalProperties": _URI,
            },
            "list": _ORDINAL,
            "index": _COUNT,
        },
    ),
    "HistoryEntry": object_of(_ENTRY, _ABOUT),
    "Certificate": object_of(
        {
            **_SUMMARY,
            "editions": array_of(ref("Edition")),
            "history": array_of(ref("HistoryEntry")),
            "journal": object_of({"size": _COUNT, "root": _TEXT}),
            "publishedAt": INSTANT,
        },
        {
            **_DECIDED,
            "at": {**INSTANT, "description": "As asked for."},
            "knownAt": {**INSTANT, "description": "As asked for."},
        },
        description="The public record.",
    ),
    "CertificatePage": object_of(
        {
            "certificates": array_of(ref("CertificateSummary")),
            "next": {
                "type": ["string", "null"],
                "description": "The cursor of the next page; null on the last.",
            },
        },
        {"at": INSTANT, "knownAt": INSTANT},
    ),
    "Change": object_of(
        _ENTRY,
        {
            **_ABOUT,
            "number": NUMBER,
            "url": {**_URI, "description": "The certificate's page."},
            "credential": {**_URI, "description": "The edition's id."},
            "tokens": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "description": "Hex SHA-256 of `header.payload`, by securing, of the edition it issues.",
            },
            "validFrom": DATE,
            "validThrough": DATE,
        },
        description="One journal entry with its position; its bytes are in the log's tiles.",
    ),
    "Changes": object_of(
        {
            "changes": array_of(ref("Change")),
            "cursor": {
                "type": "string",
                "description": "Where to go on. Keep it together with what was processed.",
            },
            "more": {"type": "boolean", "description": "Whether further entries are there already."},
        }
    ),
}

"""The shared words: types, claim names, status values. The issuer imports them too, so both sides cannot drift."""

from __future__ import annotations

import enum
from typing import Final

__all__ = [
    "BASIS_CODES",
    "BITSTRING_ENTRY",
    "BITSTRING_LIST_CREDENTIAL",
    "CONTEXT_OB",
    "CONTEXT_OB_EXT",
    "CONTEXT_PATH",
    "CONTEXT_VC",
    "CREDENTIAL_TYPE",
    "LIST_ENTRIES",
    "MODALITIES",
    "NUMBER_PATTERN",
    "OB_SCHEMA",
    "PROGRAMME",
    "REASON_CODES",
    "SUBJECT_TYPE",
    "Algorithm",
    "KeyPurpose",
    "KeyState",
    "Securing",
    "StatusValue",
]

CONTEXT_VC: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT_OB: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXT_OB_EXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CONTEXT_PATH: Final = "/contexts/l/v1"
"""Path of our own JSON-LD context below the issuer's base URL; the document there never changes."""

OB_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)

CREDENTIAL_TYPE: Final = "LCertification"
SUBJECT_TYPE: Final = "LCertifiedSubject"
BITSTRING_ENTRY: Final = "BitstringStatusListEntry"
BITSTRING_LIST_CREDENTIAL: Final = "BitstringStatusListCredential"

PROGRAMME: Final = "L"
NUMBER_PATTERN: Final = r"LC-[0-9]{4}-[0-9]{4,9}"
MAX_BADGE_BYTES: Final = 8 * 1024 * 1024
LIST_ENTRIES: Final = 131_072
"""Entries of one status list; the W3C minimum, and ours for every list."""

BASIS_CODES: Final = ("explicit-license", "open-license", "public-domain", "owned")
MODALITIES: Final = ("text", "code", "image", "video", "music", "voice", "sfx", "3d")
REASON_CODES: Final = (
    "criteria-not-met",
    "unlicensed-data",
    "undisclosed-change",
    "reevaluation-overdue",
    "suspension-cap",
    "fee-unpaid",
    "holder-request",
    "mark-misuse",
    "superseded",
    "corrected",
    "key-compromise",
    "issued-in-error",
    "appeal-upheld",
    "remedied",
    "unspecified",
)


class Securing(enum.StrEnum):
    """How a credential is secured. The value names it in output; `typ` is the JOSE header it must carry."""

    VC_JWT = "vc+jwt"
    OPENBADGE = "openbadge"
    COMPACT = "compact"

    @property
    def typ(self) -> str | None:
        """JOSE `typ` header; None means the header must be absent (Open Badges 3.0 section 8.2)."""
        return {"vc+jwt": "vc+jwt", "openbadge": None, "compact": "lc+jwt"}[self.value]


class Algorithm(enum.StrEnum):
    """Signature algorithms (RFC 7518 section 3.4, RFC 8037, RFC 9864)."""

    ES256 = "ES256"
    ES384 = "ES384"
    ED25519 = "EdDSA"


class KeyPurpose(enum.StrEnum):
    ROOT = "root"
    ISSUER = "issuer"
    STATUS = "status"
    LOG = "log"


class KeyState(enum.StrEnum):
    STAGED = "staged"
    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


class StatusValue(enum.IntEnum):
    """Two-bit Token Status List values (section 7.1 there; 3 is application-specific)."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    SUPERSEDED = 3

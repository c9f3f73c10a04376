"""The issuer of the vectors: `https://certs.example`, its keys, what it signs and what it publishes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .making import (
    DAY,
    HOUR,
    NOW,
    Key,
    b64u,
    changed,
    compact_json,
    gzipped,
    jws,
    key,
    seconds,
    stamp,
    zlibbed,
)

__all__ = ["ENTRIES", "INDEX", "NUMBER", "Office"]

NUMBER: Final = "LC-2026-0001"
INDEX: Final = 4711
ENTRIES: Final = 131_072
VALID_FROM: Final = 1_795_132_800  # 2026-11-20T00:00:00Z
VALID_UNTIL: Final = 1_826_668_799  # 2027-11-19T23:59:59Z
_DIGEST: Final = "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw"


@dataclass(frozen=True)
class Office:
    """An issuer. `alg` is that of its issuer and status keys; `states` overrides a key's state by its role."""

    base_url: str = "https://certs.example"
    issuer: str = "did:web:certs.example"
    name: str = "Certs Example"
    alg: str = "ES256"
    edition: int = 1
    states: Mapping[str, str] = field(default_factory=dict)
    journal: tuple[int, bytes] = (10, bytes(32))

    @property
    def root(self) -> Key:
        return key("root")

    def key(self, role: str) -> Key:
        return key(role, "EdDSA" if role == "log" else self.alg)

    def kid(self, role: str) -> str:
        return f"{self.issuer}#{self.key(role).thumbprint}"

    # ---- trust

    def entry(self, role: str, **more: Any) -> dict[str, Any]:
        state = self.states.get(role, "active")
        return {"kid": self.kid(role), "purpose": role, "state": state, "jwk": self.key(role).public, **more}

    def statement(self, **changes: Any) -> dict[str, Any]:
        return changed(
            {
                "version": 1,
                "iat": seconds(NOW - DAY),
                "exp": seconds(NOW + 300 * DAY),
                "issuer": self.issuer,
                "base_url": self.base_url,
                "name": self.name,
                "roots": [self.root.public],
                "keys": [self.entry(role) for role in ("issuer", "status", "log")],
            },
            changes,
        )

    def trust(
        self,
        *signers: Key,
        payload: bytes | None = None,
        header: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """`trust.json`, signed by the root unless told otherwise."""
        body = b64u(compact_json(self.statement(**changes)) if payload is None else payload)
        signatures = []
        for signer in signers or (self.root,):
            head = {"alg": signer.alg, "kid": signer.thumbprint, "typ": "lc-trust+jws", **(header or {})}
            protected = b64u(compact_json(head))
            signature = b64u(signer.sign(f"{protected}.{body}".encode()))
            signatures.append({"protected": protected, "signature": signature})
        return json.dumps({"payload": body, "signatures": signatures})

    # ---- credentials

    @property
    def credential(self) -> str:
        return f"{self.base_url}/c/{NUMBER}/{self.edition}"

    def claims(self, securing: str = "vc+jwt", changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if securing == "compact":
            found: dict[str, Any] = {
                "iss": self.base_url.partition("://")[2],
                "jti": f"{NUMBER}/{self.edition}",
                "sub": "Quillwater Audio Ltd",
                "dom": "quillwater.example xn--bcher-kva.example",
                "scp": "Quillwater Compose 3.x (text-to-music)",
                "nbf": VALID_FROM,
                "exp": VALID_UNTIL,
                "st": [1, INDEX],
            }
        else:
            found = self._full(securing)
        return changed(found, changes or {})

    def _full(self, securing: str) -> dict[str, Any]:
        before = {"supersedes": f"{self.base_url}/c/{NUMBER}/{self.edition - 1}"} if self.edition > 1 else {}
        subject = "https://quillwater.example/"
        entries = [
            {
                "id": f"{self.base_url}/status/bitstring/{purpose}/1#{INDEX}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(INDEX),
                "statusListCredential": f"{self.base_url}/status/bitstring/{purpose}/1",
            }
            for purpose in ("revocation", "suspension")
        ]
        claims: dict[str, Any] = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
                "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
                f"{self.base_url}/contexts/l/v1",
            ],
            "id": self.credential,
            "type": ["VerifiableCredential", "OpenBadgeCredential", "LCertification"],
            "issuer": {"id": self.issuer, "type": ["Profile"], "name": self.name, "url": self.base_url},
            "name": "L Certification: Quillwater Compose 3.x (text-to-music)",
            "description": "All training data is licensed or owned.",
            "image": {"id": f"{self.base_url}/badge/{NUMBER}.png", "type": "Image"},
            "awardedDate": "2026-11-19T00:00:00Z",
            "validFrom": "2026-11-20T00:00:00Z",
            "validUntil": "2027-11-19T23:59:59Z",
            "credentialSubject": {
                "id": subject,
                "type": ["AchievementSubject", "LCertifiedSubject"],
                "achievement": {
                    "id": f"{self.base_url}/criteria/L-2026.1#achievement",
                    "type": ["Achievement"],
                    "achievementType": "Certification",
                    "name": "L Certification (Licensed Model)",
                    "description": "Training data under licence.",
                    "criteria": {"id": f"{self.base_url}/criteria/L-2026.1", "narrative": "The criteria."},
                },
                "certificate": {
                    "number": NUMBER,
                    "edition": self.edition,
                    **before,
                    "programme": "L",
                    "criteria": "L-2026.1",
                    "criteriaDigest": _DIGEST,
                    "assessedOn": "2026-11-12",
                    "grantedOn": "2026-11-19",
                    "firstGrantedOn": "2026-11-19",
                    "validFrom": "2026-11-20",
                    "validThrough": "2027-11-19",
                },
                "holder": {
                    "legalName": "Quillwater Audio Ltd",
                    "tradingNames": ["Quillwater", "カエデ音楽"],
                    "country": "GB",
                    "registration": {"scheme": "GB-COH", "id": "99000001"},
                    "lei": "999900QUILLWATER0155",
                    "domains": [
                        {"name": "quillwater.example", "method": "dns-txt", "checkedOn": "2026-11-02"},
                        {"name": "xn--bcher-kva.example", "method": "dns-txt", "checkedOn": "2026-11-02"},
                    ],
                },
                "scope": {
                    "level": "model",
                    "statement": "Quillwater Compose 3.x (text-to-music)",
                    "modalities": ["music"],
                    "covered": [
                        {
                            "kind": "model",
                            "name": "Quillwater Compose",
                            "versions": ">=3.0,<4",
                            "modality": "music",
                            "dataCutoff": "2026-07-23",
                            "ids": [
                                {"type": "hf", "value": "quillwater/compose-3", "revision": "4f1c2d9"},
                                {"type": "url", "value": "https://quillwater.example/compose"},
                            ],
                        }
                    ],
                    "notCovered": [{"name": "Prompt assistant", "reason": "third-party-model"}],
                    "upstream": [{"name": "text encoder", "role": "pretrained-component", "ref": "ev-2"}],
                },
                "dataBasis": [
                    {
                        "basis": "explicit-license",
                        "share": "80-90",
                        "measure": "hours",
                        "licensorTypes": ["record-label"],
                    },
                    {"basis": "open-license", "share": "10-20", "licenses": ["CC0-1.0 OR (MIT AND Zlib)"]},
                ],
                "evidence": [
                    {"id": "ev-1", "type": "submission", "digest": _DIGEST, "held": "issuer"},
                    {"id": "ev-2", "type": "upstream-assessment", "digest": _DIGEST, "held": "issuer"},
                ],
                "decision": {"reviewer": "rv-02", "decider": "dm-01", "separation": "independent"},
            },
            "credentialStatus": entries if securing == "vc+jwt" else entries[0],
            "termsOfUse": [{"id": f"{self.base_url}/terms/badge", "type": "LBadgeTerms"}],
            "status": {"status_list": {"idx": INDEX, "uri": self.list_uri}},
            "iat": seconds(NOW - HOUR),
        }
        if securing == "openbadge":
            claims |= {
                "iss": self.issuer,
                "sub": subject,
                "jti": self.credential,
                "nbf": VALID_FROM,
                "exp": VALID_UNTIL,
            }
        return claims

    def header(self, securing: str = "vc+jwt", role: str = "issuer", **more: Any) -> dict[str, Any]:
        signer = self.key(role)
        kid = signer.thumbprint if securing == "compact" else f"{self.issuer}#{signer.thumbprint}"
        typ = {"vc+jwt": {"typ": "vc+jwt", "cty": "vc"}, "compact": {"typ": "lc+jwt"}}.get(securing, {})
        return {"alg": signer.alg, "kid": kid, **typ, **more}

    def token(
        self,
        securing: str = "vc+jwt",
        changes: Mapping[str, Any] | None = None,
        *,
        header: bytes | Mapping[str, Any] | None = None,
        payload: bytes | None = None,
        role: str = "issuer",
        without: Sequence[str] = (),
    ) -> str:
        """A signed token. `header` adds members (or is the header's bytes), `payload` replaces the claims."""
        head: Any = header
        if not isinstance(header, bytes):
            head = self.header(securing, role) | dict(header or {})
            head = {name: value for name, value in head.items() if name not in without}
        body = self.claims(securing, changes) if payload is None else payload
        return jws(head, body, self.key(role).sign)

    # ---- status lists

    @property
    def list_uri(self) -> str:
        return f"{self.base_url}/status/token/1"

    def journal_claim(self) -> dict[str, Any]:
        return {"size": self.journal[0], "root": b64u(self.journal[1])}

    def list_claims(self, status: int = 0, **changes: Any) -> dict[str, Any]:
        packed = bytearray(ENTRIES // 4)
        packed[INDEX // 4] = status << (INDEX % 4 * 2)
        claims = {
            "iss": self.issuer,
            "sub": self.list_uri,
            "iat": seconds(NOW) - 60,
            "exp": seconds(NOW + DAY),
            "ttl": 30,
            "status_list": {"bits": 2, "lst": b64u(zlibbed(bytes(packed)))},
            "journal": self.journal_claim(),
        }
        return changed(claims, changes)

    def status_list(
        self, status: int = 0, *, role: str = "status", header: Any = None, **changes: Any
    ) -> str:
        head = {"alg": self.key(role).alg, "kid": self.kid(role), "typ": "statuslist+jwt", **(header or {})}
        return jws(head, self.list_claims(status, **changes), self.key(role).sign)

    def bitstring(
        self, purpose: str, marked: bool = False, *, role: str = "status", header: Any = None, **changes: Any
    ) -> str:
        packed = bytearray(ENTRIES // 8)
        packed[INDEX // 8] = marked << (7 - INDEX % 8)
        uri = f"{self.base_url}/status/bitstring/{purpose}/1"
        claims = {
            "@context": ["https://www.w3.org/ns/credentials/v2", f"{self.base_url}/contexts/l/v1"],
            "id": uri,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.issuer,
            "validFrom": stamp(NOW),
            "validUntil": stamp(NOW + DAY),
            "credentialSubject": {
                "id": f"{uri}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": "u" + b64u(gzipped(bytes(packed))),
                "ttl": 30_000,
            },
            "journal": self.journal_claim(),
        }
        head = {"alg": self.key(role).alg, "kid": self.kid(role), "typ": "vc+jwt", **(header or {})}
        return jws(head, changed(claims, changes), self.key(role).sign)

    # ---- evidence

    def published(self, status: int = 0, *, pin: str | None = "", **files: Any) -> dict[str, Any]:
        """What a verifier online finds, by path; None stands for a document that cannot be reached.

        Keyword names of files say `__` for `/`, and `trust` for `trust.json`. A pin of `""` is the root's.
        """
        found: dict[str, Any] = {
            "trust.json": self.trust(),
            "status/token/1": self.status_list(status),
            "status/bitstring/revocation/1": self.bitstring("revocation", status in (1, 3)),
            "status/bitstring/suspension/1": self.bitstring("suspension", status == 2),
        }
        for name, value in files.items():
            path = "trust.json" if name == "trust" else name.replace("__", "/")
            found[path] = value
        return {
            "kind": "published",
            "base_url": self.base_url,
            "pin": self.root.thumbprint if pin == "" else pin,
            "files": found,
        }

    def digest(self, token: str) -> str:
        return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()

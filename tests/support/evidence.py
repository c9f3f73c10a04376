"""A small issuer in memory: real keys, a root-signed trust statement, really signed credentials and status lists.

Every date hangs on `NOW`, and the verifier's clock is `world.clock`, so nothing here depends on the day it runs.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from tests.support.forms import form

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.evidence import FetchedList, TrustView
from lcert_verifier.identity import did_of, host_of
from lcert_verifier.jose import b64u_encode, sign_compact
from lcert_verifier.jwk import PublicKey, parse_jwk
from lcert_verifier.status.bitstring import encode_list, pack_bits
from lcert_verifier.status.token import encode_lst, pack_statuses
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import (
    CONTEXT_OB,
    CONTEXT_OB_EXT,
    CONTEXT_PATH,
    CONTEXT_VC,
    LIST_ENTRIES,
    OB_SCHEMA,
    Algorithm,
    Securing,
)

__all__ = ["NOW", "MemorySource", "SoftKey", "World", "changed", "instant", "make_world"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIFETIME = timedelta(days=1)


def instant(value: datetime) -> int:
    return int(value.timestamp())


def changed(value: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A deep copy with members replaced; `a__b__0` reaches inside, `None` takes the member away."""
    body = copy.deepcopy(dict(value))
    for path, new in changes.items():
        *parents, last = path.split("__")
        target: Any = body
        for part in parents:
            target = target[int(part)] if part.isdigit() else target[part]
        if new is None:
            del target[int(last) if last.isdigit() else last]
        else:
            target[int(last) if last.isdigit() else last] = new
    return body


class SoftKey:
    """A private key in memory, as a signer."""

    def __init__(self, alg: Algorithm = Algorithm.ES256) -> None:
        self.alg = alg
        if alg is Algorithm.ED25519:
            self.private: Any = ed25519.Ed25519PrivateKey.generate()
            jwk = {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": b64u_encode(self.private.public_key().public_bytes_raw()),
            }
        else:
            curve = ec.SECP256R1() if alg is Algorithm.ES256 else ec.SECP384R1()
            self.private = ec.generate_private_key(curve)
            numbers = self.private.public_key().public_numbers()
            size = curve.key_size // 8
            jwk = {"kty": "EC", "crv": "P-256" if alg is Algorithm.ES256 else "P-384"}
            jwk |= {name: b64u_encode(getattr(numbers, name).to_bytes(size, "big")) for name in ("x", "y")}
        self.jwk = jwk
        self.public_key: PublicKey = parse_jwk(jwk)
        self.thumbprint = self.public_key.thumbprint

    def sign(self, data: bytes) -> bytes:
        if self.alg is Algorithm.ED25519:
            return bytes(self.private.sign(data))
        size, digest = (32, hashes.SHA256()) if self.alg is Algorithm.ES256 else (48, hashes.SHA384())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@cache
def _key(role: str, alg: Algorithm) -> SoftKey:
    """Keys are made once a process: what tests change is what is said about them."""
    return SoftKey(alg)


class MemorySource:
    """Evidence in memory. Tests change its attributes; what is None is unavailable."""

    def __init__(self, world: World, *, offline: bool = False) -> None:
        self.world = world
        self.offline = offline
        self.fresh = True
        self.fetched_at = world.now
        self.lists: dict[str, str | None] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.proofs: dict[str, bytes] = {}
        self.trusted: Trust | None = world.trust()
        self.newer: Trust | None = None
        """What `refresh` brings."""
        self.asked: list[str] = []

    def trust(self, now: datetime, *, refresh: bool = False) -> TrustView:
        self.asked.append("trust again" if refresh else "trust")
        if refresh and self.newer is not None:
            self.trusted = self.newer
        if self.trusted is None:
            raise EvidenceUnavailable("the issuer does not answer")
        return TrustView(trust=self.trusted, fetched_at=self.fetched_at, fresh=self.fresh)

    def status_list(self, uri: str, now: datetime) -> FetchedList:
        self.asked.append(uri)
        token = self.lists.get(uri)
        if token is None:
            raise EvidenceUnavailable("the issuer does not answer")
        return FetchedList(token=token, fetched_at=self.fetched_at)

    def bitstring_list(self, uri: str, now: datetime) -> FetchedList:
        return self.status_list(uri, now)

    def record(self, number: str) -> dict[str, Any] | None:
        return self.records.get(number)

    def proof(self, digest: str) -> bytes | None:
        self.asked.append("proof")
        return self.proofs.get(digest)

    def journal_time(self) -> datetime | None:
        return self.world.now


@dataclass
class World:
    """One issuer. `number`, `edition` and `index` are the certificate that its tokens are about."""

    now: datetime = NOW
    base_url: str = "https://certs.example"
    name: str = "L Certification Office"
    alg: Algorithm = Algorithm.ES256
    number: str = "LC-2026-0001"
    edition: int = 1
    index: int = 4711
    statuses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issuer = did_of(self.base_url)
        self.root = _key("root", Algorithm.ES256)
        self.issuing = _key("issuer", self.alg)
        self.status = _key("status", self.alg)
        self.log = _key("log", Algorithm.ED25519)
        self.stranger = _key("stranger", self.alg)
        self.credential_id = f"{self.base_url}/c/{self.number}/{self.edition}"
        self.list_uri = f"{self.base_url}/status/token/1"
        self.source = MemorySource(self)
        self.publish()

    def clock(self) -> datetime:
        return self.now

    def verifier(self, *sources: Any) -> Verifier:
        return Verifier(sources or [self.source], clock=self.clock)

    # ---- trust

    def entry(self, key: SoftKey, purpose: str, state: str = "active", **more: Any) -> dict[str, Any]:
        return {
            "kid": f"{self.issuer}#{key.thumbprint}",
            "purpose": purpose,
            "state": state,
            "jwk": key.public_key.to_json(),
            **more,
        }

    def statement(self, **changes: Any) -> dict[str, Any]:
        """The payload of the trust statement."""
        body: dict[str, Any] = {
            "version": 1,
            "iat": instant(self.now) - 86_400,
            "exp": instant(self.now) + 300 * 86_400,
            "issuer": self.issuer,
            "base_url": self.base_url,
            "name": self.name,
            "roots": [self.root.public_key.to_json()],
            "keys": [
                self.entry(self.issuing, "issuer"),
                self.entry(self.status, "status"),
                self.entry(self.log, "log"),
            ],
        }
        return body | changes

    def trust_bytes(
        self, *signers: SoftKey, header: Mapping[str, Any] | None = None, **changes: Any
    ) -> bytes:
        body = b64u_encode(json.dumps(self.statement(**changes)).encode())
        signatures = []
        for signer in signers or (self.root,):
            head = {
                "alg": signer.alg.value,
                "kid": signer.thumbprint,
                "typ": "lc-trust+jws",
                **(header or {}),
            }
            protected = b64u_encode(json.dumps(head).encode())
            signature = b64u_encode(signer.sign(f"{protected}.{body}".encode()))
            signatures.append({"protected": protected, "signature": signature})
        return json.dumps({"payload": body, "signatures": signatures}).encode()

    def trust(self, **changes: Any) -> Trust:
        return read_trust(self.trust_bytes(**changes), pin=self.root.thumbprint, now=self.now)

    # ---- credentials

    def claims(self, securing: Securing = Securing.VC_JWT, **changes: Any) -> dict[str, Any]:
        """The payload of one securing, whole and valid; `changes` as for `changed`."""
        return changed(self._compact() if securing is Securing.COMPACT else self._full(securing), **changes)

    def _full(self, securing: Securing) -> dict[str, Any]:
        facts = form(self.now.date())
        first, last = facts["validFrom"], facts["validThrough"]
        begin = datetime.fromisoformat(f"{first}T00:00:00+00:00")
        end = datetime.fromisoformat(f"{last}T23:59:59+00:00")
        criteria = f"{self.base_url}/criteria/L-2026.1"
        certificate = {
            "number": self.number,
            "edition": self.edition,
            "programme": "L",
            "criteria": "L-2026.1",
            "criteriaDigest": "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw",
            "assessedOn": facts["assessment"]["assessedOn"],
            "grantedOn": facts["assessment"]["grantedOn"],
            "firstGrantedOn": facts["assessment"]["grantedOn"],
            "validFrom": first,
            "validThrough": last,
        }
        if self.edition > 1:
            certificate["supersedes"] = f"{self.base_url}/c/{self.number}/{self.edition - 1}"
        lists = {
            purpose: f"{self.base_url}/status/bitstring/{purpose}/1"
            for purpose in ("revocation", "suspension")
        }
        entries = [
            {
                "id": f"{uri}#{self.index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(self.index),
                "statusListCredential": uri,
            }
            for purpose, uri in lists.items()
        ]
        subject = f"https://{facts['holder']['domains'][0]['name']}/"
        claims: dict[str, Any] = {
            "@context": [CONTEXT_VC, CONTEXT_OB, CONTEXT_OB_EXT, self.base_url + CONTEXT_PATH],
            "id": self.credential_id,
            "type": ["VerifiableCredential", "OpenBadgeCredential", "LCertification"],
            "issuer": {"id": self.issuer, "type": ["Profile"], "name": self.name, "url": self.base_url},
            "name": f"L Certification: {facts['scope']['statement']}",
            "description": "All training data is licensed, owned or in the public domain.",
            "image": {"id": f"{self.base_url}/badge/{self.number}.png", "type": "Image"},
            "awardedDate": f"{certificate['grantedOn']}T00:00:00Z",
            "validFrom": f"{first}T00:00:00Z",
            "validUntil": f"{last}T23:59:59Z",
            "credentialSubject": {
                "id": subject,
                "type": ["AchievementSubject", "LCertifiedSubject"],
                "achievement": {
                    "id": criteria,
                    "type": ["Achievement"],
                    "achievementType": "Certification",
                    "name": "L Certification (Licensed Model)",
                    "description": "Training data under licence.",
                    "criteria": {"id": criteria, "narrative": "The criteria."},
                },
                "certificate": certificate,
                **{name: facts[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")},
            },
            "credentialStatus": entries if securing is Securing.VC_JWT else entries[0],
            "credentialSchema": [{"id": OB_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
            "termsOfUse": [{"id": f"{self.base_url}/terms/badge", "type": "LBadgeTerms"}],
            "status": {"status_list": {"idx": self.index, "uri": self.list_uri}},
            "iat": instant(self.now) - 3600,
        }
        if securing is Securing.OPENBADGE:
            claims |= {
                "iss": self.issuer,
                "sub": subject,
                "jti": self.credential_id,
                "nbf": instant(begin),
                "exp": instant(end),
            }
        return claims

    def _compact(self) -> dict[str, Any]:
        full = self._full(Securing.OPENBADGE)
        subject = full["credentialSubject"]
        return {
            "iss": host_of(self.base_url),
            "jti": f"{self.number}/{self.edition}",
            "sub": subject["holder"]["legalName"],
            "dom": " ".join(domain["name"] for domain in subject["holder"]["domains"]),
            "scp": subject["scope"]["statement"],
            "nbf": full["nbf"],
            "exp": full["exp"],
            "st": [1, self.index],
        }

    def header(self, securing: Securing = Securing.VC_JWT, key: SoftKey | None = None) -> dict[str, Any]:
        key = key or self.issuing
        compact = securing is Securing.COMPACT
        head = {
            "alg": key.alg.value,
            "kid": key.thumbprint if compact else f"{self.issuer}#{key.thumbprint}",
        }
        if securing.typ is not None:
            head["typ"] = securing.typ
        if securing is Securing.VC_JWT:
            head["cty"] = "vc"
        return head

    def token(
        self,
        securing: Securing = Securing.VC_JWT,
        *,
        key: SoftKey | None = None,
        header: Mapping[str, Any] | None = None,
        payload: bytes | Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A signed token. `header` adds members (None takes one away), `payload` replaces the claims."""
        head = self.header(securing, key) | dict(header or {})
        head = {name: value for name, value in head.items() if value is not None}
        body = self.claims(securing, **changes) if payload is None else payload
        return sign_compact(head, body, (key or self.issuing).sign)

    # ---- status lists

    def status_token(self, *, key: SoftKey | None = None, typ: str = "statuslist+jwt", **changes: Any) -> str:
        values = bytearray(LIST_ENTRIES)
        for index, value in self.statuses.items():
            values[index] = value
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.list_uri,
            "iat": instant(self.now) - 60,
            "exp": instant(self.now + LIFETIME),
            "ttl": 30,
            "status_list": {"bits": 2, "lst": encode_lst(pack_statuses(values))},
            "journal": {"size": 10, "root": b64u_encode(bytes(32))},
        }
        return self._sign_list(typ, changed(claims, **changes), key)

    def bitstring_token(self, purpose: str, *, key: SoftKey | None = None, **changes: Any) -> str:
        uri = f"{self.base_url}/status/bitstring/{purpose}/1"
        marks = (1, 3) if purpose == "revocation" else (2,)
        values = bytearray(LIST_ENTRIES)
        for index, value in self.statuses.items():
            values[index] = value in marks
        claims: dict[str, Any] = {
            "@context": [CONTEXT_VC, self.base_url + CONTEXT_PATH],
            "id": uri,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.issuer,
            "validFrom": (self.now - timedelta(seconds=60)).isoformat(),
            "validUntil": (self.now + LIFETIME).isoformat(),
            "credentialSubject": {
                "id": f"{uri}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": encode_list(pack_bits(values)),
                "ttl": 30_000,
            },
            "journal": {"size": 10, "root": b64u_encode(bytes(32))},
        }
        return self._sign_list("vc+jwt", changed(claims, **changes), key)

    def _sign_list(self, typ: str, claims: Mapping[str, Any], key: SoftKey | None) -> str:
        key = key or self.status
        header = {"alg": key.alg.value, "kid": f"{self.issuer}#{key.thumbprint}", "typ": typ}
        return sign_compact(header, claims, key.sign)

    def publish(self, **changes: Any) -> None:
        """Makes the lists anew from `statuses`; `changes` apply to the token list."""
        self.source.lists[self.list_uri] = self.status_token(**changes)
        for purpose in ("revocation", "suspension"):
            uri = f"{self.base_url}/status/bitstring/{purpose}/1"
            self.source.lists[uri] = self.bitstring_token(purpose)

    def set_status(self, value: int, **changes: Any) -> None:
        self.statuses[self.index] = value
        self.publish(**changes)


def make_world(**parts: Any) -> World:
    """A fresh issuer with one valid certificate; `parts` are the fields of `World`."""
    return World(**parts)

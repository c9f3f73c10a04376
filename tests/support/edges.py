"""An issuer for tests of the verifier's edges: real keys, and everything it publishes signed with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lcert_verifier.bundle import manifest_claims, write_bundle
from lcert_verifier.bundle_file import MANIFEST
from lcert_verifier.checkpoint import encode_checkpoint, sign_note
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.identity import did_of
from lcert_verifier.jose import b64u_encode, sign_compact
from lcert_verifier.jwk import PublicKey, parse_jwk
from lcert_verifier.merkle import leaf_hash, nodes_of, root_of
from lcert_verifier.published import NotPublished, log_name
from lcert_verifier.status import bitstring, token
from lcert_verifier.tiles import encode_entries, entries_path, tile_path, tiles_of
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.vocabulary import CONTEXT_PATH, CONTEXT_VC, LIST_ENTRIES

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Key:
    """A private key of a test and its public JWK."""

    sign: Callable[[bytes], bytes]
    public: PublicKey

    @property
    def thumbprint(self) -> str:
        return self.public.thumbprint


def _b64(number: int, size: int = 32) -> str:
    return b64u_encode(number.to_bytes(size, "big"))


@cache
def ec_key(name: str) -> Key:
    """An ES256 key, the same for the same name in one test run."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    jwk = {"kty": "EC", "crv": "P-256", "x": _b64(numbers.x), "y": _b64(numbers.y), "alg": "ES256"}
    return Key(sign, parse_jwk(jwk))


@cache
def ed_key(name: str) -> Key:
    private = ed25519.Ed25519PrivateKey.generate()
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64u_encode(private.public_key().public_bytes_raw()),
        "alg": "EdDSA",
    }
    return Key(private.sign, parse_jwk(jwk))


@dataclass
class Issuer:
    """What an issuer publishes. `states` overrides the state of a key by its name."""

    base_url: str = "https://certs.example"
    name: str = "Certs Example"
    root: Key = field(default_factory=lambda: ec_key("root"))
    also_signed_by: Sequence[Key] = ()
    also_listed: Sequence[Key] = ()
    """Roots beside `root`."""
    version: int = 1
    states: Mapping[str, str] = field(default_factory=dict)
    entries: list[bytes] = field(default_factory=lambda: [b'{"v":1,"n":%d}' % n for n in range(5)])
    now: datetime = NOW

    @property
    def did(self) -> str:
        return did_of(self.base_url)

    def key(self, purpose: str) -> Key:
        return ed_key(purpose) if purpose == "log" else ec_key(purpose)

    def kid(self, purpose: str) -> str:
        return f"{self.did}#{self.key(purpose).thumbprint}"

    def head(self) -> tuple[int, bytes]:
        return len(self.entries), root_of(leaf_hash(entry) for entry in self.entries)

    def trust_bytes(self) -> bytes:
        keys = [
            {
                "kid": self.kid(purpose),
                "purpose": purpose,
                "state": self.states.get(purpose, "active"),
                "jwk": self.key(purpose).public.to_json(),
            }
            for purpose in ("issuer", "status", "log")
        ]
        payload = {
            "version": self.version,
            "iat": int((self.now - timedelta(hours=1)).timestamp()),
            "exp": int((self.now + timedelta(days=300)).timestamp()),
            "issuer": self.did,
            "base_url": self.base_url,
            "name": self.name,
            "roots": [key.public.to_json() for key in (self.root, *self.also_listed)],
            "keys": keys,
        }
        body = b64u_encode(json.dumps(payload).encode())
        signatures = []
        for key in (self.root, *self.also_signed_by):
            header = {
                "alg": "ES256",
                "kid": key.thumbprint,
                "typ": "lc-trust+jws",
                "jwk": key.public.to_json(),
            }
            protected = b64u_encode(json.dumps(header).encode())
            signature = b64u_encode(key.sign(f"{protected}.{body}".encode()))
            signatures.append({"protected": protected, "signature": signature})
        return json.dumps({"payload": body, "signatures": signatures}).encode()

    def trust(self) -> Trust:
        return read_trust(self.trust_bytes(), pin=None, now=self.now)

    def uri(self, number: int = 1) -> str:
        return f"{self.base_url}/status/token/{number}"

    def bits_uri(self, purpose: str = "revocation") -> str:
        return f"{self.base_url}/status/bitstring/{purpose}/1"

    def journal(self) -> dict[str, Any]:
        size, root = self.head()
        return {"size": size, "root": b64u_encode(root)}

    def status_claims(self, statuses: Mapping[int, int] | None = None, **changes: Any) -> dict[str, Any]:
        values = bytearray(LIST_ENTRIES)
        for index, value in (statuses or {}).items():
            values[index] = value
        claims = {
            "iss": self.did,
            "sub": self.uri(),
            "iat": int(self.now.timestamp()),
            "exp": int((self.now + timedelta(hours=24)).timestamp()),
            "ttl": 30,
            "status_list": {"bits": 2, "lst": token.encode_lst(token.pack_statuses(values))},
            "journal": self.journal(),
        }
        return _changed(claims, changes)

    def sign(
        self, typ: str | None, claims: Mapping[str, Any], *, purpose: str = "status", **header: Any
    ) -> str:
        head = {"alg": "ES256", "kid": self.kid(purpose), **({"typ": typ} if typ else {}), **header}
        return sign_compact(head, claims, self.key(purpose).sign)

    def status_token(self, statuses: Mapping[int, int] | None = None, **changes: Any) -> str:
        return self.sign("statuslist+jwt", self.status_claims(statuses, **changes))

    def bits_claims(
        self, indices: Sequence[int] = (), purpose: str = "revocation", **changes: Any
    ) -> dict[str, Any]:
        values = bytearray(LIST_ENTRIES)
        for index in indices:
            values[index] = 1
        uri = self.bits_uri(purpose)
        claims = {
            "@context": [CONTEXT_VC, self.base_url + CONTEXT_PATH],
            "id": uri,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "validFrom": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "validUntil": (self.now + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "credentialSubject": {
                "id": f"{uri}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": bitstring.encode_list(bitstring.pack_bits(values)),
                "ttl": 30_000,
            },
            "journal": self.journal(),
        }
        return _changed(claims, changes)

    def bits_token(self, indices: Sequence[int] = (), purpose: str = "revocation", **changes: Any) -> str:
        return self.sign("vc+jwt", self.bits_claims(indices, purpose, **changes))

    def checkpoint(self) -> str:
        size, root = self.head()
        name = log_name(self.base_url)
        log = self.key("log")
        return sign_note(encode_checkpoint(name, size, root), name, log.sign, log.public.raw())

    def tiles(self) -> dict[str, bytes]:
        """The log's tiles at its present size, by published path."""
        leaves = [leaf_hash(entry) for entry in self.entries]
        node = nodes_of(leaves)
        found = {}
        for level, index, width in tiles_of(len(leaves)):
            first = index * 256
            rows = [node(level * 8, first + offset) for offset in range(width)]
            found["log/" + tile_path(level, index, width)] = b"".join(rows)
            if level == 0:
                some = self.entries[first : first + width]
                found["log/" + entries_path(index, width)] = encode_entries(some)
        return found

    def bundle_files(self, **extra: bytes) -> dict[str, bytes]:
        expires = int((self.now + timedelta(days=7)).timestamp())
        files = {
            "trust.json": self.trust_bytes(),
            "checkpoint": self.checkpoint().encode(),
            "records.jsonl": b'{"number":"LC-2026-0001","currentEdition":1}\n',
            "proofs.jsonl": b'{"digest":"aa","position":0,"entry":"","path":[]}\n',
            "status/token/1": self.status_token({7: 1}, bundle=True, exp=expires).encode(),
            "status/bitstring/revocation/1": self.bits_token([7], bundle=True).encode(),
        }
        return {**files, **extra}

    def bundle(
        self,
        content: Mapping[str, bytes] | None = None,
        /,
        *,
        typ: str = "lc-bundle+jwt",
        purpose: str = "status",
        **changes: Any,
    ) -> bytes:
        files = self.bundle_files() if content is None else content
        size, root = self.head()
        claims = manifest_claims(
            files,
            issuer=self.did,
            issued_at=self.now,
            expires_at=self.now + timedelta(days=7),
            size=size,
            root=root,
        )
        manifest = self.sign(typ, _changed(claims, changes), purpose=purpose)
        return write_bundle({**files, MANIFEST: manifest.encode()})

    def site(self) -> dict[str, bytes]:
        """Everything published, by path."""
        return {
            "trust.json": self.trust_bytes(),
            "status/token/1": self.status_token({7: 1}).encode(),
            "status/bitstring/revocation/1": self.bits_token([7]).encode(),
            "c/LC-2026-0001.json": b'{"number":"LC-2026-0001","currentEdition":1}',
            "log/checkpoint": self.checkpoint().encode(),
            "bundle.zip": self.bundle(),
            **self.tiles(),
        }


def _changed(claims: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`claims` with members replaced; a member whose new value is `...` is left out."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not ...}


class Reads:
    """A `read(path)` over a dict that counts, and can be switched off."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.seen: list[str] = []
        self.down = False

    def __call__(self, path: str) -> bytes:
        self.seen.append(path)
        if self.down:
            raise EvidenceUnavailable("down")
        if path not in self.files:
            raise NotPublished(path)
        return self.files[path]

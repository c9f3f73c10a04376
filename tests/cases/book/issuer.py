"""The issuer of the case corpus: fixed keys, fixed clock, certificates in every state, and all that it publishes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lcert_verifier.bundle import manifest_claims
from lcert_verifier.bundle_file import MANIFEST, write_bundle
from lcert_verifier.checkpoint import encode_checkpoint, sign_note
from lcert_verifier.identity import did_of
from lcert_verifier.jose import b64u_encode, sign_compact, split
from lcert_verifier.merkle import inclusion_path, leaf_hash, nodes_of, root_of
from lcert_verifier.published import log_name
from lcert_verifier.status import bitstring
from lcert_verifier.status import token as token_list
from lcert_verifier.tiles import encode_entries, entries_path, tile_path, tiles_of
from lcert_verifier.vocabulary import LIST_ENTRIES

from .claims import Certificate, compact_claims, full_claims
from .keys import Key, key

__all__ = ["NOW", "SECURINGS", "Issuer", "certificates", "changed", "seconds"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECURINGS = ("vc+jwt", "openbadge", "compact")
_TYP = {"vc+jwt": "vc+jwt", "compact": "lc+jwt"}


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def changed(value: Any, path: str, new: Any) -> Any:
    """A deep copy with one member replaced; `a.b.0` reaches inside, `...` as the new value takes the member away."""
    body = copy.deepcopy(value)
    *parents, last = path.split(".")
    target = body
    for part in parents:
        target = target[int(part)] if isinstance(target, list) else target[part]
    where: Any = int(last) if isinstance(target, list) else last
    if new is ...:
        del target[where]
    elif isinstance(target, list) and where == len(target):
        target.append(new)
    else:
        target[where] = new
    return body


def certificates(today: date) -> dict[str, Certificate]:
    """One certificate a state, by the name of the state. `status` is its two-bit value in the list."""

    def cert(
        name: str, index: int, status: int = 0, start: int = -3, days: int = 364, **more: Any
    ) -> Certificate:
        first = today + timedelta(days=start)
        return Certificate(
            number=more.pop("number", f"LC-2026-{index % 9000:04d}"),
            index=index,
            status=status,
            first=first,
            last=first + timedelta(days=days),
            holder=more.pop("holder", f"{name.replace('-', ' ').title()} Audio Ltd"),
            domain=more.pop("domain", f"{name}.example"),
            **more,
        )

    return {
        "active": cert("active", 4711),
        "suspended": cert("suspended", 12, 2),
        "withdrawn": cert("withdrawn", 131_071, 1),
        "terminated": cert("terminated", 65_537, 1),
        "expired": cert("expired", 77, start=-400),
        "scheduled": cert("scheduled", 78, start=10),
        "first-day": cert("first-day", 79, start=0),
        "last-day": cert("last-day", 80, start=-364),
        "leap-term": cert("leap-term", 81, days=365),
        "one-day": cert("one-day", 82, start=0, days=0),
        "replaced": cert("replaced", 83, 3, number="LC-2026-0083"),
        "replacing": cert("replacing", 84, number="LC-2026-0083", edition=2, domain="replaced.example"),
        "renewed": cert("renewed", 85, 3, start=-370, number="LC-2025-0085"),
        "renewal": cert("renewal", 86, start=-5, number="LC-2025-0085", edition=2, domain="renewed.example"),
        "expired-withdrawn": cert("expired-withdrawn", 87, 1, start=-500),
        "scheduled-withdrawn": cert("scheduled-withdrawn", 88, 1, start=5),
        "first-entry": cert("first-entry", 0),
        "two-domains": cert("two-domains", 90, domains=("two-domains.example", "xn--bcher-kva.example")),
        "company": cert("company", 91, level="company"),
        "product": cert("product", 92, level="product"),
    }


@dataclass
class Issuer:
    """`states` overrides the state of a key, by the key's name: issuer, status, log, next-issuer."""

    base_url: str = "https://certs.example"
    name: str = "L Certification Office"
    now: datetime = NOW
    family: str = ""
    """Keeps the keys of two issuers apart."""
    issued: dict[str, Certificate] = field(default_factory=dict)
    alg: str = "ES256"

    def __post_init__(self) -> None:
        self.did = did_of(self.base_url)
        self.root, self.issuing, self.status, self.next_issuing, self.next_status = (
            key(self.family + name, self.alg)
            for name in ("root", "issuer", "status", "next-issuer", "next-status")
        )
        self.log = key(self.family + "log", "EdDSA")
        self.issued = self.issued or certificates(self.now.date())
        self.list_uri = f"{self.base_url}/status/token/1"
        self.entries = [self._entry(each) for each in self.issued.values()]

    def kid(self, which: Key) -> str:
        return f"{self.did}#{which.thumbprint}"

    # ---- trust

    def trust_key(self, which: Key, purpose: str, state: str = "active", **more: Any) -> dict[str, Any]:
        return {"kid": self.kid(which), "purpose": purpose, "state": state, "jwk": which.jwk, **more}

    def statement(self) -> dict[str, Any]:
        """The payload of the trust statement."""
        return {
            "version": 3,
            "iat": seconds(self.now - timedelta(days=2)),
            "exp": seconds(self.now + timedelta(days=300)),
            "issuer": self.did,
            "base_url": self.base_url,
            "name": self.name,
            "roots": [self.root.jwk],
            "keys": [
                self.trust_key(self.issuing, "issuer"),
                self.trust_key(self.status, "status"),
                self.trust_key(self.log, "log"),
                self.trust_key(self.next_issuing, "issuer", "staged"),
            ],
        }

    def sign_statement(
        self, payload: Mapping[str, Any] | bytes | None = None, *signers: Key, **header: Any
    ) -> bytes:
        """A general JWS over the statement by `signers` (the root); `header` changes the protected header."""
        content = self.statement() if payload is None else payload
        body = b64u_encode(content if isinstance(content, bytes) else _json(content))
        signatures = []
        for signer in signers or (self.root,):
            head = {"alg": signer.alg, "kid": signer.thumbprint, "typ": "lc-trust+jws", **header}
            protected = b64u_encode(_json({name: value for name, value in head.items() if value is not ...}))
            signed = b64u_encode(signer.sign(f"{protected}.{body}".encode()))
            signatures.append({"protected": protected, "signature": signed})
        return _json({"payload": body, "signatures": signatures})

    # ---- tokens

    def claims(self, state: str = "active", securing: str = "vc+jwt") -> dict[str, Any]:
        maker = compact_claims if securing == "compact" else full_claims
        return maker(
            self.issued[state], securing, base_url=self.base_url, did=self.did, name=self.name, now=self.now
        )

    def header(self, securing: str = "vc+jwt", signer: Key | None = None) -> dict[str, Any]:
        signer = signer or self.issuing
        head = {"alg": signer.alg, "kid": signer.thumbprint if securing == "compact" else self.kid(signer)}
        if securing in _TYP:
            head["typ"] = _TYP[securing]
        return {**head, "cty": "vc"} if securing == "vc+jwt" else head

    def token(
        self,
        state: str = "active",
        securing: str = "vc+jwt",
        *,
        claims: Mapping[str, Any] | bytes | None = None,
        signer: Key | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        **header: Any,
    ) -> str:
        """A signed token. `header` changes header members; `...` leaves one out."""
        head = {**self.header(securing, signer), **header}
        body = self.claims(state, securing) if claims is None else claims
        head = {name: value for name, value in head.items() if value is not ...}
        return sign_compact(head, body, sign or (signer or self.issuing).sign)

    # ---- status

    def status_claims(self) -> dict[str, Any]:
        values = bytearray(LIST_ENTRIES)
        for each in self.issued.values():
            values[each.index] = each.status
        size, root = self.head()
        return {
            "iss": self.did,
            "sub": self.list_uri,
            "iat": seconds(self.now) - 60,
            "exp": seconds(self.now + timedelta(hours=24)),
            "ttl": 30,
            "status_list": {"bits": 2, "lst": token_list.encode_lst(token_list.pack_statuses(values))},
            "journal": {"size": size, "root": b64u_encode(root)},
        }

    def bits_claims(self, purpose: str) -> dict[str, Any]:
        marks = (1, 3) if purpose == "revocation" else (2,)
        values = bytearray(LIST_ENTRIES)
        for each in self.issued.values():
            values[each.index] = each.status in marks
        uri = f"{self.base_url}/status/bitstring/{purpose}/1"
        size, root = self.head()
        return {
            "@context": ["https://www.w3.org/ns/credentials/v2", self.base_url + "/contexts/l/v1"],
            "id": uri,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "validFrom": (self.now - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "validUntil": (self.now + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "credentialSubject": {
                "id": f"{uri}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": bitstring.encode_list(bitstring.pack_bits(values)),
                "ttl": 30_000,
            },
            "journal": {"size": size, "root": b64u_encode(root)},
        }

    def sign_list(
        self, claims: Mapping[str, Any], typ: str = "statuslist+jwt", *, signer: Key | None = None
    ) -> bytes:
        signer = signer or self.status
        header = {"alg": signer.alg, "kid": self.kid(signer), "typ": typ}
        return sign_compact(header, claims, signer.sign).encode()

    # ---- journal

    def _entry(self, each: Certificate) -> bytes:
        tokens = {
            securing: split(self.token(name, securing)).digest
            for securing in SECURINGS
            for name, found in self.issued.items()
            if found is each
        }
        return _json(
            {
                "v": 1,
                "id": f"{each.index:032x}",
                "kind": "issued" if each.edition == 1 else "rescoped",
                "number": each.number,
                "edition": each.edition,
                "tokens": tokens,
            }
        )

    def head(self) -> tuple[int, bytes]:
        return len(self.entries), root_of(leaf_hash(entry) for entry in self.entries)

    def proof(self, position: int, size: int | None = None) -> dict[str, Any]:
        """The journal proof of an entry, in the tree of its first `size` entries."""
        leaves = [leaf_hash(entry) for entry in self.entries]
        path = inclusion_path(position, size or len(leaves), nodes_of(leaves))
        entry = self.entries[position]
        return {
            "position": position,
            "entry": b64u_encode(entry),
            "path": [b64u_encode(item) for item in path],
        }

    def checkpoint(
        self, *, size: int | None = None, root: bytes | None = None, signer: Key | None = None
    ) -> bytes:
        found = self.head()
        name = log_name(self.base_url)
        log = signer or self.log
        text = encode_checkpoint(name, found[0] if size is None else size, root or found[1])
        return sign_note(text, name, log.sign, log.raw).encode()

    def tiles(self) -> dict[str, bytes]:
        """The log's tiles at its present size, by published path."""
        leaves = [leaf_hash(entry) for entry in self.entries]
        node, found = nodes_of(leaves), {}
        for level, index, width in tiles_of(len(leaves)):
            first = index * 256
            rows = [node(level * 8, first + offset) for offset in range(width)]
            found["log/" + tile_path(level, index, width)] = b"".join(rows)
            if level == 0:
                found["log/" + entries_path(index, width)] = encode_entries(
                    self.entries[first : first + width]
                )
        return found

    # ---- everything

    def records(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for each in self.issued.values():
            record = found.setdefault(each.number, {"number": each.number, "currentEdition": each.edition})
            record["currentEdition"] = max(record["currentEdition"], each.edition)
        return found

    def site(self) -> dict[str, bytes]:
        """What a verifier reads, by published path."""
        files = {
            "trust.json": self.sign_statement(),
            "status/token/1": self.sign_list(self.status_claims()),
            **{
                f"status/bitstring/{purpose}/1": self.sign_list(self.bits_claims(purpose), "vc+jwt")
                for purpose in ("revocation", "suspension")
            },
        }
        return files | {f"c/{number}.json": _json(record) for number, record in self.records().items()}

    def bundle_files(self) -> dict[str, bytes]:
        """The files of a bundle, without its manifest."""
        lists = {
            "status/token/1": self.status_claims()
            | {"exp": seconds(self.now + timedelta(days=7)), "bundle": True}
        }
        return {
            "trust.json": self.sign_statement(),
            "checkpoint": self.checkpoint(),
            "records.jsonl": b"".join(_json(record) + b"\n" for record in self.records().values()),
            "proofs.jsonl": b"",
            **{path: self.sign_list(claims) for path, claims in lists.items()},
        }

    def manifest(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        size, root = self.head()
        return manifest_claims(
            files,
            issuer=self.did,
            issued_at=self.now,
            expires_at=self.now + timedelta(days=7),
            size=size,
            root=root,
        )

    def bundle(
        self,
        files: Mapping[str, bytes] | None = None,
        claims: Mapping[str, Any] | None = None,
        *,
        signer: Key | None = None,
        typ: str = "lc-bundle+jwt",
    ) -> bytes:
        content = self.bundle_files() if files is None else dict(files)
        signer = signer or self.status
        header = {"alg": signer.alg, "kid": self.kid(signer), "typ": typ}
        manifest = sign_compact(header, self.manifest(content) if claims is None else claims, signer.sign)
        return write_bundle({**content, MANIFEST: manifest.encode()})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

"""What shared test vectors are made of: fixed keys, a fixed clock and encoders of their own.

Nothing here comes from `lcert_verifier`, and every signature, zip and compressed list is the same on every machine, so
that the files can be made again and compared byte for byte.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

__all__ = [
    "ABSENT",
    "NOW",
    "N_P256",
    "Area",
    "Key",
    "b64u",
    "changed",
    "compact_json",
    "deflate",
    "gzipped",
    "jws",
    "key",
    "seconds",
    "stamp",
    "zlibbed",
]

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
N_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ABSENT: Final = object()
"""As a new value in `changed`: takes the member away."""

Sign = Callable[[bytes], bytes]

CHECKS: Final = (
    "form", "type", "trust", "issuer", "key", "signature", "profile", "validity", "status", "domain",
)  # fmt: skip
_CHECK_OF: Final = {
    "malformed": "form", "wrong_type": "type", "trust_unavailable": "trust", "untrusted_issuer": "issuer",
    "unknown_key": "key", "key_compromised": "key", "bad_signature": "signature", "profile_violation": "profile",
    "not_yet_valid": "validity", "expired": "validity", "status_unavailable": "status", "status_invalid": "status",
    "revoked": "status", "superseded": "status", "suspended": "status", "status_stale": "status",
    "status_history_unavailable": "status", "domain_mismatch": "domain",
}  # fmt: skip
_UNDECIDED: Final = frozenset(
    {"trust_unavailable", "status_unavailable", "status_stale", "status_history_unavailable"}
)


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def changed(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy with members replaced: `a.b.0.c` reaches inside, ABSENT takes away. `/` parts names with dots."""
    body = copy.deepcopy(dict(value))
    for path, new in changes.items():
        *parents, last = path.split(".")
        target: Any = body
        for part in parents:
            target = target[int(part) if isinstance(target, list) else part]
        place = int(last) if isinstance(target, list) else last
        if new is ABSENT:
            del target[place]
        else:
            target[place] = new
    return body


@dataclass(frozen=True)
class Key:
    """A private key made from its name."""

    alg: str
    jwk: dict[str, str]
    sign: Sign = field(repr=False)
    sign_der: Sign = field(repr=False)

    @property
    def thumbprint(self) -> str:
        needed = {name: self.jwk[name] for name in sorted(self.jwk)}
        return b64u(hashlib.sha256(compact_json(needed)).digest())

    @property
    def public(self) -> dict[str, str]:
        return {**self.jwk, "alg": self.alg, "use": "sig"}


@cache
def key(name: str, alg: str = "ES256") -> Key:
    seed = hashlib.sha256(f"lcert vectors {name} {alg}".encode()).digest()
    if alg == "EdDSA":
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64u(private.public_key().public_bytes_raw())}
        return Key(alg, jwk, private.sign, private.sign)
    curve, name_of_curve = (ec.SECP256R1(), "P-256") if alg == "ES256" else (ec.SECP384R1(), "P-384")
    digest = hashes.SHA256() if alg == "ES256" else hashes.SHA384()
    secret = ec.derive_private_key(int.from_bytes(seed, "big") >> 1, curve)
    size = curve.key_size // 8
    numbers = secret.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": name_of_curve,
        "x": b64u(numbers.x.to_bytes(size, "big")),
        "y": b64u(numbers.y.to_bytes(size, "big")),
    }

    def sign_der(data: bytes) -> bytes:
        return secret.sign(data, ec.ECDSA(digest, deterministic_signing=True))  # RFC 6979

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(sign_der(data))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return Key(alg, jwk, sign, sign_der)


def jws(header: bytes | Mapping[str, Any], payload: bytes | Mapping[str, Any], sign: Sign) -> str:
    """A compact JWS over exactly these bytes, or over the compact JSON of these members."""
    parts = [part if isinstance(part, bytes) else compact_json(part) for part in (header, payload)]
    signing_input = ".".join(b64u(part) for part in parts)
    return f"{signing_input}.{b64u(sign(signing_input.encode()))}"


class _Bits:
    def __init__(self) -> None:
        self.out = bytearray()
        self.held = self.count = 0

    def put(self, value: int, width: int) -> None:
        self.held |= value << self.count
        self.count += width
        while self.count >= 8:
            self.out.append(self.held & 0xFF)
            self.held >>= 8
            self.count -= 8

    def code(self, value: int, width: int) -> None:
        self.put(int(format(value, f"0{width}b")[::-1], 2), width)

    def literal(self, symbol: int) -> None:
        """A code of the fixed alphabet (RFC 1951 section 3.2.6)."""
        if symbol < 144:
            self.code(0x30 + symbol, 8)
        elif symbol < 256:
            self.code(0x190 + symbol - 144, 9)
        else:
            self.code(symbol - 256, 7) if symbol < 280 else self.code(0xC0 + symbol - 280, 8)

    def bytes(self) -> bytes:
        return bytes(self.out) + (bytes([self.held]) if self.count else b"")


@cache
def deflate(data: bytes) -> bytes:
    """RFC 1951 in one block of fixed codes, with runs of one byte folded: the same bytes whatever zlib is about."""
    bits = _Bits()
    bits.put(3, 3)  # last block, fixed codes
    position = 0
    while position < len(data):
        byte = data[position]
        bits.literal(byte)
        position += 1
        run = 0
        while position + run < len(data) and data[position + run] == byte:
            run += 1
        while run >= 258:
            bits.code(0xC0 + 5, 8)  # length 258
            bits.code(0, 5)  # distance 1
            position, run = position + 258, run - 258
    bits.literal(256)
    return bits.bytes()


def zlibbed(data: bytes) -> bytes:
    return b"\x78\x01" + deflate(data) + zlib.adler32(data).to_bytes(4, "big")


def gzipped(data: bytes) -> bytes:
    trailer = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + deflate(data) + trailer


class Area:
    """One file of vectors: named evidence, and questions about it with the answers they must get."""

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self.about = about
        self.evidence: dict[str, dict[str, Any]] = {}
        self.vectors: list[dict[str, Any]] = []

    def offer(self, name: str, evidence: dict[str, Any]) -> str:
        assert self.evidence.setdefault(name, evidence) == evidence, name
        return name

    def ask(
        self,
        name: str,
        description: str,
        code: str,
        *,
        evidence: str = "good",
        token: str | None = None,
        badge: bytes | None = None,
        check: str | None = None,
        verdict: str | None = None,
        now: datetime = NOW,
        at: str | None = None,
        known_at: str | None = None,
        domain: str | None = None,
        before: tuple[tuple[str, datetime], ...] = (),
        opens: bool = True,
        **more: Any,
    ) -> None:
        """One vector. `check` is where it must end, `verdict` what must be said, where `code` alone leaves it open."""
        verdict = verdict or (
            "accepted" if code == "valid" else "indeterminate" if code in _UNDECIDED else "rejected"
        )
        ended = len(CHECKS) if code == "valid" else CHECKS.index(check or _CHECK_OF[code])
        outcomes = ["passed"] * ended
        if code == "valid":
            outcomes[-1] = "passed" if domain is not None else "skipped"
        else:
            outcomes += ["unknown" if verdict == "indeterminate" else "failed"]
            outcomes += ["skipped"] * (len(CHECKS) - len(outcomes))
        given: dict[str, Any] = (
            {"token": token} if badge is None else {"badge": base64.b64encode(badge).decode()}
        )
        optional = {"at": at, "known_at": known_at, "domain": domain}
        assert all(vector["id"] != f"{self.name}/{name}" for vector in self.vectors), name
        self.vectors.append(
            {
                "id": f"{self.name}/{name}",
                "description": description,
                **given,
                "evidence": evidence,
                "now": stamp(now),
                **{member: value for member, value in optional.items() if value is not None},
                **(
                    {"before": [{"evidence": each, "now": stamp(moment)} for each, moment in before]}
                    if before
                    else {}
                ),
                "expected": {
                    "verdict": verdict,
                    "code": code,
                    "checks": outcomes,
                    **({} if opens else {"opens": False}),
                    **more,
                },
            }
        )

    def text(self) -> str:
        """The file, with what is said often said once; one vector a line, so that a change shows as one."""
        counts = Counter(vector["token"] for vector in self.vectors if "token" in vector)
        often = [token for token, count in counts.items() if count > 1 and len(token) > 200]
        names = {token: f"t{number}" for number, token in enumerate(often, 1)}
        vectors = [
            {
                ("token_of" if name == "token" and value in names else name): (
                    names.get(value, value) if name == "token" else value
                )
                for name, value in vector.items()
            }
            for vector in self.vectors
        ]
        sections = {
            "tokens": _lines({name: token for token, name in names.items()}),
            "evidence": _lines(self._evidence()),
        }
        head = json.dumps({"about": self.about})[:-1]
        body = "".join(f',\n"{name}": {{\n{lines}\n}}' for name, lines in sections.items())
        lines = ",\n".join(json.dumps(vector) for vector in vectors)
        return f'{head}{body},\n"vectors": [\n{lines}\n]}}\n'

    def _evidence(self) -> dict[str, Any]:
        """Published evidence as what differs from the first of its kind."""
        shown: dict[str, Any] = {}
        base: tuple[str, dict[str, Any]] | None = None
        for name, value in self.evidence.items():
            if value["kind"] != "published" or base is None:
                shown[name] = value
                base = (name, value) if value["kind"] == "published" else base
                continue
            like, first = base
            own = {
                path: body
                for path, body in value["files"].items()
                if first["files"].get(path, ABSENT) != body
            }
            shown[name] = {
                "like": like,
                **{
                    member: item
                    for member, item in value.items()
                    if member != "files" and first[member] != item
                },
                "files": own,
                "without": [path for path in first["files"] if path not in value["files"]],
            }
        return shown


def _lines(members: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members.items())


HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

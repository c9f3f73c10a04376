"""A signed, timestamped receipt of one verification, for whoever must show later what was checked and found.

A JWT of type `lc-receipt+jwt`: which bytes were judged (hashes, never the token itself), the verdict with its code and
sentence, for when and by what evidence, who judged and when. It proves what a verifier answered; it is no credential.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .errors import Malformed, TrustError
from .jose import parse_json, sign_compact, split, verify_signature
from .jwk import PublicKey, parse_jwk, parse_jwks
from .report import Code, Report, Verdict, format_time

__all__ = ["RECEIPT_TYP", "Receipt", "ReceiptSigner", "check_receipt", "make_receipt", "read_keys"]

RECEIPT_TYP: Final = "lc-receipt+jwt"
_LATEST: Final = 2**33
_MAX_KEYS: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSigner:
    """What signs receipts. `sign` gives raw JOSE signature octets; see `receipt_key` for keys in files."""

    public_key: PublicKey
    sign: Callable[[bytes], bytes]

    def jwks(self) -> dict[str, Any]:
        """The JWK set to publish, so that others can check receipts."""
        return {"keys": [self.public_key.to_json(self.public_key.thumbprint)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An authentic receipt."""

    verifier: str
    """Who judged: a URL or a name."""
    issued_at: datetime
    kid: str
    input_sha256: str
    """Hex SHA-256 of the bytes that were judged: a token, or an image."""
    token_digest: str | None
    """Hex SHA-256 of the token's `header.payload`, as the journal lists it; None when there was no token."""
    verdict: Verdict
    code: Code
    sentence: str
    at: str | None
    known_at: str | None
    domain: str | None
    credential: str | None
    """Id of the edition, if the signature verified."""
    as_of: Mapping[str, str | None]

    def is_about(self, judged: str | bytes) -> bool:
        """Whether these bytes were judged; of a genuine token, also another image or spelling of the signature.

        What was found to have a wrong signature says nothing of the genuine token with the same content.
        """
        if _sha256(judged) == self.input_sha256:
            return True
        genuine = self.token_digest is not None and self.credential is not None
        return genuine and _token_digest(judged) == self.token_digest

    def to_json(self) -> dict[str, Any]:
        return {
            "verifier": self.verifier,
            "issued_at": format_time(self.issued_at),
            "kid": self.kid,
            "input_sha256": self.input_sha256,
            "token_digest": self.token_digest,
            "verdict": self.verdict.value,
            "code": self.code.value,
            "sentence": self.sentence,
            "at": self.at,
            "known_at": self.known_at,
            "domain": self.domain,
            "credential": self.credential,
            "as_of": dict(self.as_of),
        }


def make_receipt(
    report: Report,
    judged: str | bytes,
    *,
    signer: ReceiptSigner,
    verifier: str,
    now: datetime,
    domain: str | None = None,
) -> str:
    """The receipt of `report` on `judged`, the token or image as it was given. `verifier` names who judged."""
    claims = {
        "iss": verifier,
        "iat": int(now.timestamp()),
        "input_sha256": _sha256(judged),
        "token_digest": _token_digest(judged),
        "verdict": report.verdict.value,
        "code": report.code.value,
        "sentence": report.sentence,
        "at": format_time(report.at),
        "known_at": format_time(report.known_at),
        "domain": domain,
        "credential": report.credential.id if report.credential else None,
        "as_of": report.as_of.to_json(),
    }
    header = {
        "alg": signer.public_key.alg.value,
        "kid": signer.public_key.thumbprint,
        "typ": RECEIPT_TYP,
    }
    return sign_compact(
        header, {name: value for name, value in claims.items() if value is not None}, signer.sign
    )


def check_receipt(text: str, keys: Iterable[PublicKey]) -> Receipt:
    """The receipt in `text`, if one of `keys` signed it. Malformed for what is none, TrustError for another's."""
    parsed = split(text)
    if parsed.typ != RECEIPT_TYP:
        raise Malformed(f"its type is not {RECEIPT_TYP}")
    key = next((key for key in keys if key.thumbprint == parsed.kid), None)
    if key is None:
        raise TrustError("it is signed with another key than those given")
    if not verify_signature(parsed, key):
        raise TrustError("its signature does not verify")
    return _receipt(parsed.payload, key.thumbprint)


def _receipt(claims: Mapping[str, Any], kid: str) -> Receipt:
    def text(name: str) -> str:
        value = claims.get(name)
        if not isinstance(value, str):
            raise Malformed(f"its {name} is not a text")
        return value

    def maybe(name: str) -> str | None:
        return text(name) if name in claims else None

    iat, as_of = claims.get("iat"), claims.get("as_of")
    if type(iat) is not int or not 0 <= iat <= _LATEST:
        raise Malformed("its iat is not a time")
    if not isinstance(as_of, dict) or not all(isinstance(v, str | None) for v in as_of.values()):
        raise Malformed("its as_of is not an object of times")
    try:
        verdict, code = Verdict(text("verdict")), Code(text("code"))
    except ValueError:
        raise Malformed("its verdict or code is unknown") from None
    return Receipt(
        verifier=text("iss"),
        issued_at=datetime.fromtimestamp(iat, UTC),
        kid=kid,
        input_sha256=text("input_sha256"),
        token_digest=maybe("token_digest"),
        verdict=verdict,
        code=code,
        sentence=text("sentence"),
        at=maybe("at"),
        known_at=maybe("known_at"),
        domain=maybe("domain"),
        credential=maybe("credential"),
        as_of=as_of,
    )


def read_keys(data: bytes) -> list[PublicKey]:
    """The public keys in a JWK or a JWK set; Malformed when there is none that can be used."""
    value = parse_json(data, max_bytes=_MAX_KEYS)
    if isinstance(value, dict) and "keys" in value:
        found, problems = parse_jwks(value)
        if not found:
            raise Malformed(f"there is no usable key in the set: {'; '.join(problems)}"[:300])
        return [key for _, key in found]
    return [parse_jwk(value)]


def _bytes(judged: str | bytes) -> bytes:
    return judged.encode("utf-8", "surrogatepass") if isinstance(judged, str) else judged


def _sha256(judged: str | bytes) -> str:
    return hashlib.sha256(_bytes(judged)).hexdigest()


def _token_digest(judged: str | bytes) -> str | None:
    """That of the token, or of the one baked into an image; None when there is none."""
    from .badges import extract_token

    data = _bytes(judged)
    try:
        token = extract_token(data) if data[:1] in (b"\x89", b"<", b"\xef") else data.decode("ascii")
        return split(token).digest
    except (Malformed, UnicodeDecodeError):
        return None

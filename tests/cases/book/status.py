"""Status lists that do not count, and those that count although they are old."""

from __future__ import annotations

import gzip
import zlib
from datetime import timedelta
from typing import Any

from lcert_verifier.jose import b64u_encode, sign_compact

from .cases import Book
from .issuer import Issuer, changed, seconds
from .keys import key

__all__ = ["status"]

_PATH = "status/token/1"
_BITS = "status/bitstring/revocation/1"


def status(book: Book) -> None:
    _lists(book, book.issuer)
    _content(book, book.issuer)
    _old(book, book.issuer)
    _bitstrings(book, book.issuer)


def _add(book: Book, slug: str, about: str, row: str, data: bytes, code: str = "status_unavailable") -> None:
    """The same list for a good certificate and a withdrawn one: neither may be called by the other's name."""
    for state in ("active", "withdrawn"):
        token = book.issuer.token(state)
        name = slug if state == "active" else f"{slug}-withdrawn"
        book.add(name, code, f"{about} The certificate is {state}.", row, token=token, site={_PATH: data})


def _lists(book: Book, issuer: Issuer) -> None:
    claims = issuer.status_claims()
    other = Issuer(base_url="https://other.example", family="other ")
    for state in ("active", "withdrawn", "suspended", "replaced"):
        about = f"The status list does not answer. The certificate is {state}."
        token = issuer.token(state)
        book.add(
            f"list-gone-{state}",
            "status_unavailable",
            about,
            "status.unreachable",
            token=token,
            gone=(_PATH,),
        )
    signed = issuer.sign_list(claims)
    head, body, _ = signed.decode().split(".")
    lists: dict[str, tuple[str, bytes]] = {
        "html": ("status.media-type", b"<html>maintenance</html>"),
        "json": ("status.media-type", b'{"status_list":{"bits":2,"lst":""}}'),
        "empty": ("status.stream", b""),
        "cut": ("status.stream", signed[: len(signed) // 2]),
        "newline": ("status.stream", signed + b"\n"),
        "wrong-typ": ("status.typ", issuer.sign_list(claims, "JWT")),
        "credential-typ": ("status.typ", issuer.sign_list(claims, "vc+jwt")),
        "certificate": ("status.as-credential", issuer.token().encode()),
        "bitstring": ("status.as-credential", issuer.sign_list(issuer.bits_claims("revocation"), "vc+jwt")),
        "unsigned": ("status.signer", f"{head}.{body}.".encode()),
        "signature-moved": ("status.signer", f"{head}.{body}.{issuer.token().rpartition('.')[2]}".encode()),
        "signed-by-the-issuer-key": ("status.signer", issuer.sign_list(claims, signer=issuer.issuing)),
        "signed-by-the-root": ("status.signer", issuer.sign_list(claims, signer=issuer.root)),
        "signed-by-the-log-key": ("status.signer", issuer.sign_list(claims, signer=issuer.log)),
        "signed-by-a-stranger": ("status.signer", issuer.sign_list(claims, signer=key("stranger"))),
        "signed-by-another-issuer": ("status.signer", other.sign_list(other.status_claims())),
        "stranger-under-our-kid": (
            "status.signer",
            sign_compact(
                {"alg": "ES256", "kid": issuer.kid(issuer.status), "typ": "statuslist+jwt"},
                claims,
                key("stranger").sign,
            ).encode(),
        ),
    }
    for slug, (row, data) in lists.items():
        _add(book, f"list-{slug}", f"The status list is {slug.replace('-', ' ')}.", row, data)
    members: dict[str, tuple[str, str, Any]] = {
        "sub-other-list": ("status.sub", "sub", f"{issuer.base_url}/status/token/2"),
        "sub-other-issuer": ("status.sub", "sub", "https://evil.example/status/token/1"),
        "sub-slash": ("status.sub", "sub", issuer.list_uri + "/"),
        "sub-missing": ("status.sub", "sub", ...),
        "iss-other": ("status.sub", "iss", "did:web:evil.example"),
        "iss-missing": ("status.sub", "iss", ...),
        "iat-missing": ("status.expired", "iat", ...),
        "iat-text": ("status.expired", "iat", "now"),
        "iat-future": ("status.expired", "iat", seconds(issuer.now) + 120),
        "exp-missing": ("status.expired", "exp", ...),
        "exp-float": ("status.expired", "exp", 1.9e9),
        "exp-huge": ("status.expired", "exp", 10**20),
        "ttl-zero": ("status.expired", "ttl", 0),
        "journal-missing": ("status.rollback", "journal", ...),
        "journal-negative": ("status.rollback", "journal.size", -1),
        "journal-root-short": ("status.rollback", "journal.root", "AAAA"),
        "bundle-marker": ("status.frozen", "bundle", True),
        "bundle-marker-text": ("status.frozen", "bundle", "no"),
        "bits-1": ("status.short", "status_list.bits", 1),
        "bits-8": ("status.short", "status_list.bits", 8),
        "bits-3": ("status.short", "status_list.bits", 3),
        "bits-true": ("status.short", "status_list.bits", True),
        "no-list": ("status.short", "status_list", ...),
        "list-text": ("status.short", "status_list", "x"),
        "lst-number": ("status.short", "status_list.lst", 1),
    }
    for slug, (row, path, value) in members.items():
        about = f"A signed status list in which {path} is wrong: {slug.replace('-', ' ')}."
        data = issuer.sign_list(changed(claims, path, value))
        book.add(f"list-{slug}", "status_unavailable", about, row, token=issuer.token(), site={_PATH: data})


def _content(book: Book, issuer: Issuer) -> None:
    size = 131_072 // 4
    good = zlib.compress(bytes(size), 9)
    streams: dict[str, tuple[str, bytes]] = {
        "bomb": ("status.bomb", zlib.compress(bytes(16 * 1024 * 1024), 9)),
        "one-byte-more": ("status.bomb", zlib.compress(bytes(size + 1), 9)),
        "one-byte-less": ("status.short", zlib.compress(bytes(size - 1), 9)),
        "empty-stream": ("status.short", zlib.compress(b"", 9)),
        "nothing": ("status.short", b""),
        "truncated": ("status.stream", good[:-1]),
        "without-checksum": ("status.stream", good[:-4]),
        "wrong-checksum": ("status.stream", good[:-1] + bytes([good[-1] ^ 1])),
        "garbage-after": ("status.stream", good + b"x"),
        "two-streams": ("status.stream", good * 2),
        "gzip": ("status.stream", gzip.compress(bytes(size), mtime=0)),
        "raw-deflate": ("status.stream", good[2:-4]),
        "plain": ("status.stream", b"\0" * 64),
        "preset-dictionary": ("status.stream", b"\x78\xbb" + good[2:]),
    }
    for slug, (row, data) in streams.items():
        about = f"The list in the token: {slug.replace('-', ' ')}."
        signed = issuer.sign_list(changed(issuer.status_claims(), "status_list.lst", b64u_encode(data)))
        book.add(f"lst-{slug}", "status_unavailable", about, row, token=issuer.token(), site={_PATH: signed})
    lst = issuer.status_claims()["status_list"]["lst"]
    for slug, text in (("padded", lst + "="), ("standard-base64", "+" + lst[1:]), ("spaces", lst + " ")):
        signed = issuer.sign_list(changed(issuer.status_claims(), "status_list.lst", text))
        about = f"The list in the token is written otherwise: {slug.replace('-', ' ')}."
        token = issuer.token()
        book.add(
            f"lst-{slug}", "status_unavailable", about, "status.stream", token=token, site={_PATH: signed}
        )
    claims = changed(issuer.claims(), "status.status_list.uri", f"{issuer.base_url}/status/token/2")
    del claims["credentialStatus"]
    about = "The credential names a list that the issuer does not publish."
    token = issuer.token(claims=claims)
    book.add("list-2-missing", "status_unavailable", about, "status.index", token=token)
    about = "The list the credential names is really the first one, served at another path."
    site = {"status/token/2": issuer.sign_list(issuer.status_claims())}
    book.add("list-2-is-list-1", "status_unavailable", about, "status.sub", token=token, site=site)


def _old(book: Book, issuer: Issuer) -> None:
    """An old list is believed for what cannot be undone."""
    expired = {
        "iat": seconds(issuer.now - timedelta(hours=25)),
        "exp": seconds(issuer.now - timedelta(seconds=1)),
    }
    data = issuer.sign_list(issuer.status_claims() | expired)
    codes = {
        "active": "status_stale",
        "suspended": "status_stale",
        "withdrawn": "revoked",
        "replaced": "superseded",
    }
    for state, code in codes.items():
        about = f"The status list expired a second ago. The certificate is {state}."
        token = issuer.token(state)
        book.add(f"expired-list-{state}", code, about, "status.expired", token=token, site={_PATH: data})
    about = "The list expires this very second."
    data = issuer.sign_list(issuer.status_claims() | {"exp": seconds(issuer.now)})
    book.add("list-expires-now", "valid", about, "status.expired", token=issuer.token(), site={_PATH: data})
    for state, code in codes.items():
        about = f"Judged by a bundle eight days old. The certificate is {state}."
        token, clock = issuer.token(state), issuer.now + timedelta(days=8)
        parts: dict[str, Any] = {"trust": ("certs.zip",), "clock": clock}
        book.add(f"old-bundle-{state}", code, about, "bundle.old", token=token, **parts)
    about = "A suspended certificate on another host, a list that is fresh."
    token, ask = issuer.token("suspended"), {"domain": "evil.example"}
    book.add("suspended-elsewhere", "suspended", about, "status.precedence", token=token, ask=ask)
    for state, code in (("expired-withdrawn", "expired"), ("scheduled-withdrawn", "not_yet_valid")):
        about = f"{state.replace('-', ' and ').capitalize()}: the dates are asked first."
        book.add(
            f"precedence-{state}", code, about, "status.precedence", token=issuer.token(state, "compact")
        )


def _bitstrings(book: Book, issuer: Issuer) -> None:
    """Lists for a credential that names bitstrings alone."""

    def token(state: str = "active", **changes: Any) -> str:
        claims = issuer.claims(state)
        del claims["status"]
        return issuer.token(claims=claims | changes)

    claims = issuer.bits_claims("revocation")
    encoded = claims["credentialSubject"]["encodedList"]
    zipped = gzip.compress(bytes(131_072 // 8), mtime=0)
    suspension = issuer.sign_list(issuer.bits_claims("suspension"), "vc+jwt")
    wrong: dict[str, tuple[str, str, Any]] = {
        "purpose": ("status.purpose", "credentialSubject.statusPurpose", "suspension"),
        "id": ("status.sub", "id", f"{issuer.base_url}/status/bitstring/revocation/2"),
        "issuer": ("status.signer", "issuer", "did:web:evil.example"),
        "type": ("status.typ", "type", ["VerifiableCredential"]),
        "subject-type": ("status.typ", "credentialSubject.type", "List"),
        "no-list": ("status.short", "credentialSubject.encodedList", ...),
        "no-multibase": ("status.stream", "credentialSubject.encodedList", encoded[1:]),
        "other-multibase": ("status.stream", "credentialSubject.encodedList", "z" + encoded[1:]),
        "too-short": (
            "status.short",
            "credentialSubject.encodedList",
            "u" + b64u_encode(gzip.compress(bytes(1024), mtime=0)),
        ),
        "bomb": (
            "status.bomb",
            "credentialSubject.encodedList",
            "u" + b64u_encode(gzip.compress(bytes(16 * 1024 * 1024), mtime=0)),
        ),
        "garbage-after": ("status.stream", "credentialSubject.encodedList", "u" + b64u_encode(zipped + b"x")),
        "truncated": ("status.stream", "credentialSubject.encodedList", "u" + b64u_encode(zipped[:-3])),
        "zlib": (
            "status.stream",
            "credentialSubject.encodedList",
            "u" + b64u_encode(zlib.compress(bytes(131_072 // 8))),
        ),
        "valid-until-missing": ("status.expired", "validUntil", ...),
        "valid-from-naive": ("status.expired", "validFrom", "2026-11-23T00:00:00"),
        "journal": ("status.rollback", "journal", ...),
    }
    for slug, (row, path, value) in wrong.items():
        code = "status_invalid" if slug == "purpose" else "status_unavailable"
        about = f"A signed bitstring list that is wrong: {slug.replace('-', ' ')}."
        site = {_BITS: issuer.sign_list(changed(claims, path, value), "vc+jwt")}
        book.add(f"bits-list-{slug}", code, about, row, token=token(), site=site)
    about = "The revocation list is really the suspension list."
    book.add(
        "bits-list-swapped",
        "status_unavailable",
        about,
        "status.purpose",
        token=token(),
        site={_BITS: suspension},
    )
    about = "The revocation list does not answer; the certificate is suspended."
    state = token("suspended")
    book.add("bits-list-gone", "status_unavailable", about, "status.unreachable", token=state, gone=(_BITS,))
    expired = claims | {"validUntil": "2026-11-23T11:59:59Z"}
    for name, code in (("active", "status_stale"), ("withdrawn", "revoked")):
        about = f"The revocation list has expired; the certificate is {name}."
        site = {_BITS: issuer.sign_list(expired, "vc+jwt")}
        book.add(f"bits-list-expired-{name}", code, about, "status.expired", token=token(name), site=site)
    about = "A status claim decides where there is one: the bitstring list need not answer."
    book.add("bits-not-needed", "valid", about, "status.precedence", token=issuer.token(), gone=(_BITS,))

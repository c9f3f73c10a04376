"""Keys and trust statements: what a root-signed statement may hold, and statements that are none."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from lcert_verifier.jose import b64u_encode

from .cases import Book
from .issuer import Issuer, seconds
from .keys import Key, key

__all__ = ["trust"]

_SMALL_ORDER = (
    "01" + "00" * 31,
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "00" * 32,
)


def trust(book: Book) -> None:
    _keys(book, book.issuer)
    _states(book, book.issuer)
    _compromise(book, book.issuer)
    _statements(book, book.issuer)


def _site(issuer: Issuer, statement: dict[str, Any], *signers: Key, **header: Any) -> dict[str, bytes]:
    return {"trust.json": issuer.sign_statement(statement, *signers, **header)}


def _keys(book: Book, issuer: Issuer) -> None:
    """Bad keys in a well-signed statement: each is left out, and the others go on working."""
    extra = key("extra")
    entry = issuer.trust_key(extra, "issuer")
    jwk = extra.jwk
    zero = b64u_encode(bytes(32))
    bad: dict[str, tuple[str, Any]] = {
        "private": ("key.private", jwk | {"d": zero}),
        "symmetric-part": ("key.private", jwk | {"k": zero}),
        "use-enc": ("key.use", jwk | {"use": "enc"}),
        "use-null": ("key.use", jwk | {"use": None}),
        "key-ops-sign": ("key.use", jwk | {"key_ops": ["sign"]}),
        "key-ops-both": ("key.use", jwk | {"key_ops": ["sign", "verify"]}),
        "key-ops-text": ("key.use", jwk | {"key_ops": "verify"}),
        "rsa-1024": (
            "key.weak",
            {"kty": "RSA", "n": b64u_encode(b"\xff" * 128), "e": "AQAB", "alg": "RS256"},
        ),
        "rsa-small-exponent": ("key.weak", {"kty": "RSA", "n": b64u_encode(b"\xff" * 256), "e": "AQ"}),
        "secp256k1": ("key.weak", jwk | {"crv": "secp256k1", "alg": "ES256K"}),
        "p-521": ("key.weak", jwk | {"crv": "P-521", "alg": "ES512"}),
        "ed448": ("key.weak", {"kty": "OKP", "crv": "Ed448", "x": b64u_encode(b"\1" * 57), "alg": "EdDSA"}),
        "x25519": ("key.weak", {"kty": "OKP", "crv": "X25519", "x": zero}),
        "oct": ("key.weak", {"kty": "oct", "k": zero}),
        **{
            f"small-order-{number}": (
                "key.weak",
                {"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(bytes.fromhex(point)), "alg": "EdDSA"},
            )
            for number, point in enumerate(_SMALL_ORDER, 1)
        },
        "not-on-curve": ("key.weak", jwk | {"y": zero}),
        "alg-mismatch": ("key.malformed", jwk | {"alg": "ES384"}),
        "x-number": ("key.malformed", jwk | {"x": 1}),
        "x-missing": ("key.malformed", {name: value for name, value in jwk.items() if name != "x"}),
        "x-padded": ("key.malformed", jwk | {"x": jwk["x"] + "="}),
        "x-short": ("key.malformed", jwk | {"x": jwk["x"][:-2]}),
        "x-long": ("key.malformed", jwk | {"x": jwk["x"] + "AAAA"}),
        "kty-list": ("key.malformed", jwk | {"kty": ["EC"]}),
        "text": ("key.malformed", "a key"),
        "null": ("key.malformed", None),
        "list": ("key.malformed", []),
        "empty": ("key.malformed", {}),
    }
    for slug, (row, value) in bad.items():
        statement = issuer.statement()
        statement["keys"] = [entry | {"jwk": value}, *statement["keys"]]
        site = _site(issuer, statement)
        about = f"Signed with a key that the statement lists in a form that must not be used: {slug.replace('-', ' ')}."
        book.add(f"key-{slug}", "unknown_key", about, row, token=issuer.token(signer=extra), site=site)
    everything = issuer.statement()
    everything["keys"] += [entry | {"jwk": value} for _, value in bad.values()] + [None, 1, "x", [], {}]
    about = "A statement full of unusable keys, and a token under the one good key in it."
    site = _site(issuer, everything)
    book.add("key-good-among-bad", "valid", about, "key.malformed", token=issuer.token(), site=site)
    entries: dict[str, tuple[str, dict[str, Any]]] = {
        "kid-of-another-key": ("key.malformed", entry | {"kid": issuer.kid(issuer.issuing)}),
        "kid-of-another-issuer": (
            "key.malformed",
            entry | {"kid": f"did:web:evil.example#{extra.thumbprint}"},
        ),
        "purpose-unknown": ("key.purpose", entry | {"purpose": "everything"}),
        "purpose-root": ("key.purpose", entry | {"purpose": "root"}),
        "purpose-list": ("key.purpose", entry | {"purpose": ["issuer", "status"]}),
        "purpose-status": ("key.purpose", entry | {"purpose": "status"}),
        "state-unknown": ("key.purpose", entry | {"state": "resting"}),
        "instant-text": ("key.malformed", entry | {"promoted_at": "yesterday"}),
    }
    for slug, (row, value) in entries.items():
        statement = issuer.statement()
        statement["keys"] = [*statement["keys"], value]
        site = _site(issuer, statement)
        about = f"A key whose entry is wrong: {slug.replace('-', ' ')}."
        book.add(f"key-{slug}", "unknown_key", about, row, token=issuer.token(signer=extra), site=site)
    statement = issuer.statement()
    statement["keys"] = [*statement["keys"], statement["keys"][0]]
    about = "The key stands twice in the statement: it names no key at all."
    site = _site(issuer, statement)
    book.add("key-twice", "unknown_key", about, "key.duplicate", token=issuer.token(), site=site)
    statement["keys"][-1] = statement["keys"][0] | {"state": "compromised"}
    about = "The key stands twice, active and compromised."
    site = _site(issuer, statement)
    book.add("key-twice-differently", "unknown_key", about, "key.duplicate", token=issuer.token(), site=site)
    statement = issuer.statement()
    statement["keys"] = [*statement["keys"], issuer.trust_key(issuer.root, "issuer")]
    about = "The root also stands among the keys: it signs trust and nothing else."
    site = _site(issuer, statement)
    token = issuer.token(signer=issuer.root)
    book.add("key-is-root", "unknown_key", about, "key.purpose", token=token, site=site)


def _states(book: Book, issuer: Issuer) -> None:
    for state, code in (
        ("staged", "valid"),
        ("active", "valid"),
        ("retired", "valid"),
        ("compromised", "key_compromised"),
    ):
        statement = issuer.statement()
        statement["keys"][0]["state"] = state
        about = f"Signed with an issuer key that is {state}."
        row = "key.compromised" if state == "compromised" else "key.purpose"
        site = _site(issuer, statement)
        book.add(f"issuer-key-{state}", code, about, row, token=issuer.token(), site=site)
    statement = issuer.statement()
    statement["keys"][0]["state"] = "compromised"
    token = issuer.token().rpartition(".")[0] + "." + "A" * 86
    about = "A forgery under a compromised key."
    site = _site(issuer, statement)
    book.add("forgery-under-compromised", "key_compromised", about, "key.compromised", token=token, site=site)
    for state, code in (
        ("staged", "valid"),
        ("retired", "status_unavailable"),
        ("compromised", "status_unavailable"),
    ):
        statement = issuer.statement()
        statement["keys"][1]["state"] = state
        about = f"The status list is signed with a key that is {state}."
        site = _site(issuer, statement)
        book.add(f"status-key-{state}", code, about, "status.signer", token=issuer.token(), site=site)


def _compromise(book: Book, issuer: Issuer) -> None:
    """With an anchor, what the journal proves to be older stands."""
    names = list(issuer.issued)
    first, second = names.index("active"), names.index("product")
    size, root = issuer.head()

    def anchored(since: Any, **more: Any) -> dict[str, Any]:
        statement = issuer.statement()
        anchor = {"since": since, "size": size, "root": b64u_encode(root)} | more
        members = {name: value for name, value in anchor.items() if value is not ...}
        statement["keys"][0] |= {
            "state": "compromised",
            "compromised_at": seconds(issuer.now) - 3600,
            **members,
        }
        return statement

    def case(
        slug: str,
        code: str,
        about: str,
        statement: dict[str, Any],
        proof: Any,
        state: str = "active",
        **more: Any,
    ) -> None:
        token = more.pop("token", None) or issuer.token(state)
        site = _site(issuer, statement)
        if proof is not None:
            site[f"log/proof/{_digest(issuer.token(state))}"] = json.dumps(proof).encode()
        book.add(f"compromise-{slug}", code, about, "key.compromised", token=token, site=site, **more)

    good = issuer.proof(first)
    forged = good | {"entry": issuer.proof(second)["entry"]}
    unsure = "status_history_unavailable"
    case("proven-before", "valid", "Proven recorded before the compromise.", anchored(10), good)
    late = issuer.proof(second)
    case("proven-after", "key_compromised", "Recorded after the compromise.", anchored(10), late, "product")
    case("at-the-position", "key_compromised", "Recorded at the very position.", anchored(first), good)
    case("one-before", "valid", "Recorded one entry before.", anchored(first + 1), good)
    case("no-proof", unsure, "No proof is published.", anchored(10), None)
    case("entry-forged", unsure, "The proof's entry is another one.", anchored(10), forged)
    case(
        "entry-of-another", unsure, "The proof of another certificate.", anchored(10), issuer.proof(first + 1)
    )
    moved = good | {"position": first + 1}
    case("position-moved", unsure, "The proof says another position.", anchored(10), moved)
    case(
        "path-short",
        unsure,
        "The proof's path lacks a hash.",
        anchored(10),
        good | {"path": good["path"][:-1]},
    )
    long = good | {"path": [*good["path"], good["path"][0]]}
    case("path-long", unsure, "The proof's path has a hash too many.", anchored(10), long)
    case("path-text", unsure, "The proof's path is no list.", anchored(10), good | {"path": "x"})
    case(
        "path-endless",
        unsure,
        "The proof's path is very long.",
        anchored(10),
        good | {"path": good["path"] * 40},
    )
    case(
        "position-text",
        unsure,
        "The proof's position is a string.",
        anchored(10),
        good | {"position": str(first)},
    )
    case(
        "position-negative",
        unsure,
        "The proof's position is negative.",
        anchored(10),
        good | {"position": -1},
    )
    smaller = issuer.proof(first, size - 3)
    case("smaller-tree", unsure, "A proof in an older, smaller tree.", anchored(10), smaller)
    case("proof-empty", unsure, "The proof is an empty object.", anchored(10), {})
    case(
        "no-anchor-root",
        "key_compromised",
        "An anchor without a root counts for nothing.",
        anchored(10, root=...),
        good,
    )
    case(
        "no-anchor-size",
        "key_compromised",
        "An anchor without a size counts for nothing.",
        anchored(10, size=...),
        good,
    )
    case("since-beyond", "key_compromised", "An anchor beyond the journal's end.", anchored(size + 1), good)
    case("since-text", "key_compromised", "The anchor is a string.", anchored("10"), good)
    mirrored = issuer.token().rpartition(".")[0] + "." + "A" * 86
    case(
        "forged-token", "bad_signature", "A forgery with a genuine proof.", anchored(10), good, token=mirrored
    )
    withdrawn = issuer.proof(names.index("withdrawn"))
    about = "Proven before the compromise, and withdrawn."
    case("proven-withdrawn", "revoked", about, anchored(10), withdrawn, "withdrawn")


def _digest(token: str) -> str:
    from lcert_verifier.jose import split

    return split(token).digest


def _statements(book: Book, issuer: Issuer) -> None:
    stranger = Issuer(base_url="https://evil.example", family="evil ")
    body = issuer.statement()
    good = json.loads(issuer.sign_statement())

    def case(slug: str, about: str, data: bytes) -> None:
        site = {"trust.json": data}
        book.add(
            f"trust-{slug}", "trust_unavailable", about, "trust.unavailable", token=issuer.token(), site=site
        )

    changes: dict[str, dict[str, Any]] = {
        "expired": {"iat": seconds(issuer.now - timedelta(days=300)), "exp": seconds(issuer.now)},
        "from-the-future": {"iat": seconds(issuer.now + timedelta(minutes=2))},
        "valid-too-long": {"exp": body["iat"] + 401 * 86_400},
        "backwards": {"exp": body["iat"] - 1},
        "version-zero": {"version": 0},
        "version-text": {"version": "3"},
        "version-huge": {"version": 2**53},
        "no-roots": {"roots": []},
        "many-roots": {"roots": [issuer.root.jwk] * 9},
        "root-private": {"roots": [issuer.root.jwk | {"d": issuer.root.jwk["x"]}]},
        "root-of-a-stranger": {"roots": [stranger.root.jwk]},
        "no-keys": {"keys": None},
        "too-many-keys": {"keys": [{}] * 1001},
        "other-issuer": {"issuer": "did:web:evil.example"},
        "other-origin": {"base_url": "https://evil.example"},
        "both-other": {"issuer": "did:web:evil.example", "base_url": "https://evil.example"},
        "slash": {"base_url": issuer.base_url + "/"},
        "http": {"base_url": "http://certs.example"},
        "no-name": {"name": None},
        "float-times": {"iat": float(body["iat"])},
    }
    for slug, change in changes.items():
        case(
            slug,
            f"A statement, rightly signed, that is wrong: {slug.replace('-', ' ')}.",
            issuer.sign_statement(body | change),
        )
    wrong: dict[str, bytes] = {
        "signed-by-a-stranger": issuer.sign_statement(body, stranger.root),
        "signed-by-the-issuer-key": issuer.sign_statement(body, issuer.issuing),
        "kid-of-the-root": issuer.sign_statement(body, stranger.root, kid=issuer.root.thumbprint),
        "key-carried-along": issuer.sign_statement(body, stranger.root, jwk=stranger.root.jwk),
        "wrong-typ": issuer.sign_statement(body, typ="JWT"),
        "no-typ": issuer.sign_statement(body, typ=...),
        "wrong-alg": issuer.sign_statement(body, alg="ES384"),
        "crit": issuer.sign_statement(body, crit=["b64"]),
        "another-issuers": stranger.sign_statement(),
        "payload-changed": json.dumps(
            good | {"payload": b64u_encode(json.dumps(body | {"version": 4}).encode())}
        ).encode(),
        "no-signatures": json.dumps(good | {"signatures": []}).encode(),
        "many-signatures": json.dumps(good | {"signatures": good["signatures"] * 17}).encode(),
        "signature-empty": json.dumps(
            good | {"signatures": [good["signatures"][0] | {"signature": ""}]}
        ).encode(),
        "compact": issuer.token().encode(),
        "payload-list": issuer.sign_statement(b"[]"),
        "payload-duplicate": issuer.sign_statement(b'{"version":9,' + json.dumps(body).encode()[1:]),
        "not-json": b"<html>not found</html>",
        "empty": b"",
        "null": b"null",
        "utf-16": json.dumps(good).encode("utf-16"),
        "nested": b"[" * 5000 + b"]" * 5000,
    }
    for slug, data in wrong.items():
        case(slug, f"What is published as trust statement is none: {slug.replace('-', ' ')}.", data)
    about = "The issuer does not answer when asked for its keys."
    book.add(
        "trust-gone",
        "trust_unavailable",
        about,
        "trust.unavailable",
        token=issuer.token(),
        gone=("trust.json",),
    )
    about = "One trusted issuer does not answer; the token is another's."
    both = {"trust": ("certs", "other"), "gone": ("trust.json",)}
    token = Issuer(base_url="https://other.example", name="Another Office", family="other ").token()
    book.add("trust-gone-of-the-other", "valid", about, "trust.unavailable", token=token, **both)
    about = "Neither the token's issuer nor anybody else can be told apart while one trusted issuer does not answer."
    token = stranger.token()
    book.add("trust-gone-of-anybody", "trust_unavailable", about, "trust.unavailable", token=token, **both)
    second = key("second-root")
    about = "A statement signed by the old root and the new."
    site = _site(issuer, body | {"roots": [second.jwk]}, issuer.root, second)
    book.add("trust-root-replaced", "valid", about, "trust.unavailable", token=issuer.token(), site=site)
    about = "A token that is no token, while no trust can be had: what is wrong with the token comes first."
    book.add(
        "malformed-without-trust",
        "malformed",
        about,
        "trust.unavailable",
        token="x.y.z",
        gone=("trust.json",),
    )

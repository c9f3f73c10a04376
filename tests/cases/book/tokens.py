"""Tokens that are no tokens, have two readings, or are signed by nobody who counts."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from lcert_verifier.jose import b64u_decode, b64u_encode, sign_compact

from .cases import Book
from .issuer import SECURINGS, Issuer
from .keys import ORDER, key

__all__ = ["tokens"]

_TRAILING = {"A": "B", "Q": "R", "g": "h", "w": "x", "E": "F", "I": "J", "M": "N", "U": "V", "Y": "Z"}


def tokens(book: Book) -> None:
    _form(book, book.issuer)
    _json(book, book.issuer)
    _headers(book, book.issuer)
    _kids(book, book.issuer)
    _types(book, book.issuer)
    _signatures(book, book.issuer)
    _issuers(book, book.issuer)


def _form(book: Book, issuer: Issuer) -> None:
    token = issuer.token()
    head, body, signature = token.split(".")
    spellings = {
        "empty": "",
        "a-dot": ".",
        "two-dots": "..",
        "words": "this is not a token",
        "two-segments": f"{head}.{body}",
        "four-segments": f"{token}.",
        "five-segments": f"{head}.{body}.{head}.{body}.{signature}",
        "no-signature": f"{head}.{body}.!",
        "padded-header": f"{head}=.{body}.{signature}",
        "padded-payload": f"{head}.{body}==.{signature}",
        "padded-signature": f"{head}.{body}.{signature}==",
        "standard-base64": f"{head}.{body}.{signature[:-4]}+/{signature[-2:]}",
        "leading-space": f" {token}",
        "trailing-space": f"{token} ",
        "newline-inside": f"{head}.\n{body}.{signature}",
        "carriage-return-inside": f"{head}.\r{body}.{signature}",
        "tab-inside": f"{head}\t.{body}.{signature}",
        "two-newlines": f"{token}\n\n",
        "bearer": f"Bearer {token}",
        "quoted": f'"{token}"',
        "two-tokens": f"{token},{token}",
        "non-ascii-dot": f"{head}。{body}。{signature}",
        "full-width-letter": f"{head}.{body}.{signature[:-1]}Ａ",
        "percent-encoded": f"{head}%2E{body}%2E{signature}",
        "json-general": issuer.sign_statement().decode(),
        "data-url": f"data:application/vc+jwt,{token}",
        "one-character-segment": f"{head}.{body}.A",
    }
    for slug, text in spellings.items():
        about = f"The spelling of a token: {slug.replace('-', ' ')}."
        book.add(f"spelling-{slug}", "malformed", about, "token.spelling", token=text)
    for name, place in (("signature", 2), ("payload", 1), ("header", 0)):
        parts = [head, body, signature]
        text = _loose(issuer, parts, place)
        about = f"The {name} ends in bits that base64url leaves unused and that are not zero."
        book.add(f"trailing-bits-{name}", "malformed", about, "token.spelling", token=text)
    about = "Bytes that are not ASCII."
    book.add("high-bytes", "malformed", about, "token.encoding", token=token.encode()[:-1] + b"\xff")
    for slug in (
        "token-too-long",
        "token-nested-deep",
        "token-many-names",
        "token-long-number",
        "token-of-dots",
    ):
        about = f"{slug.replace('-', ' ').capitalize()}, made on the fly."
        book.add(slug, "malformed", about, "token.size", make=slug)
    for depth, code in ((31, "valid"), (32, "malformed"), (33, "malformed")):
        claims = issuer.claims() | {"nested": _nest(depth)}
        about = f"A member nested {depth} deep below the payload."
        book.add(f"nested-{depth}", code, about, "token.size", token=issuer.token(claims=claims))


def _loose(issuer: Issuer, parts: list[str], place: int) -> str:
    """The token with spare bits set in one segment, re-signed so that only the spelling is wrong."""
    head, body, signature = parts
    if place == 0:
        for number in range(3):
            head = issuer.token(x=" " * number).split(".")[0]
            if len(head) % 4:
                break
        head = head[:-1] + _TRAILING.get(head[-1], "_")
    if place == 1:
        for number in range(3):
            body = issuer.token(claims=issuer.claims() | {"x": " " * number}).split(".")[1]
            if len(body) % 4:
                break
        body = body[:-1] + _TRAILING.get(body[-1], "_")
    if place == 2:
        return f"{head}.{body}.{signature[:-1]}{_TRAILING[signature[-1]]}"
    return f"{head}.{body}.{b64u_encode(issuer.issuing.sign(f'{head}.{body}'.encode()))}"


def _nest(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def _json(book: Book, issuer: Issuer) -> None:
    text = json.dumps(issuer.claims(), ensure_ascii=False, separators=(",", ":"))
    scope, quoted = '"statement":"', json.dumps(issuer.did)
    payloads: dict[str, tuple[str, bytes]] = {
        "duplicate-id": ("token.duplicate-names", f'{{"id":"x",{text[1:]}'.encode()),
        "duplicate-issuer": ("token.duplicate-names", f'{text[:-1]},"issuer":{{"id":{quoted}}}}}'.encode()),
        "duplicate-nested": (
            "token.duplicate-names",
            text.replace('"level":', '"level":"company","level":').encode(),
        ),
        "duplicate-deep": (
            "token.duplicate-names",
            text.replace('"share":"80-90"', '"share":"80-90","share":"0"').encode(),
        ),
        "duplicate-by-escape": ("token.duplicate-names", f'{{"\\u0069d":"x",{text[1:]}'.encode()),
        "utf-16": ("token.encoding", text.encode("utf-16")),
        "utf-16-le": ("token.encoding", text.encode("utf-16-le")),
        "utf-32": ("token.encoding", text.encode("utf-32")),
        "latin-1": ("token.encoding", text.replace(scope, scope + "é").encode("latin-1")),
        "byte-order-mark": ("token.encoding", b"\xef\xbb\xbf" + text.encode()),
        "lone-surrogate": ("token.encoding", text.replace(scope, scope + "\\ud800").encode()),
        "raw-surrogate": (
            "token.encoding",
            text.replace(scope, scope + "@@@").encode().replace(b"@@@", b"\xed\xa0\x80"),
        ),
        "surrogate-in-name": ("token.encoding", f'{{"\\udc00":1,{text[1:]}'.encode()),
        "nul-escaped": ("token.encoding", text.replace(scope, scope + "\\u0000").encode()),
        "nul-raw": ("token.encoding", text.replace(scope, scope + "\0").encode()),
        "overlong-utf-8": (
            "token.encoding",
            text.replace(scope, scope + "@").encode().replace(b"@", b"\xc0\xaf", 1),
        ),
        "nan": ("token.encoding", f'{text[:-1]},"x":NaN}}'.encode()),
        "infinity": ("token.encoding", f'{text[:-1]},"x":-Infinity}}'.encode()),
        "huge-float": ("token.encoding", f'{text[:-1]},"x":1e999}}'.encode()),
        "array": ("token.encoding", b"[]"),
        "string": ("token.encoding", b'"x"'),
        "null": ("token.encoding", b"null"),
        "empty-payload": ("token.encoding", b""),
        "single-quotes": ("token.encoding", text.replace('"', "'").encode()),
        "comment": ("token.encoding", b"/**/" + text.encode()),
        "trailing-comma": ("token.encoding", text[:-1].encode() + b",}"),
        "two-objects": ("token.encoding", text.encode() * 2),
        "garbage-after": ("token.encoding", text.encode() + b"x"),
    }
    for slug, (row, payload) in payloads.items():
        about = f"A payload that two parsers could read differently, or none: {slug.replace('-', ' ')}."
        book.add(f"payload-{slug}", "malformed", about, row, token=issuer.token(claims=payload))
    body = b64u_encode(text.encode())
    heads: dict[str, bytes] = {
        "duplicate-alg": b'{"alg":"none","alg":"ES256","kid":"'
        + issuer.kid(issuer.issuing).encode()
        + b'","typ":"vc+jwt"}',
        "not-json": b"alg=ES256",
        "array": b'["ES256"]',
        "no-alg": b'{"typ":"vc+jwt"}',
        "alg-number": b'{"alg":256,"typ":"vc+jwt"}',
        "alg-null": b'{"alg":null,"typ":"vc+jwt"}',
        "byte-order-mark": b'\xef\xbb\xbf{"alg":"ES256","typ":"vc+jwt"}',
        "too-long": b'{"alg":"ES256","typ":"vc+jwt","x":"' + b"x" * 4200 + b'"}',
    }
    for slug, head in heads.items():
        signed = f"{b64u_encode(head)}.{body}"
        token = f"{signed}.{b64u_encode(issuer.issuing.sign(signed.encode()))}"
        row = "token.duplicate-names" if "duplicate" in slug else "token.encoding"
        book.add(
            f"header-{slug}", "malformed", f"A header that is {slug.replace('-', ' ')}.", row, token=token
        )


def _headers(book: Book, issuer: Issuer) -> None:
    for name, value in (
        ("crit", ["b64"]),
        ("crit", []),
        ("b64", False),
        ("b64", True),
        ("zip", "DEF"),
        ("enc", "A128GCM"),
    ):
        about = f"The header has {name}: {json.dumps(value)}."
        slug = f"header-{name}-{json.dumps(value)}".lower().replace('"', "").strip("[]").rstrip("-")
        slug = slug.replace("[", "").replace("]", "")
        book.add(slug.rstrip("-"), "malformed", about, "token.crit", token=issuer.token(**{name: value}))
    for alg in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS256",
        "HS512",
        "ES256K",
        "ES384",
        "EdDSA",
        "RS256",
        "PS256",
        "es256",
        "ES256 ",
    ):
        about = f"The header says alg {alg!r}; the key is ES256."
        slug = f"alg-{alg.strip().lower() or 'empty'}-{len(book.cases)}"
        token = issuer.token(alg=alg)
        book.add(slug, "bad_signature", about, "token.alg", token=token)
        if alg.lower() == "none":
            bare = token.rpartition(".")[0] + "."
            book.add(f"{slug}-unsigned", "bad_signature", about + " No signature.", "token.alg", token=bare)
    public = json.dumps(issuer.issuing.jwk).encode()
    for slug, secret in (("jwk", public), ("x", b64u_decode(issuer.issuing.jwk["x"]))):
        token = issuer.token(
            alg="HS256", sign=lambda data, secret=secret: hmac.new(secret, data, hashlib.sha256).digest()
        )
        about = f"HS256 with the public key ({slug}) as the secret."
        book.add(f"hmac-with-public-{slug}", "bad_signature", about, "token.alg", token=token)
    stranger = key("stranger")
    for name, value in (
        ("jwk", stranger.jwk),
        ("jku", "https://evil.example/jwks.json"),
        ("x5u", "https://evil.example/cert.pem"),
        ("x5c", ["MIIB"]),
    ):
        about = f"A stranger signs under the issuer's kid and hands over a key by {name}."
        token = issuer.token(sign=stranger.sign, **{name: value})
        book.add(f"embedded-{name}", "bad_signature", about, "token.embedded-key", token=token)
        own = issuer.token(signer=stranger, **{name: value})
        about = f"A stranger signs under an own kid and hands over the key by {name}."
        book.add(f"embedded-{name}-own-kid", "unknown_key", about, "token.embedded-key", token=own)
    about = "A genuine token with an embedded key: ignored, the key of the kid decides."
    book.add(
        "embedded-jwk-genuine", "valid", about, "token.embedded-key", token=issuer.token(jwk=stranger.jwk)
    )


def _kids(book: Book, issuer: Issuer) -> None:
    good = issuer.kid(issuer.issuing)
    other = Issuer(base_url="https://other.example", name="Another Office", family="other ")
    kids: dict[str, str] = {
        "path": "../../../../etc/passwd",
        "sql": "' OR '1'='1",
        "url": "https://evil.example/key.json",
        "empty": "",
        "thumbprint-alone": issuer.issuing.thumbprint,
        "fragment-alone": f"#{issuer.issuing.thumbprint}",
        "two-fragments": f"{good}#{issuer.issuing.thumbprint}",
        "another-issuer": f"did:web:evil.example#{issuer.issuing.thumbprint}",
        "upper-case": good.upper(),
        "trailing-space": f"{good} ",
        "query": good.replace("#", "?x#"),
        "very-long": "x" * 2000,
        "root": issuer.kid(issuer.root),
        "status-key": issuer.kid(issuer.status),
        "log-key": issuer.kid(issuer.log),
        "unknown": issuer.kid(key("nobody")),
        "python": "__class__",
    }
    for slug, kid in kids.items():
        about = f"A kid that names no key for credentials: {slug.replace('-', ' ')}."
        book.add(f"kid-{slug}", "unknown_key", about, "token.kid", token=issuer.token(kid=kid))
    about = "A token without a kid."
    book.add("kid-missing", "unknown_key", about, "token.kid", token=issuer.token(kid=...))
    for slug, value in (("number", 1), ("null", None), ("array", [good]), ("object", {"id": good})):
        about = f"The kid is {slug}."
        book.add(f"kid-{slug}", "malformed", about, "token.kid", token=issuer.token(kid=value))
    about = "An unknown kid, judged offline: a newer key may exist."
    offline: dict[str, Any] = {"undecided": True, "trust": ("certs.zip",)}
    token = issuer.token(kid=issuer.kid(key("nobody")))
    book.add("kid-unknown-offline", "unknown_key", about, "token.kid", token=token, **offline)
    about = "Another trusted issuer signs this issuer's claims under its own kid."
    token = issuer.token(signer=other.issuing, kid=other.kid(other.issuing))
    book.add("kid-of-the-other", "unknown_key", about, "token.kid", token=token, trust=("certs", "other"))
    about = "Another trusted issuer's key under this issuer's kid."
    token = issuer.token(sign=other.issuing.sign)
    book.add(
        "same-kid-two-issuers", "bad_signature", about, "token.kid", token=token, trust=("certs", "other")
    )
    about = "Two issuers are trusted, and the token is the second one's."
    book.add("the-other-issuer", "valid", about, "token.kid", token=other.token(), trust=("certs", "other"))


def _types(book: Book, issuer: Issuer) -> None:
    for typ in (
        "JWT",
        "jwt",
        "VC+JWT",
        "vc+ld+json+jwt",
        "statuslist+jwt",
        "lc-bundle+jwt",
        "dc+sd-jwt",
        "",
        "application/vc+jwt",
    ):
        about = f"A credential whose header says typ {typ!r}."
        slug = typ.lower().replace("+", "-").replace("/", "-") or "empty"
        book.add(
            f"typ-{slug}-{len(book.cases)}", "wrong_type", about, "token.typ", token=issuer.token(typ=typ)
        )
    about = "The canonical payload without a typ is read as an Open Badge, and is none."
    book.add("typ-missing", "profile_violation", about, "token.typ", token=issuer.token(typ=..., cty=...))
    about = "The canonical payload with the compact typ."
    book.add("typ-compact", "untrusted_issuer", about, "token.typ", token=issuer.token(typ="lc+jwt"))
    compact = issuer.token(securing="compact", typ="vc+jwt", kid=issuer.kid(issuer.issuing))
    about = "The compact payload with the canonical typ."
    book.add("typ-compact-as-canonical", "untrusted_issuer", about, "token.typ", token=compact)
    for cty in ("JWT", "vp", ""):
        about = f"The header says cty {cty!r}."
        book.add(
            f"cty-{cty.lower() or 'empty'}", "wrong_type", about, "token.typ", token=issuer.token(cty=cty)
        )
    about = "Without cty, which may be left out."
    book.add("cty-missing", "valid", about, "token.typ", token=issuer.token(cty=...))
    about = "A status list token presented as a credential."
    lists = issuer.sign_list(issuer.status_claims())
    book.add("status-list-as-credential", "wrong_type", about, "status.as-credential", token=lists)
    about = "A bitstring status list credential presented as a certificate."
    bits = issuer.sign_list(issuer.bits_claims("revocation"), "vc+jwt")
    book.add("bitstring-as-credential", "wrong_type", about, "status.as-credential", token=bits)
    claims = issuer.claims()
    claims["type"] = [*claims["type"], "BitstringStatusListCredential"]
    about = "A certificate that also says it is a status list."
    book.add("both-types", "wrong_type", about, "status.as-credential", token=issuer.token(claims=claims))


def _signatures(book: Book, issuer: Issuer) -> None:
    for securing in SECURINGS:
        token = issuer.token(securing=securing)
        signed, _, text = token.rpartition(".")
        raw = b64u_decode(text)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        about = "s becomes n - s, which ECDSA allows: the same credential."
        mirrored = raw[:32] + (ORDER - s).to_bytes(32, "big")
        slug = securing.replace("+", "-")
        book.add(
            f"malleable-{slug}", "valid", about, "token.malleable", token=f"{signed}.{b64u_encode(mirrored)}"
        )
        wrong = {"flipped": raw[:-1] + bytes([raw[-1] ^ 1]), "of-another-token": issuer.issuing.sign(b"x")}
        if securing == "vc+jwt":
            wrong |= {
                "zero": bytes(64),
                "r-zero": bytes(32) + raw[32:],
                "s-zero": raw[:32] + bytes(32),
                "r-is-n": ORDER.to_bytes(32, "big") + raw[32:],
                "s-is-n": raw[:32] + ORDER.to_bytes(32, "big"),
                "s-plus-n": raw[:32] + ((s + ORDER) % 2**256).to_bytes(32, "big"),
                "all-ones": b"\xff" * 64,
                "one-one": (1).to_bytes(32, "big") * 2,
                "swapped": raw[32:] + raw[:32],
                "der": issuer.issuing.der(signed.encode()),
                "truncated": raw[:63],
                "half": raw[:32],
                "too-long": raw + b"\0",
                "zero-led": b"\0" + raw,
                "empty": b"",
                "r-mirrored": (ORDER - r).to_bytes(32, "big") + raw[32:],
            }
        for name, value in wrong.items():
            about = f"A signature that is {name.replace('-', ' ')}, on the {securing} token."
            token = f"{signed}.{b64u_encode(value)}"
            book.add(f"signature-{name}-{slug}", "bad_signature", about, "token.signature", token=token)
        changed = issuer.token("suspended", securing).rpartition(".")[0]
        about = "The signature of one certificate on another."
        book.add(
            f"signature-moved-{slug}", "bad_signature", about, "token.signature", token=f"{changed}.{text}"
        )
    ed = key("ed", "EdDSA")
    about = "An Ed25519 signature under the ES256 key's kid."
    token = sign_compact(issuer.header() | {"alg": "EdDSA"}, issuer.claims(), ed.sign)
    book.add("signature-ed25519-for-es256", "bad_signature", about, "token.signature", token=token)


def _issuers(book: Book, issuer: Issuer) -> None:
    looks = {
        "trailing-slash": issuer.did + "/",
        "upper-case": issuer.did.upper(),
        "homoglyph": issuer.did.replace("c", "с"),
        "subdomain": "did:web:certs.example.evil.example",
        "port": issuer.did + "%3A443",
        "url": issuer.base_url,
        "space": issuer.did + " ",
        "key-did": "did:key:z6Mk",
        "empty": "",
        "dot": issuer.did + ".",
        "zero-width": issuer.did + "\u200b",
    }
    for slug, did in looks.items():
        claims = issuer.claims()
        claims["issuer"]["id"] = did
        about = f"The issuer's name is a look-alike: {slug.replace('-', ' ')}."
        book.add(
            f"issuer-{slug}", "untrusted_issuer", about, "token.issuer", token=issuer.token(claims=claims)
        )
    for slug, value in (
        ("number", 1),
        ("null", None),
        ("list", [issuer.did]),
        ("object", {}),
        ("twice", {"id": [issuer.did]}),
    ):
        about = f"The issuer is a JSON {slug}."
        token = issuer.token(claims=issuer.claims() | {"issuer": value})
        book.add(f"issuer-is-{slug}", "untrusted_issuer", about, "token.issuer", token=token)
    for slug, host in (
        ("did", issuer.did),
        ("url", issuer.base_url),
        ("upper-case", "CERTS.example"),
        ("port", "certs.example:443"),
        ("dot", "certs.example."),
    ):
        claims = issuer.claims(securing="compact") | {"iss": host}
        about = f"The compact token's iss is not the host: {slug.replace('-', ' ')}."
        token = issuer.token(securing="compact", claims=claims)
        book.add(f"compact-issuer-{slug}", "untrusted_issuer", about, "token.issuer", token=token)
    stranger = Issuer(base_url="https://evil.example", name="L Certification Office", family="evil ")
    for securing in SECURINGS:
        about = f"A whole other issuer of the same name, as {securing}."
        token = stranger.token(securing=securing)
        book.add(
            f"stranger-{securing.replace('+', '-')}", "untrusted_issuer", about, "token.issuer", token=token
        )

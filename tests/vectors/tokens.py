"""Tokens: how they are spelt, of which kind they are, whose they are and how they are signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from .making import N_P256, Area, b64u, compact_json, jws, key
from .office import Office

__all__ = ["forms", "signatures"]

OFFICE = Office()
SECURINGS = ("vc+jwt", "openbadge", "compact")


def forms() -> Area:
    area = Area("forms", "Spelling of tokens: one token, one spelling (RFC 7515, RFC 8725, I-JSON).")
    area.offer("good", OFFICE.published())
    good = OFFICE.token()
    for securing in SECURINGS:
        area.ask(
            f"good-{securing}", f"A whole token, secured as {securing}", "valid", token=OFFICE.token(securing)
        )
    header, payload, signature = good.split(".")
    raw = compact_json(OFFICE.claims())
    spellings = {
        "empty": ("Nothing at all", ""),
        "one-segment": ("One segment", "abc"),
        "two-segments": ("A token without its signature", f"{header}.{payload}"),
        "four-segments": ("A token with a fourth segment", f"{good}.{signature}"),
        "five-segments": ("Five segments, as an encrypted token has", f"{good}.{header}.{payload}"),
        "only-dots": ("Two dots", ".."),
        "trailing-newline": ("A line ending belongs to no token", good + "\n"),
        "leading-space": ("White space before", " " + good),
        "inner-space": ("White space inside", good.replace(".", " .", 1)),
        "bearer": ("A prefix of an HTTP header", "Bearer " + good),
        "padded-signature": ("Padding at the end", good + "=="),
        "padded-payload": ("Padding inside", f"{header}.{payload}=.{signature}"),
        "standard-alphabet": ("A + of the other base64 alphabet", f"{header}.{payload}.+{signature[1:]}"),
        "trailing-bits-signature": ("Spare bits that are not zero", good[:-1] + chr(ord(good[-1]) + 1)),
        "nul": ("NUL after the token", good + "\0"),
        "cyrillic": ("A Cyrillic look-alike of a letter", good.replace("e", "\u0435", 1)),
        "zero-width": ("An invisible character", good.replace(".", "\u200b.", 1)),
        "lone-surrogate": ("Half a character", good + "\ud800"),
        "emoji": ("No token at all", "\U0001f4a5" * 20),
        "over-64-kib": ("One character more than allowed", "a" * 65_537),
    }
    for name, (about, text) in spellings.items():
        area.ask(name, about, "malformed", token=text)
    spare = next(
        x for x in range(1, 4) if (len(compact_json(OFFICE.claims(changes={"x": "a" * x}))) % 3) == 1
    )
    spared = OFFICE.token(changes={"x": "a" * spare}).split(".")
    spared[1] = spared[1][:-1] + chr(ord(spared[1][-1]) + 1)
    area.ask("trailing-bits-payload", "Spare bits in the payload", "malformed", token=".".join(spared))
    long = OFFICE.token(changes={"filler": "x" * 60_000})
    area.ask("signed-over-64-kib", "Properly signed, and too long", "malformed", token=long)
    area.ask(
        "just-below-64-kib", "Long, and allowed", "valid",
        token=OFFICE.token(changes={"filler": "x" * 40_000}),
    )  # fmt: skip

    def nested(depth: int) -> bytes:
        return raw[:-1] + b',"deep":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    area.ask("depth-32", "Nested as deep as allowed", "valid", token=OFFICE.token(payload=nested(32)))
    payloads: dict[str, tuple[str, bytes]] = {
        "depth-33": ("One level too deep", nested(33)),
        "depth-20000": ("Deep enough to exhaust a stack", b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        "duplicate-name": ("A name given twice: two readers, two issuers", raw[:-1] + b',"id":"x"}'),
        "duplicate-name-escaped": ("The same name, spelt with an escape", raw[:-1] + b',"\\u0069d":"x"}'),
        "duplicate-name-nested": ("Twice at depth", raw[:-1] + b',"o":[{"p":{"a":1,"a":1}}]}'),
        "byte-order-mark": ("UTF-8 with a byte-order mark", b"\xef\xbb\xbf" + raw),
        "utf-16": ("UTF-16", raw.decode().encode("utf-16")),
        "utf-16-le": ("UTF-16 without a mark", raw.decode().encode("utf-16-le")),
        "utf-32": ("UTF-32", raw.decode().encode("utf-32")),
        "latin-1": ("A byte that is no UTF-8", raw[:-1] + b',"a":"\xe9"}'),
        "overlong-utf-8": ("NUL as two bytes", raw[:-1] + b',"a":"\xc0\x80"}'),
        "surrogate-bytes": ("Half a character as bytes", raw[:-1] + b',"a":"\xed\xa0\x80"}'),
        "surrogate-escape": ("Half a character as an escape", raw[:-1] + b',"a":"\\ud800"}'),
        "surrogates-swapped": ("Two halves in the wrong order", raw[:-1] + b',"a":"\\udc00\\ud800"}'),
        "surrogate-in-name": ("Half a character in a name", raw[:-1] + b',"\\ud83d":1}'),
        "nul-escape": ("NUL as an escape", raw[:-1] + b',"a":"\\u0000"}'),
        "nul-byte": ("NUL as it is", raw[:-1] + b',"a":"\0"}'),
        "nan": ("NaN", raw[:-1] + b',"a":NaN}'),
        "infinity": ("Infinity", raw[:-1] + b',"a":Infinity}'),
        "minus-infinity": ("Minus infinity", raw[:-1] + b',"a":-Infinity}'),
        "huge-exponent": ("A number beyond every double", raw[:-1] + b',"a":1e999}'),
        "huge-integer": ("An integer of 5,000 digits", raw[:-1] + b',"a":' + b"1" * 5_000 + b"}"),
        "leading-zero": ("01", raw[:-1] + b',"a":01}'),
        "plus-sign": ("+1", raw[:-1] + b',"a":+1}'),
        "bare-fraction": (".5", raw[:-1] + b',"a":.5}'),
        "hexadecimal": ("0x1", raw[:-1] + b',"a":0x1}'),
        "trailing-comma": ("A comma too many", raw[:-1] + b",}"),
        "single-quotes": ("Single quotes", b"{'id':1}"),
        "trailing-data": ("Something after the object", raw + b" {}"),
        "comment": ("A comment", raw + b"//"),
        "control-character": ("A line ending inside a string", raw[:-1] + b',"a":"\n"}'),
        "bad-escape": ("An escape that is none", raw[:-1] + b',"a":"\\x41"}'),
        "short-escape": ("An escape cut short", raw[:-1] + b',"a":"\\u12"}'),
        "upper-case-literal": ("True", raw[:-1] + b',"a":True}'),
        "no-break-space": ("White space that JSON does not know", raw + b"\xc2\xa0"),
        "truncated": ("Cut off", raw[:-10]),
        "array": ("An array", b"[" + raw + b"]"),
        "null": ("null", b"null"),
        "number": ("A number", b"1"),
        "string": ("A string", b'"' + b"x" * 20 + b'"'),
        "empty-payload": ("No payload", b""),
    }
    for name, (about, body) in payloads.items():
        area.ask(f"payload-{name}", f"Payload: {about}", "malformed", token=OFFICE.token(payload=body))
    area.ask(
        "payload-odd-but-json", "Escapes, white space, big and fractional numbers are JSON all the same", "valid",
        token=OFFICE.token(
            payload=b'\r\n\t{ "a" : [ -0 , 1.5e-3, 123456789012345678901234567890 ] , "b":"\\ud83d\\ude00\\/",'
            b'"__proto__":{"x":1},"constructor":1,"toString":null,' + raw[1:]
        ),
    )  # fmt: skip
    head = compact_json(OFFICE.header())
    headers: dict[str, tuple[str, Any]] = {
        "duplicate-name": ("alg given twice", head[:-1] + b',"alg":"none"}'),
        "duplicate-name-escaped": ("alg given twice, once escaped", head[:-1] + b',"\\u0061lg":"none"}'),
        "array": ("An array", b"[]"),
        "string": ("A string", b'"ES256"'),
        "empty": ("Nothing", b""),
        "truncated": ("Cut off", head[:-1]),
        "byte-order-mark": ("A byte-order mark", b"\xef\xbb\xbf" + head),
        "depth-33": ("Too deep", head[:-1] + b',"x":' + b"[" * 32 + b"]" * 32 + b"}"),
        "over-4-kib": ("Too long", head[:-1] + b',"x":"' + b"x" * 5_000 + b'"}'),
        "no-alg": ("No algorithm", b'{"kid":"x"}'),
        "alg-null": ("alg is null", {"alg": None}),
        "alg-number": ("alg is a number", {"alg": 256}),
        "crit": ("crit asks for what nobody implements", {"crit": ["exp"], "exp": 1}),
        "crit-empty": ("crit, and empty", {"crit": []}),
        "b64": ("An unencoded payload (RFC 7797)", {"b64": False}),
        "b64-true": ("b64, even if it changes nothing", {"b64": True}),
        "zip": ("Compression", {"zip": "DEF"}),
        "enc": ("Encryption", {"enc": "A256GCM"}),
        "kid-number": ("kid is a number", {"kid": 1}),
        "kid-null": ("kid is null", {"kid": None}),
        "kid-array": ("kid is an array", {"kid": [OFFICE.kid("issuer")]}),
        "kid-object": ("kid is an object", {"kid": {"id": OFFICE.kid("issuer")}}),
        "typ-null": ("typ is null", {"typ": None}),
        "typ-array": ("typ is an array", {"typ": ["vc+jwt"]}),
        "cty-number": ("cty is a number", {"cty": 1}),
    }
    for name, (about, value) in headers.items():
        area.ask(f"header-{name}", f"Header: {about}", "malformed", token=OFFICE.token(header=value))
    _kinds(area)
    return area


def _kinds(area: Area) -> None:
    kinds: dict[str, tuple[str, str]] = {
        "jwt": ("typ JWT", OFFICE.token("openbadge", header={"typ": "JWT"})),
        "upper-case": ("typ in another case", OFFICE.token(header={"typ": "VC+JWT"})),
        "media-type": (
            "typ with its media type's prefix",
            OFFICE.token(header={"typ": "application/vc+jwt"}),
        ),
        "empty": ("An empty typ", OFFICE.token("openbadge", header={"typ": ""})),
        "space": ("typ with a space", OFFICE.token("compact", header={"typ": "lc+jwt "})),
        "access-token": ("An OAuth access token", OFFICE.token(header={"typ": "at+jwt"})),
        "sd-jwt": ("A wallet's kind that is not known here", OFFICE.token(header={"typ": "dc+sd-jwt"})),
        "presentation": ("A presentation", OFFICE.token(header={"typ": "vp+jwt"})),
        "inherited": ("typ named like a member of every object", OFFICE.token(header={"typ": "toString"})),
        "cty-json": ("cty json", OFFICE.token(header={"cty": "json"})),
        "cty-upper-case": ("cty in another case", OFFICE.token(header={"cty": "VC"})),
        "status-list": ("The issuer's own status list", OFFICE.status_list()),
        "bitstring-list": (
            "The issuer's own bitstring list, which is vc+jwt",
            OFFICE.bitstring("revocation"),
        ),
        "bitstring-list-as-badge": (
            "A bitstring list without typ",
            jws(
                {"alg": "ES256", "kid": OFFICE.kid("issuer")},
                {"type": "BitstringStatusListCredential", "issuer": OFFICE.issuer},
                OFFICE.key("issuer").sign,
            ),
        ),
        "trust-statement": ("typ of a trust statement", OFFICE.token(header={"typ": "lc-trust+jws"})),
        "bundle-manifest": ("typ of a bundle's manifest", OFFICE.token(header={"typ": "lc-bundle+jwt"})),
    }
    for name, (about, token) in kinds.items():
        area.ask(f"typ-{name}", about, "wrong_type", token=token)
    area.ask("typ-without-cty", "cty may be left out", "valid", token=OFFICE.token(without=["cty"]))
    area.ask(
        "typ-left-out", "A W3C credential without typ is no Open Badge", "profile_violation",
        token=OFFICE.token(without=["typ", "cty"]),
    )  # fmt: skip
    area.ask(
        "typ-exchanged", "An Open Badge with the typ of a compact token names no issuer's host", "untrusted_issuer",
        token=OFFICE.token("openbadge", header={"typ": "lc+jwt"}),
    )  # fmt: skip
    area.ask(
        "typ-compact-as-vc", "A compact payload with typ vc+jwt names no issuer", "untrusted_issuer",
        token=OFFICE.token("compact", header={"typ": "vc+jwt"}),
    )  # fmt: skip


def signatures() -> Area:
    area = Area(
        "signatures", "Issuer, key and signature: what is looked up where, and what is never believed."
    )
    area.offer("good", OFFICE.published())
    _issuers(area)
    _keys(area)
    _algorithms(area)
    good = OFFICE.token()
    body, _, _ = good.rpartition(".")
    sign = OFFICE.key("issuer").sign(body.encode())
    r, s = int.from_bytes(sign[:32], "big"), int.from_bytes(sign[32:], "big")

    def with_signature(data: bytes) -> str:
        return f"{body}.{b64u(data)}"

    def pair(first: int, second: int) -> str:
        return with_signature(first.to_bytes(32, "big") + second.to_bytes(32, "big"))

    wrong: dict[str, tuple[str, str]] = {
        "empty": ("No signature", body + "."),
        "zeros": ("r = s = 0", pair(0, 0)),
        "r-zero": ("r = 0", pair(0, s)),
        "s-zero": ("s = 0", pair(r, 0)),
        "r-order": ("r = n", pair(N_P256, s)),
        "s-order": ("s = n", pair(r, N_P256)),
        "s-beyond": ("s beyond n", pair(r, N_P256 + 1)),
        "der": ("DER instead of r || s", with_signature(OFFICE.key("issuer").sign_der(body.encode()))),
        "truncated": ("One byte short", with_signature(sign[:-1])),
        "extended": ("One byte long", with_signature(sign + b"\0")),
        "doubled": ("Twice", with_signature(sign * 2)),
        "bit-in-r": ("A changed bit in r", with_signature(bytes([sign[0] ^ 1]) + sign[1:])),
        "bit-in-s": ("A changed bit in s", with_signature(sign[:-1] + bytes([sign[-1] ^ 1]))),
        "swapped": ("s || r", with_signature(sign[32:] + sign[:32])),
        "other-payload": (
            "The signature of another token", f"{body}.{OFFICE.token(changes={'iat': 5}).split('.')[2]}",
        ),
        "changed-payload": (
            "Another holder under the old signature",
            ".".join(
                [
                    body.split(".")[0],
                    OFFICE.token(changes={"credentialSubject.holder.legalName": "Thief Ltd"}).split(".")[1],
                    b64u(sign),
                ]
            ),
        ),
        "changed-header": (
            "A header member added under the old signature",
            ".".join([OFFICE.token(header={"x": 1}).split(".")[0], body.split(".")[1], b64u(sign)]),
        ),
        "stranger": ("A stranger's signature", with_signature(key("stranger").sign(body.encode()))),
        "status-key": ("The status key's signature", with_signature(OFFICE.key("status").sign(body.encode()))),
        "p384": ("A signature of another curve", with_signature(key("issuer", "ES384").sign(body.encode()))),
    }  # fmt: skip
    for name, (about, token) in wrong.items():
        area.ask(f"signature-{name}", about, "bad_signature", token=token)
    area.ask(
        "signature-mirrored",
        "n - s is the same signature (legal in ECDSA)",
        "valid",
        token=pair(r, N_P256 - s),
    )
    return area


def _issuers(area: Area) -> None:
    names: dict[str, Any] = {
        "trailing-slash": "did:web:certs.example/",
        "upper-case": "did:web:CERTS.example",
        "homoglyph": "did:web:c\u0435rts.example",
        "space": "did:web:certs.example ",
        "subdomain": "did:web:www.certs.example",
        "path": "did:web:certs.example:c",
        "port": "did:web:certs.example%3A443",
        "https": "https://certs.example",
        "other-method": "did:key:certs.example",
        "longer": "did:web:certs.example.evil.example",
        "empty": "",
        "null": None,
        "number": 5,
        "array": ["did:web:certs.example"],
    }
    for name, value in names.items():
        token = OFFICE.token(changes={"issuer.id": value})
        area.ask(f"issuer-{name}", f"The issuer is {value!r}", "untrusted_issuer", token=token)
    area.ask("issuer-missing", "No issuer", "untrusted_issuer", token=OFFICE.token(payload=b'{"id":"x"}'))
    for name, host in {
        "did": "did:web:certs.example", "upper-case": "Certs.Example", "port": "certs.example:443",
        "url": "https://certs.example", "dot": "certs.example.",
    }.items():  # fmt: skip
        token = OFFICE.token("compact", {"iss": host})
        area.ask(
            f"issuer-compact-{name}", f"The compact token's iss is {host!r}", "untrusted_issuer", token=token
        )
    area.ask(
        "issuer-as-text", "The issuer as a plain DID: found, and not of the profile", "profile_violation",
        token=OFFICE.token(changes={"issuer": OFFICE.issuer}),
    )  # fmt: skip


def _keys(area: Area) -> None:
    kid = OFFICE.kid("issuer")
    thumbprint = OFFICE.key("issuer").thumbprint
    kids = {
        "unknown": f"{OFFICE.issuer}#{key('stranger').thumbprint}",
        "empty": "",
        "hash": "#",
        "fragment-only": f"#{thumbprint}",
        "bare-thumbprint": thumbprint,
        "upper-case": kid.upper(),
        "space": kid + " ",
        "other-issuer": f"did:web:other.example#{thumbprint}",
        "path": "../../etc/passwd",
        "sql": "' OR 1=1 --",
        "url": "https://evil.example/jwks.json",
        "inherited": "constructor",
        "prototype": "__proto__",
    }
    for name, value in kids.items():
        about = f"The kid is {value[:60]!r}"
        area.ask(f"kid-{name}", about, "unknown_key", token=OFFICE.token(header={"kid": value}))
    area.ask("kid-missing", "No kid", "unknown_key", token=OFFICE.token(without=["kid"]))
    area.ask(
        "kid-compact-whole", "A DID URL in a compact token", "unknown_key",
        token=OFFICE.token("compact", header={"kid": kid}),
    )  # fmt: skip
    stranger = key("stranger")
    embedded = {"kid": f"{OFFICE.issuer}#{stranger.thumbprint}", "jwk": stranger.public}
    area.ask(
        "jwk-embedded", "A key that the token brings along proves nothing", "unknown_key",
        token=jws(OFFICE.header(**embedded), OFFICE.claims(), stranger.sign),
    )  # fmt: skip
    area.ask(
        "jwk-embedded-under-our-kid", "Nor under the name of a known key", "bad_signature",
        token=jws(OFFICE.header(jwk=stranger.public), OFFICE.claims(), stranger.sign),
    )  # fmt: skip
    area.ask(
        "urls-in-header", "jku, x5u and x5c are not looked at", "valid",
        token=OFFICE.token(header={"jku": "https://evil.example/", "x5u": "https://evil.example/", "x5c": ["AA=="]}),
    )  # fmt: skip
    for name, value in {"cty": "vc", "x5u": "https://evil.example/", "iat": 1}.items():
        area.ask(
            f"badge-header-{name}", f"An Open Badge with {name} in its header, which allows no more", "wrong_type",
            token=OFFICE.token("openbadge", header={name: value}),
        )  # fmt: skip
    area.ask(
        "badge-header-jwk", "An Open Badge may carry a key: it is not looked at", "valid",
        token=OFFICE.token("openbadge", header={"jwk": stranger.public}),
    )  # fmt: skip
    for role in ("status", "log"):
        area.ask(
            f"purpose-{role}",
            f"A {role} key signs no credential",
            "unknown_key",
            token=OFFICE.token(role=role),
        )
    for state, code in {
        "staged": "valid",
        "active": "valid",
        "retired": "valid",
        "compromised": "key_compromised",
    }.items():
        area.offer(state, Office(states={"issuer": state}).published())
        for securing in SECURINGS:
            area.ask(
                f"state-{state}-{securing}", f"Signed by a key that is {state}, {securing}", code, evidence=state,
                token=OFFICE.token(securing),
            )  # fmt: skip


def _algorithms(area: Area) -> None:
    empty = OFFICE.token(header={"alg": "none"}).rpartition(".")[0] + "."
    area.ask("alg-none-unsigned", "alg none without a signature", "bad_signature", token=empty)
    for alg in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "HS256",
        "RS256",
        "PS256",
        "ES384",
        "ES512",
        "es256",
        "ES256K",
        "EdDSA",
        "",
    ):
        token = OFFICE.token(header={"alg": alg})
        area.ask(
            f"alg-{alg or 'empty'}", f"alg is {alg!r} over a good signature", "bad_signature", token=token
        )
    public = json.dumps(OFFICE.key("issuer").public).encode()
    x = OFFICE.key("issuer").jwk["x"].encode()
    for name, secret in {"jwk": public, "coordinate": x}.items():
        token = jws(
            OFFICE.header(alg="HS256"),
            OFFICE.claims(),
            lambda data, secret=secret: hmac.new(secret, data, hashlib.sha256).digest(),
        )
        area.ask(f"alg-hmac-{name}", "HMAC with the public key as secret", "bad_signature", token=token)
    for alg in ("ES384", "EdDSA"):
        office = Office(alg=alg)
        area.offer(alg, office.published())
        for securing in SECURINGS:
            area.ask(
                f"{alg}-{securing}", f"{alg}, {securing}", "valid", evidence=alg, token=office.token(securing)
            )
        swapped = office.token(header={"alg": "ES256"})
        area.ask(
            f"{alg}-swapped", f"ES256 said of an {alg} key", "bad_signature", evidence=alg, token=swapped
        )
        body, _, _ = office.token().rpartition(".")
        data = office.key("issuer").sign(body.encode())
        for name, broken in {
            "truncated": b64u(data[:-1]), "zeros": b64u(bytes(len(data))),
            "changed": b64u(bytes([data[0] ^ 1]) + data[1:]),
        }.items():  # fmt: skip
            area.ask(
                f"{alg}-{name}", f"{alg}: {name}", "bad_signature", evidence=alg, token=f"{body}.{broken}"
            )
    body, _, _ = Office(alg="EdDSA").token().rpartition(".")
    data = key("issuer", "EdDSA").sign(body.encode())
    order = 2**252 + 27742317777372353535851937790883648493
    beyond = data[:32] + (int.from_bytes(data[32:], "little") + order).to_bytes(32, "little")
    area.ask(
        "EdDSA-second-spelling", "S + L: a second spelling of one signature", "bad_signature", evidence="EdDSA",
        token=f"{body}.{b64u(beyond)}",
    )  # fmt: skip

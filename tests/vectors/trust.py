"""Trust statements, root changes, JWK sets and DID documents; and keys that must not be used."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from .making import ABSENT, DAY, HOUR, NOW, Area, b64u, compact_json, key, seconds
from .office import Office

__all__ = ["keys", "trust"]

OFFICE = Office()
MINUTE = timedelta(minutes=1)


def trust() -> Area:
    area = Area(
        "trust", "Trust statements: who must have signed, what they must say, and that they never go back."
    )
    area.offer("good", OFFICE.published())
    token = OFFICE.token()

    def ask(name: str, about: str, code: str, statement: Any, *, pin: str | None = "", **more: Any) -> None:
        area.offer(name, OFFICE.published(trust=statement, pin=pin))
        area.ask(name, about, code, evidence=name, token=token, **more)

    stranger, root = key("stranger"), OFFICE.root
    whole = json.loads(OFFICE.trust())
    other = Office(base_url="https://other.example", issuer="did:web:other.example")
    ask("pinned", "Signed by the pinned root", "valid", OFFICE.trust())
    ask("not-pinned", "Without a pin the statement's own root counts", "valid", OFFICE.trust(), pin=None)
    ask("other-pin", "Another root is pinned", "trust_unavailable", OFFICE.trust(), pin=stranger.thumbprint)
    ask("stranger", "Signed by a stranger", "trust_unavailable", OFFICE.trust(stranger))
    ask(
        "issuer-key",
        "Signed by the issuer's own key",
        "trust_unavailable",
        OFFICE.trust(OFFICE.key("issuer")),
    )
    ask(
        "stranger-as-root", "A stranger who lists himself as root", "trust_unavailable",
        OFFICE.trust(stranger, roots=[stranger.public]),
    )  # fmt: skip
    ask(
        "stranger-as-root-not-pinned", "Nobody signed as listed, and no pin", "trust_unavailable",
        OFFICE.trust(stranger), pin=None,
    )  # fmt: skip
    ask(
        "stranger-under-our-kid", "A stranger under the root's name", "trust_unavailable",
        OFFICE.trust(stranger, header={"kid": root.thumbprint}),
    )  # fmt: skip
    ask(
        "stranger-with-jwk", "A stranger who brings his key along", "trust_unavailable",
        OFFICE.trust(stranger, header={"jwk": stranger.public}),
    )  # fmt: skip
    ask(
        "stranger-with-jwk-under-our-kid", "His key, our root's name", "trust_unavailable",
        OFFICE.trust(stranger, header={"jwk": stranger.public, "kid": root.thumbprint}),
    )  # fmt: skip
    ask("also-a-stranger", "The root signed, a stranger as well", "valid", OFFICE.trust(stranger, root))
    ask("alg-none", "alg none", "trust_unavailable", OFFICE.trust(header={"alg": "none"}))
    ask(
        "alg-other",
        "An algorithm that is not the key's",
        "trust_unavailable",
        OFFICE.trust(header={"alg": "ES384"}),
    )
    ask("typ-other", "Another typ", "trust_unavailable", OFFICE.trust(header={"typ": "JWT"}))
    ask("crit", "crit", "trust_unavailable", OFFICE.trust(header={"crit": ["exp"]}))
    ask("kid-null", "A kid that is none", "trust_unavailable", OFFICE.trust(header={"kid": None}))
    forms: dict[str, tuple[str, Any]] = {
        "unreachable": ("The origin does not answer", None),
        "empty": ("An empty document", ""),
        "null": ("null", "null"),
        "array": ("An array", json.dumps([whole])),
        "truncated": ("Cut off", OFFICE.trust()[:-10]),
        "not-utf-8": ("No text", {"base64": base64.b64encode(b"\xff" * 100).decode()}),
        "html": ("A page", "<!doctype html><title>Sign in</title>"),
        "compact": ("A compact token", OFFICE.token()),
        "duplicate-name": ("A payload given twice", '{"payload":"e30",' + OFFICE.trust()[1:]),
        "no-signatures": ("No signature", json.dumps({**whole, "signatures": []})),
        "17-signatures": ("Too many signatures", json.dumps({**whole, "signatures": whole["signatures"] * 17})),
        "signature-number": ("A signature that is none", json.dumps({**whole, "signatures": [1]})),
        "payload-padded": ("A padded payload", json.dumps({**whole, "payload": whole["payload"] + "="})),
        "payload-changed": (
            "Another payload under the signature",
            json.dumps({**whole, "payload": b64u(compact_json(OFFICE.statement(version=9)))}),
        ),
        "payload-array": ("A payload that is no object", OFFICE.trust(payload=b"[]")),
        "payload-duplicate-name": (
            "A version given twice", OFFICE.trust(payload=b'{"version":9,' + compact_json(OFFICE.statement())[1:]),
        ),
        "another-issuer": ("The statement of another issuer", other.trust()),
    }  # fmt: skip
    for name, (about, body) in forms.items():
        ask(f"form-{name}", about, "trust_unavailable", body)
    area.offer("form-missing", {**OFFICE.published(), "files": {}})
    area.ask(
        "form-missing", "Nothing is published", "trust_unavailable", evidence="form-missing", token=token
    )
    area.offer("none", {"kind": "none"})
    for each in ("vc+jwt", "openbadge", "compact"):
        area.ask(
            f"none-{each}",
            "No trust was given",
            "trust_unavailable",
            evidence="none",
            token=OFFICE.token(each),
        )
    members: dict[str, dict[str, Any]] = {
        "version-zero": {"version": 0},
        "version-true": {"version": True},
        "version-fraction": {"version": 1.0},
        "version-text": {"version": "1"},
        "version-huge": {"version": 2**53},
        "iat-missing": {"iat": ABSENT},
        "iat-text": {"iat": "0"},
        "iat-future": {"iat": seconds(NOW + 2 * MINUTE)},
        "exp-missing": {"exp": ABSENT},
        "exp-past": {"exp": seconds(NOW - HOUR)},
        "exp-now": {"exp": seconds(NOW)},
        "exp-401-days": {"exp": seconds(NOW - DAY + 401 * DAY)},
        "exp-before-iat": {"exp": seconds(NOW - 2 * DAY)},
        "issuer-other": {"issuer": "did:web:other.example"},
        "issuer-upper-case": {"issuer": "did:web:CERTS.example"},
        "base-url-slash": {"base_url": "https://certs.example/"},
        "base-url-http": {"base_url": "http://certs.example"},
        "base-url-number": {"base_url": 1},
        "name-missing": {"name": ABSENT},
        "roots-empty": {"roots": []},
        "roots-text": {"roots": "all"},
        "roots-bad": {"roots": [{}]},
        "roots-private": {"roots": [{**root.public, "d": "AA"}]},
        "keys-missing": {"keys": ABSENT},
        "keys-object": {"keys": {}},
    }
    for name, changes in members.items():
        ask(f"member-{name}", f"Signed, but {name}", "trust_unavailable", OFFICE.trust(**changes))
    ask("iat-within-leeway", "A clock that is 30 s ahead", "valid", OFFICE.trust(iat=seconds(NOW) + 30))
    _successors(area)
    return area


def _successors(area: Area) -> None:
    """What is believed after an earlier statement was; a statement that is refused leaves the earlier one in force."""
    token, root, new = OFFICE.token(), OFFICE.root, key("new root")
    dead = {"keys": [Office(states={"issuer": "compromised"}).entry("issuer"), OFFICE.entry("status")]}
    later = NOW + MINUTE

    def ask(
        name: str, about: str, code: str, first: str, second: str | None, now: Any = later, **more: Any
    ) -> None:
        a = area.offer(f"{name}-first", OFFICE.published(trust=first))
        b = area.offer(f"{name}-then", OFFICE.published(trust=second))
        area.ask(name, about, code, evidence=b, token=token, before=((a, NOW),), now=now, **more)

    two = {"version": 2}
    ask(
        "then-compromised",
        "A later version takes effect",
        "key_compromised",
        OFFICE.trust(),
        OFFICE.trust(**two, **dead),
    )
    ask(
        "then-rolled-back", "An older version does not bring a key back", "key_compromised",
        OFFICE.trust(**two, **dead), OFFICE.trust(),
    )  # fmt: skip
    ask(
        "then-same-version", "Another statement of the same version is refused", "key_compromised",
        OFFICE.trust(**two, **dead), OFFICE.trust(**two),
    )  # fmt: skip
    ask(
        "then-signed-again", "The same version, signed again later", "valid",
        OFFICE.trust(), OFFICE.trust(iat=seconds(NOW), exp=seconds(NOW + 100 * DAY)),
    )  # fmt: skip
    ask("then-gone", "The last good statement serves for an hour", "valid", OFFICE.trust(), None)
    ask(
        "then-gone-long", "And no longer", "trust_unavailable", OFFICE.trust(), None, NOW + HOUR + MINUTE,
    )  # fmt: skip
    replaced = {"roots": [new.public], **two, **dead}
    ask(
        "root-replaced", "A new root, signed by both", "key_compromised",
        OFFICE.trust(), OFFICE.trust(root, new, **replaced),
    )  # fmt: skip
    ask(
        "root-replaced-by-new-alone", "A new root that only signs for itself changes nothing", "valid",
        OFFICE.trust(), OFFICE.trust(new, **replaced),
    )  # fmt: skip
    ask(
        "root-replaced-by-old-alone", "Nor one that did not sign itself", "valid",
        OFFICE.trust(), OFFICE.trust(root, **replaced),
    )  # fmt: skip
    carried = json.loads(OFFICE.trust(new, roots=[new.public], version=2))
    by_root = json.loads(OFFICE.trust(root, header={"jwk": root.public}, roots=[new.public], version=2))
    carried["signatures"] += by_root["signatures"]
    area.offer("root-carried", OFFICE.published(trust=json.dumps(carried)))
    area.ask(
        "root-carried", "The pinned root was replaced long ago; its signature carries its key", "valid",
        evidence="root-carried", token=token,
    )  # fmt: skip
    by_root["signatures"][0]["protected"] = b64u(
        compact_json(
            {"alg": "ES256", "kid": root.thumbprint, "typ": "lc-trust+jws", "jwk": key("stranger").public}
        )
    )
    forged = {**carried, "signatures": [carried["signatures"][0], by_root["signatures"][0]]}
    area.offer("root-carried-other", OFFICE.published(trust=json.dumps(forged)))
    area.ask(
        "root-carried-other", "Another key under the pinned root's name", "trust_unavailable",
        evidence="root-carried-other", token=token,
    )  # fmt: skip


def keys() -> Area:
    area = Area("keys", "Keys that must not verify, wherever they are listed; none takes the others down.")
    area.offer("good", OFFICE.published())
    token = OFFICE.token()
    issuer, status, log = (OFFICE.entry(role) for role in ("issuer", "status", "log"))
    jwk = issuer["jwk"]
    root = OFFICE.root
    entries: dict[str, Any] = {
        "private": {**issuer, "jwk": {**jwk, "d": "AA"}},
        "use-enc": {**issuer, "jwk": {**jwk, "use": "enc"}},
        "key-ops-sign": {**issuer, "jwk": {**jwk, "key_ops": ["sign"]}},
        "key-ops-two": {**issuer, "jwk": {**jwk, "key_ops": ["verify", "sign"]}},
        "alg-other": {**issuer, "jwk": {**jwk, "alg": "ES384"}},
        "crv-other": {**issuer, "jwk": {**jwk, "crv": "secp256k1"}},
        "x-padded": {**issuer, "jwk": {**jwk, "x": jwk["x"] + "="}},
        "x-number": {**issuer, "jwk": {**jwk, "x": 1}},
        "off-the-curve": {**issuer, "jwk": {**jwk, "y": jwk["x"]}},
        "jwk-missing": {name: value for name, value in issuer.items() if name != "jwk"},
        "kid-other-issuer": {**issuer, "kid": f"did:web:other.example#{OFFICE.key('issuer').thumbprint}"},
        "kid-bare": {**issuer, "kid": OFFICE.key("issuer").thumbprint},
        "purpose-unknown": {**issuer, "purpose": "everything"},
        "purpose-root": {**issuer, "purpose": "root"},
        "purpose-log": {**issuer, "purpose": "log"},
        "state-unknown": {**issuer, "state": "fine"},
        "state-missing": {name: value for name, value in issuer.items() if name != "state"},
        "promoted-yesterday": {**issuer, "promoted_at": "yesterday"},
    }
    for name, entry in entries.items():
        area.offer(name, OFFICE.published(trust=OFFICE.trust(keys=[entry, status, log])))
        area.ask(
            f"entry-{name}", f"The signing key's entry: {name}", "unknown_key", evidence=name, token=token
        )
    for name, more in {
        "null": [None], "number": [1], "object": [{}],
        "rsa": [{**issuer, "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}],
        "private-stranger": [{**issuer, "kid": "x", "jwk": {**key("stranger").public, "d": "AA"}}],
    }.items():  # fmt: skip
        area.offer(f"beside-{name}", OFFICE.published(trust=OFFICE.trust(keys=[*more, issuer, status, log])))
        area.ask(
            f"beside-{name}",
            f"A bad entry beside good ones: {name}",
            "valid",
            evidence=f"beside-{name}",
            token=token,
        )
    area.offer(
        "twice", OFFICE.published(trust=OFFICE.trust(keys=[issuer, {**issuer, "purpose": "status"}, status]))
    )
    area.ask("twice", "A key listed twice is no key", "unknown_key", evidence="twice", token=token)
    as_issuer = {**issuer, "kid": f"{OFFICE.issuer}#{root.thumbprint}", "jwk": root.public}
    area.offer("root-as-issuer", OFFICE.published(trust=OFFICE.trust(keys=[as_issuer, status])))
    area.ask(
        "root-as-issuer", "A root is no issuer key", "unknown_key", evidence="root-as-issuer",
        token=_signed_by_root(),
    )  # fmt: skip
    staged = OFFICE.trust(version=2)
    a = area.offer("before-staging", OFFICE.published(trust=OFFICE.trust(keys=[status, log])))
    b = area.offer("after-staging", OFFICE.published(trust=staged))
    area.ask(
        "published-since", "A key published a minute ago is looked for before the token is refused", "valid",
        evidence=b, token=token, before=((a, NOW),), now=NOW + timedelta(seconds=10),
    )  # fmt: skip
    c = area.offer(
        "after-staging-gone",
        {**OFFICE.published(), "files": {**OFFICE.published()["files"], "trust.json": None}},
    )
    area.ask(
        "unknown-and-unreachable", "An unknown key against keys that are not fresh", "unknown_key",
        verdict="indeterminate", evidence=c, token=token, before=((a, NOW),), now=NOW + MINUTE,
    )  # fmt: skip
    _other_forms(area)
    return area


def _signed_by_root() -> str:
    from .making import jws

    head = OFFICE.header() | {"kid": f"{OFFICE.issuer}#{OFFICE.root.thumbprint}"}
    return jws(head, OFFICE.claims(), OFFICE.root.sign)


SMALL_ORDER = b64u(
    (0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7).to_bytes(32, "little")
)


def _other_forms(area: Area) -> None:
    """JWK sets and DID documents: without purposes, believed as handed over, and never known to be the newest."""
    token, kid, jwk = OFFICE.token(), OFFICE.kid("issuer"), OFFICE.key("issuer").public
    both = [{**OFFICE.key(role).public, "kid": OFFICE.kid(role)} for role in ("issuer", "status")]
    lists = {OFFICE.list_uri: OFFICE.status_list()}

    def ask(name: str, about: str, code: str, evidence: dict[str, Any], **more: Any) -> None:
        area.offer(name, {**evidence, "lists": lists})
        area.ask(name, about, code, evidence=name, token=token, **more)

    def jwks(*found: Any) -> dict[str, Any]:
        return {"kind": "jwks", "issuer": OFFICE.issuer, "jwks": {"keys": list(found)}}

    ask("jwks", "A JWK set", "valid", jwks(*both))
    undecided = {"verdict": "indeterminate"}
    ask("jwks-without", "A JWK set without the key may be old", "unknown_key", jwks(both[1]), **undecided)
    ask(
        "jwks-kid-twice",
        "A kid given twice names no key",
        "unknown_key",
        jwks(*both, {**both[1], "kid": kid}),
        **undecided,
    )
    ask("jwks-kid-missing", "A key without kid", "unknown_key", jwks(jwk, both[1]), **undecided)
    ask("jwks-private", "A private key", "unknown_key", jwks({**both[0], "d": "AA"}, both[1]), **undecided)
    ask(
        "jwks-use-enc",
        "A key for encryption",
        "unknown_key",
        jwks({**both[0], "use": "enc"}, both[1]),
        **undecided,
    )
    ask(
        "jwks-beside", "Bad keys beside good ones", "valid",
        jwks(None, 17, {"kty": {}}, {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}, *both),
    )  # fmt: skip
    ask(
        "jwks-other-key",
        "Another key under the kid",
        "bad_signature",
        jwks({**key("stranger").public, "kid": kid}, both[1]),
    )
    unusable: dict[str, Any] = {
        "empty": [],
        "rsa": [{"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"}],
        "symmetric": [{"kty": "oct", "kid": kid, "k": "AAAA"}],
        "ed448": [{"kty": "OKP", "crv": "Ed448", "kid": kid, "x": "A" * 76}],
        "small-order": [{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": SMALL_ORDER}],
        "neutral": [{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64u((1).to_bytes(32, "little"))}],
        "not-canonical": [
            {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64u((2**255 - 18).to_bytes(32, "little"))}
        ],
        "point-zero": [{"kty": "EC", "crv": "P-256", "kid": kid, "x": "A" * 43, "y": "A" * 43}],
    }
    for name, found in unusable.items():
        ask(f"jwks-{name}", f"No usable key: {name}", "trust_unavailable", jwks(*found), opens=False)
    ask(
        "jwks-no-set", "No set", "trust_unavailable",
        {"kind": "jwks", "issuer": OFFICE.issuer, "jwks": {"keys": {}}}, opens=False,
    )  # fmt: skip

    def did(methods: list[Any], asserting: list[Any], **more: Any) -> dict[str, Any]:
        document = {"id": OFFICE.issuer, "verificationMethod": methods, "assertionMethod": asserting, **more}
        return {"kind": "did", "document": document}

    methods = [
        {
            "id": OFFICE.kid(role),
            "type": "JsonWebKey",
            "controller": OFFICE.issuer,
            "publicKeyJwk": OFFICE.key(role).public,
        }
        for role in ("issuer", "status")
    ]
    ids = [method["id"] for method in methods]
    ask("did", "A DID document", "valid", did(methods, ids))
    ask("did-embedded", "Methods inside assertionMethod", "valid", did([], methods))
    relative = [{**method, "id": method["id"].removeprefix(OFFICE.issuer)} for method in methods]
    ask("did-relative", "Relative names", "valid", did(relative, [item["id"] for item in relative]))
    ask(
        "did-not-asserting",
        "A method that is not for assertions",
        "unknown_key",
        did(methods, ids[1:]),
        **undecided,
    )
    ask(
        "did-other-controller", "A method that another controls", "unknown_key",
        did([{**methods[0], "controller": "did:web:other.example"}, methods[1]], ids), **undecided,
    )  # fmt: skip
    ask(
        "did-other-type", "A method of another type", "unknown_key",
        did([{**methods[0], "type": "Multikey"}, methods[1]], ids), **undecided,
    )  # fmt: skip
    ask("did-other-subject", "Another issuer's document", "trust_unavailable",
        {**did(methods, ids, id="did:web:other.example"), "issuer": OFFICE.issuer}, opens=False)  # fmt: skip
    ask("did-nothing", "No method at all", "trust_unavailable", did([], []), opens=False)

"""What is fuzzed, and what must hold: a target takes bytes, and raises unless every promise about them is kept.

The bytes seed a mutation, or are the hostile input itself; both ways are used by `make fuzz` and by Atheris. A target
returns a word for what happened, so that counts show whether it still gets anywhere.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any
from xml.etree import ElementTree

from tests.cases.book.issuer import NOW, SECURINGS, Issuer
from tests.cases.book.states import baked_png, baked_svg
from tests.fuzz.mutate import mutate_bytes, mutate_json
from tests.fuzz.oracle import why_not

from lcert_verifier.badges import extract_token
from lcert_verifier.bundle import read_bundle
from lcert_verifier.checkpoint import open_note, parse_checkpoint
from lcert_verifier.errors import EvidenceUnavailable, LcertError, Malformed
from lcert_verifier.fetch import Fetcher
from lcert_verifier.jose import b64u_decode, b64u_encode, split
from lcert_verifier.jwk import parse_jwk
from lcert_verifier.links import parse_link
from lcert_verifier.proof import recorded_position
from lcert_verifier.published import log_name
from lcert_verifier.report import Report, Verdict
from lcert_verifier.source import PublishedSource
from lcert_verifier.status.bitstring import decode_list
from lcert_verifier.status.check import check_status_token
from lcert_verifier.status.lists import ListMemory
from lcert_verifier.status.token import decode_lst
from lcert_verifier.strict_json import parse_json
from lcert_verifier.tiles import decode_entries, encode_entries
from lcert_verifier.trust import read_trust
from lcert_verifier.trusted import TrustedKey
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import KeyState

__all__ = ["RAW", "SEEDED", "Target", "examples"]

Target = Callable[[bytes], str]
_STATES = ("active", "suspended", "withdrawn", "replacing", "company", "two-domains", "replaced")


class _World:
    """The issuer of the case corpus, a verifier that trusts it, and genuine things to mutate."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.site = self.issuer.site()
        self.trust = read_trust(self.site["trust.json"], pin=None, now=NOW)
        self.tokens = [self.issuer.token(state, securing) for state in _STATES for securing in SECURINGS]
        self.genuine = {token.encode() for token in self.tokens}
        self.badge = self.issuer.token(securing="openbadge")
        self.pictures = (baked_png(self.badge), baked_svg(self.badge))
        self.bundle = self.issuer.bundle()
        self.status_claims = self.issuer.status_claims()
        self.statement = self.issuer.statement()
        source = PublishedSource(self._read, base_url=self.issuer.base_url, clock=lambda: NOW)
        self.verifier = Verifier([source], clock=lambda: NOW)

    def _read(self, path: str) -> bytes:
        if path not in self.site:
            raise EvidenceUnavailable(path)
        return self.site[path]


@cache
def _world() -> _World:
    return _World()


def _rng(data: bytes) -> random.Random:
    return random.Random(data)


def _judged(report: Report) -> str:
    """A Report is whole, can be written, and says `fault` of nothing."""
    json.dumps(report.to_json()).encode()
    assert len(report.checks) == 10
    assert not any(check.detail.startswith("fault") for check in report.checks), report.checks
    return report.code.value


def token_bytes(data: bytes) -> str:
    """Whatever bytes are handed over: accepted only when they are, byte for byte, a token that the issuer made."""
    world = _world()
    report = world.verifier.verify(data)
    if data in world.genuine:
        return "genuine"
    assert report.verdict is not Verdict.ACCEPTED, "accepted, although the issuer never made it"
    return _judged(report)


def token_mutated(data: bytes) -> str:
    """A genuine token with a few bytes changed."""
    rng, world = _rng(data), _world()
    token = rng.choice(world.tokens).encode()
    return token_bytes(mutate_bytes(rng, token, rng.choice(world.tokens).encode()))


def token_resigned(data: bytes) -> str:
    """Claims of a genuine token, changed and really signed: accepted only when nothing in them is wrong."""
    rng, world = _rng(data), _world()
    state, securing = rng.choice(_STATES), rng.choice(SECURINGS)
    claims = mutate_json(rng, world.issuer.claims(state, securing))
    try:
        token = world.issuer.token(claims=claims, securing=securing)
    except UnicodeEncodeError:
        return "unwritable"
    report = world.verifier.verify(token)
    if report.verdict is Verdict.ACCEPTED:
        reason = why_not(claims, securing, world.issuer.base_url, world.issuer.did, NOW)
        assert reason is None, f"accepted, although {reason}: {json.dumps(claims)[:3000]}"
    return _judged(report)


def token_payload(data: bytes) -> str:
    """The text of the payload changed byte by byte, and really signed: it has one reading, or none."""
    rng, world = _rng(data), _world()
    state, securing = rng.choice(_STATES), rng.choice(SECURINGS)
    payload = mutate_bytes(rng, json.dumps(world.issuer.claims(state, securing)).encode())
    report = world.verifier.verify(world.issuer.token(claims=payload, securing=securing))
    if report.verdict is Verdict.ACCEPTED:
        claims = json.loads(payload)
        assert why_not(claims, securing, world.issuer.base_url, world.issuer.did, NOW) is None
    return _judged(report)


def token_header(data: bytes) -> str:
    """A changed header, really signed: accepted only with the right algorithm, key and type."""
    rng, world = _rng(data), _world()
    securing = rng.choice(SECURINGS)
    good = world.issuer.header(securing)
    head = mutate_json(rng, good)
    if not isinstance(head, dict):
        return "no header"
    try:
        body = b64u_encode(json.dumps(head, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return "unwritable"
    signed = f"{body}.{b64u_encode(json.dumps(world.issuer.claims(securing=securing)).encode())}"
    report = world.verifier.verify(f"{signed}.{b64u_encode(world.issuer.issuing.sign(signed.encode()))}")
    if report.verdict is Verdict.ACCEPTED:
        assert all(head.get(name) == good.get(name) for name in ("alg", "kid", "typ")), head
        assert not {"crit", "b64", "zip", "enc"} & head.keys(), head
    return _judged(report)


def json_text(data: bytes) -> str:
    """Strict JSON agrees with the usual reader wherever it takes a text."""
    try:
        value = parse_json(data, max_bytes=100_000)
    except Malformed:
        return "refused"
    assert json.loads(data) == value
    text = json.dumps(value, ensure_ascii=False).encode()
    assert parse_json(text, max_bytes=1_000_000) == value
    return "read"


def json_mutated(data: bytes) -> str:
    rng = _rng(data)
    return json_text(mutate_bytes(rng, json.dumps(_world().issuer.claims()).encode()))


def picture(data: bytes) -> str:
    """A token from an image is plainly there, once; an independent XML reader finds the same."""
    try:
        token = extract_token(data)
    except Malformed:
        return "refused"
    assert token.isascii()
    assert 0 < len(token) <= 65_536
    if data.startswith(b"\x89PNG"):
        assert data.count(b"openbadgecredential\0\0\0") >= 1
        assert token.encode() in data
    else:
        root = ElementTree.fromstring(data.decode("utf-8-sig").encode())
        found = [node for node in root.iter() if node.tag.rpartition("}")[2].lower() == "credential"]
        assert [node.get("verify") for node in found] == [token]
    return "read"


def picture_mutated(data: bytes) -> str:
    rng, world = _rng(data), _world()
    return picture(mutate_bytes(rng, rng.choice(world.pictures), rng.choice(world.pictures)))


def picture_judged(data: bytes) -> str:
    """A changed image is accepted only while the issuer's own token stands in it untouched."""
    rng, world = _rng(data), _world()
    changed = mutate_bytes(rng, rng.choice(world.pictures))
    report = world.verifier.verify_badge(changed)
    if report.verdict is Verdict.ACCEPTED:
        assert extract_token(changed) == world.badge, "accepted, although the issuer never made it"
        return "genuine"
    return _judged(report)


def bundle(data: bytes) -> str:
    """A bundle opens, or is refused by a known error; nobody but the issuer makes one that opens."""
    try:
        found = read_bundle(data, now=NOW, pin=_world().issuer.root.thumbprint)
    except LcertError:
        return "refused"
    good = read_bundle(_world().bundle, now=NOW)
    assert found.files["manifest.jws"].strip() == good.files["manifest.jws"]
    assert {k: v for k, v in found.files.items() if k != "manifest.jws"} == {
        k: v for k, v in good.files.items() if k != "manifest.jws"
    }
    return "read"


def bundle_mutated(data: bytes) -> str:
    rng, world = _rng(data), _world()
    if rng.random() < 0.5:
        return bundle(mutate_bytes(rng, world.bundle, world.bundle))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(world.bundle)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            body = old.read(name)
            new.writestr(name, mutate_bytes(rng, body) if name == chosen else body)
    return bundle(out.getvalue())


def _list_size(text: str, decode: Callable[[str], bytes], size: int, wbits: int, skip: int) -> str:
    try:
        found = decode(text)
    except Malformed:
        return "refused"
    assert len(found) == size
    assert zlib.decompress(b64u_decode(text[skip:]), wbits) == found
    return "read"


def list_text(data: bytes) -> str:
    """Both codecs of lists: exactly the right size, exactly one stream."""
    text = data.decode("latin-1")
    first = _list_size(text, decode_lst, 32_768, 15, 0)
    second = _list_size("u" + text, decode_list, 16_384, 31, 1)
    return f"{first} {second}"


def list_stream(data: bytes) -> str:
    rng = _rng(data)
    if rng.random() < 0.5:
        stream = zlib.compress(rng.randbytes(64) * 512)
    else:
        stream = zlib.compress(rng.randbytes(64) * 256, wbits=31)
    return list_text(b64u_encode(mutate_bytes(rng, stream)).encode())


def list_token(data: bytes) -> str:
    """A changed, really signed status list is authentic only for its own URI."""
    rng, world = _rng(data), _world()
    issuer = world.issuer
    claims = mutate_json(rng, world.status_claims)
    try:
        text = issuer.sign_list(claims).decode()
        found = check_status_token(
            text, uri=issuer.list_uri, trust=world.trust, now=NOW, offline=False, memory=ListMemory()
        )
    except (LcertError, UnicodeEncodeError):
        return "refused"
    assert (claims["sub"], claims["iss"], claims["status_list"]["bits"]) == (issuer.list_uri, issuer.did, 2)
    assert claims.get("bundle", False) is False
    assert len(found.packed) == 32_768
    return "read"


def trust(data: bytes) -> str:
    """Only what the root signed is a trust statement."""
    world = _world()
    try:
        found = read_trust(data, pin=world.issuer.root.thumbprint, now=NOW)
    except LcertError:
        return "refused"
    assert found.keys == world.trust.keys
    return "read"


def trust_mutated(data: bytes) -> str:
    return trust(mutate_bytes(_rng(data), _world().site["trust.json"]))


def trust_resigned(data: bytes) -> str:
    """Really signed, with changed content: keys are usable, of this issuer, and of a purpose."""
    rng, world = _rng(data), _world()
    try:
        found = read_trust(world.issuer.sign_statement(mutate_json(rng, world.statement)), pin=None, now=NOW)
    except (LcertError, UnicodeEncodeError):
        return "refused"
    assert found.issued_at is not None
    assert found.expires_at is not None
    assert found.expires_at > NOW
    for kid, entry in found.keys.items():
        assert kid == f"{found.issuer}#{entry.thumbprint}"
        assert entry.thumbprint not in found.roots
    return "read"


def jwk(data: bytes) -> str:
    """A changed key is refused, or has the members and the size that it must have."""
    rng, issuer = _rng(data), _world().issuer
    value = mutate_json(rng, {"jwk": rng.choice((issuer.issuing.jwk, issuer.log.jwk))})
    try:
        found = parse_jwk(value.get("jwk") if isinstance(value, dict) else value)
    except Malformed:
        return "refused"
    assert "d" not in value["jwk"]
    assert parse_jwk(found.to_json()).thumbprint == found.thumbprint
    return "read"


def note(data: bytes) -> str:
    """A changed checkpoint is refused; one that opens says what the issuer's said."""
    rng, issuer = _rng(data), _world().issuer
    good = issuer.checkpoint()
    text = data if rng.random() < 0.1 else mutate_bytes(rng, good)
    try:
        opened = open_note(text, log_name(issuer.base_url), issuer.log.raw)
        parse_checkpoint(opened, origin=log_name(issuer.base_url))
    except Malformed:
        return "refused"
    assert opened == good.decode().rpartition("\n\n")[0] + "\n"
    return "read"


def tile(data: bytes) -> str:
    try:
        entries = decode_entries(data, len(data) % 5)
    except Malformed:
        return "refused"
    assert encode_entries(entries) == data
    return "read"


def proof(data: bytes) -> str:
    """A changed journal proof proves nothing, or the same."""
    rng, world = _rng(data), _world()
    size, root = world.issuer.head()
    key = TrustedKey(
        kid="x",
        key=parse_jwk(world.issuer.issuing.jwk),
        state=KeyState.COMPROMISED,
        since=10,
        size=size,
        root=root,
    )
    digest = split(world.issuer.token()).digest
    good = world.issuer.proof(0)
    text = (
        json.dumps(mutate_json(rng, good))
        if rng.random() < 0.5
        else mutate_bytes(rng, json.dumps(good).encode())
    )
    found = recorded_position(text.encode("utf-8", "replace") if isinstance(text, str) else text, digest, key)
    assert found in (None, 0)
    return "refused" if found is None else "read"


def link(data: bytes) -> str:
    """A certificate's address leads to its own origin, and to nothing with dots or escapes in it."""
    rng = _rng(data)
    text = mutate_bytes(rng, b"https://certs.example/c/LC-2026-0001/2").decode("utf-8", "replace")
    try:
        found = parse_link(text)
    except Malformed:
        return "refused"
    assert found.origin.startswith(("https://", "http://"))
    assert found.token is not None or ".." not in found.path
    return "read"


class _Script:
    """A socket that answers with fixed bytes."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def recv_into(self, buffer: Any) -> int:
        return self._left.readinto(buffer)

    def sendall(self, data: bytes) -> None: ...
    def settimeout(self, seconds: float) -> None: ...
    def close(self) -> None: ...


def http(data: bytes) -> str:
    """Whatever a server answers: a body within the limit, or the known error."""
    rng, world = _rng(data), _world()
    body = world.site["status/token/1"]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/statuslist+jwt\r\n"
    chunked = (
        head + b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    )
    plain = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    answer = data if rng.random() < 0.1 else mutate_bytes(rng, rng.choice((plain, chunked)))
    fetcher = Fetcher(resolve=lambda host, port: ["127.0.0.1"], connect=lambda *_: _Script(answer))  # type: ignore[arg-type, return-value]
    try:
        found = fetcher.get("http://127.0.0.1:9/x", limit=2000, loopback=True)
    except EvidenceUnavailable:
        return "refused"
    assert 0 < len(found.body) <= 2000
    return "read"


_RAW = (token_bytes, json_text, picture, bundle, list_text, trust, tile)
_SEEDED = (
    token_mutated,
    token_resigned,
    token_payload,
    token_header,
    json_mutated,
    picture_mutated,
    picture_judged,
    bundle_mutated,
    list_stream,
    list_token,
    trust_mutated,
    trust_resigned,
    jwk,
    note,
    proof,
    link,
    http,
)
RAW: dict[str, Target] = {target.__name__: target for target in _RAW}
"""Targets for a fuzzer that finds its own way: their bytes are the hostile input."""
SEEDED: dict[str, Target] = {target.__name__: target for target in _SEEDED}
"""Targets whose bytes are only the seed of a mutation."""


def examples(name: str) -> list[bytes]:
    """Genuine inputs of a raw target, to begin with."""
    world = _world()
    found: dict[str, list[bytes]] = {
        "token_bytes": [token.encode() for token in world.tokens],
        "json_text": [json.dumps(world.issuer.claims()).encode(), b'{"a":[1,2.5,null,"\\u00e9"]}'],
        "picture": list(world.pictures),
        "bundle": [world.bundle],
        "list_text": [world.status_claims["status_list"]["lst"].encode()],
        "trust": [world.site["trust.json"]],
        "tile": [encode_entries(world.issuer.entries[:3])],
    }
    return found[name]

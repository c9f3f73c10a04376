"""An issuer in memory whose tokens the rows verify: each certificate with a holder, scope and digests of its own."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import cycle
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from tests.support.evidence import World, instant, make_world
from tests.support.forms import form

from lcert_issuer.claims import EditionClaims
from lcert_issuer.intake import parse_form
from lcert_verifier.bundle import manifest_claims, write_bundle
from lcert_verifier.bundle_file import MANIFEST, MANIFEST_TYP
from lcert_verifier.checkpoint import encode_checkpoint, sign_note
from lcert_verifier.jose import b64u_encode, sign_compact, split
from lcert_verifier.published import log_name
from lcert_verifier.vocabulary import LIST_ENTRIES, Algorithm, Securing

__all__ = ["Sample", "raw_verify", "sample", "turns"]

COUNT = 1_100
"""More than a verifier remembers, so that going round through them never meets one that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    world: World
    bundle: bytes
    tokens: tuple[str, ...]


@cache
def sample(
    alg: Algorithm = Algorithm.ES256, securing: Securing = Securing.VC_JWT, *, least: bool = False
) -> Sample:
    """Genuine tokens under one key, and the bundle that tells their status; one in fifty is withdrawn.

    With `least` a certificate says no more than its issuer has to.
    """
    world = make_world(alg=alg)
    chance, sign = random.Random(20261120), world.issuing.sign
    tokens: list[str] = []
    places = chance.sample(range(LIST_ENTRIES), COUNT + 2_600)
    for n, place in enumerate(places[:COUNT]):
        tokens.append(
            sign_compact(world.header(securing), _payload(world, n, place, chance, securing, least), sign)
        )
        if n % 50 == 49:
            world.statuses[place] = 1
    chance.shuffle(tokens)
    world.statuses |= {place: 1 + n % 3 for n, place in enumerate(places[COUNT:])}
    world.publish()
    return Sample(world=world, bundle=_bundle(world), tokens=tuple(tokens))


def _payload(
    world: World, n: int, place: int, chance: random.Random, securing: Securing, least: bool
) -> dict[str, Any]:
    """What the issuer's own code signs for the certificate numbered `n`."""
    name = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(9))
    digests = [b64u_encode(hashlib.sha256(f"{name}{i}".encode()).digest()) for i in range(3)]
    day = world.now.date()
    made = form(
        day,
        holder__legalName=f"{name.title()} Audio Ltd",
        holder__tradingNames__0=name.title(),
        holder__registration__id=f"{90_000_000 + n}",
        holder__domains__0__name=f"{name}.example",
        scope__statement=f"{name.title()} Compose 3.x (text-to-music)",
        scope__covered__0__name=f"{name.title()} Compose",
        scope__covered__0__ids__0__value=f"{name}/compose-3",
        scope__covered__0__ids__1__value=f"https://{name}.example/compose",
        evidence__0__digest=f"sha256-{digests[0]}",
        evidence__1__digest=f"sha256-{digests[1]}",
    )
    if least:
        _leave_out(made)
    draft = parse_form(made)
    claims = EditionClaims(
        base_url=world.base_url,
        issuer_name=world.name,
        content=draft.content,
        criteria_digest=f"sha256-{digests[2]}",
        number=f"LC-2026-{n + 1:04}",
        edition=1,
        supersedes=None,
        first_granted_on=draft.content.granted_on,
        valid_from=draft.valid_from,
        valid_through=draft.valid_through,
        list_number=1,
        list_index=place,
    )
    return claims.payload(securing, world.now - timedelta(hours=1))


def _leave_out(made: dict[str, Any]) -> None:
    """Takes out of a form all that may be left out of it."""
    holder, scope, covered = made["holder"], made["scope"], made["scope"]["covered"][0]
    del holder["tradingNames"], holder["lei"], covered["dataCutoff"], covered["ids"]
    scope["notCovered"], scope["upstream"] = [], []
    made["dataBasis"], made["evidence"] = [{"basis": "owned"}], made["evidence"][:1]


def _bundle(world: World) -> bytes:
    size, root = 10, bytes(32)
    name = log_name(world.base_url)
    note = sign_note(encode_checkpoint(name, size, root), name, world.log.sign, world.log.public_key.raw())
    lists = world.status_token(bundle=True, exp=instant(world.now + timedelta(days=7)))
    files = {
        "trust.json": world.trust_bytes(),
        "checkpoint": note.encode(),
        "records.jsonl": b"",
        "proofs.jsonl": b"",
        "status/token/1": lists.encode(),
    }
    claims = manifest_claims(
        files,
        issuer=world.issuer,
        issued_at=world.now,
        expires_at=world.now + timedelta(days=7),
        size=size,
        root=root,
    )
    header = {
        "alg": world.status.alg.value,
        "kid": f"{world.issuer}#{world.status.thumbprint}",
        "typ": MANIFEST_TYP,
    }
    return write_bundle({**files, MANIFEST: sign_compact(header, claims, world.status.sign).encode()})


def turns(work: Callable[[Any], object], items: tuple[Any, ...]) -> Callable[[], object]:
    """`work` on one item after the other, round and round."""
    following: Iterator[Any] = cycle(items)
    return lambda: work(next(following))


def raw_verify(found: Sample) -> Callable[[], object]:
    """One verification by `cryptography` and nothing else: octets, signature and key are ready as it wants them."""
    key: Any = found.world.issuing.public_key.key
    ready = []
    for token in found.tokens:
        parsed = split(token)
        half = len(parsed.signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (parsed.signature[:half], parsed.signature[half:]))
        raw = found.world.alg is Algorithm.ED25519
        ready.append((parsed.signature if raw else encode_dss_signature(r, s), parsed.signing_input))
    if found.world.alg is Algorithm.ED25519:
        return turns(lambda pair: key.verify(*pair), tuple(ready))
    method = ec.ECDSA(hashes.SHA256() if found.world.alg is Algorithm.ES256 else hashes.SHA384())
    return turns(lambda pair: key.verify(*pair, method), tuple(ready))

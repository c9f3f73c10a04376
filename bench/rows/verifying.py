"""What a verification costs beside the one signature in it."""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from random import Random
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any, Literal

from lcert_verifier import Verdict, Verifier, codec
from lcert_verifier.jose import b64u_decode
from lcert_verifier.status.token import decode_lst, encode_lst, pack_statuses
from lcert_verifier.vocabulary import LIST_ENTRIES, Algorithm

from ..harness import Row, Skipped, Timed, Work
from ..peers import found, load
from ..samples import Sample, raw_verify, sample, turns

NAMES = (
    "verify-es256",
    "verify-es256-fast",
    "verify-eddsa-fast",
    "verify-es384-fast",
    "verify-least",
    "verify-least-fast",
    "verify-parts",
    "verify-again",
    "verify-many",
    "list-decode",
    "list-decode-fast",
)
_INSTALLS: tuple[tuple[str, Literal["base", "fast"], str], ...] = (
    ("", "base", "base install"),
    ("-fast", "fast", "lcert[fast]"),
)
RAW = "one verify by cryptography"
MANY = 6_000


def rows(stack: ExitStack) -> list[Row | Skipped]:
    es256 = sample()
    stack.callback(codec.use, codec.name)
    return [
        Row(
            name="verify-es256",
            what="full offline verify of a token not seen before, ES256, base install",
            target=1.60,
            ours=first_sight(es256),
            limit=raw_verify(es256),
            limit_is=RAW,
            before=lambda: codec.use("base"),
            peers=found(
                {
                    "PyJWT": lambda: pyjwt(es256),
                    "joserfc": lambda: joserfc(es256),
                    "authlib": lambda: authlib(es256),
                    "jwcrypto": lambda: jwcrypto(es256),
                }
            ),
            note=f"A token is {len(es256.tokens[0])} bytes. The peers check the signature and nothing of the rest.",
        ),
        *fast(es256),
        *least(),
        Row(
            name="verify-parts",
            what="the same, and holder, scope and all other parts read",
            target=None,
            ours=with_parts(es256),
            limit=raw_verify(es256),
            limit_is=RAW,
        ),
        Row(
            name="verify-again",
            what="the same token again: time, trust and status judged anew",
            target=0.06,
            ours=seen(es256),
            limit=raw_verify(es256),
            limit_is=RAW,
        ),
        Row(
            name="verify-many",
            what="`verify_many` with 2 processes, wall clock a token",
            target=0.75,
            ours=in_processes(es256),
            limit=raw_verify(es256),
            limit_is=RAW,
            clock="wall",
            note=lambda: memory_note(es256),
        ),
        *lists(),
    ]


def fast(es256: Sample) -> list[Row | Skipped]:
    """The rows of `lcert[fast]`."""
    kinds = (
        (es256, "ES256", 1.30),
        (sample(Algorithm.ED25519), "EdDSA", 1.15),
        (sample(Algorithm.ES384), "ES384", 1.06),
    )
    if codec.name != "fast":
        return [Skipped(name="verify-es256-fast", what="verify with lcert[fast]", why="not installed")]
    kinds = (
        (es256, "ES256", 1.30),
        (sample(Algorithm.ED25519), "EdDSA", 1.15),
        (sample(Algorithm.ES384), "ES384", 1.06),
    )
    return [
        Row(
            name=f"verify-{name.lower()}-fast",
            what=f"full offline verify of a token not seen before, {name}, lcert[fast]",
            target=target,
            ours=first_sight(of),
            limit=raw_verify(of),
            limit_is=RAW,
            before=lambda: codec.use("fast"),
        )
        for of, name, target in kinds
    ]


def least() -> list[Row | Skipped]:
    """The same of certificates that say no more than they have to: what size costs."""
    of = sample(least=True)
    note = f"A token is {len(of.tokens[0])} bytes: no optional member, one ground, one piece of evidence."
    return [
        Row(
            name=f"verify-least{ending}",
            what=f"the same of the smallest certificate, ES256, {install}",
            target=None,
            ours=first_sight(of),
            limit=raw_verify(of),
            limit_is=RAW,
            before=partial(codec.use, name),
            note=note,
        )
        for ending, name, install in _INSTALLS
        if name in ("base", codec.name)
    ]


def in_processes(of: Sample) -> Timed:
    """Seconds a token, starting the processes included."""
    verifier = _verifier(of)

    def seconds() -> float:
        begun = perf_counter()
        count = sum(1 for _ in verifier.verify_many(islice(cycle(of.tokens), MANY), processes=2))
        return (perf_counter() - begun) / count

    return Timed(seconds)


def memory_note(of: Sample) -> str:
    """How much this process grows while it judges many tokens (getrusage; the children share it)."""
    verifier = _verifier(of)
    list(verifier.verify_many(islice(cycle(of.tokens), 2_000)))
    begun = getrusage(RUSAGE_SELF).ru_maxrss
    for _ in verifier.verify_many(islice(cycle(of.tokens), 20_000)):
        pass
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - begun) / 1024
    return f"Memory grew by {grown:.1f} MiB over 20,000 more tokens in one process."


def lists() -> list[Row | Skipped]:
    """Decoding a status list, of which two in a hundred entries are set."""
    chance = Random(7)
    values = bytearray(LIST_ENTRIES)
    for index in chance.sample(range(LIST_ENTRIES), LIST_ENTRIES // 50):
        values[index] = chance.choice((1, 2, 3))
    encoded = encode_lst(pack_statuses(values))
    packed = b64u_decode(encoded)
    size = LIST_ENTRIES // 4
    deflate = load("deflate")
    rows: list[Row | Skipped] = [
        Row(
            name="list-decode",
            what="status list decoded (base64url, inflate, bounds), once per version, base install",
            target=1.8,
            ours=lambda: decode_lst(encoded),
            limit=lambda: zlib.decompress(packed),
            limit_is="zlib inflate",
            before=lambda: codec.use("base"),
            note=f"{len(packed):,} bytes become {size:,}.",
        )
    ]
    if codec.name == "fast" and deflate is not None:
        rows.append(
            Row(
                name="list-decode-fast",
                what="the same with lcert[fast]",
                target=1.15,
                ours=lambda: decode_lst(encoded),
                limit=lambda: deflate.zlib_decompress(packed, size),
                limit_is="libdeflate inflate",
                before=lambda: codec.use("fast"),
            )
        )
    return rows


def _verifier(of: Sample) -> Verifier:
    return Verifier.from_bundle(of.bundle, clock=of.world.clock)


def first_sight(of: Sample) -> Work:
    """`verify` of tokens that the verifier does not remember."""
    verifier = _verifier(of)
    verdicts = [verifier.verify(token).verdict for token in of.tokens]
    assert verdicts.count(Verdict.ACCEPTED) == len(of.tokens) * 49 // 50, verdicts[:3]
    return turns(verifier.verify, of.tokens)


def with_parts(of: Sample) -> Work:
    verifier = _verifier(of)

    def verify(token: str) -> object:
        credential = verifier.verify(token).credential
        assert credential is not None
        return credential.holder

    return turns(verify, of.tokens)


def seen(of: Sample) -> Work:
    verifier, tokens = _verifier(of), of.tokens[:100]
    for _ in range(2):  # the first eight are parsed, before there is a pattern
        for token in tokens:
            verifier.verify(token)
    return turns(verifier.verify, tokens)


def pyjwt(of: Sample) -> Work | None:
    jwt = load("jwt")
    key = jwt.PyJWK(of.world.issuing.public_key.to_json()).key
    options = {"verify_exp": False}
    return turns(lambda token: jwt.decode(token, key, algorithms=["ES256"], options=options), of.tokens)


def joserfc(of: Sample) -> Work | None:
    library, keys = load("joserfc.jwt"), load("joserfc.jwk")
    if library is None:
        return None
    key = keys.ECKey.import_key(of.world.issuing.public_key.to_json())
    return turns(lambda token: library.decode(token, key, algorithms=["ES256"]), of.tokens)


def authlib(of: Sample) -> Work | None:
    jose = load("authlib.jose")
    if jose is None:
        return None
    key = jose.JsonWebKey.import_key(of.world.issuing.public_key.to_json())
    library = jose.JsonWebToken(["ES256"])
    return turns(lambda token: library.decode(token, key), of.tokens)


def jwcrypto(of: Sample) -> Work | None:
    jws, jwk = load("jwcrypto.jws"), load("jwcrypto.jwk")
    if jws is None:
        return None
    key = jwk.JWK(**of.world.issuing.public_key.to_json())

    def verify(token: str) -> Any:
        found = jws.JWS()
        found.deserialize(token, key)
        return found.payload

    return turns(verify, of.tokens)

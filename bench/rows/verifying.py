"""What a verification costs beside the one signature in it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from lcert_verifier import Verdict, Verifier

from ..harness import Row, Skipped, Work
from ..peers import found, load
from ..samples import Sample, raw_verify, sample, turns

NAMES = ("verify-es256", "verify-es384", "verify-eddsa", "verify-again")


def rows(stack: ExitStack) -> list[Row | Skipped]:
    es256 = sample()
    return [
        Row(
            name="verify-es256",
            what="full offline verify of a token not seen before, ES256, base install",
            target=1.60,
            ours=first_sight(es256),
            limit=raw_verify(es256),
            limit_is="one verify by cryptography",
            peers=found(
                {
                    "PyJWT": lambda: pyjwt(es256),
                    "joserfc": lambda: joserfc(es256),
                    "authlib": lambda: authlib(es256),
                    "jwcrypto": lambda: jwcrypto(es256),
                }
            ),
            note=f"A token is {len(es256.tokens[0])} bytes. The peers check signature, `exp` and nothing of the rest.",
        ),
        Row(
            name="verify-again",
            what="the same token again: time, trust and status judged anew",
            target=0.06,
            ours=seen(es256),
            limit=raw_verify(es256),
            limit_is="one verify by cryptography",
        ),
    ]


def _verifier(of: Sample) -> Verifier:
    return Verifier.from_bundle(of.bundle, clock=of.world.clock)


def first_sight(of: Sample) -> Work:
    """`verify` of tokens that the verifier does not remember."""
    verifier = _verifier(of)
    verdicts = [verifier.verify(token).verdict for token in of.tokens]
    assert verdicts.count(Verdict.ACCEPTED) == len(of.tokens) * 49 // 50, verdicts[:3]
    return turns(verifier.verify, of.tokens)


def seen(of: Sample) -> Work:
    verifier = _verifier(of)
    return turns(verifier.verify, of.tokens[:100])


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

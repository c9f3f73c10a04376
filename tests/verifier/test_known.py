"""What is remembered of genuine tokens is bounded, and holds for the same key and issuer only."""

from __future__ import annotations

from dataclasses import replace

from tests.support.evidence import make_world

from lcert_verifier import known as module
from lcert_verifier.known import Known, KnownTokens
from lcert_verifier.vocabulary import KeyPurpose

WORLD = make_world()
TRUST = WORLD.trust()
KEY = next(iter(TRUST.keys_for(KeyPurpose.ISSUER)))
CREDENTIAL = WORLD.verifier().verify(WORLD.token()).require_accepted()
KNOWN = Known(KEY, TRUST, CREDENTIAL)


def test_the_older_half_is_forgotten() -> None:
    tokens = KnownTokens()
    half = module._MOST // 2
    for n in range(2 * half):
        tokens.keep(f"t{n}", KNOWN)
    assert len(tokens) == 2 * half
    assert tokens.recall("t0") is KNOWN
    tokens.keep("one more", KNOWN)
    assert len(tokens) == half + 1
    assert tokens.recall("t0") is None
    assert tokens.recall(f"t{half}") is tokens.recall("one more") is KNOWN


def test_a_very_long_token_is_read_each_time() -> None:
    tokens = KnownTokens()
    tokens.keep("x" * module._LONGEST, KNOWN)
    tokens.keep("x" * (module._LONGEST + 1), KNOWN)
    assert len(tokens) == 1


def test_it_holds_for_the_same_key_of_the_same_issuer() -> None:
    assert KNOWN.holds_for(KEY, WORLD.trust()), "another statement of the same issuer"
    other = next(key for key in TRUST.keys_for(KeyPurpose.STATUS))
    assert not KNOWN.holds_for(other, TRUST)
    assert not KNOWN.holds_for(KEY, replace(TRUST, issuer="did:web:other.example"))
    assert not KNOWN.holds_for(KEY, replace(TRUST, base_url="https://other.example"))

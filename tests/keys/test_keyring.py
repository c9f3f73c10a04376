"""The life of keys: a table of what is allowed, and which key signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lcert_keys import Key, Keyring, KeyStateError, LocalSigner
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

DID = "did:web:certs.example"
T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
SIGNERS = [LocalSigner.generate() for _ in range(6)]


def key(n: int, state: KeyState = KeyState.ACTIVE, purpose: KeyPurpose = KeyPurpose.ISSUER) -> Key:
    at = T0 + timedelta(hours=n)
    ring = Keyring()
    made = ring.stage(
        did=DID, public_key=SIGNERS[n].public_key, purpose=purpose, signer_uri=f"file:keys/{n}.pem", at=at
    )
    ring = ring.with_key(made)
    if state is not KeyState.STAGED:
        made = ring.promote(made.kid, at=at)
        ring = ring.with_key(made)
    if state is KeyState.RETIRED:
        ring = ring.with_key(key(n + 1, purpose=purpose))
        made = ring.retire(made.kid, at=at + timedelta(days=1))
    if state is KeyState.COMPROMISED:
        made = ring.compromise(made.kid, at=at + timedelta(days=1))
    return made


def test_a_new_key_is_staged_under_its_thumbprint() -> None:
    staged = key(0, KeyState.STAGED)
    assert staged.kid == f"{DID}#{SIGNERS[0].thumbprint}"
    assert staged.state is KeyState.STAGED
    assert staged.promoted_at is None


@pytest.mark.parametrize(
    ("state", "verb", "allowed"),
    [
        (KeyState.STAGED, "promote", True),
        (KeyState.ACTIVE, "promote", False),
        (KeyState.RETIRED, "promote", False),
        (KeyState.COMPROMISED, "promote", False),
        (KeyState.STAGED, "retire", True),
        (KeyState.ACTIVE, "retire", True),
        (KeyState.RETIRED, "retire", False),
        (KeyState.COMPROMISED, "retire", False),
        (KeyState.STAGED, "compromise", True),
        (KeyState.ACTIVE, "compromise", True),
        (KeyState.RETIRED, "compromise", True),
        (KeyState.COMPROMISED, "compromise", True),
    ],
)
def test_transitions_are_those_of_the_table(state: KeyState, verb: str, allowed: bool) -> None:
    ring = Keyring([key(0, state), key(2)])
    name = SIGNERS[0].thumbprint
    if allowed:
        changed = getattr(ring, verb)(name, at=T0 + timedelta(days=9))
        assert changed.state is {"promote": KeyState.ACTIVE, "retire": KeyState.RETIRED}.get(
            verb, KeyState.COMPROMISED
        )
    else:
        with pytest.raises(KeyStateError, match=f"is {state.value}; only a key"):
            getattr(ring, verb)(name, at=T0 + timedelta(days=9))


def test_the_most_recently_promoted_active_key_signs_and_the_older_stays_active() -> None:
    ring = Keyring([key(0), key(1, KeyState.STAGED)])
    assert ring.signing(KeyPurpose.ISSUER).thumbprint == SIGNERS[0].thumbprint
    ring = ring.with_key(ring.promote(SIGNERS[1].thumbprint, at=T0 + timedelta(days=1)))
    assert ring.signing(KeyPurpose.ISSUER).thumbprint == SIGNERS[1].thumbprint
    assert ring.get(SIGNERS[0].thumbprint).state is KeyState.ACTIVE


def test_two_promotions_in_the_same_instant_keep_their_order() -> None:
    ring = Keyring([key(0), key(1, KeyState.STAGED)])
    promoted_at = ring.get(SIGNERS[0].thumbprint).promoted_at
    assert promoted_at is not None
    ring = ring.with_key(ring.promote(SIGNERS[1].thumbprint, at=promoted_at - timedelta(hours=5)))
    assert ring.signing(KeyPurpose.ISSUER).thumbprint == SIGNERS[1].thumbprint


def test_the_only_active_key_of_a_purpose_is_not_retired() -> None:
    ring = Keyring([key(0), key(1, purpose=KeyPurpose.STATUS), key(2, KeyState.STAGED)])
    with pytest.raises(KeyStateError, match="promote another first"):
        ring.retire(SIGNERS[0].thumbprint, at=T0)
    ring = ring.with_key(ring.promote(SIGNERS[2].thumbprint, at=T0 + timedelta(days=1)))
    assert ring.retire(SIGNERS[0].thumbprint, at=T0 + timedelta(days=2)).state is KeyState.RETIRED


def test_the_only_active_issuer_key_can_be_compromised_and_then_nothing_signs() -> None:
    ring = Keyring([key(0)])
    ring = ring.with_key(ring.compromise(SIGNERS[0].thumbprint, at=T0 + timedelta(days=1)))
    with pytest.raises(KeyStateError, match="lcert keys stage --purpose issuer"):
        ring.signing(KeyPurpose.ISSUER)


def test_the_only_root_is_replaced_before_it_is_marked() -> None:
    ring = Keyring([key(0, purpose=KeyPurpose.ROOT)])
    with pytest.raises(KeyStateError, match="promote another first"):
        ring.compromise(SIGNERS[0].thumbprint, at=T0)


def test_a_position_needs_the_tree_it_is_proven_against() -> None:
    ring = Keyring([key(0)])
    name = SIGNERS[0].thumbprint
    marked = ring.compromise(name, at=T0, since=5, size=9, root=b"r" * 32)
    assert (marked.since, marked.size, marked.root) == (5, 9, b"r" * 32)
    for since, size, root in [(10, 9, b"r" * 32), (-1, 9, b"r" * 32), (5, None, b"r" * 32), (5, 9, None)]:
        with pytest.raises(KeyStateError, match="not a position"):
            ring.compromise(name, at=T0, since=since, size=size, root=root)


def test_a_position_can_be_added_later_and_the_first_time_stays() -> None:
    ring = Keyring([key(0)])
    ring = ring.with_key(ring.compromise(SIGNERS[0].thumbprint, at=T0))
    later = ring.compromise(SIGNERS[0].thumbprint, at=T0 + timedelta(days=3), since=2, size=4, root=b"r" * 32)
    assert later.compromised_at == T0
    assert later.since == 2


def test_a_key_has_one_purpose() -> None:
    ring = Keyring([key(0)])
    with pytest.raises(KeyStateError, match="one purpose"):
        ring.stage(
            did=DID,
            public_key=SIGNERS[0].public_key,
            purpose=KeyPurpose.STATUS,
            signer_uri="file:x",
            at=T0,
        )


def test_a_log_key_is_ed25519() -> None:
    with pytest.raises(KeyStateError, match="Ed25519"):
        key(0, purpose=KeyPurpose.LOG)
    edwards = LocalSigner.generate(Algorithm.ED25519)
    Keyring().stage(
        did=DID, public_key=edwards.public_key, purpose=KeyPurpose.LOG, signer_uri="file:x", at=T0
    )


def test_a_key_is_found_by_kid_or_by_thumbprint() -> None:
    ring = Keyring([key(0)])
    assert ring.find(f"{DID}#{SIGNERS[0].thumbprint}") is ring.find(SIGNERS[0].thumbprint)
    assert ring.find("nothing") is None
    with pytest.raises(KeyStateError, match="lcert keys list"):
        ring.get("nothing")


def test_two_keys_with_one_kid_make_no_ring() -> None:
    with pytest.raises(ValueError, match="one kid"):
        Keyring([key(0), key(0)])


def test_what_third_parties_see_begins_with_the_signing_status_key_and_leaves_out_the_rest() -> None:
    ring = Keyring(
        [
            key(0),
            key(1, purpose=KeyPurpose.STATUS),
            key(2, purpose=KeyPurpose.STATUS),
            key(3, KeyState.COMPROMISED),
            key(4, KeyState.STAGED),
            key(5, purpose=KeyPurpose.ROOT),
        ]
    )
    shown = [k.thumbprint for k in ring.published()]
    assert shown == [SIGNERS[n].thumbprint for n in (2, 0, 4, 1)]


def test_a_keyring_tells_how_many_keys_it_has_and_nothing_of_them() -> None:
    assert repr(Keyring([])) == "<Keyring of 0>"

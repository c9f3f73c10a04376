"""Founding, keys and the audit log: what an issuer does besides certificates."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.registry import BASE_URL, FOUNDED, NOW, Bench, Cabinet, crash

from lcert_issuer import keychanges
from lcert_issuer.desk import Desk
from lcert_issuer.failpoints import FAILPOINTS, failpoint
from lcert_issuer.founding import Criteria, found
from lcert_issuer.office import criteria_digests, load_identity
from lcert_issuer.once import Once
from lcert_issuer.readmodel import list_numbers
from lcert_issuer.refusals import Conflict, InvalidInput, NotAllowed, NotFound
from lcert_issuer.registry import journal
from lcert_issuer.registry.models import Audit, TrustRow
from lcert_issuer.registry.session import open_registry
from lcert_keys import Key
from lcert_verifier.jose import b64u_encode
from lcert_verifier.merkle import root_of
from lcert_verifier.trust import Trust, read_trust
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

KEY_POINTS = [name for name in FAILPOINTS if name.startswith("keys.")]


def trust(bench: Bench, version: int | None = None) -> Trust:
    """A trust statement as a verifier reads it, pinned to the root; the newest unless told."""
    rows = bench.ask(lambda s: s.execute(select(TrustRow).order_by(TrustRow.version)).scalars().all())
    row = rows[-1] if version is None else rows[version - 1]
    pin = bench.desk.keyring().signing(KeyPurpose.ROOT).thumbprint
    return read_trust(row.document.encode(), pin=pin, now=bench.clock())


def signing(bench: Bench, purpose: KeyPurpose = KeyPurpose.ISSUER) -> Key:
    return bench.desk.keyring().signing(purpose)


def entry(bench: Bench, position: int = -1) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(bench.entries()[position].data)
    return members


def test_a_founded_issuer_has_everything_it_needs(bench: Bench) -> None:
    assert bench.ask(load_identity).did == "did:web:certs.example"
    assert bench.ask(list_numbers) == [1]
    digest = b64u_encode(hashlib.sha256(b"# Criteria\n").digest())
    assert bench.ask(criteria_digests) == {"L-2026.1": f"sha256-{digest}"}
    for purpose in KeyPurpose:
        assert signing(bench, purpose).state is KeyState.ACTIVE
    assert signing(bench, KeyPurpose.LOG).alg is Algorithm.ED25519
    statement = trust(bench)
    assert (statement.version, statement.base_url, statement.issuer) == (1, BASE_URL, "did:web:certs.example")
    assert bench.head().recorded_at == FOUNDED


def test_an_issuer_is_founded_once(bench: Bench) -> None:
    with pytest.raises(Conflict, match="already"):
        again(bench.url, Cabinet())


def again(url: str, cabinet: Cabinet, **more: Any) -> None:
    registry = open_registry(url)
    try:
        found(
            registry,
            base_url=BASE_URL,
            name="Other",
            criteria=Criteria(version="L-2026.1", text="x", in_force_from=FOUNDED.date()),
            make_key=cabinet.make,
            clock=lambda: datetime.now(UTC),
            **more,
        )
    finally:
        registry.close()


def test_an_issuer_can_be_founded_in_the_past_under_the_policy_it_names(empty_url: str) -> None:
    cabinet, past = Cabinet(), datetime(2024, 1, 2, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="policy"):
        again(empty_url, cabinet, policy="no-eyes")
    again(empty_url, cabinet, policy="four-eyes", recorded_at=past)
    registry = open_registry(empty_url)
    try:
        with registry.read() as session:
            assert {e.recorded_at for e in journal.entries(session)} == {past}
            assert load_identity(session).policy == "four-eyes"
    finally:
        registry.close()


def test_keys_are_staged_promoted_and_retired_and_every_step_is_signed_by_the_root(bench: Bench) -> None:
    old = signing(bench)
    key = bench.desk.stage_key()
    assert key.state is KeyState.STAGED
    assert signing(bench).kid == old.kid
    assert trust(bench).find(key.kid).state is KeyState.STAGED  # type: ignore[union-attr]
    bench.clock.move(days=7)
    assert bench.desk.promote_key(key.thumbprint).promoted_at == bench.clock()
    assert signing(bench).kid == key.kid
    assert bench.desk.retire_key(old.kid).state is KeyState.RETIRED
    statement = trust(bench)
    assert statement.version == 4
    assert statement.find(old.kid).state is KeyState.RETIRED  # type: ignore[union-attr]
    assert [entry(bench, n)["kind"] for n in (-3, -2, -1)] == ["key_staged", "key_promoted", "key_retired"]
    assert entry(bench)["kid"] == old.kid
    assert entry(bench)["purpose"] == "issuer"


def test_a_key_is_staged_once_however_often_it_is_asked_for(bench: Bench) -> None:
    """The answer was lost: asked again, it is the same key, and no second one is made."""
    once = Once.of("rotation-7", "keys stage", "issuer", "ES256")
    key = bench.desk.stage_key(once=once)
    made = len(bench.cabinet.signers)
    assert bench.desk.stage_key(once=once) == key
    assert len(bench.cabinet.signers) == made
    bench.desk.promote_key(key.kid)
    assert bench.desk.stage_key(once=once).state is KeyState.ACTIVE, "as it is by now"
    other = Once.of("rotation-7", "keys stage", "status", "ES256")
    with pytest.raises(Conflict, match="another request"):
        bench.desk.stage_key(KeyPurpose.STATUS, once=other)
    assert bench.desk.stage_key(once=Once.of("rotation-8", "keys stage")).kid != key.kid
    kinds = [entry(bench, n)["kind"] for n in (-3, -2, -1)]
    assert kinds == ["key_staged", "key_promoted", "key_staged"]


@pytest.mark.parametrize("point", ["keys.after_append", "keys.after_commit"])
def test_killed_while_staging_the_next_try_stages_one_key(bench: Bench, point: str) -> None:
    once = Once.of("rotation-7", "keys stage")
    bench.registry.close()
    assert crash(lambda: bench.reopened().stage_key(once=once), at=point)
    before = len(bench.desk.keyring().of(KeyPurpose.ISSUER, KeyState.STAGED))
    assert before == (point == "keys.after_commit")
    key = bench.desk.stage_key(once=once)
    assert [k.kid for k in bench.desk.keyring().of(KeyPurpose.ISSUER, KeyState.STAGED)] == [key.kid]


def test_what_the_life_of_a_key_forbids_is_refused(bench: Bench) -> None:
    only = signing(bench)
    for act in (
        lambda: bench.desk.retire_key(only.kid),
        lambda: bench.desk.promote_key(only.kid),
        lambda: bench.desk.promote_key("nonsense"),
        lambda: bench.desk.stage_key(KeyPurpose.LOG, Algorithm.ES256),
        lambda: bench.desk.stage_key(KeyPurpose.ROOT),
        lambda: bench.desk.compromise_key(signing(bench, KeyPurpose.ROOT).kid),
        lambda: bench.desk.compromise_key(only.kid, since=10_000),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert bench.head().size == 8
    assert trust(bench).version == 1


@pytest.mark.parametrize("purpose", [KeyPurpose.ISSUER, KeyPurpose.STATUS, KeyPurpose.LOG])
def test_the_last_key_of_a_purpose_is_replaced_when_it_is_compromised(
    bench: Bench, purpose: KeyPurpose
) -> None:
    old = signing(bench, purpose)
    key = bench.desk.compromise_key(old.kid)
    assert (key.kid, key.state) == (old.kid, KeyState.COMPROMISED)
    new = signing(bench, purpose)
    assert (new.alg, new.kid != old.kid) == (old.alg, True)
    assert [entry(bench, n)["kind"] for n in (-3, -2, -1)] == [
        "key_staged",
        "key_promoted",
        "key_compromised",
    ]
    assert trust(bench).version == 2


def test_a_staged_key_takes_the_place_of_a_compromised_one(bench: Bench) -> None:
    old, staged = signing(bench), bench.desk.stage_key()
    bench.desk.compromise_key(old.kid)
    assert signing(bench).kid == staged.kid
    assert [entry(bench, n)["kind"] for n in (-2, -1)] == ["key_promoted", "key_compromised"]


def test_with_another_active_key_nothing_is_promoted(bench: Bench) -> None:
    old = signing(bench)
    new = bench.desk.stage_key()
    bench.desk.promote_key(new.kid)
    size = bench.head().size
    bench.desk.compromise_key(old.kid)
    assert bench.head().size == size + 1
    assert signing(bench).kid == new.kid


def test_a_compromise_since_an_entry_is_anchored_in_the_tree(bench: Bench) -> None:
    bench.issue()
    bench.issue()
    head = bench.head()
    key = bench.desk.compromise_key(signing(bench).kid, since=9)
    assert (key.since, key.size, key.root) == (9, head.size, head.root)
    assert root_of(e.leaf for e in bench.entries()[: head.size]) == key.root
    assert entry(bench)["since"] == 9
    said = trust(bench).find(key.kid)
    assert said is not None
    assert (said.since, said.size, said.root) == (9, head.size, head.root)


def test_certificates_under_a_compromised_key_are_named_until_they_are_rekeyed(bench: Bench) -> None:
    kept, gone, renewed = bench.issue(), bench.issue(), bench.issue()
    bench.desk.withdraw(gone, reason="unspecified")
    bench.desk.renew(renewed, through=bench.today + timedelta(days=400))
    old = signing(bench)
    assert bench.desk.affected_by(old.kid) == [kept, renewed]
    bench.desk.compromise_key(old.kid)
    assert bench.desk.affected_by(old.thumbprint) == [kept, renewed]
    for number in (kept, renewed):
        bench.desk.rekey(number, reason="key-compromise")
    assert bench.desk.affected_by(old.kid) == []
    assert len(bench.view(renewed).editions) == 4
    with pytest.raises(NotFound):
        bench.desk.affected_by("nonsense")


def test_of_two_who_change_keys_at_once_one_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = Barrier(2)

    def meet(name: str) -> None:
        if name == "keys.after_sign":
            barrier.wait(30)

    monkeypatch.setattr(keychanges, "failpoint", meet)

    def stage(_: int) -> bool:
        try:
            bench.desk.stage_key()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(stage, range(2))) == [False, True]
    assert trust(bench).version == 2
    assert len(bench.desk.keyring().of(KeyPurpose.ISSUER)) == 2


@pytest.mark.parametrize("point", KEY_POINTS)
def test_killed_while_changing_keys_the_change_is_whole_or_not_there(bench: Bench, point: str) -> None:
    key = bench.desk.stage_key()
    bench.registry.close()
    assert crash(lambda: bench.reopened().promote_key(key.kid), at=point)
    recorded = point == "keys.after_commit"
    state = KeyState.ACTIVE if recorded else KeyState.STAGED
    assert bench.desk.keyring().get(key.kid).state is state
    assert trust(bench).find(key.kid).state is state  # type: ignore[union-attr]
    assert entry(bench)["kind"] == ("key_promoted" if recorded else "key_staged")


def test_a_key_that_lies_at_the_wrong_place_is_not_used(bench: Bench) -> None:
    key = signing(bench)
    other, _ = bench.cabinet.make(KeyPurpose.ISSUER, Algorithm.ES256)
    bench.cabinet.signers[key.signer_uri] = other
    with pytest.raises(NotAllowed, match="restore the right file"):
        bench.issue()


def test_keys_of_the_past_are_loaded_with_their_times(bench: Bench) -> None:
    past = FOUNDED + timedelta(days=3)
    key = bench.desk.stage_key(recorded_at=past)
    assert key.staged_at == past
    assert bench.head().recorded_at == past


def test_refusals_are_noted_with_their_reason(bench: Bench) -> None:
    with pytest.raises(NotAllowed):
        bench.desk.retire_key(signing(bench).kid, actor="mallory")
    row = bench.ask(lambda s: s.execute(select(Audit).order_by(Audit.id.desc())).scalars().first())
    assert (row.actor, row.action, row.outcome, row.at) == ("mallory", "retire key", "refused", NOW)
    assert row.detail.startswith("key_state: ")


def test_a_desk_opens_again_on_the_same_registry(bench: Bench) -> None:
    number = bench.issue()
    desk = bench.reopened()
    try:
        assert isinstance(desk, Desk)
        assert desk.suspend(number, reason="unspecified").number == number
    finally:
        desk.registry.close()
    assert bench.state(number) == "suspended"


def test_a_failpoint_does_nothing_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCERT_FAILPOINT", "elsewhere")
    for name in FAILPOINTS:
        failpoint(name)

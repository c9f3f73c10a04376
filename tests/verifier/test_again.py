"""A token seen again: everything that may have changed since is noticed, and nothing else is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.evidence import MemorySource, World, make_world
from tests.support.spellings import SECURINGS, payload

from lcert_verifier import Report, Verifier
from lcert_verifier import judging as whole_way
from lcert_verifier.vocabulary import Securing


@pytest.fixture
def world() -> World:
    return make_world()


def verified(world: World, verifier: Verifier, token: str) -> Report:
    """The Report of a verifier that has seen the token, which must be that of one that has not."""
    report = verifier.verify(token)
    assert report == world.verifier(*verifier.sources).verify(token)
    return report


class Watched:
    """Counts the tokens that went the whole way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        run = whole_way.Judging.run

        def counted(judging: Any) -> Report:
            self.count += 1
            return run(judging)

        monkeypatch.setattr(whole_way.Judging, "run", counted)


@pytest.mark.parametrize("securing", [*SECURINGS, Securing.COMPACT])
def test_an_accepted_token_is_not_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch, securing: Securing
) -> None:
    verifier = world.verifier()
    token = world.token(securing)
    first = verifier.verify(token)
    watched = Watched(monkeypatch)
    again = verifier.verify(token)
    # The compact securing says nothing of when it was signed, and goes the whole way.
    assert watched.count == (1 if securing is Securing.COMPACT else 0)
    assert again == first
    assert again.to_json() == first.to_json()


def test_time_is_asked_anew(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    first = verified(world, verifier, token)
    world.now += timedelta(seconds=30)
    second = verified(world, verifier, token)
    assert (second.at, second.code) == (world.now, first.code)
    for days, code in ((-4, "not_yet_valid"), (0.5, "valid"), (370, "trust_unavailable")):
        world.now = first.at + timedelta(days=days)  # type: ignore[operator]
        world.source.fetched_at = world.now
        assert verified(world, verifier, token).code.value == code, days


def test_an_old_list_is_noticed(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    assert verified(world, verifier, token).code.value == "valid"
    world.now += timedelta(minutes=61)
    assert verified(world, verifier, token).code.value == "status_stale"
    world.source.fetched_at = world.now
    report = verified(world, verifier, token)
    assert (report.code.value, report.as_of.keys) == ("valid", world.now)


@pytest.mark.parametrize(("status", "code"), [(1, "revoked"), (2, "suspended"), (3, "superseded")])
def test_a_new_list_is_noticed(world: World, status: int, code: str) -> None:
    verifier, token = world.verifier(), world.token()
    assert verified(world, verifier, token).code.value == "valid"
    world.set_status(status, journal__size=11)
    assert verified(world, verifier, token).code.value == code
    world.set_status(0, journal__size=12)
    assert verified(world, verifier, token).code.value == "valid"


def test_a_list_older_than_one_seen_since_is_noticed(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    old = dict(world.source.lists)
    assert verifier.verify(token).code.value == "valid"
    world.publish(journal__size=11)
    assert verifier.verify(world.token(iat=7)).code.value == "valid"
    world.source.lists = dict(old)
    assert verifier.verify(token).code.value == "status_unavailable"


def test_other_trust_is_noticed(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    assert verified(world, verifier, token).code.value == "valid"
    good = world.source.trusted
    assert good is not None
    for state, code in (("compromised", "key_compromised"), ("retired", "valid")):
        world.source.trusted = world.trust(
            keys=[world.entry(world.issuing, "issuer", state), world.entry(world.status, "status")]
        )
        assert verified(world, verifier, token).code.value == code
    world.source.trusted = replace(good, expires_at=world.now)
    assert verified(world, verifier, token).code.value == "trust_unavailable"
    world.source.trusted = None
    assert verified(world, verifier, token).code.value == "trust_unavailable"
    world.source.trusted = good
    assert verified(world, verifier, token).code.value == "valid"


def test_expiry_of_the_same_trust_is_noticed(world: World) -> None:
    assert world.source.trusted is not None
    soon = world.now + timedelta(seconds=5)
    world.source.trusted = replace(world.source.trusted, expires_at=soon)
    verifier, token = world.verifier(), world.token()
    assert verified(world, verifier, token).code.value == "valid"
    world.now = soon
    assert verified(world, verifier, token).code.value == "trust_unavailable"


def test_another_question_goes_the_whole_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, token = world.verifier(), world.token()
    verifier.verify(token)
    watched = Watched(monkeypatch)
    assert verifier.verify(token, domain="other.example").code.value == "domain_mismatch"
    assert verifier.verify(token, at=world.now).code.value == "valid"
    assert verifier.verify(token, known_at=world.now).code.value == "valid"
    assert verifier.verify(token.encode()).code.value == "valid"
    assert watched.count == 4


def test_a_token_of_the_second_source_goes_the_whole_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_world(base_url="https://other.example")
    verifier = Verifier([other.source, world.source], clock=world.clock)
    token = world.token()
    verifier.verify(token)
    watched = Watched(monkeypatch)
    assert verifier.verify(token).code.value == "valid"
    assert watched.count == 1


def test_a_credential_known_by_bitstrings_goes_the_whole_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, token = world.verifier(MemorySource(world)), world.token(status=None)
    verifier.sources[0].lists = world.source.lists  # type: ignore[attr-defined]
    assert verifier.verify(token).code.value == "valid"
    watched = Watched(monkeypatch)
    assert verifier.verify(token).code.value == "valid"
    assert watched.count == 1


def test_a_token_with_a_payload_of_the_issuers_is_seen_again_as_well(world: World) -> None:
    verifier = world.verifier()
    for n in range(10):
        verifier.verify(world.token(iat=n))
    token = world.token(payload=payload().encode())
    assert verified(world, verifier, token) == verified(world, verifier, token)


def test_when_the_keys_were_fetched_is_told_anew(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    verified(world, verifier, token)
    world.source.fetched_at -= timedelta(seconds=5)
    assert verified(world, verifier, token).as_of.keys == world.source.fetched_at


def test_it_ends_after_its_last_second_though_it_was_seen_before(world: World) -> None:
    token = world.token()
    credential = world.verifier().verify(token).credential
    assert credential is not None
    assert world.source.trusted is not None
    end = credential.valid_until + timedelta(seconds=1)
    world.now = world.source.fetched_at = end - timedelta(seconds=5)
    world.source.trusted = replace(world.source.trusted, expires_at=None)
    world.publish()
    verifier = world.verifier()
    for now, code in ((world.now, "valid"), (end - timedelta(microseconds=1), "valid"), (end, "expired")):
        world.now = now
        assert verified(world, verifier, token).code.value == code

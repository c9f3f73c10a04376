"""Many tokens by several processes: the same Reports in the same order, with little under way, and a clean end."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime

import pytest
from tests.support.evidence import MemorySource, World, make_world
from tests.support.spellings import SECURINGS, payload

from lcert_verifier import Verifier, parallel
from lcert_verifier.many import _pack, _unpack
from lcert_verifier.parallel import work_through
from lcert_verifier.vocabulary import Securing


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def offline(world: World) -> Verifier:
    source = MemorySource(world, offline=True)
    source.lists = dict(world.source.lists)
    return world.verifier(source)


def tokens(world: World) -> Iterator[str | bytes]:
    """Recognised, parsed, compact, refused, and no tokens at all."""
    known = [world.token(securing, payload=payload(securing).encode()) for securing in SECURINGS]
    others = [world.token(), world.token(Securing.COMPACT), world.token(aud="x"), "", "\ud800"]
    for n in range(200):
        yield known[n % 2]
        yield others[n % len(others)]
        yield known[n % 2].encode()
        yield b"\xff"


@pytest.mark.parametrize(
    "asked", [{}, {"domain": "quillwater.example"}, {"at": datetime(2026, 11, 23, 12, tzinfo=UTC)}]
)
def test_processes_give_the_reports_that_one_gives(world: World, asked: dict[str, object]) -> None:
    verifier = offline(world)
    alone = list(verifier.verify_many(tokens(world), **asked))  # type: ignore[arg-type]
    shared = list(verifier.verify_many(tokens(world), **asked, processes=2))  # type: ignore[arg-type]
    assert [report.code for report in shared] == [report.code for report in alone]
    assert shared == alone
    assert [report.to_json() for report in shared] == [report.to_json() for report in alone]


def test_what_a_process_sends_is_small_and_gives_the_report_back(world: World) -> None:
    verifier = offline(world)
    for token in [*dict.fromkeys(tokens(world))][:9] * 2:
        report = verifier.verify(token)
        sent = pickle.dumps(_pack(report))
        assert _unpack(pickle.loads(sent), token) == report
        assert _unpack(pickle.loads(sent), token).to_json() == report.to_json()
    plain = world.token(payload=payload().encode())
    for _ in range(12):
        report = verifier.verify(plain)
    sent = pickle.dumps(_pack(report))
    assert plain.encode() not in sent, "who receives it has the token"
    assert plain.encode() in pickle.dumps(report)
    assert _unpack(pickle.loads(sent), plain) == report
    assert _unpack(pickle.loads(sent), plain.encode()) == report


def test_a_report_can_be_sent_before_and_after_it_was_read(world: World) -> None:
    verifier = offline(world)
    token = world.token(payload=payload().encode())
    for _ in range(12):
        report = verifier.verify(token)
        assert pickle.loads(pickle.dumps(report)) == report
    with pytest.raises(AttributeError, match="colour"):
        _ = report.colour  # type: ignore[attr-defined]


def test_tokens_are_taken_up_only_as_reports_are_fetched(world: World) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "x"

    reports = offline(world).verify_many(endless(), processes=2)
    for _ in range(1_000):
        assert next(reports).code.value == "malformed"
    assert taken < 1_000 + 8 * 64
    reports.close()  # type: ignore[attr-defined]


def asked(world: World, *, offline: bool, processes: int) -> list[int]:
    """How often the source of this process was asked, after each of three tokens."""
    source = MemorySource(world, offline=offline)
    source.lists = dict(world.source.lists)
    counts = []
    for report in world.verifier(source).verify_many([world.token()] * 3, processes=processes):
        assert report.code.value == "valid"
        counts.append(len(source.asked))
    return counts


def test_offline_the_first_is_judged_here_and_the_rest_by_others(world: World) -> None:
    one, two, three = asked(world, offline=True, processes=2)
    assert 0 < one == two == three


@pytest.mark.parametrize(("offline", "processes"), [(False, 2), (True, 1), (True, 0)])
def test_online_or_alone_everything_is_done_in_this_process(
    world: World, offline: bool, processes: int
) -> None:
    one, two, three = asked(world, offline=offline, processes=processes)
    assert 0 < one < two < three, "the source of this process was asked"


def test_where_a_system_cannot_fork_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel.sys, "platform", "darwin")
    one, two, three = asked(world, offline=True, processes=2)
    assert 0 < one < two < three


def test_no_token_is_no_report(world: World) -> None:
    assert list(offline(world).verify_many([], processes=2)) == []


def test_what_the_tokens_raise_comes_through(world: World) -> None:
    def broken() -> Iterator[str]:
        yield from ["x"] * 100
        raise OSError("the pipe is gone")

    with pytest.raises(OSError, match="the pipe is gone"):
        list(offline(world).verify_many(broken(), processes=2))


def test_a_killed_process_is_told_and_not_waited_for() -> None:
    def work(items: list[int]) -> list[int]:
        os.kill(os.getpid(), signal.SIGKILL)
        return items

    with pytest.raises(BrokenProcessPool):
        list(work_through(work, range(100), 2))


def test_a_process_asked_to_end_by_the_terminal_leaves_that_to_the_one_who_started_it() -> None:
    def work(items: list[int]) -> list[int]:
        os.kill(os.getpid(), signal.SIGINT)
        return items

    assert list(work_through(work, range(100), 2)) == list(range(100))


@pytest.mark.parametrize(
    ("total", "jobs", "explicit", "worth"),
    [
        (400, 2, False, True),
        (399, 2, False, False),
        (None, 2, False, True),
        (2, 2, True, True),
        (1, 2, True, False),
        (400, 1, True, False),
    ],
)
def test_processes_are_used_from_the_second_on_and_for_enough_work(
    total: int | None, jobs: int, explicit: bool, worth: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel.sys, "platform", "linux")
    assert parallel.worth_it(total, jobs, explicit=explicit) is worth

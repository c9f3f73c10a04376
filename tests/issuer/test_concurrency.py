"""Clients that meet: a few seconds of what `make concurrency` does for long; the writer lock; retried transactions."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
from scripts.concurrency import rush
from tests.support.registry import Bench

from lcert_issuer.refusals import Conflict, RegistryUnavailable
from lcert_issuer.registry.locking import WriterLock, has_wal_reset_bug
from lcert_issuer.registry.session import TransactionsMet


def test_clients_that_meet_lose_nothing_and_get_nothing_twice(bench: Bench) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    found = rush(bench, 4 if bench.registry.dialect == "sqlite" else 12, tries=5, seed=seed)
    assert found["broken"] == []
    assert found["acknowledged"] > 4


def test_one_writer_waits_for_the_other_and_says_so_in_the_end(tmp_path: Path) -> None:
    lock, entered = WriterLock(tmp_path / "r.sqlite3", seconds=0.05), threading.Event()
    leave = threading.Event()

    def hold() -> None:
        with lock.held():
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert entered.wait(10)
        with pytest.raises(RegistryUnavailable, match="somebody else"), lock.held():
            pass
    finally:
        leave.set()
        holder.join()
    with lock.held():
        pass


def test_who_waits_goes_before_who_writes_again_and_again(tmp_path: Path) -> None:
    lock, first, ended = WriterLock(tmp_path / "r.sqlite3", seconds=10), threading.Event(), threading.Event()
    turns = 0

    def write_again_and_again() -> None:
        nonlocal turns
        while not ended.is_set():
            with lock.held():
                turns += 1
                first.set()
                time.sleep(0.002)

    greedy = threading.Thread(target=write_again_and_again)
    greedy.start()
    try:
        assert first.wait(10)
        for _ in range(5):
            with lock.held():
                pass
        assert turns < 40
    finally:
        ended.set()
        greedy.join()


@pytest.mark.parametrize(
    ("version", "bug"),
    [
        ((3, 40, 1), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_versions_with_the_wal_reset_bug(version: tuple[int, int, int], bug: bool) -> None:
    assert has_wal_reset_bug(version) is bug


def test_a_transaction_that_met_another_is_done_again(bench: Bench) -> None:
    tries = []

    def work() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise TransactionsMet("met")
        return 7

    assert bench.registry.again(work) == 7
    tries.clear()

    def never() -> None:
        tries.append(1)
        raise TransactionsMet("met")

    with pytest.raises(Conflict):
        bench.registry.again(never)
    assert len(tries) == 5

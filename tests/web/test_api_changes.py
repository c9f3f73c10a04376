"""The feed of changes: every entry once, in order, without gaps, whoever writes and whoever is killed."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.following import consume_killed, read_consumed, serving_changes, write_from_four
from tests.support.registry import BASE_URL, Bench
from tests.support.shelf import MemoryStorage

from lcert_issuer.registry import journal
from lcert_issuer.registry.session import open_registry
from lcert_web.api.cursors import encode_cursor
from lcert_web.api.feed import Feed
from lcert_web.api.reading import RegistryReader
from lcert_web.problems import Problem
from lcert_web.public import create_public_app

CHANGES = int(os.environ.get("LCERT_TEST_CHANGES", "120"))
"""Written while the consumer is being killed; 1000 for the whole thing."""


class Reader:
    """A client that keeps its cursor."""

    def __init__(self, bench: Bench) -> None:
        app = create_public_app(
            storage=MemoryStorage(), base_url=BASE_URL, issuer_name="L", registry=bench.registry
        )
        self.client = app.test_client()
        self.cursor = ""

    def ask(self, **query: Any) -> Any:
        given = {"cursor": self.cursor, **query}
        reply = self.client.get("/v1/changes", query_string=given, base_url=BASE_URL)
        assert reply.status_code == 200, reply.text
        assert reply.headers["Cache-Control"] == "no-store"
        body = reply.get_json()
        self.cursor = body["cursor"]
        return body


def test_every_entry_comes_once_and_in_order(bench: Bench) -> None:
    number = bench.issue()
    bench.desk.suspend(number, reason="fee-unpaid")
    reader = Reader(bench)
    seen: list[Any] = []
    while (body := reader.ask(limit=3))["changes"]:
        assert body["more"] == (len(seen) + len(body["changes"]) < bench.head().size)
        seen += body["changes"]
    assert [change["position"] for change in seen] == list(range(bench.head().size))
    assert (seen[-1]["kind"], seen[-1]["number"], seen[-1]["reason"]) == ("suspended", number, "fee-unpaid")
    assert seen[-1]["url"] == f"{BASE_URL}/c/{number}"
    assert "payload" not in seen[-1]
    bench.desk.reinstate(number, reason="remedied")
    assert [change["kind"] for change in reader.ask()["changes"]] == ["reinstated"]


def test_waiting_ends_with_the_next_change_or_with_the_time(bench: Bench) -> None:
    reader = Reader(bench)
    reader.ask(limit=1000)
    started = time.monotonic()
    assert reader.ask(wait=1)["changes"] == []
    assert 0.9 < time.monotonic() - started < 4
    later = threading.Timer(0.3, bench.issue)
    later.start()
    started = time.monotonic()
    assert [change["kind"] for change in reader.ask(wait=20)["changes"]] == ["issued"]
    assert time.monotonic() - started < 10
    later.join()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_few_may_wait_at_a_time_and_the_others_are_told_to_come_back(bench: Bench) -> None:
    gate, asleep = threading.Event(), threading.Semaphore(0)

    def sleep(_: float) -> None:
        asleep.release()
        gate.wait(10)

    feed = Feed(
        RegistryReader(bench.registry),
        base_url=BASE_URL,
        sleep=sleep,
    )
    start = feed.after(None, limit=1000, wait=0).cursor
    waiting = [
        threading.Thread(target=feed.after, args=(start,), kwargs={"limit": 1, "wait": 1}) for _ in range(4)
    ]
    for thread in waiting:
        thread.start()
    for _ in waiting:
        assert asleep.acquire(timeout=10)
    assert feed.after(start, limit=1, wait=20).waited_in_vain
    gate.set()
    for thread in waiting:
        thread.join()
    assert not feed.after(start, limit=1, wait=0.05).waited_in_vain


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_cursor_of_another_journal_is_refused(bench: Bench) -> None:
    feed = Feed(RegistryReader(bench.registry), base_url=BASE_URL)
    size = bench.head().size
    for cursor in (
        encode_cursor(size, "0" * 12),  # rewritten since
        encode_cursor(size + 1, "0" * 12),  # restored from before
        encode_cursor(2**52, ""),
        "AAAA",
        "=",
        "x" * 1000,
    ):
        with pytest.raises(Problem):
            feed.after(cursor, limit=1, wait=0)
    reply = Reader(bench).client.get("/v1/changes?wait=26", base_url=BASE_URL)
    assert reply.get_json()["type"] == "urn:lcert:problem:invalid-parameter"


def test_a_consumer_killed_at_random_sees_each_change_once(
    bench: Bench, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    registry = open_registry(bench.url)
    with registry.read() as session:
        before = journal.head(session).size
    registry.close()
    expected = before + CHANGES // 4 * 4
    book = tmp_path / "book.sqlite3"
    with serving_changes(bench.url) as port:
        writers = write_from_four(bench.url, CHANGES)
        try:
            killed = consume_killed(port, book, expected, seed=CHANGES, seconds=30 + CHANGES / 5)
        finally:
            for writer in writers:
                with contextlib.closing(writer):
                    assert writer.finish(60) == 0, writer.said()
    assert read_consumed(book) == list(range(expected))
    assert killed >= 3

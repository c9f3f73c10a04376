"""Several processes take connections from one socket: whoever has fewer open is to get the next one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from lcert_web import patience


class Process(patience.PatientWorker):
    """A process of a server, as far as it takes connections."""

    def __init__(self, *, processes: int, has: int) -> None:
        self.cfg = SimpleNamespace(workers=processes)
        self.nr_conns = has
        self.taken: list[Any] = []

    def enqueue_req(self, conn: Any) -> None:
        self.taken.append(conn)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with socket.create_connection(listener.getsockname()):
            yield listener


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What happens while a process waits, in turn; then how long it would have."""
    events: list[Any] = []

    def wait(seconds: float) -> None:
        happens: list[Callable[[], None]] = [event for event in events if callable(event)]
        events[:] = [event for event in events if not callable(event)] + [seconds]
        for event in happens:
            event()

    monkeypatch.setattr(patience.time, "sleep", wait)
    return events


def end(process: Process) -> None:
    for conn in process.taken:
        conn.sock.close()


def test_a_process_with_more_connections_leaves_the_next_one_to_another(
    listener: socket.socket, meanwhile: list[Any]
) -> None:
    full, idle = Process(processes=2, has=3), Process(processes=2, has=0)
    meanwhile.append(lambda: idle.accept(listener))
    full.accept(listener)
    assert (len(idle.taken), len(full.taken)) == (1, 0)
    assert (idle.nr_conns, full.nr_conns) == (1, 3), "one that was not there to take is none"
    end(idle)


def test_it_takes_it_itself_when_no_other_does(listener: socket.socket, meanwhile: list[Any]) -> None:
    full = Process(processes=2, has=3)
    full.accept(listener)
    assert (len(full.taken), full.nr_conns) == (1, 4)
    assert len(meanwhile) == 1
    end(full)


def test_it_waits_longer_the_more_it_has_up_to_a_millisecond(
    listener: socket.socket, meanwhile: list[Any]
) -> None:
    for has in (0, 1, 4, 5, 900):
        process = Process(processes=2, has=has)
        process.accept(listener)
        end(process)
    assert meanwhile == sorted(meanwhile)
    assert meanwhile[0] == 0
    assert meanwhile[2] > meanwhile[1] > 0
    assert meanwhile[3] == meanwhile[4] <= 0.001


def test_the_only_process_does_not_wait(listener: socket.socket, meanwhile: list[Any]) -> None:
    alone = Process(processes=1, has=9)
    alone.accept(listener)
    assert (len(alone.taken), meanwhile) == (1, [])
    end(alone)


def test_a_connection_that_its_thread_has_closed_is_one_less_and_not_two(listener: socket.socket) -> None:
    """With fewer than none open, a process could not be polite, and would end."""
    process, done = Process(processes=2, has=0), Future[bool]()
    process.accept(listener)
    end(process)
    done.set_result(False)
    process.finish_request(process.taken[0], done)
    assert process.nr_conns == 0
    process.accept(listener)

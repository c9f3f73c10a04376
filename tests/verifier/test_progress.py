"""The bar for a person who waits: shown to a terminal alone, ten times a second, and taken away."""

from __future__ import annotations

import io

import pytest

from lcert_verifier.commands.progress import Progress

CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def bar(total: int | None, times: list[float], stream: io.StringIO | None = None) -> Progress:
    return Progress(stream or Terminal(), total, busy=False, clock=lambda: times[0])


def test_it_tells_how_many_are_judged_and_how_long_it_takes_yet() -> None:
    stream, times = Terminal(), [100.0]
    progress = bar(30, times, stream)
    lines = []
    for now, done in ((100.0, 0), (102.0, 1), (102.05, 2), (102.1, 3), (115.0, 15), (115.01, 30)):
        times[0] = now
        before = len(stream.getvalue())
        progress.show(done)
        lines.append(stream.getvalue()[before:])
    assert lines == [
        f"{CLEAR}[{'.' * 30}] 0 of 30 judged",
        f"{CLEAR}[#{'.' * 29}] 1 of 30 judged, 58 s left",
        "",
        f"{CLEAR}[###{'.' * 27}] 3 of 30 judged, 19 s left",
        f"{CLEAR}[{'#' * 15}{'.' * 15}] 15 of 30 judged, 15 s left",
        f"{CLEAR}[{'#' * 30}] 30 of 30 judged",
    ]


def test_it_is_taken_away_once() -> None:
    stream = Terminal()
    progress = bar(None, [0.0], stream)
    progress.clear()
    assert stream.getvalue() == ""
    progress.show(7)
    progress.clear()
    progress.clear()
    assert stream.getvalue() == f"{CLEAR}7 judged{CLEAR}"


@pytest.mark.parametrize(
    ("stream", "total", "busy", "shown"),
    [
        (Terminal(), 2, False, True),
        (Terminal(), None, False, True),
        (Terminal(), 1, False, False),
        (Terminal(), 0, False, False),
        (Terminal(), 2, True, False),
        (io.StringIO(), 2, False, False),
    ],
)
def test_it_is_shown_to_a_person_who_waits_for_several(
    stream: io.StringIO, total: int | None, busy: bool, shown: bool
) -> None:
    Progress(stream, total, busy=busy).show(0)
    assert bool(stream.getvalue()) is shown


@pytest.mark.parametrize("terminal", [True, False])
def test_answers_on_the_same_terminal_leave_no_place_for_it(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    stream = Terminal()
    Progress(stream, 5).show(1)
    assert bool(stream.getvalue()) is not terminal

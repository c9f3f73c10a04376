"""How old evidence may be is the caller's to say; without a word it fails closed, and the age is always told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.chronicle import Chronicle, keep_chronicle

from lcert_verifier import command
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher
from lcert_verifier.report import Code, format_time
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chronicle]:
    with keep_chronicle(tmp_path_factory.mktemp("aging")) as chronicle:
        chronicle.to("2027-01-04")
        chronicle.bench.issue()
        chronicle.bench.desk.withdraw(chronicle.bench.issue(), reason="mark-misuse")
        chronicle.bench.clock.move(minutes=1)
        chronicle.publish()
        yield chronicle


GOOD, GONE = "LC-2026-0001", "LC-2026-0002"


@pytest.mark.parametrize(
    ("age", "max_age", "code"),
    [
        (6 * DAYS, None, Code.VALID),
        (7 * DAYS + MINUTES, None, Code.STATUS_STALE),
        (30 * MINUTES, 24 * HOURS, Code.VALID),
        (24 * HOURS, 24 * HOURS, Code.VALID),
        (24 * HOURS + MINUTES, 24 * HOURS, Code.STATUS_STALE),
        (20 * DAYS, 30 * DAYS, Code.VALID),
        (31 * DAYS, 30 * DAYS, Code.STATUS_STALE),
        (MINUTES, timedelta(0), Code.STATUS_STALE),
    ],
)
def test_offline_by_the_age_of_the_bundle(
    kept: Chronicle, age: timedelta, max_age: timedelta | None, code: Code
) -> None:
    now = kept.now + age
    verifier = Verifier.from_bundle(kept.read("bundle.zip"), clock=lambda: now, max_age=max_age)
    report = verifier.verify(kept.token(GOOD))
    assert report.code is code
    assert report.as_of.status == kept.now.replace(microsecond=0), "the age is told, whatever the answer"
    assert verifier.verify(kept.token(GONE)).code is Code.REVOKED, "no age makes a withdrawal go away"


@pytest.mark.parametrize(
    ("age", "max_age", "code"),
    [
        (50 * MINUTES, None, Code.VALID),
        (50 * MINUTES, 10 * MINUTES, Code.STATUS_STALE),
        (9 * MINUTES, 10 * MINUTES, Code.VALID),
    ],
)
def test_online_by_when_the_list_was_fetched(
    kept: Chronicle, age: timedelta, max_age: timedelta | None, code: Code
) -> None:
    moment = [kept.now]
    reachable = [True]

    def read(path: str) -> bytes:
        if not reachable[0]:
            raise EvidenceUnavailable("gone")
        return kept.read(path)

    source = PublishedSource(read, base_url="https://certs.example", clock=lambda: moment[0])
    verifier = Verifier([source], clock=lambda: moment[0], max_age=max_age)
    assert verifier.verify(kept.token(GOOD)).code is Code.VALID
    reachable[0] = False
    moment[0] += age
    assert verifier.verify(kept.token(GOOD)).code is code


def test_a_list_that_has_expired_online_is_unfit_whatever_the_caller_says(kept: Chronicle) -> None:
    later = kept.now + 25 * HOURS
    source = PublishedSource(kept.read, base_url="https://certs.example", clock=lambda: later)
    verifier = Verifier([source], clock=lambda: later, max_age=30 * DAYS)
    assert verifier.verify(kept.token(GOOD)).code is Code.STATUS_STALE


def test_the_command_takes_an_age_and_tells_it(
    kept: Chronicle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "l.zip").write_bytes(kept.read("bundle.zip"))
    (tmp_path / "t.jwt").write_text(kept.token(GOOD))

    def run(*words: str) -> int:
        arguments = [str(tmp_path / "t.jwt"), "--trust", str(tmp_path / "l.zip"), "--offline", *words]
        return command.main(arguments, clock=lambda: kept.now + 2 * DAYS, fetcher=Fetcher())

    assert [run(), run("--max-age", "24h"), run("--max-age", "3d"), run("--max-age", "2879m")] == [0, 2, 0, 2]
    out = capsys.readouterr().out
    assert out.count(f"status {format_time(kept.now.replace(microsecond=0))}") == 4
    for wrong in ("1", "h", "-1h", "1w", "١h", "999999d"):
        assert run("--max-age", wrong) == 64


def test_a_negative_age_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="max_age"):
        Verifier([], max_age=-MINUTES)

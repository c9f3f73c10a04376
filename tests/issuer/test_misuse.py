"""Reports of misuse in the registry: filed by the public, read and closed by commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.support.forking import QuickHome, Starter
from tests.support.registry import NOW, Bench

from lcert_issuer.misuse import (
    MOST_IN_AN_HOUR,
    file_report,
    list_reports,
    resolve_report,
    tally_reports,
)
from lcert_issuer.refusals import Conflict, InvalidInput, NotAllowed, NotFound
from lcert_issuer.registry.session import open_registry


def filed(bench: Bench, **changes: object) -> str:
    values = {
        "number": "LC-2026-0001",
        "kind": "copied-badge",
        "place": "https://grimsby.example/",
        "text": "Not theirs.",
        "contact": "me@example.org",
        "now": NOW,
        **changes,
    }
    with bench.registry.write() as session:
        return file_report(session, **values)  # type: ignore[arg-type]


def test_a_report_is_read_resolved_and_its_contact_erased(bench: Bench) -> None:
    reference = filed(bench)
    with bench.registry.read() as session:
        (report,) = list_reports(session)
    assert (report.id, report.received_at, report.contact) == (reference, NOW, "me@example.org")
    with bench.registry.write() as session:
        closed = resolve_report(session, reference, note="Taken down.", now=NOW + timedelta(days=1))
    assert (closed.note, closed.contact, closed.text) == ("Taken down.", None, "Not theirs.")
    with bench.registry.read() as session:
        assert list_reports(session) == []
        assert list_reports(session, resolved=True) == [closed]
        assert (tally_reports(session).received, tally_reports(session).open) == (1, 0)


def test_a_report_is_resolved_once(bench: Bench) -> None:
    reference = filed(bench)
    for refusal in (None, Conflict):
        with bench.registry.write() as session:
            if refusal is None:
                resolve_report(session, reference, note="Done.", now=NOW)
            else:
                with pytest.raises(refusal, match="Done"):
                    resolve_report(session, reference, note="Again.", now=NOW)
    with bench.registry.write() as session, pytest.raises(NotFound, match="misuse list"):
        resolve_report(session, "nothing", note="x", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "else"},
        {"place": " "},
        {"text": ""},
        {"text": "x" * 4001},
        {"place": "a\0b"},
        {"contact": "x" * 201},
    ],
)
def test_what_the_form_would_not_send_is_refused(bench: Bench, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        filed(bench, **changes)


def test_no_more_come_in_an_hour_than_somebody_can_read(bench: Bench) -> None:
    for _ in range(MOST_IN_AN_HOUR):
        filed(bench)
    with pytest.raises(NotAllowed):
        filed(bench)
    filed(bench, now=NOW + timedelta(hours=1, seconds=1))


def test_the_database_itself_holds_that_a_closed_report_has_a_note_and_no_contact(bench: Bench) -> None:
    filed(bench)
    for change in ("note = 'x'", "resolved_at = 1", "resolved_at = 1, note = 'x'"):
        with pytest.raises(IntegrityError), bench.registry.write() as session:
            session.execute(text(f"UPDATE misuse_report SET {change}"))


def test_the_commands(tmp_path: Path, starter: Starter) -> None:
    home = QuickHome(folder=tmp_path / "var", starter=starter)
    home.init("Programme")
    registry = open_registry(f"sqlite:///{home.folder / 'registry.sqlite3'}")
    with registry.write() as session:
        reference = file_report(
            session, number=None, kind="other", place="a shop", text="two\nlines \x1b[31m", now=NOW
        )
    registry.close()
    listed = home.lcert("misuse", "list")
    assert reference in listed.out
    assert "\x1b" not in listed.out
    assert home.lcert("misuse", "list", "--json").object["text"] == "two\nlines \x1b[31m"
    assert home.lcert("misuse", "resolve", reference).code == 64
    closed = home.lcert("misuse", "resolve", reference, "--note", "No case.", "--json")
    assert (closed.code, closed.object["note"]) == (0, "No case.")
    assert home.lcert("misuse", "resolve", reference, "--note", "Again").code == 1
    assert home.lcert("misuse", "list").out == ""

"""The end of the audit log lies outside of the database since the last publication: rows until then cannot change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.support.press import Press, press, press_template

from lcert_issuer.anchors import HighWaterMark, PublishRefused
from lcert_issuer.registry.auditing import (
    EMPTY_DIGEST,
    LogEnd,
    Note,
    chain_faults,
    extends,
    log_end,
    note,
    row_digest,
)
from lcert_issuer.registry.models import Audit

__all__ = ["press", "press_template"]


def write_anew(connection: Connection, *, cut: int = 0, actor: str | None = None) -> None:
    """What somebody does who may write to the database and knows how: new rows, a new chain, and the end of it."""
    names = [name for (name,) in connection.exec_driver_sql(_TRIGGERS)]
    for name in names:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    rows: list[dict[str, Any]] = [
        dict(row._mapping) for row in connection.execute(select(Audit.__table__).order_by(Audit.id))
    ]
    digest = EMPTY_DIGEST
    for row in rows[: len(rows) - cut]:
        told = {name: value for name, value in row.items() if name != "digest"}
        if actor is not None and row is rows[0]:
            told["actor"] = actor
        digest = row_digest(digest, **told)
        values = (told["actor"], digest, row["id"])
        connection.exec_driver_sql("UPDATE audit SET actor = ?, digest = ? WHERE id = ?", values)
    last = rows[len(rows) - cut - 1]["id"]
    connection.exec_driver_sql("DELETE FROM audit WHERE id > ?", (last,))
    head = (len(rows) - cut, last, digest)
    connection.exec_driver_sql("UPDATE audit_head SET size = ?, last_id = ?, digest = ?", head)


_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit', 'audit_head')"


def noted(press: Press) -> LogEnd | None:
    return HighWaterMark(press.home / "highwater.json").log_end()


def faults(press: Press, known: LogEnd) -> tuple[list[str], bool]:
    with press.registry.read() as session:
        return list(chain_faults(session)), extends(session, known)


def add_note(press: Press) -> None:
    with press.registry.write() as session:
        note(session, [Note(at=press.now, actor="x", action="look", target=None, outcome="refused")])


def test_a_publication_notes_where_the_log_ends_and_later_rows_go_on_from_there(press: Press) -> None:
    add_note(press)
    press.publisher.publish()
    known = noted(press)
    assert known is not None
    assert known.size > 0
    with press.registry.read() as session:
        assert log_end(session) == known
    add_note(press)
    assert faults(press, known) == ([], True), "a mark that is behind is in order"
    press.publisher.publish()
    moved = noted(press)
    assert moved is not None
    assert moved.size == known.size + 1, (
        "the next publication takes the log along although the journal is the same"
    )


@pytest.mark.parametrize("how", [{"actor": "nobody"}, {"cut": 1}], ids=["written anew", "cut off"])
def test_a_log_written_anew_is_found_and_no_publication_covers_it(press: Press, how: dict[str, Any]) -> None:
    add_note(press)
    add_note(press)
    press.publisher.publish()
    known = noted(press)
    assert known is not None
    with press.registry.write() as session:
        write_anew(session.connection(), **how)
    assert faults(press, known) == ([], False), "the chain itself looks sound"
    press.issue()
    done = press.publisher.publish()
    mark = HighWaterMark(press.home / "highwater.json").read()
    assert mark is not None
    assert mark.size == done.size, "rewritten rows hold up no publication"
    assert noted(press) == known
    assert faults(press, known) == ([], False), "rows that were added since make up for nothing"


def test_a_mark_of_before_has_no_end_and_gets_one(press: Press) -> None:
    press.publisher.publish()
    file = press.home / "highwater.json"
    value = json.loads(file.read_bytes())
    del value["audit"]
    file.write_text(json.dumps(value))
    assert noted(press) is None
    press.publisher.publish()
    assert noted(press) is not None


def test_a_log_that_is_put_back_on_purpose_is_noted_anew(press: Press) -> None:
    press.publisher.publish()
    mark = HighWaterMark(press.home / "highwater.json")
    before = mark.read()
    mark.forget_log()
    assert (mark.read(), mark.log_end()) == (before, None)
    mark.forget_log()
    press.publisher.publish()
    assert noted(press) is not None


@pytest.mark.parametrize("end", ["x", {"size": 1}, {"size": "x", "lastId": 1, "digest": ""}])
def test_a_damaged_end_is_not_guessed_at(press: Press, end: Any) -> None:
    press.publisher.publish()
    file = press.home / "highwater.json"
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "audit": end}))
    with pytest.raises(PublishRefused, match="damaged"):
        press.publisher.publish()

"""The journal: dense, ordered, append-only in time, and provable."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.support.registry import FOUNDED, NOW, Bench

from lcert_issuer.refusals import ClockBehind, NotAllowed
from lcert_issuer.registry import journal
from lcert_issuer.registry.canonical import canonical_json
from lcert_issuer.registry.events import Event, Kind, encode_entry, format_instant
from lcert_issuer.registry.models import JournalNode, PayloadRow
from lcert_issuer.registry.session import open_registry
from lcert_verifier.jose import b64u_encode
from lcert_verifier.merkle import (
    consistency_proof,
    inclusion_path,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)


def event(number: str = "LC-2026-0001", **more: Any) -> Event:
    return Event(kind=Kind.SUSPENDED, number=number, reason="unspecified", **more)


def append(bench: Bench, *events: Event, recorded_at: datetime | None = None) -> list[journal.Recorded]:
    with bench.registry.write() as session:
        return journal.append(session, events, recorded_at=recorded_at)


def test_a_founded_journal_begins_with_its_keys(bench: Bench) -> None:
    kinds = [entry.kind for entry in bench.entries()]
    assert kinds == [Kind.KEY_STAGED, Kind.KEY_PROMOTED] * 4
    purposes = [json.loads(entry.data)["purpose"] for entry in bench.entries()[::2]]
    assert purposes == ["root", "issuer", "status", "log"]


def test_entries_are_canonical_json_without_null_and_without_names(bench: Bench) -> None:
    number = bench.issue()
    entry = bench.entries()[-1]
    members = json.loads(entry.data)
    assert entry.data == canonical_json(members)
    assert None not in members.values()
    assert b"Quillwater" not in entry.data
    assert members["number"] == number
    assert members["v"] == 1
    assert set(members["tokens"]) == {"vc+jwt", "openbadge", "compact"}
    assert members["effectiveAt"] == "2026-11-20T00:00:00Z"
    assert members["recordedAt"] == "2026-11-20T09:30:00Z"
    assert (members["validFrom"], members["validThrough"]) == ("2026-11-20", "2027-11-19")


def test_an_entry_binds_its_private_payload(bench: Bench) -> None:
    append(bench, event(payload={"actor": "jo", "note": "says é and \x1f"}))
    members = json.loads(bench.entries()[-1].data)
    row = bench.ask(
        lambda s: s.execute(select(PayloadRow).where(PayloadRow.event_id == members["id"])).scalar_one()
    )
    digest = hashlib.sha256(row.salt + row.body.encode()).digest()
    assert members["payload"] == f"sha256-{b64u_encode(digest)}"
    assert json.loads(row.body) == {"actor": "jo", "note": "says é and \x1f"}


def test_erasing_a_payload_leaves_the_journal_whole(bench: Bench) -> None:
    append(bench, event(payload={"actor": "jo"}))
    with bench.registry.write() as session:
        for row in session.execute(select(PayloadRow)).scalars():
            row.body = None
    assert root_of(entry.leaf for entry in bench.entries()) == bench.head().root


def test_head_and_entries_agree(bench: Bench) -> None:
    append(bench, *[event() for _ in range(5)])
    entries, head = bench.entries(), bench.head()
    assert [entry.position for entry in entries] == list(range(head.size))
    assert all(entry.leaf == leaf_hash(entry.data) for entry in entries)
    assert head.root == root_of(entry.leaf for entry in entries)


def test_nothing_is_recorded_for_nothing(bench: Bench) -> None:
    before = bench.head()
    assert append(bench) == []
    assert bench.head() == before


def test_proofs_come_from_stored_nodes(bench: Bench) -> None:
    append(bench, *[event() for _ in range(700)])
    head = bench.head()
    kept = bench.ask(lambda s: s.execute(select(JournalNode.level, JournalNode.position)).all())
    assert sorted(tuple(row) for row in kept) == [(8, 0), (8, 1)]
    with bench.registry.read() as session:
        node = journal.nodes(session)
        entries = list(journal.entries(session))
        assert root_at(head.size, node) == head.root
        for index in (0, 1, 255, 256, 511, 512, head.size - 1):
            path = inclusion_path(index, head.size, node)
            assert verify_inclusion(entries[index].leaf, index, head.size, path, head.root)
        old_root = root_of(entry.leaf for entry in entries[:300])
        proof = consistency_proof(300, head.size, node)
        assert verify_consistency(300, head.size, old_root, head.root, proof)
        with pytest.raises(ValueError, match="no complete node"):
            node(8, 2)


def test_entries_are_read_by_position(bench: Bench) -> None:
    with bench.registry.read() as session:
        assert [entry.position for entry in journal.entries(session, 2, 5)] == [2, 3, 4]
        assert [entry.position for entry in journal.entries(session, 6)] == [6, 7]


def test_threads_append_densely_and_in_order(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append(bench, event(), event()), range(40)))
    _assert_dense(bench, 80)


def _append_in_another_process(url: str, count: int) -> None:
    registry = open_registry(url)
    for _ in range(count):
        with registry.write() as session:
            journal.append(session, [event()])
    registry.close()


def test_processes_append_densely_and_in_order(bench: Bench) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append_in_another_process, args=(bench.url, 15)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    _assert_dense(bench, 60)


def _assert_dense(bench: Bench, count: int) -> None:
    entries = bench.entries()
    assert [entry.position for entry in entries] == list(range(8 + count))
    times = [entry.recorded_at for entry in entries]
    assert times == sorted(times)
    assert bench.head().root == root_of(entry.leaf for entry in entries)


def test_time_never_goes_back(bench: Bench) -> None:
    append(bench, event())
    bench.clock.move(seconds=-59)
    assert append(bench, event())[0].recorded_at == NOW


def test_a_clock_a_minute_behind_records_nothing(bench: Bench) -> None:
    append(bench, event())
    bench.clock.move(seconds=-61)
    with pytest.raises(ClockBehind, match="set the clock right"):
        append(bench, event())
    assert bench.head().size == 9


def test_the_past_is_loaded_in_order_into_a_journal_that_was_never_published(bench: Bench) -> None:
    march = FOUNDED + timedelta(days=2)
    assert append(bench, event(), recorded_at=march)[0].recorded_at == march
    with pytest.raises(NotAllowed, match="in order"):
        append(bench, event(), recorded_at=march - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="in order"):
        append(bench, event(), recorded_at=NOW + timedelta(seconds=1))


def test_a_published_journal_takes_no_past(bench: Bench) -> None:
    with bench.registry.write() as session:
        journal.mark_published(session)
    assert bench.head().published
    with pytest.raises(NotAllowed, match="published"):
        append(bench, event(), recorded_at=NOW)
    assert append(bench, event())[0].recorded_at == NOW


def test_a_fact_takes_effect_when_recorded_unless_told(bench: Bench) -> None:
    first, second = append(bench, event(), event(effective_at=FOUNDED))
    assert (first.effective_at, second.effective_at) == (NOW, FOUNDED)


def test_an_entry_too_long_for_the_log_is_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        encode_entry(
            event(tokens={"x": "y" * 70_000}), event_id="0", effective_at=NOW, recorded_at=NOW, payload=b""
        )


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC), "2026-01-02T03:04:05.000060Z"),
    ],
)
def test_instants_are_written_in_one_way(moment: datetime, written: str) -> None:
    assert format_instant(moment) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, "x"]}, b'{"a":[true,"x"],"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'.encode()),
        ('\x00\x1f\x7f"\\/é', b'"\\u0000\\u001f\x7f\\"\\\\/\xc3\xa9"'),
    ],
)
def test_canonical_json_is_that_of_rfc_8785(value: Any, written: bytes) -> None:
    assert canonical_json(value) == written


@pytest.mark.parametrize("value", [None, 1.0, 2**53, {1: 2}, b"x", {"a": None}, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError is one too
        canonical_json(value)


@given(
    st.recursive(
        st.text() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_canonical_json_reads_back_and_has_one_spelling(value: Any) -> None:
    try:
        data = canonical_json(value)
    except UnicodeEncodeError:
        return  # a lone surrogate
    assert json.loads(data) == value
    assert canonical_json(json.loads(data)) == data

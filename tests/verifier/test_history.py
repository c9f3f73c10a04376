"""A history is the whole journal or none: nothing that is left out, changed or older gives an answer about the past."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.chronicle import Chronicle, keep_chronicle
from tests.support.edges import Issuer as Edge
from tests.support.edges import Reads
from tests.support.evidence import MemorySource, make_world

from lcert_issuer import steps
from lcert_issuer.office import load_keyring
from lcert_verifier.bundle import BundleSource
from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.history import History, history_paths, load_history
from lcert_verifier.history_file import history_path, update_history_file
from lcert_verifier.jose import sign_compact, split
from lcert_verifier.journal_events import Event, parse_event
from lcert_verifier.merkle import leaf_hash, root_of
from lcert_verifier.published import NotPublished
from lcert_verifier.replay import replay
from lcert_verifier.report import Code
from lcert_verifier.source import PublishedSource
from lcert_verifier.tiles import decode_entries, encode_entries
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import KeyPurpose, StatusValue

T0 = datetime(2027, 1, 1, tzinfo=UTC)


def entry(position: int, **members: Any) -> bytes:
    times = {"effectiveAt": "2027-01-01T00:00:00Z", "recordedAt": f"2027-01-01T00:00:{position % 60:02d}Z"}
    return json.dumps({"v": 1, "kind": "suspended", **times, **members}).encode()


def edge(count: int) -> Edge:
    return Edge(entries=[entry(n, number=f"LC-2027-{n % 7:04d}") for n in range(count)])


def load(issuer: Edge, read: Callable[[str], bytes], previous: History | None = None) -> History:
    size, root = issuer.head()
    return load_history(read, size, root, previous=previous)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_everything_about_a_certificate_is_found_in_order(count: int) -> None:
    issuer = edge(count)
    history = load(issuer, Reads(issuer.tiles()))
    assert [data for _, data in history.entries()] == issuer.entries
    assert [event.position for event in history.about("LC-2027-0003")] == list(range(3, count, 7))
    assert history.about("LC-2099-0001") == ()
    assert [position for position, _ in history.entries(count - 1)] == [count - 1]


@pytest.mark.parametrize("count", [1, 256, 300, 600])
def test_every_head_the_journal_had_is_known_again(count: int) -> None:
    issuer = edge(count)
    history = load(issuer, Reads(issuer.tiles()))
    for size in {0, 1, count // 2, count - 1, count}:
        root = root_of(leaf_hash(data) for data in issuer.entries[:size])
        assert history.holds(size, root)
        assert not history.holds(size, bytes(32))
    assert not history.holds(count + 1, issuer.head()[1])


@pytest.mark.parametrize("position", [-1, 300, 512])
def test_there_is_no_entry_outside_of_the_journal(position: int) -> None:
    issuer = edge(300)
    with pytest.raises(IndexError):
        load(issuer, Reads(issuer.tiles())).entry(position)


def test_a_longer_history_reads_only_tiles_that_were_not_whole() -> None:
    issuer = edge(300)
    first = load(issuer, Reads(issuer.tiles()))
    issuer.entries += [entry(n, number="LC-2027-0003") for n in range(300, 600)]
    read = Reads(issuer.tiles())
    longer = load(issuer, read, first)
    assert sorted(read.seen) == history_paths(600)[1:]
    assert longer.about("LC-2027-0003")[-1].position == 599
    assert first.size == 300, "a history does not change"
    assert first.about("LC-2027-0003")[-1].position < 300


def test_a_rewritten_journal_does_not_extend_the_old_one() -> None:
    issuer = edge(300)
    first = load(issuer, Reads(issuer.tiles()))
    issuer.entries[280] = entry(280, number="LC-2027-0005")
    issuer.entries.append(entry(300))
    with pytest.raises(EvidenceUnavailable, match="does not extend"):
        load(issuer, Reads(issuer.tiles()), first)
    load(issuer, Reads(issuer.tiles()))  # on its own it is a journal like any other


def test_a_partial_tile_that_has_become_whole_serves_cut() -> None:
    issuer = edge(40)
    size, root = issuer.head()
    issuer.entries += [entry(n) for n in range(40, 300)]
    assert load_history(Reads(issuer.tiles()), size, root).size == 40


def omit(tile: bytes, width: int) -> bytes:
    entries = decode_entries(tile, width)
    return encode_entries([*entries[:5], entries[4], *entries[6:]])


@pytest.mark.parametrize(
    "damage",
    [
        lambda tile: omit(tile, 44),
        lambda tile: tile[:-1],
        lambda tile: tile[:-1] + b"!",
        lambda tile: b"",
        lambda tile: encode_entries(decode_entries(tile, 44)[::-1]),
    ],
)
def test_a_tile_that_is_not_the_journals_gives_no_history(damage: Callable[[bytes], bytes]) -> None:
    issuer = edge(300)
    files = issuer.tiles()
    path = "log/tile/entries/001.p/44"
    with pytest.raises(EvidenceUnavailable):
        load(issuer, Reads({**files, path: damage(files[path])}))
    with pytest.raises(EvidenceUnavailable):
        load(issuer, Reads({name: data for name, data in files.items() if name != path}))


def test_a_huge_journal_is_not_read() -> None:
    with pytest.raises(EvidenceUnavailable, match="more than"):
        load_history(Reads({}), 1 << 21, bytes(32))
    big = Edge(entries=[b'{"v":1,"x":"' + b"a" * 60_000 + b'"}'] * 30)
    with pytest.raises(EvidenceUnavailable, match="too long"):
        load(big, Reads(big.tiles()))


@pytest.mark.parametrize(
    "members",
    [
        {"v": 2},
        {"kind": 7},
        {"edition": 0},
        {"edition": True},
        {"tokens": ["a"]},
        {"tokens": {"vc+jwt": 1}},
        {"number": 1},
        {"effectiveAt": "2027-01-01"},
        {"effectiveAt": "2027-01-01T00:00:00+00:00"},
        {"recordedAt": None},
        {"recordedAt": "noonZ"},
    ],
)
def test_an_entry_of_another_form_is_not_guessed_at(members: Mapping[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_event(0, entry(0, **members))


# ---- replaying


def event(position: int, kind: str, hours: float, **members: Any) -> Event:
    at = T0 + timedelta(hours=hours)
    return Event(position=position, kind=kind, effective_at=at, recorded_at=at, **{"tokens": {}, **members})


ISSUED = event(0, "issued", 0, edition=1, tokens={"vc+jwt": "aa"})


def ask(*events: Event, at: float = 100, known: float | None = None) -> StatusValue | None:
    past = replay(
        [ISSUED, *events],
        digest="aa",
        edition=1,
        at=T0 + timedelta(hours=at),
        known_at=None if known is None else T0 + timedelta(hours=known),
    )
    return past.value


def test_an_unknown_kind_of_entry_stops_the_replay() -> None:
    with pytest.raises(Malformed, match="paused"):
        ask(event(1, "paused", 5), at=1)


def test_notices_change_nothing() -> None:
    notices = [
        event(n, kind, n, edition=1) for n, kind in enumerate(("activated", "expired", "superseded"), 1)
    ]
    assert ask(*notices) is StatusValue.VALID


def test_a_token_under_another_edition_is_refused() -> None:
    with pytest.raises(Malformed):
        replay([ISSUED], digest="aa", edition=2, at=T0, known_at=None)


def test_an_edition_that_was_given_up_is_invalid_for_ever() -> None:
    given_up = event(1, "abandoned", 1, edition=2)
    past = replay([ISSUED, given_up], digest="bb", edition=2, at=T0, known_at=None)
    assert past.value is StatusValue.INVALID
    assert replay([ISSUED], digest="bb", edition=2, at=T0, known_at=None).value is None


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["suspended", "reinstated", "withdrawn", "rescoped", "appealed"]),
        st.integers(1, 50),
        st.integers(0, 50),
    ),
    max_size=8,
)


@given(HAPPENINGS, st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_more_knowledge_never_revives_what_was_withdrawn(
    happenings: list[tuple[str, int, int]], at: int, known: int
) -> None:
    events = []
    for position, (kind, recorded, back) in enumerate(sorted(happenings, key=lambda item: item[1]), 1):
        made = event(
            position, kind, recorded, **({"edition": position + 1} if kind[-4:] in ("oped", "aled") else {})
        )
        events.append(replace(made, effective_at=T0 + timedelta(hours=max(recorded - back, 0))))
    before, after = ask(*events, at=at, known=known), ask(*events, at=at)
    if before in (StatusValue.INVALID, StatusValue.SUPERSEDED):
        assert after in (StatusValue.INVALID, StatusValue.SUPERSEDED)
    assert ask(*events, at=at, known=60) == after


# ---- what a verifier makes of it


@dataclass
class Kept(Chronicle):
    """A chronicle with one certificate, and a checkpoint of before its withdrawal."""

    number: str = ""
    early: bytes = b""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with keep_chronicle(tmp_path_factory.mktemp("history")) as chronicle:
        chronicle.to("2027-01-04")
        number = chronicle.bench.issue()
        chronicle.to("2027-01-12")
        chronicle.bench.issue()
        chronicle.publish()
        early = chronicle.read("log/checkpoint")
        chronicle.to("2027-02-01")
        chronicle.bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
        chronicle.publish()
        yield Kept(
            bench=chronicle.bench,
            storage=chronicle.storage,
            publisher=chronicle.publisher,
            number=number,
            early=early,
        )


def code(kept: Kept, changes: Mapping[str, bytes | None], *, known_at: str | None = None) -> Code:
    """The answer about a withdrawn certificate's January, from what is published with `changes`."""

    def read(path: str) -> bytes:
        data = changes[path] if path in changes else kept.storage.get(path)
        if data is None:
            raise NotPublished(path)
        return data

    source = PublishedSource(read, clock=lambda: kept.now)
    verifier = Verifier([source], clock=lambda: kept.now)
    token = kept.token(kept.number)
    return kept.ask(verifier, token, "2027-01-10", known_at).code


def entry_tile(kept: Kept) -> tuple[str, list[bytes]]:
    (path,) = [path for path in kept.storage.list("log/tile/entries/") if _newest(kept, path)]
    return path, decode_entries(kept.read(path), int(path.rpartition("/")[2]))


def _newest(kept: Kept, path: str) -> bool:
    size = kept.read("log/checkpoint").split(b"\n")[1]
    return path.endswith(f".p/{size.decode()}")


def test_an_empty_journal_tells_no_past() -> None:
    class Empty(MemorySource):
        def history(self, now: datetime, *, least: int = 0) -> History:
            return load_history(Reads({}), 0, root_of(()))

    world = make_world()
    source = Empty(world)
    source.lists = dict(world.source.lists)
    report = world.verifier(source).verify(world.token(), at=world.now - timedelta(minutes=5))
    assert report.code is Code.STATUS_HISTORY_UNAVAILABLE
    assert "the journal is empty" in json.dumps(report.to_json())


def test_what_is_published_tells_the_past(kept: Kept) -> None:
    assert code(kept, {}) is Code.REVOKED
    assert code(kept, {}, known_at="2027-01-10") is Code.VALID


def test_leaving_the_withdrawal_out_is_noticed(kept: Kept) -> None:
    path, entries = entry_tile(kept)
    without = [data for data in entries if b'"withdrawn"' not in data]
    assert len(without) == len(entries) - 1
    assert code(kept, {path: encode_entries(without)}) is Code.STATUS_HISTORY_UNAVAILABLE
    assert code(kept, {path: encode_entries([*without, without[-1]])}) is Code.STATUS_HISTORY_UNAVAILABLE
    assert code(kept, {path: None}) is Code.STATUS_HISTORY_UNAVAILABLE


def test_an_older_checkpoint_does_not_hide_what_the_list_was_made_from(kept: Kept) -> None:
    early = {"log/checkpoint": kept.early}
    assert code(kept, early) is Code.STATUS_HISTORY_UNAVAILABLE
    assert code(kept, early, known_at="2027-01-20") is Code.STATUS_HISTORY_UNAVAILABLE
    assert code(kept, early, known_at="2027-01-10") is Code.VALID, "this much is whole in the older journal"


def test_a_checkpoint_that_nobody_signed_counts_for_nothing(kept: Kept) -> None:
    note = kept.read("log/checkpoint")
    for damaged in (None, note[:-10] + b"AAAAAAAAA\n", note.replace(b"\n\n", b"\n9\n\n")):
        assert code(kept, {"log/checkpoint": damaged}) is Code.STATUS_HISTORY_UNAVAILABLE


def test_a_token_that_the_journal_never_had_was_never_issued(kept: Kept) -> None:
    parsed = split(kept.token(kept.number))
    office = kept.bench.desk.office
    with kept.bench.registry.read() as session:
        key = load_keyring(session).signing(KeyPurpose.ISSUER)
    stolen = sign_compact(parsed.header, {**parsed.payload, "x": 1}, office.signer(key).sign)
    for verifier in kept.verifiers():
        assert kept.ask(verifier, stolen, "2027-01-10").code is Code.STATUS_INVALID


def test_a_bundle_without_history_says_so_and_a_file_beside_it_helps(kept: Kept, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "MOST_HISTORY", 0)
        kept.publish()
    token = kept.token(kept.number)
    file = tmp_path / "l.zip"
    file.write_bytes(kept.read("bundle.zip"))
    kept.publish()  # the one without history is this test's alone

    def ask() -> Code:
        verifier = Verifier.from_bundle(file, clock=lambda: kept.now)
        return kept.ask(verifier, token, "2027-01-10", "2027-01-10").code

    assert ask() is Code.STATUS_HISTORY_UNAVAILABLE
    bundle = BundleSource(file, clock=lambda: kept.now).bundle
    assert update_history_file(file, bundle.size, bundle.root, kept.read) == 1
    assert ask() is Code.VALID
    assert update_history_file(file, bundle.size, bundle.root, Reads({})) == 0, "nothing is read twice"
    history_path(file).write_bytes(b"damaged")
    assert ask() is Code.STATUS_HISTORY_UNAVAILABLE
    assert update_history_file(file, bundle.size, bundle.root, kept.read) == 1

"""Evidence read from published files: what is kept, for how long, and what is never believed."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, Reads, ec_key

from lcert_verifier import source as sources
from lcert_verifier.errors import EvidenceUnavailable, TrustError
from lcert_verifier.source import PublishedSource

ISSUER = Issuer()
LONGER = Issuer(entries=[*ISSUER.entries, b"{}"])


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


class Clock:
    """A monotonic clock by hand, which a slow reader can move."""

    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


def source(reads: Reads, **settings: Any) -> PublishedSource:
    settings.setdefault("base_url", ISSUER.base_url)
    return PublishedSource(reads, clock=lambda: NOW, **settings)


def test_trust_is_read_once_in_its_time_to_live() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    assert one.trust(at(0)).trust.issuer == ISSUER.did
    assert one.trust(at(30)).fresh
    assert reads.seen == ["trust.json"]
    assert one.trust(at(31)).fetched_at == at(31)
    assert reads.seen == ["trust.json"] * 2


def test_a_refresh_looks_again_after_a_pause() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.trust(at(0))
    assert one.trust(at(5), refresh=True).fresh
    assert reads.seen == ["trust.json"]
    one.trust(at(6), refresh=True)
    assert reads.seen == ["trust.json"] * 2


def test_the_last_good_trust_stays_and_is_not_called_fresh() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.trust(at(0))
    reads.down = True
    view = one.trust(at(40))
    assert (view.fresh, view.fetched_at) == (False, NOW)
    assert not one.trust(at(10), refresh=True).fresh
    assert not one.trust(at(3600)).fresh
    with pytest.raises(EvidenceUnavailable, match="too long"):
        one.trust(at(3601))
    reads.down = False
    assert one.trust(at(3602)).fresh


def test_without_any_trust_the_fault_is_told() -> None:
    reads = Reads(ISSUER.site())
    reads.down = True
    one = source(reads)
    with pytest.raises(EvidenceUnavailable, match="down"):
        one.trust(NOW)
    with pytest.raises(EvidenceUnavailable, match="down"):
        one.status_list(ISSUER.uri(), NOW)
    reads.down = False
    assert one.trust(NOW)


@pytest.mark.parametrize(
    ("body", "match"),
    [
        (b"", "read"),
        (b"<html>", "read"),
        (b"{}", "read"),
        (Issuer(base_url="https://other.example").trust_bytes(), "another issuer"),
        (ISSUER.trust_bytes()[:-20], "read"),
    ],
    ids=count(),
)
def test_trust_that_is_not_the_issuers_is_refused(body: bytes, match: str) -> None:
    with pytest.raises(TrustError, match=match):
        source(Reads({"trust.json": body})).trust(NOW)


def test_trust_must_be_signed_by_the_pinned_root() -> None:
    reads = Reads(ISSUER.site())
    assert source(reads, pin=ISSUER.root.thumbprint).trust(NOW)
    with pytest.raises(TrustError, match="pinned"):
        source(reads, pin=ec_key("other root").thumbprint).trust(NOW)


def test_the_first_root_seen_is_held_on_to() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.trust(at(0))
    stranger = Issuer(root=ec_key("other root"), version=2)
    reads.files["trust.json"] = stranger.trust_bytes()
    assert one.trust(at(40)).trust.version == 1
    assert not one.trust(at(40)).fresh


def test_a_root_may_be_replaced_again_and_again_when_each_signs_the_next() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads, pin=ISSUER.root.thumbprint)
    one.trust(at(0))
    second, third = ec_key("root 2"), ec_key("root 3")
    reads.files["trust.json"] = Issuer(root=second, also_signed_by=[ISSUER.root], version=2).trust_bytes()
    assert one.trust(at(40)).trust.version == 2
    reads.files["trust.json"] = Issuer(root=third, also_signed_by=[second], version=3).trust_bytes()
    view = one.trust(at(80))
    assert (view.trust.version, view.fresh) == (3, True)


def test_an_older_trust_statement_changes_nothing() -> None:
    reads = Reads(Issuer(version=3).site())
    one = source(reads)
    one.trust(at(0))
    reads.files["trust.json"] = Issuer(version=2).trust_bytes()
    assert one.trust(at(40)).trust.version == 3


def test_a_list_is_read_once_in_its_time_to_live() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    first = one.status_list(ISSUER.uri(), at(0))
    assert first.fetched_at == NOW
    assert one.status_list(ISSUER.uri(), at(30)) == first
    assert reads.seen.count("status/token/1") == 1
    newer = LONGER.status_token({8: 1})
    reads.files["status/token/1"] = newer.encode()
    second = one.status_list(ISSUER.uri(), at(31))
    assert (second.token, second.fetched_at) == (newer, at(31))


def test_the_last_good_list_stays_with_its_age() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    good = one.status_list(ISSUER.uri(), at(0))
    for bad in (
        b"",
        b"<html>503</html>",
        ISSUER.bits_token().encode(),
        ISSUER.status_token(sub="x").encode(),
        ISSUER.status_token(bundle=True).encode(),
        ISSUER.sign("statuslist+jwt", ISSUER.status_claims(), purpose="issuer").encode(),
        Issuer(entries=ISSUER.entries[:-1]).status_token().encode(),
    ):
        reads.files["status/token/1"] = bad
        assert one.status_list(ISSUER.uri(), at(60)) == good
    reads.down = True
    assert one.status_list(ISSUER.uri(), at(7200 - 3700)) == good


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        ISSUER.status_token(bundle=True).encode(),
        ISSUER.status_token(iss="did:web:x.example").encode(),
    ],
    ids=count(),
)
def test_a_list_that_is_not_authentic_is_never_given_out(body: bytes) -> None:
    one = source(Reads({**ISSUER.site(), "status/token/1": body}))
    with pytest.raises(EvidenceUnavailable):
        one.status_list(ISSUER.uri(), NOW)


@pytest.mark.parametrize(
    "uri",
    [
        "https://other.example/status/token/1",
        "https://certs.example.evil.example/status/token/1",
        "http://certs.example/status/token/1",
        "https://certs.example/../secret",
        "https://certs.example//evil.example/",
        "https://certs.example/status/token/1?x=y",
        "https://certs.example",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_the_issuers_origin_is_asked_for_lists(uri: str) -> None:
    reads = Reads(ISSUER.site())
    with pytest.raises(EvidenceUnavailable, match="origin"):
        source(reads).status_list(uri, NOW)
    assert reads.seen == ["trust.json"]


def test_a_list_signed_by_a_key_that_is_newer_than_our_trust_brings_newer_trust() -> None:
    older = Issuer(states={"status": "active"})
    reads = Reads(older.site())
    one = source(reads)
    one.trust(at(0))

    class Rotated(Issuer):
        def key(self, purpose: str) -> Any:
            return ec_key("status 2") if purpose == "status" else super().key(purpose)

    rotated = Rotated(version=2)
    reads.files.update(rotated.site())
    assert one.status_list(ISSUER.uri(), at(10)).fetched_at == at(10)
    assert one.trust(at(10)).trust.version == 2


def test_bitstrings_are_kept_alike() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    first = one.bitstring_list(ISSUER.bits_uri(), at(0))
    assert one.bitstring_list(ISSUER.bits_uri(), at(20)) == first
    with pytest.raises(EvidenceUnavailable):
        one.bitstring_list(ISSUER.bits_uri("suspension"), NOW)


def test_only_so_many_lists_and_records_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MOST_RECORDS", 1)
    reads = Reads({**ISSUER.site(), "c/LC-2026-0002.json": b'{"number":"LC-2026-0002"}'})
    one = source(reads)
    assert one.status_list(ISSUER.uri(), NOW) == one.status_list(ISSUER.uri(), NOW)
    with pytest.raises(EvidenceUnavailable, match="too many status lists"):
        one.bitstring_list(ISSUER.bits_uri(), NOW)
    for number in ("LC-2026-0001", "LC-2026-0002", "LC-2026-0002", "LC-2026-0001"):
        assert (one.record(number) or {})["number"] == number
    assert reads.seen.count("c/LC-2026-0001.json") == 2, "it made room for the other"
    assert reads.seen.count("c/LC-2026-0002.json") == 1


def test_records_name_things_and_never_raise() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    assert one.record("LC-2026-0001") == {"number": "LC-2026-0001", "currentEdition": 1}
    assert one.record("LC-2026-0001")
    assert reads.seen == ["c/LC-2026-0001.json"]
    assert one.record("LC-2026-0002") is None
    for body in (b"", b"[]", b'{"number":"LC-2026-0009"}', b'{"number":1,"number":2}'):
        reads.files["c/LC-2026-0003.json"] = body
        assert source(reads).record("LC-2026-0003") is None


def test_proofs_are_handed_on_unread() -> None:
    reads = Reads({f"log/proof/{'0' * 64}": b"proof"})
    assert source(reads).proof("0" * 64) == b"proof"
    assert source(reads).proof("1" * 64) is None


def test_the_journal_is_known_up_to_the_newest_list() -> None:
    one = source(Reads(ISSUER.site()))
    assert one.journal_time() is None
    one.status_list(ISSUER.uri(), at(5))
    assert one.journal_time() == NOW


def test_a_slow_failure_is_not_repeated_for_as_long_as_it_took() -> None:
    clock, reads = Clock(), Reads({})
    reads.down = True

    def slowly(path: str) -> bytes:
        clock.value += 10
        return reads(path)

    one = PublishedSource(slowly, base_url=ISSUER.base_url, monotonic=clock)
    for _ in range(3):
        with pytest.raises(EvidenceUnavailable):
            one.trust(NOW)
    assert len(reads.seen) == 1
    clock.value += 11
    with pytest.raises(EvidenceUnavailable):
        one.trust(NOW)
    assert len(reads.seen) == 2


def test_many_threads_make_one_read() -> None:
    release, reads = threading.Event(), Reads(ISSUER.site())

    def slowly(path: str) -> bytes:
        release.wait(5)
        return reads(path)

    one = PublishedSource(slowly, base_url=ISSUER.base_url)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(one.status_list(ISSUER.uri(), NOW).token))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert sorted(reads.seen) == ["status/token/1", "trust.json"]


def test_while_one_thread_looks_others_use_the_last_good() -> None:
    release, entered, reads = threading.Event(), threading.Event(), Reads(ISSUER.site())
    slow = False

    def read(path: str) -> bytes:
        if slow:
            entered.set()
            release.wait(5)
        return reads(path)

    one = PublishedSource(read, base_url=ISSUER.base_url)
    one.trust(at(0))
    slow = True
    thread = threading.Thread(target=lambda: one.trust(at(40)))
    thread.start()
    assert entered.wait(5)
    assert one.trust(at(40)).fetched_at == NOW
    release.set()
    thread.join(10)
    assert one.trust(at(40)).fetched_at == at(40)


def test_a_clock_that_went_back_looks_again() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.trust(at(100))
    one.trust(at(0))
    assert reads.seen == ["trust.json"] * 2

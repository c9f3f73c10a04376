"""Edges of published evidence: what is read again and when, and what is never taken for the issuer's."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, Reads, ec_key
from tests.verifier.test_bundle import GOOD, files
from tests.verifier.test_source import ISSUER, Clock, at, source

from lcert_verifier.bundle import BundleSource
from lcert_verifier.bundle_file import write_bundle
from lcert_verifier.errors import EvidenceUnavailable, LcertError, TrustError
from lcert_verifier.history import history_paths
from lcert_verifier.history_file import history_path
from lcert_verifier.source import PublishedSource

SIZE, ROOT = ISSUER.head()


class Rotated(Issuer):
    def key(self, purpose: str) -> Any:
        return ec_key("status 2") if purpose == "status" else super().key(purpose)


@pytest.mark.parametrize(("bundled", "taken"), [(False, True), (True, False)])
def test_newer_trust_makes_no_list_fit_that_was_made_for_a_bundle(bundled: bool, taken: bool) -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.trust(at(0))
    rotated = Rotated(version=2)
    reads.files.update(rotated.site())
    reads.files["status/token/1"] = rotated.status_token(bundle=bundled).encode()
    if taken:
        assert one.status_list(ISSUER.uri(), at(10)).fetched_at == at(10)
    else:
        with pytest.raises(EvidenceUnavailable, match="offline bundle"):
            one.status_list(ISSUER.uri(), at(10))


@pytest.mark.parametrize(("more", "found"), [(0, True), (1, False)])
def test_a_record_is_read_up_to_four_mebibytes(more: int, found: bool) -> None:
    body = json.dumps({"number": "N", "x": ""}).encode()
    body = body.replace(b'""', b'"' + b"x" * (4 * 1024 * 1024 - len(body) + more) + b'"')
    assert (source(Reads({"c/N.json": body})).record("N") is not None) is found


def test_a_record_is_read_again_after_its_time() -> None:
    now = [at(0)]
    reads = Reads({"c/N.json": b'{"number":"N"}'})
    one = PublishedSource(reads, clock=lambda: now[0], list_ttl=30)
    for second, times in ((0, 1), (30, 1), (31, 2), (20, 3)):
        now[0] = at(second)
        assert one.record("N") == {"number": "N"}
        assert len(reads.seen) == times


def test_the_history_is_read_once_and_again_when_there_is_more() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    first = one.history(at(0))
    assert (first.size, first.root) == (SIZE, ROOT)
    seen = len(reads.seen)
    assert one.history(at(30)) is first
    assert len(reads.seen) == seen
    assert one.history(at(31)) is first
    assert reads.seen[seen:] == ["trust.json", "log/checkpoint"]
    longer = Issuer(entries=[*ISSUER.entries, b'{"v":1}'])
    reads.files.update(longer.site())
    assert one.history(at(40)) is first
    assert one.history(at(40), least=SIZE) is first
    assert one.history(at(40), least=SIZE + 1).size == SIZE + 1


def test_the_published_bundle_is_the_issuers_own() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    assert one.bundle(NOW).bundle.trust.issuer == ISSUER.did
    for other in (Issuer(base_url="https://other.example"), Issuer(root=ec_key("other root"))):
        reads.files["bundle.zip"] = other.bundle()
        with pytest.raises(LcertError):
            one.bundle(NOW)


@pytest.mark.parametrize(("waited", "looks"), [(9.9, 1), (10.0, 2)])
def test_a_failed_look_is_repeated_after_as_long_as_it_took(waited: float, looks: int) -> None:
    clock, reads = Clock(), Reads({})
    reads.down = True

    def slowly(path: str) -> bytes:
        clock.value += 10
        return reads(path)

    one = PublishedSource(slowly, monotonic=clock)
    for pause in (0.0, waited):
        clock.value += pause
        with pytest.raises(EvidenceUnavailable, match="down"):
            one.trust(NOW)
    assert len(reads.seen) == looks


def test_the_newest_list_tells_how_far_the_journal_is_known() -> None:
    reads = Reads(ISSUER.site())
    one = source(reads)
    one.bitstring_list(ISSUER.bits_uri(), at(0))
    assert one.journal_time() == NOW
    earlier = Issuer(now=NOW - timedelta(minutes=5))
    reads.files["status/token/1"] = earlier.status_token().encode()
    one.status_list(ISSUER.uri(), at(0))
    assert one.journal_time() == NOW
    later = Issuer(now=NOW + timedelta(seconds=50))
    reads.files["status/token/1"] = later.status_token().encode()
    one.status_list(ISSUER.uri(), at(60))
    assert one.journal_time() == NOW + timedelta(seconds=50)


def test_trust_names_its_origin_and_its_age() -> None:
    other = Reads(Issuer(base_url="https://other.example").site())
    with pytest.raises(TrustError, match=r"^https://certs\.example publishes .* of another issuer$"):
        source(other).trust(NOW)
    assert PublishedSource(other).trust(NOW).trust.base_url == "https://other.example"
    reads = Reads(ISSUER.site())
    one = source(reads, trust_ttl=10, max_age=100)
    assert one.trust(at(0)).fresh
    for second, times in ((10, 1), (11, 2), (16, 2), (17, 3)):
        one.trust(at(second), refresh=second > 11)
        assert len(reads.seen) == times, second


def test_a_bundle_s_source_says_how_old_everything_is(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    tiles = {name: body for name, body in ISSUER.tiles().items() if name in history_paths(SIZE)}
    history_path(path).write_bytes(write_bundle(tiles))
    for given in (path, str(path)):
        found = BundleSource(given, clock=lambda: NOW)
        assert (found.trust(NOW).fresh, found.journal_time(), found.offline) == (False, NOW, True)
        assert found.history(NOW).size == SIZE
    with pytest.raises(EvidenceUnavailable, match="holds no history"):
        BundleSource(path, clock=lambda: NOW, history={}).history(NOW)
    assert BundleSource(GOOD, clock=lambda: NOW).contents("LC-2026-0001", 1) is None
    odd = BundleSource(ISSUER.bundle(files(**{"status/token/1": b"\xff"})), clock=lambda: NOW)
    assert odd.status_list(ISSUER.uri(), NOW).token == "\ufffd"


def test_lines_are_found_by_what_they_say_and_not_by_how() -> None:
    lines = b'{"number":"L\\u0043-9","x":1}\n[1]\n{"number":7}\nx\n{"number":"LC-8"}\n'
    found = BundleSource(ISSUER.bundle(files(**{"records.jsonl": lines})), clock=lambda: NOW)
    assert [record["number"] for record in found.records()] == ["LC-9", "LC-8"]
    assert found.record("LC-9") == {"number": "LC-9", "x": 1}

"""Offline bundles: what must be in them, what they answer, and that no update goes back."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, ec_key

from lcert_verifier import bundle_file
from lcert_verifier.bundle import BundleSource, read_bundle, write_bundle
from lcert_verifier.bundle_file import LEFT_OUT, MANIFEST, read_files
from lcert_verifier.bundle_state import read_state, state_path
from lcert_verifier.bundle_update import fetch_bundle, show_bundle, update_bundle
from lcert_verifier.errors import BundleError, EvidenceUnavailable, LcertError, RollbackError, TrustError
from lcert_verifier.fetch import Fetcher
from lcert_verifier.history import history_paths
from lcert_verifier.history_file import history_path, read_history_file
from lcert_verifier.published import media_type
from lcert_verifier.status.check import check_status_token
from lcert_verifier.status.lists import ListMemory

ISSUER = Issuer()
GOOD = ISSUER.bundle()


def test_a_bundle_is_read() -> None:
    bundle = read_bundle(GOOD, now=NOW)
    assert bundle.trust.issuer == ISSUER.did
    assert (bundle.size, bundle.root) == ISSUER.head()
    assert (bundle.issued_at, bundle.expires_at) == (NOW, NOW + timedelta(days=7))


def test_equal_files_are_equal_bundles_with_the_manifest_first() -> None:
    files = {"trust.json": b"{}", "status/token/1": b"x", MANIFEST: b"m", "checkpoint": b"c"}
    assert write_bundle(files) == write_bundle(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(write_bundle(files))) as archive:
        assert archive.namelist() == [MANIFEST, "checkpoint", "status/token/1", "trust.json"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert read_files(write_bundle(files)) == files


@pytest.mark.parametrize(
    "name", ["", "/x", "../x", "a/../b", "a//b", "A", "a b", "a\\b", "x/", ".hidden", "é"]
)
def test_odd_names_are_neither_written_nor_read(name: str) -> None:
    with pytest.raises(BundleError):
        write_bundle({name: b""})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "A"), b"x")
    with pytest.raises(BundleError):
        read_files(out.getvalue())


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return out.getvalue()


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zips_that_are_not_plain_bundles_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(("bomb", bytes(3_000_000)))
    monkeypatch.setattr(bundle_file, "MAX_CONTENT_BYTES", 2_000_000)
    declared = bytearray(zipped(("a", b"x" * 1000)))
    central = declared.rindex(b"PK\x01\x02")
    declared[central + 24 : central + 28] = (10).to_bytes(4, "little")
    encrypted = bytearray(zipped(("a", b"x")))
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    for data in (
        b"",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"x" + GOOD,
        GOOD[:-10],
        GOOD[: len(GOOD) // 2],
        b"#!/bin/sh\n" + GOOD,
        zipped(("a", b"1"), ("a", b"2")),
        zipped(("a", b"1"), method=zipfile.ZIP_BZIP2),
        zipped(("a", b"1"), method=zipfile.ZIP_LZMA),
        zipped(*((f"f{n}", b"") for n in range(10_001))),
        bytes(declared),
        bytes(encrypted),
        bomb,
    ):
        with pytest.raises(BundleError):
            read_files(data)
        with pytest.raises(BundleError):
            read_bundle(data, now=NOW)


def files(**changes: bytes | None) -> dict[str, bytes]:
    found: dict[str, bytes | None] = {**ISSUER.bundle_files(), **changes}
    return {name: body for name, body in found.items() if body is not None}


OTHER = Issuer(base_url="https://other.example")
FORKED = Issuer(entries=[*ISSUER.entries[:-1], b"{}"])


@pytest.mark.parametrize(
    "data",
    [
        ISSUER.bundle(files(**{"trust.json": None})),
        ISSUER.bundle(files(checkpoint=None)),
        ISSUER.bundle(files(**{"records.jsonl": None})),
        ISSUER.bundle(files(**{"proofs.jsonl": None})),
        ISSUER.bundle(files(**{"trust.json": b"{}"})),
        ISSUER.bundle(files(**{"trust.json": OTHER.trust_bytes()})),
        ISSUER.bundle(files(checkpoint=b"x")),
        ISSUER.bundle(files(checkpoint=OTHER.checkpoint().encode())),
        ISSUER.bundle(files(checkpoint=FORKED.checkpoint().encode())),
        ISSUER.bundle(files(checkpoint=Issuer(entries=[b"1"]).checkpoint().encode())),
        ISSUER.bundle(typ="statuslist+jwt"),
        ISSUER.bundle(purpose="issuer"),
        ISSUER.bundle(iss="did:web:other.example"),
        ISSUER.bundle(iat=...),
        ISSUER.bundle(exp="tomorrow"),
        ISSUER.bundle(exp=True),
        ISSUER.bundle(journal=...),
        ISSUER.bundle(journal={"size": 5}),
        ISSUER.bundle(journal={"size": "5", "root": "x"}),
        ISSUER.bundle(files={}),
        ISSUER.bundle(files=...),
        ISSUER.bundle(iat=int((NOW + timedelta(minutes=2)).timestamp())),
        Issuer(states={"status": "retired"}).bundle(),
        Issuer(states={"status": "compromised"}).bundle(),
        Issuer(states={"log": "compromised"}).bundle(),
        write_bundle({**read_files(GOOD), "extra": b"x"}),
        write_bundle({name: body for name, body in read_files(GOOD).items() if name != MANIFEST}),
        write_bundle({**read_files(GOOD), "records.jsonl": b"{}\n"}),
        write_bundle({**read_files(GOOD), "status/token/1": ISSUER.status_token().encode()}),
        write_bundle({name: body for name, body in read_files(GOOD).items() if name != "status/token/1"}),
        write_bundle({**read_files(GOOD), MANIFEST: b"a.b.c"}),
        write_bundle({**read_files(GOOD), MANIFEST: read_files(GOOD)[MANIFEST][:-4] + b"AAAA"}),
    ],
    ids=count(),
)  # fmt: skip
def test_a_bundle_that_is_not_authentic_is_refused(data: bytes) -> None:
    with pytest.raises((BundleError, TrustError)):
        read_bundle(data, now=NOW)


def test_a_bundle_must_be_of_the_pinned_root() -> None:
    assert read_bundle(GOOD, now=NOW, pin=ISSUER.root.thumbprint)
    with pytest.raises(TrustError, match="pinned"):
        read_bundle(GOOD, now=NOW, pin=ec_key("other").thumbprint)
    with pytest.raises(TrustError):
        read_bundle(Issuer(root=ec_key("other")).bundle(), now=NOW, pin=ISSUER.root.thumbprint)


def test_no_changed_byte_makes_another_bundle() -> None:
    good = read_bundle(GOOD, now=NOW)
    for position in range(0, len(GOOD), 11):
        data = bytearray(GOOD)
        data[position] ^= 0x55
        try:
            found = read_bundle(bytes(data), now=NOW)
        except LcertError:
            continue
        assert found.files == good.files


def test_the_source_of_a_bundle_answers_offline() -> None:
    source = BundleSource(GOOD, clock=lambda: NOW)
    view = source.trust(NOW)
    assert (source.offline, view.fresh, view.fetched_at) == (True, False, NOW)
    found = source.status_list(ISSUER.uri(), NOW)
    checked = check_status_token(
        found.token, uri=ISSUER.uri(), trust=view.trust, now=NOW, offline=True, memory=ListMemory()
    )
    assert (int(checked.value(7)), int(checked.value(8))) == (1, 0)
    assert checked.is_fresh(now=NOW + timedelta(days=7), fetched_at=found.fetched_at, offline=True)
    assert not checked.is_fresh(now=NOW + timedelta(days=7, seconds=1), fetched_at=NOW, offline=True)
    assert source.bitstring_list(ISSUER.bits_uri(), NOW).token
    assert source.record("LC-2026-0001") == {"number": "LC-2026-0001", "currentEdition": 1}
    assert source.record("LC-2026-0002") is None
    assert json.loads(source.proof("aa") or b"")["position"] == 0
    assert source.proof("bb") is None
    assert source.journal_time() == NOW
    assert [record["number"] for record in source.records()] == ["LC-2026-0001"]


@pytest.mark.parametrize(
    "uri", [ISSUER.uri(2), "https://other.example/status/token/1", ISSUER.base_url + "/trust.json", "", "x"]
)
def test_a_list_that_the_bundle_does_not_hold_is_unavailable(uri: str) -> None:
    with pytest.raises(EvidenceUnavailable):
        BundleSource(GOOD, clock=lambda: NOW).status_list(uri, NOW)


def test_lines_of_another_form_are_left_out() -> None:
    lines = b'\n[1]\n{"number":5}\nnonsense\n{"number":"a","number":"b"}\n{"number":"LC-2026-0002"}\n'
    source = BundleSource(ISSUER.bundle(files(**{"records.jsonl": lines})), clock=lambda: NOW)
    assert [record["number"] for record in source.records()] == ["LC-2026-0002"]


def test_a_bundle_may_lack_what_past_editions_said_and_the_records() -> None:
    assert BundleSource(GOOD, clock=lambda: NOW).contents("LC-2026-0001", 1) is None
    left_out = BundleSource(ISSUER.bundle(files(**{LEFT_OUT: b""})), clock=lambda: NOW)
    with pytest.raises(BundleError, match="ask its site for them"):
        list(left_out.records())


def test_a_zip_over_the_bound_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_file, "MAX_BUNDLE_BYTES", len(GOOD))
    assert MANIFEST in read_files(GOOD)
    monkeypatch.setattr(bundle_file, "MAX_BUNDLE_BYTES", len(GOOD) - 1)
    with pytest.raises(BundleError, match="too large"):
        read_files(GOOD)


def test_trust_that_expired_itself_is_no_trust() -> None:
    source = BundleSource(GOOD, clock=lambda: NOW)
    with pytest.raises(TrustError, match="expired"):
        source.trust(NOW + timedelta(days=301))


def test_an_expired_bundle_still_opens() -> None:
    assert BundleSource(GOOD, clock=lambda: NOW + timedelta(days=30)).trust(NOW + timedelta(days=30))


class Site:
    """A loopback origin that serves published files, and an issuer whose base URL it is."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.down = False
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                site.asked.append(path)
                body = site.files.get(path)
                if site.down or body is None:
                    self.send_error(503 if site.down else 404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", media_type(path))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=lambda: self.server.serve_forever(0.01), daemon=True)
        self.thread.start()

    def issuer(self, entries: int = 300, **changes: Any) -> Issuer:
        rows = changes.pop("rows", None) or [b'{"n":%d}' % number for number in range(entries)]
        return Issuer(base_url=self.origin, entries=rows, **changes)

    def publish(self, issuer: Issuer) -> Issuer:
        self.files = issuer.site()
        return issuer

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    try:
        yield site
    finally:
        site.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


FETCHER = Fetcher(deadline=5)


def fetched(site: Site, folder: Path, **changes: Any) -> Path:
    site.publish(site.issuer(**changes))
    fetch_bundle(site.origin, folder / "l.zip", fetcher=FETCHER, now=NOW)
    return folder / "l.zip"


def update(path: Path, now: Any = NOW) -> Any:
    return update_bundle(path, fetcher=FETCHER, now=now)


def test_fetching_pins_the_root_and_writes_the_state(site: Site, tmp_path: Path) -> None:
    issuer = site.publish(site.issuer())
    facts = fetch_bundle(site.origin + "/", tmp_path / "l.zip", fetcher=FETCHER, now=NOW + timedelta(hours=3))
    assert (facts.pin, facts.age, facts.expired) == (issuer.root.thumbprint, timedelta(hours=3), False)
    state = read_state(tmp_path / "l.zip")
    assert state is not None
    assert (state.pin, state.size, state.root, state.trust_version) == (facts.pin, *issuer.head(), 1)
    assert (tmp_path / "l.zip").read_bytes() == site.files["bundle.zip"]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["l.zip", "l.zip.state.json"]
    assert BundleSource(tmp_path / "l.zip", clock=lambda: NOW).record("LC-2026-0001")


@pytest.mark.parametrize("suffix", ["/bundle.zip", "/C/LC-2026-0001", "/c/LC-2026-0001?x=y", "/trust.json"])
def test_any_url_of_the_origin_leads_to_the_bundle(site: Site, tmp_path: Path, suffix: str) -> None:
    site.publish(site.issuer())
    assert fetch_bundle(site.origin + suffix, tmp_path / "l.zip", fetcher=FETCHER, now=NOW).changed


def test_a_bundle_may_be_fetched_from_a_mirror(site: Site, tmp_path: Path) -> None:
    site.files["mirror/l.zip"] = GOOD
    facts = fetch_bundle(site.origin + "/mirror/l.zip", tmp_path / "l.zip", fetcher=FETCHER, now=NOW)
    assert facts.bundle.trust.issuer == ISSUER.did


def test_an_origin_that_serves_another_issuers_bundle_is_refused(site: Site, tmp_path: Path) -> None:
    site.files["bundle.zip"] = GOOD
    with pytest.raises(BundleError, match="another issuer"):
        fetch_bundle(site.origin, tmp_path / "l.zip", fetcher=FETCHER, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_cannot_be_had_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    for body in (None, b"<html>", GOOD[:-5]):
        site.files = {} if body is None else {"bundle.zip": body}
        with pytest.raises((EvidenceUnavailable, BundleError)):
            fetch_bundle(site.origin, tmp_path / "l.zip", fetcher=FETCHER, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_update_moves_forward_with_a_proof(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    issuer = site.publish(site.issuer(700, now=NOW + timedelta(hours=1)))
    facts = update(path, NOW + timedelta(hours=2))
    assert (facts.changed, facts.bundle.size) == (True, 700)
    state = read_state(path)
    assert state is not None
    assert (state.size, state.root) == issuer.head()
    assert "log/tile/0/001" in site.asked


def test_an_update_brings_the_history_file_along(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    assert not update(path).has_history
    assert update_bundle(path, fetcher=FETCHER, now=NOW, history=True).has_history
    assert set(read_history_file(path)) == set(history_paths(300))
    site.publish(site.issuer(400, now=NOW + timedelta(hours=1)))
    assert update(path, NOW + timedelta(hours=2)).has_history, "there is a file already"
    assert set(read_history_file(path)) == set(history_paths(400))


def test_a_history_that_lies_in_the_bundle_needs_no_file(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    issuer = site.publish(site.issuer(now=NOW + timedelta(hours=1)))
    site.files["bundle.zip"] = issuer.bundle(issuer.bundle_files(**issuer.tiles()))
    assert update_bundle(path, fetcher=FETCHER, now=NOW + timedelta(hours=2), history=True).has_history
    assert not history_path(path).exists()


def test_an_update_works_while_the_log_is_ahead_of_the_bundle(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    newer = site.issuer(400, now=NOW + timedelta(hours=1))
    ahead = site.publish(site.issuer(900, now=NOW + timedelta(hours=1)))
    site.files["bundle.zip"] = newer.bundle()
    assert ahead.head()[0] == 900
    assert update(path, NOW + timedelta(hours=2)).bundle.size == 400


def test_an_update_without_anything_newer_changes_nothing(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    before = path.stat().st_mtime_ns
    assert not update(path).changed
    assert path.stat().st_mtime_ns == before


def test_an_update_signed_again_without_growth_is_taken(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(now=NOW + timedelta(days=1)))
    facts = update(path, NOW + timedelta(days=1))
    assert (facts.changed, facts.bundle.expires_at) == (True, NOW + timedelta(days=8))


def refused(
    path: Path, error: type[Exception], match: str = ".", now: Any = NOW + timedelta(hours=1)
) -> None:
    """The update raises, and neither bundle nor state moved."""
    before = path.read_bytes(), state_path(path).read_bytes()
    with pytest.raises(error, match=match):
        update(path, now)
    assert (path.read_bytes(), state_path(path).read_bytes()) == before
    assert len(list(path.parent.iterdir())) == 2


def test_an_update_to_a_shorter_journal_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(299))
    refused(path, RollbackError, "300 were already seen")


def test_an_update_to_another_root_of_the_same_size_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    rows = [*site.issuer().entries[:-1], b"{}"]
    site.publish(site.issuer(rows=rows))
    refused(path, RollbackError, "contradicts")


@pytest.mark.parametrize("changed", [0, 150, 299])
def test_an_update_to_a_rewritten_journal_is_refused(site: Site, tmp_path: Path, changed: int) -> None:
    path = fetched(site, tmp_path)
    rows = site.issuer(500).entries
    rows[changed] = b'{"n":"other"}'
    site.publish(site.issuer(rows=rows))
    refused(path, RollbackError, "extend")


def test_an_update_with_the_tiles_of_another_journal_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(500))
    other = site.issuer(rows=[b"x%d" % n for n in range(500)])
    site.files.update(other.tiles())
    refused(path, RollbackError, "extend")


@pytest.mark.parametrize("missing", ["log/checkpoint", "log/tile/1/000.p/2", "log/tile/0/001"])
def test_an_update_that_cannot_be_proven_waits(site: Site, tmp_path: Path, missing: str) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(600))
    del site.files[missing]
    refused(path, EvidenceUnavailable)


@pytest.mark.parametrize("body", [b"", b"junk", b"x" * 31])
def test_an_update_with_broken_tiles_waits(site: Site, tmp_path: Path, body: bytes) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(600))
    site.files["log/tile/0/001"] = body
    refused(path, EvidenceUnavailable)


def test_an_update_that_is_out_of_reach_waits(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.down = True
    refused(path, EvidenceUnavailable)


def test_an_update_to_an_older_bundle_of_the_same_journal_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path, now=NOW + timedelta(minutes=0))
    site.publish(site.issuer(now=NOW - timedelta(hours=1)))
    refused(path, RollbackError, "older")


def test_an_update_to_older_trust_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path, version=3)
    site.publish(site.issuer(400, version=2))
    refused(path, RollbackError, "older")


def test_an_update_to_a_stranger_s_root_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(400, version=2, root=ec_key("stranger")))
    refused(path, TrustError)


def test_an_update_to_another_issuer_is_refused(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.files["bundle.zip"] = GOOD
    refused(path, LcertError)


def test_a_root_replaced_with_both_signatures_becomes_the_pin(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    old, new = ec_key("root"), ec_key("new root")
    site.publish(site.issuer(400, version=2, root=new, also_signed_by=[old]))
    assert update(path).pin == new.thumbprint
    site.publish(site.issuer(500, version=3, root=new))
    assert update(path).bundle.trust.version == 3
    assert show_bundle(path, now=NOW).pin == new.thumbprint
    site.publish(site.issuer(600, version=4, root=old))
    refused(path, TrustError, now=NOW)


def test_fetching_over_a_pinned_bundle_is_an_update(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    site.publish(site.issuer(400, version=2, root=ec_key("stranger")))
    with pytest.raises(TrustError):
        fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW)
    site.publish(site.issuer(200))
    with pytest.raises(RollbackError):
        fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW)
    site.publish(site.issuer(400))
    assert fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW).bundle.size == 400


def test_a_deleted_bundle_comes_back_only_as_far_as_its_state(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    path.unlink()
    site.publish(site.issuer(200))
    with pytest.raises(RollbackError):
        fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW)
    site.publish(site.issuer(400))
    assert fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW).changed


def test_a_file_put_back_to_an_older_bundle_is_refused_by_its_state(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    old = path.read_bytes()
    site.publish(site.issuer(400))
    update(path)
    path.write_bytes(old)
    with pytest.raises(RollbackError):
        BundleSource(path, clock=lambda: NOW)
    with pytest.raises(RollbackError):
        show_bundle(path, now=NOW)
    with pytest.raises(BundleError, match="fetch it again"):
        update(path)
    assert fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW).bundle.size == 400


def test_a_file_swapped_for_a_stranger_s_is_refused_by_its_state(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    path.write_bytes(site.issuer(400, root=ec_key("stranger")).bundle())
    with pytest.raises(TrustError, match="pinned"):
        BundleSource(path, clock=lambda: NOW)


def test_a_bundle_without_state_updates_from_what_it_says(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    state_path(path).unlink()
    site.publish(site.issuer(400))
    assert update(path).changed
    assert read_state(path) is not None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"issuer":1}',
        "\x00",
        '{"issuer":"x","root_pin":"x","size":true,"root":"","trust_version":1}',
    ],
)
def test_a_damaged_state_is_never_taken_for_none(site: Site, tmp_path: Path, body: str) -> None:
    path = fetched(site, tmp_path)
    state_path(path).write_text(body)
    for use in (
        lambda: BundleSource(path, clock=lambda: NOW),
        lambda: update(path),
        lambda: fetch_bundle(site.origin, path, fetcher=FETCHER, now=NOW),
    ):
        with pytest.raises(BundleError, match="damaged"):
            use()


def test_showing_tells_age_and_expiry(site: Site, tmp_path: Path) -> None:
    path = fetched(site, tmp_path)
    facts = show_bundle(path, now=NOW + timedelta(days=8))
    assert (facts.expired, facts.age, facts.certificates) == (True, timedelta(days=8), 1)
    assert facts.to_json()["journal"]["size"] == 300


def test_a_state_that_names_no_listed_root_cannot_be(site: Site, tmp_path: Path) -> None:
    bundle = read_bundle(GOOD, now=NOW)
    assert bundle.state(now=NOW, pin="gone").pin == ISSUER.root.thumbprint
    assert replace(bundle, size=9).state(now=NOW).size == 9

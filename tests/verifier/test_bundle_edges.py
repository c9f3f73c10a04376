"""Edges of bundles: what a manifest may say, where a zip is refused, and which line answers."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, ec_key
from tests.verifier.test_bundle import GOOD, ISSUER, files

from lcert_verifier import bundle_file, bundle_reading
from lcert_verifier.bundle import BundleSource, read_bundle
from lcert_verifier.bundle_file import LEFT_OUT, MANIFEST, read_files, write_bundle
from lcert_verifier.bundle_reading import manifest_claims, open_bundle_file
from lcert_verifier.bundle_state import read_state, state_path, write_state
from lcert_verifier.errors import BundleError, EvidenceUnavailable, RollbackError, TrustError
from lcert_verifier.history import history_paths

SECONDS = int(NOW.timestamp())
SIZE, ROOT = ISSUER.head()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iat": SECONDS + 60}, None),
        ({"iat": SECONDS + 61}, "from the future"),
        ({"iat": 0}, None),
        ({"iat": -1}, "iat is not a time"),
        ({"exp": 0}, None),
        ({"exp": 2**33}, None),
        ({"exp": 2**33 + 1}, "exp is not a time"),
        ({"exp": True}, "exp is not a time"),
        ({"journal": []}, "no journal size"),
        ({"journal": {**ISSUER.journal(), "size": -1}}, "no journal size"),
        ({"journal": {**ISSUER.journal(), "size": 2**53}}, "no journal size"),
        ({"journal": {**ISSUER.journal(), "size": 2**53 - 1}}, "not that of the manifest"),
        ({"journal": {**ISSUER.journal(), "size": True}}, "no journal size"),
        ({"journal": {"size": SIZE}}, "no journal root"),
        ({"journal": {"size": SIZE, "root": "AA"}}, "no journal root"),
        ({"journal": {"size": SIZE, "root": 1}}, "no journal root"),
        ({"journal": {"size": SIZE, "root": "A" * 43}}, "not that of the manifest"),
        ({"iss": "did:web:other.example"}, "another issuer"),
        ({"files": []}, "other files"),
        ({"files": {}}, "other files"),
    ],
    ids=repr,
)
def test_a_manifest_is_read_up_to_its_edges(changes: dict[str, Any], words: str | None) -> None:
    data = ISSUER.bundle(**changes)
    if words is None:
        assert read_bundle(data, now=NOW).size == SIZE
        return
    with pytest.raises(BundleError, match=words):
        read_bundle(data, now=NOW)


def test_an_empty_journal_has_a_bundle_too() -> None:
    empty = Issuer(entries=[])
    assert read_bundle(empty.bundle(), now=NOW).size == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (ISSUER.bundle(typ="x"), "type is not lc-bundle"),
        (ISSUER.bundle(purpose="issuer"), "not signed by a status key"),
        (Issuer(states={"status": "retired"}).bundle(), "does not count"),
        (ISSUER.bundle(files(**{"trust.json": None})), "has no trust.json"),
        (write_bundle({"a": b""}), "has no manifest.jws"),
        (write_bundle({**read_files(GOOD), "records.jsonl": b"x"}), "records.jsonl is not the file"),
        (write_bundle({**read_files(GOOD), MANIFEST: b"\xff.b.c"}), "not authentic"),
    ],
    ids=range(7),
)
def test_what_is_wrong_with_a_bundle_is_told(data: bytes, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        read_bundle(data, now=NOW)


def test_a_staged_status_key_signs_bundles_and_a_newline_may_end_the_manifest() -> None:
    assert read_bundle(Issuer(states={"status": "staged"}).bundle(), now=NOW)
    found = read_files(GOOD)
    assert read_bundle(write_bundle({**found, MANIFEST: found[MANIFEST] + b"\n"}), now=NOW)
    claims = manifest_claims(
        {MANIFEST: b"", "b": b"", "a": b"x"}, issuer="i", issued_at=NOW, expires_at=NOW, size=1, root=ROOT
    )
    assert [*claims["files"]] == ["a", "b"]
    assert (claims["iat"], claims["exp"], claims["journal"]["size"]) == (SECONDS, SECONDS, 1)


def patched(place: int, new: bytes, data: bytes = GOOD) -> bytes:
    """`data` with bytes replaced, counted from the end record on."""
    at = len(data) - 22 + place
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a bundle"),
        (b"PK\x03\x04", "is damaged"),
        (patched(20, b"\1\0") + b"x", "is damaged"),
        (patched(20, b"\1\0"), "is damaged"),
        (patched(12, (512 * 1024 + 1).to_bytes(4, "little")), "too many files"),
        (patched(12, (512 * 1024).to_bytes(4, "little")), "is damaged"),
        (patched(-20, b"PK\x06\x07"), "too many files"),
    ],
    ids=range(7),
)
def test_a_zip_is_looked_at_before_it_is_opened(data: bytes, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        read_files(data)


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in entries:
            archive.writestr(zipfile.ZipInfo(name), body, method)
    return out.getvalue()


def test_a_zip_has_so_many_files_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    three = zipped(("a", b"12"), ("b", b"34"), ("c", b"5"))
    monkeypatch.setattr(bundle_file, "_MAX_FILES", 3)
    monkeypatch.setattr(bundle_file, "MAX_CONTENT_BYTES", 5)
    assert read_files(three) == {"a": b"12", "b": b"34", "c": b"5"}
    monkeypatch.setattr(bundle_file, "MAX_CONTENT_BYTES", 4)
    with pytest.raises(BundleError, match="content is too large"):
        read_files(three)
    monkeypatch.setattr(bundle_file, "_MAX_FILES", 2)
    with pytest.raises(BundleError, match="too many files"):
        read_files(three)


def test_what_comes_first_is_small_and_vouches_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(("a", b"12"), ("b", b"345"))
    seen: list[Any] = []
    monkeypatch.setattr(bundle_file, "_MAX_FIRST", 2)
    read_files(data, first=("a", "none"), vouch=lambda files, names: seen.append((files, names)))
    assert seen == [({"a": b"12"}, frozenset({"a", "b"}))]
    with pytest.raises(BundleError, match="b is too large"):
        read_files(data, first=("b",))

    def refuse(files: Any, names: Any) -> None:
        raise TrustError("not this")

    with pytest.raises(TrustError, match="not this"):
        read_files(data, first=("a",), vouch=refuse)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(("A", b"")), "odd entry 'A'"),
        (zipped(("a", b""), method=zipfile.ZIP_BZIP2), "unknown compression"),
        (zipped(("a/../b", b"")), "odd entry"),
        (zipped(("B" * 90, b"")), f"odd entry '{'B' * 80}'"),
    ],
    ids=range(4),
)
def test_an_odd_entry_is_told(data: bytes, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        read_files(data)


def test_what_is_written_is_a_plain_zip() -> None:
    data = write_bundle({"b": b"x" * 100, MANIFEST: b"m", "a": b""})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == [MANIFEST, "a", "b"]
    for info in infos:
        told = (info.compress_type, info.create_system, info.external_attr, info.date_time)
        assert told == (zipfile.ZIP_DEFLATED, 3, 0o100644 << 16, (1980, 1, 1, 0, 0, 0))
    with pytest.raises(BundleError, match="cannot be a name"):
        write_bundle({"A": b""})


def source(**lines: bytes) -> BundleSource:
    return BundleSource(ISSUER.bundle(files(**lines)), clock=lambda: NOW)


def test_the_line_of_a_number_answers() -> None:
    lines = b'{"number":"LC-1","x":1}\n{"x":2,"number":"LC-2"}\n{"number":"a b"}\n{"number":"LC-1","x":3}\n{'
    found = source(**{"records.jsonl": lines})
    assert found.record("LC-1") == {"number": "LC-1", "x": 3}
    assert found.record("LC-2") == {"x": 2, "number": "LC-2"}
    assert found.record("a b") == {"number": "a b"}
    assert found.record("LC-3") is None
    assert [record["number"] for record in found.records()] == ["LC-1", "LC-2", "a b"]
    broken = source(**{"records.jsonl": b'{"number":"LC-1"}}\n{"number":"LC-2"}'})
    assert (broken.record("LC-1"), broken.record("LC-2")) == (None, {"number": "LC-2"})
    assert [record["number"] for record in broken.records()] == ["LC-2"]


def test_proofs_and_past_contents_are_handed_on() -> None:
    editions = b'{"id":"LC-1/2","holder":{}}\n'
    found = source(**{"editions.jsonl": editions, "proofs.jsonl": b'{"digest":"aa", "position": 1}\n'})
    assert found.contents("LC-1", 2) == {"holder": {}}
    assert found.contents("LC-1", 1) is None
    assert found.proof("aa") == b'{"digest":"aa","position":1}'
    assert found.proof("bb") is None
    with pytest.raises(BundleError, match="too many certificates"):
        next(source(**{LEFT_OUT: b""}).records())


def test_trust_serves_to_its_last_second_and_lists_lie_where_they_are_named() -> None:
    found = source()
    expires = found.bundle.trust.expires_at
    assert expires is not None
    assert found.trust(expires).trust is found.bundle.trust
    with pytest.raises(TrustError, match="has expired"):
        found.trust(expires + timedelta(seconds=1))
    first = found.status_list(ISSUER.uri(), NOW)
    assert found.status_list(ISSUER.uri(), NOW) is first
    assert found.bitstring_list(ISSUER.bits_uri(), NOW).fetched_at == NOW
    for uri in (f"{ISSUER.base_url}/records.jsonl", f"{ISSUER.base_url}/status/token/9", "x"):
        with pytest.raises(EvidenceUnavailable, match="does not hold this status list"):
            found.status_list(uri, NOW)


def test_history_lies_inside_or_beside_or_is_wider_than_needed() -> None:
    tiles = {name: body for name, body in ISSUER.tiles().items() if "entries" in name}
    (path,) = history_paths(SIZE)
    inside = BundleSource(ISSUER.bundle(files(**tiles)), clock=lambda: NOW)
    beside = BundleSource(GOOD, clock=lambda: NOW, history=tiles)
    longer = Issuer(entries=[*ISSUER.entries, b'{"v":1,"n":9}'])
    wider = BundleSource(
        GOOD,
        clock=lambda: NOW,
        history={name: body for name, body in longer.tiles().items() if "entries" in name},
    )
    for found in (inside, beside, wider):
        history = found.history(NOW)
        assert (history.size, history.root) == (SIZE, ROOT)
        assert found.history(NOW) is history
    shorter = Issuer(entries=ISSUER.entries[:-1]).tiles()
    for tiles in ({}, {name: body for name, body in shorter.items() if name != path}):
        with pytest.raises(EvidenceUnavailable, match="holds no history"):
            BundleSource(GOOD, clock=lambda: NOW, history=tiles).history(NOW)


def test_a_file_is_held_to_its_state(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    state = open_bundle_file(path, now=NOW).state(now=NOW)
    assert (state.issuer, state.pin, state.size, state.root, state.trust_version) == (
        ISSUER.did,
        ISSUER.root.thumbprint,
        SIZE,
        ROOT,
        1,
    )
    write_state(path, state)
    assert state_path(path).name == "l.zip.state.json"
    told = json.loads(state_path(path).read_text())
    assert told.keys() == {"issuer", "root_pin", "size", "root", "trust_version"}
    assert open_bundle_file(path, now=NOW)
    for name in told:
        state_path(path).write_text(json.dumps({**told, name: None}))
        with pytest.raises(BundleError, match=f"{name} is missing or of the wrong type"):
            read_state(path)
    state_path(path).write_text(json.dumps({**told, "root_pin": "other"}))
    with pytest.raises(TrustError, match="pinned"):
        open_bundle_file(path, now=NOW)
    assert open_bundle_file(path, now=NOW, pin=ISSUER.root.thumbprint)
    state_path(path).write_text("[]")
    with pytest.raises(BundleError, match="issuer is missing"):
        read_state(path)
    state_path(path).write_bytes(json.dumps(told).encode() + b" " * 70_000)
    with pytest.raises(BundleError, match="longer than 65536"):
        read_state(path)


def test_a_file_behind_its_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    write_state(path, replace(open_bundle_file(path, now=NOW).state(now=NOW), size=SIZE + 1))
    with pytest.raises(RollbackError, match=f"has {SIZE} entries, and {SIZE + 1} were already seen"):
        open_bundle_file(path, now=NOW)


def test_a_file_is_read_up_to_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    for module in (bundle_file, bundle_reading):
        monkeypatch.setattr(module, "MAX_BUNDLE_BYTES", len(GOOD))
    assert open_bundle_file(path, now=NOW).size == SIZE
    for module in (bundle_file, bundle_reading):
        monkeypatch.setattr(module, "MAX_BUNDLE_BYTES", len(GOOD) - 1)
    with pytest.raises(BundleError, match="the bundle is too large"):
        open_bundle_file(path, now=NOW)


def test_an_entry_holds_as_much_as_it_says_however_well_it_is_packed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 1000)
    central = out.getvalue().rindex(b"PK\x01\x02")
    best, more = bytearray(out.getvalue()), bytearray(out.getvalue())
    best[central + 8] |= 2  # how other programs say that they took their time
    assert read_files(bytes(best)) == {"a": b"x" * 1000}
    more[central + 24 : central + 28] = (1001).to_bytes(4, "little")
    with pytest.raises(BundleError, match="a has another size than the bundle says"):
        read_files(bytes(more))


def test_the_pin_stays_while_its_root_signs_and_else_becomes_one_that_signed() -> None:
    one, two = ec_key("root"), ec_key("new root")
    for signer, other in ((one, two), (two, one)):
        bundle = read_bundle(Issuer(root=signer, also_listed=[other]).bundle(), now=NOW)
        for pin in (None, one.thumbprint, two.thumbprint, "x"):
            assert bundle.state(now=NOW, pin=pin).pin == signer.thumbprint
    both = read_bundle(Issuer(root=one, also_listed=[two], also_signed_by=[two]).bundle(), now=NOW)
    for key in (one, two):
        assert both.state(now=NOW, pin=key.thumbprint).pin == key.thumbprint


def test_a_file_without_history_says_that_it_has_none(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    with pytest.raises(EvidenceUnavailable, match="the bundle holds no history"):
        BundleSource(path, clock=lambda: NOW).history(NOW)

"""What is told of a bundle, and what an update takes for proof."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.edges import NOW, Issuer, Reads, ec_key
from tests.verifier.test_bundle import GOOD, ISSUER, files

from lcert_verifier.bundle import read_bundle
from lcert_verifier.bundle_reading import open_bundle_file
from lcert_verifier.bundle_state import write_state
from lcert_verifier.bundle_update import check_extends, fetch_bundle, show_bundle, update_bundle
from lcert_verifier.errors import EvidenceUnavailable, LcertError, RollbackError
from lcert_verifier.history_file import update_history_file

SIZE, ROOT = ISSUER.head()


def test_everything_that_a_bundle_says_of_itself_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    told = {
        "issuer": ISSUER.did,
        "name": ISSUER.name,
        "base_url": ISSUER.base_url,
        "root_pin": ISSUER.root.thumbprint,
        "trust_version": 1,
        "issued_at": "2026-11-20T12:00:00Z",
        "expires_at": "2026-11-27T12:00:00Z",
        "age_seconds": 3_600,
        "expired": False,
        "journal": {"size": SIZE, "root": ISSUER.journal()["root"]},
        "certificates": 1,
        "files": len(files()) + 1,
        "history": False,
        "changed": False,
    }
    assert show_bundle(path, now=NOW + timedelta(hours=1)).to_json() == told
    ends = NOW + timedelta(days=7)
    for now, age, expired in (
        (NOW - timedelta(seconds=5), 0, False),
        (ends, 7 * 86_400, False),
        (ends + timedelta(seconds=1), 7 * 86_400 + 1, True),
    ):
        facts = show_bundle(path, now=now)
        assert (facts.to_json()["age_seconds"], facts.expired) == (age, expired)
    update_history_file(path, SIZE, ROOT, Reads(ISSUER.tiles()))
    assert show_bundle(path, now=NOW).to_json()["history"] is True
    path.write_bytes(ISSUER.bundle(files(**{"records.jsonl": b"{}\n\n{}\n"})))
    assert show_bundle(path, now=NOW).certificates == 2


@pytest.mark.parametrize("older", [0, SIZE])
def test_a_journal_that_did_not_grow_needs_no_proof(older: int) -> None:
    read = Reads({})
    check_extends(older, ROOT, read_bundle(GOOD, now=NOW), read)
    assert read.seen == []


def test_a_bundle_that_is_gone_comes_back_under_its_pinned_root_alone(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    write_state(path, open_bundle_file(path, now=NOW).state(now=NOW))
    path.unlink()
    for issuer, fits in ((Issuer(root=ec_key("stranger")), False), (ISSUER, True)):
        read = Reads(issuer.site())
        fetcher: Any = SimpleNamespace(reader={ISSUER.base_url: read}.get)
        if fits:
            assert fetch_bundle(ISSUER.base_url, path, fetcher=fetcher, now=NOW).changed
        else:
            with pytest.raises(LcertError):
                fetch_bundle(ISSUER.base_url, path, fetcher=fetcher, now=NOW)
        assert path.exists() is fits


def test_a_checkpoint_that_is_no_text_proves_nothing_and_breaks_nothing() -> None:
    for note in (b"\xff\xfe", b"", b"\n\n", b"x\n\n\xff"):
        with pytest.raises(EvidenceUnavailable, match="consistency cannot be checked"):
            check_extends(1, ROOT, read_bundle(GOOD, now=NOW), Reads({"log/checkpoint": note}))


def offering(issuer: Issuer) -> Any:
    return SimpleNamespace(reader={issuer.base_url: Reads(issuer.site())}.get)


def test_any_root_that_was_listed_may_sign_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    one, two = ec_key("root"), ec_key("new root")
    path.write_bytes(Issuer(root=one, also_listed=[two]).bundle())
    write_state(path, open_bundle_file(path, now=NOW).state(now=NOW))
    next_one = Issuer(root=two, version=2)
    facts = update_bundle(path, fetcher=offering(next_one), now=NOW)
    assert (facts.changed, facts.pin) == (True, two.thumbprint)


def test_an_update_goes_back_behind_neither_the_state_nor_the_file(tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    path.write_bytes(GOOD)
    write_state(path, open_bundle_file(path, now=NOW).state(now=NOW))
    eight = Issuer(entries=[*ISSUER.entries, b"6", b"7", b"8"])
    path.write_bytes(eight.bundle())  # put there by hand
    seven = Issuer(entries=eight.entries[:7], now=NOW + timedelta(minutes=5))
    with pytest.raises(RollbackError, match="has 7 entries, and 8 were already seen"):
        update_bundle(path, fetcher=offering(seven), now=NOW + timedelta(minutes=5))
    assert open_bundle_file(path, now=NOW).size == 8


def test_a_bundle_that_was_never_there_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        update_bundle(tmp_path / "l.zip", fetcher=offering(ISSUER), now=NOW)

"""The root key is replaced and the trust statement renewed; who pinned the old root follows, online and offline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.support.forking import QuickHome
from tests.support.published import Published

from lcert_verifier import Code, KeyPurpose, read_trust
from lcert_verifier.bundle_update import fetch_bundle, show_bundle, update_bundle
from lcert_verifier.errors import TrustError
from lcert_verifier.fetch import Fetcher
from lcert_verifier.jose import parse_general
from lcert_verifier.jwk import parse_jwk
from lcert_verifier.published import NotPublished


class Folder:
    """A fetcher that reads the published folder."""

    def __init__(self, files: Published) -> None:
        self._files = files

    def reader(self, base_url: str) -> Callable[[str], bytes]:
        def read(path: str) -> bytes:
            try:
                return self._files.bytes(path)
            except FileNotFoundError:
                raise NotPublished(path) from None

        return read


@pytest.fixture
def files(home: QuickHome) -> Published:
    return Published(folder=home.folder / "public", base_url=home.base_url)


def _now() -> datetime:
    return datetime.now(UTC)


def _root_file(home: QuickHome, thumbprint: str) -> Path:
    (found,) = [
        path
        for path in (home.folder / "keys").glob("root-*.pem.pub.json")
        if parse_jwk(json.loads(path.read_text())).thumbprint == thumbprint
    ]
    return found.with_name(found.name.removesuffix(".pub.json"))


def _fetcher(files: Published) -> Fetcher:
    return cast(Fetcher, Folder(files))


def _signers(files: Published) -> list[Any]:
    return [signature.header["kid"] for signature in parse_general(files.bytes("trust.json")).signatures]


def _rebuilt(home: QuickHome) -> None:
    home.done("publish")


def test_the_root_is_replaced_and_everybody_follows(
    home: QuickHome, files: Published, tmp_path: Path
) -> None:
    number = home.lcert("list", "--json").object["number"]
    token = home.lcert("token", number).out.strip()
    _rebuilt(home)
    old = home.lcert("doctor").out.split("root ")[-1].split()[0]
    fetcher = _fetcher(files)
    followed, slept = tmp_path / "followed.zip", tmp_path / "slept.zip"
    for path in (followed, slept):
        assert fetch_bundle(home.base_url, path, fetcher=fetcher, now=_now()).pin == old
    reader = files.verifier(pin=old)
    assert reader.verify(token).code is Code.VALID

    said = home.done("keys", "replace-root")
    new = said["root"]
    assert (said["replaces"], said["state"], said["purpose"]) == (old, "active", "root")
    assert sorted(_signers(files)) == sorted([new, old])
    trust = read_trust(files.bytes("trust.json"), pin=None, now=_now())
    assert trust.roots == (new,), "the old one is listed no more"

    assert update_bundle(followed, fetcher=fetcher, now=_now()).pin == new
    assert show_bundle(followed, now=_now()).pin == new
    assert reader.verify(token).code is Code.VALID, "a process that runs on follows"
    assert files.verifier(pin=old).verify(token).code is Code.VALID, "and one that begins with the old pin"
    assert files.verifier(pin=new).verify(token).code is Code.VALID
    states = {key["kid"]: key["state"] for key in home.lcert("keys", "list", "--json").lines}
    assert states[f"{trust.issuer}#{old}"] == "retired"
    assert home.lcert("doctor").code == 0

    # What comes later is signed by both as well, so that who slept through it arrives.
    home.done("keys", "stage")
    _rebuilt(home)
    assert sorted(_signers(files)) == sorted([new, old])
    assert update_bundle(slept, fetcher=fetcher, now=_now()).pin == new
    assert home.lcert("keys", "list", "--json").lines[-1]["state"] == "staged"


def test_an_old_root_that_was_put_away_or_is_compromised_signs_no_more(
    home: QuickHome, files: Published, tmp_path: Path
) -> None:
    _rebuilt(home)
    slept = tmp_path / "slept.zip"
    old = fetch_bundle(home.base_url, slept, fetcher=_fetcher(files), now=_now()).pin
    new = home.done("keys", "replace-root")["root"]
    away = _root_file(home, old)
    away.rename(tmp_path / away.name)
    home.done("keys", "renew-trust")
    assert _signers(files) == [new], "done without"
    (tmp_path / away.name).rename(away)
    home.done("keys", "renew-trust")
    assert sorted(_signers(files)) == sorted([new, old])
    home.done("keys", "compromise", old)
    assert _signers(files) == [new]
    _rebuilt(home)
    with pytest.raises(TrustError):
        update_bundle(slept, fetcher=_fetcher(files), now=_now())
    assert show_bundle(slept, now=_now()).pin == old, "what it held before, it holds"


def test_nothing_changes_unless_both_sign(home: QuickHome, files: Published, tmp_path: Path) -> None:
    """Without the old key there is no replacement; and a statement that only the new one signed moves nobody."""
    token = home.lcert("token", home.lcert("list", "--json").object["number"]).out.strip()
    _rebuilt(home)
    held = tmp_path / "held.zip"
    old = fetch_bundle(home.base_url, held, fetcher=_fetcher(files), now=_now()).pin
    before, keys = files.bytes("trust.json"), home.lcert("keys", "list", "--json").out
    away = _root_file(home, old)
    kept = away.rename(tmp_path / away.name)
    refused = home.lcert("keys", "replace-root")
    assert refused.code == 1
    assert "missing" in refused.err
    assert (files.bytes("trust.json"), home.lcert("keys", "list", "--json").out) == (before, keys)
    assert len(list((home.folder / "keys").glob("root-*.pem"))) == 0, "no new key was left behind"
    kept.rename(away)

    reader = files.verifier(pin=old)
    assert reader.verify(token).code is Code.VALID
    new = home.done("keys", "replace-root")["root"]
    both = files.bytes("trust.json")
    for alone in (old, new):
        document = json.loads(both)
        signed = parse_general(both).signatures
        document["signatures"] = [
            part
            for part, known in zip(document["signatures"], signed, strict=True)
            if known.header["kid"] == alone
        ]
        (files.folder / "trust.json").write_bytes(json.dumps(document).encode())
        with pytest.raises(TrustError):
            read_trust(files.bytes("trust.json"), pin=old, now=_now())
        assert files.verifier(pin=old).verify(token).code is Code.TRUST_UNAVAILABLE
        assert reader.verify(token).code is Code.VALID, "it stays with the statement it has"


def test_the_worker_signs_the_statement_again_in_time(home: QuickHome, files: Published) -> None:
    import sqlite3

    first = read_trust(files.bytes("trust.json"), pin=None, now=_now())
    home.done("worker", "--once")
    assert read_trust(files.bytes("trust.json"), pin=None, now=_now()).version == first.version, (
        "there is time"
    )
    (database,) = home.folder.glob("*.sqlite3")
    long_ago = _now() - timedelta(days=301)
    with sqlite3.connect(database) as book:
        book.execute("UPDATE trust SET signed_at = ?", (int(long_ago.timestamp() * 1_000_000),))
    keys = home.folder / "keys"
    shutil.move(keys, home.folder / "away")
    warned = home.lcert("worker", "--once")
    assert "renew-trust" in warned.err
    shutil.move(home.folder / "away", keys)
    home.done("worker", "--once")
    second = read_trust(files.bytes("trust.json"), pin=None, previous=first, now=_now())
    assert second.version == first.version + 1
    assert second.expires_at is not None
    assert second.expires_at > _now() + timedelta(days=399)
    assert [key.kid for key in second.keys_for(KeyPurpose.ISSUER)] == [
        key.kid for key in first.keys_for(KeyPurpose.ISSUER)
    ]
    home.done("worker", "--once")
    assert read_trust(files.bytes("trust.json"), pin=None, now=_now()).version == second.version

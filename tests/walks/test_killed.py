"""`kill -9` between any two steps of a command: readers see no contradiction, and the next command goes on.

Each case runs the real command with a failpoint, looks at the published files as a reader would, lets the worker make
one round, and looks again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.forking import KILLED, QuickHome
from tests.support.forms import form_file
from tests.support.published import Published

from lcert_issuer import failpoints, publish
from lcert_verifier import Code
from lcert_verifier.jose import split
from lcert_verifier.status.token import decode_lst, status_at

PUBLISHING = (
    "publish.before_anything",
    "publish.after_mark",
    "publish.after_lists",
    "publish.after_records",
    "publish.after_checkpoint",
)
"""Where a publication at the end of another command is cut short; `lcert publish` itself is killed everywhere."""


def _points(prefix: str) -> tuple[str, ...]:
    return tuple(name for name in failpoints.FAILPOINTS if name.startswith(prefix))


class Watcher:
    """A reader who comes back: remembers sizes and what was said of a token, and does not let either go back."""

    def __init__(self, home: QuickHome) -> None:
        self.home = home
        self.files = Published(folder=home.folder / "public", base_url=home.base_url)
        self._verifier = self.files.verifier()
        self._seen = (0, 0, 0)
        self.look()

    def look(self) -> None:
        trust = json.loads(_b64(self.files.json("trust.json")["payload"]))["version"]
        now = (self.files.list_size(), self.files.log_size(), trust)
        assert all(new >= old for new, old in zip(now, self._seen, strict=True)), (self._seen, now)
        self._seen = now

    def says(self, token: str) -> Code:
        """The verdict on a token, once nothing that was published went back."""
        self.look()
        return self._verifier.verify(token).code

    def published_tokens(self) -> set[str]:
        """Digest of every token that readers can have."""
        return {split(path.read_text("ascii")).digest for path in (self.files.folder / "c").glob("*/*.jwt")}


def _b64(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def _database(home: QuickHome) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(home.folder / "registry.sqlite3")
    try:
        with database:
            yield database
    finally:
        database.close()


def _column(home: QuickHome, query: str) -> list[Any]:
    with _database(home) as database:
        return [row[0] for row in database.execute(query)]


def _entries(home: QuickHome) -> list[dict[str, Any]]:
    return [json.loads(entry) for entry in _column(home, "SELECT entry FROM journal ORDER BY position")]


def _kill(home: QuickHome, point: str, *args: str) -> None:
    killed = home.lcert(*args, "--json", more={"LCERT_FAILPOINT": point})
    assert killed.code == KILLED, f"{point} was not passed: {killed}"
    assert killed.out == "", "nothing is acknowledged before it is done"


def _is_whole(home: QuickHome, watcher: Watcher) -> None:
    """Everything recorded is published, nothing else is, and nothing was given out twice."""
    examined = home.lcert("doctor")
    assert examined.code == 0, examined.out + examined.err
    assert watcher.published_tokens() == set(_column(home, "SELECT digest FROM token"))
    entries = _entries(home)
    places = [(e["list"], e["index"]) for e in entries if "index" in e]
    assert len(places) == len(set(places)), "a status index was used twice"
    editions = [(e["number"], e["edition"]) for e in entries if "tokens" in e]
    assert len(editions) == len(set(editions)), "a number was given out twice"
    assert watcher.files.log_size() == len(entries)


@pytest.mark.parametrize("point", [*_points("issue."), *PUBLISHING])
def test_killed_while_issuing(point: str, home: QuickHome, tmp_path: Path) -> None:
    watcher, form = Watcher(home), str(form_file(tmp_path))
    old = _token(home, 0)
    _kill(home, point, "issue", form)
    recorded = point in ("issue.after_commit", *PUBLISHING)
    numbers = _numbers(home)
    assert len(numbers) == (2 if recorded else 1)
    assert watcher.says(old) is Code.VALID
    assert watcher.published_tokens() <= set(_column(home, "SELECT digest FROM token"))

    home.done("worker", "--once")
    if recorded:
        assert watcher.says(_token(home, 1)) is Code.VALID
    again = home.done("issue", form)
    assert again["number"] not in numbers
    assert watcher.says(again["tokens"]["vc+jwt"]) is Code.VALID
    assert watcher.says(old) is Code.VALID
    _is_whole(home, watcher)


def test_what_was_reserved_by_a_killed_command_is_worth_nothing_for_ever(
    home: QuickHome, tmp_path: Path
) -> None:
    watcher, form = Watcher(home), str(form_file(tmp_path))
    _kill(home, "issue.after_sign", "issue", form)
    place = "SELECT list_index FROM intent WHERE state = 'open'"
    (index,) = _column(home, place)
    second = home.done("issue", form)
    with _database(home) as database:  # its lease runs out
        database.execute("UPDATE intent SET lease_until = 0 WHERE state = 'open'")
    moved = home.done("worker", "--once")["moved"]
    assert [text.rpartition(" ")[2] for text in moved] == ["abandoned"]
    packed = decode_lst(watcher.files.payload("status/token/1")["status_list"]["lst"])
    assert status_at(packed, index) == 1
    third = home.done("issue", form)
    numbers = [second["number"], third["number"]]
    assert len(set(numbers)) == 2
    (abandoned,) = [e for e in _entries(home) if e["kind"] == "abandoned"]
    assert abandoned["number"] not in numbers
    assert index not in [e["index"] for e in _entries(home) if "tokens" in e]
    _is_whole(home, watcher)


@pytest.mark.parametrize("point", ["publish.before_anything", "publish.after_lists", "publish.after_bundle"])
def test_killed_at_the_first_publication_of_all(point: str, template: QuickHome, tmp_path: Path) -> None:
    home = replace(template, folder=tmp_path / "var")
    _kill(home, point, "init", "--name", "Killed", "--base-url", home.base_url)
    again = home.lcert("init", "--name", "Again", "--base-url", home.base_url)
    assert again.code == 1, "it is founded: only its publication is to be finished"
    home.done("publish")
    _is_whole(home, Watcher(home))


@pytest.mark.parametrize("point", [*_points("decide."), *PUBLISHING])
def test_killed_while_withdrawing(point: str, home: QuickHome) -> None:
    watcher, token = Watcher(home), _token(home, 0)
    (number,) = _numbers(home)
    withdraw = ("withdraw", number, "--reason", "unlicensed-data")
    _kill(home, point, *withdraw)
    left = point in PUBLISHING and PUBLISHING.index(point) >= PUBLISHING.index("publish.after_lists")
    assert watcher.says(token) is (Code.REVOKED if left else Code.VALID)
    recorded = point not in ("decide.before_append", "decide.after_append")
    assert _column(home, "SELECT standing FROM certificate") == ["withdrawn" if recorded else "standing"]

    home.done("worker", "--once")
    assert watcher.says(token) is (Code.REVOKED if recorded else Code.VALID)
    again = home.lcert(*withdraw, "--json")
    assert again.code == (1 if recorded else 0)
    assert watcher.says(token) is Code.REVOKED
    assert [e["kind"] for e in _entries(home)].count("withdrawn") == 1
    _is_whole(home, watcher)


@pytest.mark.parametrize("point", publish.FAILPOINTS)
def test_killed_while_publishing(point: str, home: QuickHome) -> None:
    watcher, token = Watcher(home), _token(home, 0)
    (number,) = _numbers(home)
    _kill(home, "publish.before_anything", "suspend", number, "--reason", "criteria-not-met")
    assert watcher.says(token) is Code.VALID
    _kill(home, point, "publish")
    left = publish.FAILPOINTS.index(point) >= publish.FAILPOINTS.index("publish.after_lists")
    assert watcher.says(token) is (Code.SUSPENDED if left else Code.VALID)
    home.done("publish")
    assert watcher.says(token) is Code.SUSPENDED
    assert watcher.files.json(f"c/{number}.json")["state"] == "suspended"
    _is_whole(home, watcher)


@pytest.mark.parametrize("point", [*_points("keys."), "publish.before_anything", "publish.after_keys"])
def test_killed_while_a_key_is_marked_compromised(point: str, home: QuickHome) -> None:
    watcher, token = Watcher(home), _token(home, 0)
    kid = next(
        line["kid"] for line in home.lcert("keys", "list", "--json").lines if line["purpose"] == "issuer"
    )
    _kill(home, point, "keys", "compromise", kid)
    assert watcher.says(token) is (Code.KEY_COMPROMISED if point == "publish.after_keys" else Code.VALID)
    recorded = point not in ("keys.after_sign", "keys.after_append")
    home.done("worker", "--once")
    assert watcher.says(token) is (Code.KEY_COMPROMISED if recorded else Code.VALID)
    if not recorded:
        home.done("keys", "compromise", kid)
    assert watcher.says(token) is Code.KEY_COMPROMISED
    (number,) = _numbers(home)
    assert watcher.says(home.done("rekey", number)["tokens"]["vc+jwt"]) is Code.VALID
    _is_whole(home, watcher)


def _numbers(home: QuickHome) -> list[str]:
    return _column(home, "SELECT number FROM certificate ORDER BY number")


def _token(home: QuickHome, position: int) -> str:
    """The canonical token of the first edition of a certificate, as the registry keeps it."""
    query = "SELECT token FROM token WHERE securing = 'vc+jwt' AND credential_id LIKE '%/1' ORDER BY credential_id"
    return str(_column(home, query)[position])

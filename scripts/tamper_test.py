"""Changes one thing behind the issuer's back, 1,000 times (TAMPERINGS), and looks whether `lcert doctor` finds it.

A third each: a field of a journal row or of what belongs to it, a published file, a field of the audit log. Each
change is undone before the next; the first run without a change must find nothing wrong. It can be stopped at any
time and goes on where it was (build/tamper). Figures go to standard output as JSON; exit code 1 when one was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.forking import QuickHome, start_quickly  # noqa: E402 - the path comes first
from tests.support.forms import form_file  # noqa: E402

from lcert_issuer.doctor import examine  # noqa: E402
from lcert_issuer.settings import Settings, read_settings  # noqa: E402

__all__ = ["KINDS", "Victim", "found_victim", "main"]

KINDS: Final = ("journal row", "published file", "audit field")
_WORK: Final = ROOT / "build" / "tamper"
_TABLES: Final = ("journal", "journal", "journal", "payload", "token", "head")


class Victim:
    """An issuer in `home`, and one change at a time to it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings: Settings = read_settings({"LCERT_HOME": str(home)})
        self.database = home / "registry.sqlite3"
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.pristine = self.database.read_bytes()
        self.public = home / "public"
        self.began = datetime.now(UTC)

    def wrong(self) -> list[str]:
        """What the doctor finds wrong, as of the beginning: time alone must not make it find something."""
        return [
            f"{finding.name}: {finding.detail}"
            for finding in examine(self.settings, now=self.began)
            if finding.level == "wrong"
        ]

    @contextlib.contextmanager
    def tampered(self, kind: str, rng: random.Random) -> Iterator[str]:
        """One change of a kind, undone at the end; says which."""
        if kind == "published file":
            with self._file(rng) as what:
                yield what
            return
        try:
            yield self._row(rng.choice(_TABLES) if kind == "journal row" else "audit", rng)
        finally:
            for suffix in ("-wal", "-shm"):
                self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
            self.database.write_bytes(self.pristine)

    @contextlib.contextmanager
    def _file(self, rng: random.Random) -> Iterator[str]:
        paths = sorted(
            path
            for path in self.public.rglob("*")
            if path.is_file() and not path.relative_to(self.public).parts[0].startswith((".lock", ".staging"))
        )
        path = rng.choice(paths)
        before = path.read_bytes()
        how = rng.choice(("flip", "flip", "flip", "cut", "grow", "remove", "swap"))
        if how == "flip":
            place = rng.randrange(len(before))
            path.write_bytes(
                before[:place] + bytes([before[place] ^ 1 << rng.randrange(8)]) + before[place + 1 :]
            )
        elif how == "cut":
            path.write_bytes(before[: rng.randrange(len(before))])
        elif how == "grow":
            path.write_bytes(before + rng.randbytes(rng.randrange(1, 9)))
        elif how == "remove":
            path.unlink()
        else:
            others = [other for other in paths if other.read_bytes() != before]
            path.write_bytes(rng.choice(others).read_bytes())
        try:
            yield f"{how} {path.relative_to(self.public)}"
        finally:
            path.write_bytes(before)

    def _row(self, table: str, rng: random.Random) -> str:
        """As somebody who may write to the database would: triggers off, one field, triggers on."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
            ).fetchall()
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            what = self._change(database, table, rng)
            for _, sql in triggers:
                database.execute(sql)
            database.commit()
        return what

    @staticmethod
    def _change(database: sqlite3.Connection, table: str, rng: random.Random) -> str:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        ids = [row[0] for row in database.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]  # noqa: S608
        row = rng.choice(ids)
        if table in ("journal", "audit") and rng.random() < 0.1:
            database.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))  # noqa: S608
            return f"row {row} of {table} removed"
        if table == "audit" and rng.random() < 0.1:
            database.execute("DELETE FROM audit WHERE id > 1 AND id >= ?", (row,))
            database.execute(
                "UPDATE audit_head SET (size, last_id, digest) = "
                "(SELECT (SELECT count(*) FROM audit), id, digest FROM audit ORDER BY id DESC LIMIT 1)"
            )
            return f"audit cut off at row {row}, and its end set to what is left"
        while True:
            column = rng.choice([name for name in columns if (table, name) not in _FREE])
            query = f"SELECT {column} FROM {table} WHERE rowid = ?"  # noqa: S608
            value = _another(database.execute(query, (row,)).fetchone()[0], rng)
            with contextlib.suppress(sqlite3.IntegrityError):
                database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))  # noqa: S608
                return f"{table}.{column} of row {row}"


_FREE: Final = {("head", "id"), ("head", "published")}
"""Columns that carry no fact of the journal."""


def _another(value: Any, rng: random.Random) -> Any:
    """A value of the same kind that is not the same."""
    if value is None:
        return rng.choice((1, 2**40))
    if isinstance(value, int):
        return value + rng.choice((-1, 1)) * rng.randrange(1, 10**6)
    if isinstance(value, bytes):
        place = rng.randrange(len(value)) if value else 0
        return (
            value[:place] + bytes([value[place] ^ 1 << rng.randrange(8)]) + value[place + 1 :]
            if value
            else b"x"
        )
    if not value:
        return "x"
    place = rng.randrange(len(value))
    other = rng.choice([c for c in "abcxyz0189-" if c != value[place]])
    return value[:place] + other + value[place + 1 :]


@contextlib.contextmanager
def found_victim() -> Iterator[Victim]:
    """An issuer with certificates in every state, a new key, a refusal, an erasure, and everything published."""
    folder = Path(tempfile.mkdtemp(prefix="lcert-tamper-"))
    with start_quickly() as starter:
        home = QuickHome(folder=folder / "var", starter=starter)
        home.init()
        form = str(form_file(folder))
        numbers = [home.done("issue", form)["number"] for _ in range(5)]
        home.done("suspend", numbers[0], "--reason", "criteria-not-met", "--actor", "anna")
        home.done("withdraw", numbers[1], "--reason", "unlicensed-data", "--actor", "ben")
        home.done("rekey", numbers[2])
        home.lcert("reinstate", numbers[1], "--reason", "remedied")
        home.done("erase", numbers[3])
        home.done("keys", "promote", home.done("keys", "stage")["kid"])
        home.done("worker", "--once")
        home.done("publish")
        (home.folder / "registry.sqlite3.lock").touch()
    yield Victim(folder / "var")
    shutil.rmtree(folder)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=int(os.environ.get("TAMPERINGS") or 1000))
    parser.add_argument("--seed", type=int, help="another seed begins anew")
    parser.add_argument("--work", type=Path, default=_WORK)
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / "state.json"
    state: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(path.read_text())
    if not state or options.seed not in (None, state["seed"]):
        seed = options.seed if options.seed is not None else random.randrange(10**6)
        state = {"seed": seed, "done": 0, "found": {}, "missed": [], "seconds": 0.0}
    found = Counter(state["found"])
    print(f"seed {state['seed']}, {state['done']} of {options.times} done", file=sys.stderr, flush=True)
    with found_victim() as victim:
        if before := victim.wrong():
            raise SystemExit(f"the untouched issuer is not well: {before}")
        began = time.monotonic()
        while state["done"] < options.times:
            rng, kind = random.Random(f"{state['seed']}-{state['done']}"), KINDS[state["done"] % len(KINDS)]
            with victim.tampered(kind, rng) as what:
                if victim.wrong():
                    found[kind] += 1
                else:
                    state["missed"].append(f"{state['done']}: {what}")
                    print(f"missed: {what}", file=sys.stderr, flush=True)
            state["done"] += 1
            if state["done"] % 20 == 0 or state["done"] == options.times:
                state["found"] = dict(found)
                state["seconds"] = round(state["seconds"] + time.monotonic() - began, 1)
                began = time.monotonic()
                path.write_text(json.dumps(state, indent=1))
                print(f"{state['done']} done, {len(state['missed'])} missed", file=sys.stderr, flush=True)
        if after := victim.wrong():
            state["missed"].append(f"something was left behind: {after}")
    print(json.dumps(state, indent=1))
    return 1 if state["missed"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

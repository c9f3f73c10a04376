"""Kills the issuer's commands at random for CRASH_SECONDS (default 120), and looks for losses and things undone.

Real `lcert` processes work on one home; most of them are killed with SIGKILL, at a named place or after a random time.
A change that was acknowledged (exit 0) must be seen ever after; one that was killed happened whole or not at all. After
every step one verifier with a long memory reads what is published: nothing may go back. Counts go to standard output as
JSON; the exit code is 1 when something broke, and the home is kept then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.forms import form_file  # noqa: E402 - the path comes first

from lcert_issuer.failpoints import FAILPOINTS, VARIABLE  # noqa: E402
from lcert_verifier.errors import EvidenceUnavailable  # noqa: E402
from lcert_verifier.source import PublishedSource  # noqa: E402
from lcert_verifier.verify import Verifier  # noqa: E402

_LCERT = Path(sys.executable).parent / "lcert"
_PUBLISHING = (
    "before_anything",
    "after_keys",
    "after_immutable",
    "after_records",
    "after_badges",
    "after_lists",
    "after_checkpoint",
    "after_mark",
    "after_bundle",
)
_PLACES = (*FAILPOINTS, *(f"publish.{name}" for name in _PUBLISHING))
_NEXT = {"active": ("suspend", "withdraw", "terminate", "rekey"), "suspended": ("reinstate", "withdraw")}
_BECOMES = {
    "suspend": "suspended",
    "withdraw": "withdrawn",
    "terminate": "terminated",
    "rekey": "active",
    "reinstate": "active",
}
_CODES = {"active": "valid", "suspended": "suspended", "withdrawn": "revoked", "terminated": "revoked"}
_REASONS = {
    "suspend": "criteria-not-met",
    "reinstate": "remedied",
    "withdraw": "unlicensed-data",
    "terminate": "holder-request",
}


@dataclass
class Crash:
    """One home, what was acknowledged about it, and what went wrong."""

    folder: Path
    rng: random.Random
    known: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("LCERT_")}
        self.env["LCERT_HOME"] = str(self.home)
        form_file(self.folder, "form.json")
        self.size = 0

    def read(self, path: str) -> bytes:
        try:
            return (self.home / "public" / path).read_bytes()
        except OSError as error:
            raise EvidenceUnavailable(str(error)) from None

    def lcert(self, *arguments: str, kill: bool = False) -> tuple[int, str]:
        """Exit code and output; the code is -9 when it was killed."""
        env, after = dict(self.env), None
        if kill and self.rng.random() < 0.6:
            env[VARIABLE] = self.rng.choice(_PLACES)
        elif kill:
            after = self.rng.uniform(0.3, 2.5)
        process = subprocess.Popen(
            [str(_LCERT), *arguments, "--json"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            out, err = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
        code = process.returncode
        self.counts["killed" if code == -9 else "done" if code == 0 else "refused"] += 1
        return code, out if code == 0 else err

    def begin(self) -> None:
        code, said = self.lcert("init", "--name", "Crash Test", "--base-url", "http://127.0.0.1:9")
        if code:
            raise SystemExit(f"init failed: {said}")
        source = PublishedSource(self.read, base_url="http://127.0.0.1:9", list_ttl=0, trust_ttl=0)
        self.verifier = Verifier([source])

    def step(self) -> None:
        """One command, killed or not, and what it must have left."""
        self.counts["steps"] += 1
        movable = [number for number, state in self.known.items() if state in _NEXT]
        choice = self.rng.random()
        if choice < 0.3 or not movable:
            code, said = self.lcert("issue", str(self.folder / "form.json"), kill=True)
            if code == 0:
                self.known[json.loads(said)["number"]] = "active"
        elif choice < 0.4:
            code, said = self.lcert("publish", kill=True)
        elif choice < 0.5:
            code, said = self.lcert(
                "keys", "stage", "--purpose", self.rng.choice(("issuer", "status")), kill=True
            )
            if code == 0 and self.rng.random() < 0.5:
                code, said = self.lcert("keys", "promote", json.loads(said)["kid"], kill=True)
        else:
            number = self.rng.choice(movable)
            verb = self.rng.choice(_NEXT[self.known[number]])
            reason = ["--reason", _REASONS[verb]] if verb in _REASONS else []
            people = ["--reviewer", "rv-02", "--decider", "dm-01"] if verb == "reinstate" else []
            code, said = self.lcert(verb, number, *reason, *people, kill=True)
            before = self.known[number]
            if code == 0 or (code == -9 and self._state(number) == _BECOMES[verb]):
                self.known[number] = _BECOMES[verb]
            elif code == -9 and self._state(number) != before:
                self.broken.append(
                    f"{verb} {number}: neither {before} nor {_BECOMES[verb]}, but {self._state(number)}"
                )
        if code not in (0, -9):
            self.broken.append(f"refused: {said.strip()[:300]}")
        self.look()

    def _state(self, number: str) -> str:
        code, said = self.lcert("show", number)
        return str(json.loads(said)["state"]) if code == 0 else said

    def look(self) -> None:
        """What is published never goes back, whatever was killed."""
        with_size = self.read("log/checkpoint").split(b"\n")[1]
        if int(with_size) < self.size:
            self.broken.append(f"the checkpoint went back from {self.size} to {int(with_size)}")
        self.size = int(with_size)
        for number in self.known:
            try:
                token = self.read(f"c/{number}.jwt").decode()
            except EvidenceUnavailable:
                continue  # acknowledged means recorded; publication may still be owed
            report = self.verifier.verify(token)
            self.counts["verified"] += 1
            if report.code.value in ("status_unavailable", "trust_unavailable"):
                self.broken.append(
                    f"{number}: {report.sentence} {[check.detail for check in report.checks if check.detail]}"
                )

    def settle(self) -> None:
        """After a publication that nobody kills, everything acknowledged is there, once."""
        self.counts["settled"] += 1
        for arguments in (("publish",), ("doctor",)):
            code, said = self.lcert(*arguments)
            if code:
                self.broken.append(f"{arguments[0]}: {said.strip()[:500]}")
        places: Counter[Any] = Counter()
        for path in (self.home / "public" / "c").glob("LC-*.json"):
            record = json.loads(path.read_bytes())
            places.update((each["list"], each["index"]) for each in record["editions"])
        twice = [place for place, count in places.items() if count > 1]
        if twice:
            self.broken.append(f"places used twice: {twice}")
        for number, state in self.known.items():
            try:
                found = self.verifier.verify(self.read(f"c/{number}.jwt").decode()).code.value
            except EvidenceUnavailable as error:
                found = str(error)
            if found != _CODES[state]:
                self.broken.append(f"{number} was acknowledged as {state}, and verifies as {found}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("CRASH_SECONDS") or 120))
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    folder = Path(tempfile.mkdtemp(prefix="lcert-crash-"))
    crash = Crash(folder, random.Random(seed))
    print(f"killing for {options.seconds:g} s, seed {seed}", file=sys.stderr, flush=True)
    crash.begin()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end and not crash.broken:
        for _ in range(6):
            if time.monotonic() < end and not crash.broken:
                crash.step()
        crash.settle()
    states = Counter(crash.known.values())
    print(
        json.dumps({"seed": seed, **crash.counts, "certificates": states, "broken": crash.broken}, indent=1)
    )
    if crash.broken:
        print(f"the home is kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

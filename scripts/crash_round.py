"""One round of the crash test: a home of its own, commands killed at random, and what must be true afterwards.

A change that was acknowledged (exit 0) is seen ever after; one that was killed happened whole or not at all; no index
and no number is given out twice; nothing published goes back; a token that was signed and never recorded is refused.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from tests.support.forking import KILLED, QuickHome
from tests.support.programs import Result
from tests.support.published import Published

from lcert_issuer import failpoints, publish
from lcert_verifier import Verdict
from lcert_verifier.jose import b64u_decode, split

__all__ = ["Round"]

_PEOPLE: Final = ("--reviewer", "rv-02", "--decider", "dm-01")
_DECISIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "suspend": ("suspended", ("--reason", "criteria-not-met")),
    "reinstate": ("active", ("--reason", "remedied", *_PEOPLE)),
    "withdraw": ("withdrawn", ("--reason", "unlicensed-data")),
    "terminate": ("terminated", ("--reason", "holder-request")),
}
_NEXT: Final = {
    "active": ("suspend", "suspend", "withdraw", "terminate", "rekey", "rekey", "renew"),
    "suspended": ("reinstate", "withdraw"),
}
_CODES: Final = {"active": "valid", "suspended": "suspended", "withdrawn": "revoked", "terminated": "revoked"}
_STANDINGS: Final = {"standing": "active"}


@dataclass
class Round:
    """`known`: the state of each certificate as it was acknowledged. `broken`: what must not be, in words."""

    home: QuickHome
    database_url: str
    form: Path
    rng: random.Random
    signed: Path
    known: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _renewed: set[str] = field(default_factory=set)
    _seen: tuple[int, int, int] = (0, 0, 0)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.files = Published(folder=self.home.folder / "public", base_url=self.home.base_url)
        self.verifier = (
            self.files.verifier()
        )  # one for the whole round: it remembers, and refuses what goes back
        self.engine = create_engine(self.database_url, poolclass=NullPool)
        self.known = self._standings()
        self.look()

    def run(self, kills: int) -> None:
        """Until so many commands were killed, or something is broken."""
        backup = self.home.folder.parent / "backup"
        while self.counts["kills"] < kills and not self.broken:
            if self.counts["kills"] >= kills // 3 and not backup.exists():
                self._back_up(backup)
            elif self.counts["kills"] >= 2 * kills // 3 and not self.counts["restores"]:
                self._restore(backup)
            else:
                self._step()
            self.look()
        self.settle()

    def _step(self) -> None:
        movable = sorted(number for number, state in self.known.items() if state in _NEXT)
        choice = self.rng.random()
        if choice < 0.3 or not movable:
            self._issue()
        elif choice < 0.4:
            self._kill(("publish",), "publish.")
        elif choice < 0.45:
            self._kill(("worker", "--once"), "publish.")
        elif choice < 0.55:
            self._change_keys()
        else:
            number = self.rng.choice(movable)
            verb = self.rng.choice(_NEXT[self.known[number]])
            if verb in _DECISIONS:
                self._decide(number, verb)
            else:
                self._new_edition(number, verb)

    def _issue(self) -> None:
        self._asked += 1
        command = ("issue", str(self.form), "--idempotency-key", f"request-{self._asked}")
        before = self._standings()
        done = self._kill(command, "issue.", "publish.")
        new = self._standings().keys() - before.keys()
        if done.code == 0 and {done.object["number"]} != new:
            self.broken.append(f"{done.object['number']} was acknowledged, and {sorted(new)} is there")
        if len(new) > 1:
            self.broken.append(f"one command issued {sorted(new)}")
        if done.code == KILLED and self.rng.random() < 0.5:  # whoever got no answer asks again
            again = self._sure(*command)
            number = again.object["number"] if again.code == 0 else "nothing"
            if new and {number} != new:
                self.broken.append(f"asked again, {number} was issued beside {sorted(new)}")
            new |= {number}
        for number in new:
            self.known[number] = "active"

    def _decide(self, number: str, verb: str) -> None:
        becomes, options = _DECISIONS[verb]
        before = self.known[number]
        done = self._kill((verb, number, *options), "decide.", "publish.")
        state = self._standings()[number]
        if state not in (before, becomes) or (done.code == 0 and state != becomes):
            self.broken.append(f"{verb} {number} ({done.code}): {before} became {state}")
        self.known[number] = state

    def _new_edition(self, number: str, verb: str) -> None:
        if verb == "renew" and number in self._renewed:
            verb = "rekey"
        options: tuple[str, ...] = ()
        if verb == "renew":
            options = ("--through", (date.today() + timedelta(days=700)).isoformat())  # noqa: DTZ011
        before = self._editions(number)
        done = self._kill((verb, number, *options), "issue.", "publish.")
        after = self._editions(number)
        grown = 2 if verb == "rekey" and number in self._renewed else 1
        if after - before not in (0, grown) or (done.code == 0 and after == before):
            self.broken.append(f"{verb} {number} ({done.code}): {before} editions became {after}")
        if verb == "renew" and after > before:
            self._renewed.add(number)

    def _change_keys(self) -> None:
        purpose = self.rng.choice(("issuer", "status"))
        staged = self._kill(("keys", "stage", "--purpose", purpose), "keys.", "publish.")
        if staged.code == 0:
            self._kill(("keys", "promote", staged.object["kid"]), "keys.", "publish.")

    def _back_up(self, folder: Path) -> None:
        self._kill(("backup", str(folder)))
        if not folder.exists():
            self._sure("backup", str(folder))

    def _restore(self, folder: Path) -> None:
        """The database is replaced by its old backup and catches up, however often that is cut short."""
        self._sure("publish")
        self.counts["restores"] += 1
        command = ("restore", str(folder), "--force", "--replay")
        for _ in range(4):
            self._kill(command, "restore.", "replay.", "publish.", allowed=(0, KILLED, 1))
            self.look()
        self._sure(*command)
        found = self._standings()
        if found != self.known:
            self.broken.append(f"after a restore: {found} instead of {self.known}")

    def _kill(self, command: tuple[str, ...], *places: str, allowed: tuple[int, ...] = (0, KILLED)) -> Result:
        """The command with a kill at one of its named places, or at any moment."""
        points = [
            name
            for name in (*failpoints.FAILPOINTS, *publish.FAILPOINTS)
            if name.startswith(places) and name != "publish.after_bundle"
        ]
        more = {}
        after = None
        if places and self.rng.random() < 0.7:
            more = {failpoints.VARIABLE: self.rng.choice(points)}
        else:
            after = self.rng.uniform(0.02, 0.9)
        done = self.home.starter.run(
            "lcert", *command, "--json", env={**self._environment(), **more}, kill_after=after
        )
        self.counts["commands"] += 1
        if done.code == KILLED:
            self.counts["kills"] += 1
            self.counts[f"killed at {more.get(failpoints.VARIABLE, 'any moment')}"] += 1
        elif done.code not in allowed:
            self.broken.append(f"{' '.join(command)}: refused: {done.err.strip()[-400:]}")
        return done

    def _sure(self, *command: str) -> Result:
        """The command, not killed; it must do what it is asked."""
        done = self.home.starter.run("lcert", *command, "--json", env=self._environment())
        self.counts["commands"] += 1
        if done.code:
            self.broken.append(f"{' '.join(command)}: {(done.err or done.out).strip()[-600:]}")
        return done

    def _environment(self) -> dict[str, str]:
        from scripts.crash_starter import SIGNED

        return {**self.home.env, SIGNED: str(self.signed)}

    def _column(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [row[0] for row in connection.execute(text(query))]

    def _standings(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT number, standing FROM certificate ORDER BY number")).all()
        return {row.number: _STANDINGS.get(row.standing, row.standing) for row in rows}

    def _editions(self, number: str) -> int:
        with self.engine.connect() as connection:
            query = text("SELECT count(*) FROM edition WHERE number = :number")
            return int(connection.execute(query, {"number": number}).scalar_one())

    def look(self) -> None:
        """What is published never goes back, names nothing unrecorded, and is always judged by good evidence."""
        trust = json.loads(b64u_decode(self.files.json("trust.json")["payload"]))["version"]
        now = (self.files.log_size(), self.files.list_size(), trust)
        if any(new < old for new, old in zip(now, self._seen, strict=True)):
            self.broken.append(f"what is published went back from {self._seen} to {now}")
        self._seen = now
        for number in self.rng.sample(sorted(self.known), min(2, len(self.known))):
            path = self.files.folder / "c" / f"{number}.jwt"
            if not path.exists():
                continue  # acknowledged means recorded; publication may still be owed
            report = self.verifier.verify(path.read_text("ascii"))
            self.counts["verified"] += 1
            if report.verdict is Verdict.INDETERMINATE:
                self.broken.append(f"{number}: {report.code.value}: {report.sentence}")

    def settle(self) -> None:
        """Leases run out, the worker makes its round: everything acknowledged is there, once, and nothing else."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE intent SET lease_until = 0 WHERE state = 'open'"))
        for command in (("worker", "--once"), ("publish",), ("doctor",)):
            self._sure(*command)
        found = self._standings()
        if found != self.known:
            self.broken.append(f"acknowledged {self.known}, found {found}")
        entries = [
            json.loads(bytes(entry)) for entry in self._column("SELECT entry FROM journal ORDER BY position")
        ]
        for what, things in (
            ("index", [(e["list"], e["index"]) for e in entries if "index" in e]),
            ("number", [(e["number"], e["edition"]) for e in entries if "tokens" in e]),
        ):
            twice = [thing for thing, count in Counter(things).items() if count > 1]
            if twice:
                self.broken.append(f"{what} used twice: {twice}")
        self._judge_all(set(self._column("SELECT digest FROM token")))
        self.counts["settled"] += 1
        self.engine.dispose()

    def _judge_all(self, recorded: set[str]) -> None:
        for number, state in self.known.items():
            code = self.verifier.verify(self.files.bytes(f"c/{number}.jwt").decode("ascii")).code.value
            if code != _CODES[state]:
                self.broken.append(f"{number} was acknowledged as {state}, and verifies as {code}")
        verifier, signed = self.files.verifier(), self.signed.read_text("ascii").split()
        digests = {split(token).digest for token in signed}
        if missed := recorded - digests - self._founded:
            self.broken.append(f"{len(missed)} recorded tokens were never seen being signed")
        for token in signed:
            if split(token).digest in recorded:
                continue
            self.counts["orphans"] += 1
            if verifier.verify(token).verdict is Verdict.ACCEPTED:
                self.broken.append(
                    f"an orphan token is accepted: {split(token).payload.get('jti')} {token[-20:]}"
                )
        shown = {split(path.read_text("ascii")).digest for path in (self.files.folder / "c").glob("*/*.jwt")}
        if shown != recorded:
            self.broken.append(f"{len(shown ^ recorded)} tokens are published or recorded alone")

    @property
    def _founded(self) -> set[str]:
        """Tokens of the template, signed before anybody looked."""
        return set(json.loads((self.home.folder.parent / "founded.json").read_text()))

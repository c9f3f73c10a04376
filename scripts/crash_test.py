"""Kills the issuer's commands with SIGKILL at named places and at random, and looks for what was lost or undone.

CRASH_KILLS (1000) kills on SQLite, CRASH_KILLS_POSTGRESQL (200) on PostgreSQL, in rounds of 25 on a home of their own
(`crash_round` says what must hold). It can be stopped at any time: finished rounds are kept in build/crash, and the
next run goes on from there until a whole run is done. Figures go to standard output as JSON; the exit code is 1 when
something is broken, and the home of that round is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.crash_round import Round  # noqa: E402
from sqlalchemy import create_engine, text  # noqa: E402 - the path comes first
from tests.support.forking import QuickHome, Starter, start_quickly  # noqa: E402
from tests.support.forms import form_file  # noqa: E402
from tests.support.registry import Cluster, start_cluster  # noqa: E402

_ROUND: Final = 25
_WORK: Final = ROOT / "build" / "crash"
_DEFAULTS: Final = {"sqlite": ("CRASH_KILLS", 1000), "postgresql": ("CRASH_KILLS_POSTGRESQL", 200)}


class Ground:
    """Where rounds take place: a founded issuer to copy, and for PostgreSQL a cluster."""

    def __init__(self, folder: Path, starter: Starter, cluster: Cluster | None) -> None:
        self.folder = folder
        self.starter = starter
        self.cluster = cluster
        self.form = form_file(folder, "form.json")
        self.template = QuickHome(folder=folder / "template" / "var", starter=starter)
        if cluster is not None:
            cluster.run("CREATE DATABASE crash_template TEMPLATE template0")
        self._found()

    def url(self, folder: Path) -> str:
        if self.cluster is None:
            return f"sqlite:///{folder / 'var' / 'registry.sqlite3'}"
        return self.cluster.url("crash_template" if folder.name == "template" else f"crash_{folder.name}")

    def _found(self) -> None:
        folder = self.folder / "template"
        env = {**self.template.env, "LCERT_DATABASE_URL": self.url(folder)}
        for command in (
            ("init", "--name", "Crash Test", "--base-url", self.template.base_url),
            ("issue", str(self.form)),
            ("issue", str(self.form)),
        ):
            done = self.starter.run("lcert", *command, env=env)
            if done.code:
                raise SystemExit(f"{command[0]} failed: {done.err}")
        engine = create_engine(self.url(folder))
        with engine.connect() as connection:
            digests = list(connection.execute(text("SELECT digest FROM token")).scalars())
        engine.dispose()
        (folder / "founded.json").write_text(json.dumps(digests))

    @contextlib.contextmanager
    def home(self, name: str) -> Iterator[tuple[QuickHome, str]]:
        """A copy of the template, and its database's URL; kept when the block raises."""
        folder = self.folder / name
        shutil.copytree(self.folder / "template", folder)
        url = self.url(folder)
        if self.cluster is not None:
            self.cluster.run(f"CREATE DATABASE crash_{name} TEMPLATE crash_template")
        yield (
            QuickHome(
                folder=folder / "var",
                public_port=self.template.public_port,
                verifier_port=self.template.verifier_port,
                starter=self.starter,
                more={"LCERT_DATABASE_URL": url},
            ),
            url,
        )
        if self.cluster is not None:
            self.cluster.run(f"DROP DATABASE crash_{name} WITH (FORCE)")
        shutil.rmtree(folder)


def _state(path: Path, seed: int | None) -> dict[str, Any]:
    """What earlier runs did; a new run when there is none, or when another seed is asked for."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(path.read_text())
        if seed in (None, state["seed"]):
            return dict(state)
    chosen = seed if seed is not None else random.randrange(10**6)
    return {"seed": chosen, "rounds": 0, "seconds": 0.0, "counts": {}, "broken": []}


def attack(dialect: str, kills: int, *, seed: int | None, work: Path) -> dict[str, Any]:
    """Rounds until `kills` commands were killed, or something broke; gives the state, which is kept in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{dialect}.json"
    state = _state(path, seed)
    counts = Counter(state["counts"])
    if counts["kills"] >= kills or state["broken"]:
        return state
    say = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
    say(f"{dialect}: seed {state['seed']}, {counts['kills']} of {kills} kills done")
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix=f"lcert-crash-{dialect}-"))
        starter = stack.enter_context(start_quickly("scripts.crash_starter"))
        cluster = stack.enter_context(start_cluster()) if dialect == "postgresql" else None
        ground = Ground(folder, starter, cluster)
        while counts["kills"] < kills and not state["broken"]:
            began, number = time.monotonic(), state["rounds"]
            with ground.home(f"r{number}") as (home, url):
                attempt = Round(
                    home=home,
                    database_url=url,
                    form=ground.form,
                    rng=random.Random(f"{state['seed']}-{dialect}-{number}"),
                    signed=home.folder.parent / "signed",
                )
                attempt.signed.touch()
                attempt.run(min(_ROUND, kills - counts["kills"]))
                state["broken"] = attempt.broken
                if attempt.broken:
                    shutil.copytree(
                        home.folder.parent, work / f"broken-{dialect}-{number}", dirs_exist_ok=True
                    )
            counts.update(attempt.counts)
            state["rounds"] += 1
            state["seconds"] = round(state["seconds"] + time.monotonic() - began, 1)
            state["counts"] = dict(sorted(counts.items()))
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(state, indent=1))
            fresh.replace(path)
            say(f"{dialect}: {counts['kills']} kills, {state['seconds']:.0f} s")
        shutil.rmtree(folder, ignore_errors=True)
    return state


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=[*_DEFAULTS, "both"], default="both")
    parser.add_argument("--kills", type=int, help="for each database, in place of the environment's numbers")
    parser.add_argument("--seed", type=int, help="another seed begins anew")
    parser.add_argument("--work", type=Path, default=_WORK)
    options = parser.parse_args(arguments)
    broken = False
    for dialect, (variable, default) in _DEFAULTS.items():
        if options.database in (dialect, "both"):
            kills = options.kills if options.kills is not None else int(os.environ.get(variable) or default)
            state = attack(dialect, kills, seed=options.seed, work=options.work)
            broken = broken or bool(state["broken"])
            print(json.dumps({"database": dialect, **state}, indent=1))
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

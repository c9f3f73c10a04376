"""A pytest session that first learns which test reaches which line, and then runs them on one mutant after another."""

from __future__ import annotations

import gc
import inspect
import json
import math
import os
import random
import resource
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item
from coverage import Coverage
from tests.mutation import ledger
from tests.mutation.mutants import Mutant, function_code, mutants_of, mutated
from tests.support.system import ROOT

__all__ = ["SOURCE", "Results", "Session"]

SOURCE = ROOT / "verifier" / "lcert_verifier"
_NOT_HERE = (
    "tests/verifier/test_javascript.py",
    "tests/verifier/test_vectors.py::test_the_files",
    "tests/verifier/test_searching_commands.py::test_a_folder_of_many",
    "tests/verifier/test_command.py::test_the_program_runs_by_its_name",
)
"""They start other programs, which have no mutant in them."""
_CLOCKS = ("perf_counter()", "monotonic()", "process_time()")
"""A test that looks at one is left out: on a busy machine it would notice what is not there."""
_STILL = 30.0
"""Seconds after which a fork in which nothing runs is taken to hang; one that waits for the processor is not."""
_PATIENCE = 0.5
"""Seconds of processor time beyond four times what a test took, after which a mutant is taken to run for ever."""
_MEMORY = 2 << 30


class Session:
    """The pytest plugin. `modules` are paths below lcert_verifier without `.py`.

    `budget` is how many seconds of tests one mutant may cost, at the pace of the first run; `most` is how large the
    sample of a module is; `again` tries those anew that no test noticed.
    """

    def __init__(
        self, modules: Sequence[str], *, seconds: float, folder: Path, budget: float, most: int, again: bool
    ) -> None:
        paths = [SOURCE / f"{name}.py" for name in modules] or sorted(SOURCE.rglob("*.py"))
        self._modules = {path: path.read_text(encoding="utf-8") for path in paths}
        self._seconds = seconds
        self._folder = folder
        self._budget = budget
        self._most = most
        self._again = again
        self._coverage = Coverage(data_file=None, config_file=False, include=[f"{SOURCE}/*"])
        self._took: dict[str, float] = {}
        self._killers: dict[tuple[Path, str], list[str]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [
            item
            for item in session.items
            if not (item.nodeid.startswith(_NOT_HERE) or _looks_at_the_clock(item))
        ]
        self._coverage.start()
        for item in items:
            self._coverage.switch_context(item.nodeid)
            begun = time.process_time()
            if _passes(item):
                self._took[item.nodeid] = time.process_time() - begun
            else:
                print(f"left out, it fails without any mutant: {item.nodeid}", flush=True)
        self._coverage.stop()
        print(f"\n{len(items)} tests took {sum(self._took.values()):.0f} s", flush=True)
        gc.collect()
        gc.freeze()
        end = time.monotonic() + self._seconds
        by_name = {item.nodeid: item for item in items if item.nodeid in self._took}
        for path, source in self._modules.items():
            if time.monotonic() < end:
                self._mutate(path, source, by_name, end)
        return True

    def _mutate(self, path: Path, source: str, items: dict[str, pytest.Item], end: float) -> None:
        reached = self._coverage.get_data().contexts_by_lineno(str(path))
        mutants = mutants_of(source)
        state = Results(self._folder, path, source, mutants)
        begun, tried = time.monotonic(), 0
        for mutant in state.order[: self._most]:
            known = state.known.get(mutant.key)
            if known is not None and not (self._again and known in ("survived", "not reached")):
                continue
            if time.monotonic() > end:
                break
            state.known[mutant.key] = self._judge(mutant, path, source, reached, items)
            tried += 1
            if tried % 50 == 0:
                state.save()
        state.save()
        took = time.monotonic() - begun
        print(f"{state.name}: {tried} tried in {took:.0f} s; {Counter(state.known.values())}", flush=True)

    def _judge(
        self,
        mutant: Mutant,
        path: Path,
        source: str,
        reached: dict[int, list[str]],
        items: dict[str, pytest.Item],
    ) -> str:
        with mutated(source, mutant.number) as tree:
            module = compile(tree, str(path), "exec")
        exchanged = _exchanged(mutant, module, path)
        if not exchanged:
            return "not reached"
        lines = range(mutant.line, mutant.line + 4)  # a condition in brackets runs from its second line on
        able = {name for name in next(filter(None, map(reached.get, lines)), ()) if name in items}
        killers = self._killers.setdefault((path, mutant.function), [])
        first = [name for name in killers if name in able]
        chosen, cost = [], 0.0
        for name in [*first, *self._in_turn(able - {*first})]:
            if chosen and cost + self._took[name] > self._budget:
                continue  # a quicker one may still fit
            cost += self._took[name]
            chosen.append(items[name])
        if not chosen:
            return "not reached"
        result, killer = _in_a_fork([(each, self._took[each.nodeid]) for each in chosen], exchanged)
        if killer is not None:
            name = chosen[killer].nodeid
            killers[:] = [name, *(each for each in killers if each != name)][:4]
        return result

    def _in_turn(self, names: Set[str]) -> list[str]:
        """One case of each test function, the quickest first, then a second one of each, and so on."""
        turns, rank = Counter[str](), dict[str, tuple[int, float]]()
        for name in sorted(names, key=self._took.__getitem__):
            function = name.partition("[")[0]
            rank[name] = turns[function], self._took[name]
            turns[function] += 1
        return sorted(names, key=rank.__getitem__)


class Results:
    """What is known of one module's mutants, by key; what the ledger knows of the same source counts too.

    `order` is random, but always the same for a module.
    """

    def __init__(self, folder: Path, path: Path, source: str, mutants: Sequence[Mutant]) -> None:
        self.name = str(path.relative_to(SOURCE).with_suffix(""))
        self._file = folder / f"{self.name.replace('/', '-')}.json"
        self._source = source
        self._mutants = [each for each in mutants if not each.at_import]
        self.order = random.Random(self.name).sample(self._mutants, len(self._mutants))
        self.known = self._by_ledger()
        if self._file.exists():
            keys = {mutant.key for mutant in mutants}
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            self.known |= {key: result for key, result in stored.items() if key in keys}

    def _by_ledger(self) -> dict[str, str]:
        told = ledger.read().get(self.name)
        if told is None or (told["source"], told["mutants"]) != (
            ledger.digest(self._source),
            len(self._mutants),
        ):
            return {}
        tried, left = self.order[: told["tried"]], {*told["left"]}
        if not left <= {each.name for each in tried}:
            return {}
        return {each.key: "survived" if each.name in left else "killed" for each in tried}

    def save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.known, indent=1, sort_keys=True), encoding="utf-8")
        results = {each.name: self.known[each.key] for each in self._mutants if each.key in self.known}
        ledger.keep(self.name, ledger.entry(self._source, len(self._mutants), results))


def _passes(item: pytest.Item) -> bool:
    with catch_warnings_for_item(config=item.config, ihook=item.ihook, when="runtest", item=item):
        reports = runtestprotocol(item, nextitem=None, log=False)
    return not any(report.failed for report in reports)


def _looks_at_the_clock(item: pytest.Item) -> bool:
    text = inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""
    return any(clock in text for clock in _CLOCKS)


def _exchanged(mutant: Mutant, module: CodeType, path: Path) -> list[tuple[FunctionType, CodeType]]:
    """Functions of the running process whose code the mutant changes, with their new code."""
    parts = mutant.function.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)] if mutant.function else []
    for name in names:  # the outermost function: what is inside it is made anew when it runs
        code = function_code(module, name)
        if code is not None and _functions(name, path):
            return [
                (each, code)
                for each in _functions(name, path)
                if each.__code__.co_freevars == code.co_freevars
            ]
    return []


_FOUND: dict[tuple[str, str], list[FunctionType]] = {}


def _functions(name: str, path: Path) -> list[FunctionType]:
    if not _FOUND:
        gc.unfreeze()
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(SOURCE)):
                _FOUND.setdefault((each.__code__.co_filename, each.__code__.co_qualname), []).append(each)
        gc.freeze()
    return _FOUND.get((str(path), name), [])


def _in_a_fork(
    tests: Sequence[tuple[pytest.Item, float]], exchanged: list[tuple[FunctionType, CodeType]]
) -> tuple[str, int | None]:
    """The result, and which of the tests (each with the seconds it took) noticed the change."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 3
        try:
            code = _try(tests, exchanged, write)
        finally:
            os._exit(code)
    os.close(write)
    ended = os.pidfd_open(child)
    ran = time.monotonic()
    while not select.select([ended], [], [], 1)[0]:
        if _runs(child):
            ran = time.monotonic()
        elif time.monotonic() > ran + _STILL:
            os.kill(child, signal.SIGKILL)
    os.close(ended)
    _, status = os.waitpid(child, 0)
    killer = os.read(read, 4)
    os.close(read)
    code = os.waitstatus_to_exitcode(status)
    result = {0: "survived", 1: "killed"}.get(
        code, "killed by the clock" if code < 0 else "killed by a fault"
    )
    return result, int.from_bytes(killer, "big") if killer else None


def _runs(process: int) -> bool:
    """Whether any thread runs, or would if a processor were free."""
    try:
        states = [
            (task / "stat").read_text().rpartition(")")[2].split()[0]
            for task in Path(f"/proc/{process}/task").iterdir()
        ]
    except OSError:  # a thread has ended meanwhile
        return True
    return any(state in "RD" for state in states)


def _try(
    tests: Sequence[tuple[pytest.Item, float]], exchanged: list[tuple[FunctionType, CodeType]], told: int
) -> int:
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for function, code in exchanged:
        function.__code__ = code
    for cached in _caches():
        cached.cache_clear()
    for number, (item, took) in enumerate(tests):
        limit = math.ceil(time.process_time() + _PATIENCE + 4 * took)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        if not _passes(item):
            os.write(told, number.to_bytes(4, "big"))
            return 1
    return 0


def _caches() -> Iterator[Any]:
    """Answers that the verifier remembers from before the change."""
    for name, module in list(sys.modules.items()):
        if name.startswith("lcert_verifier"):
            yield from (each for each in vars(module).values() if hasattr(each, "cache_clear"))

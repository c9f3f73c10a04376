"""A pytest session that first learns which test reaches which line, and then runs them on one mutant after another."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage
from tests.mutation.mutants import Mutant, function_code, mutants_of, mutated_tree
from tests.support.system import ROOT

__all__ = ["Session", "scores"]

SOURCE = ROOT / "verifier" / "lcert_verifier"
_NOT_HERE = (
    "tests/verifier/test_javascript.py",
    "tests/verifier/test_vectors.py::test_the_files",
    "tests/verifier/test_searching_commands.py::test_a_folder_of_many",
    "tests/verifier/test_command.py::test_the_program_runs_by_its_name",
)
"""They start other programs, which have no mutant in them."""
_CPU = 20
_WALL = 240.0
_BUDGET = 12.0
"""Seconds of tests that one mutant may cost, at the pace of the first run."""


class Session:
    """The pytest plugin. `modules` are paths below lcert_verifier without `.py`."""

    def __init__(self, modules: Sequence[str], *, seconds: float, folder: Path) -> None:
        self._modules = [SOURCE / f"{name}.py" for name in modules] or sorted(SOURCE.rglob("*.py"))
        self._seconds = seconds
        self._folder = folder
        self._coverage = Coverage(data_file=None, config_file=False, source_pkgs=["lcert_verifier"])
        self._took: dict[str, float] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [item for item in session.items if not item.nodeid.startswith(_NOT_HERE)]
        self._coverage.start()
        for item in items:
            self._coverage.switch_context(item.nodeid)
            begun = time.process_time()
            if _passes(item):
                self._took[item.nodeid] = time.process_time() - begun
            else:  # one that minds the time, and the machine is busy
                print(f"left out, it fails without any mutant: {item.nodeid}", flush=True)
        self._coverage.stop()
        print(f"\n{len(items)} tests took {sum(self._took.values()):.0f} s", flush=True)
        gc.collect()
        gc.freeze()
        self._mutate({item.nodeid: item for item in items if item.nodeid in self._took})
        return True

    def _mutate(self, items: dict[str, pytest.Item]) -> None:
        end = time.monotonic() + self._seconds
        for path in self._modules:
            source = path.read_text(encoding="utf-8")
            reached = self._reached(path)
            state = Results(self._folder, path)
            for mutant in mutants_of(source):
                if time.monotonic() > end:
                    state.save()
                    return
                if mutant.key not in state.known:
                    state.known[mutant.key] = self._judge(mutant, path, source, reached, items)
                    if len(state.known) % 20 == 0:
                        state.save()
            state.keep_only({mutant.key for mutant in mutants_of(source)})
            state.save()
            print(f"{state.name}: {Counter(each['result'] for each in state.known.values())}", flush=True)

    def _reached(self, path: Path) -> dict[int, list[str]]:
        return self._coverage.get_data().contexts_by_lineno(str(path))

    def _judge(
        self,
        mutant: Mutant,
        path: Path,
        source: str,
        reached: dict[int, list[str]],
        items: dict[str, pytest.Item],
    ) -> dict[str, Any]:
        told: dict[str, Any] = {"line": mutant.line, "function": mutant.function, "what": mutant.what}
        module = compile(mutated_tree(source, mutant.number), str(path), "exec")
        found = _exchanged(mutant, module, path)
        if not found:
            return {**told, "result": "at import"}
        tests = sorted(
            (name for name in reached.get(mutant.line, ()) if name in items), key=self._took.__getitem__
        )
        chosen, cost = [], 0.0
        for name in tests:
            cost += self._took[name]
            if cost > _BUDGET and chosen:
                break
            chosen.append(items[name])
        if not chosen:
            return {**told, "result": "not reached"}
        return {**told, "result": _in_a_fork(chosen, found)}


class Results:
    """What is known of one module's mutants, by key."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.name = str(path.relative_to(SOURCE).with_suffix(""))
        self._file = folder / f"{self.name.replace('/', '-')}.json"
        self.known: dict[str, dict[str, Any]] = (
            json.loads(self._file.read_text()) if self._file.exists() else {}
        )

    def keep_only(self, keys: set[str]) -> None:
        self.known = {key: each for key, each in self.known.items() if key in keys}

    def save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.known, indent=1, sort_keys=True))


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, nextitem=None, log=False)
    return not any(report.failed for report in reports)


def _exchanged(mutant: Mutant, module: CodeType, path: Path) -> list[tuple[FunctionType, CodeType]]:
    """Functions of the running process whose code the mutant changes, with their new code."""
    parts = mutant.function.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)] if mutant.function else []
    for name in names:  # the outermost function: what is inside it is made anew when it runs
        code = function_code(module, name)
        if code is not None and not _is_class(name, path):
            return [
                (each, code)
                for each in _functions(name, path)
                if each.__code__.co_freevars == code.co_freevars
            ]
    return []


def _is_class(name: str, path: Path) -> bool:
    return not _functions(name, path)


_FOUND: dict[tuple[str, str], list[FunctionType]] = {}


def _functions(name: str, path: Path) -> list[FunctionType]:
    if not _FOUND:
        gc.unfreeze()
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(SOURCE)):
                _FOUND.setdefault((each.__code__.co_filename, each.__code__.co_qualname), []).append(each)
        gc.freeze()
    return _FOUND.get((str(path), name), [])


def _in_a_fork(tests: Sequence[pytest.Item], exchanged: list[tuple[FunctionType, CodeType]]) -> str:
    child = os.fork()
    if child == 0:
        code = 3
        try:
            code = _try(tests, exchanged)
        finally:
            os._exit(code)
    end = time.monotonic() + _WALL
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    ended = os.waitstatus_to_exitcode(status)
    return {0: "survived", 1: "killed"}.get(
        ended, "killed by the clock" if ended < 0 else "killed by a fault"
    )


def _try(tests: Sequence[pytest.Item], exchanged: list[tuple[FunctionType, CodeType]]) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU + int(time.process_time()), resource.RLIM_INFINITY))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for function, code in exchanged:
        function.__code__ = code
    for cached in _caches():
        cached.cache_clear()
    return 0 if all(_passes(item) for item in tests) else 1


def _caches() -> Iterator[Any]:
    """Answers that the verifier remembers from before the change."""
    import sys

    for name, module in list(sys.modules.items()):
        if name.startswith("lcert_verifier"):
            yield from (each for each in vars(module).values() if hasattr(each, "cache_clear"))


def scores(folder: Path) -> str:
    """A table: mutants tried, killed, and the score, by module and in all."""
    lines, total = [], Counter[str]()
    for file in sorted(folder.glob("*.json")):
        found = Counter(each["result"].split(" by ")[0] for each in json.loads(file.read_text()).values())
        total.update(found)
        lines.append(_line(file.stem, found))
    return "\n".join([*lines, _line("all", total)])


def _line(name: str, found: Counter[str]) -> str:
    tried = found["killed"] + found["survived"] + found["not reached"]
    share = 100 * found["killed"] / tried if tried else 0.0
    return (
        f"{name:28} {share:5.1f} %  {found['killed']} of {tried} killed, {found['survived']} survived, "
        f"{found['not reached']} not reached, {found['at import']} at import left out"
    )

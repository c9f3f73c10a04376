"""Mutants of a Python module: one small change of its syntax tree each, compiled, never written to a file.

Left alone, because no test should hold them: annotations, docstrings, `__all__`, words for people (arguments of raised
errors, log lines, f-strings, the detail of a check, help of a command, what `Fields` says of a member) and assertions.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

__all__ = ["Mutant", "function_code", "mutants_of", "mutated"]

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.Pow: ast.Mult,
}
_WORDS = (
    "Stop", "getLogger", "exception", "warning", "info", "debug", "TypeVar", "N_", "sentence", "make_parser"
)  # fmt: skip
"""Calls whose arguments are words for people."""
_HELP = ("detail", "help", "metavar", "description", "epilog")
"""Named arguments that are."""
_MESSAGES = {"fail": 1, "refuse": 0, "pattern": 2, "maybe_pattern": 2}
"""Calls of which one argument is: what is wrong with a member, and what it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`number` counts the places of the module in the order of `mutants_of`; `function` is empty at module level."""

    number: int
    line: int
    function: str
    what: str
    name: str
    """Unique in the module."""
    key: str
    """Stable while the function's text is the same."""
    at_import: bool
    """In no function, so that it runs once and before any test."""


@dataclass(frozen=True, slots=True)
class _Place:
    node: ast.AST
    parent: ast.AST
    field: str
    kind: str
    what: str
    function: str
    line: int
    at_import: bool


def _skipped(parent: ast.AST, field: str, child: object) -> bool:
    if field in ("annotation", "returns", "type_params"):
        return True
    if isinstance(parent, (ast.Raise, ast.Assert, ast.JoinedStr)):
        return True
    if isinstance(parent, ast.keyword) and parent.arg in _HELP and isinstance(child, ast.Constant):
        return True
    if isinstance(parent, ast.Call) and field in ("args", "keywords"):
        name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
        place = _MESSAGES.get(name)
        return name in _WORDS or (
            place is not None and place < len(parent.args) and child is parent.args[place]
        )
    return False


def _changes(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, str]]:
    """(kind, what) of every change of this node."""
    if isinstance(node, ast.Compare):
        for position, operator in enumerate(node.ops):
            yield f"compare {position}", f"{type(operator).__name__} -> {_COMPARE[type(operator)].__name__}"
    elif isinstance(node, ast.BoolOp):
        yield "boolean", "and <-> or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", "not x -> x"
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        yield "binary", f"{type(node.op).__name__} -> {_BINARY[type(node.op)].__name__}"
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield "true", "condition -> True"
        yield "false", "condition -> False"
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "all", "filter of a comprehension dropped"
    elif isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value)):
        yield "none", "return x -> return None"
    elif isinstance(node, ast.Raise):
        yield "pass", "raise -> pass"
    elif isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Await)):
        yield "pass", "statement -> pass"
    elif isinstance(node, (ast.Break, ast.Continue)):
        yield "swap", "break <-> continue"
    elif isinstance(node, ast.Constant):
        yield from _constants(node, parent)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[tuple[str, str]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", f"{value} -> {not value}"
    elif isinstance(value, int):
        yield "constant", f"{value} -> {value + 1}"
    elif isinstance(value, bytes) or (
        isinstance(value, str) and not isinstance(parent, (ast.Expr, ast.FormattedValue))
    ):
        yield "constant", f"{value[:30]!r} changed"


def _places(tree: ast.Module) -> list[_Place]:
    found: list[_Place] = []

    def visit(node: ast.AST, parent: ast.AST, field: str, function: str, line: int, outside: bool) -> None:
        line = getattr(node, "lineno", line)
        for kind, what in _changes(node, parent):
            found.append(_Place(node, parent, field, kind, what, function, line, outside))
        for name, value in ast.iter_fields(node):
            inside, still = function, outside
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and name == "body":
                inside = f"{function}.{node.name}" if function else node.name
                still = outside and isinstance(node, ast.ClassDef)
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not (_declares(child) or _skipped(node, name, child)):
                    visit(child, node, name, inside, line, still)

    for statement in tree.body:
        if not _declares(statement):
            visit(statement, tree, "body", "", 0, True)
    return found


def _declares(node: ast.AST) -> bool:
    """Imports, docstrings, `__all__`, `if TYPE_CHECKING`, protocols' dots."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and any(
        getattr(target, "id", "") in ("__all__", "__slots__", "_LOG") for target in node.targets
    ):
        return True
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree, places = _parsed(source)
    texts = _texts(tree, source)
    found, seen = [], dict[str, int]()
    for number, place in enumerate(places):
        text = texts.get(place.function, "") or ast.get_source_segment(source, place.node) or ""
        begin = f"{place.function}: {place.what}".replace("`", "'")
        seen[begin] = seen.get(begin, 0) + 1
        name = begin if seen[begin] == 1 else f"{begin} {seen[begin]}"
        found.append(
            Mutant(
                number=number,
                line=place.line,
                function=place.function,
                what=place.what,
                name=name,
                key=f"{name} {hashlib.sha256(text.encode()).hexdigest()[:12]}",
                at_import=place.at_import,
            )
        )
    return found


def _texts(tree: ast.Module, source: str) -> dict[str, str]:
    """The text of each function and class by its qualified name."""
    found: dict[str, str] = {}

    def visit(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = f"{name}.{child.name}" if name else child.name
                found[inner] = ast.get_source_segment(source, child) or ""
            visit(child, inner)

    visit(tree, "")
    return found


@lru_cache(maxsize=1)
def _parsed(source: str) -> tuple[ast.Module, list[_Place]]:
    tree = ast.parse(source)
    return tree, _places(tree)


@contextmanager
def mutated(source: str, number: int) -> Iterator[ast.Module]:
    """The module with one mutant in it, until the block ends: to parse it anew each time would take longest of all."""
    tree, places = _parsed(source)
    place = places[number]
    before = getattr(place.parent, place.field)
    new = ast.fix_missing_locations(_mutated(place.node, place.kind))
    after = [new if each is place.node else each for each in before] if isinstance(before, list) else new
    setattr(place.parent, place.field, after)
    try:
        yield tree
    finally:
        setattr(place.parent, place.field, before)


def _mutated(node: ast.AST, kind: str) -> ast.AST:
    new: ast.AST = copy.copy(node)
    word, _, position = kind.partition(" ")
    if isinstance(new, ast.Compare):
        new.ops = [
            _COMPARE[type(each)]() if index == int(position) else each for index, each in enumerate(new.ops)
        ]
    elif isinstance(new, ast.BoolOp):
        new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
    elif isinstance(new, ast.UnaryOp):
        new = new.operand
    elif isinstance(new, ast.BinOp):
        new.op = _BINARY[type(new.op)]()
    elif isinstance(new, (ast.If, ast.While, ast.IfExp)):
        new.test = ast.Constant(value=word == "true")
    elif isinstance(new, ast.comprehension):
        new.ifs = []
    elif isinstance(new, ast.Return):
        new.value = ast.Constant(value=None)
    elif word == "pass":
        new = ast.Pass()
    elif word == "swap":
        new = ast.Break() if isinstance(new, ast.Continue) else ast.Continue()
    elif isinstance(new, ast.Constant):
        new.value = _changed(new.value)
    return ast.copy_location(new, node)


def _changed(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return value + b"X" if value else b"X"
    return f"{value}X"


def function_code(code: CodeType, qualname: str) -> CodeType | None:
    """The code of an outermost function, method or property in a compiled module."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname == qualname:
                return constant
            if qualname.startswith(constant.co_qualname + "."):
                found = function_code(constant, qualname)
                if found is not None:
                    return found
    return None

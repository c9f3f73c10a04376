"""Compiled page templates and routes, kept for the process: a test's own app need not compile them again.

That takes a tenth of a second for the templates and a hundredth for the routes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

__all__ = ["compile_routes_once", "compile_templates_once"]


class _InMemory(BytecodeCache):
    """Jinja looks at the template's text before it takes what was kept."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def compile_templates_once() -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _InMemory()}


def compile_routes_once() -> None:
    """What werkzeug compiles to build URLs follows from the text of a rule and its parts, unless it has defaults."""
    kept: dict[tuple[Any, ...], Callable[..., Any]] = {}
    compile_builder = Rule._compile_builder

    def once(self: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        if self.defaults:
            return compile_builder(self, append_unknown)
        key = self.rule, tuple(self._trace), append_unknown
        if key not in kept:
            kept[key] = compile_builder(self, append_unknown)
        return kept[key]

    Rule._compile_builder = once  # type: ignore[method-assign]

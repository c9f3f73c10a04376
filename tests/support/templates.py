"""Compiled page templates, kept for the process: a test's own app need not compile them again (a tenth of a second)."""

from __future__ import annotations

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

__all__ = ["compile_templates_once"]


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

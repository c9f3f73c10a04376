"""How commands speak: results on standard output, the rest on standard error, one exit code per outcome."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

__all__ = ["EXIT_REFUSED", "EXIT_USAGE", "Failure", "Output", "json_option", "output_of"]

EXIT_REFUSED = 1
EXIT_USAGE = 64


class Failure(click.ClickException):
    """A refusal or fault: exit 1. `problems` are (path, message) pairs, the path as the input writes it."""

    exit_code = EXIT_REFUSED

    def __init__(
        self, message: str, *, code: str = "failed", problems: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.problems = tuple(problems)

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.problems:
            body["problems"] = [{"path": path, "message": message} for path, message in self.problems]
        return {"error": body}

    def show(self, file: Any = None) -> None:
        output = output_of(click.get_current_context(silent=True))
        if output.json:
            output.object(self.to_json())
        lines = [f"{path}: {text}" if path else text for path, text in self.problems]
        if len(lines) > 1:
            first = f"refused, for {len(lines)} problems:"
        elif self.problems and not self.message.startswith(path := self.problems[0][0]):
            first = f"{path}: {self.message}"
        else:
            first = self.message
        click.echo(
            "\n".join([f"lcert: {first}", *(f"  {line}" for line in lines if len(lines) > 1)]), err=True
        )


class Output:
    """Standard output for a person, or for a program when `--json` was given."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def object(self, value: Mapping[str, Any]) -> None:
        """One JSON object on one physical line."""
        click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))

    def result(self, value: Mapping[str, Any], human: str) -> None:
        if self.json:
            self.object(value)
        else:
            click.echo(human)

    def published(self, done: bool) -> None:
        """Told to people after what was recorded; programs find it as `published` in each object."""
        if not self.json:
            click.echo(f"published: {'true' if done else 'false'}")

    def note(self, text: str) -> None:
        """Progress and explanations: standard error, only for people."""
        if not self.json:
            click.echo(text, err=True)

    def warn(self, text: str) -> None:
        click.echo(f"lcert: warning: {text}", err=True)

    def shows_progress(self) -> bool:
        return sys.stderr.isatty() and not self.json


def json_option(function: Callable[..., None]) -> Callable[..., None]:
    """Adds `--json` and passes the command an `Output` as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object per line on standard output.")
    @click.pass_context
    @functools.wraps(function)
    def wrapper(context: click.Context, /, *args: Any, as_json: bool, **kwargs: Any) -> None:
        output = Output(json=as_json)
        context.obj = output
        function(output, *args, **kwargs)

    return wrapper


def output_of(context: click.Context | None) -> Output:
    found = context.obj if context is not None else None
    return found if isinstance(found, Output) else Output(json="--json" in sys.argv)

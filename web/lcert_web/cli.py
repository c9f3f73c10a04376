"""The commands of `lcert` put together, and the exit codes that scripts rely on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from lcert_issuer.commands import COMMANDS
from lcert_issuer.commands.output import EXIT_REFUSED, EXIT_USAGE, Failure
from lcert_issuer.commands.running import refusals, settings
from lcert_issuer.demo.story import DemoRefused, found_demo, what_to_try
from lcert_issuer.settings import Settings

from . import programs
from .serving import AddressInUse
from .supervise import supervise

__all__ = ["run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lcert", message="lcert %(version)s")
def lcert() -> None:
    """Issue, publish and serve L Certification credentials."""


for _command in COMMANDS:
    lcert.add_command(_command)


@lcert.group()
def serve() -> None:
    """Serve the public site, the verifier, or all of it, until interrupted."""


@serve.command()
def public() -> None:
    """The public site: certificate pages, badges, status lists, keys."""
    _serving(programs.serve_public)


@serve.command()
def verifier() -> None:
    """The separate verifier; needs LCERT_TRUST, and neither database nor keys."""
    _serving(programs.serve_verifier)


@serve.command("all")
def all_() -> None:
    """Public site, verifier and worker together."""
    chosen = settings()
    with refusals():
        programs.check_ready(chosen)
    sys.exit(_serve_all(chosen))


@lcert.command()
def demo() -> None:
    """A demo certifier with sample certificates in var/demo, served until interrupted."""
    environment = {**os.environ, "LCERT_HOME": os.environ.get("LCERT_HOME") or "var/demo"}
    os.environ["LCERT_HOME"] = environment["LCERT_HOME"]
    chosen = settings()
    with refusals():
        try:
            found_demo(chosen, say=lambda text: click.echo(text, err=True))
        except DemoRefused as refusal:
            raise Failure(str(refusal), code="demo_refused") from refusal
    click.echo(what_to_try(chosen))
    sys.exit(_serve_all(chosen))


def _serve_all(chosen: Settings) -> int:
    environment = {**os.environ, "LCERT_HOME": str(chosen.home)}
    environment.setdefault("LCERT_TRUST", programs.base_url_of(chosen))
    program = [sys.executable, "-m", "lcert_web"]
    return supervise(
        {
            "public site": [*program, "serve", "public"],
            "verifier": [*program, "serve", "verifier"],
            "worker": [*program, "worker"],
        },
        environment,
    )


def _serving(start: Callable[[Settings], None]) -> None:
    chosen = settings()
    with refusals():
        try:
            start(chosen)
        except AddressInUse as fault:
            raise Failure(
                f"{fault.strerror}. Stop the other program, or choose another port", code="port"
            ) from fault


def run() -> int:
    """Run the command line; returns the exit code (contract section 2)."""
    try:
        outcome: Any = lcert.main(prog_name="lcert", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.UsageError as error:
        error.show(sys.stderr)
        return EXIT_USAGE
    except click.Abort:
        click.echo("lcert: stopped; nothing was changed", err=True)
        return EXIT_REFUSED
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code

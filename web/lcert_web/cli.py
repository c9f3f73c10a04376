"""The commands of `lcert` put together, and the exit codes that scripts rely on."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any, Literal

import click

from lcert_issuer.commands import COMMANDS
from lcert_issuer.commands.output import EXIT_REFUSED, EXIT_USAGE, Failure, Output, json_option
from lcert_issuer.commands.running import refusals, settings
from lcert_issuer.settings import Settings

__all__ = ["run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lcert", message="lcert %(version)s")
def lcert() -> None:
    """Issue, publish and serve L Certification credentials."""


for _command in COMMANDS:
    lcert.add_command(_command)


@lcert.group()
def serve() -> None:
    """Serve public site, verifier, or all of it, until interrupted."""


@serve.command()
@json_option
def public(output: Output) -> None:
    """The public site: certificate pages, badges, status lists, keys."""
    _serving(output, "public")


@serve.command()
@json_option
def verifier(output: Output) -> None:
    """The separate verifier; needs only LCERT_TRUST.

    LCERT_TRUST names whom to trust: bundle files or issuer origins, separated by commas.
    """
    for item in _trusted():
        if "://" not in item and not Path(item).is_file():
            click.echo(f"lcert: warning: LCERT_TRUST names {item}, and there is no such file yet", err=True)
    _serving(output, "verifier")


def _trusted() -> tuple[str, ...]:
    if trust := settings().trust:
        return trust
    raise click.UsageError(
        "LCERT_TRUST is not set: name whom to trust, bundle files or issuer origins, separated by commas"
    )


@serve.command("all")
@json_option
def all_(output: Output) -> None:
    """Public site, verifier and worker together."""
    from .programs import check_ready

    chosen = settings()
    with refusals():
        check_ready(chosen)
    host = f"[{chosen.bind}]" if ":" in chosen.bind else chosen.bind
    site, checker = f"http://{host}:{chosen.public_port}", f"http://{host}:{chosen.verifier_port}"
    output.result(
        {"public": site, "verifier": checker},
        f"  Public site   {site}\n  Verifier      {checker}\n  (Ctrl-C stops)",
    )
    sys.exit(_serve_all(output, chosen))


@lcert.command()
@json_option
def demo(output: Output) -> None:
    """A demo certifier with sample certificates, made and served.

    It lives in var/demo (or LCERT_HOME) and is served until interrupted; a second run keeps the data.
    """
    from lcert_issuer.demo.story import DemoRefused, found_demo, places, what_to_try

    environment = {**os.environ, "LCERT_HOME": os.environ.get("LCERT_HOME") or "var/demo"}
    os.environ["LCERT_HOME"] = environment["LCERT_HOME"]
    chosen = settings()
    with refusals():
        try:
            found_demo(chosen, say=lambda text: click.echo(text, err=True))
        except DemoRefused as refusal:
            raise Failure(str(refusal), code="demo_refused") from refusal
    output.result(places(chosen), what_to_try(chosen))
    sys.exit(_serve_all(output, chosen))


def _serve_all(output: Output, chosen: Settings) -> int:
    from .programs import base_url_of
    from .supervise import supervise

    environment = {**os.environ, "LCERT_HOME": str(chosen.home)}
    environment.setdefault("LCERT_TRUST", base_url_of(chosen))
    program = [sys.executable, "-m", "lcert_web"]
    spoken = ["--json"] if output.json else []
    return supervise(
        {
            "public site": [*program, "serve", "public", *spoken],
            "verifier": [*program, "serve", "verifier", *spoken],
            "worker": [*program, "worker", *spoken],
        },
        environment,
    )


def _serving(output: Output, app: Literal["public", "verifier"]) -> None:
    """Serves until told to stop. A program that starts it hears, with --json, when it listens."""
    from . import programs
    from .serving import AddressInUse

    def ready(address: str) -> None:
        if output.json:
            output.object({"serving": app, "url": address})

    chosen = settings()
    with refusals():
        try:
            (programs.serve_public if app == "public" else programs.serve_verifier)(chosen, ready=ready)
        except AddressInUse as fault:
            advice = (
                f"Stop the other program, or choose another port (LCERT_{app.upper()}_PORT)"
                if fault.errno == errno.EADDRINUSE
                else f"Choose an address of this machine (LCERT_BIND) and a port (LCERT_{app.upper()}_PORT) you may use"
            )
            raise Failure(f"{fault.strerror}. {advice}", code="port") from fault


def run() -> int:
    """Run the command line; returns the exit code (contract section 2)."""
    try:
        outcome: Any = lcert.main(prog_name="lcert", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.UsageError as error:
        _show_usage(error)
        return EXIT_USAGE
    except click.Abort as abort:
        interrupted = isinstance(abort.__cause__, KeyboardInterrupt)
        click.echo(f"lcert: {'interrupted' if interrupted else 'stopped; nothing was changed'}", err=True)
        return EXIT_REFUSED
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; say no more
        return EXIT_REFUSED


def _show_usage(error: click.UsageError) -> None:
    """What is wrong, then where to read on. A command that was given nothing at all shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    context = error.ctx or click.get_current_context(silent=True)
    path = context.command_path if context is not None else "lcert"
    click.echo(f"lcert: {error.format_message()}\n  `{path} --help` tells more", err=True)

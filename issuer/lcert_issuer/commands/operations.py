"""`lcert init`, `publish`, `worker`, `doctor` and `db`: running the issuer."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from lcert_verifier.errors import LcertError

from ..refusals import Refused
from ..settings import SettingsError, check_base_url
from ..storage import StorageError
from .output import Failure, Output, json_option
from .posting import post_once, posting
from .running import Actor, an_issuer, clock_now, progress_bar, published, refusals, settings

if TYPE_CHECKING:
    from ..assembly import House

__all__ = ["COMMANDS"]

_WORKER_SECONDS = 15.0
"""How often the worker looks at the clock; well inside a status list's ttl of 30 s."""


@click.command()
@click.option("--name", required=True, help="The certifier's name, as it stands in every certificate.")
@click.option(
    "--base-url",
    required=True,
    envvar="LCERT_BASE_URL",
    show_envvar=True,
    help="The origin of the public site, e.g. https://certs.example. It is fixed for ever.",
)
@Actor
@json_option
def init(output: Output, name: str, base_url: str, actor: str) -> None:
    """A new issuer in LCERT_HOME. Never prompts.

    Makes keys, database and the criteria L-2026.1, and publishes for the first time.
    """
    from lcert_verifier.fields import text_problem

    from ..new_home import found_house

    chosen = settings()
    try:
        origin = check_base_url(base_url, name="--base-url")
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if problem := text_problem(name.strip()):
        raise click.UsageError(f"--name {problem}")
    with refusals():
        if chosen.base_url and chosen.base_url != origin:
            raise SettingsError(
                f"LCERT_BASE_URL is {chosen.base_url}, but --base-url is {origin}; give one origin"
            )
        founded = found_house(chosen, name=name.strip(), base_url=origin, clock=clock_now, actor=actor)
    if founded.passphrase_file is not None:
        output.warn(
            f"the passphrase of the keys was made and lies beside them, in {founded.passphrase_file}. "
            "Move it elsewhere and name it in LCERT_KEY_PASSPHRASE_FILE before you certify anybody."
        )
    with an_issuer() as house:
        done = published(house, output, bundle=True)
    output.result(
        {
            "home": str(chosen.home),
            "base_url": origin,
            "did": founded.did,
            "root": founded.root_thumbprint,
            "published": done,
        },
        f"{name} is founded in {chosen.home}\n"
        f"  issuer  {founded.did}\n"
        f"  root    {founded.root_thumbprint} (tell partners; they pin it)\n"
        "  next    lcert issue certificate.json (a form: docs/tutorials/1-issue.md), lcert serve all",
    )
    output.published(done)


@click.command()
@click.option("--full", is_flag=True, help="Derive and write everything again, not only what changed.")
@json_option
def publish(output: Output, full: bool) -> None:
    """Publish everything that changed, and the offline bundle."""
    with an_issuer() as house:
        with progress_bar(output) as progress:
            publication = house.publisher.publish(full=full, bundle=True, progress=progress)
        for problem in publication.problems:
            output.warn(problem)
        output.result(
            {"published": True, "size": publication.size, "written": len(publication.paths)},
            f"{len(publication.paths)} files written, journal size {publication.size}",
        )
        output.published(True)


@click.command()
@click.option("--once", is_flag=True, help="One round, then exit.")
@json_option
def worker(output: Output, once: bool) -> None:
    """Do what the clock asks, and send webhooks.

    States, lists to re-sign, the bundle, events for partners. Several at once are safe.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: stop.set())
    if once:
        with an_issuer() as house:
            value, text = _round(house, output)
            posted, told = post_once(house)
            output.result({**value, **posted}, text + told)
            output.published(True)
        return
    while not stop.is_set():
        try:
            with an_issuer() as house, posting(house, output):
                while not stop.is_set():
                    value, text = _round(house, output)
                    if value["moved"] or value["written"]:
                        output.result(value, text)
                    stop.wait(_WORKER_SECONDS)
        except (Failure, Refused, StorageError, LcertError, OSError) as fault:
            output.warn(f"the worker could not finish its round and tries again: {fault}")
            stop.wait(_WORKER_SECONDS)


def _round(house: House, output: Output) -> tuple[dict[str, Any], str]:
    from ..clockwork import beat, run_once

    moved = run_once(house.desk, clock_now())
    _renew_trust(house, output)
    publication = house.publisher.publish(bundle=house.publisher.bundle_due())
    beat(house.registry, clock_now())
    value = {
        "moved": [str(item) for item in moved],
        "written": len(publication.paths),
        "size": publication.size,
        "published": True,
    }
    return (
        value,
        f"{len(moved)} states changed with time, {len(publication.paths)} files written, journal size "
        f"{publication.size}",
    )


def _renew_trust(house: House, output: Output) -> None:
    """Signs the trust statement again in time. A root key that is kept apart does not stop the round."""
    try:
        house.desk.renew_trust(actor="clock")
    except (Refused, LcertError) as fault:
        output.warn(
            f"the trust statement should be signed again: `lcert keys renew-trust` with the root key ({fault})"
        )


@click.command()
@json_option
def doctor(output: Output) -> None:
    """Examine settings, database, journal, keys, publication.

    Exit 1 when something is wrong. It reads only.
    """
    from ..doctor import examine

    findings = examine(settings(), now=clock_now())
    wrong = [finding for finding in findings if finding.level == "wrong"]
    for finding in findings:
        mark = {"good": "ok   ", "note": "note ", "wrong": "WRONG"}[finding.level]
        output.result(finding.to_json(), f"{mark} {finding.name:<22} {finding.detail}")
    if wrong:
        raise Failure(f"{len(wrong)} of {len(findings)} checks found something wrong", code="unhealthy")


@click.group()
def db() -> None:
    """The registry's database."""


@db.command()
@json_option
def upgrade(output: Output) -> None:
    """Bring the database's tables to this version."""
    from ..places import check_there
    from ..registry.schema import migrate, schema_version
    from ..registry.session import open_registry

    chosen = settings()
    with refusals():
        check_there(chosen)
        registry = open_registry(chosen.database_url)
        try:
            migrate(registry)
            revision = schema_version(registry)
        finally:
            registry.close()
    output.result({"revision": revision}, f"the database is at revision {revision}")


COMMANDS: tuple[click.Command, ...] = (init, publish, worker, doctor, db)

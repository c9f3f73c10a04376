"""`lcert audit` and `lcert erase`: who did what, and taking out what is private."""

from __future__ import annotations

import sys

import click

from lcert_verifier.report import format_time

from .output import Output, json_option
from .running import Actor, an_issuer, published

__all__ = ["COMMANDS"]


@click.command()
@click.option("--actor", help="Only what this one did, or was refused.")
@click.option("--number", help="Only what was done to this certificate.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many.")
@json_option
def audit(output: Output, actor: str | None, number: str | None, limit: int | None) -> None:
    """Who did what, and what was refused, oldest first.

    The log is kept apart from the journal, is not public, and shows when it was changed: `lcert doctor` looks.
    """
    from ..registry.auditing import recent

    with an_issuer() as house:
        with house.registry.read() as session:
            rows = recent(
                session, actor=actor, target=number.strip().upper() if number else None, limit=limit
            )
        for row in rows:
            at = format_time(row.at)
            output.result(
                {
                    "id": row.id,
                    "at": at,
                    "actor": row.actor,
                    "action": row.action,
                    "target": row.target,
                    "outcome": row.outcome,
                    "detail": row.detail,
                },
                f"{at}  {row.actor:<14} {row.action:<14} {row.outcome:<8} {row.target or '-'}"
                + (f"  {_plain(row.detail)}" if row.detail else ""),
            )
        if not rows:
            output.note("nothing was noted")


@click.command()
@click.argument("number")
@click.option("--note", help="Why, for the audit log; name nobody in it.")
@click.option("--yes", is_flag=True, help="Do not ask, also on a terminal.")
@Actor
@json_option
def erase(output: Output, number: str, note: str | None, yes: bool, actor: str) -> None:
    """Erase what is private about a certificate, for ever.

    Who decided, private reasons and notes go; the journal still verifies, and the record says that it was done. What
    is signed and public stays: others hold copies of it. Backups made before still hold what was erased.
    """
    with an_issuer() as house:
        if not yes and not output.json and sys.stdin.isatty():
            click.confirm(f"Erase what is private about {number} for ever?", abort=True, err=True)
        erased = house.erase(number, actor=actor, reason=note)
        done = published(house, output)
        output.result(
            {
                "number": erased.number,
                "entries": erased.entries,
                "erased_at": format_time(erased.at),
                "published": done,
            },
            f"{erased.number}: {erased.entries} entries erased",
        )
        output.published(done)


def _plain(text: str) -> str:
    """Without characters that could steer a terminal: refused input may be anybody's."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


COMMANDS: tuple[click.Command, ...] = (audit, erase)

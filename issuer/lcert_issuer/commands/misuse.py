"""`lcert misuse`: what the public reported about the mark, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lcert_verifier.report import format_time

from .output import Output, json_option
from .running import Actor, an_issuer, clock_now

if TYPE_CHECKING:
    from ..misuse import Filed

__all__ = ["misuse"]


@click.group()
def misuse() -> None:
    """Reports of misuse that came in by the public site's form."""


@misuse.command("list")
@click.option("--resolved", is_flag=True, help="The closed ones, newest first, instead of the open ones.")
@json_option
def list_(output: Output, resolved: bool) -> None:
    """Open reports, oldest first."""
    from ..misuse import list_reports

    with an_issuer() as house:
        with house.registry.read() as session:
            found = list_reports(session, resolved=resolved)
        for report in found:
            output.result(_as_json(report), _as_text(report))
        if not found:
            output.note("no closed reports" if resolved else "no open reports")


@misuse.command()
@click.argument("reference", metavar="ID")
@click.option("--note", required=True, help="What was done about it. Kept; not shown to the public.")
@Actor
@json_option
def resolve(output: Output, reference: str, note: str, actor: str) -> None:
    """Close report ID. The reporter's contact is erased: answer first."""
    from ..misuse import resolve_report
    from ..office import audit

    with an_issuer() as house:
        with house.registry.write() as session:
            now = clock_now()
            report = resolve_report(session, reference.strip().lower(), note=note, now=now)
            audit(session, at=now, actor=actor, action="resolve", target=report.id, outcome="done")
        output.result(_as_json(report), f"{report.id} closed; the contact is erased")


def _as_json(report: Filed) -> dict[str, Any]:
    return {
        "id": report.id,
        "received_at": format_time(report.received_at),
        "number": report.number,
        "kind": report.kind,
        "place": report.place,
        "text": report.text,
        "contact": report.contact,
        "language": report.language,
        "resolved_at": format_time(report.resolved_at),
        "note": report.note,
    }


def _as_text(report: Filed) -> str:
    """What strangers wrote, without characters that could steer a terminal."""
    lines = [
        f"{report.id}  {format_time(report.received_at)}  {report.number or '-'}  {report.kind}",
        f"  seen at   {_shown(report.place)}",
        *(f"  {'says' if first else '':<9} {line}" for first, line in _lines(report.text)),
    ]
    if report.contact:
        lines.append(f"  contact   {_shown(report.contact)}")
    if report.note:
        lines.append(f"  closed    {format_time(report.resolved_at)}: {_shown(report.note)}")
    return "\n".join(lines)


def _lines(text: str) -> list[tuple[bool, str]]:
    return [(number == 0, _shown(line)) for number, line in enumerate(text.splitlines()[:100])]


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)

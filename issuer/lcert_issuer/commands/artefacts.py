"""`lcert token` and `lcert badge`: what is given away of a certificate."""

from __future__ import annotations

from pathlib import Path

import click

from .output import Failure, Output, json_option
from .running import an_issuer

__all__ = ["COMMANDS"]

Number = click.argument("number")


@click.command()
@Number
@click.option(
    "--securing", type=click.Choice(["vc+jwt", "openbadge", "compact"]), default="vc+jwt", show_default=True
)
@click.option("--edition", type=int, help="An earlier edition; the one in force otherwise.")
@json_option
def token(output: Output, number: str, securing: str, edition: int | None) -> None:
    """The signed token of a certificate."""
    number = number.strip().upper()
    with an_issuer() as house:
        text = house.token(number, securing=securing, edition=edition)
        output.result({"number": number, "securing": securing, "token": text}, text)


@click.command()
@Number
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write to; made if missing."
)
@json_option
def badge(output: Output, number: str, out: Path) -> None:
    """Badge, baked badge, QR codes, token and snippets as files."""
    number = number.strip().upper()
    with an_issuer() as house:
        house.record(number)  # an unknown number makes no folder, and a folder of no use no drawing
        try:
            out.mkdir(parents=True, exist_ok=True)
            kit = house.badge_kit(number)
            for name, data in kit.items():
                target = out / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        except OSError as fault:
            raise Failure(f"{out} cannot be written: {fault.strerror}") from fault
    output.result(
        {"number": number, "files": [str(out / name) for name in kit]}, f"{len(kit)} files in {out}"
    )


COMMANDS: tuple[click.Command, ...] = (token, badge)

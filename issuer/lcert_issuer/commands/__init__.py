"""The issuer's part of the `lcert` command: click commands that the entry point collects."""

from __future__ import annotations

import click

from . import artefacts, auditing, backup, certificates, operations
from .keys import keys
from .misuse import misuse
from .partner import partner, webhooks

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (
    *certificates.COMMANDS,
    *artefacts.COMMANDS,
    keys,
    misuse,
    partner,
    webhooks,
    *operations.COMMANDS,
    *backup.COMMANDS,
    *auditing.COMMANDS,
)

"""The journal's signed head, as its issuer publishes it."""

from __future__ import annotations

from .checkpoint import Checkpoint, open_note, parse_checkpoint
from .published import log_name
from .trusted import Trust
from .vocabulary import KeyPurpose, KeyState

__all__ = ["open_checkpoint"]


def open_checkpoint(note: bytes | str, trust: Trust) -> Checkpoint:
    """The head in a checkpoint signed with a usable log key of `trust`; Malformed otherwise.

    A retired key signs no head any more, so the checkpoint is signed again when the log key changes.
    """
    usable = (KeyState.STAGED, KeyState.ACTIVE)
    keys = [entry.key.raw() for entry in trust.keys_for(KeyPurpose.LOG) if entry.state in usable]
    name = log_name(trust.base_url)
    return parse_checkpoint(open_note(note, name, keys), origin=name)
